"""The bell of sealing: beat rings it too, so a lost one costs seconds."""

import logging

from celery import shared_task
from django.utils import timezone

from custody import services
from custody.errors import KeysUnavailable

logger = logging.getLogger(__name__)


@shared_task(name="custody.seal_keys")
def seal_keys() -> None:
    try:
        services.seal_waiting(now=timezone.now())
    except KeysUnavailable as error:
        logger.error("keys_not_sealed", extra={"code": error.code, "reason": error.what_happened})
