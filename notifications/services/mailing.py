"""
Sending the mails that are due, some at a time: take them, send one after another, write down how each went.

A transfer makes two of them, and a task and a commit for each cost more than the mail. As with every delivery, whoever
takes them has them for a minute: if they die, what they had taken is sent again under the same ids.
"""

import time
from collections.abc import Sequence
from datetime import datetime

from django.db import connection, transaction
from django.db.models import F

from events.services import gather
from kit import jobs, sql
from notifications.models import Delivery
from notifications.services.delivering import LEASE, Outcome, attempt_of, end, send
from notifications.services.telling import MAILS

AT_ONCE = 10
ENOUGH_SECONDS = 5.0
"""Where the mail server is slow, what was not begun after so long is left to whoever comes next."""

_TAKE = """
UPDATE notifications_delivery SET next_try_at = %s, tries = tries + 1, asked_at = coalesce(asked_at, %s),
    updated_at = %s
WHERE id = ANY(ARRAY(SELECT id FROM notifications_delivery
    WHERE next_try_at <= %s AND channel = 'email' AND status = 'waiting'
    ORDER BY next_try_at, id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED))
RETURNING id
"""


def deliver_mails(*, now: datetime, limit: int = AT_ONCE) -> int:
    """Send mails that are due and go out by themselves, at most so many; return how many were sent or tried."""
    taken = _take(now=now, limit=limit)
    if len(taken) == limit:
        jobs.enqueue_shared(MAILS)  # there may be more, for whoever has time meanwhile
    began, left = time.monotonic(), list(taken)
    tried: list[tuple[Delivery, Outcome]] = []
    try:
        while left and time.monotonic() - began <= ENOUGH_SECONDS:
            delivery = left.pop(0)
            tried.append((delivery, send(delivery, [delivery], now=now)))
    finally:  # whatever becomes of one: those before it were sent, and are not sent again
        _write_down(tried, now=now)
        _give_back(left, now=now)
    return len(tried)


def _take(*, now: datetime, limit: int) -> list[Delivery]:
    with connection.cursor() as cursor:
        cursor.execute(_TAKE, [now + LEASE, now, now, now, limit])
        ids = [row[0] for row in cursor.fetchall()]
    taken = Delivery.objects.select_related("notification", "user").filter(pk__in=ids)
    return list(taken.order_by("pk")) if ids else []


def _write_down(tried: Sequence[tuple[Delivery, Outcome]], *, now: datetime) -> None:
    if not tried:
        return
    with transaction.atomic(), gather():
        sql.insert([attempt_of(delivery, outcome, now=now) for delivery, outcome in tried])
        for delivery, outcome in tried:
            end(delivery, outcome, now=now)


def _give_back(left: Sequence[Delivery], *, now: datetime) -> None:
    if not left:
        return
    ids = [delivery.pk for delivery in left]
    Delivery.objects.filter(pk__in=ids, next_try_at=now + LEASE).update(next_try_at=now, tries=F("tries") - 1)
    jobs.enqueue_shared(MAILS)
