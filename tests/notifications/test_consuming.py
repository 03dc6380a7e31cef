"""Every event is told once, in order, to whoever it concerns; one that cannot be told holds nobody up."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from accounts import services as accounts
from accounts.models import Session
from events.models import Event, FeedItem
from events.services import record, relay
from kit.clients import Client
from kit.states import IllegalMove
from notifications import services
from notifications.errors import CannotBeSwitchedOff
from notifications.models import Cursor, Delivery, Notification, Poisoned, Preference
from notifications.policy import Kind, Way
from tests.factories.accounts import CLIENT, PASSWORD, make_user
from tests.factories.notifications import consume_all, happen, make_person, move, told
from tests.laws.whole import feeds_have_no_gaps

pytestmark = pytest.mark.django_db(transaction=True)


def test_an_event_is_told_once(now: datetime) -> None:
    person = make_person(now=now)
    event = happen(person, now=now, address="198.51.100.7", agent="Firefox")
    assert services.consume(now=now) >= 1
    assert services.consume(now=now) >= 0
    consume_all(now=now)
    (notification,) = Notification.objects.filter(user=person)
    assert notification.event_id == event.pk
    assert notification.title == "Your password was changed"
    assert notification.text.startswith("It came from 198.51.100.7 (Firefox). If it was not you,")
    assert (notification.kind, notification.is_in_inbox, notification.read_at) == ("security", True, None)
    (delivery,) = notification.deliveries.all()
    assert (delivery.channel, delivery.status) == ("email", "waiting")
    with pytest.raises(IntegrityError):
        Notification.objects.create(
            id="ntf_" + "0" * 26,
            event=event,
            user=person,
            kind="security",
            is_in_inbox=True,
            happened_at=now,
            created_at=now,
        )


def test_the_bell_hears_of_it_in_the_feed_without_gaps(now: datetime) -> None:
    person = make_person(now=now)
    while relay():
        pass
    before = FeedItem.objects.filter(user_id=person.pk).count()
    for _ in range(3):
        happen(person, now=now)
    consume_all(now=now)
    while relay():
        pass
    items = FeedItem.objects.filter(user_id=person.pk, sequence__gt=before).order_by("sequence")
    assert [(item.type, item.data["title"], item.data["unread"]) for item in items] == [
        ("notification", "Your password was changed", number) for number in (1, 2, 3)
    ]
    feeds_have_no_gaps()


def test_an_event_that_commits_late_is_told_after_all(now: datetime) -> None:
    person = make_person(now=now)
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                record(type="user.factor_enabled", subject=person, actor="x", user_id=person.pk, now=now)
                written.set()
                assert go_on.wait(10)
        finally:
            connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    assert written.wait(10)
    happen(person, now=now)  # a later id, committed first
    consume_all(now=now)
    go_on.set()
    thread.join()
    consume_all(now=now)
    assert sorted(told(person)) == ["factor_enabled", "password_changed"]


def test_a_poisoned_event_goes_to_the_desk_and_holds_nobody_up(now: datetime) -> None:
    person = make_person(now=now)
    with transaction.atomic():
        bad = record(type="user.signed_in", subject=person, actor="x", user_id=person.pk, now=now)  # of no session
    happen(person, now=now)
    consume_all(now=now)
    assert told(person) == ["password_changed"]
    (poisoned,) = Poisoned.objects.all()
    assert (poisoned.event_id, poisoned.tries, poisoned.solved_at) == (bad.pk, 1, None)
    assert poisoned.error.startswith("KeyError in _is_news")
    later = now + timedelta(hours=1)
    services.retry(poisoned=poisoned, actor="usr_operator", now=later)
    poisoned.refresh_from_db()
    assert (poisoned.tries, poisoned.last_at, poisoned.solved_at) == (2, later, None)


def test_an_operator_solves_a_poisoned_event_once(now: datetime) -> None:
    person = make_person(now=now)
    event = happen(person, now=now)
    Cursor.objects.update(number=event.pk, xid=_xid(event))
    row = Poisoned.objects.create(event=event, error="a bug that is mended now", first_at=now, last_at=now)
    services.retry(poisoned=row, actor="usr_operator", now=now)
    row.refresh_from_db()
    assert row.solved_at == now
    assert told(person) == ["password_changed"]
    with pytest.raises(IllegalMove):
        services.retry(poisoned=row, actor="usr_operator", now=now)
    assert told(person) == ["password_changed"]


def test_two_consumers_side_by_side_tell_everything_once(now: datetime) -> None:
    person = make_person(now=now)
    for _ in range(60):
        happen(person, now=now)

    def work() -> None:
        try:
            for _ in range(40):
                services.consume(now=now, limit=5)
        finally:
            connection.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    consume_all(now=now)
    assert told(person) == ["password_changed"] * 60


def test_a_sign_in_is_told_where_the_person_was_not_seen_before(now: datetime) -> None:
    person = make_user(now=now)
    accounts.complete_sign_in(user=person, kind=Session.Kind.BROWSER, client=CLIENT, now=now)
    consume_all(now=now)
    assert told(person) == []  # signing up
    accounts.sign_in(email=person.email, password=PASSWORD, kind=Session.Kind.TOKEN, client=CLIENT, now=_later(now, 1))
    consume_all(now=now)
    assert told(person) == []
    stranger = Client(address="203.0.113.9", agent="curl")
    accounts.sign_in(
        email=person.email, password=PASSWORD, kind=Session.Kind.TOKEN, client=stranger, now=_later(now, 2)
    )
    consume_all(now=now)
    assert told(person) == ["signed_in"]
    assert "203.0.113.9 (curl)" in Notification.objects.get(user=person).text


def test_nobody_is_told_by_a_way_they_chose_not(now: datetime) -> None:
    person = make_person(now=now)
    choices = {(Kind.SENT, Way.EMAIL): False, (Kind.FAILED, Way.INBOX): False}
    services.save_preferences(user_id=person.pk, choices=choices, now=now)
    move(person, "transaction.completed", now=now)
    move(person, "transaction.failed", now=now)
    consume_all(now=now)
    assert told(person) == ["sent", "failed"]
    sent, failed = Notification.objects.filter(user=person).order_by("id")
    assert (sent.title, sent.is_in_inbox, sent.deliveries.count()) == ("You sent 0.015 BTC", True, 0)
    assert (failed.is_in_inbox, failed.deliveries.get().channel) == (False, "email")


def test_security_alerts_cannot_be_switched_off(now: datetime) -> None:
    person = make_person(now=now)
    with pytest.raises(CannotBeSwitchedOff):
        services.save_preferences(
            user_id=person.pk, choices={(Kind.SENT, Way.EMAIL): False, (Kind.SECURITY, Way.EMAIL): False}, now=now
        )
    assert not Preference.objects.exists()
    for way in ("inbox", "email"):
        with pytest.raises(IntegrityError):
            Preference.objects.create(user=person, kind="security", channel=way, is_on=False, updated_at=now)


def test_an_address_that_is_not_proved_gets_security_alerts_alone(now: datetime) -> None:
    person = make_user(now=now)
    consume_all(now=now)
    move(person, "transaction.completed", now=now)
    happen(person, now=now)
    consume_all(now=now)
    mails = Delivery.objects.filter(user=person).values_list("notification__topic", flat=True)
    assert list(mails) == ["password_changed"]


def test_too_many_mails_of_one_kind_are_gathered(now: datetime, settings: Any) -> None:
    settings.NOTIFICATION_MAILS_PER_HOUR = 2
    person = make_person(now=now)
    for minute in range(5):
        happen(person, now=now)
        consume_all(now=now + timedelta(minutes=minute))
    move(person, "transaction.completed", now=now)  # another kind has a limit of its own
    consume_all(now=now + timedelta(minutes=6))
    made = Delivery.objects.filter(user=person).order_by("id")
    over = now + timedelta(hours=1, minutes=2)
    assert [(each.kind, each.status, each.next_try_at) for each in made] == [
        ("security", "waiting", now),
        ("security", "waiting", now + timedelta(minutes=1)),
        ("security", "gathered", over),
        ("security", "gathered", over),
        ("security", "gathered", over),
        ("sent", "waiting", now + timedelta(minutes=6)),
    ]


def _later(now: datetime, minutes: int) -> datetime:
    return now + timedelta(minutes=minutes)


def _xid(event: Event) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT xid::text::bigint FROM events_event WHERE id = %s", [event.pk])
        row = cursor.fetchone()
    assert row is not None
    return int(row[0])
