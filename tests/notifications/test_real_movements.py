"""What really moves is told to whom it concerns: the events are those of the flows, not of the tests."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.utils import timezone

from notifications import tasks
from notifications.models import Delivery, Notification, Poisoned
from tests.factories.notifications import consume_all, happen, make_person
from tests.factories.pages import make_past

pytestmark = pytest.mark.django_db(transaction=True)


def test_deposits_and_a_transfer_are_told_to_both_people(settings: Any, tmp_path: Path) -> None:
    now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    past = make_past(settings, tmp_path, now=now)
    consume_all(now=now)
    told = Notification.objects.order_by("id").values_list("user__email", "kind", "title", "path")
    transfer = f"/activity/{past.transfer.pk}/"
    moved = [(email, kind, title, path) for email, kind, title, path in told if kind != "security"]
    assert [each[:3] for each in moved] == [
        ("ada@example.com", "received", "You received 0.5 BTC"),
        ("ada@example.com", "received", "You received 12.34567890123456789 ETH"),
        ("ada@example.com", "sent", "You sent 0.02 BTC"),
        ("grace@example.com", "received", "You received 0.02 BTC"),
    ]
    assert [each[3] for each in moved[2:]] == [transfer, transfer]
    assert not Poisoned.objects.exists()


def test_the_bells_find_their_work() -> None:
    person = make_person(now=timezone.now())
    happen(person, now=timezone.now())
    tasks.consume()
    (delivery,) = Delivery.objects.filter(user=person)
    assert delivery.status == "waiting"
    tasks.deliver(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert delivery.status == "sent"
    assert [sent.to for sent in mail.outbox] == [[person.email]]
