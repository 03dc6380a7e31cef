"""What a bus is: it brings what happened from the outbox to whoever listens, and nothing more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from events.schemas import CONTEXTS, OTHER
from events.stream import START, Fact, Place

Handle = Callable[[Sequence[Fact], datetime], None]
"""
Has the effect of these facts, at this time, in the caller's transaction on the core database.

It is called with many at once, in their order; where that fails, it is rolled back and called with each by itself. What
it does elsewhere than in that transaction may happen twice.
"""


@dataclass(frozen=True)
class Consumer:
    """
    Somebody who listens. `name` is for ever: under it stands how far they have read.

    `needs_order`: an event that fails stops them until an operator has looked, as what follows builds upon it.
    `hears_the_past`: begins with the first event there is, and not with the next.
    """

    name: str
    handle: Handle
    needs_order: bool = False
    hears_the_past: bool = False
    contexts: frozenset[str] = CONTEXTS


@dataclass(frozen=True)
class Position:
    """How far somebody has read: everything up to `place`, and in some contexts further."""

    place: Place = START
    ahead: Mapping[str, Place] = field(default_factory=dict)

    def of(self, context: str) -> Place:
        return max(self.place, self.ahead.get(context, START))

    def has(self, fact: Fact) -> bool:
        """Tell whether the fact has had its effect already."""
        return fact.place <= self.of(context_of(fact))

    def past(self, fact: Fact, *, by_context: bool) -> "Position":
        """Return the position after this fact; by context, only what is before it in its own context was read."""
        if by_context:
            return replace(self, ahead={**self.ahead, context_of(fact): fact.place})
        return Position(fact.place, {context: place for context, place in self.ahead.items() if place > fact.place})


class Batch(NamedTuple):
    """Facts in the order in which they were read: of all contexts in one, or each context for itself."""

    facts: list[Fact]
    by_context: bool


class Subscription(Protocol):
    """One consumer's ear, for one thread of one process at a time."""

    def wait(self, *, timeout_seconds: float) -> None:
        """
        Return as soon as there may be something to read, or when the time is over.

        :raises BusUnavailable: if the bus cannot be reached
        """

    def read(self, position: Position, *, limit: int) -> Batch:
        """
        Return what follows this position, at most so many, inside the transaction that will have its effect.

        What it gives may be given again until `settle` was called; what the position has already may be among it.

        :raises StreamBroken: if the position is not of this database
        """

    def settle(self, position: Position) -> None:
        """Forget what this position has: it was committed."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Carrier(Protocol):
    """Brings events from the outbox to where subscriptions hear them; for one thread of one process at a time."""

    def wait(self, *, timeout_seconds: float) -> None:
        """Return as soon as there may be something to carry, or when the time is over."""

    def carry(self, *, now: datetime, limit: int) -> int:
        """
        Bring the next ones, at most so many, and return how many there were.

        :raises BusUnavailable: if the bus did not take them all; they are brought again, and de-duplicated
        """

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


class Bus(Protocol):
    """A way from the outbox to consumers."""

    def subscribe(self, consumer: Consumer) -> Subscription:
        """
        Open a consumer's ear.

        :raises BusUnavailable: if the bus cannot be reached
        """

    def carrier(self) -> Carrier | None:
        """
        Return what carries events to the bus; None where consumers read the outbox itself.

        :raises BusUnavailable: if the bus cannot be reached
        """


def context_of(fact: Fact) -> str:
    """Return the app whose story a fact tells: each has a stream of its own where streams are many."""
    context = fact.subject.partition(".")[0]
    return context if context in CONTEXTS else OTHER
