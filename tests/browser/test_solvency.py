"""The published proof and the guard in a real browser: two sizes, two colour schemes."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from accounts.models import Role
from solvency.models import Reading
from tests.browser.looking import LOOKS, looking
from tests.browser.test_desk import THEMES_OWN
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.solvency import publish
from tests.factories.wallets import make_full_wallet
from transactions.services import halts
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def wallet(settings: Any, tmp_path: Path) -> Wallet:
    """Somebody whose balance is in three published snapshots."""
    now = timezone.now()
    made = make_full_wallet(settings, tmp_path, minor=123_456_789, now=now)
    for days in (2, 1, 0):
        publish(now=now - timedelta(days=days), assets=("BTC", "ETH"))
    return made


def cookies(client: Client) -> dict[str, str]:
    return {"sessionid": client.cookies["sessionid"].value}


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_published_proof(browser: Browser, live_server: Any, wallet: Wallet, width: int, scheme: str) -> None:
    client = Client()
    sign_in_browser(client, wallet.user)
    for name, own in (("stranger", {}), ("owner", cookies(client))):
        with looking(browser, live_server.url, width=width, scheme=scheme, cookies=own) as eye:
            eye.open("/solvency/")
            assert eye.page.locator(".proof-asset .badge").all_inner_texts() == ["Covered", "Covered"]
            assert eye.page.get_by_text("1.23456789").count() >= 1
            proofs = eye.page.get_by_role("link", name="Download your").all_inner_texts()
            assert proofs == (["Download your BTC proof"] if own else [])
            assert eye.page.locator("#snapshots tbody tr").count() == 3
            eye.photograph(f"solvency-{name}-{width}-{scheme}")
            eye.check()


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_guard(browser: Browser, live_server: Any, wallet: Wallet, width: int, scheme: str) -> None:
    now = timezone.now()
    for asset, verdict, missing in (("BTC", "short", 456), ("ETH", "covered", 0)):
        Reading.objects.create(
            asset_id=asset,
            verdict=verdict,
            liabilities_minor=123_456_789,
            assets_minor=123_456_789 - missing,
            missing_minor=missing,
            height=875_000,
            block_hash="0" * 20 + "ab" * 22,
            nodes=2,
            taken_at=now,
        )
    halted = halts.halt(asset="BTC", reason="coins are missing", missing_minor=456, actor="system", now=now)
    asked = make_user(role=Role.OPERATOR).pk
    halts.want_resume(halt_id=halted.pk, reason="the gas of a sweep", missing_minor=456, actor=asked, now=now)
    client = Client()
    sign_in_browser(client, make_user(role=Role.ADMINISTRATOR))
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies(client)) as eye:
        for name, path in (("guard", ""), ("approve", "BTC/approve/"), ("halt", "ETH/halt/")):
            eye.open(f"/admin/solvency/reading/guard/{path}")
            eye.photograph(f"solvency-{name}-{width}-{scheme}")
            wide = eye.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wide <= 0, f"{name} scrolls sideways by {wide} px"
            assert eye.complaints == [], name
            assert [found for found in eye.violations() if not found.startswith(THEMES_OWN)] == [], name
