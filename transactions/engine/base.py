"""
What a flow is: the ordered steps of one kind of transaction, and what each step may answer.

A step looks outside (`ask`, with no database transaction open) and then acts inside (`do`, in one
commit with everything it changes). A crash between the two costs a repeated question and nothing
else; whatever `ask` does to the world is therefore harmless to do again: it carries our operation
id, or hands over bytes that are already signed and stored.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from transactions.models import Status, Step, SubStatus, Transaction

Kind = Step.Kind


@dataclass(frozen=True)
class Work:
    """What a step is given: its transaction (inside `do`: locked and current), its own row, the time, and who acts."""

    transaction: Transaction
    step: Step
    steps: Mapping[str, Step]
    now: datetime
    actor: str = "system"

    def memo(self, step: str) -> Any:
        """Return what an earlier step found out."""
        return self.steps[step].memo


def is_failing(transaction: Transaction) -> bool:
    """Tell whether it is being undone; a deposit that a reorg took back is not, it may land again."""
    return transaction.status in (Status.INITIATED, Status.COMPENSATING) and bool(transaction.failure_code)


def is_given_up(transaction: Transaction) -> bool:
    """Tell whether it failed and is undone, or completed as far as it had come: nothing of it is ever done again."""
    return transaction.status == Status.FAILED or (
        transaction.status == Status.COMPLETED and bool(transaction.failure_code)
    )


class Treatment(StrEnum):
    """What an error means for a step."""

    TEMPORARY = "temporary"  # try again later, with growing pauses
    PERMANENT = "permanent"  # undo what was done
    PERSON = "person"  # only the person can help


@dataclass(frozen=True)
class Done:
    """The step is done. `fields` are columns of the transaction; `memo` is what later steps may read."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    memo: Mapping[str, Any] = field(default_factory=dict)
    live: str = "transaction.updated"
    skipped: bool = False
    via: Sequence[Status] | None = None  # in place of the step's own, where its outcome decides them


@dataclass(frozen=True)
class Later:
    """Nothing is wrong, and it is not done yet: look again, after `seconds` or the network's usual pause."""

    seconds: float | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    sub_status: SubStatus | None = None
    memo: Mapping[str, Any] = field(default_factory=dict)
    is_news: bool = False  # tell the owner, even if no sub-status changed
    live: str = "transaction.updated"
    is_held_up: bool = False  # by people, who may take days: the step's patience begins when they let it go on


@dataclass(frozen=True)
class Ask:
    """Only the person can go on: a clear question, and when it is too late to answer."""

    question: str
    deadline_at: datetime
    memo: Mapping[str, Any] = field(default_factory=dict)
    sub_status: SubStatus = SubStatus.WAITING_FOR_YOU
    seconds: float | None = None  # look by itself meanwhile; empty: only when answered or too late


@dataclass(frozen=True)
class Fail:
    """It can never be done: undo what was done before it."""

    code: str
    reason: str
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class GoBack:
    """Do it again from an earlier step: another provider, or a block that a reorg took away."""

    to: str
    reason: str
    via: Sequence[Status] = ()
    memo: Mapping[str, Any] = field(default_factory=dict)  # all that the step gone back to remembers
    fields: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = 0


Result = Done | Later | Ask | Fail | GoBack


@dataclass(frozen=True)
class Retry:
    """
    How a step is tried again after a temporary error: pauses double from `first_seconds` up to
    `most_seconds`, with jitter. Past `limit` tries or `patience`, it is undone; both empty: never,
    because what cannot be proved undone must not be undone. Such a step shows up on the desk.
    """

    first_seconds: float = 1.0
    most_seconds: float = 60.0
    limit: int | None = None
    patience: timedelta | None = None

    def is_over(self, *, tries: int, since: datetime, now: datetime) -> bool:
        return (self.limit is not None and tries >= self.limit) or (
            self.patience is not None and now - since > self.patience
        )

    def pause_seconds(self, *, tries: int, jitter: float) -> float:
        """Return the pause before the next try; `jitter` in [0, 1) spreads it over its upper half."""
        full = min(self.most_seconds, self.first_seconds * float(1 << min(max(tries - 1, 0), 32)))
        return full * (0.5 + jitter / 2)


