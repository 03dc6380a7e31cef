"""
How the work of apps that know nothing of one another goes, as figures; taken by analytics every few seconds.

Every count here is bounded or answered by an index of what is open: no figure gets dearer as the tables grow.
"""

import logging
from collections.abc import Iterator
from datetime import datetime

import redis
from django.conf import settings
from django.db.models import Count, Min

import analytics.queries
import audit.queries
from analytics.base import Family
from analytics.queries.behind import behind
from events.models import Listener
from events.models import Poisoned as PoisonedOnBus
from events.stream import START, Place
from notifications.models import Cursor, Delivery, Poisoned
from reconciliation.models import Case
from transactions.queries import desk, operations

logger = logging.getLogger(__name__)

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
        *_record(now),
        _bells(),
        _stuck(now),
        _poisoned(),
        _stopped(),
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
    for cursor in Cursor.objects.order_by("pk"):
        yield cursor.pk, Place(cursor.xid, cursor.number)
    for listener in Listener.objects.order_by("pk"):
        yield listener.pk, Place(listener.xid, listener.number)


def _deliveries(now: datetime) -> Iterator[Family]:
    waiting = Family("holdfast_deliveries_waiting", "Notifications on their way.", labels=("channel",))
    oldest = Family("holdfast_deliveries_overdue_seconds", "The longest that one has been due.", labels=("channel",))
    rows = Delivery.objects.filter(next_try_at__isnull=False).values("channel").order_by("channel")
    for row in rows.annotate(count=Count("pk"), first=Min("next_try_at")):
        waiting.add(row["channel"], value=row["count"])
        oldest.add(row["channel"], value=max(0.0, (now - row["first"]).total_seconds()))
    yield from (waiting, oldest)


def _record(now: datetime) -> Iterator[Family]:
    """Tell how old the last checkpoint is, and the last one that a network knows, where one is to."""
    sealed = Family("holdfast_audit_checkpoint_age_seconds", "Since the record was sealed last.")
    last = audit.queries.last_checkpoint()
    if last:
        sealed.add(value=(now - last.signed_at).total_seconds())
    anchored = Family("holdfast_audit_anchor_age_seconds", "Since the last checkpoint that a network knows was signed.")
    every = Family("holdfast_audit_anchor_interval_seconds", "How often one is to be made known to a network.")
    if settings.AUDIT_ANCHOR_NETWORK:
        every.add(value=max(settings.AUDIT_ANCHOR_SECONDS, settings.AUDIT_CHECKPOINT_SECONDS))
        since = audit.queries.unanchored_since(network=settings.AUDIT_ANCHOR_NETWORK)
        if since:
            anchored.add(value=(now - since).total_seconds())
    yield from (sealed, anchored, every)


def _bells() -> Family:
    family = Family("holdfast_bells_waiting", "Tasks that no worker has taken up.", labels=("queue",))
    try:
        with redis.Redis.from_url(f"{settings.REDIS_URL}/0", socket_timeout=BELLS_SECONDS) as broker:
            for queue in QUEUES:
                family.add(queue, value=broker.llen(queue))
    except (redis.RedisError, OSError) as error:  # whoever scrapes sees that it is missing; the rest is worth having
        logger.warning("bells_not_counted", extra={"error": type(error).__name__})
    return family


def _stuck(now: datetime) -> Family:
    name, help_ = "holdfast_stuck_transactions", f"Transactions that need a person's eyes, {STUCK_COUNTED} at most."
    return Family(name, help_, samples=[([], len(desk.stuck(now=now, limit=STUCK_COUNTED)))])


def _poisoned() -> Family:
    family = Family("holdfast_poisoned_events", "Events on a desk: a reader could not take them in.", labels=("desk",))
    family.add("notifications", value=Poisoned.objects.filter(solved_at=None).count())
    family.add("bus", value=PoisonedOnBus.objects.filter(solved_at=None).count())
    return family


def _stopped() -> Family:
    """Tell which consumers of the bus stand still before an event that failed; 0 for all others."""
    family = Family("holdfast_bus_stopped_now", "1 while a failed event stops a consumer.", labels=("consumer",))
    for listener in Listener.objects.order_by("pk"):
        family.add(listener.pk, value=int(listener.stopped_at is not None))
    return family


def _cases() -> Family:
    """Tell how many differences between the books and the world nobody has explained."""
    name, help_ = "holdfast_reconciliation_open_cases", "Differences that nobody has explained."
    family = Family(name, help_, labels=("kind",))
    is_open = Case.objects.filter(status=Case.Status.OPEN)
    for row in is_open.values("kind").order_by("kind").annotate(count=Count("pk")):
        family.add(row["kind"], value=row["count"])
    return family
