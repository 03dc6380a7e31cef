"""
What Prometheus scrapes: every process's own counters, and how the work goes at this moment.

Counters and histograms live where things happen, mostly in workers. With PROMETHEUS_MULTIPROC_DIR
set, every process keeps its own in files of that folder, and any web process adds them all up.
"""

import hmac
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.db import Error, connections
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
    SummaryMetricFamily,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

import analytics.queries
import rates.queries
from analytics.base import Family
from analytics.policy import BUCKET_SECONDS
from providers.queries import breakers
from solvency.services import guard as _guard  # noqa: F401  # its gauges are told here, too
from transactions.queries import operations
from transactions.queries.operations import Operations
from wallet_project.health import DATABASE_NAMES

_PROXIED = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_X_REAL_IP", "HTTP_VIA")


@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a scrape, to this machine itself or to whoever holds METRICS_TOKEN."""
    if not (_is_from_here(request) or _has_token(request)):
        return HttpResponseForbidden("Metrics are for the monitoring only.\n", content_type="text/plain")
    return HttpResponse(scrape(), content_type=CONTENT_TYPE_LATEST)


def scrape() -> bytes:
    """Return every figure in Prometheus's text format."""
    now = CollectorRegistry()
    now.register(WorkCollector())
    now.register(FiguresCollector())
    return generate_latest(_counted()) + generate_latest(now)


class WorkCollector(Collector):
    """How the work goes, asked from the databases at each scrape: a handful of queries."""

    def collect(self) -> Iterable[Metric]:
        try:
            seen = operations.look(now=timezone.now())
        except Error:
            yield GaugeMetricFamily("holdfast_core_answers", "Whether the core database answered.", value=0)
        else:
            yield GaugeMetricFamily("holdfast_core_answers", "Whether the core database answered.", value=1)
            yield from _work(seen)
            yield from _networks(seen)
            yield from _providers()
        yield from _prices()
        yield from _databases()


class FiguresCollector(Collector):
    """What analytics has summed up for everybody since its last look: one row is read, whatever it took to make."""

    def collect(self) -> Iterable[Metric]:
        try:
            last = analytics.queries.last_figures()
        except Error:
            return
        age = GaugeMetricFamily("holdfast_figures_age_seconds", "Since the figures that are summed up were taken.")
        if last:
            age.add_metric([], (timezone.now() - last.at).total_seconds())
            yield from (_metric(Family(**kept)) for kept in last.data if kept["name"] not in LIVE)
        yield age


LIVE = frozenset({"holdfast_queue_depth", "holdfast_oldest_waiting_seconds", "holdfast_live_events_oldest_seconds"})
"""What is asked at each scrape; analytics looks at it, too, for its curves."""


def _metric(family: Family) -> Metric:
    labels = list(family.labels)
    if family.kind == "counter":
        counted = CounterMetricFamily(family.name, family.help, labels=labels)
        for values, value in family.samples:
            counted.add_metric(values, float(value))  # Prometheus knows floats only; money is exact up to here
        return counted
    if family.kind == "histogram":
        times = HistogramMetricFamily(family.name, family.help, labels=labels)
        ends = [*map(str, map(float, BUCKET_SECONDS)), "+Inf"]
        for values, (counts, sum_value) in family.samples:
            times.add_metric(values, list(zip(ends, counts, strict=True)), sum_value)
        return times
    if family.kind == "summary":
        summed = SummaryMetricFamily(family.name, family.help, labels=labels)
        for values, (count, sum_value) in family.samples:
            summed.add_metric(values, count, sum_value)
        return summed
    gauge = GaugeMetricFamily(family.name, family.help, labels=labels)
    for values, value in family.samples:
        gauge.add_metric(values, value)
    return gauge


