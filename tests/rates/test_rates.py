"""Prices and fees: the last one counts, none is ever served stale."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from kit.money import Money
from rates.models import ChainFee, Price
from rates.queries import FeeAt, Freshness, PriceAt, Value, chain_fees, price, value, values
from rates.services import NewFee, record_price, store_fees

pytestmark = pytest.mark.django_db(databases="__all__")


def test_the_last_price_heard_is_exact_until_it_is_stale(now):
    record_price(base="BTC", quote="USD", price=Decimal("67123.45"), source="a", now=now)
    record_price(base="BTC", quote="USD", price=Decimal("67123.456789012345678901"), source="b", now=now)
    heard = PriceAt("BTC", "USD", Decimal("67123.456789012345678901"), "b", now)
    assert price(base="BTC", quote="USD", now=now) == heard
    assert price(base="BTC", quote="USD", now=now + timedelta(seconds=300)) == heard
    assert price(base="BTC", quote="USD", now=now + timedelta(seconds=301)) is None
    assert Price.objects.count() == 1


def test_pairs_do_not_mix(now):
    record_price(base="BTC", quote="USD", price=Decimal(2), source="a", now=now)
    assert price(base="USD", quote="BTC", now=now) is None
    assert price(base="ETH", quote="USD", now=now) is None


@pytest.mark.parametrize("wrong", [Decimal(0), Decimal(-1)])
def test_a_price_is_more_than_nothing(now, wrong):
    with pytest.raises(IntegrityError), transaction.atomic(using="rates"):
        record_price(base="BTC", quote="USD", price=wrong, source="a", now=now)
    assert Price.objects.count() == 0


def test_fees_replace_the_last_ones_and_grow_stale(now):
    store_fees(network="ethereum", fees=[NewFee("slow", 10, 1, 60), NewFee("fast", 10**60, 2, 12)], now=now)
    later = now + timedelta(seconds=10)
    store_fees(network="ethereum", fees=[NewFee("fast", 30, 3, 12)], now=later)
    assert chain_fees(network="ethereum", now=later, max_age_seconds=10) == {
        "slow": FeeAt("ethereum", "slow", 10, 1, 60, now),
        "fast": FeeAt("ethereum", "fast", 30, 3, 12, later),
    }
    assert set(chain_fees(network="ethereum", now=later, max_age_seconds=9)) == {"fast"}
    assert chain_fees(network="bitcoin", now=later, max_age_seconds=10) == {}


@pytest.mark.parametrize("fee", [NewFee("fast", 0, 0, 1), NewFee("fast", 5, 6, 1), NewFee("fast", 5, -1, 1)])
def test_a_fee_that_cannot_be_is_refused(now, fee):
    with pytest.raises(IntegrityError), transaction.atomic(using="rates"):
        store_fees(network="ethereum", fees=[fee], now=now)
    assert ChainFee.objects.count() == 0


def test_values_are_exact_while_fresh_and_never_there_otherwise(now):
    record_price(base="BTC", quote="USD", price=Decimal("64210.55"), source="a", now=now)
    amount = Money(150_000_001, "BTC")
    fresh = value(amount=amount, currency="USD", now=now + timedelta(seconds=300))
    assert fresh == Value(Decimal("96315.83"), Decimal("64210.55"), now, Freshness.FRESH)  # 96315.8256421055
    assert fresh.price == Decimal("64210.55")
    stale = value(amount=amount, currency="USD", now=now + timedelta(seconds=301))
    assert stale == Value(None, Decimal("64210.55"), now, Freshness.STALE)
    assert stale.price is None
    assert value(amount=amount, currency="EUR", now=now) == Value(None, None, None, Freshness.MISSING)


def test_values_come_in_order_with_one_question(now, django_assert_num_queries):
    record_price(base="BTC", quote="USD", price=Decimal(60_000), source="a", now=now)
    asked = [Money(1, "ETH"), Money(100, "USD"), Money(-50_000_000, "BTC"), Money(0, "BTC")]
    with django_assert_num_queries(1, using="rates"):
        found = values(amounts=asked, currency="USD", now=now)
    assert [(each.value, each.freshness.value) for each in found] == [
        (None, "missing"),
        (Decimal(1), "fresh"),
        (Decimal(-30_000), "fresh"),
        (Decimal(0), "fresh"),
    ]
