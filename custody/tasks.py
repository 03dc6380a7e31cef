"""The bells of sealing and of the key pools: beat rings them too, so a lost one costs seconds."""

import logging

from celery import shared_task
from django.utils import timezone

from custody import services
from custody.errors import KeysUnavailable
from custody.services import pool
from kit import jobs

logger = logging.getLogger(__name__)


@shared_task(name="custody.seal_keys")
def seal_keys() -> None:
    try:
        services.seal_waiting(now=timezone.now())
    except KeysUnavailable as error:
        logger.error("keys_not_sealed", extra={"code": error.code, "reason": error.what_happened})


@shared_task(name="custody.fill_pools")
def fill_pools() -> None:
    jobs.take_up("custody.fill_pools")
    try:
        pool.fill_all(now=timezone.now())
    except KeysUnavailable as error:
        logger.error("pools_not_filled", extra={"code": error.code, "reason": error.what_happened})
