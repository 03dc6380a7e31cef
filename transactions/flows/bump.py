"""
A bump, in the order it happens: our own change pays for what makes it, because that waits and cannot be replaced:
find, sign, broadcast, confirm, settle, final (docs/decisions/0028).

It goes from us to ourselves, so only its fee goes through the books, and that is the company's.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction as database

import chains.queries
import chains.services
import chains.values
import custody.queries
import custody.services
from assets.queries import get_network, native_asset
from chains.errors import NotReplaceable
from chains.values import Bumping, FeeRate, Outpoint, Presence, Priority, Unsigned
from custody.base import Intent, Purpose
from kit.locks import wait_for_turn
from transactions.engine import run as engine
from transactions.engine.base import Done, Fail, Flow, Kind, Result, StepOf, Work
from transactions.errors import LaneBusy
from transactions.flows import own_fee
from transactions.models import Attempt, Coin, Status, Transaction
from transactions.queries.describe import ON_ITS_WAY
from transactions.queries.halts import halt_over
from transactions.services import attempts, batching, coins, landing, lifecycle, replacing

AT_ONCE = 100
"""Most waiting transactions that one round looks at."""

NEEDLESS = Fail("needless", "What it was to pay for has gone on without it.")


@dataclass(frozen=True)
class Asked:
    """What was asked outside: whether the parent still waits, and the last block we have read."""

    is_waiting: bool
    head: int


def find(*, network: str, now: datetime) -> int:
    """Open a bump for each transaction of ours that waits and cannot be replaced; return how many."""
    if get_network(network).family != "bitcoin" or not settings.NETWORKS[network].bump_percent:
        return 0
    waiting = Attempt.objects.filter(
        network_id=network,
        status=Attempt.State.SIGNED,
        seen_height__isnull=True,
        broadcast_count__gt=0,
        created_at__lt=now - replacing.patience(network),
        transaction__type=Transaction.Type.SEND,
        transaction__status__in=ON_ITS_WAY,
        replaced_by__isnull=True,
    )
    newest = {each.txid: each for each in waiting.select_related("transaction", "batch").order_by("id")[:AT_ONCE]}
    return sum(_open(parent, now=now) for parent in newest.values())


def _open(parent: Attempt, *, now: datetime) -> int:
    network, key = parent.network_id, f"bump:{parent.network_id}:{parent.txid}"
    if Transaction.objects.filter(key=key).exists() or not _is_needed(parent, now=now):
        return 0
    rate = chains.services.get_fee_rate(network=network, priority=Priority.NORMAL, now=now)
    coin = _coins(parent.txid, network).first()
    if coin is None:
        return 0
    with database.atomic():
        wait_for_turn(f"transactions.bump:{network}")
        if Transaction.objects.filter(key=key).exists():
            return 0
        to = custody.services.allocate_key(network=network, purpose=Purpose.CHANGE, now=now).address
        try:
            fee = _built(parent, coin, to=to, rate=rate.rate).max_fee_minor
        except NotReplaceable:  # the change does not suffice
            database.set_rollback(True)
            return 0
        if fee * 100 > coin.minor * settings.NETWORKS[network].bump_percent:
            database.set_rollback(True)
            return 0
        asset = native_asset(network)
        made = lifecycle.open_transaction(
            type=Transaction.Type.BUMP,
            key=key,
            actor="system",
            network_id=network,
            asset=asset,
            amount_minor=coin.minor - fee,
            fee_asset=asset,
            max_fee_minor=fee,
            from_address=coin.address,
            to_address=to,
            parent=parent.transaction,
            choice={"spends": str(coin), "rate": rate.rate},
            required_confirmations=settings.NETWORKS[network].confirmations,
            now=now,
        )
        engine.begin(made, now=now)
    return 1


def _is_needed(parent: Attempt, *, now: datetime) -> bool:
    """Say whether it offers less than the network's lowest, nobody asks for more, and no more can be signed."""
    slow = chains.services.get_fee_rate(network=parent.network_id, priority=Priority.SLOW, now=now)
    if parent.cancels or not parent.rate or parent.rate >= slow.rate or replacing.waiting(parent.transaction):
        return False
    return replacing.priced(parent.transaction, parent, cancels=False, now=now) is None


