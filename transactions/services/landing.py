"""The steps that every signed transaction shares: handed over, confirmed, final; and how a dead one is undone."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.conf import settings

import events.services
import ledger.services
from chains.errors import PaymentImpossible
from chains.values import TransactionState
from kit.errors import DomainError
from transactions.engine.base import Done, Fail, Kind, Later, Result, Retry, StepOf, Treatment, Work
from transactions.errors import FeeAboveCeiling, MayStillLand
from transactions.models import Attempt, Status, SubStatus
from transactions.services import attempts, coins, lifecycle, replacing, schedule
from transactions.services import found as found_sends
from transactions.services.attempts import Look

UNTIL_IT_IS_KNOWN = Retry(most_seconds=30)
"""Signed bytes are followed until the network shows how they end: nothing is undone on a guess."""

HALTED = Later(seconds=30, sub_status=SubStatus.SENDS_HALTED, is_held_up=True)
"""What waits to be signed while nothing of its asset, or of the one that pays its fee, leaves: it looks again soon."""

MOST_ATTEMPTS = 10
"""What the network let expire so often is given up."""


@dataclass(frozen=True)
class Renewal:
    """
    How a flow signs anew what has expired: `plan` asks outside, `sign` signs and books in the step's commit; and how it
    books what replaces bytes that wait.
    """

    plan: Callable[[Work], Any]  # None: it may not be signed now
    may_sign: Callable[[Work], bool]
    sign: Callable[[Work, Any], Done]
    book: Callable[[Work, Attempt], None]  # what was signed, as on its way
    kind: str  # of the posting that takes back what was booked for bytes before


def broadcast_step(renewal: Renewal | None = None) -> StepOf:
    return StepOf(
        "broadcast",
        Kind.BLOCKCHAIN,
        "hands the stored bytes to the network, the same ones again if need be",
        lambda work, look: _hand_over(work, look, renewal),
        ask=lambda work: look_or_plan(work, renewal),
        via=[Status.BLOCKCHAIN_PENDING],
        sub_status=SubStatus.TRANSACTION_BROADCASTING,
        errors={DomainError: Treatment.TEMPORARY},
        retry=UNTIL_IT_IS_KNOWN,
    )


def confirm_step(do: Callable[[Work, Any], Result], renewal: Renewal | None = None) -> StepOf:
    return StepOf(
        "confirmed",
        Kind.BLOCKCHAIN,
        "waits until it is deep enough in the chain",
        lambda work, look: _renewed(work, look, renewal) or do(work, look),
        ask=lambda work: look_or_plan(work, renewal),
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
    return not attempts.is_signed(work.transaction)


def look(work: Work) -> Look:
    """Ask the network how the signed bytes stand; hand them over if it lacks them."""
    return attempts.look(work.transaction, now=work.now)


def look_or_plan(work: Work, renewal: Renewal | None) -> Look:
    """
    See how the bytes stand; where they have expired and can be signed anew, or wait and are to be replaced, ask for
    what that needs.
    """
    found = look(work)
    attempt = attempts.booked_attempt(work.transaction)
    if renewal is None:
        return found
    if not found.is_dead:
        return replace(found, replacing=replacing.plan(work.transaction, found, now=work.now))
    if attempt.last_block is not None and found_sends.is_waiting(work.transaction):
        return replace(found, plan=attempts.NOTHING_PLANNED)  # that is taken over in place of signing
    if attempt.number >= MOST_ATTEMPTS or attempt.cancels or not _has_expired(attempt):
        return found
    try:
        plan = renewal.plan(work)
    except (FeeAboveCeiling, PaymentImpossible):
        return found  # it cannot be signed as it was asked for: so its money goes back
    return replace(found, plan=plan) if plan else replace(found, is_dead=False)


def _has_expired(attempt: Attempt) -> bool:
    """If something else took its place before that (Sui), custody would not sign it anew so soon."""
    return attempt.last_block is not None and attempt.conflict_height is None


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
    attempt = look.attempt
    assert attempt is not None
    _land(attempt, state, now=work.now)
    replacing.end_waiting(transaction, now=work.now)
    known = {
        "txid": attempt.txid,
        "confirmations": state.confirmations,
        "fee_minor": min(state.fee_minor, transaction.max_fee_minor),  # above it, as after a restore: the company's
        "sub_status": SubStatus.CONFIRMATION_COMPLETED,
    }
    return Done(fields=known) if state.succeeded else _moved_nothing(work, attempt, known)


def _moved_nothing(work: Work, attempt: Attempt, known: dict[str, Any]) -> Fail:
    """It was run and refused, or paid nobody: it is beyond every reorg, or this would not be asked."""
    _bury_others(work, attempt)
    if not attempt.cancels:
        refused = "The network ran it and refused it. Only its fee was taken."
        return Fail("failed_on_network", refused, fields=known)
    if replacing.is_asked_for_cancel(work.transaction):
        return Fail("cancelled", "You called it off. Only the network's fee for that was taken.", fields=known)
    refused = "The network would not take it. Your money is back, and it cost you nothing."
    return Fail("refused_by_network", refused, fields={**known, "fee_minor": 0})


def _land(attempt: Attempt, state: TransactionState, *, now: datetime) -> None:
    data = {"block": state.block_hash}
    events.services.move(attempt, Attempt.State.LANDED, flow=Attempt.FLOW, actor="system", now=now, data=data)


def watch(work: Work, look: Look, correct: Callable[[Attempt], None]) -> Result:
    """Keep a settled transaction under watch until no reorg can take it back; then set right what one has changed."""
    if look.state.confirmations <= settings.NETWORKS[work.transaction.network_id].final_depth:
        return Later()
    attempt = look.attempt
    assert attempt is not None
    if attempt.status == Attempt.State.SIGNED:  # a reorg has brought it in place of the one that was settled
        _land(attempt, look.state, now=work.now)
    _bury_others(work, attempt)
    events.services.move(attempt, Attempt.State.FINAL, flow=Attempt.FLOW, actor="system", now=work.now)
    correct(attempt)
    return Done(live="", fields={} if work.transaction.txid == attempt.txid else {"txid": attempt.txid})


def return_dispatch(work: Work, *, kind: str) -> None:
    """
    Take back what was booked as on its way, where the bytes are proved dead.

    :raises MayStillLand: if they are not: nothing is ever given back on a guess
    """
    states = set(work.transaction.attempts.values_list("status", flat=True))
    if Attempt.State.SIGNED in states:
        raise MayStillLand
    if states != {Attempt.State.DEAD}:
        return  # it landed and failed: its fee was settled where that was found
    attempt = attempts.booked_attempt(work.transaction)
    _unbook(attempt, kind=kind, now=work.now)


def _hand_over(work: Work, look: Look, renewal: Renewal | None) -> Result:
    renewed = _renewed(work, look, renewal)
    if renewed is not None:
        return renewed
    if look.is_dead:
        return _dead(work)
    return Done() if look.is_there else Later()


def _renewed(work: Work, look: Look, renewal: Renewal | None) -> Result | None:
    """
    Sign anew what has expired, in the commit that calls the old bytes dead; None where that is not the case.

    What keeps it from being signed now (liquidity, a fee that is too high) is raised, and leaves the old bytes live.
    """
    if renewal is not None and look.replacing is not None:
        return _replaced(work, look, renewal)
    if renewal is None or look.plan is None:
        return None
    if not renewal.may_sign(work):
        return Later()
    _bury(work)
    return_dispatch(work, kind=renewal.kind)
    return Later(seconds=0, fields=renewal.sign(work, look.plan).fields, is_news=True)


def _replaced(work: Work, look: Look, renewal: Renewal) -> Result | None:
    """Sign what takes the place of bytes that wait, and book it in their stead; None if that has become pointless."""
    if not renewal.may_sign(work):
        return None
    made = replacing.sign(work.transaction, look.replacing, now=work.now)
    for each in made:
        _unbook(each.before, kind=renewal.kind, now=work.now)
        renewal.book(replace(work, transaction=each.attempt.transaction), each.attempt)
    for each in made[1:]:
        lifecycle.rename(each.attempt.transaction, txid=each.attempt.txid, now=work.now)
        schedule.take_back(each.attempt.transaction, now=work.now)
    return Later(seconds=0, fields={"txid": made[0].attempt.txid}, is_news=True) if made else None


def _unbook(attempt: Attempt, *, kind: str, now: datetime) -> None:
    ledger.services.reverse(
        key=f"attempt:{attempt.pk}:return", posting_key=f"attempt:{attempt.pk}:dispatch", kind=kind, now=now
    )


def _bury(work: Work) -> Attempt:
    """
    Call everything dead that was signed: each of it is proved to be. Return the newest.

    :raises MayStillLand: if a block was read meanwhile that holds one of them, or what a stranger made of it
    """
    newest = attempts.booked_attempt(work.transaction)
    live = attempts.live_attempts(work.transaction)
    if any(attempt.seen_height is not None for attempt in live):
        raise MayStillLand
    replacing.end_waiting(work.transaction, now=work.now)
    for attempt in live:
        _call_dead(attempt, work.now)
    return newest


def _bury_others(work: Work, landed: Attempt) -> None:
    """Call dead what shares a place of replay with what has landed beyond every reorg."""
    for attempt in attempts.live_attempts(work.transaction):
        if attempt.pk != landed.pk:
            assert set(attempt.replay_tokens) & set(landed.replay_tokens), "what is signed beside it conflicts with it"
            _call_dead(attempt, work.now)


def _call_dead(attempt: Attempt, now: datetime) -> None:
    events.services.move(attempt, Attempt.State.DEAD, flow=Attempt.FLOW, actor="system", now=now)
    coins.forget_change(attempt=attempt)


def _dead(work: Work) -> Fail:
    buried = _bury(work)
    if buried.last_block is not None and buried.conflict_height is None:
        return Fail("expired", "The network did not take it in time. Your money is back.")
    return Fail("replaced", "Another transaction took its place on the network. Your money is back.")
