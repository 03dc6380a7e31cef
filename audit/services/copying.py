"""Events into the record, in the one order, each exactly once."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import connections, transaction

from audit.queries import last_entry
from audit.verify import NOTHING, entry_hash
from events import stream
from events.stream import START, Fact, Place
from kit.locks import wait_for_turn

COPY = "audit.copy"
BATCH = 500
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_OF_TRANSACTION = "transactions.transaction:"
_ID_LENGTH = 32
_WRITE = """
INSERT INTO audit_entry (position, event_id, xid, happened_at, type, category, name, subject, transaction_id, actor,
    user_id, content, previous, hash)
SELECT position, event_id, xid, happened_at, type, category, name, subject, transaction_id, actor,
    user_id, content, previous, hash
FROM json_to_recordset(%s::json) AS given (position bigint, event_id bigint, xid bigint, happened_at timestamptz,
    type text, category text, name text, subject text, transaction_id text, actor text, user_id text, content text,
    previous text, hash text)
ORDER BY position
"""
"""Texts stay texts until they are written: what is too long for its column is refused, not cut off."""


class Copied(NamedTuple):
    """How many entries were written, and whether there may be more to copy."""

    entries: int
    is_more: bool


def copy(*, limit: int = BATCH) -> Copied:
    """
    Copy the events that follow the last entry, at most so many, in one commit.

    The last entry is the place to go on from, so what was copied and how far copying is cannot differ. Copiers wait
    for one another; should the lock fail, the second one's entries would not follow the last and be refused.

    :raises StreamBroken: if the core database does not have the last entry's event
    """
    with transaction.atomic(using="audit"):
        wait_for_turn(COPY, using="audit")
        last = last_entry()
        facts = stream.after(Place(last.xid, last.event_id) if last else START, limit=limit)
        position, previous = (last.position, last.hash) if last else (0, NOTHING)
        entries = []
        for fact in facts:
            entry = _entry(fact, position=position + 1, previous=previous)
            position, previous = entry["position"], entry["hash"]
            entries.append(entry)
        _write(entries)
    return Copied(len(facts), len(facts) == limit)


def canonical(fact: Fact) -> str:
    """Return the event as the JSON text that is hashed: sorted keys, no spaces, times in UTC to the microsecond."""
    content = {
        **vars(fact),
        "id": fact.place.id,
        "xid": str(fact.place.xid),
        "happened_at": moment(fact.happened_at),
    }
    del content["place"]
    return _CANONICAL.encode(content)


def moment(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")


def _entry(fact: Fact, *, position: int, previous: str) -> dict[str, Any]:
    """Return the event as audit.models.Entry has it, by column."""
    content = canonical(fact)
    return {
        "position": position,
        "event_id": fact.place.id,
        "xid": fact.place.xid,
        "happened_at": moment(fact.happened_at),
        "type": fact.type,
        "category": fact.category,
        "name": fact.name,
        "subject": fact.subject,
        "transaction_id": _transaction(fact),
        "actor": fact.actor,
        "user_id": fact.user_id,
        "content": content,
        "previous": previous,
        "hash": entry_hash(position=position, previous=previous, content=content),
    }


def _write(entries: Sequence[dict[str, Any]]) -> None:
    """Write the entries in their order, in one statement that Django does not have to put together anew."""
    if entries:
        with connections["audit"].cursor() as cursor:
            cursor.execute(_WRITE, [json.dumps(entries)])


def _transaction(fact: Fact) -> str:
    if fact.subject.startswith(_OF_TRANSACTION):
        return fact.subject.split(":")[1][:_ID_LENGTH]
    named = fact.data.get("transaction_id")
    return named[:_ID_LENGTH] if isinstance(named, str) else ""
