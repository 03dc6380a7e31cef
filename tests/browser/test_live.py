"""What the feed says shows up without a reload, is announced, and is never missed."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, WebSocketRoute, expect

from events.queries import feed_head
from kit.money import format_minor
from tests.browser.looking import Eye, looking
from tests.factories.accounts import sign_in_browser
from tests.factories.pages import Past, credit, make_past, see
from transactions.flows.send import cancel
from transactions.queries.describe import describe
from transactions.queries.find import get_transaction

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


class Feed:
    """The server's end of the feed, in the browser's reach; the rows themselves are real."""

    def __init__(self, eye: Eye) -> None:
        self.connections: list[WebSocketRoute] = []
        self.heard: list[Any] = []
        self._page = eye.page
        eye.page.route_web_socket("**/ws/v1/feed", self._accept)

    def _accept(self, connection: WebSocketRoute) -> None:
        self.connections.append(connection)
        connection.on_message(lambda message: self.heard.append(json.loads(message)))

    def wait(self, *, heard: int) -> None:
        """Return when the page has said so much; fail if it does not."""
        for _ in range(500):
            if len(self.heard) >= heard:
                return
            self._page.wait_for_timeout(20)
        pytest.fail(f"heard {self.heard}")

    def send(self, sequence: int, type: str, data: dict[str, Any]) -> None:
        message = {"sequence": sequence, "type": type, "at": timezone.now().isoformat(), "data": data}
        self.connections[-1].send(json.dumps(message, default=str))


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=timezone.now())


@pytest.fixture
def cookies(past: Past) -> dict[str, str]:
    client = Client()
    sign_in_browser(client, past.owner)
    return {"sessionid": client.cookies["sessionid"].value}


def test_a_deposit_arrives_on_the_open_page(
    browser: Browser, live_server: Any, past: Past, cookies: dict[str, str]
) -> None:
    with looking(browser, live_server.url, cookies=cookies) as eye:
        feed = Feed(eye)
        eye.open(f"/wallets/{past.bitcoin.pk}/")
        eye.page.wait_for_function("document.body.dataset.liveAfter !== ''")
        place = feed_head(user_id=past.owner.pk)
        feed.wait(heard=1)
        assert feed.heard == [{"resume_after": place}]
        eye.page.evaluate("window.notReloaded = true")

        seen = see(past.bitcoin, minor=7_000_000, height=301, head=301, now=timezone.now())
        shown = describe(get_transaction(user_id=past.owner.pk, transaction_id=seen.pk), viewer_id=past.owner.pk)
        feed.send(place + 1, "deposit.seen", shown)
        eye.page.locator("#wallet").get_by_text("0.07 BTC").first.wait_for()
        toast = eye.page.locator("[data-toast-text]", has_text="0.07 BTC is on its way to you.")
        toast.wait_for()
        expect(eye.page.locator("#announcements")).to_contain_text("0.07 BTC is on its way")

        # Twenty blocks later this and the two before it are credited: 0.38 + 0.015 + 0.07 + 0.09, less the fee held.
        available = format_minor(55_500_000 - past.send.max_fee_minor, scale=8)
        credit(past.bitcoin, minor=9_000_000, height=302, now=timezone.now())
        feed.send(place + 2, "balance.updated", {"wallet_id": past.bitcoin.pk})
        eye.page.locator("#wallet .hero-amount").get_by_text(available).wait_for(timeout=5_000)
        assert eye.page.evaluate("window.notReloaded") is True
        eye.photograph("wallet-live-1280-light")
        eye.check()


def test_a_send_moves_along_on_its_open_page(
    browser: Browser, live_server: Any, past: Past, cookies: dict[str, str]
) -> None:
    with looking(browser, live_server.url, cookies=cookies) as eye:
        feed = Feed(eye)
        eye.open(f"/activity/{past.send.pk}/")
        eye.page.get_by_role("heading", name="Sending Bitcoin").wait_for()
        now = timezone.now()
        cancel(user_id=past.owner.pk, transaction=past.send, now=now)
        shown = describe(get_transaction(user_id=past.owner.pk, transaction_id=past.send.pk), viewer_id=past.owner.pk)
        feed.wait(heard=1)
        feed.send(feed.heard[0]["resume_after"] + 1, "transaction.updated", shown)
        eye.page.get_by_role("heading", name="Bitcoin not sent").wait_for()
        expect(eye.page.locator("#transaction").get_by_text("You cancelled it. Nothing was sent.")).to_be_visible()
        eye.check()


def test_nothing_is_missed_and_nothing_is_said_twice(
    browser: Browser, live_server: Any, past: Past, cookies: dict[str, str]
) -> None:
    """A broken connection is made again and asks for what followed the last message it got."""
    with looking(browser, live_server.url, cookies=cookies) as eye:
        feed = Feed(eye)
        eye.open("/")
        feed.wait(heard=1)
        place = feed.heard[0]["resume_after"]
        feed.send(place + 1, "notification", {"text": "First"})
        eye.page.locator("[data-toast-text]", has_text="First").wait_for()
        feed.connections[-1].close()
        feed.wait(heard=2)
        assert len(feed.connections) == 2
        assert feed.heard[1] == {"resume_after": place + 1}
        feed.send(place + 1, "notification", {"text": "First"})
        feed.send(place + 2, "notification", {"text": "Second"})
        eye.page.locator("[data-toast-text]", has_text="Second").wait_for()
        assert eye.page.locator("[data-toast-text]", has_text="First").count() == 1


def test_a_signed_out_page_does_not_knock_for_ever(
    browser: Browser, live_server: Any, past: Past, cookies: dict[str, str]
) -> None:
    with looking(browser, live_server.url, cookies=cookies) as eye:
        feed = Feed(eye)
        eye.open("/")
        feed.wait(heard=1)
        feed.connections[-1].close(code=4401)
        eye.page.wait_for_timeout(1_500)
        assert len(feed.connections) == 1
