"""What browsers show: encrypted for them alone, signed, once; and nothing any more where nobody or a stranger sits."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.utils import timezone

from accounts import services as accounts
from accounts.models import User
from devnet.vendors.push_service import PushService
from devnet.vendors.server import Fault
from kit.errors import InvalidInput
from notifications import queries, services
from notifications.errors import EndpointUrlRefused, NoPush, PushKeyRefused, TooManyBrowsers
from notifications.models import Delivery, Notification, PushSubscription
from notifications.policy import Kind, Way
from notifications.services.pushing import MOST_BROWSERS, signing_key
from tests.factories.accounts import make_api_client, make_session
from tests.factories.notifications import consume_all, happen, make_person, move, told
from tests.factories.telephones import make_browser, push_keys, pushing

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/v1"


@pytest.fixture
def service(settings: Any, now: datetime) -> Iterator[PushService]:
    with pushing(settings, now=now) as opened:
        yield opened


def _happen(person: User, *, now: datetime) -> Delivery:
    event = happen(person, now=now)
    consume_all(now=now)
    return Notification.objects.get(event=event).deliveries.get(channel="push")


def test_a_browser_shows_what_its_person_is_told(service: PushService, now: datetime) -> None:
    person = make_person(now=now)
    browser, _ = make_browser(service, person, now=now)
    delivery = _happen(person, now=now)
    assert services.deliver(delivery_id=delivery.pk, now=now)
    ((said, headers),) = browser.shown
    notification = delivery.notification
    assert said == {
        "id": notification.pk,
        "kind": "security",
        "title": "Your password was changed",
        "text": notification.text,
        "url": "http://localhost:8000/security/",
        "path": "/security/",
    }
    assert headers == {"ttl": "86400", "urgency": "high", "topic": notification.pk}
    delivery.refresh_from_db()
    assert (delivery.status, delivery.sent_at) == ("sent", now)
    assert "password was changed" not in str(service.requests)  # nobody on the way reads it


def test_sent_twice_it_replaces_itself(service: PushService, now: datetime) -> None:
    person = make_person(now=now)
    browser, _ = make_browser(service, person, now=now)
    delivery = _happen(person, now=now)
    service.faults.append(Fault(drop="after"))
    assert not services.deliver(delivery_id=delivery.pk, now=now)
    assert services.deliver(delivery_id=delivery.pk, now=now + timedelta(seconds=5))
    assert len(browser.shown) == 2
    assert {(said["id"], headers["topic"]) for said, headers in browser.shown} == {(delivery.notification_id,) * 2}


def test_another_key_is_not_taken(service: PushService, now: datetime, settings: Any) -> None:
    person = make_person(now=now)
    browser, _ = make_browser(service, person, now=now)
    delivery = _happen(person, now=now)
    with push_keys(settings):
        assert not services.deliver(delivery_id=delivery.pk, now=now)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.reason) == ("failed", "The push service answered 403.")
    assert browser.shown == []


@pytest.mark.parametrize("status", [404, 410])
def test_a_browser_that_is_gone_is_forgotten(service: PushService, now: datetime, status: int) -> None:
    person = make_person(now=now)
    _, subscription = make_browser(service, person, now=now)
    other, _ = make_browser(service, person, now=now)
    consume_all(now=now)
    delivery = _first(_both(person, now=now), subscription)
    service.faults.append(Fault(status=status))
    assert not services.deliver(delivery_id=delivery.pk, now=now)
    delivery.refresh_from_db()
    subscription.refresh_from_db()
    assert (delivery.status, delivery.next_try_at) == ("failed", None)
    assert (subscription.removed_at, subscription.removed_reason) == (now, f"The push service answered {status}.")
    assert [each.subscription_id for each in _both(person, now=now)] != []
    assert queries.push_subscriptions(user_id=person.pk).count() == 1
    assert other.shown == []


@pytest.mark.parametrize(("status", "outcome"), [(429, "waiting"), (503, "waiting"), (413, "failed"), (400, "failed")])
def test_a_bad_moment_is_waited_for(service: PushService, now: datetime, status: int, outcome: str) -> None:
    person = make_person(now=now)
    _, subscription = make_browser(service, person, now=now)
    delivery = _happen(person, now=now)
    service.faults.append(Fault(status=status))
    services.deliver(delivery_id=delivery.pk, now=now)
    delivery.refresh_from_db()
    subscription.refresh_from_db()
    assert (delivery.status, subscription.removed_at) == (outcome, None)


def test_a_browser_in_which_somebody_signed_out_shows_nothing(service: PushService, now: datetime) -> None:
    person = make_person(now=now)
    session = make_session(person, now=now)
    browser, subscription = make_browser(service, person, now=now, session=session)
    delivery = _happen(person, now=now)
    accounts.revoke_session(user=person, session_id=session.pk, reason="lost", actor=person.pk, now=now)
    assert not services.deliver(delivery_id=delivery.pk, now=now)  # before the news of it is read
    assert browser.shown == []
    consume_all(now=now)
    subscription.refresh_from_db()
    assert subscription.removed_at == now
    happen(person, now=now)
    consume_all(now=now)
    assert Delivery.objects.filter(channel="push").count() == 2  # that it was turned on, and the one above


def test_whoever_subscribes_in_a_browser_has_it(service: PushService, now: datetime) -> None:
    one, two = make_person(now=now), make_person(now=now)
    browser, first = make_browser(service, one, now=now)
    keys: dict[str, Any] = {"url": first.url, **browser.keys, "agent": "Firefox", "now": now}
    again = services.subscribe(user_id=one.pk, session_id=first.session_id, **keys)
    assert (again.pk, PushSubscription.objects.count()) == (first.pk, 1)
    session = make_session(two, now=now)
    second = services.subscribe(user_id=two.pk, session_id=session.pk, **keys)
    first.refresh_from_db()
    assert (first.removed_at, second.user_id, second.removed_at) == (now, two.pk, None)
    with pytest.raises(IntegrityError):
        PushSubscription.objects.filter(pk=first.pk).update(removed_at=None)


def test_no_more_than_the_limit(service: PushService, now: datetime, settings: Any) -> None:
    settings.NOTIFICATION_PUSHES_PER_HOUR = 2
    person = make_person(now=now)
    make_browser(service, person, now=now)
    consume_all(now=now)
    for _ in range(2):
        happen(person, now=now)
    consume_all(now=now)
    found = Delivery.objects.filter(channel="push").order_by("id").values_list("status", "reason")
    assert list(found) == [
        ("waiting", ""),
        ("waiting", ""),
        ("failed", "Beyond the 2 push messages to one browser in an hour."),
    ]
    happen(person, now=now)
    consume_all(now=now + timedelta(hours=1))
    assert Delivery.objects.filter(channel="push", status="waiting").count() == 3


def test_nothing_is_shown_of_what_is_unwanted(service: PushService, now: datetime) -> None:
    person = make_person(now=now)
    make_browser(service, person, now=now)
    consume_all(now=now)
    services.save_preferences(user_id=person.pk, choices={(Kind.SENT, Way.PUSH): False}, now=now)
    move(person, "transaction.completed", now=now)
    move(person, "transaction.failed", now=now)
    consume_all(now=now)
    pushed = Delivery.objects.filter(channel="push").values_list("notification__topic", flat=True)
    assert sorted(pushed) == ["failed", "push_added"]


@pytest.mark.parametrize(
    "url", ["http://example.com/", "https://localhost/x", "https://127.0.0.1/", "https://10.0.0.8/", "https://[::1]/"]
)
def test_push_services_are_on_the_public_internet(service: PushService, now: datetime, settings: Any, url: str) -> None:
    person = make_person(now=now)
    browser, subscription = make_browser(service, person, now=now)
    consume_all(now=now)
    settings.DEVNET = False
    keys: dict[str, Any] = {"session_id": subscription.session_id, **browser.keys, "agent": "", "now": now}
    with pytest.raises(EndpointUrlRefused):
        services.subscribe(user_id=person.pk, url=url, **keys)
    assert PushSubscription.objects.count() == 1
    delivery = _happen(person, now=now)  # and one that is there all the same is not reached
    assert not services.deliver(delivery_id=delivery.pk, now=now)
    delivery.refresh_from_db()
    assert (delivery.status, delivery.reason) == ("failed", "The address is not an https:// one.")
    assert service.requests == []


def test_keys_that_are_none_are_refused(service: PushService, now: datetime) -> None:
    person = make_person(now=now)
    browser, url = service.subscribe(services.public_key())
    good: dict[str, Any] = {"session_id": "ses_1", "url": url, **browser.keys, "agent": "", "now": now}
    for wrong in ({"p256dh": ""}, {"p256dh": "A" * 87}, {"auth": ""}, {"auth": "é"}, {"auth": "A" * 40}):
        with pytest.raises(InvalidInput):
            services.subscribe(user_id=person.pk, **{**good, **wrong})
    assert not PushSubscription.objects.exists()


def test_there_is_a_limit_to_browsers(service: PushService, now: datetime) -> None:
    person = make_person(now=now)
    for _ in range(MOST_BROWSERS):
        make_browser(service, person, now=now)
    with pytest.raises(TooManyBrowsers):
        make_browser(service, person, now=now)
    assert PushSubscription.objects.count() == MOST_BROWSERS


def test_keys_are_made_once_and_only_workers_read_the_private_one(settings: Any, tmp_path: Path) -> None:
    settings.VAPID_KEY_FILE, settings.VAPID_PUBLIC_KEY_FILE = "", ""
    assert services.public_key() == ""
    with pytest.raises(CommandError):
        call_command("create_push_key")
    settings.VAPID_KEY_FILE = str(tmp_path / "keys" / "vapid.pem")
    settings.VAPID_PUBLIC_KEY_FILE = str(tmp_path / "keys" / "vapid.pub")
    call_command("create_push_key")
    public, private = services.public_key(), signing_key()
    call_command("create_push_key")
    assert (services.public_key(), signing_key()) == (public, private)
    assert len(public) == 87
    Path(settings.VAPID_KEY_FILE).chmod(0o644)
    with pytest.raises(PushKeyRefused, match="0600"):
        signing_key()


def test_without_keys_push_is_not_offered(now: datetime, settings: Any) -> None:
    settings.VAPID_PUBLIC_KEY_FILE = ""
    person = make_person(now=now)
    with pytest.raises(NoPush):
        services.subscribe(
            user_id=person.pk, session_id="ses_1", url="https://x.example/", p256dh="", auth="", agent="", now=now
        )


def test_the_api_and_the_worker_s_script(settings: Any, client: Any) -> None:
    with pushing(settings, now=timezone.now()) as service:
        person = make_person(now=timezone.now())
        api = make_api_client(person)
        browser, url = service.subscribe(services.public_key())
        body = {"endpoint": url, "expirationTime": None, "keys": browser.keys}
        made = api.post(f"{API}/push-subscriptions", body, format="json")
        assert made.status_code == 201
        assert api.post(f"{API}/push-subscriptions", body, format="json").json()["id"] == made.json()["id"]
        listed = api.get(f"{API}/push-subscriptions").json()
        assert (listed["public_key"], len(listed["subscriptions"])) == (services.public_key(), 1)
        assert url not in str(listed)
        stranger = make_api_client(make_person(now=timezone.now()))
        path = f"{API}/push-subscriptions/{made.json()['id']}"
        assert stranger.delete(path).status_code == 404
        assert PushSubscription.objects.get().removed_at is None
        assert api.delete(path).status_code == 204
        assert api.delete(path).status_code == 404
        assert make_api_client().post(f"{API}/push-subscriptions", body, format="json").status_code == 401
        consume_all(now=timezone.now())
        assert told(person) == ["push_added"]
    script = client.get("/push-worker.js")
    assert script["Content-Type"] == "text/javascript; charset=utf-8"
    assert "default-src 'none'" in script["Content-Security-Policy"]
    assert b"showNotification" in script.content


def _both(person: User, *, now: datetime) -> list[Delivery]:
    event = happen(person, now=now)
    consume_all(now=now)
    return list(Delivery.objects.filter(notification__event=event, channel="push"))


def _first(deliveries: list[Delivery], subscription: PushSubscription) -> Delivery:
    return next(each for each in deliveries if each.subscription_id == subscription.pk)
