"""Reading what things cost. Nothing here is ever served stale."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings

from rates.models import ChainFee, Price


@dataclass(frozen=True)
class PriceAt:
    base: str
    quote: str
    price: Decimal
    source: str
    at: datetime


@dataclass(frozen=True)
class FeeAt:
    """One priority's price of block space; units as chains.base.FeeRate."""

    network: str
    priority: str
    rate: int
    tip: int
    seconds: int
    at: datetime


def price(*, base: str, quote: str, now: datetime) -> PriceAt | None:
    """Return the last price heard, or None if there is none younger than settings.PRICE_STALE_SECONDS."""
    oldest = now - timedelta(seconds=settings.PRICE_STALE_SECONDS)
    row = Price.objects.filter(base=base, quote=quote, at__gte=oldest).first()
    if row is None:
        return None
    return PriceAt(base=row.base, quote=row.quote, price=row.price, source=row.source, at=row.at)


def chain_fees(*, network: str, now: datetime, max_age_seconds: int) -> dict[str, FeeAt]:
    """Return the fresh fees of a network by priority; empty if none are fresh."""
    rows = ChainFee.objects.filter(network=network, at__gte=now - timedelta(seconds=max_age_seconds))
    return {
        row.priority: FeeAt(row.network, row.priority, int(row.rate), int(row.tip), row.seconds, row.at) for row in rows
    }
