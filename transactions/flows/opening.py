"""
An opening, in the order it happens: the company opens a trustline for an asset, without which none of it can arrive:
find, sign, broadcast, confirm, settle, final.

On Stellar one account of ours holds everything, so there is one for each asset. It costs a fee, which is the company's,
and locks a reserve (the amount), which stays ours and in the treasury. Asked for again it changes nothing there.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction as database

import chains.queries
import chains.services
import custody.queries
import ledger.services
from assets.queries import get_network, list_assets, native_asset
from chains.base import TRUSTLINE, TRUSTLINE_MINOR, Payment, Priority
from chains.errors import PaymentImpossible, SenderShort
from kit.locks import wait_for_turn
from kit.money import Money
from ledger.errors import InsufficientFunds
from transactions.engine import run as engine
from transactions.engine.base import Done, Fail, Flow, Kind, Result, Retry, StepOf, Treatment, Work
from transactions.errors import FeeAboveCeiling, LaneBusy
from transactions.models import Attempt, Status, SubStatus, Transaction
from transactions.queries.halts import halt_over
from transactions.services import attempts, landing, lifecycle, preparing
from transactions.services.accounts import line
from transactions.services.attempts import Look
from transactions.services.corrections import correct_own_fee

AGAIN_AFTER = timedelta(hours=1)
"""What the network has refused is asked for again after so long."""


def find(*, network: str, now: datetime) -> int:
    """Open what has to be open for each asset of a network and is not; return how many. Harmless at any time."""
    if get_network(network).family != "stellar":
        return 0
    tokens = [asset for asset in list_assets() if asset.network_id == network and asset.contract]
    return sum(_open(network, f"{TRUSTLINE}{asset.contract}", now=now) for asset in tokens)


def _open(network: str, what: str, *, now: datetime) -> int:
    openings = Transaction.objects.filter(type=Transaction.Type.OPENING, network_id=network, to_address=what)
    if _stands(openings, now):
        return 0
    with database.atomic():
        wait_for_turn(f"transactions.opening:{network}")
        if _stands(openings, now):
            return 0
        asset = native_asset(network)
        found = lifecycle.open_transaction(
            type=Transaction.Type.OPENING,
            key=f"opening:{network}:{what}:{openings.count() + 1}",
            actor="system",
            network_id=network,
            asset=asset,
            amount_minor=TRUSTLINE_MINOR,
            fee_asset=asset,
            max_fee_minor=settings.NETWORKS[network].fee_cap,
            to_address=what,
            required_confirmations=settings.NETWORKS[network].confirmations,
            now=now,
        )
        engine.begin(found, now=now)
    return 1


def _stands(openings: Any, now: datetime) -> bool:
    """Say whether it is open, on its way, or was refused only just now."""
    return bool(openings.exclude(status=Status.FAILED, updated_at__lt=now - AGAIN_AFTER).exists())


def _check(work: Work, answer: Any) -> Result:
    """Which assets there are is configuration: nobody has asked for it who could be wrong."""
    return Done()


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
    payment = Payment(to=found.to_address, minor=found.amount_minor, contract="", rate=rate, sender=sender)
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
    fee = Money(attempt.max_fee_minor, found.fee_asset_id)
    ledger.services.post(
        key=f"attempt:{attempt.pk}:dispatch",
        kind="opening.dispatch",
        lines=[*line(found.network_id, "treasury", fee), *line(found.network_id, "in_transit", -fee)],
        now=work.now,
    )
    return Done(fields={"txid": attempt.txid})


def _unsign(work: Work, answer: Any) -> None:
    landing.return_dispatch(work, kind="opening.return")


def _confirm(work: Work, look: Look) -> Result:
    result = landing.confirm(work, look)
    if isinstance(result, Fail) and not look.is_dead:
        _pay_fee(work, look.state.fee_minor)
    return result


def _settle(work: Work, answer: Any) -> Result:
    """The fee is the company's; the reserve has not left."""
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
    ledger.services.post(key=f"attempt:{attempt.pk}:settle", kind="opening.settle", lines=lines, now=work.now)


def _watch(work: Work, look: Look) -> Result:
    def correct(attempt: Attempt) -> None:
        correct_own_fee(work.transaction, attempt, look.state, lies_in="treasury", now=work.now)

    return landing.watch(work, look, correct)


def _may_sign(work: Work) -> bool:
    return not halt_over(work.transaction)


_RENEWAL = landing.Renewal(plan=_plan, may_sign=_may_sign, sign=_sign_now, kind="opening.return")

FLOW = Flow(
    Transaction.Type.OPENING,
    [
        StepOf(
            "checked",
            Kind.VALIDATION,
            "takes over what the configuration names",
            _check,
            via=[Status.BALANCE_RESERVED],
        ),
        StepOf(
            "signed",
            Kind.PROVIDER,
            "takes the account's sequence number, signs, stores the bytes and books their fee, in one commit",
            _sign,
            ask=_plan,
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
        landing.broadcast_step(_RENEWAL),
        landing.confirm_step(_confirm, _RENEWAL),
        StepOf(
            "settled",
            Kind.UPDATE,
            "books the real fee as the company's",
            _settle,
            via=[Status.BALANCE_UPDATED, Status.COMPLETED],
        ),
        landing.final_step(_watch),
    ],
    says="The company opens a trustline for an asset on Stellar: before, none of it can arrive.",
    command="InitiateOpeningCommand",
)
