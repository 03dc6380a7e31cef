"""Recording what happens, and the one way a status changes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import connection, models, transaction

from events.models import Event, FeedItem, Pending
from kit import jobs
from kit.locks import wait_for_turn
from kit.states import Flow, IllegalMove


@dataclass(frozen=True)
class Live:
    """What the owner's live feed shows of an event: API.md's message type and its data."""

    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Name:
    """What the architecture's document calls it: its category (command, domain, integration) and its name."""

    category: str
    name: str


UNNAMED = Name("", "")


def record(
    *,
    type: str,
    subject: models.Model,
    actor: str,
    now: datetime,
    name: Name = UNNAMED,
    user_id: str = "",
    data: Mapping[str, Any] | None = None,
    live: Live | None = None,
) -> Event:
    """
    Write one fact inside the caller's transaction; if it is live, ring the relay after commit.

    `data` must be JSON and must hold nothing secret: it is kept for ever and read by officers.
    Amounts stand in it as strings of minor units.
    """
    assert connection.in_atomic_block, "a fact is written in the transaction of the change it reports"
    event = Event.objects.create(
        type=type,
        category=name.category,
        name=name.name,
        subject=f"{subject._meta.label_lower}:{subject.pk}",
        actor=actor,
        user_id=user_id,
        data=dict(data or {}),
        live_type=live.type if live else "",
        live_data=dict(live.data) if live else None,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
        happened_at=now,
    )
    if live:
        Pending.objects.create(event=event)
        jobs.enqueue("events.relay")
    return event


def move(
    obj: models.Model,
    to: str,
    *,
    flow: Flow,
    actor: str,
    now: datetime,
    name: Name = UNNAMED,
    user_id: str = "",
    data: Mapping[str, Any] | None = None,
    live: Live | None = None,
    **fields: Any,
) -> None:
    """
    Change obj.status along the flow's table and record the fact, or change nothing at all.

    Compare-and-swap: whoever holds a stale copy updates zero rows. `fields` are columns
    written together with the status. The event's type is "<model>.<new status>".

    :raises IllegalMove: if the table has no such move, or someone else moved it first
    """
    source = obj.status  # type: ignore[attr-defined]
    flow.check(source, to)
    changes = {"status": to, "updated_at": now, **fields}
    changed = type(obj)._default_manager.filter(pk=obj.pk, status=source).update(**changes)
    if not changed:
        raise IllegalMove(f"It had already left {source} when it should have gone to {to}.")
    for column, value in changes.items():
        setattr(obj, column, value)
    record(
        type=f"{obj._meta.model_name}.{to}",
        name=name,
        subject=obj,
        actor=actor,
        now=now,
        user_id=user_id,
        data={"from": source, "to": to, **(data or {})},
        live=live,
    )


def relay(*, limit: int = 200) -> list[str]:
    """
    Move waiting live events into their owners' feeds; return the owners who have news.

    Sequences are given out here and not by the writers: a person's counter would otherwise
    stay locked for as long as the slowest money move. An event that another one caused was
    committed before it and has the smaller id, so whoever sees the effect sees the cause
    first. Relays wait for one another: two side by side would mix up the order.
    """
    with transaction.atomic():
        wait_for_turn("events.relay")
        waiting = list(Pending.objects.order_by("event_id")[:limit])
        events = Event.objects.in_bulk([pending.pk for pending in waiting])
        for pending in waiting:
            _append_to_feed(events[pending.pk])
        Pending.objects.filter(pk__in=list(events)).delete()
    return sorted({event.user_id for event in events.values()})


def _append_to_feed(event: Event) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO events_feedhead (user_id, sequence) VALUES (%s, 1)"
            " ON CONFLICT (user_id) DO UPDATE SET sequence = events_feedhead.sequence + 1 RETURNING sequence",
            [event.user_id],
        )
        (sequence,) = cursor.fetchone() or (0,)
    FeedItem.objects.create(
        user_id=event.user_id,
        sequence=sequence,
        event=event,
        type=event.live_type,
        data=event.live_data or {},
        happened_at=event.happened_at,
    )
