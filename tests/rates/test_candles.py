"""Candles at their boundaries, and what is kept of the past."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from rates.models import Candle, PriceRound
from rates.services import build_candles, record_price, tidy

pytestmark = pytest.mark.django_db

DAY = datetime(2026, 11, 20, tzinfo=UTC)


def heard(at: datetime, price: str | None, base: str = "BTC") -> None:
    value = None if price is None else Decimal(price)
    if value is not None:
        record_price(base=base, quote="USD", price=value, source="median", now=at)
    PriceRound.objects.create(base=base, quote="USD", asked_at=at, price=value, at=None if value is None else at)


def shown(period: str, base: str = "BTC") -> list[tuple[str, ...]]:
    rows = Candle.objects.filter(base=base, period=period).order_by("opens_at")
    return [
        (f"{row.opens_at:%d %H:%M}", *map(_plain, (row.open, row.high, row.low, row.close)), str(row.rounds))
        for row in rows
    ]


def _plain(price: Decimal) -> str:
    return f"{price.normalize():f}"


def test_first_highest_lowest_and_last_of_each_minute():
    start = DAY.replace(hour=12)
    for seconds, price in ((0, "100"), (20, "103"), (40, "97"), (59.999999, "101"), (60, "102")):
        heard(start + timedelta(seconds=seconds), price)
    build_candles(now=start + timedelta(seconds=61))
    assert shown("1m") == [
        ("20 12:00", "100", "103", "97", "101", "4"),
        ("20 12:01", "102", "102", "102", "102", "1"),
    ]
    assert shown("5m") == [("20 12:00", "100", "103", "97", "102", "5")]
    assert shown("1h") == shown("5m")
    assert shown("1d") == [("20 00:00", "100", "103", "97", "102", "5")]


def test_periods_end_where_the_next_begins():
    for at, price in (
        (DAY - timedelta(microseconds=1), "99"),
        (DAY, "100"),
        (DAY + timedelta(minutes=5) - timedelta(microseconds=1), "110"),
        (DAY + timedelta(minutes=5), "120"),
        (DAY + timedelta(hours=1), "130"),
    ):
        heard(at, price)
    build_candles(now=DAY + timedelta(hours=2))
    assert shown("1d") == [("19 00:00", "99", "99", "99", "99", "1"), ("20 00:00", "100", "130", "100", "130", "4")]
    assert shown("1h")[1:] == [
        ("20 00:00", "100", "120", "100", "120", "3"),
        ("20 01:00", "130", "130", "130", "130", "1"),
    ]
    assert shown("5m")[1:3] == [
        ("20 00:00", "100", "110", "100", "110", "2"),
        ("20 00:05", "120", "120", "120", "120", "1"),
    ]


def test_building_again_changes_nothing_and_goes_on_where_it_was():
    start = DAY.replace(hour=12)
    heard(start, "100")
    build_candles(now=start)
    build_candles(now=start)
    assert shown("1m") == [("20 12:00", "100", "100", "100", "100", "1")]
    heard(start + timedelta(seconds=30), "90")
    for minute in (1, 2, 3):  # missed meanwhile
        heard(start + timedelta(minutes=minute), f"10{minute}")
    build_candles(now=start + timedelta(minutes=4))
    assert shown("1m") == [
        ("20 12:00", "100", "100", "90", "90", "2"),
        ("20 12:01", "101", "101", "101", "101", "1"),
        ("20 12:02", "102", "102", "102", "102", "1"),
        ("20 12:03", "103", "103", "103", "103", "1"),
    ]
    assert shown("1d") == [("20 00:00", "100", "103", "90", "103", "5")]


def test_minutes_without_a_price_have_no_candle_and_pairs_do_not_mix():
    start = DAY.replace(hour=12)
    heard(start, "100")
    heard(start + timedelta(minutes=1), None)
    heard(start + timedelta(minutes=2), "102")
    heard(start, "7", base="ETH")
    build_candles(now=start + timedelta(minutes=3))
    assert [row[0] for row in shown("1m")] == ["20 12:00", "20 12:02"]
    assert shown("1h", base="ETH") == [("20 12:00", "7", "7", "7", "7", "1")]


def test_old_rounds_are_thinned_to_the_last_of_each_stretch():
    now = DAY.replace(hour=12)
    for days in (0, 4, 40, 401):
        start = now - timedelta(days=days)
        for seconds in range(0, 600, 30):
            heard(start + timedelta(seconds=seconds), str(100 + seconds))
    heard(now - timedelta(days=4) + timedelta(seconds=299), None)  # the last of its stretch, and no price
    assert tidy(now=now + timedelta(minutes=10)) == 18 + 1 + 19 + 20
    left = PriceRound.objects.order_by("asked_at").values_list("asked_at", "price")
    assert [(row[0] - now, row[1]) for row in left][:3] == [
        (timedelta(days=-40, seconds=570), Decimal(670)),
        (timedelta(days=-4, seconds=270), Decimal(370)),
        (timedelta(days=-4, seconds=570), Decimal(670)),
    ]
    assert len(left) == 3 + 20
    assert tidy(now=now + timedelta(minutes=10)) == 0


def test_small_candles_are_forgotten_and_days_never_and_none_is_built_from_thinned_rounds():
    for days in (0, 8, 100, 900):
        for period, _ in Candle.Period.choices:
            price = Decimal(days + 1)
            Candle.objects.create(
                base="BTC", quote="USD", period=period, opens_at=DAY - timedelta(days=days),
                open=price, high=price, low=price, close=price, rounds=9,
            )  # fmt: skip
    heard(DAY - timedelta(days=8), "500")
    now = DAY + timedelta(hours=1)
    tidy(now=now)
    build_candles(now=now)
    left = {period: Candle.objects.filter(period=period).count() for period, _ in Candle.Period.choices}
    assert left == {"1m": 1, "5m": 2, "1h": 3, "1d": 4}
    assert not Candle.objects.exclude(rounds=9).exists()
