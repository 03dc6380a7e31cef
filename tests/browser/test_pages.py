"""Every page of the main job, in two sizes and two colour schemes, without a complaint."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect

from tests.browser.looking import DESKTOP, LOOKS, PHONE, Eye, looking
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.pages import STRANGER, Past, make_past
from transactions.views import history

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=timezone.now())


@pytest.fixture
def cookies(past: Past) -> dict[str, str]:
    client = Client()
    sign_in_browser(client, past.owner)
    return {"sessionid": client.cookies["sessionid"].value}


@pytest.mark.timeout(600)
def test_pages_of_a_person_with_a_past(browser: Browser, live_server: Any, past: Past, cookies: dict[str, str]) -> None:
    pages = {
        "portfolio": "/",
        "wallets": "/wallets/",
        "wallet": f"/wallets/{past.bitcoin.pk}/",
        "wallet-ethereum": f"/wallets/{past.ethereum.pk}/",
        "receive": "/receive/",
        "receive-chosen": f"/receive/?wallet={past.bitcoin.pk}",
        "send": f"/send/?wallet={past.bitcoin.pk}",
        "transfer": "/transfer/",
        "buy": f"/buy/?wallet={past.ethereum.pk}",
        "activity": "/activity/",
        "activity-nothing": "/activity/?type=send&status=failed",
        "transaction-arriving": f"/activity/{past.arriving.pk}/",
        "transaction-send": f"/activity/{past.send.pk}/",
        "transaction-transfer": f"/activity/{past.transfer.pk}/",
        "security": "/security/",
        "settings": "/settings/",
    }
    _look_at(browser, live_server.url, pages, cookies)


def test_pages_of_a_stranger(browser: Browser, live_server: Any) -> None:
    pages = {
        "welcome": "/",
        "sign-in": "/sign-in/",
        "sign-up": "/sign-up/",
        "forgot-password": reverse("forgot-password"),
    }
    _look_at(browser, live_server.url, pages, {})


def test_pages_of_a_newcomer(browser: Browser, live_server: Any) -> None:
    client = Client()
    sign_in_browser(client, make_user())
    pages = {"newcomer": "/", "newcomer-send": "/send/", "newcomer-activity": "/activity/"}
    _look_at(browser, live_server.url, pages, {"sessionid": client.cookies["sessionid"].value})


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_sending(
    browser: Browser, live_server: Any, past: Past, cookies: dict[str, str], width: int, scheme: str
) -> None:
    """Fill in, check, change the mind, confirm: and only the confirmation moves money."""
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        eye.open(f"/send/?wallet={past.bitcoin.pk}")
        _fill_in(eye, amount="0,015")
        eye.page.get_by_role("button", name="Check before sending").click()
        eye.page.get_by_role("heading", name="Check and send").wait_for()
        eye.photograph(f"confirm-{width}-{scheme}")
        eye.check()
        eye.page.get_by_role("button", name="Change something").click()
        assert eye.page.get_by_label("Amount").input_value() == "0.015"
        eye.page.get_by_role("button", name="Check before sending").click()
        eye.page.get_by_role("button", name="Send 0.015 BTC").click()
        eye.page.get_by_role("heading", name="Sending Bitcoin").wait_for()
        assert eye.page.get_by_text("Funds held").first.is_visible()
        eye.check()


def test_errors_stand_beside_their_field_and_take_the_focus(
    browser: Browser, live_server: Any, past: Past, cookies: dict[str, str]
) -> None:
    with looking(browser, live_server.url, width=PHONE, cookies=cookies) as eye:
        eye.open("/send/")
        _fill_in(eye, amount="1e5")
        eye.page.get_by_role("button", name="Check before sending").click()
        eye.page.get_by_text("Write the amount as digits").wait_for()
        assert eye.page.evaluate("document.activeElement.name") == "amount"
        assert eye.page.get_by_label("To address").input_value() == STRANGER
        eye.photograph("send-errors-390-light")
        eye.check()


def test_too_much_is_refused_in_four_parts(
    browser: Browser, live_server: Any, past: Past, cookies: dict[str, str]
) -> None:
    with looking(browser, live_server.url, width=DESKTOP, cookies=cookies) as eye:
        eye.open("/send/")
        _fill_in(eye, amount="0.41")
        eye.page.get_by_role("button", name="Check before sending").click()
        refusal = eye.page.get_by_role("alert")
        refusal.wait_for()
        assert "There is not enough" in refusal.inner_text()
        eye.photograph("send-refused-1280-light")
        eye.complaints = [text for text in eye.complaints if "422" not in text]
        eye.check()


def test_show_more_goes_on_where_the_list_ended(
    browser: Browser, live_server: Any, cookies: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history, "PER_PAGE", 2)
    with looking(browser, live_server.url, cookies=cookies) as eye:
        eye.open("/activity/")
        rows = eye.page.locator("#transactions-rows > tr")
        more = eye.page.get_by_role("link", name="Show more")
        for shown in (2, 4):
            expect(rows).to_have_count(shown)
            more.click()
        expect(rows).to_have_count(5)
        expect(more).to_have_count(0)
        assert len(set(rows.locator("a").evaluate_all("links => links.map((link) => link.href)"))) == 5
        eye.check()


def test_filters_narrow_the_list_in_place(browser: Browser, live_server: Any, cookies: dict[str, str]) -> None:
    with looking(browser, live_server.url, cookies=cookies) as eye:
        eye.open("/activity/")
        eye.page.get_by_label("Type").select_option("transfer")
        expect(eye.page.locator("#transactions-rows > tr")).to_have_count(1)
        expect(eye.page).to_have_url(re.compile(r"type=transfer"))
        eye.check()


def test_reading_works_without_javascript(
    browser: Browser, live_server: Any, past: Past, cookies: dict[str, str]
) -> None:
    context = browser.new_context(java_script_enabled=False)
    context.add_cookies([{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()])
    page = context.new_page()
    page.goto(f"{live_server.url}/")
    page.get_by_text("Your account").locator("..").click()
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.goto(f"{live_server.url}/activity/?type=send")
    expect(page.locator("#transactions-rows > tr")).to_have_count(1)
    page.get_by_role("link", name="Sending Bitcoin").click()
    page.get_by_role("button", name="Cancel now").click()
    expect(page.get_by_text("Cancelled. The money is back in your wallet.")).to_be_visible()
    context.close()


def test_the_theme_is_kept(browser: Browser, live_server: Any, cookies: dict[str, str]) -> None:
    with looking(browser, live_server.url, cookies=cookies) as eye:
        eye.open("/")
        eye.page.get_by_text("Your account").locator("..").click()
        eye.page.get_by_role("button", name="Dark").click()
        assert eye.page.evaluate("document.documentElement.dataset.theme") == "dark"
        eye.open("/activity/")
        assert eye.page.evaluate("document.documentElement.dataset.theme") == "dark"
        eye.check()


def test_scripts_are_small(browser: Browser, live_server: Any, cookies: dict[str, str]) -> None:
    """Under 100 KB compressed on the heaviest page, and under 20 KB of our own."""
    with looking(browser, live_server.url, cookies=cookies) as eye:
        eye.open("/styleguide/")
        own, all_of_it = eye.script_sizes()
        assert own < 20_000
        assert all_of_it < 100_000


def _fill_in(eye: Eye, *, amount: str) -> None:
    eye.page.get_by_label("To address").fill(STRANGER)
    eye.page.get_by_label("Amount").fill(amount)


def _look_at(browser: Browser, host: str, pages: dict[str, str], cookies: dict[str, str]) -> None:
    """Look at every page in every size and scheme, and report everything at once."""
    wrong = []
    for width, scheme in LOOKS:
        with looking(browser, host, width=width, scheme=scheme, cookies=cookies) as eye:
            for name, path in pages.items():
                eye.open(path)
                eye.photograph(f"{name}-{width}-{scheme}")
                try:
                    eye.check()
                except AssertionError as error:
                    wrong.append(f"{name}-{width}-{scheme}: {error}")
                eye.complaints.clear()
    assert not wrong, "\n\n".join(wrong)
