"""The inbox, the bell and the choices in a browser: to look at, and without faults."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from notifications.models import Notification
from tests.browser.looking import LOOKS, looking
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.notifications import consume_all, happen, make_person, move

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

looks = pytest.mark.parametrize(("width", "scheme"), LOOKS)


@looks
def test_the_inbox_and_the_choices(browser: Browser, live_server: Any, width: int, scheme: str) -> None:
    now = timezone.now()
    person, client = make_person(now=now - timedelta(days=2)), Client()
    sign_in_browser(client, person)
    happen(person, now=now - timedelta(hours=30), address="198.51.100.7", agent="Firefox 140 on Linux")
    move(person, "transaction.completed", now=now - timedelta(hours=3))
    move(person, "transaction.completed", now=now - timedelta(hours=2), type="on_ramp")
    move(person, "transaction.failed", now=now - timedelta(minutes=5))
    consume_all(now=now)
    Notification.objects.filter(user=person, topic="password_changed").update(read_at=now)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        eye.open("/notifications/")
        assert eye.page.locator("[data-unread]").inner_text() == "3"
        eye.photograph(f"notifications-{width}-{scheme}")
        eye.check()
        eye.page.get_by_role("button", name="Mark all as read").click()
        eye.page.locator("[data-unread]").wait_for(state="hidden")
        eye.open("/settings/")
        eye.page.get_by_role("link", name="Choose what you are told, and how").click()
        eye.page.get_by_role("heading", name="What you are told").wait_for()
        eye.photograph(f"notification-settings-{width}-{scheme}")
        eye.check()
        eye.page.get_by_role("group", name="Money sent").get_by_label("E-mail", exact=True).uncheck()
        eye.page.get_by_role("button", name="Save").click()
        eye.page.get_by_text("Saved.").first.wait_for()
        assert not eye.page.get_by_role("group", name="Money sent").get_by_label("E-mail", exact=True).is_checked()


@looks
def test_an_empty_inbox(browser: Browser, live_server: Any, width: int, scheme: str) -> None:
    client = Client()
    sign_in_browser(client, make_user())
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        eye.open("/notifications/")
        eye.page.get_by_role("heading", name="Nothing to tell yet").wait_for()
        assert eye.page.get_by_role("button", name="Mark all as read").count() == 0
        assert eye.page.locator("[data-unread]").is_hidden()
        eye.photograph(f"notifications-empty-{width}-{scheme}")
        eye.check()


def test_the_bell_moves_by_itself(browser: Browser, live_server: Any) -> None:
    client = Client()
    sign_in_browser(client, make_user())
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with looking(browser, live_server.url, cookies=cookies) as eye:
        feeds: list[Any] = []
        eye.page.route_web_socket("**/ws/v1/feed", lambda feed: feeds.append(feed))  # noqa: PLW0108  # a list.append takes no mark
        eye.open("/settings/")
        eye.page.wait_for_function("document.body.dataset.liveFeed")
        while not feeds:
            eye.page.wait_for_timeout(20)
        said = '{"id": "ntf_1", "kind": "security", "text": "New sign-in", "path": "/security/", "unread": 1}'
        feeds[0].send('{"sequence": 1000000, "type": "notification", "at": "", "data": ' + said + "}")
        bell = eye.page.locator("[data-unread]")
        bell.wait_for(state="visible")
        assert bell.inner_text() == "1"
        eye.page.get_by_text("New sign-in").first.wait_for()
        feeds[0].send('{"sequence": 1000001, "type": "notification", "at": "", "data": {"unread": 0}}')
        bell.wait_for(state="hidden")
        eye.check()
