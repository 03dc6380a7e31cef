"""Writing down what things cost."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from rates.models import ChainFee, Price


class NewFee(NamedTuple):
    """One priority's price of block space; units as chains.base.FeeRate."""

    priority: str
    rate: int
    tip: int
    seconds: int


def store_fees(*, network: str, fees: Sequence[NewFee], now: datetime) -> None:
    """Keep these as the network's fees, in place of the last ones."""
    ChainFee.objects.bulk_create(
        [
            ChainFee(network=network, priority=fee.priority, rate=fee.rate, tip=fee.tip, seconds=fee.seconds, at=now)
            for fee in fees
        ],
        update_conflicts=True,
        unique_fields=["network", "priority"],
        update_fields=["rate", "tip", "seconds", "at"],
    )


def record_price(*, base: str, quote: str, price: Decimal, source: str, now: datetime) -> None:
    """Keep this as the pair's price, in place of the last one. It must be more than zero."""
    Price.objects.bulk_create(
        [Price(base=base, quote=quote, price=price, source=source, at=now)],
        update_conflicts=True,
        unique_fields=["base", "quote"],
        update_fields=["price", "source", "at"],
    )
