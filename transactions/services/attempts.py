"""
Signing once, remembering the bytes, and handing the same bytes to the network until it has them.

The replay token (nonce or inputs), the signature and the bytes are committed in ONE
database transaction before any network hears of them. A crash or a silence is answered by
broadcasting the same bytes again. Nothing is given back until it is proved that the bytes can no
longer land, and nothing is signed beside them unless it is proved that at most one can.
"""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction as database

import chains.queries
import custody.queries
import custody.services
import events.services
from assets.queries import get_asset, get_network
from chains.errors import NodeUnavailable, PaymentImpossible
from chains.values import (
    Coin,
    FeeRate,
    Outcome,
    Payment,
    Presence,
    Priority,
    Signed,
    TransactionState,
    Unsigned,
    places,
)
from custody.base import Intent, Purpose
from transactions.errors import FeeAboveCeiling, LiquidityMissing, MayStillLand
from transactions.models import Attempt, Batch, Transaction
from transactions.queries.halts import check_may_leave
from transactions.services import coins, conflicts, found, lanes, objects
from transactions.services.accounts import pays_its_own_fee

_SPEAKING = (Transaction.Type.SEND, Transaction.Type.ANCHOR)


@dataclass(frozen=True)
class Plan:
    """What was asked of the network before the database transaction that signs."""

    sender: str  # the address that pays; on Bitcoin the hot wallet's, for the record
    channel: str = field(default="", kw_only=True)  # Stellar: whose number it takes, where that is not the sender's
    rate: FeeRate
    gas_limit: int
    nonce_floor: int
    head: int  # height of the last scanned block
    confirmations: int
    subtract_fee: bool = False
    prepared: Payment | None = None  # with what only the network knew, where that is more than a nonce

    @property
    def lane(self) -> str:
        """Return the account whose number it takes."""
        return self.channel or self.sender

    @property
    def is_in_objects(self) -> bool:
        return self.prepared is not None and bool(self.prepared.objects)


NOTHING_PLANNED = Plan(
    sender="", rate=FeeRate("", Priority.NORMAL, 0, 0, 0), gas_limit=0, nonce_floor=0, head=0, confirmations=0
)
"""What is taken over from the network needs no rate, no nonce and no coins."""


def sign(transaction: Transaction, *, plan: Plan, minor: int, now: datetime) -> Attempt:
    """
    Allocate the replay token, sign, and store the bytes; inside the caller's database transaction.

    What the network already has of it since before a restore is stored instead, and nothing is signed.

    :raises SendsHalted: if nothing of its asset, or of the one that pays its fee, may leave now
    :raises FeeAboveCeiling: if it would cost more than what was held for it
    :raises LiquidityMissing: if no coins can pay for it now
    :raises MayStillLand: if what was signed for it before may land beside it
    """
    assert database.get_connection().in_atomic_block
    taken_over = found.take_over(transaction, now=now)
    if taken_over is not None:
        return taken_over
    check_may_leave(transaction)
    adapter = chains.queries.get_adapter(transaction.network_id)
    nonce = lanes.next_nonce(transaction, sender=plan.lane, floor=plan.nonce_floor, head=plan.head)
    change = change_address(transaction, now)
    payment = payment_for(transaction, plan=plan, minor=minor, nonce=nonce, change_address=change)
    try:
        unsigned = adapter.build(payment)
    except PaymentImpossible as error:
        if not (_is_paid_in_coins(transaction) or plan.is_in_objects):
            raise
        raise LiquidityMissing from error  # dust was refused at the quote: what is missing now is coins
    return sign_built(transaction, unsigned=unsigned, plan=plan, nonce=nonce, change=change, now=now)


def sign_built(
    transaction: Transaction, *, unsigned: Unsigned, plan: Plan, nonce: int | None, change: str, now: datetime
) -> Attempt:
    """
    Sign what was built for one transaction, and store the bytes.

    :raises FeeAboveCeiling: if it would cost more than what was held for it
    :raises MayStillLand: if what was signed for it before may land beside it
    """
    if unsigned.max_fee_minor > transaction.max_fee_minor:
        raise FeeAboveCeiling
    check_alone(transaction, places(unsigned.replay_tokens))
    signed = custody.services.sign(payload=unsigned.payload, intent=intent_of(transaction, unsigned, change), now=now)
    attempt = store(transaction, unsigned=unsigned, signed=signed, plan=plan, nonce=nonce, now=now)
    if _is_paid_in_coins(transaction):
        coins.reserve(attempt=attempt, unsigned=unsigned, change_address=change)
    return attempt


