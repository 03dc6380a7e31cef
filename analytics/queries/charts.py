"""What the operators' page shows: sums by day and hour, and how the work has gone. Few rows, whatever the traffic."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connections
from django.db.models import Sum

from analytics.models import TransactionSummary
from analytics.policy import Outcome, Period, no_buckets, quantile_seconds, starts

_GAUGES = """
SELECT date_bin(%s, at, %s) AS since, name, max(value::float)
FROM analytics_sample, jsonb_each_text(gauges) AS gauge (name, value)
WHERE at >= %s AND at <= %s GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(frozen=True)
class Moved:
    """How much of an asset, in minor units, the transactions of a type completed on one day."""

    day: datetime
    type: str
    asset: str
    minor: int


@dataclass
class Ended:
    """What came of some transactions, how long those took that completed, and `unused` prices that nothing followed."""

    opened: int = 0
    completed: int = 0
    failed: int = 0
    abandoned: int = 0
    unused: int = 0
    milliseconds: int = 0

    @property
    def success_rate(self) -> Decimal | None:
        """Return the share of those that completed or failed; None if none did."""
        ended = self.completed + self.failed
        return Decimal(self.completed) / ended if ended else None

    @property
    def abandonment(self) -> Decimal | None:
        """Return the share of all that ended which people gave up; None if none ended."""
        ended = self.completed + self.failed + self.abandoned
        return Decimal(self.abandoned) / ended if ended else None

    @property
    def mean_seconds(self) -> Decimal | None:
        """Return the mean time to completion; None if none completed."""
        return Decimal(self.milliseconds) / 1_000 / self.completed if self.completed else None

    @property
    def unused_share(self) -> Decimal | None:
        """Return the share of prices shown, and of what was begun, that nothing followed; None: there was neither."""
        looked = self.unused + self.opened
        return Decimal(self.unused) / looked if looked else None

    def add(self, row: Mapping[str, Any]) -> None:
        """Add what came of one outcome's transactions."""
        setattr(self, row["outcome"], getattr(self, row["outcome"]) + row["transactions"])
        if row["outcome"] == Outcome.COMPLETED:
            self.milliseconds += row["milliseconds"]


@dataclass
class Kpi(Ended):
    """What came of the transactions of one type."""

    type: str = ""
    buckets: list[int] = field(default_factory=no_buckets)
    causes: dict[str, int] = field(default_factory=dict)
    fees: dict[str, int] = field(default_factory=dict)
    """What the networks took, by asset, in minor units; also for what failed there."""

    @property
    def slow_seconds(self) -> int | None:
        """Return in what time nineteen of twenty completed, rounded up to a bucket's end."""
        return quantile_seconds(self.buckets, Decimal("0.95"))

    @property
    def first_cause(self) -> str:
        """Return the most frequent cause of failure; empty: none."""
        return max(self.causes, key=lambda cause: (self.causes[cause], cause), default="")


@dataclass
class Performance(Ended):
    """What came of the transactions that ended with one outside company."""

    provider: str = ""
    overpaid_bps: int = 0  # of all that ended together

    @property
    def mean_overpaid_bps(self) -> Decimal | None:
        """Return by how many basis points it was dearer than the cheapest offer, on average; None if none ended."""
        ended = self.completed + self.failed + self.abandoned
        return Decimal(self.overpaid_bps) / ended if ended else None


def moved(*, now: datetime, days: int) -> list[Moved]:
    """Return what was completed on each of the last days, today's included; one query."""
    rows = _since(Period.DAY, now - timedelta(days=days - 1)).filter(outcome=Outcome.COMPLETED)
    sums = rows.values("starts_at", "type", "asset").annotate(minor=Sum("amount_minor")).order_by("starts_at", "type")
    return [Moved(row["starts_at"], row["type"], row["asset"], int(row["minor"])) for row in sums]


def ended_by_hour(*, now: datetime, hours: int) -> Mapping[datetime, Mapping[str, int]]:
    """Return how many ended in each hour, by outcome; hours in which none did are left out; one query."""
    rows = _since(Period.HOUR, now - timedelta(hours=hours - 1)).exclude(outcome=Outcome.OPENED)
    found: dict[datetime, dict[str, int]] = defaultdict(dict)
    for row in rows.values("starts_at", "outcome").annotate(count=Sum("transactions")).order_by("starts_at"):
        found[row["starts_at"]][row["outcome"]] = row["count"]
    return found


def kpis(*, now: datetime, days: int) -> list[Kpi]:
    """Return what came of each type's transactions in the last days, today's included; one query."""
    found: dict[str, Kpi] = {}
    columns = ("type", "outcome", "cause", "transactions", "milliseconds", "buckets", "fee_asset", "fee_minor")
    for row in _since(Period.DAY, now - timedelta(days=days - 1)).values(*columns):
        kpi = found.setdefault(row["type"], Kpi(type=row["type"]))
        kpi.add(row)
        if row["outcome"] == Outcome.COMPLETED:
            kpi.buckets = [kept + more for kept, more in zip(kpi.buckets, row["buckets"], strict=True)]
        if row["outcome"] == Outcome.FAILED:
            kpi.causes[row["cause"]] = kpi.causes.get(row["cause"], 0) + row["transactions"]
        if row["fee_asset"]:
            kpi.fees[row["fee_asset"]] = kpi.fees.get(row["fee_asset"], 0) + int(row["fee_minor"])
    return [found[type_] for type_ in sorted(found)]


def by_provider(*, now: datetime, days: int) -> list[Performance]:
    """Return what came in the last days of what ended with each outside company; one query."""
    rows = _since(Period.DAY, now - timedelta(days=days - 1)).exclude(provider="")
    found: dict[str, Performance] = {}
    for row in rows.values("provider", "outcome", "transactions", "milliseconds", "overpaid_bps").order_by("provider"):
        company = found.setdefault(row["provider"], Performance(provider=row["provider"]))
        company.add(row)
        company.overpaid_bps += row["overpaid_bps"]
    return list(found.values())


def gauges(*, now: datetime, points: int, step: timedelta) -> Mapping[str, Sequence[float | None]]:
    """
    Return the worst of each gauge in each of the last `points` steps, the oldest first; None: nobody looked.

    One query.
    """
    origin = starts(now)[Period.DAY]
    newest = origin + (now - origin) // step * step
    since = [newest - step * (points - 1 - place) for place in range(points)]
    found: dict[str, dict[datetime, float]] = defaultdict(dict)
    with connections["rates"].cursor() as cursor:
        asked: list[Any] = [step, origin, since[0], now]
        cursor.execute(_GAUGES, asked)
        for at, name, value in cursor.fetchall():
            found[name][at] = value
    return {name: [values.get(at) for at in since] for name, values in found.items()}


def _since(period: Period, at: datetime) -> Any:
    return TransactionSummary.objects.filter(period=period, starts_at__gte=starts(at)[period])
