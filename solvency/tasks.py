"""The worker's rounds."""

import logging

from celery import shared_task
from django.utils import timezone

from kit.errors import BusyElsewhere, DomainError
from kit.locks import one_at_a_time
from solvency.services import guard, snapshots

logger = logging.getLogger(__name__)

LONGEST_SECONDS = 540
"""A node may take minutes to count all its unspent outputs, and a large house to lay down its trees."""


@shared_task(name="solvency.take_snapshot", time_limit=LONGEST_SECONDS, soft_time_limit=LONGEST_SECONDS)
def take_snapshot() -> None:
    """Publish a proof of solvency if the last one is old enough."""
    now = timezone.now()
    if snapshots.is_due(now=now):
        _take()


@shared_task(name="solvency.take_snapshot_now", time_limit=LONGEST_SECONDS, soft_time_limit=LONGEST_SECONDS)
def take_snapshot_now() -> None:
    """Publish one because an operator asked for it."""
    _take()


@shared_task(name="solvency.check_reserves", time_limit=LONGEST_SECONDS, soft_time_limit=LONGEST_SECONDS)
def check_reserves() -> None:
    """See whether what is there covers what is owed."""
    with one_at_a_time("solvency.check_reserves") as is_mine:
        if is_mine:
            guard.check_reserves(now=timezone.now())


def _take() -> None:
    try:
        snapshots.take(now=timezone.now())
    except BusyElsewhere:
        return
    except DomainError as error:  # it is written down with the snapshot that was given up, and tried again
        logger.error("solvency_not_proved", extra={"code": error.code, "reason": error.what_happened})
