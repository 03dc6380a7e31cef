"""
All events in one order without gaps, though transactions commit out of order.

An event's place is the id of the transaction that wrote it and then its own id. Only events of transactions below the
oldest one that still writes are read: nothing can be committed before them any more. So whoever reads on from the last
place they saw misses nothing and sees nothing twice. A transaction that stays open delays what came after it, and never
hides it; read-only transactions delay nothing.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, NamedTuple

from django.db import connection

from events.schemas import CONTEXTS, OTHER
from kit.errors import DomainError, Severity
from kit.sql import rows


class Place(NamedTuple):
    """Where an event stands in the one order: its transaction's id, and its own."""

    xid: int
    id: int


START = Place(0, 0)


@dataclass(frozen=True)
class Fact:
    """One event as consumers get it."""

    place: Place
    type: str
    category: str
    name: str
    subject: str
    actor: str
    user_id: str
    data: Mapping[str, Any]
    live_type: str
    live_data: Mapping[str, Any] | None
    request_id: str
    happened_at: datetime
    version: int = 1


class StreamBroken(DomainError):
    """The place to read on from is not in this database: it is another one, or an older state of the same."""

    code = "stream_broken"
    status = 500
    title = "The events after this place cannot be told"
    why = "The core database was restored to an earlier moment, or copied to a server that counts transactions anew."
    what_to_do = "Nothing was read. An operator must bring both databases to the same moment."
    severity: ClassVar[Severity] = "critical"


_AFTER = """
SELECT xid::text AS written_by, id, type, category, name, subject, actor, user_id, data::text, live_type,
    live_data::text, request_id, happened_at, version
FROM events_event
WHERE (xid, id) > (%s::xid8, %s) AND xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid, id LIMIT %s
"""
_BETWEEN = _AFTER.replace(
    "ORDER BY", "AND (xid, id) < (%s::xid8, %s) AND (split_part(subject, '.', 1) = ANY(%s)) = %s ORDER BY"
)
_AT = _AFTER.partition("WHERE")[0] + "WHERE xid = %s::xid8 AND id = %s"
_END = """
SELECT xid::text AS written_by, id FROM events_event WHERE xid < pg_snapshot_xmin(pg_current_snapshot())
ORDER BY xid DESC, id DESC LIMIT 1
"""
_LAST_OF_EACH = """
SELECT DISTINCT ON (app) split_part(subject, '.', 1) AS app, xid::text, id FROM events_event
WHERE (xid, id) <= (%s::xid8, %s) ORDER BY app, events_event.xid DESC, id DESC
"""
_ERA = """
SELECT to_hex(system_identifier) || '-' || ltrim(substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), '0')
    || '-' || current_database()
FROM pg_control_system()
"""
# Asked of the last one: whether there is any such, PostgreSQL may look for in the whole table.
_IS_HELD_UP = """
SELECT COALESCE((
    SELECT xid >= pg_snapshot_xmin(pg_current_snapshot()) FROM events_event ORDER BY xid DESC, id DESC LIMIT 1
), false)
"""
_IS_KNOWN = """
SELECT %s::xid8 < pg_snapshot_xmin(pg_current_snapshot())
    AND EXISTS (SELECT FROM events_event WHERE xid = %s::xid8 AND id = %s)
"""


def after(place: Place, *, limit: int) -> list[Fact]:
    """
    Return the events that follow this place in the one order, at most so many.

    What the caller's own transaction wrote is not among them before it has committed.

    :raises StreamBroken: if there is no event at this place (START apart): reading on would skip some
    """
    xid, number = str(place.xid), place.id
    if place != START and not rows(_IS_KNOWN, [xid, xid, number])[0][0]:
        raise StreamBroken(f"There is no event {number} of transaction {xid} in the core database.")
    return [_fact(row) for row in rows(_AFTER, [xid, number, limit])]


def between(place: Place, before: Place, *, apps: Sequence[str], is_of_these: bool = True, limit: int) -> list[Fact]:
    """Return the events of these apps, or of all others, between the two places, at most so many."""
    asked: list[Any] = [str(place.xid), place.id, str(before.xid), before.id, [*apps], is_of_these, limit]
    with connection.cursor() as cursor:
        cursor.execute(_BETWEEN, asked)
        return [_fact(row) for row in cursor.fetchall()]


def fact_at(place: Place) -> Fact:
    """
    Return the event at this place.

    :raises StreamBroken: if there is none
    """
    with connection.cursor() as cursor:
        cursor.execute(_AT, [str(place.xid), place.id])
        row = cursor.fetchone()
    if row is None:
        raise StreamBroken(f"There is no event {place.id} of transaction {place.xid} in the core database.")
    return _fact(row)


def end() -> Place:
    """Return the place of the last event that can be read; START if there is none."""
    with connection.cursor() as cursor:
        cursor.execute(_END)
        row = cursor.fetchone()
    return Place(int(row[0]), row[1]) if row else START


def last_of_each(until: Place) -> dict[str, Place]:
    """Return each context's last event up to a place; reads the whole table."""
    found: dict[str, Place] = {}
    with connection.cursor() as cursor:
        cursor.execute(_LAST_OF_EACH, [str(until.xid), until.id])
        for app, xid, number in cursor.fetchall():
            context = app if app in CONTEXTS else OTHER
            found[context] = max(found.get(context, START), Place(int(xid), number))
    return found


def era() -> str:
    """Return what names this history of the database: another server has another, and so has one that was restored."""
    with connection.cursor() as cursor:
        cursor.execute(_ERA)
        return str(cursor.fetchone()[0])


def is_held_up() -> bool:
    """Tell whether there are committed events that cannot be read yet, for a transaction before them is still open."""
    return bool(rows(_IS_HELD_UP, [])[0][0])


def _fact(row: tuple[Any, ...]) -> Fact:
    (
        xid,
        number,
        kind,
        category,
        name,
        subject,
        actor,
        user_id,
        data,
        live_type,
        live_data,
        request_id,
        at,
        version,
    ) = row
    return Fact(
        place=Place(int(xid), number),
        type=kind,
        category=category,
        name=name,
        subject=subject,
        actor=actor,
        user_id=user_id,
        data=json.loads(data),
        live_type=live_type,
        live_data=None if live_data is None else json.loads(live_data),
        request_id=request_id,
        happened_at=at.astimezone(UTC),
        version=version,
    )
