"""Pages while the prices are old: they say so, in both sizes, without a complaint."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from rates.models import Price
from tests.browser.looking import DESKTOP, PHONE, looking
from tests.factories.accounts import sign_in_browser
from tests.factories.pages import STRANGER, make_past

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize("width", [DESKTOP, PHONE])
def test_old_prices(browser: Browser, live_server: Any, settings: Any, tmp_path: Path, width: int) -> None:
    past = make_past(settings, tmp_path, now=timezone.now())
    Price.objects.update(at=timezone.now() - timedelta(minutes=20))
    client = Client()
    sign_in_browser(client, past.owner)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with looking(browser, live_server.url, width=width, cookies=cookies) as eye:
        eye.open("/")
        assert eye.page.get_by_text("No total right now").is_visible()
        eye.photograph(f"portfolio-stale-{width}")
        eye.check()
        eye.open(f"/send/?wallet={past.bitcoin.pk}")
        eye.page.get_by_label("To address").fill(STRANGER)
        eye.page.get_by_label("Amount").fill("0.015")
        eye.page.get_by_role("button", name="Check before sending").click()
        eye.page.get_by_role("heading", name="Check and send").wait_for()
        assert eye.page.get_by_text("No fresh price, so no value is shown.").first.is_visible()
        eye.photograph(f"confirm-stale-{width}")
        eye.check()
