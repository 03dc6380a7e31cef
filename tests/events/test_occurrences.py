"""What lasts is told when it begins and when it is over, once each, whoever looks: silence on the bus."""

from datetime import datetime, timedelta

import pytest
from django.db import connection, transaction

from events import occurrences
from events.bus import watching
from events.models import Event, Listener
from events.registry import BUSES
from tests.factories.bus import TABLE, Listening, ride, say
from tests.races.together import do_together

pytestmark = pytest.mark.django_db(transaction=True)

MINUTE = timedelta(minutes=1)


def note(name: str, *, is_so: bool, now: datetime) -> bool:
    return occurrences.note(
        subject=Listener(name=name),
        begins="listener.silent",
        ends="listener.caught_up",
        is_so=is_so,
        now=now,
        data={"consumer": name},
    )


def told() -> list[tuple[str, str]]:
    facts = Event.objects.filter(type__in=["listener.silent", "listener.caught_up"]).order_by("id")
    return [(fact.type.partition(".")[2], fact.data["consumer"]) for fact in facts]


def test_it_is_told_when_it_begins_and_when_it_is_over(now: datetime) -> None:
    assert not note("one", is_so=False, now=now)
    assert [note("one", is_so=True, now=now) for _ in range(3)] == [True, False, False]
    assert note("other", is_so=True, now=now)
    assert [note("one", is_so=False, now=now) for _ in range(2)] == [True, False]
    assert note("one", is_so=True, now=now)
    assert told() == [("silent", "one"), ("silent", "other"), ("caught_up", "one"), ("silent", "one")]


def test_many_who_look_at_once_tell_it_once(now: datetime) -> None:
    assert sorted(do_together([lambda: note("one", is_so=True, now=now)] * 6)) == [False] * 5 + [True]
    assert told() == [("silent", "one")]


def test_a_consumer_whom_nobody_brings_events_is_told_of_until_somebody_does(now: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    ear, stopped = Listening(name="ear"), Listening(name="stopped", needs_order=True)
    for each in (ear, stopped):
        ride(BUSES.get("postgresql")(), each, now=now)
    with transaction.atomic():
        stopped.bad = {say(1, now=now)}
    watching.watch(now=now + 3 * MINUTE)
    assert told() == []  # it may be on its way
    ride(BUSES.get("postgresql")(), stopped, now=now)
    assert Event.objects.filter(type="listener.stopped").count() == 1
    for minutes in (4, 5, 6):
        watching.watch(now=now + minutes * MINUTE)
    assert told() == [("silent", "ear")]
    ride(BUSES.get("postgresql")(), ear, now=now)
    watching.watch(now=now + 7 * MINUTE)
    assert told() == [("silent", "ear"), ("caught_up", "ear")]
