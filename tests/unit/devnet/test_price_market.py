"""The sandbox's market: it walks in small steps, the same from the same seed, and tells it as it is told to."""

import random
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from devnet.vendors.price_market import SOURCES, START, Market, Tick, step


class Clock:
    def __init__(self) -> None:
        self.now = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_prices_walk_in_small_steps_inside_their_band() -> None:
    start = START["BTC"]
    generator, price = random.Random(7), start
    for _ in range(5_000):
        following = step(price, start, generator)
        assert abs(following - price) <= price * Decimal("0.0016")
        assert start * Decimal("0.8") <= following <= start * Decimal("1.2")
        price = following


def test_the_same_seed_walks_the_same_way_and_all_sources_tell_nearly_the_same() -> None:
    clock = Clock()
    one, same, other = (Market(seed=seed, step_seconds=2, clock=clock) for seed in (3, 3, 4))
    clock.now += timedelta(seconds=60)
    assert one.tick("binance", "BTC", "USD") == same.tick("binance", "BTC", "USD")
    prices = [one.tick(source, "BTC", "USD").price for source in SOURCES]
    assert len(set(prices)) == 4
    assert max(prices) < min(prices) * Decimal("1.001")
    assert one.tick("binance", "BTC", "USD") != other.tick("binance", "BTC", "USD")
    assert one.tick("binance", "BTC", "USD").price != START["BTC"]


def test_levers() -> None:
    clock = Clock()
    market = Market(step_seconds=0, clock=clock)
    market.set_price("BTC", Decimal(50_000))
    market.set_manner("binance", factor=Decimal("1.3"))
    market.set_manner("coinbase", age_seconds=600)
    market.set_manner("coingecko", is_frozen=True)
    frozen = Tick(Decimal(50_000), clock.now)
    market.set_price("BTC", Decimal(40_000))
    clock.now += timedelta(seconds=5)
    assert market.tick("coingecko", "BTC", "USD") == frozen
    assert market.tick("binance", "BTC", "USD") == Tick(Decimal(52_000), clock.now)
    assert market.tick("coinbase", "BTC", "USD") == Tick(Decimal(40_000), clock.now - timedelta(seconds=600))
    market.set_manner("coingecko", is_frozen=False)
    assert market.tick("coingecko", "BTC", "USD") == Tick(Decimal(40_000), clock.now)
    market.reset()
    assert market.tick("binance", "BTC", "EUR").price == Decimal("88940.0922")
