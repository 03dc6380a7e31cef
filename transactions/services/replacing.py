"""
Replacing what waits on a network: at a higher fee, or by something that pays nobody, so that it never lands.

What replaces it uses up one of its places of replay, so at most one of them all lands. It is planned outside (`plan`)
and signed inside the commit that books it (`sign`), by the same worker that watches the transaction: there is no other.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.conf import settings

import chains.queries
import chains.services
import custody.queries
import custody.services
from assets.queries import get_network
from chains.errors import NotReplaceable
from chains.values import Coin, FeeRate, Outcome, Presence, Priority, Replacing, Signed, Unsigned, places
from custody.base import Intent, Purpose
from transactions.models import Attempt, Replacement, Transaction
from transactions.services import attempts, batching, coins
from transactions.services.attempts import Look

STUCK_BLOCKS, STUCK_SECONDS = 10, 120
"""What waits for longer than both, at a fee below the network's, is offered more for, as far as its ceiling goes."""

REFUSED_FOR = timedelta(hours=1)
"""What the network has refused for so long gives up its number, so that those behind it go on."""

MOST_ATTEMPTS = 30

_STILL_GOOD = ("nonce_too_low", "conflict")
"""Refusals that say nothing against the bytes: something of ours is there already, or nobody can tell."""


@dataclass(frozen=True)
class Plan:
    """What to sign in place of which attempt; `wish`: what its owner asked for, if it is that."""

    of: int
    rate: FeeRate
    cancels: bool
    wish: int | None = None


def plan(transaction: Transaction, look: Look, *, now: datetime) -> Plan | None:
    """Return what is to be signed in place of what waits: what its owner asked for, else what it needs, or nothing."""
    if look.is_dead or look.state.presence == Presence.MINED:
        return None
    adapter, newest = chains.queries.get_adapter(transaction.network_id), attempts.booked_attempt(transaction)
    if not adapter.replaces or newest.number >= MOST_ATTEMPTS or not batching.is_known(newest):
        return None
    wish = waiting(transaction)
    if wish is not None:
        rate = FeeRate(transaction.network_id, Priority.FAST, wish.rate, wish.tip, 0)
        return Plan(newest.pk, rate, wish.cancels, wish.pk)
    if _is_refused(newest, look, now):
        return priced(transaction, newest, cancels=True, now=now)
    if newest.rate and now - newest.created_at > patience(transaction.network_id):
        return priced(transaction, newest, cancels=newest.cancels, now=now)
    return None


def waiting(transaction: Transaction) -> Replacement | None:
    """Return what its owner asked for and nobody has signed yet."""
    return transaction.replacements.filter(over_at__isnull=True).first()


def build(
    attempt: Attempt, *, rate: FeeRate, cancels: bool, change_address: str = "", for_update: bool = False
) -> tuple[Unsigned, FeeRate]:
    """
    Return what would take the place of an attempt, and the rate it offers; nothing is signed or reserved.

    :raises NotReplaceable: as chains.base.ChainAdapter.replace, or if we have spent what it leaves
    """
    change = change_address or _change_of(attempt)
    spends: tuple[Coin, ...] = ()
    if get_network(attempt.network_id).family == "bitcoin":
        if coins.is_built_upon(list(attempt.transaction.attempts.defer("raw")), for_update=for_update):
            raise NotReplaceable(why="Another payment of ours is built upon it already.")
        spends = coins.spent_by(attempt, for_update=for_update)
    return chains.queries.get_adapter(attempt.network_id).replace(
        Replacing(bytes(attempt.raw), rate, cancels=cancels, coins=spends, change_address=change)
    )


@dataclass(frozen=True)
class Made:
    """What was signed for a send in place of what."""

    attempt: Attempt
    before: Attempt


