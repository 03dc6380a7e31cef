"""The API and the pages: one's own only, keyset pages, and what may not be chosen is refused."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Role, User
from events.models import Event
from notifications import services
from notifications.models import Delivery, Endpoint, Notification, Phone, Preference, PushSubscription
from tests.factories.accounts import make_api_client, make_user, sign_in_browser
from tests.factories.http_servers import http_server, say
from tests.factories.notifications import consume_all, happen, make_person
from tests.factories.telephones import NUMBER, make_browser, pushing, texting

pytestmark = pytest.mark.django_db(transaction=True)

API = "/api/v1"


def _person(*, news: int = 0) -> User:
    now = timezone.now()
    person = make_person(now=now)
    for _ in range(news):
        happen(person, now=now)
    consume_all(now=now)
    return person


def _browser(person: User) -> Client:
    client = Client()
    sign_in_browser(client, person)
    return client


def test_the_inbox_is_paged_and_marked_as_read() -> None:
    person = _person(news=3)
    _person(news=1)
    client = make_api_client(person)
    first = client.get(f"{API}/notifications?limit=2").json()
    second = client.get(first["next"]).json()
    ids = [row["id"] for row in first["results"] + second["results"]]
    own = Notification.objects.filter(user=person).order_by("-id").values_list("pk", flat=True)
    assert ids == list(own)
    assert first["results"][0] | {"id": "", "happened_at": "", "text": ""} == {
        "id": "",
        "kind": "security",
        "topic": "password_changed",
        "title": "Your password was changed",
        "text": "",
        "path": "/security/",
        "read_at": None,
        "happened_at": "",
    }
    assert client.post(f"{API}/notifications/read", {"ids": ids[:1]}, format="json").json() == {"unread": 2}
    assert len(client.get(f"{API}/notifications?unread=true").json()["results"]) == 2
    assert client.post(f"{API}/notifications/read", {}, format="json").json() == {"unread": 0}


def test_nobody_reads_or_marks_what_is_anothers() -> None:
    one, other = _person(news=1), _person(news=1)
    theirs = Notification.objects.get(user=other)
    client = make_api_client(one)
    assert client.post(f"{API}/notifications/read", {"ids": [theirs.pk]}, format="json").json() == {"unread": 1}
    assert _browser(one).post(f"/notifications/{theirs.pk}/").status_code == 404
    theirs.refresh_from_db()
    assert theirs.read_at is None
    for path in ("notifications", "notifications/preferences", "webhook-endpoints"):
        assert make_api_client().get(f"{API}/{path}").status_code == 401


def test_preferences() -> None:
    client = make_api_client(_person())
    rows = client.get(f"{API}/notifications/preferences").json()["preferences"]
    assert len(rows) == 35
    assert {(row["kind"], row["channel"]) for row in rows if not row["is_on"]} == {
        (kind, "sms") for kind in ("sent", "received", "failed", "needs_you", "system", "compliance")
    }
    assert [(row["kind"], row["channel"]) for row in rows if not row["can_change"]] == [
        ("security", "inbox"),
        ("security", "email"),
    ]
    body = {"preferences": [{"kind": "sent", "channel": "email", "is_on": False}]}
    rows = client.put(f"{API}/notifications/preferences", body, format="json").json()["preferences"]
    off = [(row["kind"], row["channel"]) for row in rows if not row["is_on"] and row["channel"] != "sms"]
    assert off == [("sent", "email")]
    body = {"preferences": [{"kind": "security", "channel": "email", "is_on": False}]}
    refused = client.put(f"{API}/notifications/preferences", body, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "cannot_be_switched_off")
    body = {"preferences": [{"kind": "rumours", "channel": "email", "is_on": False}]}
    assert client.put(f"{API}/notifications/preferences", body, format="json").status_code == 400
    body = {"preferences": [{"kind": "security", "channel": "email", "is_on": True, "pace": "daily"}]}
    assert client.put(f"{API}/notifications/preferences", body, format="json").status_code == 400
    assert Preference.objects.count() == 1
    body = {"preferences": [{"kind": "received", "channel": "email", "is_on": True, "pace": "daily"}]}
    rows = client.put(f"{API}/notifications/preferences", body, format="json").json()["preferences"]
    assert {row["kind"]: row["pace"] for row in rows if "pace" in row} == {
        "sent": "at_once",
        "received": "daily",
        "failed": "at_once",
        "needs_you": "at_once",
        "system": "at_once",
        "compliance": "at_once",
    }


def test_operators_choose_what_they_hear_of_the_service() -> None:
    rows = make_api_client(_person()).get(f"{API}/notifications/preferences").json()["preferences"]
    assert "health" not in {row["kind"] for row in rows}
    operator = make_user(role=Role.OPERATOR)
    rows = make_api_client(operator).get(f"{API}/notifications/preferences").json()["preferences"]
    assert "health" in {row["kind"] for row in rows}


def test_webhook_endpoints_from_first_to_last() -> None:
    person = _person()
    client = make_api_client(person)
    with http_server(say(200)) as server:
        made = client.post(
            f"{API}/webhook-endpoints", {"url": f"{server.url}/in?t=s3cr3t", "description": "Ledger"}, format="json"
        )
        assert made.status_code == 201
        endpoint = made.json()
        path = f"{API}/webhook-endpoints/{endpoint['id']}"
        assert endpoint["secret"] == services.secret_of(Endpoint.objects.get())
        again = client.post(f"{API}/webhook-endpoints", {"url": f"{server.url}/in?t=s3cr3t"}, format="json")
        assert (again.status_code, Endpoint.objects.count()) == (400, 1)
        assert "secret" not in client.get(path).json()
        assert [row["id"] for row in client.get(f"{API}/webhook-endpoints").json()["results"]] == [endpoint["id"]]
        rotated = client.post(f"{path}/rotate-secret").json()
        assert rotated["secret"] != endpoint["secret"]
        assert rotated["previous_until"]
        consume_all(now=timezone.now())
        (first, _) = client.get(f"{path}/deliveries").json()["results"][::-1]
        assert (first["type"], first["status"]) == ("security.webhook_added", "waiting")
        assert services.deliver(delivery_id=first["id"], now=timezone.now())
        told = [str(each) for each in Event.objects.values_list("data", flat=True)]
        told += Notification.objects.values_list("text", flat=True)  # an address is often a secret itself
        assert any(server.url in each for each in told)
        assert not any("s3cr3t" in each for each in told)
        replayed = client.post(f"{path}/deliveries/{first['id']}/replay")
        assert (replayed.status_code, replayed.json()["status"]) == (202, "waiting")
        assert client.post(f"{path}/deliveries/{first['id']}/replay").status_code == 409
    changed = client.put(path, {"description": "Books", "is_enabled": False}, format="json").json()
    assert (changed["description"], changed["is_enabled"]) == ("Books", False)
    stranger, replay = make_api_client(_person()), f"/deliveries/{first['id']}/replay"
    doors = (("get", ""), ("delete", ""), ("post", "/rotate-secret"), ("get", "/deliveries"), ("post", replay))
    for method, rest in doors:
        assert getattr(stranger, method)(f"{path}{rest}").status_code == 404
    assert client.delete(path).status_code == 204
    assert client.get(path).status_code == 404
    assert client.get(f"{API}/webhook-endpoints").json()["results"] == []
    assert Delivery.objects.filter(endpoint_id=endpoint["id"]).count() == 2


@pytest.mark.parametrize("path", ["/notifications/", "/settings/notifications/"])
def test_a_stranger_is_sent_to_sign_in(client: Client, path: str) -> None:
    assert client.get(path)["Location"] == f"/sign-in/?next={path}"


def test_the_bell_counts_and_following_one_marks_it_read() -> None:
    person = _person(news=2)
    browser = _browser(person)
    html = browser.get("/notifications/").content.decode()
    assert "data-unread >2</span>" in html
    assert html.count("Your password was changed") == 2
    newest = Notification.objects.filter(user=person).latest("id")
    assert browser.get(f"/notifications/{newest.pk}/").status_code == 405
    assert browser.post(f"/notifications/{newest.pk}/")["Location"] == "/security/"
    assert "data-unread >1</span>" in browser.get("/notifications/").content.decode()
    assert browser.post("/notifications/read/")["Location"] == "/notifications/"
    assert "data-unread hidden>" in browser.get("/settings/").content.decode()


def test_a_long_inbox_goes_on() -> None:
    person = _person(news=27)
    browser = _browser(person)
    html = browser.get("/notifications/").content.decode()
    assert html.count('<tr class="is-link') == 25
    last = list(Notification.objects.filter(user=person).order_by("-id"))[24]
    html = browser.get(f"/notifications/?before={last.pk}").content.decode()
    assert html.count('<tr class="is-link') == 2


def test_choosing_on_the_page(settings: Any) -> None:
    settings.PROVIDERS = {code: access for code, access in settings.PROVIDERS.items() if code != "twilio"}
    person = _person()
    browser = _browser(person)
    html = browser.get("/settings/notifications/").content.decode()
    assert html.count(" checked") == 21
    assert html.count(" disabled") == 2
    assert "Text messages" not in html
    assert "In your browsers" not in html
    form = {"received-inbox": "on", "received-email": "on", "received-sms": "on", "pace-received": "hourly"}
    browser.post("/settings/notifications/", form | {"pace-security": "daily", "pace-sent": "never"})
    chosen = {(row.kind, row.channel, row.pace) for row in Preference.objects.filter(user=person, is_on=True)}
    assert chosen == {("received", "inbox", "at_once"), ("received", "email", "hourly")}
    assert Preference.objects.filter(user=person).count() == 19
    happen(person, now=timezone.now() + timedelta(seconds=1))
    consume_all(now=timezone.now())
    assert Notification.objects.get(user=person).is_in_inbox


def test_webhook_endpoints_on_their_pages() -> None:
    person = _person()
    browser = _browser(person)
    assert "No endpoint yet" in browser.get("/settings/webhooks/").content.decode()
    with http_server(say(200)) as server:
        refused = browser.post("/settings/webhooks/", {"url": "nonsense"})
        assert (refused.status_code, Endpoint.objects.count()) == (400, 0)
        made = browser.post("/settings/webhooks/", {"url": f"{server.url}/in", "description": "Ledger"})
        endpoint = Endpoint.objects.get()
        assert services.secret_of(endpoint) in made.content.decode()
        assert "no-store" in made["Cache-Control"]
        path = f"/settings/webhooks/{endpoint.pk}/"
        assert "whsec_" not in browser.get(path).content.decode()
        assert "Nothing sent yet" in browser.get(path).content.decode()
        again = browser.post("/settings/webhooks/", {"url": f"{server.url}/in"})
        assert (again.status_code, "there already" in again.content.decode()) == (400, True)
        rotated = browser.post(f"{path}rotate/").content.decode()
        endpoint.refresh_from_db()
        assert services.secret_of(endpoint) in rotated
        consume_all(now=timezone.now())
        first = Delivery.objects.filter(endpoint=endpoint).earliest("id")
        assert services.deliver(delivery_id=first.pk, now=timezone.now())
        html = browser.get(path).content.decode()
        assert html.count("Send again") == 1
        assert "security.webhook_added" in html
        assert browser.post(f"{path}replay/{first.pk}/")["Location"] == path
        assert browser.post(f"{path}replay/{first.pk}/").status_code == 409
        first.refresh_from_db()
        assert (first.status, len(server.requests)) == ("waiting", 1)
    browser.post(f"{path}switch/")
    endpoint.refresh_from_db()
    assert "Its owner switched it off." in browser.get(path).content.decode()
    stranger = _browser(_person())
    for rest in ("", "rotate/", "switch/", "remove/", f"replay/{first.pk}/"):
        assert (stranger.post if rest else stranger.get)(f"{path}{rest}").status_code == 404
    endpoint.refresh_from_db()
    assert (endpoint.is_enabled, endpoint.removed_at, endpoint.secret_version) == (False, None, 2)
    assert browser.get(f"{path}rotate/").status_code == 405
    assert browser.post(f"{path}remove/")["Location"] == "/settings/webhooks/"
    assert browser.get(path).status_code == 404


def test_a_telephone_and_a_browser_on_the_page(settings: Any) -> None:
    person = _person()
    browser = _browser(person)
    page = "/settings/notifications/"
    with texting(settings), pushing(settings, now=timezone.now()) as service:
        html = browser.get(page).content.decode()
        assert html.count(" checked") == 29
        assert "Send a code" in html
        assert services.public_key() in html
        refused = browser.post(f"{page}phone/", {"number": "0151"})
        assert (refused.status_code, "Write it with its country" in refused.content.decode()) == (400, True)
        assert browser.post(f"{page}phone/", {"number": NUMBER})["Location"] == page
        assert "A code is on its way to +49…678." in browser.get(page).content.decode()
        wrong = browser.post(f"{page}phone/confirm/", {"code": "abc"})
        assert (wrong.status_code, "This is not the code" in wrong.content.decode()) == (400, True)
        code = services.code_of(Phone.objects.get())
        assert browser.post(f"{page}phone/confirm/", {"code": code})["Location"] == page
        make_browser(service, person, now=timezone.now())
        html = browser.get(page).content.decode()
        assert "+49…678" in html
        assert "Firefox 140 on Linux" in html
        assert NUMBER not in html
        subscription = PushSubscription.objects.get()
        stranger = _browser(_person())
        assert stranger.post(f"{page}browsers/{subscription.pk}/remove/").status_code == 404
        assert browser.post(f"{page}browsers/{subscription.pk}/remove/")["Location"] == page
        assert browser.post(f"{page}phone/remove/")["Location"] == page
    subscription.refresh_from_db()
    assert subscription.removed_reason == "Its owner turned it off."
    assert Phone.objects.get().removed_at is not None
