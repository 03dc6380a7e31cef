"""The steps that every signed transaction shares: handed over, confirmed, final; and how a dead one is undone."""

from collections.abc import Callable
from typing import Any

from django.conf import settings

import events.services
import ledger.services
from kit.errors import DomainError
from transactions.engine.base import Done, Fail, Kind, Later, Result, Retry, StepOf, Treatment, Work
from transactions.errors import MayStillLand
from transactions.models import Attempt, Status, SubStatus
from transactions.services import attempts, coins
from transactions.services.attempts import Look

UNTIL_IT_IS_KNOWN = Retry(most_seconds=30)
"""Signed bytes are followed until the network shows how they end: nothing is undone on a guess."""


def broadcast_step() -> StepOf:
    return StepOf(
        "broadcast",
        Kind.BLOCKCHAIN,
        "hands the stored bytes to the network, the same ones again if need be",
        _hand_over,
        ask=look,
        via=[Status.BLOCKCHAIN_PENDING],
        sub_status=SubStatus.TRANSACTION_BROADCASTING,
        errors={DomainError: Treatment.TEMPORARY},
        retry=UNTIL_IT_IS_KNOWN,
    )


def confirm_step(do: Callable[[Work, Any], Result]) -> StepOf:
    return StepOf(
        "confirmed",
        Kind.BLOCKCHAIN,
        "waits until it is deep enough in the chain",
        do,
        ask=look,
        via=[Status.BLOCKCHAIN_CONFIRMED],
        sub_status=SubStatus.MEMPOOL_PENDING,
        event="BlockchainConfirmationReceived",
        category="integration",
        errors={DomainError: Treatment.TEMPORARY},
        retry=UNTIL_IT_IS_KNOWN,
    )


def final_step(do: Callable[[Work, Any], Result]) -> StepOf:
    return StepOf(
        "final",
        Kind.BLOCKCHAIN,
        "watches it until no reorg can take it back, and sets a fee right that a reorg changed",
        do,
        ask=look,
        errors={DomainError: Treatment.TEMPORARY},
        retry=UNTIL_IT_IS_KNOWN,
    )


def is_unsigned(work: Work) -> bool:
    """Tell whether nothing of it is signed that may land, or has."""
    return not work.transaction.attempts.exclude(status=Attempt.State.DEAD).exists()


def look(work: Work) -> Look:
    """Ask the network how the signed bytes stand; hand them over if it lacks them."""
    return attempts.look(attempts.live_attempt(work.transaction), now=work.now)


def confirm(work: Work, look: Look) -> Result:
    """
    Write down what the network says of the bytes; deep enough, they have landed.

    Fails where they are dead, and where they were run and refused: then the attempt has landed too.
    """
    transaction = work.transaction
    if look.is_dead:
        return _dead(work)
    if not look.is_there:
        return Later()
    state = look.state
    if not attempts.is_settled_by(transaction, state):
        if state.confirmations == transaction.confirmations:
            return Later()
        pending = SubStatus.BLOCK_CONFIRMATION_PENDING if state.confirmations else SubStatus.MEMPOOL_PENDING
        return Later(fields={"confirmations": state.confirmations, "sub_status": pending}, is_news=True)
    attempt = attempts.live_attempt(transaction)
    events.services.move(
        attempt,
        Attempt.State.LANDED,
        flow=Attempt.FLOW,
        actor="system",
        now=work.now,
        data={"block": state.block_hash},
    )
    known = {
        "confirmations": state.confirmations,
        "fee_minor": state.fee_minor,
        "sub_status": SubStatus.CONFIRMATION_COMPLETED,
    }
    if state.succeeded:
        return Done(fields=known)
    refused = "The network ran it and refused it. Only its fee was taken."
    return Fail("failed_on_network", refused, fields=known)


def watch(work: Work, look: Look, correct: Callable[[Attempt], None]) -> Result:
    """Keep a settled transaction under watch until no reorg can take it back; then set right what one has changed."""
    if look.state.confirmations <= settings.NETWORKS[work.transaction.network_id].final_depth:
        return Later()
    attempt = attempts.live_attempt(work.transaction)
    events.services.move(attempt, Attempt.State.FINAL, flow=Attempt.FLOW, actor="system", now=work.now)
    correct(attempt)
    return Done(live="")


def return_dispatch(work: Work, *, kind: str) -> None:
    """
    Take back what was booked as on its way, where the bytes are proved dead.

    :raises MayStillLand: if they are not: nothing is ever given back on a guess
    """
    attempt = work.transaction.attempts.order_by("-number").first()
    assert attempt is not None
    if attempt.status == Attempt.State.SIGNED:
        raise MayStillLand
    if attempt.status != Attempt.State.DEAD:
        return  # it landed and failed: its fee was settled where that was found
    coins.forget_change(attempt=attempt)
    ledger.services.reverse(
        key=f"attempt:{attempt.pk}:return", posting_key=f"attempt:{attempt.pk}:dispatch", kind=kind, now=work.now
    )


def _hand_over(work: Work, look: Look) -> Result:
    if look.is_dead:
        return _dead(work)
    return Done() if look.is_there else Later()


def _dead(work: Work) -> Fail:
    attempt = attempts.live_attempt(work.transaction)
    events.services.move(attempt, Attempt.State.DEAD, flow=Attempt.FLOW, actor="system", now=work.now)
    return Fail("replaced", "Another transaction took its place on the network. Your money is back.")
