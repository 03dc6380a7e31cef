"""Recording what happens, and the one way a status changes."""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from django.db import connection, models, transaction

from events import schemas
from events.bus.knocking import knock_after_commit
from events.models import Event
from kit import jobs, sql
from kit.locks import wait_for_turn
from kit.states import Flow, IllegalMove


@dataclass(frozen=True)
class Live:
    """
    What the owner's live feed shows of an event: API.md's message type and its data.

    `private` is shown beside `data`, and kept in the feed alone: what names somebody, or what people write. Events are
    kept for ever, and many read them.
    """

    type: str
    data: Mapping[str, Any]
    private: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Name:
    """What the architecture's document calls it: its category (command, domain, integration) and its name."""

    category: str
    name: str


UNNAMED = Name("", "")
RELAY = "events.relay"
RELAY_BATCH = 500

_WRITE = """
WITH written AS (
    INSERT INTO events_event (type, version, category, name, subject, actor, user_id, data, live_type, live_data,
        request_id, happened_at)
    SELECT type, version, category, name, subject, actor, user_id, data, live_type, live_data, request_id, happened_at
    FROM ROWS FROM (json_to_recordset(%s::json) AS (type text, version smallint, category text, name text, subject text,
        actor text, user_id text, data jsonb, live_type text, live_data jsonb, request_id text,
        happened_at timestamptz))
        WITH ORDINALITY AS given (type, version, category, name, subject, actor, user_id, data, live_type, live_data,
            request_id, happened_at, place)
    ORDER BY place
    RETURNING id, live_type
), placed AS (
    SELECT id, live_type, row_number() OVER (ORDER BY id) AS place FROM written
), waiting AS (
    INSERT INTO events_pending (event_id, private)
    SELECT id, %s::jsonb -> place::text FROM placed WHERE live_type <> '' RETURNING event_id
)
SELECT id FROM written ORDER BY id
"""
"""Ids are given out after the sorting: they stand in the order in which the facts were recorded."""

_COLUMNS = (
    *("type", "version", "category", "name", "subject", "actor", "user_id"),
    *("data", "live_type", "live_data", "request_id", "happened_at"),
)

_RELAY = """
WITH taken AS (
    DELETE FROM events_pending
    WHERE event_id = ANY (ARRAY(SELECT event_id FROM events_pending ORDER BY event_id LIMIT %s))
    RETURNING event_id, private
), said AS (
    SELECT id, user_id, live_type, coalesce(live_data, '{}') || coalesce(private, '{}') AS shown, happened_at,
        row_number() OVER (PARTITION BY user_id ORDER BY id) AS place, count(*) OVER (PARTITION BY user_id) AS total
    FROM taken CROSS JOIN LATERAL (
        SELECT id, user_id, live_type, live_data, happened_at FROM events_event WHERE id = event_id OFFSET 0
    ) e
), heads AS (
    INSERT INTO events_feedhead (user_id, sequence) SELECT user_id, count(*) FROM said GROUP BY user_id
    ON CONFLICT (user_id) DO UPDATE SET sequence = events_feedhead.sequence + EXCLUDED.sequence
    RETURNING user_id, sequence
), items AS (
    INSERT INTO events_feeditem (user_id, sequence, event_id, type, data, happened_at)
    SELECT said.user_id, heads.sequence - said.total + said.place, said.id, said.live_type,
        said.shown, said.happened_at
    FROM said JOIN heads USING (user_id)
)
SELECT user_id, count(*) FROM said GROUP BY user_id ORDER BY user_id
"""
"""
Everybody's counter is raised once by what they get, and their messages are numbered up to it in the order of ids.

Array and LATERAL … OFFSET 0 keep PostgreSQL from reading whole tables: a plan made while they were small stays long.
"""


@dataclass
class _Gathered:
    """Facts that are written together at the end; each with what tells whether its savepoint still stands."""

    depth: int
    facts: list[tuple[Event, "_Standing | None"]] = field(default_factory=list)
    savepoints: list[str | None] = field(default_factory=list)
    sign: "_Standing | None" = None  # of the last fact that was recorded within these savepoints


class _Standing:
    """Django forgets what was to be called at commit when its savepoint is rolled back: so this shows it."""

    def __call__(self) -> None:
        """Do nothing: that it is still waiting to be called is all there is to it."""


_gathered: ContextVar[_Gathered | None] = ContextVar("events_gathered", default=None)


@contextmanager
def gather() -> Iterator[None]:
    """
    Write all facts recorded within in one statement at its end, in their order; for one commit with many facts.

    Inside a database transaction that outlives it. Nested, the outermost writes; left by an exception, nothing is
    written; what was recorded in a savepoint that was rolled back since is left out. Until the end the facts
    have no ids, and queries do not see them.
    """
    if _gathered.get() is not None:
        yield
        return
    assert connection.in_atomic_block, "facts are gathered in the transaction of the change they report"
    gathered = _Gathered(len(connection.savepoint_ids))
    token = _gathered.set(gathered)
    try:
        yield
    finally:
        _gathered.reset(token)
    standing = {id(waiting[1]) for waiting in connection.run_on_commit}
    _write([event for event, sign in gathered.facts if sign is None or id(sign) in standing])


