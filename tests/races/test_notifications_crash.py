"""Consumers that are killed (SIGKILL) at any moment: every event has its effect exactly once."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from events.models import Event, FeedItem
from events.services import relay
from notifications import services
from notifications.models import Delivery, Notification, Poisoned
from notifications.services import consuming
from tests.factories.crash import Reaper, run_process
from tests.factories.notifications import consume_all, happen, make_person
from tests.laws.whole import feeds_have_no_gaps

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
EVENTS = 7


def _read(reaper: Reaper) -> None:
    """Tell of two events at a time until there are none; the process may die at any of its moments."""
    while services.consume(now=NOW, limit=2):
        pass


def _read_halfway(reaper: Reaper) -> None:
    """Let the process die with notifications and their deliveries written, and nothing of it committed."""
    tell = consuming.tell  # type: ignore[attr-defined]

    def reaped(*facts: Any, **named: Any) -> Any:
        made = tell(*facts, **named)
        reaper.pass_by("in the middle of a batch")
        return made

    consuming.tell = reaped  # type: ignore[attr-defined]
    _read(reaper)


@pytest.mark.parametrize("work", [_read, _read_halfway])
def test_every_event_is_told_exactly_once_wherever_its_consumer_dies(work: Callable[[Reaper], None]) -> None:
    person = make_person(now=NOW)
    expected: list[int] = []
    deaths = 0
    for moment in itertools.count(1):
        expected += [happen(person, now=NOW).pk for _ in range(EVENTS)]
        outcome = run_process(work, kill_at=moment, networks=[])
        consume_all(now=NOW)
        told = list(Notification.objects.filter(user=person).order_by("id").values_list("event_id", flat=True))
        assert sorted(told) == expected
        if outcome.is_done:
            break
        deaths += 1
    assert deaths >= 4
    assert Delivery.objects.filter(user=person).count() == len(expected)
    assert Event.objects.filter(type="notification.made", user_id=person.pk).count() == len(expected)
    assert not Poisoned.objects.exists()
    while relay():
        pass
    assert FeedItem.objects.filter(user_id=person.pk, type="notification").count() == len(expected)
    feeds_have_no_gaps()
