"""Bells: each finds its work in the database and can be rung any number of times."""

from celery import shared_task
from django.utils import timezone

from wallets.services import reservations


@shared_task(name="wallets.expire_reservations")
def expire_reservations() -> None:
    """Give back what reservations still have whose time has passed."""
    while reservations.expire_reservations(now=timezone.now()):
        pass
