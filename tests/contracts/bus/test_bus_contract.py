"""What every bus must do: each event has its effect once, in order, whatever its writers and consumers do."""

import threading
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from events.base import Bus
from events.bus import desk, taking
from events.bus.running import LOOK_SECONDS, BusProcess
from events.errors import NotOnDesk
from events.models import Event, Listener, Poisoned
from events.registry import BUSES
from events.stream import Fact
from tests.factories.bus import Listening, by_context, ride, say, say_each

pytestmark = pytest.mark.django_db(transaction=True)


def same(listening: Listening, expected: Sequence[int]) -> None:
    """Assert that exactly these were heard, once each, every app's in its order."""
    heard = listening.heard()
    assert sorted(heard) == sorted(expected)
    assert by_context(heard) == by_context(sorted(expected))


def test_every_event_has_its_effect_once_and_in_order(bus: Bus, now: datetime, settings: Any) -> None:
    made, ear = say_each(20, now=now), Listening()
    ride(bus, ear, now=now, until=20)
    same(ear, made)
    made += say_each(5, now=now)
    ride(bus, ear, now=now, until=25)
    same(ear, made)
    if settings.EVENTS_BUS == "postgresql":
        assert ear.heard() == made  # one order of all apps, too


def test_an_event_arrives_as_it_was_recorded(bus: Bus, now: datetime) -> None:
    seen: list[Fact] = []
    ear = Listening(before=seen.extend)
    with transaction.atomic():
        number = say(7, now=now + timedelta(microseconds=1))
    ride(bus, ear, now=now, until=1)
    (fact,) = seen
    event = Event.objects.get(pk=number)
    assert fact.place.id == number
    for name in ("type", "version", "category", "name", "subject", "actor", "user_id", "data", "live_data"):
        assert getattr(fact, name) == getattr(event, name)
    assert fact.happened_at == event.happened_at == now + timedelta(microseconds=1)


def test_what_commits_late_is_heard_and_what_rolls_back_is_not(bus: Bus, now: datetime) -> None:
    ear, early, go_on = Listening(), threading.Event(), threading.Event()
    late: list[int] = []

    def write_slowly() -> None:
        try:
            with transaction.atomic():
                late.append(say(1, now=now))
                early.set()
                assert go_on.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=write_slowly)
    thread.start()
    assert early.wait(10)
    made = say_each(4, now=now)
    with transaction.atomic():
        say(2, now=now)
        transaction.set_rollback(True)
    ride(bus, ear, now=now)
    assert ear.heard() == []  # nobody reads past a transaction that may still commit
    go_on.set()
    thread.join()
    ride(bus, ear, now=now, until=5)
    same(ear, late + made)


def test_effect_and_cursor_are_one_commit(bus: Bus, now: datetime) -> None:
    made = say_each(4, now=now)
    ear = Listening()
    trouble = [True]

    def lose_the_database(facts: Sequence[Fact]) -> None:
        if trouble:
            trouble.clear()
            with connection.cursor() as cursor:
                cursor.execute("INSERT INTO heard (consumer, event, context) VALUES ('test', 0, 'half done')")
            raise OperationalError

    ear.before = lose_the_database
    with pytest.raises(OperationalError):
        ride(bus, ear, now=now)
    row = Listener.objects.get(pk="test")
    assert (row.xid, row.number, row.ahead, row.moved_at) == (0, 0, {}, None)
    assert ear.heard() == []
    assert not Poisoned.objects.exists()
    ride(bus, ear, now=now, until=4)
    same(ear, made)


def test_a_poisoned_event_goes_to_the_desk_and_holds_nobody_up(bus: Bus, now: datetime) -> None:
    made = say_each(9, now=now)
    bad = made[4]
    ear = Listening(bad={bad})
    ride(bus, ear, now=now, until=8)
    same(ear, [each for each in made if each != bad])
    (row,) = Poisoned.objects.all()
    assert (row.listener_id, row.event_id, row.tries, row.is_stopping) == ("test", bad, 1, False)
    assert row.error.startswith("ValueError in handle (bus.py:")
    assert "private" not in row.error
    assert Listener.objects.get(pk="test").stopped_at is None


def test_an_operator_has_a_poisoned_event_tried_again(bus: Bus, now: datetime, settings: Any) -> None:
    bad, good = say_each(2, now=now)
    ear = Listening(bad={bad})
    ride(bus, ear, now=now, until=1)
    settings.EVENT_CONSUMERS = {"test": f"{__name__}.listed"}
    globals()["listed"] = ear.consumer
    (row,) = Poisoned.objects.all()
    later = now + timedelta(hours=1)
    assert desk.retry(poisoned=row, actor="usr_operator", now=later) is False
    row.refresh_from_db()
    assert (row.tries, row.last_at, row.solved_at, ear.heard()) == (2, later, None, [good])
    ear.bad.clear()
    assert desk.retry(poisoned=row, actor="usr_operator", now=later) is True
    row.refresh_from_db()
    assert (row.tries, row.solved_at, row.outcome, ear.heard()) == (3, later, "done", [good, bad])
    for again in (desk.retry, desk.pass_over):
        with pytest.raises(NotOnDesk):
            again(poisoned=row, actor="usr_operator", now=later)
    assert ear.heard() == [good, bad]
    told = Event.objects.filter(type="poisoned.retried").order_by("id")
    assert [(event.actor, event.data["is_solved"]) for event in told] == [
        ("usr_operator", False),
        ("usr_operator", True),
    ]


