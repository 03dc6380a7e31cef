"""
An overflow, in the order it happens: what the hot wallet holds of an asset above its ceiling goes to the cold
address, down to the target: find, sign, broadcast, confirm, settle, final.

Where it goes is deployment configuration and nothing else (queries/cold.py), and one of an asset is under way at a
time. Sends that wait come first: what they take is not there to be moved, and is looked at again when it is signed.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction as database

import chains.queries
import chains.services
import custody.queries
import ledger.services
from assets.models import Asset
from assets.queries import get_asset, get_network, list_assets, native_asset
from chains.errors import PaymentImpossible, SenderShort
from chains.values import FeeRate, Payment, Priority
from kit.locks import wait_for_turn
from ledger.errors import InsufficientFunds
from transactions.engine import run as engine
from transactions.engine.base import Done, Fail, Flow, Kind, Result, Retry, StepOf, Treatment, Work
from transactions.errors import ColdAddressChanged, FeeAboveCeiling, LaneBusy, LiquidityMissing, QueueComesFirst
from transactions.flows.quote import estimate
from transactions.models import Attempt, Refill, Status, SubStatus, Transaction
from transactions.queries import cold, liquidity
from transactions.queries.halts import halt_over
from transactions.services import attempts, coins, landing, lifecycle, preparing
from transactions.services import found as found_sends
from transactions.services.accounts import carried, line, open_network_accounts, outlay
from transactions.services.attempts import Look
from transactions.services.corrections import correct_between
from transactions.services.worth import is_worth_its_fee

GIVE_UP_AFTER = timedelta(hours=24)
"""An overflow that could not be signed for so long is given up; another is opened if there is still too much."""

FEE_SPARE = 2
"""The ceiling of its fee, in times of what it costs at the slow rate: it can wait."""


def find(*, network: str, now: datetime) -> int:
    """Open an overflow for each asset of which the hot wallet holds more than its ceiling; return how many."""
    to = cold.address_in_use(network)
    if not to:
        return 0
    # What a token that takes a fee would bring, nobody knows: its coins stay where they are.
    assets = [each for each in list_assets() if each.network_id == network and not each.takes_fee]
    return sum(_find(asset, to, now=now) for asset in assets)


def _find(asset: Asset, to: str, *, now: datetime) -> int:
    if not _is_above_ceiling(asset) or not _may_begin(asset):
        return 0
    network = str(asset.network_id)
    rate = chains.services.get_fee_rate(network=network, priority=Priority.SLOW, now=now)
    try:
        fee = estimate(network, asset, _too_much(asset), to, rate, "")
    except (PaymentImpossible, SenderShort):
        return 0  # it cannot be moved now: it is looked at again with the next blocks
    return _open(asset, to, fee=fee, now=now)


@database.atomic
def _open(asset: Asset, to: str, *, fee: int, now: datetime) -> int:
    """Begin it, if it is still to be: whoever was second finds what the first one opened."""
    network = str(asset.network_id)
    wait_for_turn(f"transactions.treasury:{asset.code}")
    if not _is_above_ceiling(asset) or not _may_begin(asset):
        return 0
    most_fee = fee * FEE_SPARE
    minor = _movable(asset, most_fee)
    if minor <= 0 or not is_worth_its_fee(asset, minor=minor, fee_minor=fee, now=now):
        return 0
    open_network_accounts(network=network, now=now)
    before = Transaction.objects.filter(type=Transaction.Type.OVERFLOW, network_id=network, asset=asset).count()
    found = lifecycle.open_transaction(
        type=Transaction.Type.OVERFLOW,
        key=f"overflow:{asset.code}:{before + 1}",
        actor="system",
        network_id=network,
        asset=asset,
        amount_minor=minor,
        fee_asset=native_asset(network),
        max_fee_minor=most_fee,
        to_address=to,
        required_confirmations=settings.NETWORKS[network].confirmations,
        now=now,
    )
    engine.begin(found, now=now)
    return 1


def _is_above_ceiling(asset: Asset) -> bool:
    limits = cold.limits(asset)
    return limits is not None and liquidity.free(asset) > limits.ceiling


def _may_begin(asset: Asset) -> bool:
    """Coins do not go both ways at once: not while a refill is asked for, either."""
    asked = Refill.objects.filter(asset=asset, status__in=Refill.OPEN)
    return not liquidity.between_hot_and_cold(asset).exists() and not asked.exists()


def _too_much(asset: Asset) -> int:
    limits = cold.limits(asset)
    assert limits is not None
    return liquidity.free(asset) - limits.target


def _movable(asset: Asset, most_fee: int) -> int:
    """Return how much can go, its fee beside it: on Bitcoin no more than coins that may be spent now."""
    network = str(asset.network_id)
    most = _too_much(asset)
    if get_network(network).family == "bitcoin":
        most = min(most, sum(coin.minor for coin in _spendable(network)))
    return most - (most_fee if asset.code == native_asset(network).code else 0)


def _spendable(network: str) -> Any:
    head, confirmations = chains.queries.scanned_height(network=network), settings.NETWORKS[network].confirmations
    return coins.spendable(network=network, head=head, confirmations=confirmations, for_update=False)


def _check(work: Work, answer: Any) -> Result:
    """How much is too much follows from the books, which were read in the commit that opened it."""
    return Done()


def _plan(work: Work) -> attempts.Plan | None:
    """
    Ask for fee rate, gas and nonce floor; nothing is asked while nothing of its asset may leave.

    :raises FeeAboveCeiling: if it is too dear now: it can wait
    :raises ColdAddressChanged, QueueComesFirst: if it is not to go any more
    """
    found = work.transaction
    network = found.network_id
    _check_wanted(found)
    if not _may_sign(work):
        return None
    chains.queries.check_not_halted(network)
    adapter, sender = chains.queries.get_adapter(network), custody.queries.hot_address(network=network)
    rate = chains.services.get_fee_rate(network=network, priority=Priority.SLOW, now=work.now)
    prepared = preparing.prepare(_payment(found, sender, rate), network=network)
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


def _payment(found: Transaction, sender: str, rate: FeeRate) -> Payment:
    contract = get_asset(found.asset_id).contract
    return Payment(to=found.to_address, minor=found.amount_minor, contract=contract, rate=rate, sender=sender)


def _sign(work: Work, plan: attempts.Plan | None) -> Result:
    return landing.HALTED if plan is None or not _may_sign(work) else _sign_now(work, plan)


def _may_sign(work: Work) -> bool:
    return not halt_over(work.transaction)


def _sign_now(work: Work, plan: attempts.Plan) -> Done:
    """Sign, store and book, all in this one commit, if it goes where it should and nobody waits for these coins."""
    found = work.transaction
    _check_wanted(found)
    attempt = attempts.sign(found, plan=plan, minor=found.amount_minor, now=work.now)
    _book(work, attempt)
    return Done(fields={"txid": attempt.txid})


def _check_wanted(found: Transaction) -> None:
    """
    Pass in silence if it still goes where it should, and nobody waits for these coins.

    :raises ColdAddressChanged: if it would go to another address than the one in use
    :raises QueueComesFirst: if it would leave less than the floor beside what sends that wait now will take
    """
    if found_sends.is_waiting(found):  # what a restore has found is on the network already
        return
    if found.to_address != cold.address_in_use(found.network_id):
        raise ColdAddressChanged
    asset = get_asset(found.asset_id)
    limits, own = cold.limits(asset), outlay(found, max_fee_minor=found.max_fee_minor)[0].minor
    if liquidity.free(asset) - own < (limits.floor if limits else 0):
        raise QueueComesFirst


def _book(work: Work, attempt: Attempt) -> None:
    """Book the amount and the most it may cost as on their way."""
    found = work.transaction
    ledger.services.post(
        key=f"attempt:{attempt.pk}:dispatch",
        kind="overflow.dispatch",
        lines=[
            each
            for money in outlay(found, max_fee_minor=attempt.max_fee_minor)
            for each in (
                *line(found.network_id, "treasury", money),
                *line(found.network_id, "in_transit", -money),
            )
        ],
        now=work.now,
    )


def _unsign(work: Work, answer: Any) -> None:
    landing.return_dispatch(work, kind="overflow.return")


def _confirm(work: Work, look: Look) -> Result:
    result = landing.confirm(work, look)
    if isinstance(result, Fail) and not look.is_dead:
        _post_settlement(work, arrived=0, fee=look.state.fee_minor)
    return result


def _settle(work: Work, answer: Any) -> Result:
    """What arrived lies in cold, the fee is the company's, the rest never left."""
    found = work.transaction
    assert found.fee_minor is not None
    _post_settlement(work, arrived=found.amount_minor, fee=found.fee_minor)
    return Done()


