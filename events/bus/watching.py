"""Whether those who listen to the bus hear anything: told once where they do not, whatever the reason."""

from datetime import datetime, timedelta

from django.db import connection

from events import occurrences
from events.models import Listener
from events.stream import Place

SILENT_AFTER = timedelta(minutes=3)
"""An event that a consumer has not read for so long is one that nobody brings: a second is usual."""

_OLDEST_UNREAD = """
SELECT happened_at FROM events_event WHERE (xid, id) > (%s::text::xid8, %s) ORDER BY xid, id LIMIT 1
"""


def watch(*, now: datetime) -> None:
    """
    Tell which consumers are brought no events: the process is gone, or the bus, or it stands still.

    One that a failed event stops is told of where that happens, and is not looked at here.
    """
    for listener in Listener.objects.filter(stopped_at=None).order_by("pk"):
        since = _unread_since(Place(listener.xid, listener.number))
        occurrences.note(
            subject=listener,
            begins="listener.silent",
            ends="listener.caught_up",
            is_so=since is not None and now - since > SILENT_AFTER,
            now=now,
            data={"consumer": listener.pk},
        )


def _unread_since(place: Place) -> datetime | None:
    """Return when the oldest event after this place happened; None: everything is read. The stream's index answers."""
    with connection.cursor() as cursor:
        cursor.execute(_OLDEST_UNREAD, [str(place.xid), place.id])
        row = cursor.fetchone()
    return row[0] if row else None
