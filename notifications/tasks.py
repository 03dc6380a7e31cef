"""Bells: each finds its work in the database and can be rung any number of times."""

from celery import shared_task
from django.utils import timezone

from kit import jobs
from notifications import queries, services
from notifications.services.consuming import BATCH

ROUNDS = 20
DUE_AT_ONCE = 100


@shared_task(name="notifications.consume")
def consume() -> None:
    """Tell of what has happened since the last time."""
    for _ in range(ROUNDS):
        if services.consume(now=timezone.now()) < BATCH:
            return


@shared_task(name="notifications.deliver")
def deliver(delivery_id: str) -> None:
    services.deliver(delivery_id=delivery_id, now=timezone.now())


@shared_task(name="notifications.deliver_due")
def deliver_due() -> None:
    """Ring for what a retry, a lost bell or a dead worker left behind; each is a task of its own: some are slow."""
    for delivery_id in queries.due(now=timezone.now(), limit=DUE_AT_ONCE):
        jobs.ring("notifications.deliver", delivery_id=delivery_id)
