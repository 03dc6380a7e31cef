"""How far behind the events a reader is."""

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from events.stream import Place

MOST_COUNTED = 10_000
"""Nobody counts further: it costs the core database more than it tells."""

_BEHIND = """
SELECT count(*), min(happened_at) FROM (
    SELECT happened_at FROM events_event WHERE (xid, id) > (%s::text::xid8, %s) ORDER BY xid, id LIMIT %s
) AS unread
"""


@dataclass(frozen=True)
class Behind:
    """Events after a reader's place, and how old the oldest is. Those of open transactions are not seen yet."""

    events: int
    seconds: float


def behind(place: Place, *, now: datetime) -> Behind:
    """Return how far behind this place is, counted up to MOST_COUNTED; one query, answered by the stream's index."""
    with connection.cursor() as cursor:
        cursor.execute(_BEHIND, [str(place.xid), place.id, MOST_COUNTED])
        count, oldest = cursor.fetchone()
    return Behind(count, max(0.0, (now - oldest).total_seconds()) if oldest else 0.0)