class _Files(Collector):
    """The files of all processes, also those that other containers keep in folders of their own below."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Metric]:
        files = [str(path) for path in self._folder.rglob("*.db")]
        merged: Iterable[Metric] = MultiProcessCollector.merge(files)  # type: ignore[no-untyped-call]
        return merged


def _counted() -> CollectorRegistry:
    if not settings.METRICS_FOLDER:
        return REGISTRY
    registry = CollectorRegistry()
    registry.register(_Files(Path(settings.METRICS_FOLDER)))
    return registry


def _work(seen: Operations) -> Iterator[Metric]:
    yield GaugeMetricFamily("holdfast_queue_depth", "Transactions that are due and not taken up.", value=seen.due)
    yield GaugeMetricFamily(
        "holdfast_oldest_waiting_seconds",
        "How long the longest-waiting row has been due.",
        value=seen.oldest_due_seconds,
    )
    yield GaugeMetricFamily("holdfast_live_events_pending", "Live events before the relay.", value=seen.backlog.count)
    yield GaugeMetricFamily(
        "holdfast_live_events_oldest_seconds",
        "How long the longest-waiting live event has waited.",
        value=seen.oldest_live_event_seconds,
    )
    labels = ["type", "network", "status", "sub_status"]
    family = GaugeMetricFamily("holdfast_transactions_open", "Transactions that are not over.", labels=labels)
    for place in seen.open:
        family.add_metric([place.type, place.network, place.status, place.sub_status], place.count)
    yield family


def _networks(seen: Operations) -> Iterator[Metric]:
    lag = GaugeMetricFamily("holdfast_block_lag", "Blocks that nodes have and we have not read.", labels=["network"])
    height = GaugeMetricFamily("holdfast_block_height", "The last block read.", labels=["network"])
    halted = GaugeMetricFamily("holdfast_network_halted", "1 while reading is halted.", labels=["network"])
    states = GaugeMetricFamily("holdfast_endpoints", "Enabled endpoints, well or not.", labels=["network", "state"])
    well = GaugeMetricFamily("holdfast_endpoint_well", "1 while the endpoint answers.", labels=["network", "endpoint"])
    for health in seen.networks:
        lag.add_metric([health.network], health.lag_blocks)
        height.add_metric([health.network], health.height or 0)
        halted.add_metric([health.network], int(bool(health.halted_reason)))
        states.add_metric([health.network, "well"], health.endpoints_well)
        states.add_metric([health.network, "unwell"], health.endpoints - health.endpoints_well)
        for endpoint, is_well in health.well_by_endpoint:
            well.add_metric([health.network, endpoint], int(is_well))
    yield from (lag, height, halted, states, well)


def _providers() -> Iterator[Metric]:
    labels = ["provider", "operation"]
    is_open = GaugeMetricFamily("holdfast_provider_breaker_open", "1 while it is left alone.", labels=labels)
    rate = GaugeMetricFamily("holdfast_provider_success_rate", "Share of calls that were answered.", labels=labels)
    for seen in breakers(now=timezone.now()):
        is_open.add_metric([seen.provider, seen.operation], int(seen.is_open))
        rate.add_metric([seen.provider, seen.operation], seen.success_rate)
    yield from (is_open, rate)


def _prices() -> Iterator[Metric]:
    """Tell how old each price is by its sources' own clocks, and how many of them agreed in the last round."""
    age = GaugeMetricFamily("holdfast_price_age_seconds", "Since the price was so.", labels=["base", "quote"])
    used = GaugeMetricFamily("holdfast_price_sources", "Sources that agreed last.", labels=["base", "quote"])
    try:
        for pair in rates.queries.pair_health(now=timezone.now()):
            age.add_metric([pair.base, pair.quote], pair.age_seconds)
            used.add_metric([pair.base, pair.quote], pair.sources_used)
    except Error:
        return
    yield from (age, used)


def _databases() -> Iterator[Metric]:
    """Count the connections to each database: the pool that all processes share in the end."""
    used = GaugeMetricFamily(
        "holdfast_database_connections", "Connections by what they do.", labels=["database", "state"]
    )
    limit = GaugeMetricFamily(
        "holdfast_database_connections_max", "Connections the server allows.", labels=["database"]
    )
    for alias in settings.DATABASES:
        name = DATABASE_NAMES.get(alias, alias)
        try:
            with connections[alias].cursor() as cursor:
                cursor.execute(
                    "SELECT coalesce(state, 'unknown'), count(*), current_setting('max_connections')::int"
                    " FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1"
                )
                rows = cursor.fetchall()
        except Error:
            continue
        for state, count, _ in rows:
            used.add_metric([name, state], count)
        limit.add_metric([name], max(allowed for _, _, allowed in rows))
    yield from (used, limit)


def _is_from_here(request: HttpRequest) -> bool:
    """Say whether the caller is on this machine: behind a proxy everybody looks as if they were."""
    if any(request.META.get(name) for name in _PROXIED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _has_token(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "").encode()
    return bool(settings.METRICS_TOKEN) and hmac.compare_digest(given, f"Bearer {settings.METRICS_TOKEN}".encode())
