"""Forgetting what has no use any more."""

from datetime import datetime, timedelta

from django.contrib.sessions.models import Session as Cookie

from accounts.models import Attempts, Link, Ticket
from accounts.services.attempts import FORGOTTEN_AFTER

KEEP_LINKS = timedelta(days=30)


def forget_expired(*, now: datetime) -> None:
    """Delete old tickets, links, cookies and attempt counts. Sessions stay: people look back at them."""
    Cookie.objects.filter(expire_date__lt=now).delete()
    Ticket.objects.filter(expires_at__lt=now).delete()
    Attempts.objects.filter(last_failed_at__lt=now - FORGOTTEN_AFTER).delete()
    Link.objects.filter(expires_at__lt=now - KEEP_LINKS).delete()
