"""Text messages: only to numbers that were proved, counted, followed to their end, and never twice."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.utils import timezone

from accounts.models import User
from kit.errors import InvalidInput
from notifications import queries, services, tasks
from notifications.errors import NoTextMessages, TooManyTextMessages, WrongCode
from notifications.models import Delivery, Notification, Phone
from notifications.policy import Kind, Way
from providers.models import Call, Health, Webhook
from tests.factories.accounts import make_api_client
from tests.factories.notifications import consume_all, happen, make_person, move, told
from tests.factories.telephones import NUMBER, make_phone, texting
from tests.factories.vendors import Sandboxes

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/v1"


@pytest.fixture
def company(settings: Any) -> Iterator[Sandboxes]:
    with texting(settings) as sandboxes:
        yield sandboxes


def _bodies(company: Sandboxes) -> list[str]:
    return [each["body"] for each in company.orders("twilio")]


def _happen(person: User, *, now: datetime) -> Delivery:
    event = happen(person, now=now)
    consume_all(now=now)
    return Notification.objects.get(event=event).deliveries.get(channel="sms")


# --- The number
def test_a_number_is_proved_by_the_code_that_is_sent_there(company: Sandboxes, now: datetime) -> None:
    person = make_person(now=now)
    asked = services.ask_code(user_id=person.pk, number=" 0049 (151) 1234-5678", now=now)
    assert asked.number == NUMBER
    assert services.send_code(phone_id=asked.pk, now=now)
    assert not services.send_code(phone_id=asked.pk, now=now + timedelta(minutes=5))
    (body,) = _bodies(company)
    code = services.code_of(asked)
    assert body.startswith(f"Your Holdfast code is {code}.")
    assert queries.phone(user_id=person.pk) is None
    with pytest.raises(WrongCode):
        services.confirm(user_id=person.pk, code=f"{(int(code) + 1) % 1_000_000:06}", now=now)
    assert queries.phone(user_id=person.pk) is None
    proved = services.confirm(user_id=person.pk, code=f" {code[:3]} {code[3:]} ", now=now)
    assert (proved.number, proved.verified_at, proved.wrong_codes) == (NUMBER, now, 1)
    with pytest.raises(WrongCode):
        services.confirm(user_id=person.pk, code=code, now=now)
    consume_all(now=now)
    assert told(person) == ["phone_added"]
    assert "+49…678" in Notification.objects.get(user=person).text


def test_a_code_ends_after_ten_minutes_and_after_five_wrong_ones(company: Sandboxes, now: datetime) -> None:
    person = make_person(now=now)
    asked = services.ask_code(user_id=person.pk, number=NUMBER, now=now)
    code = services.code_of(asked)
    with pytest.raises(WrongCode):
        services.confirm(user_id=person.pk, code=code, now=now + timedelta(minutes=10))
    for _ in range(4):
        with pytest.raises(WrongCode):
            services.confirm(user_id=person.pk, code="", now=now)
    with pytest.raises(WrongCode):
        services.confirm(user_id=person.pk, code=code, now=now)
    assert queries.phone(user_id=person.pk) is None
    again = services.ask_code(user_id=person.pk, number=NUMBER, now=now)
    with pytest.raises(WrongCode):
        services.confirm(user_id=person.pk, code=code, now=now)  # of the code before
    services.confirm(user_id=person.pk, code=services.code_of(again), now=now)


def test_the_code_and_the_number_stand_in_no_log(company: Sandboxes, now: datetime) -> None:
    person = make_person(now=now)
    phone = make_phone(person, now=now)
    company.scenario("twilio", drop="after")
    delivery = _happen(person, now=now)
    services.deliver(delivery_id=delivery.pk, now=now)
    services.deliver(delivery_id=delivery.pk, now=now + timedelta(minutes=10))
    calls = list(Call.objects.values())
    assert len(calls) == 3
    for secret in (services.code_of(phone), NUMBER, NUMBER[1:], "password was changed"):
        assert secret not in str(calls)


@pytest.mark.parametrize("number", ["", "12345678", "+0151123456", "+49", "+49 abc 123456", "+1" + "2" * 15])
def test_what_is_no_number_is_refused(company: Sandboxes, now: datetime, number: str) -> None:
    person = make_person(now=now)
    with pytest.raises(InvalidInput):
        services.ask_code(user_id=person.pk, number=number, now=now)
    assert not Phone.objects.exists()


def test_codes_are_counted_by_person_number_and_in_all(company: Sandboxes, now: datetime, settings: Any) -> None:
    settings.NOTIFICATION_SMS_PER_HOUR, settings.NOTIFICATION_SMS_PER_DAY = 2, 3
    person = make_person(now=now)
    for number in ("+4915100000001", "+4915100000002"):
        services.ask_code(user_id=person.pk, number=number, now=now)
    for later in (timedelta(), timedelta(minutes=59)):
        with pytest.raises(TooManyTextMessages, match="in an hour"):
            services.ask_code(user_id=person.pk, number=NUMBER, now=now + later)
    services.ask_code(user_id=person.pk, number=NUMBER, now=now + timedelta(hours=1, seconds=1))
    with pytest.raises(TooManyTextMessages, match="in a day"):
        services.ask_code(user_id=person.pk, number=NUMBER, now=now + timedelta(hours=3))
    others = [make_person(now=now) for _ in range(3)]
    for other in others[:2]:
        services.ask_code(user_id=other.pk, number=NUMBER, now=now + timedelta(hours=3))
    with pytest.raises(TooManyTextMessages):  # three a day to one number, whoever asks
        services.ask_code(user_id=others[2].pk, number=NUMBER, now=now + timedelta(hours=3))
    settings.NOTIFICATION_SMS_TOTAL_PER_DAY = 5
    with pytest.raises(TooManyTextMessages, match="to all people"):
        services.ask_code(user_id=others[2].pk, number="+4915100000009", now=now + timedelta(hours=3))
    assert Phone.objects.count() == 5


def _ask_at_once(pairs: list[tuple[User, str]], *, now: datetime) -> list[str]:
    outcomes: list[str] = []

    def ask(person: User, number: str) -> None:
        try:
            services.ask_code(user_id=person.pk, number=number, now=now)
            outcomes.append("asked")
        except TooManyTextMessages:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=pair) for pair in pairs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(outcomes)


def test_nobody_gets_beyond_the_limits_by_asking_at_once(company: Sandboxes, now: datetime, settings: Any) -> None:
    """Neither one person with many numbers, nor many people with one: they would have it flooded at our cost."""
    settings.NOTIFICATION_SMS_PER_HOUR = 1
    person = make_person(now=now)
    numbers = [f"+491510000000{each}" for each in range(4)]
    assert _ask_at_once([(person, number) for number in numbers], now=now) == ["asked", *["refused"] * 3]
    assert Phone.objects.count() == 1
    people = [make_person(now=now) for _ in range(6)]
    assert _ask_at_once([(each, NUMBER) for each in people], now=now) == [*["asked"] * 3, *["refused"] * 3]
    settings.NOTIFICATION_SMS_TOTAL_PER_DAY = 6
    people = [make_person(now=now) for _ in range(4)]
    pairs = list(zip(people, numbers, strict=True))
    assert _ask_at_once(pairs, now=now) == [*["asked"] * 2, *["refused"] * 2]


def test_without_a_company_nothing_is_asked_for(now: datetime, settings: Any) -> None:
    settings.PROVIDERS = {code: access for code, access in settings.PROVIDERS.items() if code != "twilio"}
    person = make_person(now=now)
    with pytest.raises(NoTextMessages):
        services.ask_code(user_id=person.pk, number=NUMBER, now=now)
    assert not Phone.objects.exists()


def test_a_person_has_one_proved_number(company: Sandboxes, now: datetime) -> None:
    person = make_person(now=now)
    first = make_phone(person, now=now)
    second = make_phone(person, now=now, number="+4915100000002")
    first.refresh_from_db()
    assert (first.removed_at, queries.phone(user_id=person.pk)) == (now, second)
    with pytest.raises(IntegrityError):
        Phone.objects.filter(pk=first.pk).update(removed_at=None)
    services.remove_phone(user_id=person.pk, now=now)
    assert queries.phone(user_id=person.pk) is None
    consume_all(now=now)
    assert told(person) == ["phone_added", "phone_added", "phone_removed"]


def test_a_code_is_tried_again_and_sent_once(company: Sandboxes, now: datetime) -> None:
    person = make_person(now=timezone.now())
    at = timezone.now()
    asked = services.ask_code(user_id=person.pk, number=NUMBER, now=at)
    company.scenario("twilio", drop="after")
    assert not services.send_code(phone_id=asked.pk, now=at)
    assert not services.send_code(phone_id=asked.pk, now=at + timedelta(seconds=14))

    Health.objects.all().delete()
    assert services.send_code(phone_id=asked.pk, now=at + timedelta(seconds=15))
    assert len(_bodies(company)) == 1


# --- What is sent
def test_security_alerts_go_there_unless_they_are_unwanted(company: Sandboxes, now: datetime) -> None:
    person = make_person(now=now)
    make_phone(person, now=now)
    consume_all(now=now)
    Delivery.objects.filter(channel="sms").delete()
    delivery = _happen(person, now=now)
    move(person, "transaction.completed", now=now)
    consume_all(now=now)
    assert Delivery.objects.filter(channel="sms").count() == 1
    assert services.deliver(delivery_id=delivery.pk, now=now)
    assert _bodies(company)[1:] == [f"Holdfast: Your password was changed. Ref {delivery.notification_id[-6:]}"]
    delivery.refresh_from_db()
    assert (delivery.status, delivery.report, delivery.reference[:2]) == ("sent", "queued", "SM")
    services.save_preferences(user_id=person.pk, choices={(Kind.SECURITY, Way.SMS): False}, now=now)
    happen(person, now=now)
    consume_all(now=now)
    assert Delivery.objects.filter(channel="sms").count() == 1
    assert Delivery.objects.filter(channel="email", kind="security").count() == 3


def test_in_the_person_s_own_language(company: Sandboxes, now: datetime) -> None:
    person = make_person(now=now)
    User.objects.filter(pk=person.pk).update(language="de")
    person.refresh_from_db()
    make_phone(person, now=now)
    delivery = _happen(person, now=now)
    services.deliver(delivery_id=delivery.pk, now=now)
    code, alert = _bodies(company)
    assert code.startswith("Ihr Holdfast-Code ist ")
    assert alert == f"Holdfast: Ihr Passwort wurde geändert. Nr. {delivery.notification_id[-6:]}"


def test_no_more_than_the_limit_and_what_is_over_says_so(company: Sandboxes, now: datetime, settings: Any) -> None:
    settings.NOTIFICATION_SMS_PER_HOUR = 3
    person = make_person(now=now)
    make_phone(person, now=now)  # a message of its own, and the news of it another one
    for _ in range(3):
        happen(person, now=now)
    consume_all(now=now)
    found = Delivery.objects.filter(channel="sms").order_by("id").values_list("status", "next_try_at", "reason")
    over = ("failed", None, "Beyond the 3 text messages to one person in an hour.")
    assert list(found) == [("waiting", now, ""), ("waiting", now, ""), over, over]
    assert Delivery.objects.filter(channel="email", status="waiting").count() == 4
    for delivery_id in queries.due(now=now, limit=100):
        services.deliver(delivery_id=delivery_id, now=now)
    assert len(_bodies(company)) == 3


def test_an_outage_is_waited_for_and_nothing_is_sent_twice(company: Sandboxes) -> None:
    now = timezone.now()
    person = make_person(now=now)
    make_phone(person, now=now)
    delivery = _happen(person, now=now)
    company.scenario("twilio", drop="after")
    assert not services.deliver(delivery_id=delivery.pk, now=now)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.next_try_at) == ("waiting", now + timedelta(seconds=5))
    assert delivery.reason == "The company did not take it: broken."
    later = now + timedelta(minutes=10)  # its cool-down is over
    assert services.deliver(delivery_id=delivery.pk, now=later)
    assert len(_bodies(company)) == 2  # the code, and this


def test_what_was_given_up_in_doubt_is_looked_for_before_an_operator_has_it_sent_again(company: Sandboxes) -> None:
    now = timezone.now()
    person = make_person(now=now)
    make_phone(person, now=now)
    delivery = _happen(person, now=now)
    company.scenario("twilio", drop="after")
    services.deliver(delivery_id=delivery.pk, now=now)
    Delivery.objects.filter(pk=delivery.pk).update(status="failed", next_try_at=None)
    for hours, bodies in ((1, 2), (2, 3)):  # it had been taken; and what is known to be sent is sent anew, as asked
        delivery.refresh_from_db()
        at = now + timedelta(hours=hours)
        services.send_again(delivery=delivery, actor="usr_op", now=at)
        assert services.deliver(delivery_id=delivery.pk, now=at)
        assert len(_bodies(company)) == bodies


def test_a_number_that_takes_no_messages_is_given_up(company: Sandboxes, now: datetime) -> None:
    person = make_person(now=now)
    make_phone(person, now=now)
    delivery = _happen(person, now=now)
    company.scenario("twilio", error_code=21610)
    assert not services.deliver(delivery_id=delivery.pk, now=now)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.reason) == ("failed", "This number takes no text messages.")
    assert queries.phone(user_id=person.pk) is None
    consume_all(now=now)
    assert told(person)[-1] == "phone_refused"
    assert Delivery.objects.filter(channel="sms", notification__topic="phone_refused").count() == 0


# --- Reports
def _report(company: Sandboxes, delivery: Delivery, client: Any) -> Any:
    (webhook,) = company.emit("twilio", delivery.reference, "again", is_sent=False)
    headers = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in webhook.headers.items()}
    kind = headers.pop("HTTP_CONTENT_TYPE")
    return client.post("/webhooks/twilio/", webhook.raw, content_type=kind, **headers)


def test_a_report_is_a_bell_and_the_company_is_asked(company: Sandboxes, client: Any) -> None:
    now = timezone.now()
    person = make_person(now=now)
    make_phone(person, now=now)
    delivery = _happen(person, now=now)
    services.deliver(delivery_id=delivery.pk, now=now)
    delivery.refresh_from_db()
    company.advance(200)
    assert _report(company, delivery, client).status_code == 200
    assert _report(company, delivery, client).status_code == 200
    assert Webhook.objects.filter(provider="twilio").count() == 1
    tasks.take_webhooks()
    tasks.check_report(delivery_id=delivery.pk)
    delivery.refresh_from_db()
    assert (delivery.report, delivery.report_at, delivery.reports) == ("delivered", None, 1)
    assert Webhook.objects.get(provider="twilio").status == "handled"


def test_a_forged_report_is_refused_and_changes_nothing(company: Sandboxes, client: Any, now: datetime) -> None:
    person = make_person(now=now)
    make_phone(person, now=now)
    delivery = _happen(person, now=now)
    services.deliver(delivery_id=delivery.pk, now=now)
    delivery.refresh_from_db()
    raw = f"MessageSid={delivery.reference}&MessageStatus=delivered".encode()
    answer = client.post(
        "/webhooks/twilio/", raw, content_type="application/x-www-form-urlencoded", HTTP_X_TWILIO_SIGNATURE="AAAA"
    )
    assert answer.status_code == 401
    assert not Webhook.objects.exists()
    delivery.refresh_from_db()
    assert delivery.report == "queued"


def test_who_reports_nothing_is_asked_in_the_end(company: Sandboxes) -> None:
    now = timezone.now()
    person = make_person(now=now)
    make_phone(person, now=now)
    delivery = _happen(person, now=now)
    company.scenario("twilio", outcome="unknown_number")
    services.deliver(delivery_id=delivery.pk, now=now)
    at = now + timedelta(minutes=15)
    assert queries.reports_due(now=at - timedelta(seconds=1), limit=9) == []
    assert queries.reports_due(now=at, limit=9) == [delivery.pk]
    services.check_report(delivery_id=delivery.pk, now=at)  # it is still on its way
    delivery.refresh_from_db()
    assert (delivery.report, delivery.report_at) == ("queued", at + timedelta(minutes=15))
    company.advance(200)
    later = at + timedelta(minutes=15)
    services.check_report(delivery_id=delivery.pk, now=later)
    delivery.refresh_from_db()
    assert (delivery.report, delivery.report_at, delivery.reason) == ("failed", None, "Not delivered: error 30005.")
    assert queries.phone(user_id=person.pk) is None  # a number that nobody has


def test_a_report_that_is_faster_than_the_answer_waits(company: Sandboxes, client: Any) -> None:
    now = timezone.now()
    person = make_person(now=now)
    make_phone(person, now=now)
    delivery = _happen(person, now=now)
    company.scenario("twilio", drop="after")
    services.deliver(delivery_id=delivery.pk, now=now)
    company.advance(200)
    delivery.reference = company.orders("twilio")[-1]["id"]
    assert _report(company, delivery, client).status_code == 200
    tasks.take_webhooks()
    assert Webhook.objects.get(provider="twilio").status == "parked"


# --- Doors
def test_the_api(company: Sandboxes) -> None:
    person = make_person(now=timezone.now())
    client = make_api_client(person)
    assert client.get(f"{API}/phone").json() == {"is_offered": True, "verified": None, "pending": None}
    asked = client.post(f"{API}/phone", {"number": NUMBER}, format="json")
    assert (asked.status_code, asked.json()["pending"]["number"]) == (202, "+49…678")
    assert client.post(f"{API}/phone", {"number": "0151"}, format="json").status_code == 400
    wrong = client.post(f"{API}/phone/confirm", {"code": "abc"}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "wrong_code")
    code = services.code_of(Phone.objects.get())
    assert client.post(f"{API}/phone/confirm", {"code": code}, format="json").json()["verified"]["number"] == "+49…678"
    assert client.delete(f"{API}/phone").status_code == 204
    assert client.get(f"{API}/phone").json()["verified"] is None
    for method in ("get", "post", "delete"):
        assert getattr(make_api_client(), method)(f"{API}/phone").status_code == 401