def _coins(txid: str, network: str) -> Any:
    return Coin.objects.filter(
        network_id=network, txid=txid, is_change=True, reserved_by__isnull=True, spent_height__isnull=True
    ).order_by("vout")


def _built(parent: Attempt, coin: Coin, *, to: str, rate: int) -> Unsigned:
    fee = parent.batch.fee_minor if parent.batch else parent.max_fee_minor
    spent = chains.values.Coin(Outpoint(coin.txid, coin.vout), coin.minor, coin.address)
    asked = Bumping(bytes(parent.raw), fee, spent, to, rate)
    return chains.queries.get_adapter(parent.network_id).bump(asked)


def _check(work: Work, answer: Any) -> Result:
    """What it is for was looked at when it was opened."""
    return Done()


def _plan(work: Work) -> Asked | None:
    """Ask whether the parent still waits; nothing is asked while nothing of the asset may leave."""
    found = work.transaction
    if halt_over(found):
        return None
    chains.queries.check_not_halted(found.network_id)
    state = chains.queries.get_adapter(found.network_id).state(_spends(found)[0])
    head = chains.queries.scanned_height(network=found.network_id)
    return Asked(state.presence == Presence.PENDING, head)


def _sign(work: Work, asked: Asked | None) -> Result:
    """Take the change, sign, store and book the fee, in one commit; while nothing of it may leave, it waits."""
    found, now = work.transaction, work.now
    if asked is None or halt_over(found):
        return landing.HALTED
    txid, vout = _spends(found)
    parent = _locked_parent(found, txid)
    coin = _coins(txid, found.network_id).filter(vout=vout).select_for_update(no_key=True).first()
    if not asked.is_waiting or parent is None or coin is None:
        return NEEDLESS
    unsigned = _built(parent, coin, to=found.to_address, rate=found.choice["rate"])
    assert unsigned.max_fee_minor == found.max_fee_minor, "the same question has the same answer"
    attempts.check_alone(found, unsigned.replay_tokens)
    intent = Intent(
        network=found.network_id,
        to=found.to_address,
        minor=found.amount_minor,
        contract="",
        max_fee_minor=found.max_fee_minor,
        change_addresses=(),
        subject=found.pk,
    )
    signed = custody.services.sign(payload=unsigned.payload, intent=intent, now=now)
    plan = attempts.Plan(
        sender=custody.queries.hot_address(network=found.network_id),
        rate=FeeRate(found.network_id, Priority.NORMAL, found.choice["rate"], 0, 0),
        gas_limit=0,
        nonce_floor=0,
        head=asked.head,
        confirmations=found.required_confirmations,
    )
    attempt = attempts.store(found, unsigned=unsigned, signed=signed, plan=plan, now=now)
    coins.reserve(attempt=attempt, unsigned=unsigned, change_address=found.to_address)
    own_fee.book(work, attempt)
    return Done(fields={"txid": attempt.txid})


def _locked_parent(found: Transaction, txid: str) -> Attempt | None:
    """
    Return the parent if it is still what waits for its sends, one of which is locked from now on; else None.

    :raises LaneBusy: if somebody has that send in hand: who replaces the parent locks all that it pays
    """
    rows = Transaction.objects.filter(pk=found.parent_id).select_for_update(skip_locked=True, no_key=True)
    send = rows.first()
    if send is None:
        raise LaneBusy
    newest = attempts.booked_attempt(send)
    stands = newest.status == Attempt.State.SIGNED and newest.seen_height is None and batching.is_known(newest)
    return newest if stands and newest.txid == txid else None


def _spends(found: Transaction) -> tuple[str, int]:
    txid, _, vout = str(found.choice["spends"]).partition(":")
    return txid, int(vout)


FLOW = Flow(
    Transaction.Type.BUMP,
    [
        StepOf(
            "checked",
            Kind.VALIDATION,
            "takes over what the scanner found to be waiting",
            _check,
            via=[Status.BALANCE_RESERVED],
        ),
        *own_fee.steps(
            type=Transaction.Type.BUMP,
            signs=own_fee.Signs(
                "takes the change, signs, stores the bytes and books their fee, in one commit", _plan, _sign
            ),
        ),
    ],
    says="Change of ours pays for the transaction that makes it, which waits and cannot be replaced.",
    command="InitiateBumpCommand",
)
