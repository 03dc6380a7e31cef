"""GET rates, their history and candles, and GET fees, as anybody sees them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from rates.models import PriceRound
from rates.services import NewFee, build_candles, record_price, store_fees

pytestmark = pytest.mark.django_db(databases="__all__")

FEES = [
    NewFee(name, rate, 0, seconds, "estimatesmartfee")
    for name, rate, seconds in (("slow", 1_000, 7_200), ("normal", 3_000, 3_600), ("fast", 5_000, 1_200))
]


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


def test_what_is_stale_is_said_for_each_network(client, settings):
    patient = replace(settings.NETWORKS["bitcoin"], fee_stale_seconds=600)
    settings.NETWORKS = {**settings.NETWORKS, "bitcoin": patient}
    for network in ("bitcoin", "ethereum"):
        store_fees(network=network, fees=FEES, now=timezone.now() - timedelta(seconds=31))
    answers = [client.get("/api/v1/fees", {"network": network}) for network in ("bitcoin", "ethereum")]
    assert [answer.status_code for answer in answers] == [200, 404]
    assert answers[0].json()["fast"]["origin"] == "estimatesmartfee"


# --- stale, history, candles --------------------------------------------------------------------
def test_an_old_price_is_refused_unless_old_ones_are_asked_for(client):
    then = timezone.now() - timedelta(seconds=301)
    record_price(base="BTC", quote="USD", price=Decimal(5), source="median", now=then)
    problem = client.get("/api/v1/rates", {"base": "BTC", "quote": "USD"}).json()
    assert (problem["code"], problem["is_stale"], problem["last_at"]) == ("rate_unavailable", True, then.isoformat())
    asked = client.get("/api/v1/rates", {"base": "BTC", "quote": "USD", "allow_stale": "true"})
    assert (asked.status_code, asked.json()["price"], asked.json()["is_stale"]) == (200, "5", True)
    fresh = timezone.now()
    record_price(base="BTC", quote="USD", price=Decimal(6), source="median", now=fresh)
    assert client.get("/api/v1/rates", {"base": "BTC", "quote": "USD"}).json()["is_stale"] is False


def make_rounds(start, prices):
    for minute, price in enumerate(prices):
        at = start + timedelta(minutes=minute)
        record_price(base="BTC", quote="USD", price=Decimal(price), source="median", now=at)
        PriceRound.objects.create(base="BTC", quote="USD", asked_at=at, price=Decimal(price), at=at)
    PriceRound.objects.create(base="BTC", quote="USD", asked_at=start - timedelta(minutes=1))  # gave no price
    PriceRound.objects.create(base="ETH", quote="USD", asked_at=start, price=Decimal(1), at=start)
    build_candles(now=start + timedelta(hours=1))


def every(client, path, **query):
    """Follow the pages to their end."""
    answer = client.get(f"/api/v1/{path}", {"base": "BTC", "quote": "USD", **query})
    found = []
    while True:
        assert answer.status_code == 200
        found += answer.json()["results"]
        if not answer.json()["next"]:
            return found
        answer = client.get(answer.json()["next"])


def test_the_history_is_paged_and_cut_to_what_is_asked(client):
    start = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
    make_rounds(start, ["100", "101.50", "99", "98", "97"])
    expected = [
        {"at": "2026-11-20T12:04:00Z", "price": "97"},
        {"at": "2026-11-20T12:03:00Z", "price": "98"},
        {"at": "2026-11-20T12:02:00Z", "price": "99"},
        {"at": "2026-11-20T12:01:00Z", "price": "101.5"},
        {"at": "2026-11-20T12:00:00Z", "price": "100"},
    ]
    assert every(client, "rates/history") == expected
    assert every(client, "rates/history", limit="2") == expected
    cut = {"from": "2026-11-20T12:01:00Z", "to": "2026-11-20T13:03:00+01:00"}
    assert every(client, "rates/history", **cut) == expected[2:4]


def test_candles_are_paged_by_period(client):
    start = datetime(2026, 11, 20, 12, 3, tzinfo=UTC)
    make_rounds(start, ["100", "103", "99.5", "101"])
    five = [
        {"opens_at": "2026-11-20T12:05:00Z", "open": "99.5", "high": "101", "low": "99.5", "close": "101", "rounds": 2},
        {"opens_at": "2026-11-20T12:00:00Z", "open": "100", "high": "103", "low": "100", "close": "103", "rounds": 2},
    ]
    assert every(client, "rates/candles", period="5m") == five
    assert every(client, "rates/candles", period="5m", limit="1") == five
    assert every(client, "rates/candles", period="5m", **{"from": "2026-11-20T12:05:00Z"}) == five[:1]
    assert len(every(client, "rates/candles", period="1m")) == 4
    assert [(row["opens_at"], row["close"]) for row in every(client, "rates/candles", period="1d")] == [
        ("2026-11-20T00:00:00Z", "101")
    ]


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("rates/history", {"base": "BTC"}, "invalid_input"),
        ("rates/history", {"base": "BTC", "quote": "XXX"}, "unknown_asset"),
        ("rates/history", {"base": "BTC", "quote": "USD", "from": "yesterday"}, "invalid_input"),
        ("rates/history", {"base": "BTC", "quote": "USD", "to": "2026-11-20T12:00:00"}, "invalid_input"),
        ("rates/history", {"base": "BTC", "quote": "USD", "limit": "0"}, "invalid_input"),
        ("rates/history", {"base": "BTC", "quote": "USD", "cursor": "%%%"}, "invalid_input"),
        ("rates/candles", {"base": "BTC", "quote": "USD"}, "invalid_input"),
        ("rates/candles", {"base": "BTC", "quote": "USD", "period": "2m"}, "invalid_input"),
        ("rates/candles", {"base": "BTC", "quote": "USD", "period": "1m", "from": "9999-99-99"}, "invalid_input"),
    ],
)
def test_what_cannot_be_listed_is_said_clearly(client, path, query, code):
    answer = client.get(f"/api/v1/{path}", query)
    assert (answer.status_code, answer.json()["code"]) == (404 if code == "unknown_asset" else 400, code)
