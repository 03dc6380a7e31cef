"""
What an owner may ask of a send that waits on its network: a higher fee, or to call it off.

Both are offered at a price first, which is asked for outside; what is agreed to is written down with the hold it needs,
and the worker that watches the send signs it (services/replacing.py). Whichever lands, the others never do: where it
is called off and the payment was faster, it is a payment.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction as database

import chains.queries
import chains.services
import events.services
from chains.errors import NotReplaceable
from chains.values import FeeRate, Presence, Priority
from kit.errors import DomainError
from kit.money import Money
from transactions.errors import FeeAboveCeiling, NotCancellable, SpeedUpUnavailable
from transactions.models import Attempt, Replacement, Transaction
from transactions.queries.describe import ON_ITS_WAY
from transactions.queries.find import locked
from transactions.queries.halts import check_may_leave
from transactions.services import attempts, batching, lifecycle, replacing, schedule
from transactions.services.actions import note_action
from transactions.services.balances import announce_balance
from wallets.models import ReservationPart
from wallets.services import reservations


@dataclass(frozen=True)
class Offer:
    """What it would cost at most, and how much more than now is held for that. Nothing has moved."""

    transaction: Transaction
    of: int
    cancels: bool
    rate: FeeRate
    max_fee_minor: int
    more_minor: int

    def is_above(self, agreed_minor: int) -> bool:
        return self.max_fee_minor > agreed_minor


def offer(transaction: Transaction, *, user_id: str, cancels: bool, now: datetime) -> Offer:
    """
    Price a replacement; asks the network, so it runs outside any database transaction.

    :raises SpeedUpUnavailable, NotCancellable: saying why, if there is none
    :raises SendsHalted: if nothing of this asset leaves now
    :raises NodeUnavailable: if the network could not be asked
    """
    newest = _check(transaction, user_id=user_id, cancels=cancels)
    network = transaction.network_id
    check_may_leave(transaction)
    chains.queries.check_not_halted(network)
    if chains.queries.get_adapter(network).state(newest.txid).presence == Presence.MINED:
        raise _refusal(cancels, "It is in a block already.", "Wait for its confirmations.")
    rate = chains.services.get_fee_rate(network=network, priority=Priority.FAST, now=now)
    try:
        unsigned, offered = replacing.build(newest, rate=rate, cancels=cancels)
    except NotReplaceable as error:
        raise _refusal(cancels, error.why, error.what_to_do) from error
    most = unsigned.max_fee_minor
    if newest.batch is not None:  # the others pay what they would have paid
        most += newest.max_fee_minor - newest.batch.fee_minor
    return Offer(transaction, newest.pk, cancels, offered, most, max(0, most - transaction.max_fee_minor))


@database.atomic(savepoint=False)
@events.services.gather()
def request(offered: Offer, *, user_id: str, key: str, now: datetime) -> Transaction:
    """
    Hold what it may cost and wait for a worker to sign it; the same key again changes nothing.

    :raises SpeedUpUnavailable, NotCancellable: if it is too late, or something else was asked for meanwhile
    :raises InsufficientFunds: if the wallet does not cover the higher fee
    """
    transaction = locked(offered.transaction.pk)
    if is_asked(transaction, key=key):
        return transaction
    newest = _check(transaction, user_id=user_id, cancels=offered.cancels)
    if newest.pk != offered.of:
        raise _refusal(offered.cancels, "Its fee was raised meanwhile.", "Look at the new figures.")
    if offered.max_fee_minor > transaction.max_fee_minor:
        more = Money(offered.max_fee_minor, transaction.fee_asset_id)
        part = ReservationPart.Name.FEE
        reservations.raise_part(key=f"send:{transaction.pk}", part=part, to=more, now=now, actor=user_id)
        transaction.max_fee_minor = offered.max_fee_minor
        transaction.save(update_fields=["max_fee_minor"])
        announce_balance(wallet=transaction.wallet, asset=transaction.fee_asset_id, now=now)
    Replacement.objects.create(
        transaction=transaction,
        key=key,
        cancels=offered.cancels,
        of=newest,
        rate=offered.rate.rate,
        tip=offered.rate.tip,
        max_fee_minor=offered.max_fee_minor,
        asked_by=user_id,
        created_at=now,
    )
    what = "asked_to_cancel" if offered.cancels else "asked_to_speed_up"
    note_action(transaction, what, actor=user_id, now=now, max_fee_minor=str(offered.max_fee_minor))
    schedule.wake(transaction.pk, now=now)
    lifecycle.show(transaction, now=now)
    return transaction


def is_asked(transaction: Transaction, *, key: str) -> bool:
    """Say whether this was asked for already: it is not priced anew then, whatever has become of it."""
    return Replacement.objects.filter(key=key, transaction=transaction).exists()


def is_being_changed(transaction: Transaction) -> bool:
    """Say whether a send on its way cannot be changed again now: somebody's wish waits, or it is called off."""
    return attempts.booked_attempt(transaction).cancels or replacing.waiting(transaction) is not None


def is_paid_together(transaction: Transaction) -> bool:
    """Say whether a send on its way is paid by the same bytes as others: then nobody calls it off."""
    return attempts.booked_attempt(transaction).batch_id is not None


def check_agreed(offered: Offer, agreed_minor: int | None) -> Offer:
    """
    Return the offer unless it is dearer than what was agreed to.

    :raises FeeAboveCeiling: if it is
    """
    if agreed_minor is not None and offered.is_above(agreed_minor):
        raise FeeAboveCeiling
    return offered


def _check(transaction: Transaction, *, user_id: str, cancels: bool) -> Attempt:
    """Return the newest attempt of a send that waits and that nothing else is asked of."""
    waits = transaction.type == Transaction.Type.SEND and transaction.status in ON_ITS_WAY
    if transaction.user_id != user_id or not waits:
        raise _refusal(cancels, "Only what is on its way and in no block yet can be changed.", "Look where it is now.")
    if not chains.queries.get_adapter(transaction.network_id).replaces:
        raise _refusal(cancels, NotReplaceable.why, NotReplaceable.what_to_do)
    known = list(transaction.attempts.defer("raw"))
    if any(each.seen_height is not None or each.status != Attempt.State.SIGNED for each in known):
        raise _refusal(cancels, "It is in a block already.", "Wait for its confirmations.")
    newest = attempts.booked_attempt(transaction)
    if cancels and newest.batch_id is not None:
        raise _refusal(cancels, "It is paid by one transaction together with others.", "Wait until it is confirmed.")
    if not batching.is_known(newest):
        raise _refusal(cancels, NotReplaceable.why, NotReplaceable.what_to_do)
    if is_being_changed(transaction):
        raise _refusal(
            cancels, "It is being changed already, as you or we have asked.", "Wait a minute and look again."
        )
    return newest


def _refusal(cancels: bool, why: str, what_to_do: str) -> DomainError:
    what = f"{what_to_do} Nothing has moved." if "Nothing has moved" not in what_to_do else what_to_do
    return NotCancellable(why=why, what_to_do=what) if cancels else SpeedUpUnavailable(why=why, what_to_do=what)
