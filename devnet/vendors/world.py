"""What all sandboxes of one program share: a clock that can be moved on, one lock, and where the product is."""

import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


class Clock:
    """The real time plus whatever was skipped."""

    def __init__(self) -> None:
        self.skipped = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.skipped

    def advance(self, seconds: float) -> None:
        self.skipped += timedelta(seconds=seconds)


@dataclass
class World:
    """`product_url` is where webhooks go, without a slash at the end; empty: they are kept and not sent."""

    product_url: str = ""
    clock: Clock = field(default_factory=Clock)
    lock: threading.RLock = field(default_factory=threading.RLock)