def _post_settlement(work: Work, *, arrived: int, fee: int) -> None:
    attempt = attempts.booked_attempt(work.transaction)
    lines = carried(
        work.transaction, source="treasury", target="cold", most_fee=attempt.max_fee_minor, arrived=arrived, fee=fee
    )
    ledger.services.post(key=f"attempt:{attempt.pk}:settle", kind="overflow.settle", lines=lines, now=work.now)


def _watch(work: Work, look: Look) -> Result:
    def correct(attempt: Attempt) -> None:
        correct_between(work.transaction, attempt, look.state, source="treasury", target="cold", now=work.now)

    return landing.watch(work, look, correct)


def _not_again(work: Work) -> None:
    """What has expired is not signed anew: another one is opened if there is still too much."""
    raise PaymentImpossible


_RENEWAL = landing.Renewal(plan=_not_again, may_sign=_may_sign, sign=_sign_now, book=_book, kind="overflow.return")

FLOW = Flow(
    Transaction.Type.OVERFLOW,
    [
        StepOf(
            "checked",
            Kind.VALIDATION,
            "takes over how much is too much",
            _check,
            via=[Status.BALANCE_RESERVED],
        ),
        StepOf(
            "signed",
            Kind.PROVIDER,
            "sees that no send waits for these coins, signs, stores the bytes and books them as on their way, in one"
            " commit",
            _sign,
            ask=_plan,
            undo=_unsign,
            may_stop=landing.is_unsigned,
            via=[Status.PROVIDER_SELECTED, Status.PROVIDER_PROCESSING],
            errors={
                FeeAboveCeiling: Treatment.TEMPORARY,
                InsufficientFunds: Treatment.TEMPORARY,
                LaneBusy: Treatment.TEMPORARY,
                LiquidityMissing: Treatment.TEMPORARY,
                SenderShort: Treatment.TEMPORARY,
                ColdAddressChanged: Treatment.PERMANENT,
                QueueComesFirst: Treatment.PERMANENT,
                PaymentImpossible: Treatment.PERMANENT,
            },
            waits_for={
                FeeAboveCeiling: SubStatus.WAITING_FOR_LOWER_FEES,
                InsufficientFunds: SubStatus.WAITING_FOR_LIQUIDITY,
                LiquidityMissing: SubStatus.WAITING_FOR_LIQUIDITY,
                SenderShort: SubStatus.WAITING_FOR_LIQUIDITY,
            },
            retry=Retry(first_seconds=2, most_seconds=60, patience=GIVE_UP_AFTER),
        ),
        landing.broadcast_step(_RENEWAL),
        landing.confirm_step(_confirm, _RENEWAL),
        StepOf(
            "settled",
            Kind.UPDATE,
            "books the coins as cold, and the fee as the company's",
            _settle,
            via=[Status.BALANCE_UPDATED, Status.COMPLETED],
        ),
        landing.final_step(_watch),
    ],
    says="What the hot wallet holds above its ceiling goes to the cold address.",
    command="InitiateOverflowCommand",
)
