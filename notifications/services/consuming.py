"""
Reading the events and telling of them, in order: take a batch, make the notifications, move the cursor; one commit.

So every event has its effect once, whenever the process dies. An event that cannot be told of is put on a desk and
holds nobody up: no notification depends on the one before it.
"""

import traceback
from datetime import datetime
from pathlib import Path

import structlog
from django.db import InterfaceError, OperationalError, transaction
from prometheus_client import Counter

from accounts.models import User
from events import stream
from events.models import Event
from events.services import Live, record
from events.stream import Fact, Place
from kit.ids import new_id
from kit.states import IllegalMove
from notifications import queries
from notifications.models import Cursor, Notification, Poisoned
from notifications.policy import ENDS_SESSION, LOUD, Telling, Way, read
from notifications.services.pushing import forget_browsers
from notifications.services.spreading import spread
from notifications.services.words import compose

logger = structlog.get_logger(__name__)

CONSUMER = "notifications"
DESK_FILLED = "notification.poisoned"
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


def tell(fact: Fact, *, now: datetime) -> list[Notification]:
    """Make the notifications of one event, with their deliveries, in the caller's transaction."""
    telling = read(fact)
    if telling is None or not _is_news(telling, fact):
        return []
    people = [User.objects.get(pk=telling.user_id)] if telling.user_id else queries.operators()
    return [_tell(person, telling, fact, now=now) for person in people]


def _tell(person: User, telling: Telling, fact: Fact, *, now: datetime) -> Notification:
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
    spread(notification, person=person, wanted=wanted, now=now)
    _show(notification, now=now)
    _made.labels(telling.kind).inc()
    return notification


def _take(fact: Fact, *, now: datetime) -> None:
    try:
        if fact.type in ENDS_SESSION:
            with transaction.atomic():
                forget_browsers(session_id=fact.data["session"], now=now)
        if read(fact) is None:
            return
        with transaction.atomic():
            tell(fact, now=now)
    except (OperationalError, InterfaceError):  # the database's trouble, not the event's
        raise
    except Exception as error:  # noqa: BLE001  # one event must not stop those behind it
        logger.error("event_poisoned", event_id=fact.place.id, type=fact.type, error=_describe(error))
        _poison.inc()
        _put_on_desk(fact, _describe(error), now=now)


def _put_on_desk(fact: Fact, error: str, *, now: datetime) -> None:
    """Keep the event for an operator; the first one on an empty desk is news to them, unless it is that very news."""
    is_first = not queries.open_poisoned().exists()
    row = Poisoned.objects.create(event_id=fact.place.id, error=error, first_at=now, last_at=now)
    if is_first and fact.type != DESK_FILLED:
        data = {"event": fact.place.id, "error": error}
        record(type="notification.poisoned", subject=row, actor="system", now=now, data=data)


def _is_news(telling: Telling, fact: Fact) -> bool:
    if fact.type == "user.signed_in":
        return queries.is_new_place(user_id=fact.user_id, session_id=fact.data["session"])
    if telling.is_once:
        told = Notification.objects.filter(user_id=telling.user_id, topic=telling.topic, path=telling.path)
        return not told.exists()
    return True


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
