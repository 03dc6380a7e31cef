"""
A top-up, in the order it happens: the hot wallet gives a deposit address the gas that its sweep
lacks: hold, sign, broadcast, confirm, settle, final. It is the company's money all the way.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings

import chains.queries
import chains.services
import custody.queries
import ledger.services
from assets.queries import native_asset
from chains.errors import PaymentImpossible
from chains.values import Payment, Priority
from kit.money import Money
from ledger.errors import InsufficientFunds
from transactions.engine import run as engine
from transactions.engine.base import Done, Fail, Flow, Kind, Result, Retry, StepOf, Treatment, Work
from transactions.errors import FeeAboveCeiling, LiquidityMissing
from transactions.models import Attempt, Status, SubStatus, Transaction
from transactions.queries.halts import halt_over
from transactions.services import attempts, landing, lifecycle
from transactions.services.accounts import line
from transactions.services.attempts import Look
from transactions.services.corrections import correct_own_fee

GIVE_UP_AFTER = timedelta(hours=24)
"""A top-up that could not be signed for so long is given up; its sweep asks for another."""


def open_for(sweep: Transaction, *, minor: int, now: datetime) -> Transaction:
    """Begin a top-up of so many native minor units for a sweep, inside the caller's database transaction."""
    asset = native_asset(sweep.network_id)
    number = sweep.children.filter(type=Transaction.Type.TOP_UP).count() + 1
    found = lifecycle.open_transaction(
        type=Transaction.Type.TOP_UP,
        key=f"top_up:{sweep.pk}:{number}",
        actor="system",
        parent=sweep,
        network_id=sweep.network_id,
        asset=asset,
        amount_minor=minor,
        fee_asset=asset,
        max_fee_minor=sweep.max_fee_minor,
        to_address=sweep.from_address,
        required_confirmations=settings.NETWORKS[sweep.network_id].confirmations,
        now=now,
    )
    engine.begin(found, now=now)
    return found


def _check(work: Work, answer: Any) -> Result:
    """Its sweep has measured what is missing, and that no more than gas is."""
    return Done()


def _plan(work: Work) -> attempts.Plan | None:
    """:raises FeeAboveCeiling: if it would cost more than a sweep may: it can wait"""
    found = work.transaction
    network = found.network_id
    if halt_over(found):
        return None
    chains.queries.check_not_halted(network)
    adapter = chains.queries.get_adapter(network)
    sender = custody.queries.hot_address(network=network)
    rate = chains.services.get_fee_rate(network=network, priority=Priority.NORMAL, now=work.now)
    payment = Payment(to=found.to_address, minor=found.amount_minor, contract="", rate=rate, sender=sender)
    gas = adapter.gas_limit(payment)
    if gas * rate.rate > found.max_fee_minor:
        raise FeeAboveCeiling
    return attempts.Plan(
        sender=sender,
        rate=rate,
        gas_limit=gas,
        nonce_floor=adapter.next_nonce(sender),
        head=chains.queries.scanned_height(network=network),
        confirmations=settings.NETWORKS[network].confirmations,
    )


def _sign(work: Work, plan: attempts.Plan | None) -> Result:
    """Sign, store and book, all in this one commit; while nothing of it may leave, it waits."""
    if plan is None or halt_over(work.transaction):
        return landing.HALTED
    found = work.transaction
    attempt = attempts.sign(found, plan=plan, minor=found.amount_minor, now=work.now)
    money = Money(found.amount_minor + attempt.max_fee_minor, found.asset_id)
    ledger.services.post(
        key=f"attempt:{attempt.pk}:dispatch",
        kind="top_up.dispatch",
        lines=[*line(found.network_id, "treasury", money), *line(found.network_id, "in_transit", -money)],
        now=work.now,
    )
    return Done(fields={"txid": attempt.txid})


def _unsign(work: Work, answer: Any) -> None:
    landing.return_dispatch(work, kind="top_up.return")


def _confirm(work: Work, look: Look) -> Result:
    result = landing.confirm(work, look)
    if isinstance(result, Fail) and not look.is_dead:
        _post_settlement(work, arrived=0, fee=look.state.fee_minor)
    return result


def _settle(work: Work, answer: Any) -> Result:
    """What arrived lies on the deposit address, the fee is the company's, the rest never left."""
    found = work.transaction
    assert found.fee_minor is not None
    _post_settlement(work, arrived=found.amount_minor, fee=found.fee_minor)
    return Done()


def _post_settlement(work: Work, *, arrived: int, fee: int) -> None:
    found = work.transaction
    network, asset = found.network_id, found.asset_id
    attempt = attempts.live_attempt(found)
    dispatched = found.amount_minor + attempt.max_fee_minor
    ledger.services.post(
        key=f"attempt:{attempt.pk}:settle",
        kind="top_up.settle",
        lines=[
            *line(network, "in_transit", Money(dispatched, asset)),
            *line(network, "deposits", Money(-arrived, asset)),
            *line(network, "fees", Money(-fee, asset)),
            *line(network, "treasury", Money(arrived + fee - dispatched, asset)),
        ],
        now=work.now,
    )


def _watch(work: Work, look: Look) -> Result:
    def correct(attempt: Attempt) -> None:
        correct_own_fee(work.transaction, attempt, look.state, lies_in="treasury", now=work.now)

    return landing.watch(work, look, correct)


FLOW = Flow(
    Transaction.Type.TOP_UP,
    [
        StepOf(
            "checked",
            Kind.VALIDATION,
            "takes over what its sweep has found missing",
            _check,
            via=[Status.BALANCE_RESERVED],
        ),
        StepOf(
            "signed",
            Kind.PROVIDER,
            "takes the hot wallet's nonce, signs, stores the bytes and books them as on their way, in one commit",
            _sign,
            ask=_plan,
            undo=_unsign,
            may_stop=landing.is_unsigned,
            via=[Status.PROVIDER_SELECTED, Status.PROVIDER_PROCESSING],
            errors={
                FeeAboveCeiling: Treatment.TEMPORARY,
                InsufficientFunds: Treatment.TEMPORARY,
                LiquidityMissing: Treatment.TEMPORARY,
                PaymentImpossible: Treatment.PERMANENT,
            },
            waits_for={
                FeeAboveCeiling: SubStatus.WAITING_FOR_LOWER_FEES,
                InsufficientFunds: SubStatus.WAITING_FOR_LIQUIDITY,
            },
            retry=Retry(first_seconds=2, most_seconds=60, patience=GIVE_UP_AFTER),
        ),
        landing.broadcast_step(),
        landing.confirm_step(_confirm),
        StepOf(
            "settled",
            Kind.UPDATE,
            "books the coins where they now lie, and the fee as the company's",
            _settle,
            via=[Status.BALANCE_UPDATED, Status.COMPLETED],
        ),
        landing.final_step(_watch),
    ],
    says="The hot wallet gives a deposit address the gas that its sweep lacks.",
    command="InitiateTopUpCommand",
)
