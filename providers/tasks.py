"""Bells: each finds its work in the database and can be rung any number of times."""

from celery import shared_task
from django.utils import timezone

from providers import services
from providers.services import inbox


@shared_task(name="providers.check_health")
def check_health() -> None:
    services.check_health(now=timezone.now())


@shared_task(name="providers.forget_calls")
def forget_calls() -> None:
    """Delete what was kept long enough."""
    while services.forget_calls(now=timezone.now()) or inbox.forget(now=timezone.now()):
        pass
