"""The rounds: beat rings for them, and a missed one costs seconds."""

import logging

from celery import shared_task
from django.utils import timezone

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


@shared_task(name="analytics.measure")
def measure() -> None:
    """Take the figures that scrapes and pages show until the next time."""
    services.measure(now=timezone.now())


@shared_task(name="analytics.forget")
def forget() -> None:
    """Forget what was sampled long ago."""
    services.forget(now=timezone.now())
