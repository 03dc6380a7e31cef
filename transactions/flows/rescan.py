"""
Reading blocks once more at an operator's word: asked for, recorded, and carried on by the next scans.

The same parser, the same unique keys: what is known stays as it is, and nothing is ever credited twice. And while a
block cannot be read, a look at those behind it, which shows and credits nothing.
"""

import logging
import time
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction as database

import chains.queries
import chains.services
import events.services
from assets.queries import get_network
from chains.errors import NodeUnavailable, ScanLost
from chains.values import Block, Presence
from kit.errors import InvalidInput
from kit.ids import new_id
from transactions.errors import RescanRefused
from transactions.flows import deposit
from transactions.models import Deposit, Rescan
from transactions.queries import watched

logger = logging.getLogger(__name__)

MOST_BLOCKS = 10_000
REASON_LENGTH = 400
CARRY_ON_SECONDS = 5
"""A scan carries rescans on for so long: what is new comes first."""

PEEKED_BLOCKS = 20


@database.atomic
def ask(planned: Rescan, *, now: datetime) -> Rescan:
    """Record what `plan` returned, with an event; the next scan begins with it."""
    planned.id, planned.created_at, planned.updated_at = new_id("rsc"), now, now
    planned.save(force_insert=True)
    events.services.record(
        type="rescan.waiting", subject=planned, actor=planned.requested_by, now=now, data=_facts(planned)
    )
    return planned


def plan(
    *,
    network: str,
    reason: str,
    actor: str,
    txid: str = "",
    address: str = "",
    first_height: int | None = None,
    last_height: int | None = None,
) -> Rescan:
    """
    Return the rescan of a transaction's block, or of a range of blocks (for one address of ours), yet to be recorded.

    To be called outside a database transaction: it may ask the network where a transaction is.

    :raises UnknownNetwork: if there is no such network
    :raises InvalidInput: if it does not say why, or neither or both of what
    :raises RescanRefused: if it was not read yet, is too much, or concerns nobody here
    :raises NetworkHalted, NodeUnavailable: if the network cannot be read now
    """
    get_network(network)
    chains.queries.check_not_halted(network)
    txid, address, reason = txid.strip(), address.strip(), reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise InvalidInput("Say why.", fields={"reason": [f"Between 1 and {REASON_LENGTH} characters."]})
    is_range = first_height is not None or last_height is not None or bool(address)
    if bool(txid) == is_range:
        raise InvalidInput("Name a transaction, or blocks.", fields={"txid": ["Either this, or the first block."]})
    if txid:
        first = last = _height_of(network, txid)
    else:
        first, last = _range(network, first_height, last_height)
    if address:
        address = _own(network, address)
    return Rescan(
        network_id=network,
        status=Rescan.State.WAITING,
        txid=txid,
        address=address,
        first_height=first,
        last_height=last,
        next_height=first,
        reason=reason,
        requested_by=actor,
    )


def carry_on(*, network: str, now: datetime) -> int:
    """Read on for what was asked, the oldest first, for a few seconds; return how many blocks were read."""
    stop, blocks = time.monotonic() + CARRY_ON_SECONDS, 0
    waiting = Rescan.objects.filter(network_id=network, status=Rescan.State.WAITING).order_by("id")
    for rescan in waiting[:10]:
        while rescan.status == Rescan.State.WAITING and time.monotonic() < stop:
            problem = _try_next(rescan, now)
            if problem:  # the others do not wait for it, and it is tried again
                still = Rescan.objects.filter(pk=rescan.pk, status=Rescan.State.WAITING)
                still.update(problem=problem[:300], updated_at=now)
                break
            blocks += 1
    return blocks


@database.atomic
def stop(rescan_id: str, *, actor: str, now: datetime) -> None:
    """
    Read no further for what was asked, with an event; what was taken in stays.

    :raises IllegalMove: if it is over
    """
    rescan = Rescan.objects.select_for_update(no_key=True).get(pk=rescan_id)
    _end(rescan, Rescan.State.STOPPED, now, actor=actor, problem="It was stopped by hand.")


def peek(*, network: str, now: datetime) -> None:
    """
    Show what arrives behind a block that cannot be read, as if it were in the mempool.

    Nothing of it counts before that block was read: the scanner stands below it, and reads all of them in order.
    """
    waiting = chains.services.failures.in_the_way(network=network)
    if waiting is None:
        return
    adapter, contracts = chains.queries.get_adapter(network), chains.queries.token_contracts(network)
    last = min(adapter.head().height, waiting + PEEKED_BLOCKS)
    for height in range(waiting + 1, last + 1):
        deposit.show(network=network, movements=adapter.block(height, contracts).movements, now=now)


