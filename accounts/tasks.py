"""Bells: each finds its work in the database and can be rung any number of times."""

from celery import shared_task
from django.utils import timezone

from accounts import services
from accounts.services import links

BATCH = 50


@shared_task(name="accounts.send_link")
def send_link(link_id: str) -> None:
    services.deliver_link(link_id=link_id, now=timezone.now())


@shared_task(name="accounts.send_waiting_links")
def send_waiting_links() -> None:
    """Send what a lost bell or a dead worker left behind."""
    for link_id in links.waiting_links(now=timezone.now(), limit=BATCH):
        services.deliver_link(link_id=link_id, now=timezone.now())


@shared_task(name="accounts.forget_expired")
def forget_expired() -> None:
    services.forget_expired(now=timezone.now())
