"""Reading the outbox itself, as soon as there is something in it."""

from events import stream
from events.base import Batch, Position
from events.bus.direct import DirectConnection

HELD_UP_SECONDS = 0.005
MOST_HELD_UP_SECONDS = 0.1
"""
Events behind a transaction that is still open can be read when it ends, of which nobody tells: so long until the
next look, twice as long each time.
"""


class OutboxReader:
    """Waits for knocks and reads what follows a place; for one thread."""

    def __init__(self) -> None:
        self._direct = DirectConnection()
        self._direct.listen()
        self._patience_seconds = HELD_UP_SECONDS

    def wait(self, *, timeout_seconds: float) -> None:
        """Return as soon as there may be something to read, or when the time is over."""
        if not stream.is_held_up():
            self._patience_seconds = HELD_UP_SECONDS
            self._direct.wait(timeout_seconds=timeout_seconds)
            return
        self._direct.wait(timeout_seconds=min(self._patience_seconds, timeout_seconds))
        self._patience_seconds = min(2 * self._patience_seconds, MOST_HELD_UP_SECONDS)

    def read(self, position: Position, *, limit: int) -> Batch:
        """Return what follows the position in the one order of all contexts."""
        facts = stream.after(position.place, limit=limit)
        if facts:
            self._patience_seconds = HELD_UP_SECONDS
        return Batch(facts, by_context=False)

    def close(self) -> None:
        self._direct.close()
