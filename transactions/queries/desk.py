"""
The desk: what is stuck, why and since when, what was tried, what the system will do next, and what waits
for a second person. What comes next is worked out from the rows that the engine itself goes by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from django.db.models import Case, CharField, Exists, F, OuterRef, Prefetch, Q, Value, When, Window
from django.db.models.functions import RowNumber
from django.utils import timezone

from accounts.models import User
from transactions.engine.base import Flow, StepOf, is_failing
from transactions.models import Attempt, Deposit, Intervention, RecoveryAttempt, Status, Step, SubStatus, Transaction
from transactions.queries.operations import MOTIONLESS_AFTER, OVERDUE_AFTER
from transactions.registry import flow_of

SHOWN = 50
"""Stuck transactions and waiting interventions on one page; filters lead to the others."""

FAILING_TRIES = 5
"""A step that could not be done so often in a row is a person's business too."""

DEPOSIT_SLOW_AFTER = timedelta(hours=6)
"""Blocks move deposits, and no worker looks at them: one that nothing has moved for so long is a person's business."""

OPEN_DEPOSIT = (Deposit.State.SEEN, Deposit.State.CONFIRMED)
TRIED_SHOWN = 3


class Reason(StrEnum):
    """Why a transaction is on the desk; the first that holds."""

    DROPPED = "dropped"
    LIQUIDITY = "liquidity"
    FEES = "fees"
    HALTED = "halted"
    OVERDUE = "overdue"
    UNDOING = "undoing"
    FAILING = "failing"
    PERSON = "person"
    MOTIONLESS = "motionless"


WORDS = {
    Reason.DROPPED: "settled, but a reorg dropped it and no block has taken it again",
    Reason.LIQUIDITY: "waits for coins in the paying wallet",
    Reason.FEES: "waits for the network's fees to fall to its ceiling",
    Reason.HALTED: "sends of its asset are halted",
    Reason.OVERDUE: "no worker looks at it",
    Reason.UNDOING: "is being undone, and something outside has yet to agree",
    Reason.FAILING: "fails again and again",
    Reason.PERSON: "waits for the person's answer",
    Reason.MOTIONLESS: "looked at, and does not move",
}


@dataclass(frozen=True)
class Stuck:
    """One transaction that needs a person's eyes, with the last things that were tried, newest first."""

    transaction: Transaction
    reason: Reason
    since: datetime
    steps: Sequence[Step]
    tried: Sequence[RecoveryAttempt]
    next_move: str
    wanted: Intervention | None

    @property
    def why(self) -> str:
        return WORDS[self.reason]


def stuck(
    *, now: datetime, type: str = "", network: str = "", provider: str = "", reason: str = "", limit: int = SHOWN
) -> list[Stuck]:
    """Return what needs a person's eyes, the longest-waiting first; four queries however many there are."""
    slow = Deposit.objects.filter(status__in=OPEN_DEPOSIT, updated_at__lt=now - DEPOSIT_SLOW_AFTER)
    watched = Q(next_look_at__isnull=False) | Q(pk__in=slow.values("transaction_id"))
    found = Transaction.objects.filter(watched).alias(**_facts(now)).annotate(reason=_reason(now))
    exact = {"type": type, "network_id": network, "provider": provider, "reason": reason}
    found = found.exclude(reason="").filter(**{name: value for name, value in exact.items() if value})
    wanted = Intervention.objects.filter(status=Intervention.State.WANTED)
    shown = list(
        found.order_by(F("next_look_at").asc(nulls_last=True), "id").prefetch_related(
            "steps", Prefetch("interventions", wanted, "wanted")
        )[:limit]
    )
    tried = _tried([transaction.pk for transaction in shown])
    return [_stuck(transaction, tried.get(transaction.pk, []), now) for transaction in shown]


def waiting(*, limit: int = SHOWN) -> list[Intervention]:
    """Return the interventions that wait for a second person, the oldest first."""
    found = Intervention.objects.filter(status=Intervention.State.WANTED).select_related("transaction")
    return list(found.order_by("created_at")[:limit])


def providers() -> list[str]:
    """Return the outside companies whose open transactions could be stuck."""
    found = Transaction.objects.filter(next_look_at__isnull=False).exclude(provider="")
    return sorted(set(found.order_by().values_list("provider", flat=True).distinct()))


def people(ids: Sequence[str]) -> dict[str, str]:
    """Return the e-mail address behind each id."""
    return dict(User.objects.filter(pk__in=ids).values_list("pk", "email")) if ids else {}


def next_move(transaction: Transaction, steps: Sequence[Step], *, now: datetime, is_wanted: bool = False) -> str:
    """
    Say what the system will do next with a transaction, and when.

    Pure: from its row and its steps as they are at `now`; `is_wanted`: an intervention waits for a second person.
    """
    flow = flow_of(transaction.type)
    rows = {step.name: step for step in steps}
    states = {name: row.state for name, row in rows.items()}
    moves = ["waits for a second person's approval"] if is_wanted else []
    if transaction.status == Status.FAILED:
        moves.append("nothing: it has failed, and stays so")
    elif is_failing(transaction):
        undoing = flow.to_undo(states)
        moves.append(_undo_move(rows[undoing.name], now) if undoing else "fails it: nothing is left to undo")
    else:
        ready = flow.ready(states)
        moves += [_step_move(flow, step, rows[step.name], transaction, now) for step in ready]
        if not ready:
            moves.append("nothing: it is done")
    return "; ".join(moves)


