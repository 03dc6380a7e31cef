"""Looking after providers: whether they are there, and what may be forgotten of what was said to them."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from providers.base import Kind
from providers.errors import ProviderRefused, ProviderUnavailable
from providers.models import Call, Health, Provider
from providers.queries import PING, get_adapter, is_configured
from providers.services.calling import call
from providers.services.switching import let_probe

QUIET_SECONDS = 300
"""A provider that was asked something within this time needs no ping."""

MENDED_BY_PING = ("timeout", "connection", "server", "broken", "too_large", "not_ready")
"""Classes of error of which a ping shows that they are over; a limit or a ban is not lifted by being there."""

READ_ONLY_KINDS = (Kind.PRICE, Kind.NODE)
"""They move nothing, and they are asked all the time: what was said is kept for a few days only."""

FORGET_BATCH = 5_000


def check_health(*, now: datetime) -> None:
    """Ping every provider in use that is cooling down or has not been asked lately, if its adapter can."""
    for provider in Provider.objects.filter(is_enabled=True).prefetch_related("health"):
        if is_configured(provider.code) and _needs_ping(provider, now=now) and hasattr(get_adapter(provider), PING):
            _ping(provider, now=now)


def forget_calls(*, now: datetime) -> int:
    """Delete one batch of calls that are older than they are kept; return how many."""
    long_ago = now - timedelta(days=settings.PROVIDER_LOG_DAYS)
    lately = now - timedelta(days=settings.PROVIDER_READ_LOG_DAYS)
    old = list(Call.objects.filter(asked_at__lt=long_ago).values_list("pk", flat=True)[:FORGET_BATCH])
    read = Call.objects.filter(asked_at__lt=lately, provider__kind__in=READ_ONLY_KINDS)
    old += list(read.values_list("pk", flat=True)[:FORGET_BATCH])
    return Call.objects.filter(pk__in=old).delete()[0]


def _needs_ping(provider: Provider, *, now: datetime) -> bool:
    rows = list(provider.health.all())
    if any(row.cooling_until and row.cooling_until > now for row in rows):
        return True
    asked = [at for row in rows for at in (row.last_ok_at, row.last_failed_at) if at]
    return not asked or now - max(asked) >= timedelta(seconds=QUIET_SECONDS)


def _ping(provider: Provider, *, now: datetime) -> None:
    try:
        call(
            provider=provider.code,
            operation=PING,
            operation_id=f"{PING}:{provider.code}:{now.isoformat()}",
            ask=lambda adapter: adapter.ping(),
            now=now,
        )
    except (ProviderUnavailable, ProviderRefused):
        return
    with transaction.atomic():
        mended = Health.objects.filter(provider=provider, cooling_until__gt=now, last_error__in=MENDED_BY_PING)
        let_probe(list(mended.order_by("pk").select_for_update(no_key=True)), now=now)
