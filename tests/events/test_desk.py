"""The desk of the bus in the back office, and what wakes those who read the outbox by themselves."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from django.urls import reverse
from prometheus_client import REGISTRY

from accounts.models import Role, User
from events.bus import taking
from events.models import Event, Listener, Poisoned
from events.registry import BUSES, consumer_named, consumers
from events.services import record
from events.stream import Fact
from notifications.models import Notification
from tests.factories.back_office import staff
from tests.factories.bus import TABLE, Listening, ride, say
from wallet_project.figures import look
from wallet_project.listening import BELLS

pytestmark = pytest.mark.django_db(transaction=True)
CHANGELIST = "admin:events_poisoned_changelist"
ear = Listening(needs_order=True)
listed = ear.consumer


@pytest.fixture
def stopped(transactional_db: None, settings: Any, now: datetime) -> Poisoned:
    """Return the event that stops a consumer, with one behind it."""
    settings.EVENT_CONSUMERS = {"test": f"{__name__}.listed"}
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    with transaction.atomic():
        first, _ = say(1, now=now), say(2, now=now)
    ear.bad = {first}
    ride(BUSES.get("postgresql")(), ear, now=now)
    return Poisoned.objects.get()


def act(role: Role, action: str, row: Poisoned) -> str:
    client = staff(role)
    data = {"action": action, "_selected_action": [row.pk]}
    return str(client.post(reverse(CHANGELIST), data, follow=True).content.decode())


def test_an_operator_tries_again_and_is_told_how_it_went(stopped: Poisoned, now: datetime) -> None:
    assert f"event {stopped.event_id} for test: it failed again." in act(Role.OPERATOR, "try_again", stopped)
    assert Listener.objects.get(pk="test").stopped_at == now
    ear.bad = set()
    assert "it failed" not in act(Role.OPERATOR, "try_again", stopped)
    stopped.refresh_from_db()
    assert (stopped.tries, stopped.outcome) == (3, "done")
    assert Listener.objects.get(pk="test").stopped_at is None
    ride(BUSES.get("postgresql")(), ear, now=now, until=2)
    assert "is done" in act(Role.OPERATOR, "pass_over", stopped)
    stopped.refresh_from_db()
    assert (stopped.tries, stopped.outcome) == (3, "done")


def test_it_is_told_to_whoever_watches_from_the_first_scrape_to_the_end(stopped: Poisoned, now: datetime) -> None:
    def told() -> tuple[float | None, float | None]:
        figures = {family.name: family for family in look(now=now)}
        (gauge,) = [value for labels, value in figures["holdfast_bus_stopped_now"].samples if labels == ["test"]]
        return REGISTRY.get_sample_value("holdfast_bus_stopped_total", {"consumer": "test"}), gauge

    times, is_stopped = told()
    assert times is not None
    assert is_stopped == 1
    act(Role.OPERATOR, "pass_over", stopped)
    assert told() == (times, 0)
    taking.begin(Listening(name="test_new").consumer)
    assert REGISTRY.get_sample_value("holdfast_bus_stopped_total", {"consumer": "test_new"}) == 0


def test_an_operator_passes_over_what_cannot_be_mended(stopped: Poisoned, now: datetime) -> None:
    act(Role.OPERATOR, "pass_over", stopped)
    stopped.refresh_from_db()
    assert stopped.outcome == "passed_over"
    ride(BUSES.get("postgresql")(), ear, now=now, until=1)
    assert len(ear.heard()) == 1
    told = Event.objects.get(type="poisoned.passed_over")
    assert told.actor == str(User.objects.get(groups__name=Role.OPERATOR).pk)


@pytest.mark.parametrize("action", ["try_again", "pass_over"])
def test_who_only_looks_changes_nothing(stopped: Poisoned, action: str, now: datetime) -> None:
    ear.bad = set()
    act(Role.OFFICER, action, stopped)
    stopped.refresh_from_db()
    assert (stopped.tries, stopped.solved_at) == (1, None)
    assert Listener.objects.get(pk="test").stopped_at == now
    assert ear.heard() == []


def test_a_consumer_that_is_gone_keeps_its_events_on_the_desk(stopped: Poisoned, settings: Any) -> None:
    settings.EVENT_CONSUMERS = {}
    assert "no consumer named" in act(Role.OPERATOR, "try_again", stopped)
    stopped.refresh_from_db()
    assert (stopped.tries, stopped.solved_at) == (1, None)


def test_whoever_is_listed_is_there(settings: Any) -> None:
    assert consumers() == [BELLS]
    with pytest.raises(LookupError, match="no consumer named 'nobody'"):
        consumer_named("nobody")
    settings.EVENTS_BUS = "carrier pigeons"
    with pytest.raises(LookupError, match="no bus named 'carrier pigeons'"):
        BUSES.get(settings.EVENTS_BUS)


def test_news_wakes_those_who_read_the_outbox_themselves(transactional_db: None, now: datetime) -> None:
    seen: list[Fact] = []
    with transaction.atomic():
        record(type="x.said", subject=Notification(pk="ntf_1"), actor="system", now=now)
        say(now=now)
    ride(BUSES.get("postgresql")(), Listening(before=seen.extend), now=now, until=2)
    own, other = seen
    with transaction.atomic():
        BELLS.handle([own], now)
        assert _bells() == []  # they do not wake themselves
        BELLS.handle([own, other], now)
        BELLS.handle([other], now)
        assert _bells() == ["notifications.consume", "audit.copy"]
        transaction.set_rollback(True)


def _bells() -> list[str]:
    waiting: list[Any] = connection.run_on_commit
    return [entry[1].task for entry in waiting]
