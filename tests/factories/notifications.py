"""Things that happen to people, and what they are told of them."""

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from events.models import Event
from events.services import record
from kit.ids import new_id
from notifications import services
from notifications.models import Notification
from tests.factories.accounts import make_user
from transactions.models import Transaction

MOVEMENT = {"type": "send", "asset": "BTC", "amount_minor": "1500000"}


def make_person(*, now: datetime) -> User:
    """Return somebody whose address is proved, and whose past is news to nobody any more."""
    person = make_user(now=now)
    User.objects.filter(pk=person.pk).update(email_verified_at=now)
    person.refresh_from_db()
    consume_all(now=now)
    return person


def happen(person: User, type: str = "user.password_changed", *, now: datetime, **data: Any) -> Event:
    """Record an event of this person's, in a transaction of its own."""
    with transaction.atomic():
        return record(
            type=type, subject=person, actor="system", user_id=person.pk, now=now, data={"address": "1.2.3.4", **data}
        )


def move(person: User, type_: str, *, now: datetime, **data: Any) -> Event:
    """Record an end of a movement of money that nobody made, for tests that look at words and not at money."""
    with transaction.atomic():
        return record(
            type=type_,
            subject=Transaction(id=new_id("txn")),
            actor="system",
            user_id=person.pk,
            now=now,
            data={**MOVEMENT, **data},
        )


def consume_all(*, now: datetime) -> None:
    """Tell of everything that has happened."""
    while services.consume(now=now):
        pass


def told(person: User) -> list[str]:
    """Return the topics of what the person was told, in order."""
    return list(Notification.objects.filter(user=person).order_by("id").values_list("topic", flat=True))
