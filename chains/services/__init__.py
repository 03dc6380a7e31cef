"""
Reading a network block by block: find what is next, record it, roll it back, halt, resume.

`read_next` speaks to nodes and holds no database transaction; `record_*` write inside the caller's
transaction and speak to nobody. What was read in between is guarded by compare-and-swap on the cursor.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Literal

from django.conf import settings
from django.db import connection, transaction

from chains.base import ChainAdapter
from chains.errors import NodeUnavailable, NotHalted, ScanLost
from chains.models import BlockRecord, Cursor, ServerRun
from chains.queries import (
    check_not_halted,
    get_adapter,
    get_cursor,
    is_compared,
    networks_health,
    newest_block,
    token_contracts,
)
from chains.services import endpoints, failures, pace
from chains.values import Block, BlockRef, FeeRate, Priority
from events import occurrences
from events.services import record
from rates.queries import chain_fees
from rates.services import NewFee, store_fees

LATE_BLOCKS, LATE_SECONDS = 3, 300
"""A network is read late if so many blocks are missing, and they usually take so long."""


@dataclass(frozen=True)
class Advance:
    """
    What there is to do next.

    `blocks`: those that follow the cursor, in order. `rollback`: everything above `fork_height` is no
    longer part of the chain. `nothing`: the cursor is at the head. `halted`: an operator must look.
    """

    kind: Literal["blocks", "rollback", "nothing", "halted"]
    blocks: tuple[Block, ...] = ()
    fork_height: int = 0


def start_cursor(*, network: str, now: datetime) -> None:
    """
    Begin reading at the current head, unless it has begun already.

    :raises NodeUnavailable: if no node answered
    """
    if get_cursor(network) is not None:
        return
    adapter = get_adapter(network)
    window = _read_window(adapter, adapter.head())
    with transaction.atomic():
        _, is_new = Cursor.objects.get_or_create(
            network=network, defaults={"height": window[-1].height, "hash": window[-1].hash, "updated_at": now}
        )
        if is_new:
            _keep(network, window)


def read_next(*, network: str, limit: int, now: datetime) -> Advance:
    """
    Find what follows the cursor, at most `limit` blocks. To be called outside a transaction.

    A chain that forks below the kept window halts the network, with an event: `resume` ends that.

    :raises NodeUnavailable: if no node answered
    """
    adapter = get_adapter(network)
    cursor = Cursor.objects.get(pk=network)
    if cursor.halted_at is not None or not is_compared(network):
        return Advance("halted")
    endpoints.exchange(network=network, adapter=adapter, now=now)
    head = adapter.head()
    if head.height < cursor.height:
        return Advance("nothing")  # a node that has yet to catch up; a shorter chain is not believed
    stored = adapter.block_ref(cursor.height)
    if stored is None:
        return Advance("nothing")
    if stored.hash != cursor.hash:
        return _find_fork(adapter, cursor, now=now)
    last_height = min(head.height, cursor.height + limit)
    if last_height == cursor.height or failures.is_put_aside(network=network, height=cursor.height + 1, now=now):
        return Advance("nothing")
    started = time.monotonic()
    blocks = _read_blocks(adapter, cursor, last_height, now=now)
    wanted, seconds = last_height - cursor.height, time.monotonic() - started
    if wanted == limit or seconds > pace.SLOW_SECONDS:
        pace.adapt(network=network, wanted=wanted, seconds=seconds)
    return Advance("blocks", blocks) if blocks else Advance("nothing")


def record_blocks(*, network: str, blocks: Sequence[Block], now: datetime) -> None:
    """
    Move the cursor over these blocks, inside the caller's transaction.

    :raises ScanLost: if the first does not follow the cursor any more
    """
    assert connection.in_atomic_block, "the cursor moves in the transaction of what the blocks caused"
    _assert_linked(blocks)
    first, last = blocks[0].ref, blocks[-1].ref
    moved = Cursor.objects.filter(
        network=network, height=first.height - 1, hash=first.parent, halted_at__isnull=True
    ).update(height=last.height, hash=last.hash, updated_at=now)
    if not moved:
        raise ScanLost(f"Block {first.height} of {network} does not follow the cursor any more.")
    _keep(network, [block.ref for block in blocks])
    failures.read_after_all(network=network, up_to=last.height, now=now)
    config = settings.NETWORKS[network]
    oldest = last.height - max(config.final_depth, config.kept_blocks)
    BlockRecord.objects.filter(network=network, height__lt=oldest).delete()


def record_rollback(*, network: str, fork_height: int, now: datetime) -> None:
    """
    Move the cursor back to the block at `fork_height`, inside the caller's transaction, with an event.

    :raises ScanLost: if the cursor is not above that block any more
    """
    assert connection.in_atomic_block, "the cursor moves in the transaction that undoes what the blocks caused"
    cursor = Cursor.objects.select_for_update(no_key=True).get(pk=network)
    fork = BlockRecord.objects.filter(network=network, height=fork_height).first()
    if fork is None or cursor.height <= fork_height or cursor.halted_at is not None:
        raise ScanLost(f"The cursor of {network} is not above block {fork_height} any more.")
    BlockRecord.objects.filter(network=network, height__gt=fork_height).delete()
    failures.forget(network=network, above=fork_height)
    data = {"from_height": cursor.height, "from_hash": cursor.hash, "to_height": fork.height, "to_hash": fork.hash}
    cursor.height, cursor.hash, cursor.updated_at = fork.height, fork.hash, now
    cursor.save(update_fields=["height", "hash", "updated_at"])
    record(type="chains.rolled_back", subject=cursor, actor="system", now=now, data=data)


def resume(*, network: str, actor: str, now: datetime) -> int:
    """
    Let a halted network be read again, and return from which height.

    Where its nodes have come back to the chain that was read, it goes on from the cursor, and what is kept stays. Else
    it goes on from the oldest block it had kept: those kept are replaced by those of the new chain up to there, and the
    cursor stays above them, so the next read is a rollback to that height, which takes back what was credited from
    blocks that are gone. Where nothing older was kept than the cursor's own block, reading goes on from there: `rescan`
    reads what is older. What was final by then is not taken back: if it is gone too, the operator has to settle that.

    :raises NotHalted: if it is not halted
    :raises NodeUnavailable: if no node answered
    """
    adapter = get_adapter(network)
    cursor = Cursor.objects.get(pk=network)
    start, window = _read_again(adapter, cursor)
    own_hash = start.hash if start.height == cursor.height else cursor.hash
    with transaction.atomic():
        resumed = Cursor.objects.filter(pk=network, halted_at__isnull=False).update(
            hash=own_hash, halted_at=None, halted_reason="", updated_at=now
        )
        if not resumed:
            raise NotHalted
        if window:
            BlockRecord.objects.filter(network=network).delete()
            _keep(network, window)
        data = {"from_height": cursor.height, "to_height": start.height, "reason": cursor.halted_reason}
        record(type="chains.resumed", subject=cursor, actor=actor, now=now, data=data)
    return start.height


def _read_again(adapter: ChainAdapter, cursor: Cursor) -> tuple[BlockRef, list[BlockRef]]:
    """Return from which block to go on, and what to keep in place of what is kept; nothing where that holds still."""
    head = adapter.head().height
    newest = adapter.block_ref(min(cursor.height, head))
    if newest is not None and (newest.height, newest.hash) == (cursor.height, cursor.hash):
        return newest, []
    oldest = BlockRecord.objects.filter(network=cursor.network).order_by("height").first()
    start = adapter.block_ref(min(oldest.height if oldest else cursor.height, head))
    if start is None:
        raise NodeUnavailable("The nodes do not agree on the height of the chain.")
    return start, _read_window(adapter, start)


@transaction.atomic
def begin_comparing(*, network: str, number: int) -> int:
    """
    Note at which block a network is first compared on this run of the server; return that, now and ever after.

    Nothing is signed once the database is back, so what was lost with it was signed at that block or before.

    :param number: of a block that nodes agree on: what is noted first is kept until the server is started again
    :raises NodeUnavailable: if we have read later blocks than that: it would call dead too soon what was lost
    """
    newest = newest_block(network=network)
    if newest is not None and number < (newest.number or newest.height):
        raise NodeUnavailable(f"The nodes of {network} are behind what was read of it before.")
    first = Cursor.objects.filter(pk=network).exclude(first_compared_on=ServerRun())
    first.update(first_compared_on=ServerRun(), first_compared_at=number)
    return int(Cursor.objects.values_list("first_compared_at", flat=True).get(pk=network))


def compared(*, network: str, actor: str, found: int, reason: str, now: datetime) -> None:
    """
    Note that what was sent is known again after the database came back at an earlier moment, with an event.

    From now on the network is read again, and what waits is signed. Nothing where it is known already.

    :param found: sends that the network had and the books did not
    :param reason: the operator's own word on those
    """
    changed = Cursor.objects.filter(pk=network).exclude(compared_on=ServerRun()).update(compared_on=ServerRun())
    if changed:
        data = {"found": found, "reason": reason}
        record(type="chains.compared", subject=Cursor.objects.get(pk=network), actor=actor, now=now, data=data)


def refresh_fee_rates(*, network: str, now: datetime) -> tuple[FeeRate, ...]:
    """
    Ask the network what block space costs, keep it in rates and return it.

    :raises NodeUnavailable: if no node answered
    """
    adapter = get_adapter(network)
    rates = adapter.fee_rates()
    fees = [NewFee(rate.priority.value, rate.rate, rate.tip, rate.seconds, rate.source) for rate in rates]
    store_fees(network=network, fees=fees, now=now)
    endpoints.exchange(network=network, adapter=adapter, now=now)
    return rates


def get_fee_rate(*, network: str, priority: Priority, now: datetime) -> FeeRate:
    """
    Return what block space costs: as kept if fresh, else asked now (so never under a lock).

    :raises NodeUnavailable: if it had to be asked and no node answered
    """
    oldest = settings.NETWORKS[network].fee_stale_seconds
    kept = chain_fees(network=network, now=now, max_age_seconds=oldest).get(priority.value)
    if kept is not None:
        return FeeRate(network, priority, kept.rate, kept.tip, kept.seconds, kept.source)
    return next(rate for rate in refresh_fee_rates(network=network, now=now) if rate.priority is priority)


def hold(*, network: str, block: BlockRef) -> None:
    """
    Keep the chain as it is until the caller's transaction ends, if this block is part of it as far as we have read.

    Blocks older than those that are kept are final: no reorg that is believed reaches them.

    :raises ScanLost: if it is not, or not yet
    :raises NetworkHalted: if an operator has yet to look at the network
    """
    assert connection.in_atomic_block, "it is held for what is written beside it"
    cursor = Cursor.objects.select_for_update(no_key=True).filter(pk=network).first()
    check_not_halted(network)
    kept = BlockRecord.objects.filter(network=network, height=block.height).values_list("hash", flat=True).first()
    oldest = BlockRecord.objects.filter(network=network).order_by("height").values_list("height", flat=True).first()
    is_known = kept == block.hash or (kept is None and block.height < (oldest or 0))
    if cursor is None or cursor.height < block.height or not is_known:
        raise ScanLost(f"Block {block.height} of {network} is not the one that was read there.")


def _read_blocks(adapter: ChainAdapter, cursor: Cursor, last_height: int, *, now: datetime) -> tuple[Block, ...]:
    """
    Read on, until something is in the way: what was read before that is taken in.

    :raises NodeUnavailable: if the first could not be read; then it is put aside for a while
    """
    contracts = token_contracts(cursor.network)
    blocks: list[Block] = []
    last = newest_block(network=cursor.network)
    # after a resume the newest that is kept may be far below the cursor
    parent, number = cursor.hash, last.number if last and last.height == cursor.height else 0
    stop = time.monotonic() + pace.SLOW_SECONDS
    for height in range(cursor.height + 1, last_height + 1):
        if blocks and time.monotonic() > stop:
            break
        try:
            block = adapter.block(height, contracts)
            if block.ref.parent != parent:
                break  # the chain changed while it was read: the next call sees the fork
            if not _counts_on(block.ref, parent=parent, number=number, in_epochs=adapter.counts_epochs):
                raise NodeUnavailable(f"A node counts the blocks of {cursor.network} wrongly at {height}.")
        except NodeUnavailable as error:
            if blocks:
                break
            failures.put_aside(network=cursor.network, height=height, problem=error.what_happened, now=now)
            raise
        blocks.append(block)
        parent, number = block.ref.hash, block.ref.number
    return tuple(blocks)


def _counts_on(ref: BlockRef, *, parent: str, number: int, in_epochs: bool) -> bool:
    """Say whether a block's number follows the one before: what has expired is counted so, and no node may jump."""
    if not ref.number or not number:
        return True
    steps = {0, 1} if in_epochs else {int(ref.hash != parent)}
    return ref.number - number in steps