def _facts(now: datetime) -> dict[str, Exists]:
    dropped = Attempt.objects.filter(
        transaction=OuterRef("pk"),
        status=Attempt.State.LANDED,
        height__isnull=True,
        updated_at__lt=now - MOTIONLESS_AFTER,
    )
    failing = Step.objects.filter(transaction=OuterRef("pk"), tries__gte=FAILING_TRIES)
    return {"is_dropped": Exists(dropped), "is_failing": Exists(failing)}


def _reason(now: datetime) -> Case:
    motionless = Q(updated_at__lt=now - MOTIONLESS_AFTER)
    undoing = Q(status=Status.COMPENSATING, updated_at__lt=now - OVERDUE_AFTER) & ~Q(failure_code="")
    return Case(
        When(status=Status.COMPLETED, is_dropped=True, then=Value(Reason.DROPPED.value)),
        When(status=Status.COMPLETED, then=Value("")),
        When(sub_status=SubStatus.WAITING_FOR_LIQUIDITY, then=Value(Reason.LIQUIDITY.value)),
        When(sub_status=SubStatus.WAITING_FOR_LOWER_FEES, then=Value(Reason.FEES.value)),
        When(sub_status=SubStatus.SENDS_HALTED, then=Value(Reason.HALTED.value)),
        When(next_look_at__lt=now - OVERDUE_AFTER, then=Value(Reason.OVERDUE.value)),
        When(undoing, then=Value(Reason.UNDOING.value)),
        When(is_failing=True, then=Value(Reason.FAILING.value)),
        When(motionless & Q(sub_status=SubStatus.WAITING_FOR_YOU), then=Value(Reason.PERSON.value)),
        When(motionless, then=Value(Reason.MOTIONLESS.value)),
        default=Value(""),
        output_field=CharField(),
    )


def _tried(ids: list[str]) -> dict[str, list[RecoveryAttempt]]:
    newest = Window(RowNumber(), partition_by=F("transaction_id"), order_by=F("id").desc())
    rows = RecoveryAttempt.objects.filter(transaction_id__in=ids).annotate(row=newest).filter(row__lte=TRIED_SHOWN)
    found: dict[str, list[RecoveryAttempt]] = {}
    for attempt in rows.order_by("-id"):
        found.setdefault(attempt.transaction_id, []).append(attempt)
    return found


def _stuck(transaction: Transaction, tried: list[RecoveryAttempt], now: datetime) -> Stuck:
    steps = list(transaction.steps.all())
    reason = Reason(transaction.reason)  # type: ignore[attr-defined]  # annotated by the query
    wanted: Intervention | None = next(iter(transaction.wanted), None)  # type: ignore[attr-defined]  # prefetched
    due = transaction.next_look_at
    since = due if reason == Reason.OVERDUE and due else transaction.updated_at
    move = next_move(transaction, steps, now=now, is_wanted=wanted is not None)
    return Stuck(transaction, reason, since, steps, tried, move, wanted)


def _undo_move(row: Step, now: datetime) -> str:
    if row.tries == 0:
        return f"undoes step {row.name}{_when(row.wake_at, now)}"
    return f"tries again to undo step {row.name}{_when(row.wake_at, now)} ({_ordinal(row.tries + 1)} try)"


def _step_move(flow: Flow, step: StepOf, row: Step, transaction: Transaction, now: datetime) -> str:  # noqa: PLR0911
    """Return one sentence; the first that holds."""
    if row.state == Step.State.ASKING and row.answer is None and row.deadline_at:
        return f"waits for the person until {_clock(row.deadline_at, now)}, then undoes it"
    if row.state == Step.State.ASKING:
        return f"goes on with the person's answer to step {row.name}"
    if row.tries:
        again = f"tries step {row.name} again{_when(row.wake_at, now)} ({_ordinal(row.tries + 1)} try)"
        return again + _end(step, row, now)
    missing = transaction.required_confirmations - transaction.confirmations
    if step.kind == Step.Kind.BLOCKCHAIN and transaction.status == Status.COMPLETED:
        return f"watches it until no reorg can take it back{_look(row, now)}"
    if step.kind == Step.Kind.BLOCKCHAIN and transaction.status == Status.BLOCKCHAIN_PENDING and missing > 0:
        return f"waits for {missing} more block{'s' if missing > 1 else ''}{_look(row, now)}"
    if flow.is_driven:
        return f"does step {row.name} when the next blocks are read"
    return f"does step {row.name}{_when(row.wake_at, now)}"


def _end(step: StepOf, row: Step, now: datetime) -> str:
    """Say when the engine gives a failing step up, if it ever does."""
    ends = []
    if step.retry.limit is not None:
        ends.append(f"after {step.retry.limit} tries")
    if step.retry.patience is not None and row.started_at:
        ends.append(f"at {_clock(row.started_at + step.retry.patience, now)}")
    return f", and undoes it {' or '.join(ends)}" if ends else ""


def _look(row: Step, now: datetime) -> str:
    return f", looks again at {_clock(row.wake_at, now)}" if row.wake_at and row.wake_at > now else ""


def _when(at: datetime | None, now: datetime) -> str:
    return f" at {_clock(at, now)}" if at and at > now else " as soon as a worker is free"


def _clock(at: datetime, now: datetime) -> str:
    """Return the time to the second, with its date if that is another."""
    local = timezone.localtime(at)
    return local.strftime("%H:%M:%S" if local.date() == timezone.localtime(now).date() else "%Y-%m-%d %H:%M:%S")


def _ordinal(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
