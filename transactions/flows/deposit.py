"""
A deposit as the network shows it: a block (or the mempool) has it, it is seen, shown with every
further block, taken on when it is due, or given up when it is gone.

What the network shows is written down with the block that shows it, in one commit. Money
then moves deposit by deposit, each in a commit of its own, driven by what is written down: crediting.py.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TypedDict

from django.conf import settings
from django.db import DataError, IntegrityError
from django.db import transaction as database
from django.db.models import F, Q, QuerySet

import chains.queries
import chains.services
import events.services
from assets.models import Asset
from assets.queries import find_asset, get_network, native_asset
from chains.errors import NodeUnavailable
from chains.values import Block, BlockRef, Movement, Presence
from kit.errors import BusyElsewhere
from kit.ids import new_id
from transactions.engine import run as engine
from transactions.models import Attempt, Coin, Deposit, Status, SubStatus, Transaction
from transactions.queries import cold, watched
from transactions.queries.find import locked
from transactions.services import coins, depths, held, lifecycle, objects, overtaken
from transactions.services.accounts import open_network_accounts
from transactions.services.balances import announce_balance
from transactions.services.corrections import correct_deposit
from wallets.queries import Owner

logger = logging.getLogger(__name__)

BUGS = (AssertionError, AttributeError, LookupError, TypeError, ValueError, DataError, IntegrityError)
"""What a block may hold that nobody has thought of: it is put aside like one that cannot be read."""

MEMO_LENGTH = 80
LOST_AFTER_BLOCKS = 20
"""A deposit in no block and no mempool is given up once so many blocks went by without it."""


class _Place(TypedDict):
    """The block a movement is in; no height and no hash: none."""

    height: int | None
    block_hash: str


def begin(*, network: str, now: datetime) -> None:
    """Open the network's accounts and put the scanner at the present head, once and for all."""
    if chains.queries.get_cursor(network) is None:
        open_network_accounts(network=network, now=now)
        chains.services.start_cursor(network=network, now=now)


def scan(*, network: str, now: datetime) -> int:
    """
    Read the next blocks and take them in; return how many. Run by one process at a time.

    Each block's deposits, coins and the scanner's place are one commit: after a crash the
    scanner stands where its last commit left it, and every block is taken in exactly once.
    """
    watched.prepare(network)
    limit = chains.services.pace.window(network=network)
    advance = chains.services.read_next(network=network, limit=limit, now=now)
    if advance.kind == "rollback":
        with database.atomic():
            chains.services.record_rollback(network=network, fork_height=advance.fork_height, now=now)
            _forget_blocks(network, above=advance.fork_height)
    for block in advance.blocks:
        try:
            lost = overtaken.find(network=network, block=block)
            with database.atomic():
                chains.services.record_blocks(network=network, blocks=[block], now=now)
                for each in lost:
                    overtaken.adopt(each, now=now)
                see_block(network=network, block=block, now=now)
        except (*BUGS, NodeUnavailable) as obstacle:
            why = obstacle.what_happened if isinstance(obstacle, NodeUnavailable) else f"{type(obstacle).__name__}."
            problem = f"It could not be taken in: {why}"
            chains.services.failures.put_aside(network=network, height=block.ref.height, problem=problem, now=now)
            raise
    return len(advance.blocks)


def is_behind(*, network: str, read: int) -> bool:
    """Tell whether there is more to read, after a scan that read so many blocks: as many as it may at a time."""
    return read > 0 and read >= chains.services.pace.window(network=network)


def see_block(*, network: str, block: Block, now: datetime) -> None:
    """Take note of everything in a block that concerns us; inside the caller's transaction."""
    if watched.holds_a_send(network=network, txids=block.txids):
        held.see_block(network=network, block=block)
    owners = _owners(network, block.movements)
    back = _back_to_cold(network, block)
    arrivals = [each for each in block.movements if (each.txid, each.address) not in back]
    _see_ours(network, arrivals, owners, block.ref, now)
    family = get_network(network).family
    if family == "bitcoin":
        coins.see_block(network=network, block=block, ours=owners, now=now)
    if family == "sui":
        objects.see_block(network=network, block=block)


