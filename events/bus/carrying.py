"""How far events were brought to a bus outside this database."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from events import stream
from events.models import Carried, Listener
from events.stream import Fact, Place
from kit.sql import rows

_UNLOAD = """
WITH moved AS (
    UPDATE events_listener SET xid = %s, number = %s, moved_at = %s
    WHERE name = %s AND xid = %s AND number = %s
    RETURNING set_config('synchronous_commit', 'off', true)
)
INSERT INTO events_carried (context, xid, number)
SELECT each.* FROM moved, unnest(%s::text[], %s::bigint[], %s::bigint[]) AS each
ON CONFLICT (context) DO UPDATE SET xid = excluded.xid, number = excluded.number
RETURNING context
"""


class Known(NamedTuple):
    """How far it was carried, and each context's last event of that."""

    place: Place
    carried: Mapping[str, Place]


class Load(NamedTuple):
    """What is to be carried next: what follows `place`, and each context's last event that was carried before."""

    place: Place
    facts: list[Fact]
    carried: Mapping[str, Place]


@transaction.atomic
def begin(carrier: str) -> None:
    """Make the carrier's cursor, if it has none, after the last event; consumers find older ones in the outbox."""
    place = stream.end()
    _, is_new = Listener.objects.get_or_create(pk=carrier, defaults={"xid": place.xid, "number": place.id})
    if is_new:
        _keep(stream.last_of_each(place))


def load(carrier: str, *, limit: int, known: Known | None = None) -> Load:
    """Return what is to be carried next, at most so many events, after what is known or else what was kept."""
    if known is None:
        row = Listener.objects.get(pk=carrier)
        known = Known(Place(row.xid, row.number), carried())
    return Load(known.place, stream.after(known.place, limit=limit), known.carried)


def carried() -> dict[str, Place]:
    """Return each context's last event that was carried."""
    return {row.context: Place(row.xid, row.number) for row in Carried.objects.all()}


def unload(carrier: str, load: Load, *, last: Mapping[str, Place], now: datetime) -> Known | None:
    """
    Keep that the load was carried, and each context's last event now; None if another carrier was first.

    There is no harm in two: the bus refuses what is out of its turn. Nor in a server that dies and forgets this, so
    it waits for no disk: what is carried again is known to the bus.
    """
    place = load.facts[-1].place
    contexts = sorted(last)
    moved = rows(
        _UNLOAD,
        [
            *(place.xid, place.id, now, carrier, load.place.xid, load.place.id),
            *(contexts, [last[each].xid for each in contexts], [last[each].id for each in contexts]),
        ],
    )
    return Known(place, {**load.carried, **last}) if moved else None


def _keep(last: Mapping[str, Place]) -> None:
    Carried.objects.bulk_create(
        [Carried(context=context, xid=place.xid, number=place.id) for context, place in sorted(last.items())],
        update_conflicts=True,
        unique_fields=["context"],
        update_fields=["xid", "number"],
    )
