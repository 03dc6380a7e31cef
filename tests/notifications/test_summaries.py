"""Mails at the pace people want them, and what operators are told of the service itself."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from accounts.models import Role, User
from events.models import Event
from events.services import record
from notifications import queries, services
from notifications.errors import CannotBeSwitchedOff
from notifications.models import Delivery, Notification, Poisoned, Preference
from notifications.policy import Kind, Pace, Way
from providers.models import Provider
from providers.services import set_enabled
from tests.factories.accounts import make_user
from tests.factories.notifications import consume_all, happen, make_person, move, told

pytestmark = pytest.mark.django_db(transaction=True)


def _deliver_due(*, now: datetime) -> None:
    for delivery_id in queries.due(now=now, limit=100):
        services.deliver(delivery_id=delivery_id, now=now)


def test_a_daily_summary_is_one_mail_of_all_that_there_was(now: datetime, settings: Any) -> None:
    settings.NOTIFICATION_SUMMARY_HOUR = 7
    person = make_person(now=now)
    paces = {Kind.SENT: Pace.DAILY, Kind.FAILED: Pace.DAILY}
    services.save_preferences(user_id=person.pk, choices={}, paces=paces, now=now)
    move(person, "transaction.completed", now=now)
    move(person, "transaction.failed", now=now)
    consume_all(now=now)
    move(person, "transaction.completed", now=now, amount_minor="2500000")
    consume_all(now=now + timedelta(hours=9))
    happen(person, now=now)  # a security alert waits for nothing
    consume_all(now=now)
    _deliver_due(now=now + timedelta(hours=18, minutes=59))
    assert [each.subject for each in mail.outbox] == ["Your password was changed"]
    _deliver_due(now=now + timedelta(hours=19))
    assert len(mail.outbox) == 2
    summary = mail.outbox[1]
    assert summary.subject == "You sent 0.015 BTC and others"
    for line in ("You sent 0.015 BTC", "- 0.015 BTC were not sent", "- You sent 0.025 BTC"):
        assert line in str(summary.body)
    assert not Delivery.objects.exclude(status="sent").exists()


def test_an_hourly_summary_comes_at_the_full_hour(now: datetime) -> None:
    person = make_person(now=now)
    services.save_preferences(user_id=person.pk, choices={}, paces={Kind.SENT: Pace.HOURLY}, now=now)
    for minutes in (1, 59, 61):
        move(person, "transaction.completed", now=now)
        consume_all(now=now + timedelta(minutes=minutes))
    due = Delivery.objects.filter(user=person).order_by("id").values_list("status", "next_try_at")
    one, two = now + timedelta(hours=1), now + timedelta(hours=2)
    assert list(due) == [("gathered", one), ("gathered", one), ("gathered", two)]


def test_an_alert_is_never_part_of_a_summary(now: datetime, settings: Any) -> None:
    settings.NOTIFICATION_MAILS_PER_HOUR = 0  # everything is gathered
    person = make_person(now=now)
    services.save_preferences(user_id=person.pk, choices={}, paces={Kind.SENT: Pace.HOURLY}, now=now)
    move(person, "transaction.completed", now=now)
    happen(person, now=now)
    happen(person, now=now)
    move(person, "transaction.completed", now=now)
    consume_all(now=now)
    _deliver_due(now=now + timedelta(hours=1))
    assert sorted(each.subject for each in mail.outbox) == [
        "You sent 0.015 BTC and another",
        "Your password was changed and another",
    ]


def test_alerts_cannot_be_made_to_wait(now: datetime) -> None:
    person = make_person(now=now)
    paces = {Kind.SENT: Pace.DAILY, Kind.SECURITY: Pace.DAILY}
    with pytest.raises(CannotBeSwitchedOff):
        services.save_preferences(user_id=person.pk, choices={}, paces=paces, now=now)
    assert not Preference.objects.exists()
    for kind, channel in (("security", "email"), ("sent", "sms")):
        with pytest.raises(IntegrityError):
            Preference.objects.create(user=person, kind=kind, channel=channel, is_on=True, pace="daily", updated_at=now)


def test_a_pace_stays_when_something_else_is_chosen(now: datetime) -> None:
    person = make_person(now=now)
    services.save_preferences(user_id=person.pk, choices={}, paces={Kind.SENT: Pace.DAILY}, now=now)
    services.save_preferences(user_id=person.pk, choices={(Kind.SENT, Way.EMAIL): False}, now=now)
    services.save_preferences(user_id=person.pk, choices={(Kind.SENT, Way.EMAIL): True}, now=now)
    assert queries.paces(user_id=person.pk)[Kind.SENT] is Pace.DAILY
    assert Preference.objects.count() == 1


def test_mails_in_the_reader_s_language(now: datetime) -> None:
    person = make_person(now=now)
    User.objects.filter(pk=person.pk).update(language="de")
    move(person, "transaction.completed", now=now)
    happen(person, now=now)
    consume_all(now=now)
    _deliver_due(now=now)
    sent, alert = sorted(mail.outbox, key=lambda each: "Passwort" in each.subject)
    assert (sent.subject, alert.subject) == ("Sie haben 0,015 BTC gesendet", "Ihr Passwort wurde geändert")
    assert "Wählen, was Ihnen gemeldet wird: http" in str(sent.body)
    assert "Wir fragen nie nach Ihrem Passwort" in str(alert.body)
    html = str(alert.alternatives[0][0])  # type: ignore[attr-defined]
    assert '<html lang="de">' in html
    assert ">Ansehen</a>" in html


# --- The service itself
def test_operators_are_told_of_the_service_s_trouble_and_nobody_else(now: datetime) -> None:
    person = make_person(now=now)
    operator, administrator = make_user(role=Role.OPERATOR, now=now), make_user(role=Role.ADMINISTRATOR, now=now)
    officer, former = make_user(role=Role.OFFICER, now=now), make_user(role=Role.OPERATOR, now=now)
    User.objects.filter(pk=former.pk).update(is_active=False)
    consume_all(now=now)
    Notification.objects.filter(user__in=[operator, administrator, officer, former]).delete()
    set_enabled(provider="moonpay", is_enabled=False, actor="system", now=now)
    consume_all(now=now)
    event = Event.objects.get(type="provider.disabled")
    found = Notification.objects.filter(event=event).order_by("user_id")
    assert {each.user_id for each in found} == {operator.pk, administrator.pk}
    assert {(each.kind, each.title, each.path) for each in found} == {
        ("health", "moonpay was switched off", "/admin/providers/provider/")
    }
    assert told(person) == []
    assert not Provider.objects.get(pk="moonpay").is_enabled


def test_an_event_on_an_empty_desk_is_told_to_operators_once(now: datetime) -> None:
    person, operator = make_person(now=now), make_user(role=Role.OPERATOR, now=now)
    consume_all(now=now)
    before = len(told(operator))
    for _ in range(3):
        with transaction.atomic():
            record(type="user.signed_in", subject=person, actor="x", user_id=person.pk, now=now)  # of no session
    consume_all(now=now)
    assert Poisoned.objects.count() == 3
    assert told(operator)[before:] == ["notifications_poisoned"]
    (news,) = Notification.objects.filter(topic="notifications_poisoned")
    assert "KeyError in _is_news" in news.text


def test_news_of_the_desk_that_cannot_be_told_makes_no_more_of_it(now: datetime) -> None:
    person = make_person(now=now)
    operator = make_user(role=Role.OPERATOR, now=now)
    consume_all(now=now)
    with transaction.atomic():
        record(type="user.signed_in", subject=person, actor="x", user_id=person.pk, now=now)
    services.consume(now=now)
    Poisoned.objects.update(solved_at=now)
    Notification.objects.filter(user=operator).delete()
    bad = Event.objects.get(type="notification.poisoned")
    Notification.objects.create(  # in its way
        id="ntf_" + "0" * 26, event=bad, user=operator, kind="health", is_in_inbox=True, happened_at=now, created_at=now
    )
    consume_all(now=now)
    assert Poisoned.objects.filter(solved_at=None).count() == 1
    assert Event.objects.filter(type="notification.poisoned").count() == 1
