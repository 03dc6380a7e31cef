"""Bells: each finds its work in the database and can be rung any number of times."""

from celery import shared_task
from django.utils import timezone

from ledger import services


@shared_task(name="ledger.expire_holds")
def expire_holds() -> None:
    """Give back what holds still have whose time has passed."""
    while services.expire_holds(now=timezone.now()):
        pass
