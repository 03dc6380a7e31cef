"""The charts of the admin's first page: money in and out, what came of it, queue, lag, providers, open cases."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

import analytics.queries
import rates.queries
from analytics.policy import MONEY_IN, MONEY_OUT, Period, starts
from analytics.queries import charts
from analytics.queries.charts import Kpi, Moved, Performance
from assets.queries import get_asset
from kit.money import Money, format_minor
from providers.queries import BreakerSeen, breakers
from wallet_project.charts import Chart, Series, Value, draw

MONEY_DAYS = 14
KPI_DAYS = 7
HOURS = 24
GAUGE_STEP = timedelta(minutes=15)
GAUGE_POINTS = 96
LATE_FIGURES = timedelta(minutes=2)
CURRENCY = "USD"


class Watched(NamedTuple):
    """Gauges that are shown together; `shown` holds the name, the look and the metric of each."""

    id: str
    title: str
    says: str
    shown: tuple[tuple[str, str, str], ...]
    empty: str


OVER_TIME = (
    Watched(
        "queue",
        "Queue",
        "Rows that were due, and how long the longest had waited; the worst of each quarter of an hour.",
        (
            ("Rows due", "away", "holdfast_queue_depth"),
            ("Longest waiting, s", "bad", "holdfast_oldest_waiting_seconds"),
        ),
        "Nothing has waited in these hours.",
    ),
    Watched(
        "lag",
        "Lag",
        "Seconds by which readers of events were behind; the worst of each quarter of an hour.",
        (
            ("Readers, s", "away", "holdfast_reader_behind_seconds"),
            ("Live relay, s", "bad", "holdfast_live_events_oldest_seconds"),
        ),
        "Nobody has been behind in these hours.",
    ),
    Watched(
        "cases",
        "Open cases",
        "Unexplained differences, and transactions on the desk; the most of each quarter of an hour.",
        (
            ("Differences", "bad", "holdfast_reconciliation_open_cases"),
            ("On the desk", "away", "holdfast_stuck_transactions"),
        ),
        "No case has been open in these hours.",
    ),
)
OUTCOMES = (("completed", "good"), ("failed", "bad"), ("abandoned", "idle"))


def context(*, now: datetime) -> dict[str, Any]:
    """Return the charts and tables; ten queries, none of them over transactions."""
    gauges = charts.gauges(now=now, points=GAUGE_POINTS, step=GAUGE_STEP)
    queue, lag, cases = (_over_time(now, gauges, each) for each in OVER_TIME)
    moved, unpriced = _money(now)
    companies = charts.by_provider(now=now, days=KPI_DAYS)
    last = analytics.queries.last_figures()
    figures = {family["name"]: family["samples"] for family in last.data} if last else {}
    return {
        "charts": [moved, _ended(now), queue, lag, _providers(companies), cases],
        "unpriced": unpriced,
        "figures_at": last.at if last else None,
        "figures_are_late": last is None or now - last.at > LATE_FIGURES,
        "kpi_headings": (
            *("Type", "Opened", "Completed", "Failed", "Success", "Given up", "Share of it"),
            *("Only looked", "Share of it", "Mean time", "19 of 20 in", "Most frequent cause", "Network fees"),
        ),
        "kpis": [_kpi(each) for each in charts.kpis(now=now, days=KPI_DAYS)],
        "kpi_days": KPI_DAYS,
        "company_headings": ("Provider", "Ended well", "Failed", "Success", "Given up", "Mean time", "Above cheapest"),
        "companies": [_company(each) for each in companies],
        "call_headings": ("Provider", "Operation", "Answered", "Breaker"),
        "calls": [_call(each) for each in breakers(now=now)],
        "case_headings": ("What", "Where", "How many"),
        "cases": _open_cases(figures),
    }


def _money(now: datetime) -> tuple[Chart, list[str]]:
    """Return money in and out by day at today's prices, and the assets that have none."""
    rows = charts.moved(now=now, days=MONEY_DAYS)
    worth, unpriced = _worth(rows, now)
    today = starts(now)[Period.DAY]
    days = [today - timedelta(days=MONEY_DAYS - 1 - place) for place in range(MONEY_DAYS)]
    found = {"in": [worth[day, "in"] for day in days], "out": [worth[day, "out"] for day in days]}
    chart = draw(
        id="money",
        title=f"Money in and out, {MONEY_DAYS} days",
        says=f"Deposits, and what was sent to networks, in {CURRENCY} at today's prices, by day (UTC).",
        kind="bars",
        over="Day",
        labels=[f"{day:%d %b}" for day in days],
        series=[Series("In", "good", found["in"]), Series("Out", "away", found["out"])],
        empty="No money has come in or gone out in these days.",
        show=_dollars,
    )
    return chart, unpriced