@dataclass(frozen=True)
class Look:
    """
    How the signed bytes stand. `is_there`: the network has them, or has just taken them again.
    `is_dead`: it is proved that they can never land.
    """

    state: TransactionState
    is_there: bool
    is_dead: bool = False
    attempt: Attempt | None = None  # which one this is about: the one that is mined, or else the newest
    plan: Plan | None = None  # for signing anew what has expired
    replacing: Any = None  # how to replace what waits


def said(transaction: Transaction) -> str:
    """Return what a transaction says on its network: its note where networks carry one, and nothing elsewhere."""
    if transaction.type not in _SPEAKING:
        return ""
    adapter = chains.queries.get_adapter(transaction.network_id)
    return adapter.check_memo(transaction.to_address, transaction.memo)


def live_attempt(transaction: Transaction) -> Attempt:
    """Return the attempt of a transaction that has landed, or the newest that may: it is booked as on its way."""
    return live_attempts(transaction)[0]


def live_attempts(transaction: Transaction) -> list[Attempt]:
    """Return all of a transaction that may land: what has landed first, then the newest."""
    live = list(transaction.attempts.exclude(status=Attempt.State.DEAD).order_by("-number"))
    return sorted(live, key=lambda each: each.status == Attempt.State.SIGNED)


def booked_attempt(transaction: Transaction) -> Attempt:
    """Return the attempt whose most is booked as on its way: the newest that was signed here, whichever lands."""
    newest = transaction.attempts.filter(is_booked=True).order_by("-number").first()
    assert newest is not None, "nothing is signed"
    return newest


def is_signed(transaction: Transaction) -> bool:
    """Say whether something is signed for it that may land, or has."""
    return transaction.attempts.exclude(status=Attempt.State.DEAD).exists()


def check_alone(transaction: Transaction, tokens: Collection[str]) -> None:
    """
    Pass in silence if what uses up these tokens cannot land beside anything that was signed for the transaction.

    :raises MayStillLand: if that is not proved
    """
    if not may_sign_again(transaction, tokens=tokens):
        raise MayStillLand


def may_sign_again(transaction: Transaction, *, tokens: Collection[str]) -> bool:
    """Say whether it is proved that of all attempts and of what uses up these tokens at most one can land."""
    network = transaction.network_id
    final = chains.queries.scanned_height(network=network) - settings.NETWORKS[network].final_depth
    sets = [
        conflicts.ConflictSet(
            tokens=frozenset(each.replay_tokens),
            last_block=each.last_block,
            is_seen=each.seen_height is not None,
            has_landed=each.status in (Attempt.State.LANDED, Attempt.State.FINAL),
            is_dead=each.status == Attempt.State.DEAD,
        )
        for each in transaction.attempts.defer("raw")
    ]
    if not sets:
        return True
    read_to = chains.queries.counted_to(network=network, height=final)
    return conflicts.may_sign_again(sets, tokens=tokens, read_to=read_to)


def look(transaction: Transaction, *, now: datetime) -> Look:
    """
    See how the signed bytes stand, and hand them over (again) if the network lacks them.

    Of several that may land, at most one does: that one is looked at. While none has, it is the newest.

    :raises NodeUnavailable: if no node answered
    """
    live = live_attempts(transaction)
    for attempt in live:
        if attempt.broadcast_count == 0:
            broadcast(attempt, now=now)
    states = [(attempt, state_of(attempt)) for attempt in live]
    mined = [each for each in states if each[1].presence == Presence.MINED]
    if mined:
        attempt, state = max(mined, key=lambda each: each[1].confirmations)
        return Look(state, is_there=True, attempt=attempt)
    attempt, state = states[0]
    if state.presence != Presence.ABSENT:
        return Look(state, is_there=True, attempt=attempt)
    head = chains.queries.scanned_height(network=attempt.network_id)
    is_over = all(
        each.status == Attempt.State.SIGNED and is_dead(each, state=found, head=head) for each, found in states
    )
    # Blocks that were read while nodes were asked may have brought another: what a stranger made of one of ours.
    if is_over and {each.pk for each in live_attempts(transaction)} == {each.pk for each in live}:
        return Look(state, is_there=False, is_dead=True, attempt=attempt)
    is_taken = broadcast(attempt, now=now) == Outcome.SUCCEEDED
    waits = any(found.presence == Presence.PENDING for _, found in states)
    return Look(state, is_there=is_taken or waits, attempt=attempt)


