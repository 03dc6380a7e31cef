"""Adding to the sums: one statement for each of them, however many events a batch has."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import connections

from analytics.models import OpenTransaction
from analytics.policy import COUNTERS, Outcome, Period, no_buckets, starts

_ADD_SUMS = """
INSERT INTO transaction_summary AS kept (period, starts_at, type, network, asset, fee_asset, provider, outcome, cause,
    transactions, amount_minor, fee_minor, overpaid_bps, milliseconds, confirmed, confirm_milliseconds, buckets)
SELECT period, starts_at, type, network, asset, fee_asset, provider, outcome, cause,
    transactions, amount_minor, fee_minor, overpaid_bps, milliseconds, confirmed, confirm_milliseconds, buckets
FROM json_to_recordset(%s::json) AS given (period text, starts_at timestamptz, type text, network text, asset text,
    fee_asset text, provider text, outcome text, cause text, transactions bigint, amount_minor numeric,
    fee_minor numeric, overpaid_bps bigint, milliseconds bigint, confirmed bigint, confirm_milliseconds bigint,
    buckets bigint[])
ON CONFLICT (period, starts_at, type, network, asset, fee_asset, provider, outcome, cause) DO UPDATE SET
    transactions = kept.transactions + EXCLUDED.transactions,
    amount_minor = kept.amount_minor + EXCLUDED.amount_minor,
    fee_minor = kept.fee_minor + EXCLUDED.fee_minor,
    overpaid_bps = kept.overpaid_bps + EXCLUDED.overpaid_bps,
    milliseconds = kept.milliseconds + EXCLUDED.milliseconds,
    confirmed = kept.confirmed + EXCLUDED.confirmed,
    confirm_milliseconds = kept.confirm_milliseconds + EXCLUDED.confirm_milliseconds,
    buckets = (SELECT array_agg(old + new ORDER BY place)
        FROM unnest(kept.buckets, EXCLUDED.buckets) WITH ORDINALITY AS both_of (old, new, place))
"""
_ADD_PEOPLE = """
INSERT INTO analytics_activeperson (day, type, user_id)
SELECT day, type, user_id FROM unnest(%s::date[], %s::text[], %s::text[]) AS given (day, type, user_id)
ON CONFLICT DO NOTHING
"""
_ADD_EVENTS = """
INSERT INTO analytics_eventcount AS kept (day, type, events)
SELECT day, type, events FROM unnest(%s::date[], %s::text[], %s::bigint[]) AS given (day, type, events)
ON CONFLICT (day, type) DO UPDATE SET events = kept.events + EXCLUDED.events
"""


@dataclass(frozen=True)
class Part:
    """Which rows of the summary something is added to, the time apart."""

    type: str
    network: str
    asset: str
    outcome: Outcome
    fee_asset: str = ""
    provider: str = ""
    cause: str = ""


@dataclass
class Sums:
    """What a batch adds to the summary, by part and period."""

    rows: dict[tuple[Part, Period, datetime], dict[str, Any]] = field(default_factory=dict)

    def add(self, part: Part, *, at: datetime, bucket: int | None = None, **counters: int) -> None:
        """Add these to the hour and to the day of that moment; `bucket` counts one more in it."""
        for period, begins in starts(at).items():
            row = self.rows.get((part, period, begins))
            if row is None:
                row = self.rows[part, period, begins] = {**dict.fromkeys(COUNTERS, 0), "buckets": no_buckets()}
            for name, value in counters.items():
                row[name] += value
            if bucket is not None:
                row["buckets"][bucket] += 1


def add_sums(sums: Sums) -> None:
    """Add a batch to the summary, in the caller's transaction in the rates database."""
    given = [
        {**asdict(part), "period": period, "starts_at": begins.isoformat(), **row}
        for (part, period, begins), row in sums.rows.items()
    ]
    if given:
        _run(_ADD_SUMS, [json.dumps(given)])


def add_people(people: Iterable[tuple[date, str, str]]) -> None:
    """Note who was active; whoever is noted already stays so."""
    rows = sorted(people)
    if rows:
        _run(_ADD_PEOPLE, [[row[place] for row in rows] for place in range(3)])


def add_events(events: Counter[tuple[date, str]]) -> None:
    """Add to the counts of events by type."""
    rows = sorted((day, type_, count) for (day, type_), count in events.items())
    if rows:
        _run(_ADD_EVENTS, [[row[place] for row in rows] for place in range(3)])


def keep_open(rows: Sequence[OpenTransaction]) -> None:
    """Write down transactions that were opened, and what has become known of others."""
    OpenTransaction.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["id"],
        update_fields=["provider", "pending_at", "confirm_milliseconds"],
    )


def _run(statement: str, parameters: list[Any]) -> None:
    with connections["rates"].cursor() as cursor:
        cursor.execute(statement, parameters)
