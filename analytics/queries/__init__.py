"""Reading the sums and how far they go. Nothing here writes."""

from analytics.models import Cursor, Figures
from events.stream import Place


def place() -> Place:
    """Return how far the events have been added up."""
    row = Cursor.objects.get()
    return Place(row.xid, row.number)


def last_figures() -> Figures | None:
    """Return what the last look found; None if there was none yet."""
    return Figures.objects.first()