def _back_to_cold(network: str, block: Block) -> set[tuple[str, str]]:
    """
    Return what comes back to a cold address from itself, by transaction and address: no coins are new that a key
    kept elsewhere sends itself, or keeps as change of what it has paid past this product.
    """
    kept = set(cold.addresses(network))
    coming = {(each.txid, each.address) for each in block.movements if each.address in kept}
    if not coming:
        return set()
    used = {each.replay_token: each.txid for each in block.spends if each.txid in {txid for txid, _ in coming}}
    made_in = {token.partition(":")[0] for token in used}
    known = Coin.objects.filter(network_id=network, address__in=kept, txid__in=made_in)
    senders = {(used[str(coin)], coin.address) for coin in known if str(coin) in used}
    senders |= {(txid, token.rpartition(":")[0]) for token, txid in used.items()}  # an account's own number
    return {(txid, to) for txid, to in coming if any(at == txid and frm in kept for at, frm in senders)}


def see_pending(*, network: str, now: datetime) -> None:
    """Show arrivals that wait in the mempool; nothing of it is spendable."""
    show(network=network, movements=chains.queries.get_adapter(network).pending(), now=now)


def show(*, network: str, movements: Sequence[Movement], now: datetime) -> None:
    """
    Show people's arrivals that are in no block that counts yet.

    The company's are taken from read blocks alone: what comes back to it may be of a send that a restore has lost, and
    which its block will be read to be.
    """
    owners = {address: owner for address, owner in _owners(network, movements).items() if owner is not None}
    if owners:
        with database.atomic():
            _see_ours(network, movements, {**owners}, None, now)


def progress(*, network: str, now: datetime, limit: int = 500) -> int:
    """Credit, finalize, take back or give up every deposit that is due; return how many moved."""
    head = chains.queries.scanned_height(network=network)
    due = list(_due(network, head).order_by("id").values_list("pk", flat=True)[:limit])
    for deposit_id in due:
        try:
            _step_on(deposit_id, now=now)
        except BusyElsewhere as obstacle:  # it is due again in the next round; the others do not wait for it
            logger.warning("deposit_not_moved", extra={"deposit_id": deposit_id, "code": obstacle.code})
    gone = [deposit.pk for deposit in _overdue(network, now)[:limit] if not _is_known(deposit)]
    for deposit_id in gone:
        _give_up(deposit_id, now=now)
    _show_confirmations(network, head=head, now=now, limit=limit)
    return len(due) + len(gone)


def _due(network: str, head: int) -> QuerySet[Deposit]:
    config = settings.NETWORKS[network]
    is_deep = Q(
        height__lte=head - config.confirmations + 1, transaction__required_confirmations__lte=head + 1 - F("height")
    )
    return Deposit.objects.filter(
        Q(is_deep, status=Deposit.State.SEEN, wallet__isnull=False)
        | Q(status=Deposit.State.SEEN, wallet__isnull=True, height__lte=head - config.final_depth)
        | Q(status=Deposit.State.CONFIRMED, height__lte=head - config.final_depth)
        | Q(status=Deposit.State.CONFIRMED, height__isnull=True),
        network_id=network,
    )


@database.atomic
def _step_on(deposit_id: str, *, now: datetime) -> None:
    """
    Take its transaction on, seen again under the locks: first the transaction's, then the deposit's.

    A rollback clears a deposit's height in the commit that moves the scanner back, so under
    the lock a height still stands on the best chain we know.
    """
    engine.react(Deposit.objects.values_list("transaction_id", flat=True).get(pk=deposit_id), now=now)


