"""One order without gaps, though transactions commit out of order."""

import random
import threading
import time
from collections.abc import Callable
from datetime import datetime
from functools import partial

import pytest
from django.db import connection, connections, transaction

from assets.models import Network
from events import stream
from events.models import Event
from events.services import record
from events.stream import START, Place, StreamBroken
from tests.factories.audit import make_events
from tests.races.together import do_together

pytestmark = pytest.mark.django_db(transaction=True)

WRITERS = 6
EACH = 15
SECONDS = 20


def read(place: Place = START, limit: int = 100) -> list[int]:
    return [fact.place.id for fact in stream.after(place, limit=limit)]


class Elsewhere:
    """A transaction on a connection of its own, which does one step at a time."""

    def __init__(self) -> None:
        self._steps: list[Callable[[], None]] = []
        self._wake = threading.Condition()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def do(self, step: Callable[[], None] | None) -> None:
        done = threading.Event()

        def counted() -> None:
            if step:
                step()
            done.set()

        with self._wake:
            self._steps.append(counted if step else self._stop(done))
            self._wake.notify()
        assert done.wait(SECONDS)

    def commit(self) -> None:
        self.do(None)
        self._thread.join(SECONDS)

    def _stop(self, done: threading.Event) -> Callable[[], None]:
        def stop() -> None:
            done.set()
            raise StopIteration

        return stop

    def _run(self) -> None:
        try:
            with transaction.atomic():
                while True:
                    with self._wake:
                        assert self._wake.wait_for(lambda: self._steps, SECONDS)
                        step = self._steps.pop(0)
                    try:
                        step()
                    except StopIteration:
                        break
        finally:
            connections.close_all()


def event(now: datetime, made: list[int]) -> Callable[[], None]:
    def step() -> None:
        network = Network.objects.order_by("pk")[0]
        made.append(record(type="test.happened", subject=network, actor="system", now=now).pk)

    return step


def test_what_commits_late_is_not_skipped(now: datetime) -> None:
    made: list[int] = []
    slow, quick = Elsewhere(), Elsewhere()
    slow.do(event(now, made))
    quick.do(event(now, made))
    quick.commit()
    assert read() == []  # the older one may still commit: nobody may pass it by
    slow.commit()
    assert read() == made


def test_the_order_is_that_of_transactions_and_not_of_ids(now: datetime) -> None:
    made: list[int] = []
    early, late = Elsewhere(), Elsewhere()
    early.do(lambda: connection.cursor().execute("SELECT pg_current_xact_id()"))
    late.do(event(now, made))
    early.do(event(now, made))
    late.commit()
    early.commit()
    assert made[0] < made[1]
    assert read() == made[::-1]
    [first, _] = stream.after(START, limit=2)
    assert read(first.place) == [made[0]]


def test_what_was_rolled_back_is_not_there(now: datetime) -> None:
    with transaction.atomic():
        event(now, [])()
        transaction.set_rollback(True)
    made = make_events(1, now=now)
    assert read() == made


def test_an_own_event_is_there_only_after_its_commit(now: datetime) -> None:
    made: list[int] = []
    with transaction.atomic():
        event(now, made)()
        assert read() == []
    assert read() == made


def test_pages_lead_through_everything_once(now: datetime) -> None:
    made = make_events(7, now=now)
    place, seen = START, []
    while page := stream.after(place, limit=3):
        place = page[-1].place
        seen += [fact.place.id for fact in page]
    assert seen == made


def test_reading_on_from_a_place_that_is_not_there_is_refused(now: datetime) -> None:
    make_events(2, now=now)
    [first, _] = stream.after(START, limit=2)
    for place in (Place(first.place.xid, 10**12), Place(first.place.xid + 10**9, first.place.id)):
        with pytest.raises(StreamBroken):
            stream.after(place, limit=1)


def test_the_end_is_the_last_by_number_and_not_by_digits(now: datetime) -> None:
    last = make_events(1, now=now)[0]
    [fact] = stream.after(START, limit=1)
    earlier = 10 ** (len(str(fact.place.xid)) - 1) - 1  # 999 is before 1000, and behind it as a text
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(attname, ', ') FROM pg_attribute WHERE attrelid = 'events_event'::regclass "
            "AND attnum > 0 AND NOT attisdropped AND attname NOT IN ('id', 'xid')"
        )
        (columns,) = cursor.fetchone()
        cursor.execute(
            f"INSERT INTO events_event (id, xid, {columns}) SELECT -1, %s::text::xid8, {columns} FROM events_event",
            [str(earlier)],
        )
    assert read() == [-1, last]
    assert stream.end() == fact.place


def test_the_index_answers(now: datetime) -> None:
    make_events(1, now=now)
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off; SET enable_bitmapscan = off")
        cursor.execute("EXPLAIN " + stream._AFTER, ["1", 1, 10])
        plan = "\n".join(row[0] for row in cursor.fetchall())
        cursor.execute("RESET enable_seqscan; RESET enable_bitmapscan")
    assert "events_event_stream" in plan
    assert "Sort" not in plan


def test_whether_events_are_held_up_is_never_looked_for_in_the_whole_table(now: datetime) -> None:
    make_events(1, now=now)
    columns = ", ".join(str(field.column) for field in Event._meta.fields if field.column not in {"id", "xid"})
    with connection.cursor() as cursor:  # many, of which PostgreSQL has no statistics yet
        cursor.execute(
            f"INSERT INTO events_event (id, xid, {columns}) SELECT -number, xid, {columns} "
            "FROM events_event, generate_series(1, 20000) AS number"
        )
        cursor.execute("EXPLAIN " + stream._IS_HELD_UP)
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "events_event_stream" in plan
    assert "Seq Scan" not in plan


def test_a_reader_beside_many_writers_sees_each_event_once_and_in_order(now: datetime) -> None:
    written: list[int] = []
    places: list[Place] = []
    is_over = threading.Event()
    source = random.Random(7)

    def write(pauses: list[float]) -> None:
        for pause in pauses:
            with transaction.atomic():
                event(now, written)()
                time.sleep(pause)
                event(now, written)()

    def follow() -> None:
        while True:
            is_last_look = is_over.is_set()
            page = stream.after(places[-1] if places else START, limit=10)
            places.extend(fact.place for fact in page)
            if is_last_look and not page:
                break
        connections.close_all()

    follower = threading.Thread(target=follow)
    follower.start()
    pauses = [[source.random() / 50 for _ in range(EACH)] for _ in range(WRITERS)]
    outcomes = do_together([partial(write, each) for each in pauses])
    is_over.set()
    follower.join(SECONDS)
    assert outcomes == [None] * WRITERS
    assert places == sorted(set(places))
    assert sorted(place.id for place in places) == sorted(written)
    assert len(places) == WRITERS * EACH * 2
