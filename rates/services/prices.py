"""Writing down what things cost: the price of now, and every round that led to one or did not."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction

from rates.models import Price, PriceRound
from rates.policy import Judged, Outcome

MEDIAN = "median"


def record_price(
    *, base: str, quote: str, price: Decimal, source: str, now: datetime, sources: Sequence[dict[str, Any]] = ()
) -> None:
    """Keep this as the pair's price, in place of the last one; `now` is when it was so. It must be more than zero."""
    Price.objects.bulk_create(
        [Price(base=base, quote=quote, price=price, source=source, sources=list(sources), at=now)],
        update_conflicts=True,
        unique_fields=["base", "quote"],
        update_fields=["price", "source", "sources", "at"],
    )


def record_round(*, base: str, quote: str, outcome: Outcome, now: datetime) -> PriceRound:
    """
    Keep what a round gave: as the pair's price where it gave one, and in the history in any case.

    Where it gave none, the last price stays, with the time at which it was so.
    """
    sources = [_told(each) for each in outcome.sources]
    with transaction.atomic(using="rates"):
        if outcome.price is not None and outcome.at is not None:
            record_price(base=base, quote=quote, price=outcome.price, source=MEDIAN, now=outcome.at, sources=sources)
        return PriceRound.objects.create(
            base=base, quote=quote, asked_at=now, price=outcome.price, at=outcome.at, sources=sources
        )


def _told(judged: Judged) -> dict[str, Any]:
    """Return what a source said and what became of it, as JSON keeps it."""
    heard = judged.heard
    return {
        "source": heard.source,
        "price": None if heard.price is None else str(heard.price),
        "at": None if heard.at is None else heard.at.isoformat(),
        "verdict": judged.verdict.value,
        "failure": heard.failure,
    }