def _show_confirmations(network: str, *, head: int, now: datetime, limit: int) -> None:
    """Let owners see each further block until their money is credited."""
    waiting = Deposit.objects.filter(network_id=network, status=Deposit.State.SEEN, height__isnull=False)
    behind = waiting.exclude(transaction__confirmations=head + 1 - F("height")).order_by("id")
    for deposit_id, height in behind.values_list("pk", "height")[:limit]:
        with database.atomic():
            transaction = locked(Deposit.objects.values_list("transaction_id", flat=True).get(pk=deposit_id))
            transaction.confirmations = head - (height or 0) + 1
            transaction.sub_status = SubStatus.BLOCK_CONFIRMATION_PENDING
            transaction.save(update_fields=["confirmations", "sub_status"])
            lifecycle.show(transaction, now=now)


def _owners(network: str, movements: Iterable[Movement]) -> dict[str, Owner | None]:
    addresses = {address for movement in movements for address in _meant_for(movement)}
    return watched.owners_among(network=network, addresses=addresses)


def _meant_for(movement: Movement) -> tuple[str, ...]:
    return movement.readings or (movement.address,)


def _see_ours(
    network: str,
    movements: Iterable[Movement],
    owners: dict[str, Owner | None],
    block: BlockRef | None,
    now: datetime,
) -> None:
    """Note each arrival at the most exact of the addresses it may be meant for that is ours; no others."""
    ours = []
    for movement in movements if owners else ():
        address = next((address for address in _meant_for(movement) if address in owners), None)
        if address is not None:
            ours.append(replace(movement, address=address))
    together: dict[tuple[str, str], int] = defaultdict(int)
    for movement in ours:
        together[movement.txid, movement.contract] += movement.minor
    for movement in ours:
        _see(network, movement, owners[movement.address], block, now, together[movement.txid, movement.contract])


def _see(  # noqa: PLR0917  # all of it is one arrival
    network: str, movement: Movement, owner: Owner | None, block: BlockRef | None, now: datetime, together: int
) -> None:
    """Note one arrival, the first time or again; what a block shows counts, not what was heard before."""
    asset = find_asset(network=network, contract=movement.contract)
    if asset is None:
        return
    if _is_our_own(network, movement, owner):
        return
    place: _Place = {"height": block.height if block else None, "block_hash": block.hash if block else ""}
    required = depths.required(asset=asset, minor=together, now=now)
    deposit = Deposit.objects.filter(network_id=network, txid=movement.txid, index=movement.index).first()
    if deposit is None:
        _open(network, movement, asset, owner, place, now, required)
        return
    if block is None:
        return  # the mempool adds nothing to what is known
    is_the_same = (deposit.amount_minor, deposit.address) == (movement.minor, movement.address)
    if not is_the_same and not correct_deposit(deposit, movement, owner.wallet_id if owner else None, now=now):
        return
    if deposit.status == Deposit.State.SEEN:  # it may be worth more by now, or have been told of wrongly before
        shown = Transaction.objects.filter(pk=deposit.transaction_id).exclude(required_confirmations=required)
        shown.update(required_confirmations=required)
    Deposit.objects.filter(pk=deposit.pk).update(updated_at=now, **place)
    if deposit.status == Deposit.State.LOST:
        again = _open_transaction(deposit, now, required)
        events.services.move(
            deposit, Deposit.State.SEEN, flow=Deposit.FLOW, actor="system", now=now, transaction_id=again.pk
        )
        engine.begin(again, now=now)


def _is_our_own(network: str, movement: Movement, owner: Owner | None) -> bool:
    """
    Tell whether it is our own sweep or change coming home, or gas for a sweep: booked when that settles.

    What a person here is sent is their deposit, whoever sent it. Of what left before a restore, and no row of ours
    asks for any more, nobody can tell: it was booked as moved within the house (restored.reopen).
    """
    subject = chains.queries.found_subject(network=network, txid=movement.txid)
    if subject == "":
        return True
    own = Attempt.objects.filter(network_id=network, txid=movement.txid)
    types = set(own.values_list("transaction__type", flat=True))
    if subject:  # it may not have been taken over yet
        types |= set(Transaction.objects.filter(pk=subject).values_list("type", flat=True))
    return bool(types) if owner is None else Transaction.Type.TOP_UP in types


