"""The record's rounds: beat rings for both, and copying rings for itself while there is more."""

import logging

from celery import shared_task
from django.utils import timezone

from audit import services
from audit.errors import ChainBroken, SigningKeyRefused
from audit.services.checkpoints import SEAL
from audit.services.copying import BATCH, COPY
from audit.services.memos import ANCHOR
from events.stream import StreamBroken
from kit import jobs
from kit.errors import DomainError
from kit.locks import one_at_a_time

logger = logging.getLogger(__name__)


@shared_task(name=COPY)
def copy() -> None:
    """Copy one batch; whoever comes while another copies leaves it to them."""
    with one_at_a_time(COPY, using="audit") as is_mine:
        if not is_mine:
            return
        try:
            copied = services.copy(limit=BATCH)
        except StreamBroken as error:
            logger.critical("record_not_copied", extra={"code": error.code, "reason": error.what_happened})
            return
    if copied.is_more:
        jobs.ring(COPY)


@shared_task(name=SEAL)
def seal() -> None:
    """Sign the next checkpoint if it is due, and anchor what is signed."""
    try:
        services.seal(now=timezone.now())
    except SigningKeyRefused as error:
        logger.error("record_not_sealed", extra={"code": error.code, "reason": error.what_happened})
    except ChainBroken as error:
        logger.critical("record_not_sealed", extra={"code": error.code, "reason": error.what_happened})


@shared_task(name=ANCHOR)
def anchor() -> None:
    """Have the newest checkpoint known to a public network if that is due, and write down what is known there."""
    try:
        services.anchor_on_network(now=timezone.now())
    except DomainError as error:
        logger.error("record_not_anchored", extra={"code": error.code, "reason": error.what_happened})
