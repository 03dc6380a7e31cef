"""
A deposit, in the order it happens: a block (or the mempool) shows it, it is seen, it is
credited once deep enough, it is final; and a reorg takes back what it took away.

What the network shows is written down with the block that shows it, in one commit. Money
then moves deposit by deposit, each in a commit of its own, driven by what is written down.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, TypedDict

from django.conf import settings
from django.db import transaction as database
from django.db.models import F, Q, QuerySet

import chains.queries
import chains.services
import custody.queries
import events.services
import ledger.queries
import ledger.services
import wallets.queries
from assets.models import Asset
from assets.queries import find_asset, get_network, native_asset
from chains.base import Block, BlockRef, Movement, Presence
from kit.errors import BusyElsewhere
from kit.ids import new_id
from kit.money import Money
from ledger.errors import InsufficientFunds
from ledger.services import Line
from transactions.engine import run as engine
from transactions.engine.base import Done, Flow, GoBack, Kind, Later, Result, StepOf, Work
from transactions.models import Attempt, Deposit, Status, SubStatus, Transaction
from transactions.queries.find import locked
from transactions.services import attempts, coins, lifecycle
from transactions.services.accounts import line, network_account, open_network_accounts
from transactions.services.balances import announce_balance
from transactions.services.corrections import correct_deposit
from transactions.services.schedule import wake
from wallets.queries import Owner, available_account

logger = logging.getLogger(__name__)

BLOCKS_PER_READ = 20
REVERSAL_TRIES = 5
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
    advance = chains.services.read_next(network=network, limit=BLOCKS_PER_READ, now=now)
    if advance.kind == "rollback":
        with database.atomic():
            chains.services.record_rollback(network=network, fork_height=advance.fork_height, now=now)
            _forget_blocks(network, above=advance.fork_height)
    for block in advance.blocks:
        with database.atomic():
            chains.services.record_blocks(network=network, blocks=[block], now=now)
            see_block(network=network, block=block, now=now)
    return len(advance.blocks)


def see_block(*, network: str, block: Block, now: datetime) -> None:
    """Take note of everything in a block that concerns us; inside the caller's transaction."""
    attempts.see_block(network=network, block=block)
    owners = _owners(network, block.movements)
    for movement in block.movements:
        if movement.address in owners:
            _see(network, movement, owners[movement.address], block.ref, now)
    if get_network(network).family == "bitcoin":
        coins.see_block(network=network, block=block, ours=list(owners), now=now)


