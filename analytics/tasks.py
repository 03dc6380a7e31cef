"""The rounds: beat rings for them, and a missed one costs seconds."""

import logging

from celery import shared_task

from analytics import services
from analytics.services.summarizing import BATCH
from events.stream import StreamBroken

logger = logging.getLogger(__name__)

ROUNDS = 50


@shared_task(name="analytics.consume")
def consume() -> None:
    """Add up what has happened since the last time."""
    try:
        for _ in range(ROUNDS):
            if services.consume() < BATCH:
                return
    except StreamBroken as error:
        logger.critical("sums_not_kept", extra={"code": error.code, "reason": error.what_happened})
