"""One round of asking, over real requests: whom it believes, what it keeps, and what it says when it cannot know."""

import threading
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connections
from django.utils import timezone

from events.models import Event
from kit.locks import one_at_a_time
from providers.models import Health, Provider
from rates import services, tasks
from rates.models import Candle, Price, PriceRound
from rates.queries import pair_health, price
from wallet_project import metrics

pytestmark = pytest.mark.django_db(transaction=True)  # the sources are asked in threads


def refresh():
    now = timezone.now()
    return {row.base: row for row in services.refresh(now=now)}, now


def told(row: PriceRound) -> dict[str, str]:
    return {each["source"]: each["failure"] or each["verdict"] for each in row.sources}


def btc() -> Decimal | None:
    found = price(base="BTC", quote="USD", now=timezone.now())
    return found.price if found else None


ALL_USED = dict.fromkeys(("binance", "coinbase", "coingecko", "coinmarketcap"), "used")


def test_a_round_keeps_the_median_with_its_sources(sources):
    sources.market.set_price("BTC", Decimal(64_000))
    sources.market.set_manner("binance", factor=Decimal("1.001"))
    sources.market.set_manner("coinbase", factor=Decimal("1.002"))
    rounds, now = refresh()
    assert rounds["BTC"].price == Decimal("64032")  # half-way between 64000 and 64064
    assert told(rounds["BTC"]) == ALL_USED
    kept = price(base="BTC", quote="USD", now=now)
    assert kept is not None
    assert (kept.price, kept.source) == (Decimal(64_032), "median")
    assert {each.source: each.price for each in kept.sources} == {
        "binance": Decimal(64_064),
        "coinbase": Decimal(64_128),
        "coingecko": Decimal(64_000),
        "coinmarketcap": Decimal(64_000),
    }
    assert now - timedelta(seconds=2) < kept.at <= now
    assert PriceRound.objects.count() == 2
    assert set(Candle.objects.values_list("base", "period")) == {
        (base, period) for base in ("BTC", "ETH") for period in ("1m", "5m", "1h", "1d")
    }
    assert not Event.objects.filter(type__startswith="price.").exists()


def test_one_source_lies_by_thirty_percent_and_the_price_holds(sources):
    sources.market.set_manner("coinbase", factor=Decimal("1.3"))
    rounds, _ = refresh()
    assert rounds["BTC"].price == Decimal(96_500)
    assert told(rounds["BTC"]) == ALL_USED | {"coinbase": "outlier"}
    assert rounds["BTC"].sources[1]["price"] == "125450.0000"


def test_failing_sources_are_named_with_their_failures_and_their_health(sources):
    sources.market.set_manner("coingecko", fault="rate_limited")
    sources.market.set_manner("binance", fault="malformed")
    rounds, _ = refresh()
    assert rounds["BTC"].price == Decimal(96_500)
    assert told(rounds["BTC"]) == ALL_USED | {"coingecko": "rate_limited", "binance": "broken"}
    failures = dict(Health.objects.filter(operation="prices").values_list("provider_id", "last_error"))
    assert {code: failures[code] for code in ("coingecko", "binance")} == {
        "coingecko": "rate_limited",
        "binance": "broken",
    }
    again, _ = refresh()
    assert told(again["BTC"])["coingecko"] == "cooling"  # it is left alone now


def test_where_too_few_agree_there_is_no_new_price_and_that_is_an_event_once(sources):
    refresh()
    for code in ("coingecko", "coinmarketcap", "binance"):
        sources.market.set_manner(code, age_seconds=181)
    sources.market.set_price("BTC", Decimal(90_000))
    rounds, now = refresh()
    assert (rounds["BTC"].price, rounds["BTC"].at) == (None, None)
    assert told(rounds["BTC"]) == dict.fromkeys(ALL_USED, "stale") | {"coinbase": "used"}
    assert btc() == Decimal(96_500)  # the last one, until it is stale
    refresh()
    events = Event.objects.filter(type__startswith="price.").order_by("id")
    assert [(event.type, event.data["base"]) for event in events] == [("price.lost", "BTC"), ("price.lost", "ETH")]
    assert events[0].data["sources"]["binance"] == "stale"
    assert [(row.base, row.sources_used) for row in pair_health(now=now)] == [("BTC", 1), ("ETH", 1)]

    sources.market.reset()
    rounds, _ = refresh()
    assert rounds["BTC"].price == Decimal(96_500)
    assert [event.type for event in events.all()] == ["price.lost", "price.lost", "price.found", "price.found"]


