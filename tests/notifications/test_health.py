"""Operators are told of the service's own trouble once each time, in words that say what it is."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from accounts.models import Role
from audit.models import Checkpoint
from chains.models import Cursor, Endpoint
from chains.services import watch
from events import occurrences
from events.models import Listener
from notifications.models import Notification
from tests.factories.accounts import make_user
from tests.factories.notifications import consume_all, make_person, told

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_trouble_is_told_to_operators_when_it_begins_and_when_it_is_over(now: datetime, settings: Any) -> None:
    settings.NETWORKS = {"ethereum": replace(settings.NETWORKS["ethereum"], block_seconds=12)}
    person, operator = make_person(now=now), make_user(role=Role.OPERATOR, now=now)
    consume_all(now=now)
    Notification.objects.all().delete()
    Cursor.objects.create(network="ethereum", height=100, hash="0x64", updated_at=now)
    Endpoint.objects.create(network="ethereum", name="node", highest_block=200)
    for is_so in (True, True, False, False):
        for subject, begins, ends, data in (
            (Listener(name="bells"), "listener.silent", "listener.caught_up", {"consumer": "bells"}),
            (Checkpoint(number=7), "record.broken", "record.whole", {"checkpoint": 7, "reason": "Entry 5 is gone."}),
        ):
            occurrences.note(subject=subject, begins=begins, ends=ends, is_so=is_so, now=now, data=data)
        Endpoint.objects.update(highest_block=200 if is_so else 100)
        watch(now=now)
        consume_all(now=now)
    assert told(operator) == [
        *("listener_silent", "record_broken", "network_late"),
        *("listener_in_time", "record_whole", "network_in_time"),
    ]
    found = Notification.objects.filter(user=operator).order_by("id")
    assert [(each.title, each.path) for each in found[:3]] == [
        ("bells is brought no events", "/admin/events/listener/"),
        ("The audit record does not lead to checkpoint 7", "/admin/audit/checkpoint/"),
        ("ethereum is read late", "/admin/chains/cursor/"),
    ]
    assert found[1].text.startswith("Entry 5 is gone. Nothing is signed.")
    assert found[2].text.startswith("100 blocks are missing")
    assert told(person) == []