def broadcast(attempt: Attempt, *, now: datetime) -> Outcome:
    """Hand the stored bytes to the network (again); the outcome is recorded, never guessed."""
    adapter = chains.queries.get_adapter(attempt.network_id)
    result = adapter.broadcast(Signed(raw=bytes(attempt.raw), txid=attempt.txid))
    changed_outcome = (attempt.last_outcome, attempt.last_code) != (str(result.outcome), result.code)
    with database.atomic():
        attempt.broadcast_count += 1
        attempt.last_broadcast_at = now
        attempt.last_outcome = result.outcome
        attempt.last_code = result.code[:48]
        attempt.save(update_fields=["broadcast_count", "last_broadcast_at", "last_outcome", "last_code"])
        if changed_outcome:
            events.services.record(
                type=f"broadcast.{result.outcome}",
                subject=attempt,
                actor="system",
                now=now,
                data={"transaction_id": attempt.transaction_id, "txid": attempt.txid, "code": result.code},
            )
    return result.outcome


def state_of(attempt: Attempt) -> TransactionState:
    """
    Ask the network how these bytes stand; as deep as we have read its blocks ourselves, and no deeper.

    :raises NodeUnavailable: if no node answered, or one says what cannot be
    """
    state = chains.queries.get_adapter(attempt.network_id).state(attempt.txid)
    if state.presence != Presence.MINED:
        return state
    if state.carried_by and Attempt.objects.filter(network=attempt.network_id, txid=state.carried_by).exists():
        return TransactionState(Presence.ABSENT)  # it has not landed as it is: what carries it has
    if not 0 <= state.fee_minor <= (attempt.max_fee_minor if attempt.batch is None else attempt.batch.fee_minor):
        raise NodeUnavailable("A node says that a transaction cost more than its bytes allow.")
    if attempt.batch is not None and state.fee_minor != attempt.batch.fee_minor:
        raise NodeUnavailable("A node says that a transaction cost less than its bytes pay.")
    if not state.succeeded and attempt.height is not None:
        raise NodeUnavailable("A node says that a transaction failed which a block shows to have succeeded.")
    depth = chains.queries.scanned_depth(network=attempt.network_id, height=state.height, block_hash=state.block_hash)
    has_moved = not get_asset(attempt.transaction.asset_id).contract or not _moved_nothing(attempt)
    has_moved = has_moved and not attempt.cancels
    fee = attempt.share_of(state.fee_minor)
    depth = min(state.confirmations, depth)
    return replace(state, confirmations=depth, succeeded=state.succeeded and has_moved, fee_minor=fee)


def _moved_nothing(attempt: Attempt) -> bool:
    """Say whether a block shows that it was run and no tokens moved: some contracts answer false and undo nothing."""
    return Attempt.objects.filter(pk=attempt.pk, seen_height__isnull=False, height__isnull=True).exists()


def is_settled_by(transaction: Transaction, state: TransactionState) -> bool:
    """
    Say whether this state of its bytes is deep enough to settle the transaction.

    A failure gives money back, so it must stand for good: in another branch the same bytes may succeed.
    """
    final = settings.NETWORKS[transaction.network_id].final_depth + 1
    enough = transaction.required_confirmations if state.succeeded else final
    return state.presence == Presence.MINED and state.confirmations >= enough


def is_dead(attempt: Attempt, *, state: TransactionState, head: int) -> bool:
    """
    Say whether it is proved that these bytes can never land: their replay token is used up by
    something else, or the last block that could hold them has passed, so deep that no reorg within
    the window brings it back.

    That nodes do not know them proves nothing: an index may be lost or still being built, and what
    used the token up may be these very bytes, run and refused even. So no block read up to `head` may
    have held them either, and no block that came since says that the token is used up.
    """
    if state.presence != Presence.ABSENT:
        return False
    depth = settings.NETWORKS[attempt.network_id].final_depth
    if attempt.last_block is not None:
        is_used_up = chains.queries.counted_to(network=attempt.network_id, height=head - depth) > attempt.last_block
        is_used_up = is_used_up or (attempt.conflict_height is not None and attempt.conflict_height <= head - depth)
    elif attempt.nonce is not None:
        adapter = chains.queries.get_adapter(attempt.network_id)
        is_used_up = adapter.next_nonce(attempt.sender, depth=depth, up_to=head - depth) > attempt.nonce
    else:
        is_used_up = coins.are_spent(attempt, up_to=head - depth) or coins.never_come(attempt)
    return is_used_up and not Attempt.objects.filter(pk=attempt.pk, seen_height__isnull=False).exists()


