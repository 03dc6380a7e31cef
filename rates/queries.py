"""Reading what things cost. Nothing stale is ever calculated with; it may be shown, as what it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum
from typing import Any

from django.conf import settings
from django.db.models import OuterRef, QuerySet, Subquery

from assets.queries import get_asset
from kit.money import Money, exactly, to_decimal
from rates.models import Candle, ChainFee, Price, PriceRound
from rates.policy import Verdict


class Freshness(StrEnum):
    FRESH = "fresh"
    STALE = "stale"  # there is a price, older than settings.PRICE_STALE_SECONDS
    MISSING = "missing"  # none has ever been heard


@dataclass(frozen=True)
class SourceAt:
    """What one source said of a price, and what became of it (rates.policy.Verdict)."""

    source: str
    price: Decimal | None
    at: datetime | None
    verdict: str


@dataclass(frozen=True)
class PriceAt:
    base: str
    quote: str
    price: Decimal
    source: str
    at: datetime
    sources: tuple[SourceAt, ...] = ()

    def is_stale(self, now: datetime) -> bool:
        return self.at < now - timedelta(seconds=settings.PRICE_STALE_SECONDS)


@dataclass(frozen=True)
class Value:
    """
    What an amount is worth. Calculate with `value` and `price` only: both are None unless the price is fresh.

    `last_price` and `at` are also there where the price is stale, to be shown as such.
    """

    value: Decimal | None
    last_price: Decimal | None
    at: datetime | None
    freshness: Freshness

    @property
    def price(self) -> Decimal | None:
        return self.last_price if self.freshness == Freshness.FRESH else None


@dataclass(frozen=True)
class PairHealth:
    """How one pair does: how old its price is, and how many sources agreed in the last round."""

    base: str
    quote: str
    age_seconds: float
    sources_used: int


@dataclass(frozen=True)
class FeeAt:
    """One priority's price of block space; units as chains.values.FeeRate."""

    network: str
    priority: str
    rate: int
    tip: int
    seconds: int
    at: datetime
    source: str = ""


def value(*, amount: Money, currency: str, now: datetime) -> Value:
    """Return what an amount is worth in `currency`, rounded to its minor unit, and how far that can be relied on."""
    return values(amounts=[amount], currency=currency, now=now)[0]


def values(*, amounts: Sequence[Money], currency: str, now: datetime) -> list[Value]:
    """Return `value` of each amount, in the same order; one query however many there are."""
    rows = Price.objects.filter(base__in={coin(amount.asset) for amount in amounts}, quote=currency)
    prices = {row.base: _price_at(row) for row in rows}
    return [_value(amount, currency, prices.get(coin(amount.asset)), now) for amount in amounts]


def coin(asset: str) -> str:
    """Return what an asset is traded as: USDC.ETH and USDC.POL are one coin on two networks, and have one price."""
    return asset.partition(".")[0]


def price(*, base: str, quote: str, now: datetime) -> PriceAt | None:
    """Return the last price heard, or None if there is none younger than settings.PRICE_STALE_SECONDS."""
    found = last_price(base=base, quote=quote)
    return None if found is None or found.is_stale(now) else found


def last_price(*, base: str, quote: str) -> PriceAt | None:
    """Return the last price however old it is: to be shown with its time, never to be calculated with."""
    row = Price.objects.filter(base=coin(base), quote=quote).first()
    return _price_at(row) if row else None


def price_history(*, base: str, quote: str) -> QuerySet[PriceRound]:
    """Return the rounds that gave a price, in no order; old ones are thinned out."""
    return PriceRound.objects.filter(base=base, quote=quote, price__isnull=False)


def candles(*, base: str, quote: str, period: str) -> QuerySet[Candle]:
    """Return the candles of one period, in no order; the last may still be open."""
    return Candle.objects.filter(base=base, quote=quote, period=period)


def pair_health(*, now: datetime) -> list[PairHealth]:
    """Return how each pair that ever had a price does, for the monitoring."""
    latest = PriceRound.objects.filter(base=OuterRef("base"), quote=OuterRef("quote")).order_by("-asked_at")
    rows = Price.objects.annotate(last_sources=Subquery(latest.values("sources")[:1])).order_by("base", "quote")
    return [
        PairHealth(row.base, row.quote, (now - row.at).total_seconds(), _count_used(row.last_sources or []))
        for row in rows
    ]


def worth(amount: Money, price: Decimal, *, currency: str) -> Decimal:
    """Return what an amount is worth at a price in this currency, to its smallest unit."""
    cents = Decimal(1).scaleb(-get_asset(currency).scale)
    with exactly():
        units = to_decimal(amount.minor, scale=get_asset(amount.asset).scale)
        return (units * price).quantize(cents, rounding=ROUND_HALF_EVEN)


def chain_fees(*, network: str, now: datetime, max_age_seconds: int) -> dict[str, FeeAt]:
    """Return the fresh fees of a network by priority; empty if none are fresh."""
    return networks_fees(now=now, max_age_seconds={network: max_age_seconds})[network]


def networks_fees(*, now: datetime, max_age_seconds: Mapping[str, int]) -> dict[str, dict[str, FeeAt]]:
    """Return `chain_fees` of each of these networks, by network; one query however many there are."""
    found: dict[str, dict[str, FeeAt]] = {network: {} for network in max_age_seconds}
    for row in ChainFee.objects.filter(network__in=max_age_seconds):
        if row.at >= now - timedelta(seconds=max_age_seconds[row.network]):
            found[row.network][row.priority] = _fee_at(row)
    return found


def _value(amount: Money, currency: str, found: PriceAt | None, now: datetime) -> Value:
    if amount.asset == currency:
        units = to_decimal(amount.minor, scale=get_asset(amount.asset).scale)
        return Value(units, Decimal(1), now, Freshness.FRESH)
    if found is None:
        return Value(None, None, None, Freshness.MISSING)
    if found.is_stale(now):
        return Value(None, found.price, found.at, Freshness.STALE)
    return Value(worth(amount, found.price, currency=currency), found.price, found.at, Freshness.FRESH)


def _fee_at(row: ChainFee) -> FeeAt:
    return FeeAt(row.network, row.priority, int(row.rate), int(row.tip), row.seconds, row.at, row.source)


def _price_at(row: Price) -> PriceAt:
    sources = tuple(_source_at(each) for each in row.sources)
    return PriceAt(row.base, row.quote, row.price, row.source, row.at, sources)


def _source_at(told: dict[str, Any]) -> SourceAt:
    return SourceAt(
        source=told["source"],
        price=None if told["price"] is None else Decimal(told["price"]),
        at=None if told["at"] is None else datetime.fromisoformat(told["at"]),
        verdict=told["verdict"],
    )


def _count_used(sources: list[dict[str, Any]]) -> int:
    return sum(each["verdict"] == Verdict.USED for each in sources)
