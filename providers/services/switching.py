"""What operators decide: whom to use at all, whom before all others, whom to try again now. Always with an event."""

from datetime import datetime

from django.db import transaction

from events.services import record
from providers import breaker
from providers.models import Health, Provider
from providers.queries import get_provider, state_of
from providers.services.calling import keep


def set_enabled(*, provider: str, is_enabled: bool, actor: str, now: datetime) -> None:
    """
    Use a provider for new business, or not. What was begun with it is still looked after.

    :raises NotFound: if there is no such provider
    """
    with transaction.atomic():
        row = get_provider(provider)
        changed = Provider.objects.filter(pk=provider, is_enabled=not is_enabled).update(
            is_enabled=is_enabled, updated_at=now
        )
        if changed:
            kind = "provider.enabled" if is_enabled else "provider.disabled"
            record(type=kind, subject=row, actor=actor, now=now)


def set_pinned(*, provider: str, is_pinned: bool, actor: str, now: datetime) -> None:
    """
    Choose a provider before all others of its kind wherever it can do it; pinning one unpins the one before.

    :raises NotFound: if there is no such provider
    """
    with transaction.atomic():
        kind = get_provider(provider).kind
        rows = {row.pk: row for row in Provider.objects.filter(kind=kind).order_by("pk").select_for_update(no_key=True)}
        for row in sorted(rows.values(), key=lambda each: each.pk == provider):  # the one before lets go first
            wanted = is_pinned if row.pk == provider else row.is_pinned and not is_pinned
            if row.is_pinned != wanted:
                Provider.objects.filter(pk=row.pk).update(is_pinned=wanted, updated_at=now)
                record(type="provider.pinned" if wanted else "provider.unpinned", subject=row, actor=actor, now=now)


def end_cool_down(*, provider: str, actor: str, now: datetime) -> None:
    """
    Let every operation of a provider be tried again at once, as after a new key: one call goes first.

    :raises NotFound: if there is no such provider
    """
    with transaction.atomic():
        row = get_provider(provider)
        cooling = list(
            Health.objects.filter(provider=row, cooling_until__gt=now).order_by("pk").select_for_update(no_key=True)
        )
        let_probe(cooling, now=now)
        if cooling:
            data = {"operations": [health.operation for health in cooling]}
            record(type="provider.cool_down_ended", subject=row, actor=actor, now=now, data=data)


def let_probe(rows: list[Health], *, now: datetime) -> None:
    """End the cool-down of these locked rows: the next call is the one that tries it."""
    for health in rows:
        state = state_of(health)
        keep(health, breaker.ready_to_probe(state, now=now.timestamp()))
        health.save()
