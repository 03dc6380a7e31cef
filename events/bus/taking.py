"""Taking the next events: lock the cursor, have their effect, move the cursor; one commit."""

import traceback
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import structlog
from django.db import InterfaceError, OperationalError, transaction
from prometheus_client import Counter

from events import stream
from events.base import Consumer, Position, Subscription, context_of
from events.models import Listener, Poisoned
from events.services import record
from events.stream import Fact, Place

logger = structlog.get_logger(__name__)

BATCH = 500
_taken = Counter("holdfast_bus_taken", "Events that had their effect with a consumer.", ["consumer"])
_poison = Counter("holdfast_bus_poisoned", "Events that failed with a consumer.", ["consumer"])
_stops = Counter(
    "holdfast_bus_stopped", "Times that a failed event stopped a consumer who needs their order.", ["consumer"]
)


def begin(consumer: Consumer) -> None:
    """Make the consumer's cursor, if they have none: at the first event there is, or after the last."""
    _stops.labels(consumer.name)  # told as 0 from the first scrape on: a counter that appears at 1 has not increased
    place = stream.START if consumer.hears_the_past else stream.end()
    Listener.objects.get_or_create(pk=consumer.name, defaults={"xid": place.xid, "number": place.id})


def take(consumer: Consumer, subscription: Subscription, *, now: datetime, limit: int = BATCH) -> int:
    """
    Have the effect of the next events, at most so many; return how many were read.

    0 also while somebody else is at it, and as long as an event on the desk stops this consumer.

    :raises StreamBroken: if the cursor's place is not in this database
    """
    with transaction.atomic():
        waiting = Listener.objects.select_for_update(no_key=True, skip_locked=True)
        row = waiting.filter(pk=consumer.name, stopped_at=None).first()
        if row is None:
            return 0
        position = position_of(row)
        facts, by_context = subscription.read(position, limit=limit)
        for fact in _have_effect(consumer, row, [fact for fact in facts if not position.has(fact)], now=now):
            facts = facts[: facts.index(fact)]  # the one that stops it, and what is behind
        for fact in facts:
            position = position.past(fact, by_context=by_context)
        if facts:
            _save(row, position, now=now)
    subscription.settle(position)
    return len(facts)


def position_of(row: Listener) -> Position:
    """Return how far a consumer has read."""
    return Position(Place(row.xid, row.number), {context: Place(*place) for context, place in row.ahead.items()})


def put_on_desk(row: Listener, fact: Fact, error: Exception, *, is_stopping: bool, now: datetime) -> None:
    """Keep an event that failed with a consumer, for an operator."""
    what = describe(error)
    logger.error("event_poisoned", consumer=row.name, event_id=fact.place.id, type=fact.type, error=what)
    _poison.labels(row.name).inc()
    poisoned = Poisoned.objects.create(
        listener=row,
        event_id=fact.place.id,
        xid=fact.place.xid,
        error=what,
        is_stopping=is_stopping,
        first_at=now,
        last_at=now,
    )
    if is_stopping:
        logger.critical("consumer_stopped", consumer=row.name, event_id=fact.place.id, type=fact.type, error=what)
        _stops.labels(row.name).inc()
        row.stopped_at = now
        row.save(update_fields=["stopped_at"])
        data = {"consumer": row.name, "event": poisoned.event_id, "type": fact.type, "error": what}
        record(type="listener.stopped", subject=row, actor="system", now=now, data=data)


def describe(error: Exception) -> str:
    """Return the kind of mistake and its place in the code, but not its words: they may quote what is private."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name} ({Path(last.filename).name}:{last.lineno})"[:300]


def _have_effect(consumer: Consumer, row: Listener, facts: Sequence[Fact], *, now: datetime) -> list[Fact]:
    """Have the effect of these facts; return the one that stops the consumer, if one does."""
    heard = [fact for fact in facts if context_of(fact) in consumer.contexts]
    if not heard:
        return []
    try:
        with transaction.atomic():
            consumer.handle(heard, now)
    except (OperationalError, InterfaceError):  # the database's trouble, not the events'
        raise
    except Exception as error:  # noqa: BLE001  # one of them is bad: each by itself shows which
        if len(heard) == 1:
            put_on_desk(row, heard[0], error, is_stopping=consumer.needs_order, now=now)
            return heard if consumer.needs_order else []
        for fact in heard:
            stopping = _have_effect(consumer, row, [fact], now=now)
            if stopping:
                return stopping
        return []
    _taken.labels(consumer.name).inc(len(heard))
    return []


def _save(row: Listener, position: Position, *, now: datetime) -> None:
    (row.xid, row.number), row.moved_at = position.place, now
    row.ahead = {context: [*place] for context, place in position.ahead.items()}
    row.save(update_fields=["xid", "number", "ahead", "moved_at"])
