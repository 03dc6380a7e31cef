"""Where people are told: telephone, browsers, webhooks, on their pages; and what a browser shows of what is pushed."""

import json
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from notifications import services
from notifications.models import Delivery, Endpoint, Notification, Phone, PushSubscription
from tests.browser.looking import LOOKS, looking
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.http_servers import http_server, say
from tests.factories.notifications import consume_all, happen, make_person
from tests.factories.telephones import NUMBER, make_browser, pushing, texting

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

looks = pytest.mark.parametrize(("width", "scheme"), LOOKS)
SUBSCRIBED = """
([url, p256dh, auth]) => {
  // Only a browser maker's own service could give a subscription; this one is the test's.
  const subscription = { toJSON: () => ({ endpoint: url, expirationTime: null, keys: { p256dh, auth } }) };
  PushManager.prototype.subscribe = async (options) => {
    window.askedWith = Array.from(options.applicationServerKey);
    PushManager.prototype.getSubscription = async () => subscription;
    return subscription;
  };
}
"""


@looks
def test_a_telephone_is_proved(browser: Browser, live_server: Any, settings: Any, width: int, scheme: str) -> None:
    person, client = make_person(now=timezone.now()), Client()
    sign_in_browser(client, person)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with (
        texting(settings),
        pushing(settings, now=timezone.now()) as service,
        looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye,
    ):
        make_browser(service, person, now=timezone.now())
        eye.open("/settings/notifications/")
        eye.page.get_by_label("Number").fill("+49 151 12345678")
        eye.page.get_by_role("button", name="Send a code").click()
        eye.page.get_by_text("A code is on its way to +49…678.").wait_for()
        eye.photograph(f"telling-{width}-{scheme}")
        eye.check()
        code = services.code_of(Phone.objects.get(number=NUMBER))
        eye.page.get_by_label("Code", exact=True).fill(code)
        eye.page.keyboard.press("Enter")
        eye.page.get_by_text("Text messages are on.").first.wait_for()
        pace = eye.page.get_by_role("group", name="Money sent").get_by_label("E-mails come")
        pace.select_option("daily")
        eye.page.get_by_role("button", name="Save").click()
        eye.page.get_by_text("Saved.").first.wait_for()
        assert pace.input_value() == "daily"
        eye.check()


@looks
def test_webhook_endpoints(browser: Browser, live_server: Any, width: int, scheme: str) -> None:
    person, client = make_person(now=timezone.now()), Client()
    sign_in_browser(client, person)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with (
        http_server(say(200)) as server,
        looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye,
    ):
        eye.open("/settings/webhooks/")
        eye.page.get_by_role("heading", name="No endpoint yet").wait_for()
        eye.photograph(f"webhooks-empty-{width}-{scheme}")
        eye.check()
        eye.page.get_by_label("Address", exact=True).focus()
        eye.page.keyboard.type(f"{server.url}/holdfast/incoming?tenant=a-rather-long-name")
        eye.page.keyboard.press("Tab")
        eye.page.keyboard.type("Ledger")
        eye.page.keyboard.press("Enter")
        eye.page.get_by_text("This is shown once").wait_for()
        endpoint = Endpoint.objects.get()
        assert eye.page.locator("[data-secret]").inner_text() == services.secret_of(endpoint)
        eye.photograph(f"webhook-secret-{width}-{scheme}")
        eye.check()
        for _ in range(2):
            happen(person, now=timezone.now())
        consume_all(now=timezone.now())
        rows = list(Delivery.objects.filter(endpoint=endpoint).order_by("id"))
        services.deliver(delivery_id=rows[0].pk, now=timezone.now())
        server.answer = say(410)
        services.deliver(delivery_id=rows[1].pk, now=timezone.now())
        eye.page.get_by_role("link", name="I have it").click()
        eye.page.get_by_text("Nothing is sent here").wait_for()
        eye.photograph(f"webhook-{width}-{scheme}")
        eye.check()
        eye.page.get_by_role("button", name="Replace the secret").focus()
        eye.page.keyboard.press("Enter")
        eye.page.get_by_role("dialog").get_by_text("Replace the secret?").wait_for()
        eye.page.keyboard.press("Escape")
        eye.page.get_by_role("button", name="Send again").first.click()
        eye.page.get_by_text("It is sent once more.").first.wait_for()
        eye.open("/settings/webhooks/")
        eye.photograph(f"webhooks-{width}-{scheme}")
        eye.check()


def test_a_browser_is_turned_on_and_shows_what_is_pushed(browser: Browser, live_server: Any, settings: Any) -> None:
    person, client = make_user(), Client()
    sign_in_browser(client, person)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    now = timezone.now()
    with pushing(settings, now=now) as service, looking(browser, live_server.url, cookies=cookies) as eye:
        screen, url = service.subscribe(services.public_key())
        keys = screen.keys
        eye.page.context.grant_permissions(["notifications"], origin=live_server.url)
        arguments = json.dumps([url, keys["p256dh"], keys["auth"]])
        eye.page.add_init_script(f"({SUBSCRIBED.strip()})({arguments})")
        eye.open("/settings/notifications/")
        eye.page.get_by_role("button", name="Turn on in this browser").click()
        eye.page.get_by_role("list", name="Browsers that show your notifications").wait_for()
        assert PushSubscription.objects.get().user_id == person.pk
        asked = eye.page.context.service_workers[0].url
        assert asked == f"{live_server.url}/push-worker.js"
        consume_all(now=now)
        delivery = Delivery.objects.get(channel="push")
        assert services.deliver(delivery_id=delivery.pk, now=now)
        ((said, _),) = screen.shown
        shown = _push(eye, live_server.url, said)
        assert shown == [
            {"title": "Notifications were turned on in a browser", "body": said["text"], "tag": said["id"]}
        ]
        assert _push(eye, live_server.url, said) == shown  # the same again stays one
        assert said["id"] == Notification.objects.get(topic="push_added").pk
        eye.check()


def _push(eye: Any, origin: str, said: dict[str, Any]) -> list[dict[str, str]]:
    """Deliver a decrypted message as the browser's own push client does; return what is on the screen then."""
    eye.page.evaluate("navigator.serviceWorker.ready.then(() => true)")  # what comes for one not active yet is dropped
    session = eye.page.context.new_cdp_session(eye.page)
    registrations: list[Any] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(event["registrations"]))
    session.send("ServiceWorker.enable")
    while not registrations:
        eye.page.wait_for_timeout(20)
    number = registrations[-1]["registrationId"]
    session.send(
        "ServiceWorker.deliverPushMessage", {"origin": origin, "registrationId": number, "data": json.dumps(said)}
    )
    found: list[dict[str, str]] = eye.page.evaluate(
        """async () => {
          const registration = await navigator.serviceWorker.getRegistration("/");
          for (let tries = 0; tries < 500; tries += 1) {
            const shown = await registration.getNotifications();
            if (shown.length) return shown.map(({ title, body, tag }) => ({ title, body, tag }));
            await new Promise((resolve) => setTimeout(resolve, 20));
          }
          return [];
        }"""
    )
    return found
