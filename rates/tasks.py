"""What the schedule rings for."""

from celery import shared_task
from django.utils import timezone

from kit.locks import one_at_a_time
from rates import services


@shared_task(name="rates.refresh_prices")
def refresh_prices() -> None:
    """Ask all sources what things cost; a round that is still under way is not joined by another."""
    with one_at_a_time("rates.refresh_prices", using="rates") as mine:
        if mine:
            services.refresh(now=timezone.now())


@shared_task(name="rates.tidy")
def tidy() -> None:
    """Thin out the prices of the past."""
    services.tidy(now=timezone.now())
