"""Who listens to the bus (settings.EVENT_CONSUMERS)."""

from collections.abc import Sequence
from datetime import datetime

from events.base import Consumer
from events.stream import Fact
from kit import jobs

READERS = ("notifications.consume", "audit.copy")
"""They read the outbox after cursors of their own, and look every few seconds; news lets them look at once."""


def _ring(facts: Sequence[Fact], _now: datetime) -> None:
    """Wake those who tell people and keep the record; what they write themselves wakes nobody."""
    if any(not fact.subject.startswith("notifications.") for fact in facts):
        for task in READERS:
            jobs.enqueue_shared(task)


BELLS = Consumer("bells", _ring)
