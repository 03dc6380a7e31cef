"""What every source of prices does, whatever its dialect: over real requests to the sandbox."""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from providers.base import Access, Kind
from providers.errors import ProviderRefused, ProviderUnavailable
from providers.registry import ADAPTERS
from tests.factories.prices import accesses, price_sandbox
from tests.factories.silent import closed_port

PAIRS = [("BTC", "USD"), ("ETH", "USD"), ("BTC", "EUR"), ("ETH", "EUR")]
REGISTRY = ADAPTERS[Kind.PRICE]


@pytest.fixture(scope="module")
def server():
    with price_sandbox() as running:
        yield running


@pytest.fixture(params=REGISTRY.names())
def code(request, server):
    server.market.reset()
    server.requests.clear()
    return request.param


@pytest.fixture
def adapter(code, server):
    return REGISTRY.get(code)(accesses(server, timeout_seconds=0.5)[code])


def kind_of(adapter) -> str:
    with pytest.raises(ProviderUnavailable) as caught:
        adapter.prices(PAIRS)
    return caught.value.kind


def test_all_four_sources_are_registered():
    assert REGISTRY.names() == ["binance", "coinbase", "coingecko", "coinmarketcap"]


def test_prices_are_exact_and_carry_the_sources_own_time(adapter, server):
    server.market.set_price("BTC", Decimal("64210.5501"))
    seen = adapter.prices(PAIRS)
    assert {(each.base, each.quote): each.price for each in seen} == {
        ("BTC", "USD"): Decimal("64210.5501"),
        ("ETH", "USD"): Decimal(3420),
        ("BTC", "EUR"): Decimal("59180.2305"),
        ("ETH", "EUR"): Decimal("3152.0737"),
    }
    assert all(timedelta(seconds=-1) < datetime.now(UTC) - each.at < timedelta(seconds=3) for each in seen)


def test_only_what_is_asked_and_known_is_answered(adapter, server):
    seen = adapter.prices([("ETH", "USD"), ("DOGE", "USD"), ("BTC", "GBP")])
    assert [(each.base, each.quote) for each in seen] == [("ETH", "USD")]
    server.requests.clear()
    assert list(adapter.prices([("DOGE", "USD")])) == []
    assert not server.requests


def test_an_old_price_keeps_its_age(adapter, code, server):
    server.market.set_manner(code, age_seconds=900)
    seen = adapter.prices([("BTC", "USD")])
    age = datetime.now(UTC) - seen[0].at
    assert timedelta(seconds=899) < age < timedelta(seconds=905)


def test_a_frozen_source_repeats_itself(adapter, code, server):
    server.market.set_manner(code, is_frozen=True)
    first = adapter.prices([("BTC", "USD")])
    server.market.set_price("BTC", Decimal(1))
    assert adapter.prices([("BTC", "USD")]) == first


def test_no_list_of_markets_is_ever_downloaded(adapter, code, server):
    adapter.prices(PAIRS)
    paths = {request["path"] for request in server.requests}
    assert (
        paths
        == {
            "binance": {"/api/v3/ticker/24hr"},
            "coinbase": {f"/products/{base}-{quote}/ticker" for base, quote in PAIRS},
            "coingecko": {"/api/v3/simple/price"},
            "coinmarketcap": {"/v2/cryptocurrency/quotes/latest"},
        }[code]
    )


def test_too_many_questions(adapter, code, server):
    server.market.set_manner(code, fault="rate_limited")
    assert kind_of(adapter) == "rate_limited"


def test_an_error_inside_an_answer_that_looks_well_is_seen(adapter, code, server):
    server.market.set_manner(code, fault="error_inside")
    with pytest.raises((ProviderUnavailable, ProviderRefused)):
        adapter.prices(PAIRS)


def test_an_answer_cut_short_is_no_price(adapter, code, server):
    server.market.set_manner(code, fault="malformed")
    assert kind_of(adapter) == "broken"


def test_a_company_that_is_down(adapter, code, server):
    server.market.set_manner(code, fault="down")
    assert kind_of(adapter) == "server"


def test_a_slow_answer_is_not_waited_for(adapter, code, server):
    server.market.set_manner(code, fault="slow", delay_seconds=1.5)
    started = time.monotonic()
    assert kind_of(adapter) == "timeout"
    assert time.monotonic() - started < 1.4


def test_a_connection_dropped_without_an_answer(adapter, code, server):
    server.market.set_manner(code, fault="dropped")
    assert kind_of(adapter) in {"connection", "broken", "server"}


def test_nobody_there(code):
    access = Access(code=code, base_url=f"http://127.0.0.1:{closed_port()}", timeout_seconds=0.5)
    with pytest.raises(ProviderUnavailable) as caught:
        REGISTRY.get(code)(access).prices(PAIRS)
    assert (caught.value.kind, caught.value.has_left) == ("connection", False)


def test_keys_go_where_each_company_looks_for_them(server):
    server.market.reset()
    server.requests.clear()
    found = accesses(server)
    keyed = Access("coingecko", found["coingecko"].base_url, {"api_key": "demo"})
    assert REGISTRY.get("coingecko")(keyed).prices([("BTC", "USD")])
    assert REGISTRY.get("coinmarketcap")(found["coinmarketcap"]).prices([("BTC", "USD")])
    sent = {request["source"]: request["headers"] for request in server.requests}
    assert sent["coingecko"]["x-cg-demo-api-key"] == "demo"
    assert sent["coinmarketcap"]["x-cmc_pro_api_key"] == "sandbox"


def test_coinmarketcap_without_a_key_is_forbidden(server):
    access = Access("coinmarketcap", accesses(server)["coinmarketcap"].base_url)
    with pytest.raises(ProviderUnavailable) as caught:
        REGISTRY.get("coinmarketcap")(access).prices(PAIRS)
    assert caught.value.kind == "forbidden"


def test_coinmarketcaps_spent_month_is_a_quota_though_its_status_is_200(server):
    server.market.reset()
    server.market.set_manner("coinmarketcap", fault="error_inside")
    with pytest.raises(ProviderUnavailable) as caught:
        REGISTRY.get("coinmarketcap")(accesses(server)["coinmarketcap"]).prices(PAIRS)
    assert caught.value.kind == "quota"
