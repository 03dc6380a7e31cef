"""What processes tell each other of a network's endpoints, and what an operator says of them."""

from datetime import datetime, timedelta

from django.db import transaction

from chains.base import ChainAdapter
from chains.endpoints import believed_height
from chains.models import Endpoint
from chains.values import EndpointHealth
from events.services import record

REPORT_SECONDS = 5
"""Endpoint rows are written this often at most, and by one process at a time."""


def set_enabled(*, endpoint_id: int, is_enabled: bool, actor: str, now: datetime) -> None:
    """Let an endpoint be asked, or leave it alone until further notice; every process learns within seconds."""
    with transaction.atomic():
        changed = Endpoint.objects.filter(pk=endpoint_id, is_enabled=not is_enabled).update(is_enabled=is_enabled)
        if changed:
            endpoint = Endpoint.objects.get(pk=endpoint_id)
            kind = "chains.endpoint_enabled" if is_enabled else "chains.endpoint_disabled"
            data = {"network": endpoint.network, "endpoint": endpoint.name}
            record(type=kind, subject=endpoint, actor=actor, now=now, data=data)


def exchange(*, network: str, adapter: ChainAdapter, now: datetime) -> None:
    """Take over what operators and other processes know of the endpoints; report what this one knows."""
    rows = {row.name: row for row in Endpoint.objects.filter(network=network)}
    highest = believed_height(row.highest_block for row in rows.values() if row.is_enabled)
    adapter.learn(disabled=[row.name for row in rows.values() if not row.is_enabled], highest_block=highest)
    reported = [row.reported_at for row in rows.values() if row.reported_at]
    if reported and now - max(reported) < timedelta(seconds=REPORT_SECONDS):
        return
    fresh = [_row(network, health, rows.get(health.name), now) for health in adapter.health()]
    Endpoint.objects.bulk_create(
        fresh,
        update_conflicts=True,
        unique_fields=["network", "name"],
        update_fields=[
            "consecutive_failures",
            "last_ok_at",
            "last_error",
            "latency_ms",
            "success_rate",
            "cooling_until",
            "highest_block",
            "reported_at",
        ],
    )
    Endpoint.objects.filter(network=network).exclude(name__in=[row.name for row in fresh]).delete()


def _row(network: str, health: EndpointHealth, known: Endpoint | None, now: datetime) -> Endpoint:
    """Return the row to write; what this process has not asked of a node, another may have."""
    last_ok_at = known.last_ok_at if known else None
    if health.seconds_since_ok is not None:
        last_ok_at = now - timedelta(seconds=health.seconds_since_ok)
    return Endpoint(
        network=network,
        name=health.name,
        consecutive_failures=health.consecutive_failures,
        last_ok_at=last_ok_at,
        last_error=health.last_error,
        latency_ms=health.latency_ms or (known.latency_ms if known else 0),
        success_rate=health.success_rate,
        cooling_until=now + timedelta(seconds=health.cooling_seconds) if health.cooling_seconds else None,
        highest_block=health.highest_block or (known.highest_block if known else 0),
        reported_at=now,
    )
