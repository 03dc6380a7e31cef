"""
The inbox of webhooks, in order: checked, kept, handed out, and done, parked or replayed.

A webhook is a bell and no more: whoever takes it looks the state up at its provider. It is answered as soon as it
is kept, and it is never dropped because what it is about is not there yet.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, Q
from prometheus_client import Counter

from events.services import move, record
from kit import jobs
from kit.errors import NotFound
from kit.states import Flow
from providers.base import UNREADABLE, Kind, WebhookNews
from providers.errors import WebhookForged
from providers.models import Provider, Webhook
from providers.queries import get_adapter, get_provider, is_configured
from providers.services.looking import READ_ONLY_KINDS

logger = structlog.get_logger(__name__)

FLOW = Flow({"waiting": ["handled", "parked"], "parked": ["handled", "waiting"], "handled": ["waiting"], "refused": []})

KEPT_HEADERS = ("content-type", "user-agent", "moonpay-signature-v2", "x-twilio-signature")
BELLS = {Kind.MESSAGE.value: "notifications.take_webhooks"}
"""Who takes the webhooks of a kind; those of all others are about movements of money."""

MONEY_BELL = "transactions.take_webhooks"
LEASE = timedelta(minutes=1)
"""Whoever took a webhook and did not come back within this loses it to another."""

BACKOFF_SECONDS = (2, 5, 15, 60, 300, 900, 3_600)
PATIENCE = timedelta(days=1)
"""For so long a parked webhook is handed out again; then it is left to an operator."""

FORGERY_EVENT_SECONDS = 60
FORGET_BATCH = 5_000

_received = Counter("holdfast_webhooks", "Webhooks of providers.", ["provider", "outcome"])


def receive(*, provider: str, headers: Mapping[str, str], raw: bytes, now: datetime) -> list[Webhook]:
    """
    Keep a webhook and ring for whoever handles it; return what was not known before.

    :raises NotFound: if there is no such provider, or it sends no webhooks
    :raises WebhookForged: if the signature of these very bytes is wrong or too old; nothing is kept of them
    """
    row = get_provider(provider)
    adapter = get_adapter(row) if row.kind not in READ_ONLY_KINDS and is_configured(row.code) else None
    if adapter is None or not hasattr(adapter, "read_webhook"):
        raise NotFound("There is no such inbox.")
    try:
        news = adapter.read_webhook(headers=headers, raw=raw, now=now)
    except WebhookForged as forgery:
        _note_forgery(row, reason=forgery.what_happened, now=now)
        raise
    kept = {name.lower(): value[:500] for name, value in headers.items() if name.lower() in KEPT_HEADERS}
    with transaction.atomic():
        found = [_keep(row, item, raw=raw, headers=kept, now=now) for item in news]
        jobs.enqueue(BELLS.get(row.kind, MONEY_BELL))
    return [webhook for webhook, is_new in found if is_new]


def waiting(*, now: datetime, limit: int, kind: Kind | None = None) -> list[Webhook]:
    """
    Hand out what is due, the longest known first, to this caller alone for a minute.

    Of this kind of provider; without one, those of all kinds that have no bell of their own.
    End with `done` or `park` for each; one that is not ended is handed out again.
    """
    wanted = Q(provider__kind=kind) if kind else ~Q(provider__kind__in=list(BELLS))
    with transaction.atomic():
        locked = Webhook.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
        due = locked.filter(wanted, next_try_at__lte=now).order_by("pk")
        taken = list(due[:limit])
        Webhook.objects.filter(pk__in=[webhook.pk for webhook in taken]).update(
            next_try_at=now + LEASE, tries=F("tries") + 1, updated_at=now
        )
    for webhook in taken:
        webhook.tries += 1
        webhook.next_try_at = now + LEASE
    return taken


def done(item: Webhook, now: datetime) -> None:
    """
    Say that somebody has taken care of it.

    :raises IllegalMove: if somebody else already has
    """
    with transaction.atomic():
        move(item, "handled", flow=FLOW, actor="system", now=now, next_try_at=None, reason="")


def park(item: Webhook, reason: str, now: datetime) -> None:
    """
    Put it aside because nobody knows what it is about yet. It is tried again for a day, then left to an operator.

    :raises IllegalMove: if somebody else has handled it
    """
    wait = timedelta(seconds=BACKOFF_SECONDS[min(max(item.tries, 1), len(BACKOFF_SECONDS)) - 1])
    next_try_at = now + wait if now - item.received_at < PATIENCE else None
    with transaction.atomic():
        if item.status == Webhook.Status.PARKED:
            Webhook.objects.filter(pk=item.pk, status=Webhook.Status.PARKED).update(
                next_try_at=next_try_at, reason=reason[:300], updated_at=now
            )
            return
        move(
            item,
            "parked",
            flow=FLOW,
            actor="system",
            now=now,
            data={"provider": item.provider_id, "operation_id": item.operation_id, "reason": reason[:300]},
            next_try_at=next_try_at,
            reason=reason[:300],
        )


def replay(item: Webhook, actor: str, now: datetime) -> None:
    """
    Hand it out once more, as an operator wants it.

    :raises IllegalMove: if it is waiting already, or was refused
    """
    with transaction.atomic():
        move(item, "waiting", flow=FLOW, actor=actor, now=now, data={"provider": item.provider_id}, next_try_at=now)
        jobs.enqueue(BELLS.get(item.provider.kind, MONEY_BELL))


def forget(*, now: datetime) -> int:
    """Delete one batch of webhooks that are over and older than calls are kept; return how many."""
    over = Q(status=Webhook.Status.HANDLED) | Q(status=Webhook.Status.REFUSED)
    old = Webhook.objects.filter(over, received_at__lt=now - timedelta(days=settings.PROVIDER_LOG_DAYS))
    return Webhook.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:FORGET_BATCH])).delete()[0]


def _keep(
    row: Provider, item: WebhookNews, *, raw: bytes, headers: Mapping[str, str], now: datetime
) -> tuple[Webhook, bool]:
    """Return the one row of this event, and whether it is new. One that came again is looked at at once."""
    status, reason = _first_status(item)
    is_due = status == Webhook.Status.WAITING
    first = {
        "type": item.type[:64],
        "operation_id": item.operation_id[:96],
        "raw": raw,
        "headers": headers,
        "status": status,
        "reason": reason,
        "next_try_at": now if is_due else None,
        "received_at": now,
        "updated_at": now,
    }
    webhook, is_new = Webhook.objects.get_or_create(provider=row, event_id=item.event_id[:200], defaults=first)
    _received.labels(row.code, status.value if is_new else "again").inc()
    if not is_new:
        Webhook.objects.filter(pk=webhook.pk).update(repeats=F("repeats") + 1, updated_at=now)
        Webhook.objects.filter(pk=webhook.pk, status=Webhook.Status.PARKED).update(next_try_at=now)
    return webhook, is_new


def _first_status(item: WebhookNews) -> tuple[Webhook.Status, str]:
    if item.operation_id:
        return Webhook.Status.WAITING, ""
    if item.type == UNREADABLE:
        return Webhook.Status.REFUSED, "It is rightly signed and says nothing that we understand."
    return Webhook.Status.HANDLED, "It concerns no operation of ours."


def _note_forgery(row: Provider, *, reason: str, now: datetime) -> None:
    """Count it, and record it once a minute at most: whoever forges them may send many."""
    _received.labels(row.code, "forged").inc()
    logger.warning("webhook_forged", provider=row.code, reason=reason)
    if cache.add(f"providers:{row.code}:forgery-noted", "1", timeout=FORGERY_EVENT_SECONDS):
        with transaction.atomic():
            record(type="provider.webhook_forged", subject=row, actor="anonymous", now=now, data={"reason": reason})
