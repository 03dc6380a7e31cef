"""
How the work of apps that know nothing of one another goes, as figures; taken by analytics every few seconds.

Every count here is bounded or answered by an index of what is open: no figure gets dearer as the tables grow.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import redis
from django.apps import apps
from django.conf import settings
from django.db.models import Count, Manager, Min, Model

import analytics.queries
import audit.queries
from analytics.base import Family
from analytics.queries.behind import behind
from events.stream import START, Place
from notifications.models import Delivery
from transactions.queries import desk, operations

QUEUES = ("celery", "live", "background")
STUCK_COUNTED = 100
BELLS_SECONDS = 2


def look(*, now: datetime) -> list[Family]:
    """Return how far the readers of events are behind, what waits to be delivered, and what waits for people."""
    seen = operations.look(now=now)
    return [
        Family("holdfast_queue_depth", "", samples=[([], seen.due)]),
        Family("holdfast_oldest_waiting_seconds", "", samples=[([], seen.oldest_due_seconds)]),
        Family("holdfast_live_events_oldest_seconds", "", samples=[([], seen.oldest_live_event_seconds)]),
        *_readers(now),
        *_deliveries(now),
        _checkpoint(now),
        _bells(),
        _stuck(now),
        _poisoned(),
        _cases(),
    ]


def _readers(now: datetime) -> Iterator[Family]:
    """Tell how many events each reader has yet to take in, and how old the oldest of them is."""
    events = Family("holdfast_reader_behind_events", "Events that a reader has not taken in.", labels=("reader",))
    seconds = Family("holdfast_reader_behind_seconds", "Age of the oldest of them.", labels=("reader",))
    for name, place in _places():
        found = behind(place, now=now)
        events.add(name, value=found.events)
        seconds.add(name, value=found.seconds)
    yield from (events, seconds)


def _places() -> Iterator[tuple[str, Place]]:
    yield "analytics", analytics.queries.place()
    last = audit.queries.last_entry()
    yield "audit", Place(last.xid, last.event_id) if last else START
    for label in ("notifications.Cursor", "events.Listener"):
        for row in _rows(label):
            yield row.pk, Place(row.xid, row.number)  # type: ignore[attr-defined]


def _deliveries(now: datetime) -> Iterator[Family]:
    waiting = Family("holdfast_deliveries_waiting", "Notifications on their way.", labels=("channel",))
    oldest = Family("holdfast_deliveries_overdue_seconds", "The longest that one has been due.", labels=("channel",))
    rows = Delivery.objects.filter(next_try_at__isnull=False).values("channel").order_by("channel")
    for row in rows.annotate(count=Count("pk"), first=Min("next_try_at")):
        waiting.add(row["channel"], value=row["count"])
        oldest.add(row["channel"], value=max(0.0, (now - row["first"]).total_seconds()))
    yield from (waiting, oldest)


def _checkpoint(now: datetime) -> Family:
    family = Family("holdfast_audit_checkpoint_age_seconds", "Since the record was sealed last.")
    last = audit.queries.last_checkpoint()
    if last:
        family.add(value=(now - last.signed_at).total_seconds())
    return family


def _bells() -> Family:
    family = Family("holdfast_bells_waiting", "Tasks that no worker has taken up.", labels=("queue",))
    try:
        with redis.Redis.from_url(f"{settings.REDIS_URL}/0", socket_timeout=BELLS_SECONDS) as broker:
            for queue in QUEUES:
                family.add(queue, value=broker.llen(queue))
    except (redis.RedisError, OSError):
        pass  # whoever scrapes sees that it is missing; the rest is worth having
    return family


def _stuck(now: datetime) -> Family:
    name, help_ = "holdfast_stuck_transactions", f"Transactions that need a person's eyes, {STUCK_COUNTED} at most."
    return Family(name, help_, samples=[([], len(desk.stuck(now=now, limit=STUCK_COUNTED)))])


def _poisoned() -> Family:
    family = Family("holdfast_poisoned_events", "Events on a desk: a reader could not take them in.", labels=("desk",))
    for label in ("notifications.Poisoned", "events.Poisoned"):
        rows = _manager(label)
        if rows is not None:
            family.add(label.partition(".")[0], value=rows.filter(solved_at=None).count())
    return family


def _cases() -> Family:
    """Tell how many differences between the books and the world nobody has explained; none where nobody compares."""
    name, help_ = "holdfast_reconciliation_open_cases", "Differences that nobody has explained."
    family = Family(name, help_, labels=("kind",))
    rows = _manager("reconciliation.Case")
    if rows is not None:
        open_ = rows.filter(status="open").values("kind").order_by("kind").annotate(count=Count("pk"))
        for row in open_:
            family.add(row["kind"], value=row["count"])
    return family


def _rows(label: str) -> Iterable[Model]:
    rows = _manager(label)
    return () if rows is None else rows.order_by("pk")


def _manager(label: str) -> Manager[Any] | None:
    """Return the rows of a model, or None where this installation does not have it."""
    try:
        found: Manager[Any] = apps.get_model(label)._default_manager
    except LookupError:
        return None
    return found