def sign(transaction: Transaction, planned: Plan, *, now: datetime) -> list[Made]:
    """
    Sign what was planned, store it and let it be what is booked; nothing if that has become pointless meanwhile.

    Inside the caller's database transaction, `transaction` locked. Its own comes first, then those of the sends that
    are paid by the same bytes, locked too.

    :raises MayStillLand: if it is not proved that at most one of all attempts can land
    :raises BusyElsewhere: if somebody else has one of those sends locked
    """
    newest = attempts.booked_attempt(transaction)
    others = batching.lock_others(newest)
    together = [newest, *others]
    of_all = Attempt.objects.filter(transaction__in=[each.transaction_id for each in together])
    is_seen = of_all.filter(seen_height__isnull=False).exists()
    has_landed = of_all.exclude(status__in=[Attempt.State.SIGNED, Attempt.State.DEAD]).exists()
    stand = all(each.status == Attempt.State.SIGNED for each in together)  # nobody has called one of them dead since
    wish = waiting(transaction)
    if newest.pk != planned.of or not stand or is_seen or has_landed or planned.wish != (wish.pk if wish else None):
        return []
    if newest.batch is not None and planned.cancels:
        _end(wish, now)
        return []
    change = _change_for(newest, cancels=planned.cancels, now=now)
    try:
        unsigned, rate = build(
            newest, rate=planned.rate, cancels=planned.cancels, change_address=change, for_update=True
        )
    except NotReplaceable:
        _end(wish, now)
        return []
    fee, most = unsigned.max_fee_minor, _most_fee(transaction, unsigned, planned, wish)
    shares = {transaction.pk: fee}
    if newest.batch is not None:
        shares = batching.shares_of(newest, fee_minor=fee, asked_by=transaction if wish else None) or {}
    if not shares or shares[transaction.pk] > most:
        _end(wish, now)
        return []
    for each in together:
        attempts.check_alone(each.transaction, places(unsigned.replay_tokens))
    if newest.batch is not None:
        most += sum(int(each.transaction.max_fee_minor) for each in others)
    intent = _intent(together, unsigned, change, most=most, cancels=planned.cancels)
    try:
        signed = custody.services.sign(payload=unsigned.payload, intent=intent, now=now)
    except NotReplaceable:  # of a release before custody kept terms: it can still be called off
        _end(wish, now)
        return []
    made = _store(together, signed, unsigned, rate=rate, shares=shares, cancels=planned.cancels, now=now)
    if get_network(newest.network_id).family == "bitcoin":
        coins.write_change(attempt=made[0].attempt, unsigned=unsigned, change_address=change)
    _end(wish, now, made[0].attempt)
    return made


def end_waiting(transaction: Transaction, *, now: datetime) -> None:
    """What was asked for and not signed is too late."""
    transaction.replacements.filter(over_at__isnull=True).update(over_at=now)


def _is_refused(newest: Attempt, look: Look, now: datetime) -> bool:
    """Say whether the network will not have the bytes, where others of ours stand in line behind them."""
    if newest.cancels or look.is_there or newest.nonce is None or newest.last_block is not None:
        return False
    is_refused = newest.last_outcome == Outcome.FAILED and newest.last_code not in _STILL_GOOD
    return is_refused and now - newest.created_at > REFUSED_FOR


def priced(transaction: Transaction, newest: Attempt, *, cancels: bool, now: datetime) -> Plan | None:
    """Return a plan at the network's price, where the attempt offers less than its lowest and the ceiling allows it."""
    network = transaction.network_id
    is_ours = cancels and not is_asked_for_cancel(transaction)
    rates = [
        chains.services.get_fee_rate(network=network, priority=each, now=now)
        for each in (Priority.NORMAL, Priority.SLOW)
    ]
    if cancels == newest.cancels and newest.rate >= rates[-1].rate:
        return None
    for rate in rates:
        try:
            unsigned, offered = build(newest, rate=rate, cancels=cancels)
        except NotReplaceable:
            return None
        fee = unsigned.max_fee_minor
        if newest.batch is not None:
            is_within = batching.shares_of(newest, fee_minor=fee) is not None
        else:
            is_within = fee <= transaction.max_fee_minor
        if is_ours or is_within:
            return Plan(newest.pk, offered, cancels)
    return None


