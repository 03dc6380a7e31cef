"""
A sweep, in the order it happens: final deposits of one asset on a deposit address are gathered into
the hot wallet: find, gas, sign, broadcast, confirm, settle, final.

The destination is custody's hot address and nothing else. On EVM networks native coins pay for their
own gas out of the amount; an address that cannot (it holds tokens, or a sweep before has failed there
and cost gas) is topped up from the hot wallet first, and that is confirmed before anything is signed.
An amount that would not be worth its gas stays where it is and stays a liability with its coins behind it.
On Solana and Sui the hot wallet pays the fee and signs with the address: no gas is needed, and all comes whole.
On Sui an address may hold more coins than one transaction can gather: then several do, one after the other.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction as database
from django.db.models import QuerySet, Sum

import chains.queries
import chains.services
import custody.queries
import ledger.services
from assets.models import Asset
from assets.queries import get_asset, get_network, list_assets, native_asset
from chains.errors import PaymentImpossible, SenderShort
from chains.values import FeeRate, Payment, Priority
from kit.money import Money
from ledger.services import Line
from transactions.engine import run as engine
from transactions.engine.base import Done, Fail, Flow, Kind, Result, Retry, StepOf, Treatment, Work
from transactions.errors import AddressShort, FeeAboveCeiling, GasOnItsWay, LiquidityMissing
from transactions.flows import sweep_gas
from transactions.models import Attempt, Deposit, Status, SubStatus, Transaction
from transactions.queries.halts import halt_over
from transactions.services import attempts, landing, lifecycle, preparing, schedule, turns
from transactions.services.accounts import is_sponsored, line, pays_its_own_fee
from transactions.services.attempts import Look
from transactions.services.corrections import correct_own_fee
from transactions.services.found import unbooked
from transactions.services.worth import is_worth_its_fee, is_worth_sweeping

AGAIN_AFTER = timedelta(days=1)
"""After a sweep of tokens has failed, the address is left alone for so long: each try costs gas."""

PATIENT = Retry(first_seconds=2, most_seconds=60)
"""Nothing is lost by waiting: the coins are ours where they lie."""


def find(*, network: str, now: datetime, limit: int = 20) -> int:
    """Open a sweep for each address whose final, unswept deposits are worth it; return how many."""
    if not is_sponsored(network) and get_network(network).family != "evm":
        return 0
    if not chains.queries.is_compared(network) or unbooked(network):
        return 0  # what lies there may have been swept before a restore: that is known once it is compared, and booked
    # What a token that takes a fee would bring, nobody knows: its coins stay where they are.
    swept = [asset for asset in list_assets() if asset.network_id == network and not asset.takes_fee]
    return sum(_find(asset, now=now, limit=limit) for asset in swept)


def _find(asset: Asset, *, now: datetime, limit: int) -> int:
    network = str(asset.network_id)
    unswept = Deposit.objects.filter(
        network_id=network, asset=asset, status=Deposit.State.FINAL, sweep__isnull=True, wallet__isnull=False
    ).exclude(address__in=_under_way(network).values("from_address"))  # they would keep the others out for as long
    if asset.contract:
        failed = Transaction.objects.filter(type=Transaction.Type.SWEEP, asset=asset, status=Status.FAILED)
        unswept = unswept.exclude(address__in=failed.filter(updated_at__gt=now - AGAIN_AFTER).values("from_address"))
    there = unswept.values_list("address").annotate(total=Sum("amount_minor")).order_by("-total", "address")
    # What a sweep has taken that a restore forgot keeps nobody else out.
    totals = dict(there[: limit + turns.count_lost(network)])
    before = turns.ahead(asset=asset, addresses=list(totals))
    left = {address: int(total) - before.get(address, 0) for address, total in totals.items()}
    chosen = [(address, minor) for address, minor in left.items() if minor > 0][:limit]
    if not chosen:
        return 0
    rate = chains.services.get_fee_rate(network=network, priority=Priority.SLOW, now=now)
    hot, adapter = custody.queries.hot_address(network=network), chains.queries.get_adapter(network)
    opened = 0
    for address, minor in chosen:
        payment = _payment(asset, address, hot, minor=minor, rate=rate)
        try:
            fee = adapter.most_fee(payment)
            if not is_worth_sweeping(asset, minor=payment.minor, fee_minor=fee, now=now):
                continue
            most = adapter.gatherable(payment)
        except (PaymentImpossible, SenderShort):
            continue  # nothing can go from there, or nobody can pay for it now: the others are not kept waiting
        if is_worth_its_fee(asset, minor=most, fee_minor=fee, now=now):
            turn = most if most < payment.minor else None
            opened += _open(asset, address, hot, turn=turn, max_fee=fee * 2, now=now)
    return opened


@database.atomic
def _open(asset: Asset, address: str, hot: str, *, turn: int | None, max_fee: int, now: datetime) -> int:
    """
    Tie the address's deposits to one sweep; one sweep at a time may be on its way from an address.

    :param turn: so much at most can be gathered now: it is for those deposits of which this takes the last
    """
    network = str(asset.network_id)
    chosen = list(
        Deposit.objects.select_for_update(of=("self",), no_key=True)
        .filter(network_id=network, address=address, asset=asset, status=Deposit.State.FINAL, sweep__isnull=True)
        .order_by("id")
    )
    if not chosen or _under_way(network).filter(from_address=address).exists():
        return 0
    before = turns.ahead(asset=asset, addresses=[address]).get(address, 0)
    minor = sum(deposit.amount_minor for deposit in chosen) - before
    if minor <= 0:
        return 0
    minor = minor if turn is None else min(minor, turn)
    sweep = lifecycle.open_transaction(
        type=Transaction.Type.SWEEP,
        key=f"sweep:{network}:{address}:{_count(network, address) + 1}",
        actor="system",
        network_id=network,
        asset=asset,
        amount_minor=minor,
        fee_asset=native_asset(network),
        max_fee_minor=max_fee,
        from_address=address,
        to_address=hot,
        required_confirmations=settings.NETWORKS[network].confirmations,
        now=now,
    )
    tied = [deposit.pk for deposit in turns.covered(chosen, minor=before + minor)]
    Deposit.objects.filter(pk__in=tied).update(sweep=sweep)
    engine.begin(sweep, now=now)
    return 1


def _under_way(network: str) -> QuerySet[Transaction]:
    sweeps = Transaction.objects.filter(type=Transaction.Type.SWEEP, network_id=network)
    return sweeps.exclude(status__in=[Status.COMPLETED, Status.FAILED])


def _choose(work: Work, answer: Any) -> Result:
    """The deposits were tied to it in the commit that opened it."""
    return Done()


def _untie(work: Work, answer: Any) -> None:
    """What it did not sweep may be swept anew."""
    Deposit.objects.filter(sweep=work.transaction).update(sweep=None)


def _plan(work: Work) -> attempts.Plan | None:
    """
    Ask for the fee and the nonce floor, and see once more that the address holds it all; nothing while none of it
    may leave.

    :raises FeeAboveCeiling: if it is too dear now: it can wait
    :raises GasOnItsWay: if the node that is asked does not show the coins (yet)
    :raises PaymentImpossible: if they are too many: what is opened next is for no more than can be gathered
    """
    sweep = work.transaction
    if halt_over(sweep):
        return None
    chains.queries.check_not_halted(sweep.network_id)
    adapter, asset = chains.queries.get_adapter(sweep.network_id), get_asset(sweep.asset_id)
    if adapter.balance(sweep.from_address, asset.contract) < sweep.amount_minor:
        raise GasOnItsWay
    if not is_sponsored(sweep.network_id) and adapter.balance(sweep.from_address) < sweep_gas.needed(sweep):
        raise GasOnItsWay
    rate = chains.services.get_fee_rate(network=sweep.network_id, priority=Priority.NORMAL, now=work.now)
    payment = _payment(asset, sweep.from_address, sweep.to_address, minor=sweep.amount_minor, rate=rate)
    if adapter.gatherable(payment) < sweep.amount_minor:
        raise PaymentImpossible("It lies in more coins than one transaction can gather: smaller sweeps take its place.")
    prepared = preparing.prepare(payment, network=sweep.network_id)
    gas = adapter.gas_limit(prepared)
    if adapter.most_fee(prepared) > sweep.max_fee_minor:
        raise FeeAboveCeiling
    return attempts.Plan(
        sender=sweep.from_address,
        rate=rate,
        gas_limit=gas,
        prepared=prepared,
        nonce_floor=adapter.next_nonce(sweep.from_address),
        head=0,
        confirmations=0,
        subtract_fee=payment.subtract_fee,
    )


def _payment(asset: Asset, address: str, hot: str, *, minor: int, rate: FeeRate) -> Payment:
    """Return the payment that empties an address: its fee out of the amount, beside it, or paid by the hot wallet."""
    sponsored = is_sponsored(str(asset.network_id))
    payer, pays_itself = hot if sponsored else "", not sponsored and not asset.contract
    return Payment(hot, minor, asset.contract, rate, sender=address, payer=payer, subtract_fee=pays_itself)


def _sign(work: Work, plan: attempts.Plan | None) -> Result:
    """Sign, store and book, all in this one commit; while nothing of it may leave, it waits."""
    if plan is None or halt_over(work.transaction):
        return landing.HALTED
    sweep = work.transaction
    attempt = attempts.sign(sweep, plan=plan, minor=sweep.amount_minor, now=work.now)
    money = Money(sweep.amount_minor, sweep.asset_id)
    ledger.services.post(
        key=f"attempt:{attempt.pk}:dispatch",
        kind="sweep.dispatch",
        lines=[
            *line(sweep.network_id, "deposits", money),
            *line(sweep.network_id, "in_transit", -money),
            *_fee_beside(sweep, attempt, source=_pays_fee(sweep), target="in_transit"),
        ],
        now=work.now,
    )
    return Done(fields={"txid": attempt.txid})


def _unsign(work: Work, answer: Any) -> None:
    landing.return_dispatch(work, kind="sweep.return")


def _confirm(work: Work, look: Look) -> Result:
    result = landing.confirm(work, look)
    if isinstance(result, Fail) and not look.is_dead:
        _post_settlement(work, arrived=0, fee=look.state.fee_minor)
    return result


def _settle(work: Work, answer: Any) -> Result:
    """
    What arrived is the treasury's to pay with; the fee is the company's cost.

    Bytes that pay themselves move the amount less the highest fee. What the real fee was below it is
    left on the address: still ours, still booked on deposits.
    """
    sweep = work.transaction
    assert sweep.fee_minor is not None
    attempt = attempts.live_attempt(sweep)
    kept = attempt.max_fee_minor if pays_its_own_fee(sweep) else 0
    _post_settlement(work, arrived=sweep.amount_minor - kept, fee=sweep.fee_minor)
    schedule.wake_waiting(network=sweep.network_id, now=work.now)  # sends may be waiting for these coins
    return Done()


def _post_settlement(work: Work, *, arrived: int, fee: int) -> None:
    sweep, attempt = work.transaction, attempts.live_attempt(work.transaction)
    network, asset, pays_itself = sweep.network_id, sweep.asset_id, pays_its_own_fee(sweep)
    paid, own_fee = Money(fee, sweep.fee_asset_id), fee if pays_itself else 0
    ledger.services.post(
        key=f"attempt:{attempt.pk}:settle",
        kind="sweep.settle",
        lines=[
            *line(network, "in_transit", Money(sweep.amount_minor, asset)),
            *line(network, "treasury", Money(-arrived, asset)),
            *line(network, "fees", -paid),
            *line(network, "deposits", Money(arrived + own_fee - sweep.amount_minor, asset)),
            *_fee_beside(sweep, attempt, source="in_transit", target=_pays_fee(sweep)),
            *([] if pays_itself else line(network, _pays_fee(sweep), paid)),
        ],
        now=work.now,
    )


def _pays_fee(sweep: Transaction) -> str:
    """Return the company's account of the coins that pay the fee: of its own, or of those that lie on the address."""
    return "treasury" if is_sponsored(sweep.network_id) else "deposits"


