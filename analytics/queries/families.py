"""The sums as metrics: what came of transactions, how long they took, what they cost, who opened them."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import accumulate
from typing import Any

from django.conf import settings
from django.db import connections
from django.db.models import Count, Min, Sum

from analytics.base import Family
from analytics.models import ActivePerson, EventCount, OpenTransaction, Skipped, TransactionSummary
from analytics.policy import Outcome, Period, no_buckets
from assets.queries import get_asset
from kit.money import format_minor
from rates.models import ChainFee

LONG_OPEN_AFTER = timedelta(hours=24)
"""A transaction that has not ended for so long counts as incomplete."""

COST_WINDOW = timedelta(days=7)

Row = Mapping[str, Any]
_TOTALS = """
SELECT type, network, asset, fee_asset, provider, outcome, cause, sum(transactions)::bigint AS transactions,
    sum(amount_minor) AS amount_minor, sum(fee_minor) AS fee_minor, sum(milliseconds)::bigint AS milliseconds,
    sum(confirmed)::bigint AS confirmed, sum(confirm_milliseconds)::bigint AS confirm_milliseconds
FROM transaction_summary WHERE period = '1d' GROUP BY 1, 2, 3, 4, 5, 6, 7 ORDER BY 1, 2, 3, 4, 5, 6, 7
"""
_TIMES = """
SELECT type, place, sum(counted)::bigint
FROM transaction_summary, unnest(buckets) WITH ORDINALITY AS bucket (counted, place)
WHERE period = '1d' AND outcome = 'completed' GROUP BY 1, 2 ORDER BY 1, 2
"""


def families(*, now: datetime) -> list[Family]:
    """Return every figure that is summed up from the events; nine queries, over days and not over transactions."""
    with connections["rates"].cursor() as cursor:
        cursor.execute(_TOTALS)
        names = [column.name for column in cursor.description or ()]
        totals: list[Row] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
        cursor.execute(_TIMES)
        times = cursor.fetchall()
    return [
        *_counted(totals),
        _seconds(totals, times),
        _confirmations(totals),
        *_money(totals),
        *_open(now),
        _first_failures(),
        _overpaid(now),
        _people(now),
        _events(),
        _network_fees(),
        Family("holdfast_summary_skipped", "Events in no sum.", samples=[([], Skipped.objects.count())]),
    ]


def _counted(totals: list[Row]) -> Iterator[Family]:
    ended = Family(
        "holdfast_summary_transactions",
        "Transactions by what came of them.",
        "counter",
        ("type", "network", "outcome", "cause"),
    )
    by_provider = Family(
        "holdfast_summary_provider_transactions",
        "Transactions that ended with an outside company.",
        "counter",
        ("provider", "type", "outcome"),
    )
    for family, rows in ((ended, totals), (by_provider, [row for row in totals if row["provider"]])):
        for labels, count in _grouped(rows, family.labels, lambda row: int(row["transactions"])).items():
            family.add(*labels, value=count)
        yield family


def _seconds(totals: list[Row], times: Iterable[tuple[str, int, int]]) -> Family:
    family = Family(
        "holdfast_transaction_seconds", "From opening to completion, by the events.", "histogram", ("type",)
    )
    completed = [row for row in totals if row["outcome"] == Outcome.COMPLETED]
    sums = _grouped(completed, ("type",), lambda row: int(row["milliseconds"]))
    counts: dict[str, list[int]] = defaultdict(no_buckets)
    for type_, place, counted in times:
        counts[type_][place - 1] = counted
    for type_, buckets in counts.items():
        family.add(type_, value=[list(accumulate(buckets)), sums[type_,] / 1_000])
    return family


def _confirmations(totals: list[Row]) -> Family:
    name, help_ = "holdfast_confirmation_seconds", "From the network's pending to confirmed."
    family = Family(name, help_, "summary", ("network", "type"))
    seen = [row for row in totals if row["confirmed"]]
    counts = _grouped(seen, family.labels, lambda row: int(row["confirmed"]))
    sums = _grouped(seen, family.labels, lambda row: int(row["confirm_milliseconds"]))
    for labels, count in counts.items():
        family.add(*labels, value=[count, sums[labels] / 1_000])
    return family


def _money(totals: list[Row]) -> Iterator[Family]:
    """Yield what was moved and what the networks took, in units as exact decimal text."""
    completed = [row for row in totals if row["outcome"] == Outcome.COMPLETED]
    volume = Family("holdfast_volume", "Completed, in units of the asset.", "counter", ("type", "asset"))
    for (type_, asset), minor in _grouped(completed, volume.labels, lambda row: int(row["amount_minor"])).items():
        volume.add(type_, asset, value=_units(asset, minor))
    yield volume
    fees = Family("holdfast_fees", "The networks' fees, in units of the asset.", "counter", ("type", "fee_asset"))
    paid = [row for row in totals if row["fee_asset"]]
    for (type_, asset), minor in _grouped(paid, fees.labels, lambda row: int(row["fee_minor"])).items():
        fees.add(type_, asset, value=_units(asset, minor))
    yield fees


def _open(now: datetime) -> Iterator[Family]:
    is_open = Family("holdfast_summary_open", "Transactions that have not ended.", labels=("type",))
    for row in OpenTransaction.objects.values("type").annotate(count=Count("pk")).order_by("type"):
        is_open.add(row["type"], value=row["count"])
    yield is_open
    long = Family("holdfast_summary_open_long", "Not ended a day after they were opened.", labels=("type",))
    old = OpenTransaction.objects.filter(opened_at__lt=now - LONG_OPEN_AFTER)
    for row in old.values("type").annotate(count=Count("pk")).order_by("type"):
        long.add(row["type"], value=row["count"])
    yield long


def _first_failures() -> Family:
    """Tell since when each cause of failure has been known: one that is young is new."""
    name, help_ = "holdfast_failure_first_seen_seconds", "Unix time of the day on which a failure was first seen."
    family = Family(name, help_, labels=("type", "cause"))
    failed = TransactionSummary.objects.filter(period=Period.DAY, outcome=Outcome.FAILED)
    for row in failed.values("type", "cause").annotate(first=Min("starts_at")).order_by("type", "cause"):
        family.add(row["type"], row["cause"], value=row["first"].timestamp())
    return family


def _overpaid(now: datetime) -> Family:
    name, help_ = "holdfast_provider_overpaid_bps", "Mean basis points above the cheapest offer, in seven days."
    family = Family(name, help_, labels=("provider",))
    lately = TransactionSummary.objects.filter(period=Period.DAY, starts_at__gt=now - COST_WINDOW).exclude(provider="")
    sums = lately.values("provider").annotate(bps=Sum("overpaid_bps"), count=Sum("transactions")).order_by("provider")
    for row in sums:
        family.add(row["provider"], value=row["bps"] / row["count"])
    return family


def _people(now: datetime) -> Family:
    family = Family("holdfast_active_people", "People who opened a transaction today (UTC).", labels=("type",))
    today = ActivePerson.objects.filter(day=now.date())
    for row in today.values("type").annotate(count=Count("pk")).order_by("type"):
        family.add(row["type"], value=row["count"])
    return family


def _events() -> Family:
    family = Family("holdfast_events", "Events by type.", "counter", ("type",))
    for row in EventCount.objects.values("type").annotate(count=Sum("events")).order_by("type"):
        family.add(row["type"], value=row["count"])
    return family


def _network_fees() -> Family:
    """Tell how near to the most that is ever paid each network's fees are: a share and no money; 1: sends wait."""
    name, help_ = "holdfast_network_fee_share_of_cap", "The network's fee rate as a share of the cap."
    family = Family(name, help_, labels=("network", "priority"))
    for fee in ChainFee.objects.order_by("network", "priority"):
        if fee.network in settings.NETWORKS:
            family.add(fee.network, fee.priority, value=float(fee.rate / settings.NETWORKS[fee.network].fee_cap))
    return family


def _grouped(rows: Iterable[Row], labels: tuple[str, ...], measure: Callable[[Row], int]) -> dict[tuple[str, ...], int]:
    found: dict[tuple[str, ...], int] = defaultdict(int)
    for row in rows:
        found[tuple(row[label] for label in labels)] += measure(row)
    return found


def _units(asset: str, minor: int) -> str:
    return format_minor(minor, scale=get_asset(asset).scale)
