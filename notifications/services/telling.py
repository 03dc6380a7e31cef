"""Telling people of events, in their order: read what must be known, decide, write it all down at once."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from events.services import Live, gather, record
from events.stream import Fact
from kit import jobs, sql
from kit.ids import new_id
from notifications.models import Delivery, Notification
from notifications.policy import ENDS_SESSION, LOUD, Telling, Way, read
from notifications.queries import Reader
from notifications.services.knowing import SIGNED_IN, Known, know
from notifications.services.pushing import forget_browsers
from notifications.services.spreading import spread
from notifications.services.words import compose

MAILS = "notifications.deliver_mails"


def tell(facts: Sequence[Fact], *, now: datetime) -> list[Notification]:
    """
    Make the notifications of these events, with their deliveries, in the caller's transaction.

    Where one of the events cannot be told of, what that raises is raised: the caller rolls everything back.
    """
    tellings = [(fact, read(fact)) for fact in facts]
    heard = [(fact, telling) for fact, telling in tellings if telling or fact.type in ENDS_SESSION]
    if not heard:
        return []
    known = know(heard, now=now)
    made: list[tuple[Notification, list[Delivery]]] = []
    with gather():
        for (fact, telling), ids in zip(heard, _ids(heard, known), strict=True):
            if fact.type in ENDS_SESSION:
                _forget(fact.data["session"], known, now=now)
            if telling and _is_news(telling, fact, known):
                for reader, id_ in zip(known.readers_of(telling), ids, strict=True):
                    made.append(_tell(id_, reader, telling, fact, known, now=now))
        sql.insert([notification for notification, _ in made])
    _send([delivery for _, deliveries in made for delivery in deliveries])
    return [notification for notification, _ in made]


def _tell(
    id_: str, reader: Reader, telling: Telling, fact: Fact, known: Known, *, now: datetime
) -> tuple[Notification, list[Delivery]]:
    title, text = compose(telling, language=reader.language)
    notification = Notification(
        id=id_,
        event_id=fact.place.id,
        user_id=reader.id,
        kind=telling.kind.value,
        topic=telling.topic,
        title=title[:160],
        text=text[:600],
        path=telling.path,
        language=reader.language,
        is_in_inbox=reader.wants(telling.kind, Way.INBOX),
        happened_at=fact.happened_at,
        created_at=now,
    )
    deliveries = list(spread(reader, telling.kind, known=known, now=now))
    for delivery in deliveries:
        delivery.notification_id = id_
    unread = known.note(reader, telling, is_in_inbox=notification.is_in_inbox)
    _show(notification, unread=unread, now=now)
    return notification, deliveries


def _is_news(telling: Telling, fact: Fact, known: Known) -> bool:
    if fact.type == SIGNED_IN:
        return (fact.user_id, fact.data["session"]) in known.new_places
    return not telling.is_once or (telling.user_id, telling.topic, telling.path) not in known.told


def _forget(session_id: str, known: Known, *, now: datetime) -> None:
    """Show nothing any more where this session was signed in, from this event on."""
    if session_id in known.ended:
        known.forgotten |= forget_browsers(session_id=session_id, now=now)


def _show(notification: Notification, *, unread: int, now: datetime) -> None:
    """Record that it was made; whoever has the site open sees it in the bell."""
    live = None
    if notification.is_in_inbox:
        shown = {"id": notification.pk, "kind": notification.kind, "title": notification.title}
        if notification.kind in LOUD:
            shown["text"] = notification.title
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


def _send(deliveries: Sequence[Delivery]) -> None:
    """Write the deliveries down, and ring for those that are due: once for all mails, and for each of the others."""
    for delivery, id_ in zip(deliveries, _sorted_ids("dlv", len(deliveries)), strict=True):
        delivery.pk = id_
    sql.insert(deliveries)
    for delivery in deliveries:
        if delivery.status == Delivery.Status.WAITING:
            if delivery.channel == Way.EMAIL:
                jobs.enqueue_shared(MAILS)
            else:
                jobs.enqueue("notifications.deliver", delivery_id=delivery.pk)


def _ids(heard: Iterable[tuple[Fact, Telling | None]], known: Known) -> Iterator[list[str]]:
    """Return ids for the notifications of each event: in their order, by which inboxes are sorted."""
    counts = [(1 if telling.user_id else len(known.operators)) if telling else 0 for _, telling in heard]
    ids = iter(_sorted_ids("ntf", sum(counts)))
    return ([next(ids) for _ in range(count)] for count in counts)


def _sorted_ids(prefix: str, count: int) -> list[str]:
    """Return ids of one moment as if they had been made one after another: those of one millisecond have no order."""
    return sorted(new_id(prefix) for _ in range(count))
