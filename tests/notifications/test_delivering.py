"""Deliveries: sent once each, tried again on the schedule, sent once more on request, under the same id."""

import threading
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import connection

from accounts.models import User
from kit.states import IllegalMove
from notifications import queries, services
from notifications.adapters.webhook import sign
from notifications.errors import EndpointUrlRefused, TooManyEndpoints
from notifications.models import Attempt, Delivery, Endpoint, Notification
from notifications.policy import RETRY_AFTER
from notifications.services.endpoints import MOST_ENDPOINTS
from tests.factories.http_servers import HttpServer, http_server, say
from tests.factories.notifications import consume_all, happen, make_person

pytestmark = pytest.mark.django_db(transaction=True)


def _hook(person: User, server: HttpServer, *, now: datetime) -> Endpoint:
    endpoint = services.add_endpoint(user_id=person.pk, url=f"{server.url}/hook", now=now)
    consume_all(now=now)
    for row in Delivery.objects.filter(user=person):  # that it was added is news as well
        services.deliver(delivery_id=row.pk, now=now)
    server.requests.clear()
    return endpoint


def _happen(person: User, *, now: datetime) -> Notification:
    event = happen(person, now=now)
    consume_all(now=now)
    return Notification.objects.get(event=event)


def _webhook(notification: Notification) -> Delivery:
    return notification.deliveries.get(channel="webhook")


def test_a_mail_is_sent_once(now: datetime) -> None:
    person = make_person(now=now)
    delivery = _happen(person, now=now).deliveries.get(channel="email")
    assert services.deliver(delivery_id=delivery.pk, now=now)
    assert not services.deliver(delivery_id=delivery.pk, now=now + timedelta(hours=1))
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([person.email], "Your password was changed")
    assert "We never ask for your password" in sent.body
    delivery.refresh_from_db()
    assert (delivery.status, delivery.sent_at, delivery.next_try_at) == ("sent", now, None)


def test_gathered_mails_are_one(now: datetime, settings: Any) -> None:
    settings.NOTIFICATION_MAILS_PER_HOUR = 1
    person = make_person(now=now)
    for _ in range(25):
        _happen(person, now=now)
    for delivery_id in queries.due(now=now, limit=100):
        services.deliver(delivery_id=delivery_id, now=now)
    assert len(mail.outbox) == 1
    later = now + timedelta(hours=1)
    for delivery_id in queries.due(now=later, limit=100):
        services.deliver(delivery_id=delivery_id, now=later)
    assert len(mail.outbox) == 2
    assert mail.outbox[1].subject == "Your password was changed and others"
    assert str(mail.outbox[1].body).count("- Your password was changed") == 20
    assert "and 3 more" in str(mail.outbox[1].body)
    assert not Delivery.objects.exclude(status="sent").exists()


def test_a_webhook_is_signed_with_the_endpoints_own_secret(now: datetime) -> None:
    person = make_person(now=now)
    with http_server(say(200)) as server:
        endpoint = _hook(person, server, now=now)
        notification = _happen(person, now=now)
        assert services.deliver(delivery_id=_webhook(notification).pk, now=now)
        ((method, path, headers, body),) = server.requests
    assert (method, path) == ("POST", "/hook")
    expected = sign(notification.pk, body, [services.secret_of(endpoint)], now=now)
    assert {name.lower(): value for name, value in headers.items() if name.lower() in expected} == expected


def test_both_secrets_sign_for_a_day_after_a_rotation(now: datetime) -> None:
    person = make_person(now=now)
    with http_server(say(200)) as server:
        endpoint = _hook(person, server, now=now)
        old = services.secret_of(endpoint)
        new = services.rotate_secret(endpoint=endpoint, now=now)
        assert new != old
        signatures = []
        for at in (now, now + timedelta(hours=24)):
            notification = _happen(person, now=at)
            services.deliver(delivery_id=_webhook(notification).pk, now=at)
            _, _, headers, body = server.requests[-1]
            both = sign(notification.pk, body, [new, old], now=at)["webhook-signature"]
            signatures.append((_header(headers), both))
    assert signatures[0][0] == signatures[0][1]
    assert signatures[1][0] == signatures[1][1].split(" ")[0]


def test_a_failing_webhook_is_tried_on_the_schedule_and_then_given_up(now: datetime) -> None:
    person = make_person(now=now)
    with http_server(say(500)) as server:
        _hook(person, server, now=now)
        delivery = _webhook(_happen(person, now=now))
        at = now
        for wait in RETRY_AFTER:
            assert not services.deliver(delivery_id=delivery.pk, now=at)
            delivery.refresh_from_db()
            assert (delivery.status, delivery.next_try_at) == ("waiting", at + wait)
            assert not services.deliver(delivery_id=delivery.pk, now=at + wait - timedelta(seconds=1))
            at += wait
        assert not services.deliver(delivery_id=delivery.pk, now=at)
        assert len(server.requests) == 8
        assert len({_id(request[2]) for request in server.requests}) == 1
    delivery.refresh_from_db()
    assert (delivery.status, delivery.next_try_at, delivery.reason) == ("failed", None, "It answered 500.")
    tries = Attempt.objects.filter(delivery=delivery).values_list("is_ok", "status")
    assert list(tries) == [(False, 500)] * 8