def _open(  # noqa: PLR0917  # all of it makes up one row
    network: str, movement: Movement, asset: Asset, owner: Owner | None, place: _Place, now: datetime, required: int
) -> None:
    deposit = Deposit(
        id=new_id("dep"),
        network_id=network,
        asset=asset,
        wallet_id=owner.wallet_id if owner else None,
        txid=movement.txid,
        index=movement.index,
        address=movement.address,
        amount_minor=movement.minor,
        memo=movement.memo[:MEMO_LENGTH],
        created_at=now,
        updated_at=now,
        **place,
    )
    deposit.transaction = _open_transaction(deposit, now, required, user_id=owner.user_id if owner else None)
    deposit.save(force_insert=True)
    engine.begin(deposit.transaction, now=now)
    if deposit.wallet:
        announce_balance(wallet=deposit.wallet, asset=asset.code, now=now)


def _open_transaction(deposit: Deposit, now: datetime, required: int, *, user_id: str | None = None) -> Transaction:
    """Open the transaction people see; a deposit that was given up and lands after all has another one."""
    key = f"deposit:{deposit.network_id}:{deposit.txid}:{deposit.index}:"
    number = Transaction.objects.filter(key__startswith=key).count() + 1
    if user_id is None and deposit.wallet:
        user_id = deposit.wallet.user_id
    transaction = lifecycle.open_transaction(
        type=Transaction.Type.DEPOSIT,
        status=Status.BLOCKCHAIN_PENDING,
        key=f"{key}{number}",
        actor="system",
        live_type="deposit.seen" if user_id else "",
        user_id=user_id,
        wallet_id=deposit.wallet_id,
        network_id=deposit.network_id,
        asset=deposit.asset,
        amount_minor=deposit.amount_minor,
        fee_asset=native_asset(deposit.network_id),
        fee_minor=0,
        to_address=deposit.address,
        txid=deposit.txid,
        confirmations=0 if deposit.height is None else 1,
        required_confirmations=required,
        sub_status=SubStatus.MEMPOOL_PENDING if deposit.height is None else SubStatus.BLOCK_CONFIRMATION_PENDING,
        now=now,
    )
    return transaction


def _overdue(network: str, now: datetime) -> QuerySet[Deposit]:
    patience = timedelta(seconds=LOST_AFTER_BLOCKS * settings.NETWORKS[network].block_seconds)
    return Deposit.objects.filter(
        network_id=network, status=Deposit.State.SEEN, height__isnull=True, updated_at__lt=now - patience
    ).order_by("id")


def _is_known(deposit: Deposit) -> bool:
    """Ask the network, outside any database transaction, whether it still knows the transaction."""
    return chains.queries.get_adapter(deposit.network_id).state(deposit.txid).presence != Presence.ABSENT


@database.atomic
def _give_up(deposit_id: str, *, now: datetime) -> None:
    """In no block, and no node knows it any more: it was replaced or dropped."""
    transaction = locked(Deposit.objects.values_list("transaction_id", flat=True).get(pk=deposit_id))
    deposit = Deposit.objects.select_for_update(of=("self",), no_key=True).get(pk=deposit_id)
    if deposit.status != Deposit.State.SEEN or deposit.height is not None or deposit.transaction_id != transaction.pk:
        return  # a block has brought it back meanwhile
    events.services.move(deposit, Deposit.State.LOST, flow=Deposit.FLOW, actor="system", now=now)
    engine.stop(
        transaction,
        code="replaced",
        reason="The network dropped or replaced it before it was confirmed.",
        now=now,
    )
    announce_balance(wallet=deposit.wallet, asset=deposit.asset_id, now=now)


def _forget_blocks(network: str, *, above: int) -> None:
    """Undo the places of what was seen in blocks that are no longer on the best chain."""
    held.forget_blocks(network=network, above=above)
    Deposit.objects.filter(network_id=network, height__gt=above).exclude(status=Deposit.State.FINAL).update(
        height=None, block_hash=""
    )
    coins.forget_blocks(network=network, above=above)
