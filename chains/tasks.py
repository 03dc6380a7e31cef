"""What the schedule rings for."""

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from chains.errors import NodeUnavailable
from chains.services import refresh_fee_rates
from chains.services import watch as look_for_late_ones

logger = structlog.get_logger(__name__)


@shared_task(name="chains.refresh_fees")
def refresh_fees() -> None:
    """Ask every configured network what block space costs, so that nobody who looks has to wait."""
    for code, config in settings.NETWORKS.items():
        if not config.rpc_urls:
            continue
        try:
            refresh_fee_rates(network=code, now=timezone.now())
        except NodeUnavailable as error:
            logger.warning("fees_not_refreshed", network=code, error=str(error))


@shared_task(name="chains.watch")
def watch() -> None:
    """See which networks are read late."""
    look_for_late_ones(now=timezone.now())