def test_a_replay_has_the_original_id(now: datetime) -> None:
    person = make_person(now=now)
    with http_server(say(200)) as server:
        endpoint = _hook(person, server, now=now)
        notification = _happen(person, now=now)
        delivery = _webhook(notification)
        with pytest.raises(IllegalMove):
            services.replay(endpoint=endpoint, delivery_id=delivery.pk, actor=person.pk, now=now)
        services.deliver(delivery_id=delivery.pk, now=now)
        later = now + timedelta(days=3)
        services.replay(endpoint=endpoint, delivery_id=delivery.pk, actor=person.pk, now=later)
        assert services.deliver(delivery_id=delivery.pk, now=later)
        first, again = server.requests
    assert _id(first[2]) == _id(again[2]) == notification.pk
    assert first[3] == again[3]


def test_an_endpoint_that_is_gone_is_switched_off(now: datetime) -> None:
    person = make_person(now=now)
    with http_server(say(200)) as server:
        endpoint = _hook(person, server, now=now)
        server.answer = say(410)
        first = _webhook(_happen(person, now=now))
        services.deliver(delivery_id=first.pk, now=now)
        endpoint.refresh_from_db()
        assert (endpoint.is_enabled, endpoint.disabled_reason) == (False, "It answered 410: gone.")
        assert not _happen(person, now=now).deliveries.filter(channel="webhook").exists()


def test_what_waits_for_a_removed_endpoint_is_not_sent(now: datetime) -> None:
    person = make_person(now=now)
    with http_server(say(200)) as server:
        endpoint = _hook(person, server, now=now)
        delivery = _webhook(_happen(person, now=now))
        services.remove_endpoint(endpoint=endpoint, now=now)
        assert not services.deliver(delivery_id=delivery.pk, now=now)
        assert server.requests == []
    delivery.refresh_from_db()
    assert delivery.status == "failed"


def test_the_secret_stands_in_no_row(now: datetime) -> None:
    person = make_person(now=now)
    with http_server(say(200)) as server:
        endpoint = _hook(person, server, now=now)
    secret = services.secret_of(endpoint)
    assert secret.startswith("whsec_")
    rows = [model.objects.values() for model in (Endpoint, Delivery, Notification, Attempt)]
    assert secret.removeprefix("whsec_") not in str([list(each) for each in rows])


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://localhost/x", "https://127.0.0.1/", "https://[::1]/", "https://10.0.0.8/"]
)
def test_endpoints_outside_development_are_public_ones(now: datetime, settings: Any, url: str) -> None:
    settings.DEVNET = False
    person = make_person(now=now)
    with pytest.raises(EndpointUrlRefused):
        services.add_endpoint(user_id=person.pk, url=url, now=now)
    assert not Endpoint.objects.exists()


def test_there_is_a_limit_to_endpoints(now: datetime) -> None:
    person = make_person(now=now)
    for number in range(MOST_ENDPOINTS):
        services.add_endpoint(user_id=person.pk, url=f"https://example.com/{number}", now=now)
    with pytest.raises(TooManyEndpoints):
        services.add_endpoint(user_id=person.pk, url="https://example.com/more", now=now)
    assert Endpoint.objects.count() == MOST_ENDPOINTS


def test_whoever_dies_while_sending_leaves_it_to_the_next(now: datetime) -> None:
    person = make_person(now=now)
    with http_server(say(200)) as server:
        _hook(person, server, now=now)
        delivery = _webhook(_happen(person, now=now))
        Delivery.objects.filter(pk=delivery.pk).update(next_try_at=now + timedelta(minutes=1), tries=1)
        assert not services.deliver(delivery_id=delivery.pk, now=now + timedelta(seconds=59))
        assert delivery.pk in queries.due(now=now + timedelta(minutes=1), limit=100)
        assert services.deliver(delivery_id=delivery.pk, now=now + timedelta(minutes=1))
        assert len(server.requests) == 1


def test_a_slow_endpoint_holds_one_worker_and_no_more(now: datetime) -> None:
    person = make_person(now=now)
    reached, go_on = threading.Event(), threading.Event()

    def slowly(handler: Any) -> None:
        reached.set()
        assert go_on.wait(10)
        say(200)(handler)

    with http_server(say(200)) as server:
        _hook(person, server, now=now)
        first, second = _webhook(_happen(person, now=now)), _webhook(_happen(person, now=now))
        server.answer = slowly
        thread = threading.Thread(target=_deliver_elsewhere, args=(first.pk, now))
        thread.start()
        assert reached.wait(10)
        assert not services.deliver(delivery_id=second.pk, now=now)
        second.refresh_from_db()
        assert (second.tries, second.next_try_at) == (0, now + timedelta(seconds=5))
        go_on.set()
        thread.join()
        assert services.deliver(delivery_id=second.pk, now=now + timedelta(seconds=5))
    assert not Delivery.objects.filter(endpoint__isnull=False).exclude(status="sent").exists()


def _deliver_elsewhere(delivery_id: str, now: datetime) -> None:
    try:
        services.deliver(delivery_id=delivery_id, now=now)
    finally:
        connection.close()


def _id(headers: dict[str, str]) -> str:
    return _small(headers)["webhook-id"]


def _header(headers: dict[str, str]) -> str:
    return _small(headers)["webhook-signature"]


def _small(headers: dict[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
