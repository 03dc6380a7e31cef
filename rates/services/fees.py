"""Writing down what block space costs."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from rates.models import ChainFee


class NewFee(NamedTuple):
    """One priority's price of block space; units as chains.values.FeeRate."""

    priority: str
    rate: int
    tip: int
    seconds: int
    source: str = ""


def store_fees(*, network: str, fees: Sequence[NewFee], now: datetime) -> None:
    """Keep these as the network's fees, in place of the last ones."""
    ChainFee.objects.bulk_create(
        [
            ChainFee(
                network=network,
                priority=fee.priority,
                rate=fee.rate,
                tip=fee.tip,
                seconds=fee.seconds,
                source=fee.source,
                at=now,
            )
            for fee in fees
        ],
        update_conflicts=True,
        unique_fields=["network", "priority"],
        update_fields=["rate", "tip", "seconds", "source", "at"],
    )
