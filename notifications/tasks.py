"""Bells: each finds its work in the database and can be rung any number of times."""

from contextlib import suppress

from celery import shared_task
from django.utils import timezone

from kit import jobs
from kit.states import IllegalMove
from notifications import queries, services
from notifications.services.consuming import BATCH
from providers.base import Kind
from providers.services import inbox

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


@shared_task(name=services.MAILS)
def deliver_mails() -> None:
    """Send some of the mails that are due; more are left to the next task, so that other work has its turn."""
    jobs.take_up(services.MAILS)
    services.deliver_mails(now=timezone.now())


@shared_task(name="notifications.deliver_due")
def deliver_due() -> None:
    """Ring for what a retry, a lost bell or a dead worker left behind; all but mails are tasks of their own."""
    now = timezone.now()
    if queries.is_mail_due(now=now):
        jobs.enqueue_shared(services.MAILS)
    for delivery_id in queries.due(now=now, limit=DUE_AT_ONCE, with_mails=False):
        jobs.ring("notifications.deliver", delivery_id=delivery_id)
    for phone_id in queries.codes_due(now=now, limit=DUE_AT_ONCE):
        jobs.ring("notifications.send_code", phone_id=phone_id)
    for delivery_id in queries.reports_due(now=now, limit=DUE_AT_ONCE):
        jobs.ring("notifications.check_report", delivery_id=delivery_id)


@shared_task(name="notifications.send_code")
def send_code(phone_id: str) -> None:
    services.send_code(phone_id=phone_id, now=timezone.now())


@shared_task(name="notifications.check_report")
def check_report(delivery_id: str) -> None:
    services.check_report(delivery_id=delivery_id, now=timezone.now())


@shared_task(name="notifications.take_webhooks")
def take_webhooks() -> None:
    """Take what companies report of messages."""
    for item in inbox.waiting(now=timezone.now(), limit=DUE_AT_ONCE, kind=Kind.MESSAGE):
        with suppress(IllegalMove):  # another worker was first
            if delivery_id := services.take_report(item, now=timezone.now()):
                jobs.ring("notifications.check_report", delivery_id=delivery_id)
