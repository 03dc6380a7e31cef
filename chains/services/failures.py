"""
Blocks that cannot be read: put aside, tried again ever more rarely, told of, and read after all.

The cursor never passes one. What was sent counts as dead, and coins as unspent, because no block up to the cursor says
otherwise: behind an unread block nothing is proved, so nothing is credited, settled or given back. Only what arrives is
shown meanwhile, as it is from the mempool (transactions.flows.rescan.peek).
"""

from datetime import datetime, timedelta

from django.db import transaction

from chains.models import Cursor, FailedBlock
from chains.queries import get_cursor
from events.services import record

TOLD_AFTER_TRIES = 5
"""A block at the tip is often asked for before a node has all of it: that is nothing to tell of, or to wait for."""

LONGEST_WAIT_SECONDS = 300


def is_put_aside(*, network: str, height: int, now: datetime) -> bool:
    """Say whether it is too early to ask for this block again."""
    return FailedBlock.objects.filter(
        network=network, height=height, read_at__isnull=True, next_try_at__gt=now
    ).exists()


@transaction.atomic
def put_aside(*, network: str, height: int, problem: str, now: datetime) -> None:
    """Write down that a block could not be read, and when to try again; once it has failed often, tell operators."""
    failed, _ = FailedBlock.objects.select_for_update(no_key=True).get_or_create(
        network=network, height=height, defaults={"first_failed_at": now, "next_try_at": now}
    )
    if failed.read_at is not None:
        failed.tries, failed.first_failed_at, failed.read_at, failed.told_at = 0, now, None, None
    failed.tries += 1
    wait = wait_seconds(tries=failed.tries)
    failed.problem, failed.last_failed_at, failed.next_try_at = problem[:200], now, now + timedelta(seconds=wait)
    if failed.tries >= TOLD_AFTER_TRIES and failed.told_at is None:
        failed.told_at = now
        _tell("chains.block_failed", failed, now)
    failed.save()


def in_the_way(*, network: str) -> int | None:
    """Return the height of the block that has kept the scanner from going on for a while; None if none has."""
    told = FailedBlock.objects.filter(network=network, read_at__isnull=True, told_at__isnull=False)
    return told.order_by("height").values_list("height", flat=True).first()


def wait_seconds(*, tries: int) -> int:
    """Return how long a block is left alone after so many tries."""
    return 0 if tries < TOLD_AFTER_TRIES else min(2 ** min(tries - 3, 10), LONGEST_WAIT_SECONDS)


def retry_now(*, failed_id: int) -> None:
    """Have a block asked for with the next scan, however lately it failed."""
    FailedBlock.objects.filter(pk=failed_id, read_at__isnull=True).update(next_try_at=None)


def read_after_all(*, network: str, up_to: int, now: datetime) -> None:
    """Note that every block up to this one was read, inside the caller's transaction."""
    unread = FailedBlock.objects.filter(network=network, height__lte=up_to, read_at__isnull=True)
    for failed in unread.select_for_update(no_key=True).order_by("pk"):
        failed.read_at, failed.next_try_at = now, None
        failed.save(update_fields=["read_at", "next_try_at"])
        if failed.told_at is not None:
            _tell("chains.block_read", failed, now)


def forget(*, network: str, above: int) -> None:
    """Forget blocks that are no longer the next ones to be read: the chain went another way."""
    FailedBlock.objects.filter(network=network, height__gt=above, read_at__isnull=True).delete()


def _tell(type: str, failed: FailedBlock, now: datetime) -> None:
    cursor: Cursor | None = get_cursor(failed.network)
    assert cursor is not None, "a network that is read has a cursor"
    data = {"network": failed.network, "height": failed.height, "tries": failed.tries, "reason": failed.problem}
    record(type=type, subject=cursor, actor="system", now=now, data=data)
