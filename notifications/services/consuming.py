"""
Reading the events and telling of them, in order: take a batch, make its notifications, move the cursor; one commit.

So every event has its effect once, whenever the process dies. An event that cannot be told of is put on a desk and
holds nobody up: no notification depends on the one before it.
"""

import traceback
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from django.db import InterfaceError, OperationalError, transaction
from prometheus_client import Counter as Metric

from events import stream
from events.models import Event
from events.services import record
from events.stream import Fact, Place
from kit.states import IllegalMove
from notifications import queries
from notifications.models import Cursor, Notification, Poisoned
from notifications.services.telling import tell

logger = structlog.get_logger(__name__)

CONSUMER = "notifications"
DESK_FILLED = "notification.poisoned"
BATCH = 200
_made = Metric("holdfast_notifications", "Notifications made.", ["kind"])
_poison = Metric("holdfast_notifications_poisoned", "Events that could not be told of.")


def consume(*, now: datetime, limit: int = BATCH) -> int:
    """
    Take the next events, at most so many, and tell of them; return how many were taken.

    0 also while another process is at it.

    :raises StreamBroken: if the cursor's place is not in this database
    """
    with transaction.atomic():
        waiting = Cursor.objects.select_for_update(no_key=True, skip_locked=True)
        cursor = waiting.filter(pk=CONSUMER).first()
        if cursor is None:
            return 0
        facts = stream.after(Place(cursor.xid, cursor.number), limit=limit)
        if facts:
            _take(facts, now=now)
            (cursor.xid, cursor.number), cursor.updated_at = facts[-1].place, now
            cursor.save(update_fields=["xid", "number", "updated_at"])
    return len(facts)


def retry(*, poisoned: Poisoned, actor: str, now: datetime) -> None:
    """
    Try once more to tell of an event from the desk; if it fails again, it stays there and says why.

    :raises IllegalMove: if somebody has solved it
    """
    with transaction.atomic():
        row = Poisoned.objects.select_for_update(no_key=True).get(pk=poisoned.pk)
        if row.solved_at:
            raise IllegalMove("It was solved already.")
        row.tries, row.last_at = row.tries + 1, now
        try:
            with transaction.atomic():
                made = tell([_fact(row.event)], now=now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is written down
            row.error = _describe(error)
        else:
            row.solved_at = now
            _count(made)
        row.save(update_fields=["tries", "last_at", "error", "solved_at"])
        data = {"event": row.event_id, "is_solved": row.solved_at is not None}
        record(type="notification.retried", subject=row, actor=actor, now=now, data=data)


def _take(facts: Sequence[Fact], *, now: datetime) -> None:
    """Tell of these events; where that fails, of either half of them by itself, until the poisoned one is alone."""
    try:
        with transaction.atomic():
            made = tell(facts, now=now)
    except (OperationalError, InterfaceError):  # the database's trouble, not the events'
        raise
    except Exception as error:  # noqa: BLE001  # one event must not stop those behind it
        if len(facts) == 1:
            logger.error("event_poisoned", event_id=facts[0].place.id, type=facts[0].type, error=_describe(error))
            _poison.inc()
            _put_on_desk(facts[0], _describe(error), now=now)
            return
    else:
        _count(made)
        return
    half = len(facts) // 2
    _take(facts[:half], now=now)
    _take(facts[half:], now=now)


def _count(made: Sequence[Notification]) -> None:
    for kind, count in Counter(each.kind for each in made).items():
        _made.labels(kind).inc(count)


def _put_on_desk(fact: Fact, error: str, *, now: datetime) -> None:
    """Keep the event for an operator; the first one on an empty desk is news to them, unless it is that very news."""
    is_first = not queries.open_poisoned().exists()
    row = Poisoned.objects.create(event_id=fact.place.id, error=error, first_at=now, last_at=now)
    if is_first and fact.type != DESK_FILLED:
        data = {"event": fact.place.id, "error": error}
        record(type="notification.poisoned", subject=row, actor="system", now=now, data=data)


def _fact(event: Event) -> Fact:
    """Return an event as the stream would; its transaction does not matter here."""
    return Fact(
        place=Place(0, event.pk),
        type=event.type,
        category=event.category,
        name=event.name,
        subject=event.subject,
        actor=event.actor,
        user_id=event.user_id,
        data=event.data,
        live_type=event.live_type,
        live_data=event.live_data,
        request_id=event.request_id,
        happened_at=event.happened_at,
    )


def _describe(error: Exception) -> str:
    """Return the kind of mistake and its place in the code, but not its words: they may quote what is private."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name} ({Path(last.filename).name}:{last.lineno})"[:300]