def _fee_beside(sweep: Transaction, attempt: Attempt, *, source: str, target: str) -> list[Line]:
    """Return the lines that carry the highest fee between two accounts, where it is not taken out of the amount."""
    if pays_its_own_fee(sweep):
        return []
    money = Money(attempt.max_fee_minor, sweep.fee_asset_id)
    return [*line(sweep.network_id, source, money), *line(sweep.network_id, target, -money)]


def _watch(work: Work, look: Look) -> Result:
    def correct(attempt: Attempt) -> None:
        correct_own_fee(work.transaction, attempt, look.state, lies_in="deposits", now=work.now)

    return landing.watch(work, look, correct)


def _count(network: str, address: str) -> int:
    return Transaction.objects.filter(type=Transaction.Type.SWEEP, network_id=network, from_address=address).count()


FLOW = Flow(
    Transaction.Type.SWEEP,
    [
        StepOf(
            "chosen",
            Kind.RESERVATION,
            "ties an address's final deposits to one sweep",
            _choose,
            undo=_untie,
            via=[Status.BALANCE_RESERVED],
        ),
        StepOf(
            "gas_ready",
            Kind.VALIDATION,
            "sees that the address can pay for gas, and has it topped up and confirmed if it cannot",
            sweep_gas.fund,
            ask=sweep_gas.measure,
            may_stop=sweep_gas.has_none_under_way,
            vouched=sweep_gas.take_for_granted,
            errors={AddressShort: Treatment.TEMPORARY},
            retry=PATIENT,
        ),
        StepOf(
            "signed",
            Kind.PROVIDER,
            "takes the address's nonce, signs, stores the bytes and books them as on their way, in one commit",
            _sign,
            ask=_plan,
            undo=_unsign,
            may_stop=landing.is_unsigned,
            via=[Status.PROVIDER_SELECTED, Status.PROVIDER_PROCESSING],
            errors={
                FeeAboveCeiling: Treatment.TEMPORARY,
                GasOnItsWay: Treatment.TEMPORARY,
                LiquidityMissing: Treatment.TEMPORARY,
                SenderShort: Treatment.TEMPORARY,
                PaymentImpossible: Treatment.PERMANENT,
            },
            waits_for={
                FeeAboveCeiling: SubStatus.WAITING_FOR_LOWER_FEES,
                GasOnItsWay: SubStatus.WAITING_FOR_GAS,
            },
            retry=PATIENT,
        ),
        landing.broadcast_step(),
        landing.confirm_step(_confirm),
        StepOf(
            "settled",
            Kind.UPDATE,
            "books what arrived as the treasury's, and the fee as the company's",
            _settle,
            via=[Status.BALANCE_UPDATED, Status.COMPLETED],
        ),
        landing.final_step(_watch),
    ],
    says="Final deposits are gathered from a deposit address into the hot wallet.",
    command="InitiateSweepCommand",
)
