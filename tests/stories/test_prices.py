"""Prices as people meet them: one source lies, then all go to sleep, and nobody is ever shown a wrong figure."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from devnet.vendors.prices import Server
from rates import services
from rates.models import Price
from tests.factories.accounts import make_api_client, sign_in_browser
from tests.factories.pages import STRANGER, Past, make_past
from tests.factories.prices import CODES, lead_to, price_sandbox

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

BITCOIN, ETHER = Decimal(64_000), Decimal(3_000)


@pytest.fixture
def market(settings: Any) -> Iterator[Server]:
    with price_sandbox() as server:
        lead_to(server, settings)
        server.market.set_price("BTC", BITCOIN)
        server.market.set_price("ETH", ETHER)
        yield server


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    made = make_past(settings, tmp_path, now=timezone.now())
    Price.objects.all().delete()
    return made


@pytest.fixture
def client(past: Past) -> APIClient:
    return make_api_client(past.owner)


def page(past: Past, path: str = "/", **form: str) -> str:
    browser = Client()
    sign_in_browser(browser, past.owner)
    answer = browser.post(path, form) if form else browser.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def cents(value: Decimal) -> str:
    return f"{value.quantize(Decimal('0.01'), rounding=ROUND_HALF_EVEN):f}"


def preview(client: APIClient, past: Past) -> Any:
    asked = {"type": "send", "wallet_id": past.bitcoin.pk, "asset": "BTC", "amount": "0.015", "to": STRANGER}
    return client.post("/api/v1/transactions/preview", asked, format="json").json()


def summary(past: Past) -> str:
    form = {"source": f"{past.bitcoin.pk}:BTC", "to": STRANGER, "amount": "0.015", "priority": "normal"}
    return page(past, "/send/", **form, memo="", step="check")


def test_one_source_lies_and_everything_is_valued_at_what_the_others_say(
    market: Server, past: Past, client: APIClient
) -> None:
    market.market.set_manner("binance", factor=Decimal("1.3"))
    services.refresh(now=timezone.now())

    rate = client.get("/api/v1/rates", {"base": "BTC", "quote": "USD"}).json()
    assert (rate["price"], rate["is_stale"]) == ("64000", False)
    assert {each["source"]: (each["price"], each["verdict"]) for each in rate["sources"]} == {
        "binance": ("83200", "outlier"),
        "coinbase": ("64000", "used"),
        "coingecko": ("64000", "used"),
        "coinmarketcap": ("64000", "used"),
    }

    portfolio = client.get("/api/v1/portfolio").json()
    worth = {"BTC": BITCOIN, "ETH": ETHER}
    values = []
    for row in (each for each in portfolio["holdings"] if each["asset"] in worth):
        values.append(cents((Decimal(row["available"]) + Decimal(row["held"])) * worth[row["asset"]]))
        assert (row["value"], row["freshness"]) == (values[-1], "fresh")
    assert Decimal(portfolio["total"]) == sum(map(Decimal, values))
    assert f"${Decimal(portfolio['total']):,.2f}" in page(past)

    shown = preview(client, past)
    assert shown["fee_value"]["amount"] == cents(Decimal(shown["fee"]["amount"]) * BITCOIN)
    assert shown["fee_value"]["max"] == cents(Decimal(shown["fee"]["max"]) * BITCOIN)
    assert (shown["fee_value"]["currency"], shown["fee_value"]["freshness"]) == ("USD", "fresh")
    assert "≈ $960.00" in summary(past)  # 0.015 BTC


def test_when_all_go_to_sleep_pages_and_api_say_so_and_nothing_is_valued(
    market: Server, past: Past, client: APIClient
) -> None:
    asleep_since = _put_to_sleep(market)

    refused = client.get("/api/v1/rates", {"base": "BTC", "quote": "USD"})
    assert (refused.status_code, refused.json()["code"]) == (404, "rate_unavailable")
    assert refused.json()["is_stale"] is True
    old = client.get("/api/v1/rates", {"base": "BTC", "quote": "USD", "allow_stale": "true"}).json()
    assert (old["price"], old["is_stale"]) == ("64000", True)
    assert abs(datetime.fromisoformat(old["at"]) - asleep_since) < timedelta(seconds=5)

    portfolio = client.get("/api/v1/portfolio").json()
    assert (portfolio["total"], portfolio["missing_prices"]) == (None, ["BTC", "ETH"])
    for row in (each for each in portfolio["holdings"] if each["asset"] in {"BTC", "ETH"}):
        assert (row["value"], row["price"], row["price_at"], row["freshness"]) == (None, None, None, "stale")
        assert row["last_price"] in {"64000", "3000"}

    fee = preview(client, past)["fee_value"]
    assert (fee["amount"], fee["max"], fee["freshness"]) == (None, None, "stale")

    shown = page(past)
    assert "No total right now" in shown
    assert "There is no fresh price for BTC, ETH" in shown
    assert "$64,000.00" in shown  # as an old price, with its time
    assert "10 minutes ago" in shown.replace("\xa0", " ")
    confirmation = summary(past)
    assert "No fresh price, so no value is shown." in confirmation
    assert "≈ $" not in confirmation


def test_before_any_price_was_ever_heard(market: Server, past: Past, client: APIClient) -> None:
    refused = client.get("/api/v1/rates", {"base": "BTC", "quote": "USD", "allow_stale": "true"})
    assert (refused.status_code, refused.json()["code"]) == (404, "rate_unavailable")
    portfolio = client.get("/api/v1/portfolio").json()
    assert portfolio["total"] is None
    assert {(row["freshness"], row["last_price"], row["last_price_at"]) for row in portfolio["holdings"]} == {
        ("missing", None, None)
    }
    assert "No total right now" in page(past)


def _put_to_sleep(market: Server) -> datetime:
    """Let every source say for the last ten minutes what it said then; return when that was."""
    now = timezone.now()
    then = now - timedelta(minutes=10)
    for code in CODES:
        market.market.set_manner(code, age_seconds=600)
    services.refresh(now=then)  # heard in time, ten minutes ago
    services.refresh(now=now)  # and heard again now: all are as old as they are
    assert set(Price.objects.values_list("base", flat=True)) >= {"BTC", "ETH"}
    return then