def _find_fork(adapter: ChainAdapter, cursor: Cursor, *, now: datetime) -> Advance:
    """
    Return the highest kept block that is still on the best chain, or halt if none is.

    An operator's `resume` leaves blocks below the cursor only, from the chain there is: one look finds them, also where
    nothing is ever rolled back otherwise.
    """
    newest, depth = newest_block(network=cursor.network), adapter.config.final_depth
    if newest is not None and newest.height < cursor.height:
        depth = max(depth, 1)
    window = BlockRecord.objects.filter(network=cursor.network, height__lt=cursor.height).order_by("-height")
    for kept in list(window[:depth]):
        ref = adapter.block_ref(kept.height)
        if ref is not None and ref.hash == kept.hash:
            return Advance("rollback", fork_height=kept.height)
    _halt(cursor, f"The chain forked more than {adapter.config.final_depth} blocks below {cursor.height}.", now=now)
    return Advance("halted")


def _halt(cursor: Cursor, reason: str, *, now: datetime) -> None:
    with transaction.atomic():
        halted = Cursor.objects.filter(
            pk=cursor.pk, height=cursor.height, hash=cursor.hash, halted_at__isnull=True
        ).update(halted_at=now, halted_reason=reason, updated_at=now)
        if halted:
            data = {"reason": reason, "height": cursor.height, "hash": cursor.hash}
            record(type="chains.halted", subject=cursor, actor="system", now=now, data=data)