@dataclass(frozen=True)
class StepOf:
    """
    One step of a flow.

    `needs` are the steps that must be done before; empty tuple: none; not given: the step before it.
    `via` are the statuses the transaction goes through once it is done. `errors` says what an
    exception means; what it does not name is handled by the engine's own table, and what neither
    names is a bug. Past a `milestone` nothing is undone any more: what was done stands.

    What people may do to it once it has begun: `may_stop` says whether it may be undone at one person's
    word (not given: yes, unless it acts outside); `may_force` whether two people may say that it never
    will happen (not given: yes, unless a network can tell); `vouched` is what it comes to when two people
    say that it did (not given: only proof can tell). With `may_vouch_undone` two people may say that
    what `undo_ask` waits for has happened: `undo` is then given None.
    """

    name: str
    kind: Step.Kind
    says: str  # finishes "This step ...", for the drawn documentation
    do: Callable[[Work, Any], Result]
    ask: Callable[[Work], Any] | None = None
    undo: Callable[[Work, Any], None] | None = None
    undo_ask: Callable[[Work], Any] | None = None
    needs: tuple[str, ...] | None = None
    via: Sequence[Status] = ()
    sub_status: SubStatus | None = None  # while it is under way
    errors: Mapping[type[Exception], Treatment] = field(default_factory=dict)
    retry: Retry = Retry()
    milestone: bool = False
    event: str = ""  # the document's name of the fact that it is done; empty: its statuses say it
    category: str = "domain"
    waits_for: Mapping[type[Exception], SubStatus] = field(default_factory=dict)  # shown while it is tried again
    goes_back: Mapping[str, Sequence[Status]] = field(default_factory=dict)  # to which steps, through which statuses
    may_stop: Callable[[Work], bool] | None = None
    may_force: Callable[[Work], bool] | None = None
    vouched: Callable[[Work], Result] | None = None
    may_vouch_undone: bool = False


class Flow:
    """
    The steps of one type of transaction, in order.

    `is_driven` flows are moved by what happens (blocks, for a deposit) and never by the clock alone.
    """

    def __init__(
        self,
        type: Transaction.Type,
        steps: Sequence[StepOf],
        *,
        says: str,
        command: str = "",
        is_driven: bool = False,
    ) -> None:
        self.type = type
        self.says = says
        self.command = command  # the document's name of the command that begins it
        self.is_driven = is_driven
        self.steps = {step.name: step for step in steps}
        assert len(self.steps) == len(steps), f"{type}: two steps of one name"
        self.needs: dict[str, tuple[str, ...]] = {}
        before: tuple[str, ...] = ()
        for step in steps:
            needs = before if step.needs is None else step.needs
            assert set(needs) <= self.needs.keys(), f"{type}.{step.name}: needs what does not stand before it"
            self.needs[step.name] = needs
            before = (step.name,)

    def ready(self, states: Mapping[str, str]) -> list[StepOf]:
        """Return the steps that are not done and whose needs are: pure, in order."""
        over = {Step.State.DONE, Step.State.SKIPPED}
        return [
            step
            for name, step in self.steps.items()
            if states[name] not in over and all(states[need] in over for need in self.needs[name])
        ]

    def to_undo(self, states: Mapping[str, str]) -> StepOf | None:
        """Return the last step that was done and is not undone yet, down to the last milestone."""
        for name, step in reversed(self.steps.items()):
            if states[name] == Step.State.DONE and step.milestone:
                return None
            if states[name] == Step.State.DONE and (step.undo or step.undo_ask):
                return step
        return None

    def has_reached_milestone(self, states: Mapping[str, str]) -> bool:
        return any(step.milestone and states[name] == Step.State.DONE for name, step in self.steps.items())

    def after(self, name: str) -> list[str]:
        """Return this step and every one that needs it, directly or not, in order."""
        found = {name}
        for other in self.steps:
            if found & set(self.needs[other]):
                found.add(other)
        return [other for other in self.steps if other in found]
