"""Summing up the past: candles out of rounds, larger candles out of smaller ones, and what is no longer kept."""

from datetime import datetime, timedelta
from typing import Any

from django.db import connections

from rates.models import Candle, PriceRound

ORIGIN = "TIMESTAMPTZ '2000-01-01 00:00:00+00'"
"""Where all periods are counted from: they nest, and days are those of UTC."""

FULL_FOR = timedelta(days=3)
"""So long every round is kept."""

THINNED = ((FULL_FOR, "5 minutes"), (timedelta(days=30), "1 hour"))
"""Rounds older than this: only the last price of each such stretch stays."""

ROUNDS_KEPT_FOR = timedelta(days=400)
CANDLES_KEPT_FOR = {
    Candle.Period.MINUTE: timedelta(days=7),
    Candle.Period.FIVE_MINUTES: timedelta(days=90),
    Candle.Period.HOUR: timedelta(days=800),
}
"""Days are kept for good."""

_STEPS = (
    (Candle.Period.MINUTE, "1 minute", None),
    (Candle.Period.FIVE_MINUTES, "5 minutes", Candle.Period.MINUTE),
    (Candle.Period.HOUR, "1 hour", Candle.Period.FIVE_MINUTES),
    (Candle.Period.DAY, "1 day", Candle.Period.HOUR),
)


def build_candles(*, now: datetime) -> None:
    """
    Bring all candles up to date: those still open are summed up anew, those that are missing are added.

    Each period goes on from its last candle, so what was missed is made up for, as long as all of its
    rounds are kept. A period in which no price was agreed upon has no candle.
    """
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    horizon = day - FULL_FOR + timedelta(days=1)  # from here on every round is still there
    with connections["rates"].cursor() as cursor:
        for period, length, lower in _STEPS:
            values: dict[str, Any] = {"period": period.value, "length": length, "horizon": horizon}
            if lower is None:
                cursor.execute(_FROM_ROUNDS, values)
            else:
                cursor.execute(_FROM_CANDLES, {**values, "lower": lower.value})


def tidy(*, now: datetime) -> int:
    """Thin out old rounds, forget very old ones and old small candles; return how many rows went."""
    gone, _ = PriceRound.objects.filter(asked_at__lt=now - ROUNDS_KEPT_FOR).delete()
    for period, kept_for in CANDLES_KEPT_FOR.items():
        gone += Candle.objects.filter(period=period, opens_at__lt=now - kept_for).delete()[0]
    with connections["rates"].cursor() as cursor:
        for age, length in THINNED:
            cursor.execute(_THIN, {"before": now - age, "length": length})
            gone += cursor.rowcount
    return gone


_PAIRS = """
    SELECT base, quote, GREATEST(%(horizon)s, (
        SELECT max(opens_at) FROM rates_candle c
        WHERE c.base = p.base AND c.quote = p.quote AND c.period = %(period)s
    )) AS since
    FROM rates_price p
"""

_STORE = """
    INSERT INTO rates_candle (base, quote, period, opens_at, open, high, low, close, rounds)
    {summed}
    ON CONFLICT (base, quote, period, opens_at) DO UPDATE
    SET open = EXCLUDED.open, high = EXCLUDED.high, low = EXCLUDED.low, close = EXCLUDED.close,
        rounds = EXCLUDED.rounds
"""

_FROM_ROUNDS = _STORE.format(
    summed=f"""
    SELECT r.base, r.quote, %(period)s, date_bin(%(length)s, r.asked_at, {ORIGIN}) AS opens,
        (array_agg(r.price ORDER BY r.asked_at))[1], max(r.price), min(r.price),
        (array_agg(r.price ORDER BY r.asked_at DESC))[1], count(*)
    FROM ({_PAIRS}) pairs
    JOIN rates_priceround r ON r.base = pairs.base AND r.quote = pairs.quote AND r.asked_at >= pairs.since
    WHERE r.price IS NOT NULL
    GROUP BY r.base, r.quote, opens
    """  # noqa: S608 - constants of this file
)

_FROM_CANDLES = _STORE.format(
    summed=f"""
    SELECT s.base, s.quote, %(period)s, date_bin(%(length)s, s.opens_at, {ORIGIN}) AS opens,
        (array_agg(s.open ORDER BY s.opens_at))[1], max(s.high), min(s.low),
        (array_agg(s.close ORDER BY s.opens_at DESC))[1], sum(s.rounds)
    FROM ({_PAIRS}) pairs
    JOIN rates_candle s ON s.base = pairs.base AND s.quote = pairs.quote AND s.period = %(lower)s
        AND s.opens_at >= pairs.since
    GROUP BY s.base, s.quote, opens
    """  # noqa: S608 - constants of this file
)

_THIN = f"""
    DELETE FROM rates_priceround WHERE id IN (
        SELECT id FROM (
            SELECT id, row_number() OVER (
                PARTITION BY base, quote, date_bin(%(length)s, asked_at, {ORIGIN})
                ORDER BY (price IS NULL), asked_at DESC
            ) AS place
            FROM rates_priceround WHERE asked_at < %(before)s
        ) ranked WHERE place > 1
    )
"""  # noqa: S608 - constants of this file