@pytest.mark.parametrize("how", ["retry", "pass_over"])
def test_where_order_is_needed_a_poisoned_event_stops_what_is_behind_it(
    bus: Bus, now: datetime, settings: Any, how: str
) -> None:
    with transaction.atomic():
        made = [say(number, now=now) for number in range(7)]
    bad = made[3]
    ear = Listening(bad={bad}, needs_order=True)
    settings.EVENT_CONSUMERS = {"test": f"{__name__}.listed"}
    globals()["listed"] = ear.consumer
    ride(bus, ear, now=now, until=3)
    assert ear.heard() == made[:3]
    stopped = Event.objects.get(type="listener.stopped")
    assert (stopped.subject, stopped.data["event"]) == ("events.listener:test", bad)
    assert Listener.objects.get(pk="test").stopped_at == now
    ride(bus, ear, now=now)
    assert ear.heard() == made[:3]
    (row,) = Poisoned.objects.all()
    assert row.is_stopping
    assert desk.retry(poisoned=row, actor="usr_operator", now=now) is False
    assert Listener.objects.get(pk="test").stopped_at == now
    if how == "retry":
        ear.bad.clear()
        assert desk.retry(poisoned=row, actor="usr_operator", now=now) is True
        expected = made
    else:
        desk.pass_over(poisoned=row, actor="usr_operator", now=now)
        expected = [each for each in made if each != bad]
    assert Listener.objects.get(pk="test").stopped_at is None
    ride(bus, ear, now=now, until=len(expected))
    assert ear.heard() == expected
    assert Poisoned.objects.filter(solved_at=None).count() == 0
    assert Event.objects.filter(type="listener.resumed").count() == 1


def test_who_begins_now_hears_nothing_of_the_past(bus: Bus, now: datetime) -> None:
    say_each(5, now=now)
    ear = Listening(hears_the_past=False)
    ride(bus, ear, now=now)
    assert ear.heard() == []
    made = say_each(3, now=now)
    ride(bus, ear, now=now, until=3)
    same(ear, made)


def test_who_listens_to_some_apps_hears_these(bus: Bus, now: datetime) -> None:
    made = say_each(9, now=now)
    ear = Listening(contexts=frozenset({"wallets"}))
    ride(bus, ear, now=now, until=3)
    assert ear.heard() == made[::3]


def test_consumers_go_on_by_themselves(bus: Bus, now: datetime) -> None:
    first, second = Listening("first"), Listening("second")
    made = say_each(4, now=now)
    ride(bus, first, now=now, until=4)
    made += say_each(4, now=now)
    ride(bus, second, now=now, until=8)
    ride(bus, first, now=now, until=8)
    same(first, made)
    same(second, made)


def test_an_operator_may_change_the_bus(bus: Bus, now: datetime, settings: Any, nats_server: Any) -> None:
    """The cursor is in our database, so whoever changes the bus hears nothing twice and misses nothing."""
    settings.NATS_URL = nats_server.url
    others = [BUSES.get(name)() for name in BUSES.names() if not isinstance(bus, BUSES.get(name))]
    made, ear = [], Listening()
    for each in (bus, *others, bus, *others):
        made += say_each(5, now=now)
        ride(each, ear, now=now, until=len(made))
        same(ear, made)


def test_a_process_is_woken_and_another_stands_by(bus: Bus, now: datetime, settings: Any) -> None:
    settings.EVENTS_KNOCK = True
    ear = Listening()
    processes = [BusProcess(bus, [ear.consumer], clock=lambda: now) for _ in range(2)]
    for process in processes:
        process.start()
    try:
        made = say_each(1, now=now)
        _await(ear, made)  # everything is open now
        started = time.monotonic()
        for _ in range(5):
            made += say_each(1, now=now)
            _await(ear, made)
        assert time.monotonic() - started < 3 * LOOK_SECONDS  # five looks of their own would take longer
        processes[0].stop()
        made += say_each(3, now=now)
        _await(ear, made)
    finally:
        for process in processes:
            process.stop()
    same(ear, made)


def test_a_process_with_a_mistake_in_it_ends(bus: Bus, now: datetime) -> None:
    def clock() -> datetime:
        raise ZeroDivisionError

    ear = Listening()
    say_each(1, now=now)
    process = BusProcess(bus, [ear.consumer], clock=clock)
    process.start()
    process.wait()
    process.stop()
    assert process.is_broken
    assert ear.heard() == []


def test_nothing_is_had_by_two_at_once(bus: Bus, now: datetime) -> None:
    made, ear = say_each(3, now=now), Listening()
    taking.begin(ear.consumer)
    with transaction.atomic():
        Listener.objects.select_for_update(no_key=True).get(pk="test")
        found: list[int] = []

        def take() -> None:
            try:
                with bus.subscribe(ear.consumer) as subscription:
                    found.append(taking.take(ear.consumer, subscription, now=now))
            finally:
                connection.close()

        thread = threading.Thread(target=take)
        thread.start()
        thread.join(20)
    assert found == [0]
    assert ear.heard() == []
    ride(bus, ear, now=now, until=3)
    same(ear, made)


def _await(ear: Listening, made: Sequence[int]) -> None:
    deadline = time.monotonic() + 20
    while len(ear.heard()) < len(made):
        assert time.monotonic() < deadline, "it was not heard"
        time.sleep(0.005)
