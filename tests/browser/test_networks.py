"""The page of networks in a real browser: two sizes, two colour schemes, with and without a session."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from chains.models import Cursor, Endpoint
from rates.models import ChainFee, Price
from tests.browser.looking import LOOKS, looking
from tests.factories.accounts import make_user, sign_in_browser

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_networks(browser: Browser, live_server: Any, width: int, scheme: str) -> None:
    now = timezone.now()
    for network, height, behind in (("bitcoin", 921_443, 0), ("ethereum", 23_905_118, 9), ("solana", 371_004_222, 0)):
        Cursor.objects.create(network=network, height=height, hash="00", updated_at=now)
        Endpoint.objects.create(network=network, name="a", highest_block=height + behind, last_ok_at=now)
        Endpoint.objects.create(network=network, name="b", highest_block=height, consecutive_failures=2)
    Price.objects.create(base="ETH", quote="USD", price=Decimal(3000), source="median", at=now)
    for priority, rate, seconds in (("slow", 10**9, 180), ("normal", 2 * 10**9, 36), ("fast", 3 * 10**9, 12)):
        fee = {"rate": rate, "tip": 0, "seconds": seconds, "at": now, "source": "test"}
        ChainFee.objects.create(network="ethereum", priority=priority, **fee)
    client = Client()
    sign_in_browser(client, make_user(now=now))
    for name, cookies in (("stranger", {}), ("member", {"sessionid": client.cookies["sessionid"].value})):
        with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
            eye.open("/networks/")
            ethereum = eye.page.locator(".proof-asset", has=eye.page.get_by_role("heading", name="Ethereum"))
            assert "Late" in ethereum.locator(".badge").inner_text()
            assert "9 behind" in ethereum.inner_text()
            assert "0.000063 ETH" in ethereum.inner_text()
            assert "$0.19" in ethereum.inner_text()
            eye.photograph(f"networks-{name}-{width}-{scheme}")
            eye.check()