def _is_paid_in_coins(transaction: Transaction) -> bool:
    return get_network(transaction.network_id).family == "bitcoin"


def change_address(transaction: Transaction, now: datetime) -> str:
    """Return where what is left over goes: a new address on Bitcoin; empty: there is no change."""
    if get_network(transaction.network_id).family == "sui":
        return custody.queries.hot_address(network=transaction.network_id)  # a payment may divide what it leaves
    if not _is_paid_in_coins(transaction):
        return ""
    purpose = Purpose.CHANGE
    return custody.services.allocate_key(network=transaction.network_id, purpose=purpose, now=now).address


def payment_for(transaction: Transaction, *, plan: Plan, minor: int, nonce: int | None, change_address: str) -> Payment:
    """Return the transfer as the adapter builds it; on Bitcoin with coins that are locked from now on."""
    inputs: tuple[Coin, ...] = ()
    in_coins = _is_paid_in_coins(transaction)
    if in_coins:
        inputs = tuple(
            coins.spendable(
                network=transaction.network_id, head=plan.head, confirmations=plan.confirmations, for_update=True
            )
        )
    contract = get_asset(transaction.asset_id).contract
    prepared = plan.prepared or Payment(to="", minor=0, contract="", rate=plan.rate)
    if prepared.objects:
        prepared = replace(prepared, objects=objects.free(prepared.objects, network=transaction.network_id))
    return replace(
        prepared,
        to=transaction.to_address,
        minor=minor,
        contract=contract,
        rate=plan.rate,
        sender="" if in_coins else plan.sender,
        nonce=nonce or 0,
        gas_limit=plan.gas_limit,
        coins=inputs,
        change_address=change_address,
        subtract_fee=plan.subtract_fee,
        max_fee_minor=transaction.max_fee_minor,
    )


def intent_of(transaction: Transaction, unsigned: Unsigned, change: str) -> Intent:
    """
    State what was approved, from the transaction's own row and not from the built bytes.

    Emptying an address of native coins pays its fee out of the amount: there alone the amount is what the
    bytes say, and custody still holds amount and fee together to the row's total.
    """
    empties = pays_its_own_fee(transaction)
    paid = transaction.amount_minor - unsigned.max_fee_minor if empties else transaction.amount_minor
    return Intent(
        network=transaction.network_id,
        to=transaction.to_address,
        minor=paid,
        contract=get_asset(transaction.asset_id).contract,
        memo=said(transaction),
        max_fee_minor=transaction.max_fee_minor,
        change_addresses=(change,) if change else (),
        subject=transaction.pk,
    )


def store(
    transaction: Transaction,
    *,
    unsigned: Unsigned,
    signed: Signed,
    plan: Plan,
    now: datetime,
    nonce: int | None = None,
    batch: Batch | None = None,
) -> Attempt:
    """Write down what was signed for a transaction; of what others share, `unsigned` says its own part of the fee."""
    return Attempt.objects.create(
        transaction=transaction,
        number=transaction.attempts.count() + 1,
        network_id=transaction.network_id,
        txid=signed.txid,
        batch=batch,
        raw=signed.raw,
        sender=plan.lane,
        nonce=nonce,
        replay_tokens=places(unsigned.replay_tokens),
        max_fee_minor=unsigned.max_fee_minor,
        rate=plan.rate.rate,
        last_block=_last_block(transaction, unsigned),
        created_at=now,
        updated_at=now,
    )


def _last_block(transaction: Transaction, unsigned: Unsigned) -> int | None:
    """
    Return the last block that can hold the bytes, as `counted_to` counts; None: any can.

    It follows from blocks that we have read ourselves: no node has a say in when they are dead.
    """
    if not unsigned.recent:
        return unsigned.last_height or None
    number = chains.queries.block_number(network=transaction.network_id, block_hash=unsigned.recent)
    assert number is not None, "custody signs only what is bound to a block that we have read"
    return number + int(settings.NETWORKS[transaction.network_id].valid_blocks)