def watch(*, now: datetime) -> None:
    """
    Tell once which networks are read late, and once that they are not any more; a halted one has been told of already.

    Nodes say what there is to read: whether they answer at all is told by what watches them.
    """
    for health in networks_health():
        cursor = get_cursor(health.network)
        config = settings.NETWORKS.get(health.network)
        if cursor is None or config is None or health.halted_reason:
            continue
        seconds = int(health.lag_blocks * config.block_seconds)
        occurrences.note(
            subject=cursor,
            begins="chains.lagging",
            ends="chains.caught_up",
            is_so=health.lag_blocks >= LATE_BLOCKS and seconds >= LATE_SECONDS,
            now=now,
            data={
                "network": health.network,
                "height": cursor.height,
                "lag_blocks": health.lag_blocks,
                "lag_seconds": seconds,
            },
        )


def _read_window(adapter: ChainAdapter, tip: BlockRef) -> list[BlockRef]:
    """Return the blocks down to final_depth below the tip, oldest first, so that an early fork finds its place."""
    refs = [tip]
    while len(refs) <= adapter.config.final_depth and refs[-1].height > 0:
        ref = adapter.block_ref(refs[-1].height - 1)
        if ref is None or ref.hash != refs[-1].parent:
            raise NodeUnavailable("The chain changed while its last blocks were read.")
        refs.append(ref)
    return refs[::-1]


def _keep(network: str, refs: Iterable[BlockRef]) -> None:
    BlockRecord.objects.bulk_create(
        BlockRecord(network=network, height=ref.height, hash=ref.hash, parent=ref.parent, number=ref.number)
        for ref in refs
    )


def _assert_linked(blocks: Sequence[Block]) -> None:
    for earlier, later in pairwise(blocks):
        assert later.ref.parent == earlier.ref.hash, f"block {later.ref.height} does not follow the one before"