def see_pending(*, network: str, now: datetime) -> None:
    """Show arrivals that wait in the mempool; nothing of it is spendable."""
    movements = chains.queries.get_adapter(network).pending()
    owners = _owners(network, movements)
    for movement in movements:
        if movement.address in owners:
            with database.atomic():
                _see(network, movement, owners[movement.address], None, now)


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
    return Deposit.objects.filter(
        Q(status=Deposit.State.SEEN, wallet__isnull=False, height__lte=head - config.confirmations + 1)
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


def _arrival(work: Work) -> tuple[Deposit, int]:
    """Return the locked deposit of a transaction, and how deep its block is; 0: in none."""
    deposit = Deposit.objects.select_for_update(of=("self",), no_key=True).get(transaction_id=work.transaction.pk)
    if deposit.height is None:
        return deposit, 0
    return deposit, chains.queries.scanned_height(network=deposit.network_id) - deposit.height + 1


def _note(work: Work, answer: Any) -> Result:
    """A block or the mempool has shown it: it is written down in the commit that opened this."""
    return Done(live="")


def _await_depth(work: Work, answer: Any) -> Result:
    deposit, depth = _arrival(work)
    if deposit.status != Deposit.State.SEEN or depth < _creditable(deposit):
        return Later()
    return Done(fields={"confirmations": depth, "sub_status": SubStatus.CONFIRMATION_COMPLETED}, live="")


def _await_finality(work: Work, answer: Any) -> Result:
    """Beyond every reorg nothing can take it back any more; until then a reorg may."""
    deposit, depth = _arrival(work)
    if deposit.status != Deposit.State.CONFIRMED:
        return Later()
    if deposit.height is None:
        return GoBack(
            "confirmed",
            "A reorg took its block away.",
            via=[Status.COMPENSATING],
            fields={"confirmations": 0, "sub_status": SubStatus.MEMPOOL_PENDING},
        )
    if depth <= settings.NETWORKS[deposit.network_id].final_depth:
        return Later()
    events.services.move(deposit, Deposit.State.FINAL, flow=Deposit.FLOW, actor="system", now=work.now)
    return Done(fields={"confirmations": depth})


def _creditable(deposit: Deposit) -> int:
    """
    Return the depth at which it is credited.

    The company's own coins count only once final: sends are paid from them, and no send may
    depend on a block that can still vanish.
    """
    config = settings.NETWORKS[deposit.network_id]
    return int(config.confirmations if deposit.wallet_id else config.final_depth + 1)


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
    """Return whose each of the addresses is; None stands for the company: its hot wallet and its change."""
    addresses = {movement.address for movement in movements}
    owners: dict[str, Owner | None] = {}
    owners.update(wallets.queries.owners_of(network=network, addresses=addresses))
    owners.update(dict.fromkeys(custody.queries.treasury_addresses(network=network, among=addresses)))
    return owners


def _see(network: str, movement: Movement, owner: Owner | None, block: BlockRef | None, now: datetime) -> None:
    """Note one arrival, the first time or again; what a block shows counts, not what was heard before."""
    asset = find_asset(network=network, contract=movement.contract)
    if asset is None:
        return
    if _is_our_own(network, movement, owner):
        return
    place: _Place = {"height": block.height if block else None, "block_hash": block.hash if block else ""}
    deposit = Deposit.objects.filter(network_id=network, txid=movement.txid, index=movement.index).first()
    if deposit is None:
        _open(network, movement, asset, owner, place, now)
        return
    if block is None:
        return  # the mempool adds nothing to what is known
    is_the_same = (deposit.amount_minor, deposit.address) == (movement.minor, movement.address)
    if not is_the_same and not correct_deposit(deposit, movement, owner.wallet_id if owner else None, now=now):
        return
    Deposit.objects.filter(pk=deposit.pk).update(updated_at=now, **place)
    if deposit.status == Deposit.State.LOST:
        again = _open_transaction(deposit, now)
        events.services.move(
            deposit, Deposit.State.SEEN, flow=Deposit.FLOW, actor="system", now=now, transaction_id=again.pk
        )
        engine.begin(again, now=now)


def _is_our_own(network: str, movement: Movement, owner: Owner | None) -> bool:
    """Tell whether it is our own sweep or change coming home, or gas for a sweep: booked when that settles."""
    own = Attempt.objects.filter(network_id=network, txid=movement.txid)
    return own.exists() if owner is None else own.filter(transaction__type=Transaction.Type.TOP_UP).exists()


def _open(  # noqa: PLR0917  # all of it makes up one row
    network: str, movement: Movement, asset: Asset, owner: Owner | None, place: _Place, now: datetime
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
        created_at=now,
        updated_at=now,
        **place,
    )
    deposit.transaction = _open_transaction(deposit, now, user_id=owner.user_id if owner else None)
    deposit.save(force_insert=True)
    engine.begin(deposit.transaction, now=now)
    if deposit.wallet:
        announce_balance(wallet=deposit.wallet, asset=asset.code, now=now)


def _open_transaction(deposit: Deposit, now: datetime, *, user_id: str | None = None) -> Transaction:
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
        required_confirmations=settings.NETWORKS[deposit.network_id].confirmations,
        sub_status=SubStatus.MEMPOOL_PENDING if deposit.height is None else SubStatus.BLOCK_CONFIRMATION_PENDING,
        now=now,
    )
    return transaction


def _credit(work: Work, answer: Any) -> Result:
    """Deep enough: the money is the person's. First, though, it makes good what they owe."""
    deposit, depth = _arrival(work)
    credit = deposit.credits + 1
    ledger.services.post(
        key=f"deposit:{deposit.pk}:credit:{credit}", kind="deposit.credit", lines=_credit_lines(deposit), now=work.now
    )
    events.services.move(
        deposit, Deposit.State.CONFIRMED, flow=Deposit.FLOW, actor="system", now=work.now, credits=credit, owed_minor=0
    )
    announce_balance(wallet=deposit.wallet, asset=deposit.asset_id, now=work.now)
    if work.transaction.parent_id:
        wake(work.transaction.parent_id, now=work.now)
    return Done(live="deposit.confirmed", fields={"confirmations": depth})