def _worth(rows: Sequence[Moved], now: datetime) -> tuple[Mapping[tuple[datetime, str], Decimal], list[str]]:
    ways = {**dict.fromkeys(MONEY_IN, "in"), **dict.fromkeys(MONEY_OUT, "out")}
    rows = [row for row in rows if row.type in ways]
    values = rates.queries.values(amounts=[Money(row.minor, row.asset) for row in rows], currency=CURRENCY, now=now)
    found: dict[tuple[datetime, str], Decimal] = defaultdict(Decimal)
    unpriced = set()
    for row, value in zip(rows, values, strict=True):
        if value.value is None:
            unpriced.add(row.asset)
        else:
            found[row.day, ways[row.type]] += value.value
    return found, sorted(unpriced)


def _ended(now: datetime) -> Chart:
    found = charts.ended_by_hour(now=now, hours=HOURS)
    last = starts(now)[Period.HOUR]
    hours = [last - timedelta(hours=HOURS - 1 - place) for place in range(HOURS)]
    return draw(
        id="ended",
        title=f"What came of transactions, {HOURS} hours",
        says="How many ended in each hour (UTC), of all types.",
        kind="stacked",
        over="Hour",
        labels=[f"{hour:%H:00}" for hour in hours],
        series=[
            Series(name.capitalize(), look, [found.get(hour, {}).get(name, 0) for hour in hours])
            for name, look in OUTCOMES
        ],
        empty="Nothing has ended in these hours.",
    )


def _over_time(now: datetime, gauges: Mapping[str, Sequence[float | None]], watched: Watched) -> Chart:
    newest = starts(now)[Period.DAY] + (now - starts(now)[Period.DAY]) // GAUGE_STEP * GAUGE_STEP
    moments = [newest - GAUGE_STEP * (GAUGE_POINTS - 1 - place) for place in range(GAUGE_POINTS)]
    nobody: list[float | None] = [None] * GAUGE_POINTS
    return draw(
        id=watched.id,
        title=f"{watched.title}, {HOURS} hours",
        says=watched.says,
        kind="lines",
        over="From (UTC)",
        labels=[f"{moment:%H:%M}" for moment in moments],
        series=[Series(name, look, gauges.get(metric, nobody)) for name, look, metric in watched.shown],
        empty=watched.empty,
    )


def _providers(companies: Sequence[Performance]) -> Chart:
    return draw(
        id="providers",
        title=f"Providers, {KPI_DAYS} days",
        says="What came of the transactions that ended with each outside company.",
        kind="stacked",
        over="Provider",
        labels=[each.provider for each in companies],
        series=[
            Series(name.capitalize(), look, [getattr(each, name) for each in companies]) for name, look in OUTCOMES
        ],
        empty="No transaction has ended with an outside company in these days.",
    )


def _open_cases(figures: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    """Return what waits for people, by what and where; only what there is."""
    shown = (
        ("Unexplained difference", "holdfast_reconciliation_open_cases"),
        ("Transaction on the desk", "holdfast_stuck_transactions"),
        ("Poisoned event", "holdfast_poisoned_events"),
        ("Event in no sum", "holdfast_summary_skipped"),
        ("Not ended after a day", "holdfast_summary_open_long"),
    )
    return [
        (what, " ".join(labels), round(count))
        for what, name in shown
        for labels, count in figures.get(name, ())
        if count
    ]


def _call(seen: BreakerSeen) -> tuple[str, ...]:
    answered = _share(Decimal(str(seen.success_rate)))
    return (seen.provider, seen.operation, answered, "open" if seen.is_open else "closed")


def _kpi(kpi: Kpi) -> tuple[Any, ...]:
    return (
        kpi.type,
        *(kpi.opened, kpi.completed, kpi.failed),
        _share(kpi.success_rate),
        kpi.abandoned,
        _share(kpi.abandonment),
        kpi.unused,
        _share(kpi.unused_share),
        _time(kpi.mean_seconds),
        _time(kpi.slow_seconds),
        kpi.first_cause,
        ", ".join(_units(asset, minor) for asset, minor in sorted(kpi.fees.items())),
    )


def _company(company: Performance) -> tuple[Any, ...]:
    dearer = company.mean_overpaid_bps
    return (
        company.provider,
        *(company.completed, company.failed),
        _share(company.success_rate),
        company.abandoned,
        _time(company.mean_seconds),
        "" if dearer is None else f"{dearer:.1f} bps",
    )


def _units(asset: str, minor: int) -> str:
    return f"{format_minor(minor, scale=get_asset(asset).scale)} {asset}"


def _share(share: Decimal | None) -> str:
    return "" if share is None else f"{share * 100:.1f} %"


def _dollars(value: Value) -> str:
    """Return money to the cent; the ends of the axis are whole."""
    return f"{value:,.0f}" if value == int(value) else f"{value:,.2f}"


def _time(seconds: Decimal | int | None) -> str:
    """Return a duration in the largest unit that leaves at least one of it."""
    if seconds is None:
        return ""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{Decimal(seconds) / length:.1f} {unit}"
    return f"{seconds:.1f} s"
