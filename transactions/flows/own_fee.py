"""
What the company does on a network for a fee and nothing else: nothing of it leaves, and the fee is the company's.

The steps that such flows share: sign, broadcast, confirm, settle, final. The amount is moved from us to ourselves, or
locked up where it lies; the books know it as what it is, and only the fee goes through them.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

import chains.queries
import chains.services
import custody.queries
import ledger.services
from chains.errors import PaymentImpossible, SenderShort
from chains.values import Payment, Priority
from kit.money import Money
from ledger.errors import InsufficientFunds
from transactions.engine.base import Done, Fail, Kind, Result, Retry, StepOf, Treatment, Work
from transactions.errors import FeeAboveCeiling, LaneBusy
from transactions.models import Attempt, Status, SubStatus
from transactions.queries.halts import halt_over
from transactions.services import attempts, landing, preparing
from transactions.services.accounts import line
from transactions.services.attempts import Look
from transactions.services.corrections import correct_own_fee


@dataclass(frozen=True)
class Signs:
    """How a flow signs that pays nobody but chooses its own coins: once, and never anew."""

    says: str
    ask: Callable[[Work], Any]
    do: Callable[[Work, Any], Result]


def steps(*, type: str, signs: Signs | None = None) -> Sequence[StepOf]:
    """Return the steps of a flow of this type from signing on; its postings are called after it."""
    renewal = None
    if signs is None:
        says = "takes the account's sequence number, signs, stores the bytes and books their fee, in one commit"
        signs = Signs(says, _plan, _sign)
        renewal = landing.Renewal(plan=_plan, may_sign=_may_sign, sign=_sign_now, book=book, kind=f"{type}.return")
    return [
        StepOf(
            "signed",
            Kind.PROVIDER,
            signs.says,
            signs.do,
            ask=signs.ask,
            undo=_unsign,
            may_stop=landing.is_unsigned,
            via=[Status.PROVIDER_SELECTED, Status.PROVIDER_PROCESSING],
            errors={
                FeeAboveCeiling: Treatment.TEMPORARY,
                InsufficientFunds: Treatment.TEMPORARY,
                LaneBusy: Treatment.TEMPORARY,
                SenderShort: Treatment.TEMPORARY,
                PaymentImpossible: Treatment.PERMANENT,
            },
            waits_for={
                FeeAboveCeiling: SubStatus.WAITING_FOR_LOWER_FEES,
                InsufficientFunds: SubStatus.WAITING_FOR_LIQUIDITY,
                SenderShort: SubStatus.WAITING_FOR_LIQUIDITY,
            },
            retry=Retry(first_seconds=2, most_seconds=30),
        ),
        landing.broadcast_step(renewal),
        landing.confirm_step(_confirm, renewal),
        StepOf(
            "settled",
            Kind.UPDATE,
            "books the real fee as the company's",
            _settle,
            via=[Status.BALANCE_UPDATED, Status.COMPLETED],
        ),
        landing.final_step(_watch),
    ]


def _plan(work: Work) -> attempts.Plan | None:
    """
    Ask for fee rate and sequence number; nothing is asked while nothing of its asset may leave.

    :raises FeeAboveCeiling: if it would cost more than the network's cap
    :raises SenderShort: if the account is not there yet, or has too little above its reserve
    """
    found = work.transaction
    if not _may_sign(work):
        return None
    network = found.network_id
    chains.queries.check_not_halted(network)
    adapter = chains.queries.get_adapter(network)
    sender = custody.queries.hot_address(network=network)
    rate = chains.services.get_fee_rate(network=network, priority=Priority.NORMAL, now=work.now)
    payment = Payment(found.to_address, found.amount_minor, "", rate, sender=sender, memo=attempts.said(found))
    prepared = preparing.prepare(payment, network=network)
    if adapter.most_fee(prepared) > found.max_fee_minor:
        raise FeeAboveCeiling
    return attempts.Plan(
        sender=sender,
        rate=rate,
        gas_limit=adapter.gas_limit(prepared),
        prepared=prepared,
        nonce_floor=adapter.next_nonce(sender),
        head=chains.queries.scanned_height(network=network),
        confirmations=settings.NETWORKS[network].confirmations,
    )


def _sign(work: Work, plan: attempts.Plan | None) -> Result:
    return landing.HALTED if plan is None or not _may_sign(work) else _sign_now(work, plan)


def _sign_now(work: Work, plan: attempts.Plan) -> Done:
    """Sign, store and book the fee as on its way, all in this one commit."""
    found = work.transaction
    attempt = attempts.sign(found, plan=plan, minor=found.amount_minor, now=work.now)
    book(work, attempt)
    return Done(fields={"txid": attempt.txid})


def book(work: Work, attempt: Attempt) -> None:
    """Book the fee as on its way."""
    found = work.transaction
    fee = Money(attempt.max_fee_minor, found.fee_asset_id)
    ledger.services.post(
        key=f"attempt:{attempt.pk}:dispatch",
        kind=f"{found.type}.dispatch",
        lines=[*line(found.network_id, "treasury", fee), *line(found.network_id, "in_transit", -fee)],
        now=work.now,
    )


def _unsign(work: Work, answer: Any) -> None:
    landing.return_dispatch(work, kind=f"{work.transaction.type}.return")


def _confirm(work: Work, look: Look) -> Result:
    result = landing.confirm(work, look)
    if isinstance(result, Fail) and not look.is_dead:
        _pay_fee(work, look.state.fee_minor)
    return result


def _settle(work: Work, answer: Any) -> Result:
    """The fee is the company's; the amount has not left."""
    assert work.transaction.fee_minor is not None
    _pay_fee(work, work.transaction.fee_minor)
    return Done()


def _pay_fee(work: Work, fee: int) -> None:
    found = work.transaction
    attempt = attempts.live_attempt(found)
    lines = [
        *line(found.network_id, "in_transit", Money(attempt.max_fee_minor, found.fee_asset_id)),
        *line(found.network_id, "fees", Money(-fee, found.fee_asset_id)),
        *line(found.network_id, "treasury", Money(fee - attempt.max_fee_minor, found.fee_asset_id)),
    ]
    ledger.services.post(key=f"attempt:{attempt.pk}:settle", kind=f"{found.type}.settle", lines=lines, now=work.now)


def _watch(work: Work, look: Look) -> Result:
    def correct(attempt: Attempt) -> None:
        correct_own_fee(work.transaction, attempt, look.state, lies_in="treasury", now=work.now)

    return landing.watch(work, look, correct)


def _may_sign(work: Work) -> bool:
    return not halt_over(work.transaction)
