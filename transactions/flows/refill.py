"""
A refill, in the order it happens: the hot wallet lacks coins, a request is opened, two people approve it
(services/refills.py), it is exported, signed by a key that is kept elsewhere and imported (cold_signing.py); then it is
followed like anything else: broadcast, confirm, settle, final.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction as database

import chains.queries
import chains.services
import custody.queries
import events.services
import ledger.services
from assets.models import Asset
from assets.queries import get_network, list_assets, native_asset
from chains.errors import PaymentImpossible, SenderShort
from chains.values import FeeRate, Payment, Priority
from kit.ids import new_id
from kit.locks import wait_for_turn
from kit.money import format_minor
from transactions.engine.base import Done, Fail, Flow, Kind, Result, StepOf, Work
from transactions.models import Attempt, Refill, Status, Transaction
from transactions.queries import cold, liquidity
from transactions.services import attempts, coins, landing, refills, schedule
from transactions.services.accounts import carried, line, outlay
from transactions.services.attempts import Look
from transactions.services.corrections import correct_between
from transactions.services.worth import is_worth_its_fee

FEE_SPARE = 4
"""The highest fee that people approve, in times of what it costs when it is opened: it may be signed days later."""

REFUSED_FOR = timedelta(hours=6)
"""After people have refused one, another of the asset is not asked for so soon."""


def find(*, network: str, now: datetime) -> int:
    """Open a request for each asset of which the hot wallet holds less than its floor; return how many."""
    source = cold.address_in_use(network)
    if not source or not chains.queries.get_adapter(network).takes_signed:
        return 0
    assets = [each for each in list_assets() if each.network_id == network and not each.takes_fee]
    return sum(_find(asset, source, now=now) for asset in assets)


def _find(asset: Asset, source: str, *, now: datetime) -> int:
    network = str(asset.network_id)
    if not _is_below_floor(asset) or not _may_ask(asset, now):
        return 0
    minor = min(_lacking(asset), _available(asset, source))
    if minor <= 0:
        return 0
    rate = chains.services.get_fee_rate(network=network, priority=Priority.FAST, now=now)
    hot = custody.queries.hot_address(network=network)
    try:
        fee = _estimate(asset, source, hot, minor, rate)
    except (PaymentImpossible, SenderShort):
        return 0  # the cold address could not pay it now: it is looked at again with the next blocks
    return _open(asset, source, hot, fee=fee, now=now)


@database.atomic
def _open(asset: Asset, source: str, hot: str, *, fee: int, now: datetime) -> int:
    """Ask for it, if it is still lacking: whoever was second finds what the first one opened."""
    network = str(asset.network_id)
    wait_for_turn(f"transactions.treasury:{asset.code}")
    if not _is_below_floor(asset) or not _may_ask(asset, now):
        return 0
    most_fee = fee * FEE_SPARE
    own_fee = most_fee if asset.code == native_asset(network).code else 0
    minor = min(_lacking(asset), _available(asset, source) - own_fee)
    if minor <= 0 or not is_worth_its_fee(asset, minor=minor, fee_minor=fee, now=now):
        return 0
    made = Refill.objects.create(
        id=new_id("rfl"),
        network_id=network,
        asset=asset,
        amount_minor=minor,
        max_fee_minor=most_fee,
        from_address=source,
        to_address=hot,
        reason=_why(asset),
        created_at=now,
        updated_at=now,
    )
    data = refills.facts(made) | {"severity": "high"}
    events.services.record(type="refill.wanted", subject=made, actor="system", now=now, data=data)
    return 1


def _is_below_floor(asset: Asset) -> bool:
    limits = cold.limits(asset)
    return limits is not None and liquidity.free(asset) < limits.floor


def _lacking(asset: Asset) -> int:
    limits = cold.limits(asset)
    assert limits is not None
    return limits.target - liquidity.free(asset)


def _may_ask(asset: Asset, now: datetime) -> bool:
    """One at a time, coins do not go both ways at once, and people who have refused are left in peace for a while."""
    asked = Refill.objects.filter(asset=asset)
    refused = asked.filter(status=Refill.State.REFUSED, updated_at__gt=now - REFUSED_FOR)
    is_moving = liquidity.between_hot_and_cold(asset).exists()
    return not is_moving and not asked.filter(status__in=Refill.OPEN).exists() and not refused.exists()


def _why(asset: Asset) -> str:
    limits = cold.limits(asset)
    assert limits is not None
    held, queue, floor = (
        f"{format_minor(minor, scale=asset.scale)} {asset.code}"
        for minor in (liquidity.hot(asset), liquidity.owed_to_queue(asset), limits.floor)
    )
    return f"The hot wallet holds {held}, of which sends that wait take {queue}; its floor is {floor}."[:300]


def _available(asset: Asset, source: str) -> int:
    """Return what the cold address can give: what is booked there, of coins only what is final."""
    booked = liquidity.in_cold(asset)
    if get_network(str(asset.network_id)).family != "bitcoin":
        return booked
    return min(booked, sum(coin.minor for coin in coins.in_cold(network=str(asset.network_id), address=source)))


def _estimate(asset: Asset, source: str, hot: str, minor: int, rate: FeeRate) -> int:
    """Return what it would cost the cold address now, in native minor units; on Bitcoin as part of the amount."""
    network = str(asset.network_id)
    adapter = chains.queries.get_adapter(network)
    payment = Payment(to=hot, minor=minor, contract=asset.contract, rate=rate, sender=source)
    if get_network(network).family != "bitcoin":
        return adapter.most_fee(payment)
    return adapter.build(replace(in_coins(payment, network), subtract_fee=True)).max_fee_minor


def in_coins(payment: Payment, network: str) -> Payment:
    """Return the payment out of the cold address's coins, what is left going back there."""
    spendable = coins.in_cold(network=network, address=payment.sender)
    return replace(payment, sender="", coins=tuple(spendable), change_address=payment.sender)