def record(
    *,
    type: str,
    subject: models.Model,
    actor: str,
    now: datetime,
    name: Name = UNNAMED,
    user_id: str = "",
    data: Mapping[str, Any] | None = None,
    live: Live | None = None,
) -> Event:
    """
    Write one fact inside the caller's transaction; if it is live, ring the relay after commit.

    `data` must be JSON and must hold nothing secret, and nobody's e-mail address: it is kept for ever and read by
    officers. The same is true of what is live, but for what stands in `live.private`.
    Amounts stand in it as strings of minor units.
    """
    gathered = _gathered.get()
    assert gathered or connection.in_atomic_block, "a fact is written in the transaction of the change it reports"
    event = _fact(
        type=type,
        category=name.category,
        name=name.name,
        subject=f"{subject._meta.label_lower}:{subject.pk}",
        actor=actor,
        user_id=user_id,
        data=dict(data or {}),
        live_type=live.type if live else "",
        live_data=dict(live.data) if live else None,
        request_id=str(structlog.contextvars.get_contextvars().get("request_id", "")),
        happened_at=now,
    )
    event.private = live.private if live else {}
    if gathered is None:
        _write([event])
    else:
        gathered.facts.append((event, _sign(gathered)))
    if live:
        jobs.enqueue_shared("events.relay")
    return event


def move(
    obj: models.Model,
    to: str,
    *,
    flow: Flow,
    actor: str,
    now: datetime,
    name: Name = UNNAMED,
    user_id: str = "",
    data: Mapping[str, Any] | None = None,
    live: Live | None = None,
    **fields: Any,
) -> None:
    """
    Change obj.status along the flow's table and record the fact, or change nothing at all.

    Compare-and-swap: whoever holds a stale copy updates zero rows. `fields` are columns
    written together with the status. The event's type is "<model>.<new status>".

    :raises IllegalMove: if the table has no such move, or someone else moved it first
    """
    source = obj.status  # type: ignore[attr-defined]
    flow.check(source, to)
    changes = {"status": to, "updated_at": now, **fields}
    changed = type(obj)._default_manager.filter(pk=obj.pk, status=source).update(**changes)
    if not changed:
        raise IllegalMove(f"It had already left {source} when it should have gone to {to}.")
    for column, value in changes.items():
        setattr(obj, column, value)
    record(
        type=f"{obj._meta.model_name}.{to}",
        name=name,
        subject=obj,
        actor=actor,
        now=now,
        user_id=user_id,
        data={"from": source, "to": to, **(data or {})},
        live=live,
    )


class Relayed(NamedTuple):
    """How many messages were passed on, and whose they are."""

    messages: int
    users: list[str]


def relay(*, limit: int = RELAY_BATCH) -> list[str]:
    """Pass one batch on, as pass_on does; return the owners who have news."""
    return pass_on(limit=limit).users


def pass_on(*, limit: int = RELAY_BATCH) -> Relayed:
    """
    Move waiting live events into their owners' feeds, in a statement for all of them.

    Sequences are given out here and not by the writers: a person's counter would otherwise
    stay locked for as long as the slowest money move. An event that another one caused was
    committed before it and has the smaller id, so whoever sees the effect sees the cause
    first. Relays wait for one another: two side by side would mix up the order.
    """
    with transaction.atomic():
        wait_for_turn(RELAY)
        rows = sql.rows(_RELAY, [limit])
    return Relayed(sum(count for _, count in rows), [user_id for user_id, _ in rows])


def _fact(**values: Any) -> Event:
    return sql.fresh(Event, **values)


def _sign(gathered: _Gathered) -> _Standing | None:
    """Return what a rollback of the innermost savepoint takes away; None where only all can be rolled back."""
    savepoints = transaction.get_connection().savepoint_ids
    if len(savepoints) <= gathered.depth:
        return None
    if gathered.sign is None or gathered.savepoints != savepoints:
        gathered.sign, gathered.savepoints = _Standing(), [*savepoints]
        transaction.on_commit(gathered.sign)
    return gathered.sign


def _write(facts: Sequence[Event]) -> None:
    """Write the facts in their order, with their ids and, if they are live, what makes the relay find them."""
    if not facts:
        return
    for event in facts:
        event.version = schemas.version_of(event.type)
    knock_after_commit()
    given = json.dumps([{column: getattr(event, column) for column in _COLUMNS} for event in facts], default=_text)
    private = json.dumps({place: event.private for place, event in enumerate(facts, 1) if event.private}, default=_text)
    for event, (number,) in zip(facts, sql.rows(_WRITE, [given, private]), strict=True):
        event.pk = number
        event._state.adding, event._state.db = False, "default"


def _text(value: object) -> str:
    assert isinstance(value, datetime), f"{value!r} is no JSON"
    return value.isoformat()
