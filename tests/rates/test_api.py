"""GET rates and GET fees, as anybody sees them."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from rates.services import NewFee, record_price, store_fees

pytestmark = pytest.mark.django_db(databases="__all__")

FEES = [NewFee("slow", 1_000, 0, 7_200), NewFee("normal", 3_000, 0, 3_600), NewFee("fast", 5_000, 0, 1_200)]


@pytest.fixture
def client():
    return APIClient()


def test_a_price_is_a_decimal_string(client):
    now = timezone.now()
    record_price(base="BTC", quote="USD", price=Decimal("67000.10"), source="devnet", now=now)
    answer = client.get("/api/v1/rates", {"base": "BTC", "quote": "USD"})
    assert answer.status_code == 200
    body = answer.json()
    assert {key: body[key] for key in ("base", "quote", "price", "source")} == {
        "base": "BTC",
        "quote": "USD",
        "price": "67000.1",
        "source": "devnet",
    }
    assert body["at"].endswith("Z")


@pytest.mark.parametrize(("price", "shown"), [("100", "100"), ("0.000000000000000001", "0.000000000000000001")])
def test_no_price_is_shown_with_an_exponent(client, price, shown):
    record_price(base="ETH", quote="USD", price=Decimal(price), source="x", now=timezone.now())
    assert client.get("/api/v1/rates", {"base": "ETH", "quote": "USD"}).json()["price"] == shown


def test_a_stale_price_is_not_shown(client):
    record_price(base="BTC", quote="USD", price=Decimal(1), source="x", now=timezone.now() - timedelta(seconds=301))
    answer = client.get("/api/v1/rates", {"base": "BTC", "quote": "USD"})
    assert (answer.status_code, answer.json()["code"]) == (404, "rate_unavailable")
    assert answer["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("path", "query", "status", "code"),
    [
        ("rates", {"base": "BTC", "quote": "USD"}, 404, "rate_unavailable"),
        ("rates", {"base": "XXX", "quote": "USD"}, 404, "unknown_asset"),
        ("rates", {"base": "BTC", "quote": "\x00"}, 404, "unknown_asset"),
        ("rates", {"base": "BTC"}, 400, "invalid_input"),
        ("rates", {}, 400, "invalid_input"),
        ("fees", {"network": "bitcoin"}, 404, "fees_unavailable"),
        ("fees", {"network": "dogecoin"}, 404, "unknown_network"),
        ("fees", {}, 400, "invalid_input"),
    ],
)
def test_what_is_not_there_is_said_clearly(client, path, query, status, code):
    answer = client.get(f"/api/v1/{path}", query)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"


def test_fees_are_shown_per_priority_as_strings(client):
    now = timezone.now()
    store_fees(network="bitcoin", fees=FEES, now=now)
    body = client.get("/api/v1/fees", {"network": "bitcoin"}).json()
    assert (body["network"], body["unit"]) == ("bitcoin", "satoshi per 1,000 virtual bytes")
    fast = {key: body["fast"][key] for key in ("rate", "tip", "seconds")}
    assert fast == {"rate": "5000", "tip": "0", "seconds": 1_200}
    assert {"slow", "normal", "fast"} < set(body)


def test_stale_fees_are_not_shown(client):
    store_fees(network="bitcoin", fees=FEES, now=timezone.now() - timedelta(seconds=31))
    assert client.get("/api/v1/fees", {"network": "bitcoin"}).status_code == 404