def _check(work: Work, answer: Any) -> Result:
    """What was approved, and that this is it, was seen in the commit that opened it."""
    return Done()


def _end(work: Work, answer: Any) -> None:
    """It can never land, or the network has refused it: another one is asked for if it is still lacking."""
    found = refills.locked(work.transaction.refill.pk)
    refills.move(found, Refill.State.FAILED, actor=work.actor, now=work.now)


def _book(work: Work, answer: Any) -> Result:
    """Book what was signed elsewhere as on its way."""
    found, attempt = work.transaction, attempts.live_attempt(work.transaction)
    ledger.services.post(
        key=f"attempt:{attempt.pk}:dispatch",
        kind="refill.dispatch",
        lines=[
            each
            for money in outlay(found, max_fee_minor=attempt.max_fee_minor)
            for each in (*line(found.network_id, "cold", money), *line(found.network_id, "in_transit", -money))
        ],
        now=work.now,
    )
    return Done(fields={"txid": attempt.txid})


def _unbook(work: Work, answer: Any) -> None:
    landing.return_dispatch(work, kind="refill.return")


def _confirm(work: Work, look: Look) -> Result:
    result = landing.confirm(work, look)
    if isinstance(result, Fail) and not look.is_dead:
        _post_settlement(work, arrived=0, fee=look.state.fee_minor)
    return result


def _settle(work: Work, answer: Any) -> Result:
    """What arrived is the treasury's to pay with, the fee is the company's, the rest never left cold."""
    found = work.transaction
    assert found.fee_minor is not None
    _post_settlement(work, arrived=found.amount_minor, fee=found.fee_minor)
    refills.move(refills.locked(found.refill.pk), Refill.State.DONE, actor=work.actor, now=work.now)
    schedule.wake_waiting(network=found.network_id, now=work.now)  # sends may be waiting for these coins
    return Done()


def _post_settlement(work: Work, *, arrived: int, fee: int) -> None:
    attempt = attempts.booked_attempt(work.transaction)
    lines = carried(
        work.transaction, source="cold", target="treasury", most_fee=attempt.max_fee_minor, arrived=arrived, fee=fee
    )
    ledger.services.post(key=f"attempt:{attempt.pk}:settle", kind="refill.settle", lines=lines, now=work.now)


def _watch(work: Work, look: Look) -> Result:
    def correct(attempt: Attempt) -> None:
        correct_between(work.transaction, attempt, look.state, source="cold", target="treasury", now=work.now)

    return landing.watch(work, look, correct)


FLOW = Flow(
    Transaction.Type.REFILL,
    [
        StepOf(
            "checked",
            Kind.VALIDATION,
            "takes over what two people approved and a cold key signed",
            _check,
            undo=_end,
            via=[Status.BALANCE_RESERVED],
        ),
        StepOf(
            "signed",
            Kind.PROVIDER,
            "books the bytes that were signed elsewhere as on their way, in the commit that imports them",
            _book,
            undo=_unbook,
            may_stop=landing.is_unsigned,
            via=[Status.PROVIDER_SELECTED, Status.PROVIDER_PROCESSING],
        ),
        landing.broadcast_step(),
        landing.confirm_step(_confirm),
        StepOf(
            "settled",
            Kind.UPDATE,
            "books the coins as the treasury's, and the fee as the company's",
            _settle,
            via=[Status.BALANCE_UPDATED, Status.COMPLETED],
        ),
        landing.final_step(_watch),
    ],
    says="What the hot wallet lacks comes from the cold address, whose key is kept elsewhere.",
    command="InitiateRefillCommand",
)
