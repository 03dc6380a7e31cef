"""Reading about providers: which there are, how to reach them, how they do."""

import threading
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.conf import settings

from kit.errors import NotFound
from providers import breaker
from providers.base import Access, Kind
from providers.models import Health, Provider
from providers.policy import Facts
from providers.registry import ADAPTERS

PING = "ping"
"""The operation that only asks whether a provider is there; adapters may offer it."""

_adapters: dict[str, tuple[Access, Any]] = {}
_building = threading.Lock()


def get_provider(code: str) -> Provider:
    """
    Return the provider's row.

    :raises NotFound: if there is none
    """
    found = Provider.objects.filter(pk=code).first()
    if found is None:
        raise NotFound("There is no such provider.")
    return found


def is_configured(code: str) -> bool:
    """Say whether this installation knows how to reach the provider."""
    return code in settings.PROVIDERS


def get_adapter(provider: Provider) -> Any:
    """
    Return the provider's adapter; one per process and access, because it keeps its connections.

    :raises LookupError: if the adapter is not registered or settings.PROVIDERS does not know the provider
    """
    access: Access = settings.PROVIDERS[provider.code]
    with _building:
        kept = _adapters.get(provider.code)
        if kept is None or kept[0] != access:
            kept = _adapters[provider.code] = (access, ADAPTERS[Kind(provider.kind)].get(provider.adapter)(access))
        return kept[1]


def facts(*, kind: Kind, operation: str, now: datetime) -> list[Facts]:
    """Return what is known of every provider of this kind that bears on a choice for this operation; two queries."""
    providers = Provider.objects.filter(kind=kind).prefetch_related("health")
    return [_facts(provider, list(provider.health.all()), operation, now) for provider in providers]


def state_of(health: Health | None) -> breaker.State:
    """Return the row as the breaker knows it, in seconds since 1970."""
    if health is None:
        return breaker.State()
    return breaker.State(
        failures=health.failures,
        last_error=health.last_error,
        failed_at=_seconds(health.last_failed_at),
        cooling_until=_seconds(health.cooling_until),
        probing_until=_seconds(health.probing_until),
    )


def measure_of(health: Health) -> breaker.Measure:
    return breaker.Measure(health.ok_weight, health.all_weight, health.latency_ms, _seconds(health.weighed_at))


def success_rate(rows: Iterable[Health], *, now: datetime) -> float:
    """Return the measured share of answered calls over all these operations, 0 to 1."""
    return _together(rows, now).success_rate(now=now.timestamp())


def latency_ms(rows: Iterable[Health], *, now: datetime) -> float:
    """Return the measured mean time to an answer over all these operations."""
    return _together(rows, now).latency_ms


@dataclass(frozen=True)
class BreakerSeen:
    """How one breaker stands, for the monitoring."""

    provider: str
    operation: str
    is_open: bool
    success_rate: float


def breakers(*, now: datetime) -> list[BreakerSeen]:
    """Return how every breaker stands; one query."""
    return [
        BreakerSeen(
            provider=row.provider_id,
            operation=row.operation,
            is_open=state_of(row).cooling_seconds(now=now.timestamp()) > 0,
            success_rate=success_rate([row], now=now),
        )
        for row in Health.objects.order_by("provider_id", "operation")
    ]


def _facts(provider: Provider, rows: list[Health], operation: str, now: datetime) -> Facts:
    cooling = [row for row in rows if row.operation in (operation, PING)]
    worst = max(cooling, key=lambda row: state_of(row).waiting_seconds(now=now.timestamp()), default=None)
    return Facts(
        code=provider.code,
        name=provider.name,
        countries=frozenset(provider.countries),
        fiats=frozenset(provider.fiats),
        assets=frozenset(provider.assets),
        limits=provider.limits,
        costs=provider.costs,
        usual_seconds=provider.usual_seconds,
        is_enabled=provider.is_enabled,
        is_configured=is_configured(provider.code),
        is_pinned=provider.is_pinned,
        cooling_seconds=state_of(worst).waiting_seconds(now=now.timestamp()),
        last_error=worst.last_error if worst else "",
        success_rate=success_rate(rows, now=now),
        latency_ms=latency_ms(rows, now=now),
    )


def _together(rows: Iterable[Health], now: datetime) -> breaker.Measure:
    faded = [measure_of(row).faded(now=now.timestamp()) for row in rows]
    ok = sum(measure.ok_weight for measure in faded)
    mean = sum(measure.latency_ms * measure.ok_weight for measure in faded) / ok if ok else 0.0
    return breaker.Measure(ok, sum(measure.all_weight for measure in faded), mean, now.timestamp())


def _seconds(at: datetime | None) -> float:
    return at.timestamp() if at else 0.0


def moment(seconds: float) -> datetime | None:
    """Return the breaker's seconds as a column holds them; none for 0."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
