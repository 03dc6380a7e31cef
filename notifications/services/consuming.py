"""
Reading the events and telling of them, in order: take a batch, make the notifications, move the cursor; one commit.

So every event has its effect once, whenever the process dies. An event that cannot be told of is put on a desk and
holds nobody up: no notification depends on the one before it.
"""

import traceback
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction
from prometheus_client import Counter

from accounts.models import User
from events import stream
from events.models import Event
from events.services import Live, record
from events.stream import Fact, Place
from kit import jobs
from kit.ids import new_id
from kit.states import IllegalMove
from notifications import queries
from notifications.models import Cursor, Delivery, Notification, Poisoned
from notifications.policy import GATHER_WINDOW, LOUD, Kind, Telling, Way, read
from notifications.services.words import compose

logger = structlog.get_logger(__name__)

CONSUMER = "notifications"
BATCH = 200
_made = Counter("holdfast_notifications", "Notifications made.", ["kind"])
_poison = Counter("holdfast_notifications_poisoned", "Events that could not be told of.")


def consume(*, now: datetime, limit: int = BATCH) -> int:
    """
    Take the next events, at most so many, and tell of them; return how many were taken.

    0 also while another process is at it.

    :raises StreamBroken: if the cursor's place is not in this database
    """
    with transaction.atomic():
        waiting = Cursor.objects.select_for_update(no_key=True, skip_locked=True)
        cursor = waiting.filter(pk=CONSUMER).first()
        if cursor is None:
            return 0
        facts = stream.after(Place(cursor.xid, cursor.number), limit=limit)
        for fact in facts:
            _take(fact, now=now)
        if facts:
            (cursor.xid, cursor.number), cursor.updated_at = facts[-1].place, now
            cursor.save(update_fields=["xid", "number", "updated_at"])
    return len(facts)


def retry(*, poisoned: Poisoned, actor: str, now: datetime) -> None:
    """
    Try once more to tell of an event from the desk; if it fails again, it stays there and says why.

    :raises IllegalMove: if somebody has solved it
    """
    with transaction.atomic():
        row = Poisoned.objects.select_for_update(no_key=True).get(pk=poisoned.pk)
        if row.solved_at:
            raise IllegalMove("It was solved already.")
        row.tries, row.last_at = row.tries + 1, now
        try:
            with transaction.atomic():
                tell(_fact(row.event), now=now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is written down
            row.error = _describe(error)
        else:
            row.solved_at = now
        row.save(update_fields=["tries", "last_at", "error", "solved_at"])
        data = {"event": row.event_id, "is_solved": row.solved_at is not None}
        record(type="notification.retried", subject=row, actor=actor, now=now, data=data)


def tell(fact: Fact, *, now: datetime) -> Notification | None:
    """Make the notification of one event, with its deliveries, in the caller's transaction; None if there is none."""
    telling = read(fact)
    if telling is None or not _is_news(telling, fact):
        return None
    person = User.objects.get(pk=telling.user_id)
    wanted = queries.preferences(user_id=person.pk)
    title, text = compose(telling, language=person.language)
    notification = Notification.objects.create(
        id=new_id("ntf"),
        event_id=fact.place.id,
        user=person,
        kind=telling.kind,
        topic=telling.topic,
        title=title[:160],
        text=text[:600],
        path=telling.path,
        language=person.language,
        is_in_inbox=wanted[telling.kind, Way.INBOX],
        happened_at=fact.happened_at,
        created_at=now,
    )
    if wanted[telling.kind, Way.EMAIL] and (person.email_verified_at or telling.kind == Kind.SECURITY):
        _by_mail(notification, now=now)
    if wanted[telling.kind, Way.WEBHOOK]:
        for endpoint in queries.endpoints(user_id=person.pk).filter(is_enabled=True):
            _deliver(notification, channel=Way.WEBHOOK, endpoint=endpoint, next_try_at=now, created_at=now)
    _show(notification, now=now)
    _made.labels(telling.kind).inc()
    return notification


def _take(fact: Fact, *, now: datetime) -> None:
    try:
        if read(fact) is None:
            return
        with transaction.atomic():
            tell(fact, now=now)
    except (OperationalError, InterfaceError):  # the database's trouble, not the event's
        raise
    except Exception as error:  # noqa: BLE001  # one event must not stop those behind it
        logger.error("event_poisoned", event_id=fact.place.id, type=fact.type, error=_describe(error))
        _poison.inc()
        Poisoned.objects.create(event_id=fact.place.id, error=_describe(error), first_at=now, last_at=now)


def _is_news(telling: Telling, fact: Fact) -> bool:
    if fact.type == "user.signed_in":
        return queries.is_new_place(user_id=fact.user_id, session_id=fact.data["session"])
    if telling.is_once:
        told = Notification.objects.filter(user_id=telling.user_id, topic=telling.topic, path=telling.path)
        return not told.exists()
    return True


def _by_mail(notification: Notification, *, now: datetime) -> None:
    """Have it mailed at once, or, where this kind came too often of late, with the others when the hour is over."""
    most = settings.NOTIFICATION_MAILS_PER_HOUR
    recent = queries.recent_mails(
        user_id=notification.user_id, kind=Kind(notification.kind), now=now, window=GATHER_WINDOW, most=most
    )
    if recent < most:
        _deliver(notification, channel=Way.EMAIL, next_try_at=now, created_at=now)
        return
    gathered = Delivery.objects.filter(
        user_id=notification.user_id, kind=notification.kind, channel=Way.EMAIL, status=Delivery.Status.GATHERED
    )
    first = gathered.filter(next_try_at__gt=now).order_by("next_try_at").first()
    at = first.next_try_at if first and first.next_try_at else now + GATHER_WINDOW
    _deliver(notification, channel=Way.EMAIL, status=Delivery.Status.GATHERED, next_try_at=at, created_at=now)


def _deliver(notification: Notification, *, created_at: datetime, **fields: Any) -> None:
    delivery = Delivery.objects.create(
        id=new_id("dlv"),
        notification=notification,
        user_id=notification.user_id,
        kind=notification.kind,
        created_at=created_at,
        updated_at=created_at,
        **fields,
    )
    if delivery.status == Delivery.Status.WAITING:
        jobs.enqueue("notifications.deliver", delivery_id=delivery.pk)


def _show(notification: Notification, *, now: datetime) -> None:
    """Record that it was made; whoever has the site open sees it in the bell."""
    live = None
    if notification.is_in_inbox:
        shown = {"id": notification.pk, "kind": notification.kind, "title": notification.title}
        if notification.kind in LOUD:
            shown["text"] = notification.title
        unread = queries.unread(user_id=notification.user_id)
        live = Live("notification", shown | {"path": notification.path, "unread": unread})
    data = {"kind": notification.kind, "topic": notification.topic, "event": notification.event_id}
    record(
        type="notification.made",
        subject=notification,
        actor="system",
        user_id=notification.user_id,
        now=now,
        data=data,
        live=live,
    )


def _fact(event: Event) -> Fact:
    """Return an event as the stream would; its transaction does not matter here."""
    return Fact(
        place=Place(0, event.pk),
        type=event.type,
        category=event.category,
        name=event.name,
        subject=event.subject,
        actor=event.actor,
        user_id=event.user_id,
        data=event.data,
        live_type=event.live_type,
        live_data=event.live_data,
        request_id=event.request_id,
        happened_at=event.happened_at,
    )


def _describe(error: Exception) -> str:
    """Return the kind of mistake and its place in the code, but not its words: they may quote what is private."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name} ({Path(last.filename).name}:{last.lineno})"[:300]