def _credit_lines(deposit: Deposit) -> list[Line]:
    network, asset = deposit.network_id, deposit.asset_id
    repaid = deposit.owed_minor
    rest = deposit.amount_minor - repaid
    return [
        Line(network_account(network, _coins_account(deposit)), Money(-deposit.amount_minor, asset)),
        *line(network, "receivable", Money(repaid, asset)),
        *([Line(_owner_account(deposit), Money(rest, asset))] if rest else []),
    ]


def _take_back(work: Work, answer: Any) -> None:
    """
    A reorg took its block away after it was credited: a reversal posting takes the credit back.

    What the person has spent meanwhile cannot be taken from them: it is booked as owed.
    """
    deposit, _ = _arrival(work)
    reversal = deposit.reversals + 1
    owed = _post_reversal(deposit, f"deposit:{deposit.pk}:reversal:{reversal}", work.now)
    events.services.move(
        deposit,
        Deposit.State.SEEN,
        flow=Deposit.FLOW,
        actor="system",
        now=work.now,
        data={"owed_minor": str(owed)},
        reversals=reversal,
        owed_minor=owed,
    )
    announce_balance(wallet=deposit.wallet, asset=deposit.asset_id, now=work.now)


def _post_reversal(deposit: Deposit, key: str, now: datetime) -> int:
    """Take back what is there, book the rest as owed, and return how much that is."""
    network, asset = deposit.network_id, deposit.asset_id
    for _ in range(REVERSAL_TRIES):
        there = ledger.queries.spendable(code=_owner_account(deposit), asset=asset)
        taken = min(there, deposit.amount_minor)
        owed = deposit.amount_minor - taken
        lines = [
            Line(network_account(network, _coins_account(deposit)), Money(deposit.amount_minor, asset)),
            *([Line(_owner_account(deposit), Money(-taken, asset))] if taken else []),
            *line(network, "receivable", Money(-owed, asset)),
        ]
        try:
            ledger.services.post(key=key, kind="deposit.reversal", lines=lines, now=now)
        except InsufficientFunds:
            continue  # the person spent some between the look and the lock
        return owed
    raise BusyElsewhere("The balance kept changing while a deposit was being taken back.")


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
    attempts.forget_blocks(network=network, above=above)
    Deposit.objects.filter(network_id=network, height__gt=above).exclude(status=Deposit.State.FINAL).update(
        height=None, block_hash=""
    )
    coins.forget_blocks(network=network, above=above)


def _owner_account(deposit: Deposit) -> str:
    return (
        available_account(deposit.wallet_id) if deposit.wallet_id else network_account(deposit.network_id, "suspense")
    )


def _coins_account(deposit: Deposit) -> str:
    """Bitcoin's coins are spent where they lie; elsewhere a deposit address has to be swept first."""
    pooled = get_network(deposit.network_id).family == "bitcoin" or deposit.wallet_id is None
    return "treasury" if pooled else "deposits"


FLOW = Flow(
    Transaction.Type.DEPOSIT,
    [
        StepOf("seen", Kind.BLOCKCHAIN, "shows what a block or the mempool has shown; nothing is spendable", _note),
        StepOf("confirmed", Kind.BLOCKCHAIN, "waits until its block is deep enough", _await_depth),
        StepOf(
            "credited",
            Kind.UPDATE,
            "adds it to the person's balance",
            _credit,
            undo=_take_back,
            via=[Status.BLOCKCHAIN_CONFIRMED],
        ),
        StepOf(
            "final",
            Kind.BLOCKCHAIN,
            "waits until no reorg can take it back; if one does, the credit is reversed and it is awaited again",
            _await_finality,
            via=[Status.BALANCE_UPDATED, Status.COMPLETED],
            goes_back={"confirmed": [Status.COMPENSATING]},
        ),
    ],
    says="Coins arrive at one of our addresses.",
    is_driven=True,
)
