"""Every event is in the record once, chained, and nothing there can be changed."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.db import DatabaseError, connections, transaction

from audit.models import Checkpoint, Entry
from audit.queries import last_entry
from audit.services import copy, seal
from audit.tasks import copy as copy_task
from audit.verify import NOTHING, entry_hash
from events.models import Event
from events.services import Name
from events.stream import StreamBroken
from kit import jobs
from tests.factories.audit import make_entry, make_events
from tests.races.together import do_together

pytestmark = pytest.mark.django_db(transaction=True)

GRANTS = Path(__file__).resolve().parents[2] / "deploy" / "application-role" / "audit-grants.sql"


def whole() -> list[int]:
    """Return the ids of the record's events, after following its chain."""
    previous = NOTHING
    for position, entry in enumerate(Entry.objects.order_by("position"), start=1):
        assert (entry.position, entry.previous) == (position, previous)
        assert entry.hash == entry_hash(position=position, previous=previous, content=entry.content)
        previous = entry.hash
    return list(Entry.objects.order_by("position").values_list("event_id", flat=True))


def copy_all() -> None:
    while copy(limit=100).is_more:
        pass


def test_an_event_is_copied_whole(now: datetime) -> None:
    [number] = make_events(1, now=now, user_id="usr_1", name=Name("domain", "Looked"), transaction_id="txn_1")
    assert copy(limit=10) == (1, False)
    entry, event = Entry.objects.get(), Event.objects.get()
    assert (entry.position, entry.event_id, entry.previous, entry.transaction_id) == (1, number, NOTHING, "txn_1")
    assert (entry.name, entry.category, entry.user_id) == ("Looked", "domain", "usr_1")
    content = json.loads(entry.content)
    assert content.pop("xid") == str(entry.xid)
    assert datetime.fromisoformat(content.pop("happened_at")) == entry.happened_at == now
    assert content == {
        name: getattr(event, name)
        for name in ("id", "type", "category", "name", "subject", "actor", "user_id", "data", "live_type", "live_data")
    } | {"version": event.version} | {"request_id": event.request_id}
    assert entry.content == json.dumps(
        json.loads(entry.content), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def test_batches_follow_one_another(now: datetime) -> None:
    made = make_events(7, now=now)
    assert [copy(limit=3) for _ in range(4)] == [(3, True), (3, True), (1, False), (0, False)]
    assert whole() == made


def test_the_task_rings_for_itself_while_there_is_more(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[str] = []
    monkeypatch.setattr(jobs, "ring", rung.append)
    monkeypatch.setattr("audit.tasks.BATCH", 4)
    made = make_events(6, now=now)
    copy_task()
    assert rung == ["audit.copy"]
    copy_task()
    assert rung == ["audit.copy"]
    assert whole() == made


def test_copiers_side_by_side_copy_once(now: datetime) -> None:
    made = make_events(40, now=now)
    outcomes = do_together([copy_all] * 4)
    assert outcomes == [None] * 4
    assert whole() == made


def test_a_core_database_of_an_earlier_moment_is_not_copied_on(now: datetime) -> None:
    make_entry(now=now)  # of an event that this core database does not have
    make_events(3, now=now)
    with pytest.raises(StreamBroken):
        copy(limit=10)
    assert Entry.objects.count() == 1


def test_the_same_events_give_the_same_record(now: datetime) -> None:
    make_events(5, now=now)
    copy_all()
    first = last_entry()
    with connections["audit"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; DELETE FROM audit_entry WHERE position > 2")
        cursor.execute("SET session_replication_role = DEFAULT")
    copy_all()
    again = last_entry()
    assert first is not None
    assert again is not None
    assert (first.position, first.hash) == (again.position, again.hash)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'somebody'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "UPDATE audit_checkpoint SET signature = ''",
        "DELETE FROM audit_checkpoint",
        "TRUNCATE audit_checkpoint",
    ],
)
def test_the_database_refuses_changes(public_key: str, now: datetime, statement: str) -> None:
    make_events(2, now=now)
    copy_all()
    seal(now=now)
    before = [*Entry.objects.values(), *Checkpoint.objects.values()]
    with pytest.raises(DatabaseError, match="append-only"), connections["audit"].cursor() as cursor:
        cursor.execute(statement)
    assert [*Entry.objects.values(), *Checkpoint.objects.values()] == before


@pytest.mark.parametrize(
    "change",
    [
        {"position": 3},
        {"previous": NOTHING},
        {"hash": NOTHING},
        {"event_id": 1},
        {"user_id": "usr_2"},
        {"transaction_id": "txn_2"},
        {"happened_at": datetime.fromisoformat("2020-01-01T00:00:00+00:00")},
    ],
)
def test_the_database_refuses_an_entry_that_does_not_follow(now: datetime, change: dict[str, object]) -> None:
    first = make_entry(now=now)
    fine = make_entry(now=now, position=2, previous=first.hash)
    with connections["audit"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica; DELETE FROM audit_entry WHERE position = 2")
        cursor.execute("SET session_replication_role = DEFAULT")
    for name, value in change.items():
        setattr(fine, name, value)
    with pytest.raises(DatabaseError):
        fine.save(force_insert=True)
    assert whole() == [1]


@pytest.fixture
def as_application(transactional_db: None) -> Iterator[None]:
    """Act in the audit database as the role that deploy/ makes, with what deploy/ grants it there."""
    with connections["audit"].cursor() as cursor:
        cursor.execute("CREATE ROLE holdfast_app")
        cursor.execute(GRANTS.read_text())
        cursor.execute("SET ROLE holdfast_app")
    yield
    with connections["audit"].cursor() as cursor:
        cursor.execute("RESET ROLE; DROP OWNED BY holdfast_app; DROP ROLE holdfast_app")


def test_the_application_can_write_the_record(as_application: None, public_key: str, now: datetime) -> None:
    made = make_events(3, now=now)
    copy_all()
    assert seal(now=now) is not None
    assert whole() == made


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_entry SET actor = 'somebody'",
        "DELETE FROM audit_entry",
        "TRUNCATE audit_entry",
        "DELETE FROM audit_checkpoint",
        "UPDATE audit_checkpoint SET signature = ''",
        "ALTER TABLE audit_entry DISABLE TRIGGER ALL",
        "SET session_replication_role = replica",
        "DROP FUNCTION audit_refuse_change CASCADE",
    ],
)
def test_the_application_may_not_change_the_record(as_application: None, now: datetime, statement: str) -> None:
    make_events(1, now=now + timedelta(seconds=1))
    copy_all()
    with (
        pytest.raises(DatabaseError, match=r"permission denied|must be owner"),
        transaction.atomic(using="audit"),
        connections["audit"].cursor() as cursor,
    ):
        cursor.execute(statement)
    assert Entry.objects.count() == 1