def test_when_sources_freeze_the_price_grows_old_by_their_clock_and_not_ours(sources):
    _, first = refresh()
    for code in ALL_USED:
        sources.market.set_manner(code, is_frozen=True)
    later = first + timedelta(seconds=170)
    services.refresh(now=later)
    kept = Price.objects.get(base="BTC")
    assert kept.at < first + timedelta(seconds=10)  # as old as what they say, though heard just now
    services.refresh(now=first + timedelta(seconds=190))
    assert PriceRound.objects.filter(base="BTC", price=None).count() == 1


def test_a_slow_source_is_left_behind_at_the_deadline(sources, settings):
    settings.PRICE_DEADLINE_SECONDS = 1.5
    sources.market.set_manner("coinmarketcap", fault="slow", delay_seconds=2.5)
    started = time.monotonic()
    rounds, _ = refresh()
    assert time.monotonic() - started < 2.4
    assert told(rounds["BTC"]) == ALL_USED | {"coinmarketcap": "deadline"}
    time.sleep(1.5)  # its thread ends before the test's tables are emptied


def test_sources_are_asked_side_by_side(sources):
    for code in ALL_USED:
        sources.market.set_manner(code, fault="slow", delay_seconds=0.5)
    started = time.monotonic()
    rounds, _ = refresh()
    assert told(rounds["BTC"]) == ALL_USED
    assert time.monotonic() - started < 2.4  # one after another their five requests would take 2.5 s


def test_only_enabled_and_configured_sources_are_asked(sources, settings):
    Provider.objects.filter(pk="coinbase").update(is_enabled=False)
    settings.PROVIDERS = {code: access for code, access in settings.PROVIDERS.items() if code != "coinmarketcap"}
    rounds, _ = refresh()
    assert told(rounds["BTC"]) == {"binance": "used", "coingecko": "used"}
    assert {request["source"] for request in sources.requests} == {"binance", "coingecko"}


def test_with_no_source_at_all_it_says_so_and_asks_nobody(sources, settings):
    Provider.objects.filter(kind="price").update(is_enabled=False)
    rounds, _ = refresh()
    assert (rounds["BTC"].price, rounds["BTC"].sources) == (None, [])
    assert Price.objects.count() == 0
    assert not sources.requests


def test_a_pair_nobody_knows_is_no_ones_failure(sources, settings):
    settings.PRICE_PAIRS = ["BTC/USD", "DOGE/USD"]
    rounds, _ = refresh()
    assert told(rounds["DOGE"]) == dict.fromkeys(ALL_USED, "unknown_pair")
    assert rounds["BTC"].price == Decimal(96_500)


def test_the_task_keeps_a_round(sources):
    tasks.refresh_prices()
    assert btc() == Decimal(96_500)


def test_a_round_that_is_under_way_is_not_joined_by_another(sources):
    held, done = threading.Event(), threading.Event()

    def other() -> None:
        with one_at_a_time("rates.refresh_prices", using="rates"):
            held.set()
            done.wait(10)
        connections.close_all()

    thread = threading.Thread(target=other)
    thread.start()
    held.wait(10)
    tasks.refresh_prices()
    done.set()
    thread.join()
    assert PriceRound.objects.count() == 0
    assert not sources.requests


def test_the_monitoring_sees_how_old_prices_are_and_who_agreed(sources):
    sources.market.set_manner("binance", factor=Decimal(2))
    refresh()
    shown = metrics.scrape().decode()
    assert 'holdfast_price_sources{base="BTC",quote="USD"} 3.0' in shown
    (age,) = [line for line in shown.splitlines() if line.startswith('holdfast_price_age_seconds{base="ETH"')]
    assert 0 <= float(age.split()[1]) < 30
