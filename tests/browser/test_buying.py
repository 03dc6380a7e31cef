"""Buying coins in the browser: offers, the choice, and the link to the partner's own page."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from tests.browser.looking import LOOKS, looking
from tests.factories import vendors
from tests.factories.accounts import sign_in_browser
from tests.factories.pages import Past, make_past
from transactions.engine import run as engine
from transactions.models import Transaction
from transactions.services import schedule

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=timezone.now())


@pytest.fixture(autouse=True)
def _sandboxes() -> Iterator[None]:
    found = vendors.lent()
    yield
    found.reset()


def _work() -> None:
    while found := schedule.claim(now=timezone.now()):
        if found.type == Transaction.Type.ON_RAMP:
            engine.advance(found, now=timezone.now())


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_buying(browser: Browser, live_server: Any, past: Past, settings: Any, width: int, scheme: str) -> None:
    client = Client()
    sign_in_browser(client, past.owner)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        eye.open(f"/buy/?wallet={past.ethereum.pk}")
        eye.page.get_by_label("You pay").fill("100")
        eye.photograph(f"buy-{width}-{scheme}")
        eye.check()
        eye.page.get_by_role("button", name="See the offers").click()
        eye.page.get_by_role("heading", name="Choose an offer").wait_for()
        assert eye.page.get_by_role("radio").count() == 2
        eye.photograph(f"buy-offers-{width}-{scheme}")
        eye.check()
        eye.page.get_by_role("button", name="Buy Ether").click()
        eye.page.get_by_role("heading", name="Buying Ether").wait_for()
        _work()
        eye.page.reload()
        button = eye.page.get_by_role("button", name="Pay 100.00 USD at")
        button.wait_for()
        bought = Transaction.objects.get(type="on_ramp")
        assert client.get(f"/activity/{bought.pk}/pay/").status_code == 405  # whoever follows links opens nothing
        with eye.page.expect_popup() as opened:
            button.click()
        opened.value.wait_for_load_state()
        place = urlsplit(opened.value.url)
        assert f"{place.scheme}://{place.netloc}" in settings.PAY_ORIGINS
        assert opened.value.get_by_text("100").first.is_visible()
        eye.photograph(f"buy-pay-{width}-{scheme}")
        eye.check()
        eye.page.get_by_role("button", name="Cancel this purchase").click()
        eye.page.get_by_role("button", name="Cancel purchase").click()
        _work()
        eye.page.reload()
        eye.page.get_by_role("heading", name="not bought").wait_for()
        eye.photograph(f"buy-cancelled-{width}-{scheme}")
        eye.check()
    assert Transaction.objects.get(type="on_ramp").status == "failed"
