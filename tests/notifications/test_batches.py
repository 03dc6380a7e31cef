"""Many events are told at once as they would be one by one, in as many statements as few of them take."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from django.db import transaction

from accounts import services as accounts
from accounts.models import Role, Session, User
from events.models import Event
from events.services import record
from kit.clients import Client
from kit.ids import new_id
from notifications import services
from notifications.models import Delivery, Notification, Poisoned, PushSubscription
from notifications.policy import Kind, Pace, Way
from tests.factories.accounts import CLIENT, PASSWORD, make_session, make_user
from tests.factories.notifications import consume_all, happen, make_person, move
from tests.factories.telephones import make_browser, make_phone, pushing, texting
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True)

MOST_OF_A_BATCH = 18
STRANGER = Client(address="203.0.113.9", agent="curl")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the statements sent since, by whichever cursor; empty it to begin anew."""
    statements: list[str] = []
    execute = psycopg.Cursor.execute

    def noted(cursor: Any, query: Any, *args: Any, **more: Any) -> Any:
        statements.append(str(query))
        return execute(cursor, query, *args, **more)

    monkeypatch.setattr(psycopg.Cursor, "execute", noted)
    return statements


@pytest.fixture
def ways(settings: Any, now: datetime) -> Iterator[Callable[[User], list[PushSubscription]]]:
    """Return what gives people a telephone, two browsers in sessions of their own and two webhook endpoints."""
    settings.NOTIFICATION_SMS_PER_HOUR, settings.NOTIFICATION_SMS_TOTAL_PER_DAY = 3, 5
    settings.NOTIFICATION_PUSHES_PER_HOUR, settings.NOTIFICATION_MAILS_PER_HOUR = 5, 4
    with texting(settings), pushing(settings, now=now) as service:

        def give(person: User) -> list[PushSubscription]:
            number = f"+49151{int.from_bytes(person.pk.encode()[-3:]):08}"
            long_ago = now - timedelta(days=2)
            make_phone(person, now=long_ago, number=number)
            for place in ("one", "two"):
                services.add_endpoint(user_id=person.pk, url=f"https://example.com/{place}", now=long_ago)
            return [make_browser(service, person, now=now, session=make_session(person, now=now))[1] for _ in range(2)]

        yield give


# --- As if one by one
def test_a_batch_is_told_as_its_events_would_be_one_by_one(
    ways: Callable[[User], list[PushSubscription]], now: datetime
) -> None:
    people = [make_person(now=now) for _ in range(2)]
    make_user(role=Role.OPERATOR, now=now)
    make_user(role=Role.ADMINISTRATOR, now=now)
    browsers = ways(people[0])
    ways(people[1])
    consume_all(now=now - timedelta(days=2))
    happen(people[1], now=now)  # some of what may be sent has been
    consume_all(now=now - timedelta(minutes=50))
    paces = {Kind.RECEIVED: Pace.HOURLY, Kind.FAILED: Pace.DAILY}
    services.save_preferences(
        user_id=people[0].pk,
        choices={(Kind.SENT, Way.SMS): True, (Kind.FAILED, Way.INBOX): False},
        paces=paces,
        now=now,
    )
    _live(people, browsers, now=now)
    first = _told_in_batches_of(1, now=now)
    assert first == _told_in_batches_of(7, now=now) == _told_in_batches_of(200, now=now)
    _everything_happened(first)


def _live(people: list[User], browsers: list[PushSubscription], *, now: datetime) -> None:
    """Have each kind of thing happen that one event of a batch can mean to another."""
    waiting = Transaction(id=new_id("txn"))
    for turn in range(4):
        for person in people:
            move(person, "transaction.completed", now=now)
            happen(person, now=now)
            move(person, "transaction.failed", now=now)
            _wait(person, waiting, now=now)
            _wait(person, waiting, now=now)  # again with nothing between that breaks the batch
        if turn in {1, 2}:  # a session ends twice, and what cannot be told stands in the middle
            happen(people[0], "session.revoked", now=now, session=browsers[0].session_id)
            happen(people[1], "user.signed_in", now=now)
            with transaction.atomic():
                record(type="chains.halted", subject=waiting, actor="system", now=now, data={"reason": "Why."})
    for client in (CLIENT, STRANGER):
        accounts.sign_in(email=people[1].email, password=PASSWORD, kind=Session.Kind.TOKEN, client=client, now=now)
    nobody = User(id=new_id("usr"), email="nobody@example.com")
    happen(nobody, now=now)


