"""What is wrong with the node behind the proxy, as its controls have set it."""

import threading
from dataclasses import dataclass, field

FAULT_MODES = ("timeout", "drop", "error")
LIES = ("height", "balance", "nonce", "fee", "block", "receipt")
"""What can be said falsely; a chain that has no such thing says nothing of it."""


@dataclass
class Fault:
    """So many calls of a method fail: done without an answer, not done, or refused."""

    mode: str
    method: str
    count: int


@dataclass
class Levers:
    """All off: the proxy passes on what the node says."""

    stalled_at: int | None = None  # the height it has stopped at
    lag_blocks: int = 0
    drops: int = 0  # so many transactions more are taken and forgotten
    lies: dict[str, int] = field(default_factory=dict)  # about what, and by how much
    faults: list[Fault] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def seen(self, height: int) -> int:
        """Return the last block that it lets on to have, where the node has this many."""
        seen = height - self.lag_blocks
        return max(0, seen if self.stalled_at is None else min(seen, self.stalled_at))

    def take_fault(self, method: str) -> str | None:
        """Return how this call fails, if it does, and count it."""
        with self.lock:
            for fault in self.faults:
                if fault.count > 0 and fault.method in {"*", method}:
                    fault.count -= 1
                    return fault.mode
        return None

    def take_drop(self) -> bool:
        """Say whether this transaction is to be forgotten, and count it."""
        with self.lock:
            self.drops, is_dropped = max(0, self.drops - 1), self.drops > 0
        return is_dropped
