"""The treasury and refills in a real browser: two sizes, two colour schemes, by keyboard."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Browser, expect

from accounts.models import Role
from kit.money import Money
from reconciliation.base import Place
from reconciliation.models import Run
from tests.browser.looking import LOOKS, looking
from tests.browser.test_desk import THEMES_OWN
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.pages import make_past
from tests.factories.treasury import COLD, approve, book, limit, make_refill
from transactions.models import Refill

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
SHOWN = ("bitcoin", "ethereum")


@pytest.fixture
def refill(settings: Any, tmp_path: Path) -> Refill:
    """Return a refill of ether that one person has approved; bitcoin is above its ceiling, and a send waits."""
    now = timezone.now()
    settings.NETWORKS = {
        code: replace(
            config,
            rpc_urls=("http://127.0.0.1:1",) if code in SHOWN else (),
            cold_addresses=(COLD[code],) if code in SHOWN else (),
        )
        for code, config in settings.NETWORKS.items()
    }
    make_past(settings, tmp_path, now=now)
    book("ethereum", "treasury", Money(4 * 10**17, "ETH"), now=now)
    book("ethereum", "cold", Money(7 * 10**18, "ETH"), now=now)
    book("bitcoin", "treasury", Money(3 * 10**8, "BTC"), now=now)
    limit(settings, ETH="1/2/5", BTC="0.5/1/2")
    seen = {
        "there": Place(4 * 10**17, 12_345_678_901_234_567_890, 7 * 10**18).as_json(),
        "difference": Place().as_json(),
    }
    Run.objects.create(
        subject="network",
        network="ethereum",
        scope="round",
        result="clean",
        height=21_234_567,
        figures={"assets": {"ETH": seen}},
        since_at=now,
        started_at=now,
    )
    return approve(make_refill(now=now, minor=16 * 10**17), times=1, now=now)


@pytest.fixture
def cookies() -> dict[str, str]:
    client = Client()
    sign_in_browser(client, make_user(role=Role.OPERATOR))
    return {"sessionid": client.cookies["sessionid"].value}


def pages(refill: Refill) -> dict[str, str]:
    return {
        "treasury": reverse("admin:reconciliation_treasury"),
        "refills": reverse("admin:transactions_refill_changelist"),
        "refill": reverse("admin:transactions_refill_change", args=[refill.pk]),
        "approve": reverse("admin:transactions_refill_act", args=[refill.pk, "approve"]),
        "refuse": reverse("admin:transactions_refill_act", args=[refill.pk, "refuse"]),
        "import": reverse("admin:transactions_refill_act", args=[refill.pk, "import"]),
    }


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_pages(
    browser: Browser, live_server: Any, refill: Refill, cookies: dict[str, str], width: int, scheme: str
) -> None:
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        for name, path in pages(refill).items():
            eye.open(path)
            eye.photograph(f"treasury-{name}-{width}-{scheme}")
            wide = eye.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} scrolls sideways by {wide} px"
            assert eye.complaints == [], name
            if name not in {"refills", "refill"}:
                assert [found for found in eye.violations() if not found.startswith(THEMES_OWN)] == [], name


def test_approving_and_a_refused_import_by_keyboard(
    browser: Browser, live_server: Any, refill: Refill, cookies: dict[str, str]
) -> None:
    with looking(browser, live_server.url, cookies=cookies) as eye:
        eye.open(pages(refill)["treasury"])
        eye.page.get_by_role("link", name="seconded: waits for a second person").focus()
        eye.page.keyboard.press("Enter")
        eye.page.get_by_role("link", name="Approve…").focus()
        eye.page.keyboard.press("Enter")
        eye.page.get_by_role("button", name="Approve: 1.6 ETH").focus()
        eye.page.keyboard.press("Enter")
        expect(eye.page.get_by_text("Export it, have the cold key sign it")).to_be_visible()
        expect(eye.page.get_by_role("button", name="Export the unsigned transaction")).to_be_visible()
        refill.refresh_from_db()
        assert refill.status == "approved"

        eye.page.get_by_role("link", name="Import what was signed…").click()
        eye.page.get_by_label("The signed transaction").fill("0x02c0")
        eye.page.get_by_role("button", name="Import it: 1.6 ETH").click()
        expect(eye.page.get_by_role("alert")).to_contain_text("This is no transaction that can be taken")
        eye.photograph("treasury-refused-import")
        assert eye.complaints == []