def _wait(person: User, about: Transaction, *, now: datetime) -> None:
    with transaction.atomic():
        record(
            type="transaction.progressed",
            subject=about,
            actor="system",
            user_id=person.pk,
            now=now,
            data={"type": "on_ramp", "asset": "BTC", "amount_minor": "1", "sub_status": "waiting_for_you"},
        )


def _told_in_batches_of(limit: int, *, now: datetime) -> list[list[Any]]:
    """Return all that is written when so many events at a time are told; it is rolled back."""
    last = Event.objects.latest("id").pk
    older = set(Notification.objects.values_list("pk", flat=True))
    with transaction.atomic():
        while services.consume(now=now, limit=limit):
            pass
        fresh = Notification.objects.exclude(pk__in=older)
        numbers = {pk: place for place, pk in enumerate(fresh.order_by("id").values_list("pk", flat=True))}
        told = [
            [row for row in fresh.order_by("id").values_list(*_TOLD)],
            [
                (numbers[row[0]], *row[1:])
                for row in Delivery.objects.filter(notification__in=fresh).order_by("id").values_list(*_SENT)
            ],
            [
                (type_, user_id, data, (live or {}) | ({"id": numbers[live["id"]]} if live and "id" in live else {}))
                for type_, user_id, data, live in Event.objects.filter(pk__gt=last)
                .order_by("id")
                .values_list("type", "user_id", "data", "live_data")
            ],
            list(Poisoned.objects.order_by("id").values_list("event_id", "error", "tries")),
            list(PushSubscription.objects.order_by("id").values_list("id", "removed_at", "removed_reason")),
        ]
        transaction.set_rollback(True)
    return told


_TOLD = ("event_id", "user_id", "kind", "topic", "title", "text", "path", "language", "is_in_inbox", "happened_at")
_SENT = (
    *("notification_id", "user_id", "kind", "channel", "endpoint_id", "subscription_id"),
    *("status", "next_try_at", "reason", "tries", "created_at"),
)


def _everything_happened(told: list[list[Any]]) -> None:
    """See that the batch had in it what it was made for."""
    notifications, deliveries, events, poisoned, browsers = told
    assert {row[3] for row in notifications} >= {"waiting_for_you", "signed_in", "network_halted", "sent", "failed"}
    assert [row[3] for row in notifications].count("waiting_for_you") == 2
    assert {(row[3], row[6]) for row in deliveries} == {
        *((way, "waiting") for way in ("email", "sms", "push", "webhook")),
        *((way, "failed") for way in ("sms", "push")),
        ("email", "gathered"),
    }
    assert {row[8] for row in deliveries if row[8]} == {
        "Beyond the 3 text messages to one person in an hour.",
        "Beyond the 5 text messages to all people in a day.",
        "Beyond the 5 push messages to one browser in an hour.",
    }
    assert len(poisoned) == 3
    assert [error.partition(" (")[0] for _, error, _ in poisoned] == [
        *["KeyError in _is_news"] * 2,
        "DoesNotExist in readers_of",
    ]
    assert [row[0] for row in events].count("push_subscription.removed") == 1
    assert sum(1 for row in browsers if row[1]) == 1


# --- How many statements
def test_many_take_as_many_statements_as_few(
    ways: Callable[[User], list[PushSubscription]], now: datetime, asked: list[str], settings: Any
) -> None:
    settings.NOTIFICATION_SMS_TOTAL_PER_DAY = 1_000
    needed = []
    for count in (1, 6):
        people = [make_person(now=now) for _ in range(count)]
        for person in people:
            ways(person)
            choices = {(kind, Way.SMS): True for kind in (Kind.SENT, Kind.RECEIVED)}
            services.save_preferences(user_id=person.pk, choices=choices, now=now)
        consume_all(now=now - timedelta(days=2))
        for person in people * 8:
            move(person, "transaction.completed", now=now)
        asked.clear()
        assert services.consume(now=now) == 8 * count
        needed.append(len(asked))
    assert needed[0] == needed[1] <= MOST_OF_A_BATCH, "\n".join(asked)


def test_what_concerns_nobody_takes_none(now: datetime, asked: list[str]) -> None:
    person = make_person(now=now)
    for count in (1, 50):
        for _ in range(count):
            move(person, "transaction.balance_reserved", now=now)
        asked.clear()
        assert services.consume(now=now) == count
        assert len(asked) == 6, "\n".join(asked)  # the batch's own, its cursor and its savepoint
