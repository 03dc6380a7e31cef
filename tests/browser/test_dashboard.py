"""The operators' page in a real browser: two sizes, two colour schemes, with and without anything to see."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect

from accounts.models import Role
from analytics import services
from analytics.models import Sample
from tests.browser.looking import LOOKS, looking
from tests.browser.test_desk import THEMES_OWN
from tests.factories.accounts import make_user, sign_in_browser
from tests.wallet_project.test_dashboard import busy

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def cookies(transactional_db: None) -> dict[str, str]:
    client = Client()
    sign_in_browser(client, make_user(role=Role.OPERATOR))
    return {"sessionid": client.cookies["sessionid"].value}


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
@pytest.mark.parametrize("is_busy", [True, False], ids=["busy", "empty"])
def test_the_operators_page(
    browser: Browser, live_server: Any, cookies: dict[str, str], width: int, scheme: str, is_busy: bool
) -> None:
    if is_busy:
        now = timezone.now()
        busy(now)
        for minutes in range(90, 1_200, 15):
            waited = {"holdfast_queue_depth": minutes * 7 % 13, "holdfast_oldest_waiting_seconds": minutes * 5 % 17}
            behind = {
                "holdfast_reader_behind_seconds": minutes % 11,
                "holdfast_live_events_oldest_seconds": minutes % 3,
            }
            cases = {"holdfast_reconciliation_open_cases": minutes // 500, "holdfast_stuck_transactions": minutes % 4}
            Sample.objects.create(at=now - timedelta(minutes=minutes), gauges=waited | behind | cases)
        services.measure(now=timezone.now())
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        eye.open(reverse("admin:index"))
        if is_busy:
            eye.page.get_by_text("The figures of “Money in and out, 14 days” as a table").click()
            expect(eye.page.get_by_role("cell", name="100,000")).to_be_visible()
            plots = eye.page.locator("svg.chart-plot")
            assert plots.count() >= 5
            boxes = [plots.nth(place).bounding_box() for place in range(plots.count())]
            assert all(box is not None and box["height"] > 100 for box in boxes)
        eye.photograph(f"dashboard-{'busy' if is_busy else 'empty'}-{width}-{scheme}")
        wide = eye.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"it scrolls sideways by {wide} px"
        assert eye.complaints == []
        assert [found for found in eye.violations() if not found.startswith(THEMES_OWN)] == []