def is_asked_for_cancel(transaction: Transaction) -> bool:
    """Say whether its owner called it off; else what cancels it is the company's own doing, as is its fee."""
    return transaction.replacements.filter(cancels=True, attempt__isnull=False).exists()


def _most_fee(transaction: Transaction, unsigned: Unsigned, planned: Plan, wish: Replacement | None) -> int:
    """Return what it may cost: what was agreed to, what is held, or for the company's own whatever the network asks."""
    if wish is not None:
        return int(wish.max_fee_minor)
    if planned.cancels and not is_asked_for_cancel(transaction):
        return unsigned.max_fee_minor
    return int(transaction.max_fee_minor)


def patience(network: str) -> timedelta:
    """Return how long something waits before more is offered for it."""
    return timedelta(seconds=max(STUCK_SECONDS, STUCK_BLOCKS * settings.NETWORKS[network].block_seconds))


def _change_of(attempt: Attempt) -> str:
    """Return where what is left goes; a stand-in of the same size where there was none."""
    if get_network(attempt.network_id).family != "bitcoin":
        return ""
    return coins.change_address_of(attempt) or custody.queries.hot_address(network=attempt.network_id)


def _change_for(attempt: Attempt, *, cancels: bool, now: datetime) -> str:
    """Return where what is left goes, an address of its own if all comes back and there was none."""
    if get_network(attempt.network_id).family != "bitcoin":
        return attempt.sender if cancels else ""
    known = coins.change_address_of(attempt)
    if known or not cancels:
        return known or _change_of(attempt)
    return custody.services.allocate_key(network=attempt.network_id, purpose=Purpose.CHANGE, now=now).address


def _intent(together: list[Attempt], unsigned: Unsigned, change: str, *, most: int, cancels: bool) -> Intent:
    """Return what was approved, for the send that custody knows the bytes by and all that are paid with it."""
    transaction, batch = together[0].transaction, together[0].batch
    if not cancels:
        sends = {each.transaction_id: each.transaction for each in together}
        subject = sends.pop(batch.subject_id if batch else transaction.pk)
        approved = attempts.intent_of(subject, unsigned, change)
        others = batching.dues(list(sends.values()))
        return replace(approved, max_fee_minor=most, replaces=True, others=others)
    return Intent(
        network=transaction.network_id,
        to="",
        minor=0,
        contract="",
        max_fee_minor=most,
        change_addresses=(change,),
        subject=transaction.pk,
        replaces=True,
        cancels=True,
    )


def _store(
    together: list[Attempt],
    signed: Signed,
    unsigned: Unsigned,
    *,
    rate: FeeRate,
    shares: dict[str, int],
    cancels: bool,
    now: datetime,
) -> list[Made]:
    before = together[0].batch
    fee = unsigned.max_fee_minor
    batch = batching.open_batch(before.subject, signed, fee_minor=fee, now=now) if before else None
    return [
        Made(
            Attempt.objects.create(
                transaction=each.transaction,
                number=each.transaction.attempts.count() + 1,
                network_id=each.network_id,
                txid=signed.txid,
                batch=batch,
                raw=signed.raw,
                sender=each.sender,
                nonce=each.nonce,
                replay_tokens=places(unsigned.replay_tokens),
                max_fee_minor=shares[each.transaction_id],
                rate=rate.rate,
                last_block=unsigned.last_height or None,
                replaces_id=each.replaces_id or each.pk,
                cancels=cancels,
                created_at=now,
                updated_at=now,
            ),
            each,
        )
        for each in together
    ]


def _end(wish: Replacement | None, now: datetime, attempt: Attempt | None = None) -> None:
    if wish is not None:
        wish.over_at, wish.attempt = now, attempt
        wish.save(update_fields=["over_at", "attempt"])
