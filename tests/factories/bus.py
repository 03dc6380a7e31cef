"""Events to carry, and somebody who listens and writes down what they heard."""

import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, models, transaction

from accounts.models import User
from events.base import Bus, Consumer
from events.bus import taking
from events.models import Carried, Event, Listener, Poisoned
from events.services import record
from events.stream import Fact
from wallets.models import Wallet

TABLE = "CREATE TABLE IF NOT EXISTS heard (place bigserial, consumer text, event bigint, context text)"
HEARD = """
INSERT INTO heard (consumer, event, context)
SELECT %s, event, context FROM unnest(%s::bigint[], %s::text[]) WITH ORDINALITY AS told (event, context, place)
ORDER BY place
"""
"""No key keeps an effect from being had twice: that is the bus's to see to."""

TYPE = "x.said"
WAIT_SECONDS = 10.0


def say(number: int = 0, *, now: datetime, subject: type[models.Model] = User) -> int:
    """Record an event in the caller's transaction; return its id."""
    key = f"x_{number}"
    event = record(type=TYPE, subject=subject(pk=key), actor="system", now=now, data={"number": number})
    return int(event.pk)


def say_each(count: int, *, now: datetime) -> list[int]:
    """Record so many events of two apps, each in a transaction of its own; return their ids."""
    made = []
    for number in range(count):
        with transaction.atomic():
            made.append(say(number, now=now, subject=Wallet if number % 3 == 0 else User))
    return made


@dataclass
class Listening:
    """A consumer who writes down what they hear in the same transaction; some events they cannot bear."""

    name: str = "test"
    needs_order: bool = False
    contexts: frozenset[str] | None = None
    hears_the_past: bool = True
    bad: set[int] = field(default_factory=set)
    before: Callable[[Sequence[Fact]], None] | None = None

    @property
    def consumer(self) -> Consumer:
        chosen: dict[str, Any] = {} if self.contexts is None else {"contexts": self.contexts}
        return Consumer(
            self.name, self.handle, needs_order=self.needs_order, hears_the_past=self.hears_the_past, **chosen
        )

    def handle(self, facts: Sequence[Fact], now: datetime) -> None:
        if self.before:
            self.before(facts)
        told = [fact for fact in facts if fact.type == TYPE]
        with connection.cursor() as cursor:
            contexts = [fact.subject.partition(".")[0] for fact in told]
            cursor.execute(HEARD, [self.name, [fact.place.id for fact in told], contexts])
        if any(fact.place.id in self.bad for fact in told):
            raise ValueError("it cannot be borne, and what it says is private")

    def heard(self, context: str = "") -> list[int]:
        """Return the ids of the events whose effect was had, in that order."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT event FROM heard WHERE consumer = %s AND context LIKE %s ORDER BY place",
                [self.name, f"{context}%"],
            )
            return [row[0] for row in cursor.fetchall()]


def ride(bus: Bus, listening: Listening, *, now: datetime, batch: int = 3, until: int | None = None) -> None:
    """Carry and take until everything was heard that can be, or so many; then a little longer, for what comes twice."""
    taking.begin(listening.consumer)
    with ExitStack() as stack:
        carrier = bus.carrier()
        if carrier:
            stack.enter_context(carrier)
        subscription = stack.enter_context(bus.subscribe(listening.consumer))
        deadline = time.monotonic() + WAIT_SECONDS
        quiet = 0
        while quiet < 3:
            assert time.monotonic() < deadline, f"heard {len(listening.heard())}, not {until}"
            moved = carrier.carry(now=now, limit=batch) if carrier else 0
            moved += taking.take(listening.consumer, subscription, now=now, limit=batch)
            if not moved:
                subscription.wait(timeout_seconds=0.05)
            is_enough = until is None or len(listening.heard()) >= until
            quiet = 0 if moved or not is_enough else quiet + 1


def make_bus_rows(*, now: datetime) -> Poisoned:
    """Return an event on the desk of a consumer whom it stops."""
    event = Event.objects.order_by("pk").first() or Event.objects.get(pk=say(now=now))
    with connection.cursor() as cursor:
        cursor.execute("SELECT xid::text::bigint FROM events_event WHERE id = %s", [event.pk])
        (xid,) = cursor.fetchone()
    listener = Listener.objects.create(pk="test", stopped_at=now, moved_at=now)
    Carried.objects.create(context="accounts", xid=xid, number=event.pk)
    return Poisoned.objects.create(
        listener=listener,
        event=event,
        xid=xid,
        error="ValueError in handle (bus.py:87)",
        is_stopping=True,
        first_at=now,
        last_at=now,
    )


def by_context(ids: Sequence[int]) -> dict[str, list[int]]:
    """Return the ids of events by the app they are of, each in their order."""
    subjects = dict(Event.objects.filter(pk__in=ids).values_list("pk", "subject"))
    found: dict[str, list[int]] = defaultdict(list)
    for each in ids:
        found[subjects[each].partition(".")[0]].append(each)
    return dict(found)