def _try_next(rescan: Rescan, now: datetime) -> str:
    """Take in one block again; return what was in the way, nothing if nothing was."""
    height = rescan.next_height
    try:
        _read_next(rescan, now)
    except (NodeUnavailable, ScanLost) as obstacle:
        return obstacle.what_happened
    except deposit.BUGS as bug:
        logger.exception("rescan_failed", extra={"rescan_id": rescan.pk, "height": height})
        return f"Block {height} could not be taken in: {type(bug).__name__}."
    return ""


def _read_next(rescan: Rescan, now: datetime) -> None:
    """
    Take in one block again, in one commit with how far this has come.

    Where nodes have another block there than we have read, nobody knows which is right: it is refused.
    """
    network = rescan.network_id
    adapter = chains.queries.get_adapter(network)
    block = adapter.block(rescan.next_height, chains.queries.token_contracts(network))
    adapter.witnesses(block.ref)  # blocks that are not kept any more are known by what all nodes say
    wanted = _concerning(block, rescan.address) if rescan.address else block
    with database.atomic():
        chains.services.hold(network=network, block=block.ref)
        rescan.status = Rescan.objects.select_for_update(no_key=True).get(pk=rescan.pk).status
        if rescan.status != Rescan.State.WAITING:
            return  # an operator has stopped it meanwhile
        if rescan.txid and rescan.txid not in block.txids:
            _end(rescan, Rescan.State.STOPPED, now, problem="The block that was named does not hold it.")
            return
        known = _deposits(network, block)
        deposit.see_block(network=network, block=wanted, now=now)
        rescan.found_count += _deposits(network, block) - known
        rescan.next_height += 1
        if rescan.next_height > (rescan.last_height or 0):
            _end(rescan, Rescan.State.DONE, now, next_height=rescan.next_height, found_count=rescan.found_count)
        else:
            rescan.problem, rescan.updated_at = "", now
            rescan.save(update_fields=["next_height", "found_count", "problem", "updated_at"])


def _end(
    rescan: Rescan, to: Rescan.State, now: datetime, *, actor: str = "system", problem: str = "", **fields: Any
) -> None:
    data = _facts(rescan) | {"found": rescan.found_count, "problem": problem}
    events.services.move(rescan, to, flow=Rescan.FLOW, actor=actor, now=now, data=data, problem=problem, **fields)


def _concerning(block: Block, address: str) -> Block:
    """Leave of a block only transactions that pay this address: all that one brings us decides how long it waits."""
    txids = {each.txid for each in block.movements if address in (each.readings or (each.address,))}
    paid = tuple(each for each in block.movements if each.txid in txids)
    return replace(block, movements=paid, spent=(), txids=(), spends=())


def _deposits(network: str, block: Block) -> int:
    return Deposit.objects.filter(network_id=network, block_hash=block.ref.hash, height=block.ref.height).count()


def _height_of(network: str, txid: str) -> int:
    """Ask the network which block holds a transaction; that the block does is seen once it is read."""
    state = chains.queries.get_adapter(network).state(txid)
    if state.presence != Presence.MINED:
        raise RescanRefused(f"{txid} is in no block of {network}.")
    if state.height > chains.queries.scanned_height(network=network):
        raise RescanRefused(f"Block {state.height} of {network}, which holds it, has not been read yet.")
    return state.height


def _range(network: str, first: int | None, last: int | None) -> tuple[int, int]:
    newest = chains.queries.scanned_height(network=network)
    if first is None:
        raise InvalidInput("Name the first block.", fields={"first_height": ["Which block to begin with."]})
    last = max(first, newest) if last is None else last
    if not 0 <= first <= last:
        raise RescanRefused(f"There are no blocks from {first} to {last}.")
    if last > newest:
        raise RescanRefused(f"Block {last} of {network} has not been read yet; the newest read is {newest}.")
    if last - first >= MOST_BLOCKS:
        raise RescanRefused(f"At most {MOST_BLOCKS:,} blocks can be read again at once.")
    return first, last


def _own(network: str, address: str) -> str:
    canonical = chains.queries.get_adapter(network).check_address(address)
    if not watched.owners_among(network=network, addresses=[canonical]):
        raise RescanRefused(f"{canonical} is none of our addresses on {network}.")
    return canonical


def _facts(rescan: Rescan) -> dict[str, str | int | None]:
    return {
        "network": rescan.network_id,
        "txid": rescan.txid,
        "address": rescan.address,
        "first_height": rescan.first_height,
        "last_height": rescan.last_height,
        "reason": rescan.reason,
    }
