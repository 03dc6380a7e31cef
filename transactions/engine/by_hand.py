"""
What people may do to a transaction, and what it then does: the guards and moves behind an intervention.

Every guard speaks from rows under the transaction's lock: what is signed, what its steps say of
themselves. A step that acts outside and says nothing of itself cannot be stopped or forced.
"""

from datetime import datetime

import chains.queries
from kit.errors import DomainError
from transactions.engine.base import Fail, Result, StepOf, is_failing
from transactions.engine.book import Run
from transactions.errors import AlreadyOver, MayStillDeliver, MayStillLand, NotForcible, NotStoppable, StepMovedOn
from transactions.models import Attempt, Status, Step, Transaction
from transactions.registry import flow_of

OVER = (Status.FAILED, Status.COMPLETED)
OUTSIDE = (Step.Kind.PROVIDER, Step.Kind.BLOCKCHAIN)


def at_hand(transaction: Transaction) -> list[StepOf]:
    """Return the steps that are being done now, or the one being undone; none where nothing is left to do."""
    return _at_hand(_open(transaction, transaction.updated_at))


def retry(transaction: Transaction, *, now: datetime, actor: str) -> None:
    """
    Have what a locked transaction is at done at once, whatever pause it is in; a driven flow looks again now.

    :raises AlreadyOver: if there is nothing left to do
    """
    run = _open(transaction, now, actor=actor)
    steps = _at_hand(run)
    if not steps and not run.is_failing:
        raise AlreadyOver
    if run.flow.is_driven and not run.is_failing:
        run.follow(asking=True)
    for step in steps:
        row = run.steps[step.name]
        row.wake_at = now
        row.save(update_fields=["wake_at"])
    run.save()


def check_stop(transaction: Transaction, *, now: datetime) -> None:
    """
    Pass in silence if a transaction may be undone at one person's word.

    :raises AlreadyOver: if it has failed or completed
    :raises NotStoppable: if it is being undone, or past the point of it
    :raises MayStillLand: if a network has it, or may get it
    :raises MayStillDeliver: if an outside company may still do its part
    """
    run = _check_undoable(transaction, now)
    for step in _begun(run):
        may = step.may_stop(run.work(step)) if step.may_stop else step.kind not in OUTSIDE
        if not may:
            raise MayStillDeliver if step.kind == Step.Kind.PROVIDER else MayStillLand


def check_force(transaction: Transaction, name: str, *, has_happened: bool, now: datetime) -> Result | None:
    """
    Return what it comes to if people say of the step at hand that it did happen, or never will;
    None: that what its undoing waits for has happened.

    :raises AlreadyOver, NotStoppable: as check_stop
    :raises MayStillLand: if anything is signed that is not proved dead: force never beats proof
    :raises StepMovedOn: if it is not the step at hand
    :raises NotForcible: if no word of people can take the place of proof there
    """
    if transaction.status in OVER:
        raise AlreadyOver
    step = next((step for step in at_hand(transaction) if step.name == name), None)
    if step is None:
        raise StepMovedOn
    if is_failing(transaction):
        _check_unsigned(transaction)
        if not (has_happened and step.may_vouch_undone):
            raise NotForcible("What is being undone is undone to the end.")
        return None
    run = _check_undoable(transaction, now)
    if has_happened:
        if step.vouched is None:
            raise NotForcible
        return step.vouched(run.work(step))
    for begun in _begun(run):
        may = begun.may_force(run.work(begun)) if begun.may_force else begun.kind != Step.Kind.BLOCKCHAIN
        if not may:
            raise NotForcible
    return Fail("given_up", "It could not be completed, so it was undone.")


def ways_to_force(transaction: Transaction, *, now: datetime) -> list[tuple[StepOf, bool]]:
    """
    Return what people could say of the steps at hand: the step, and whether it did happen or never will.

    :raises DomainError: as check_force, if there is nothing that they could say
    """
    refusal: DomainError = AlreadyOver()
    found: list[tuple[StepOf, bool]] = []
    for step in at_hand(transaction):
        for has_happened in (True, False):
            try:
                check_force(transaction, step.name, has_happened=has_happened, now=now)
                found.append((step, has_happened))
            except DomainError as error:
                refusal = error
    if not found:
        raise refusal
    return found


def force(transaction: Transaction, name: str, *, has_happened: bool, now: datetime, actor: str) -> None:
    """
    Let a locked transaction go on as two people say; the rest follows by itself.

    :raises DomainError: as check_force
    """
    result = check_force(transaction, name, has_happened=has_happened, now=now)
    run = _open(transaction, now, actor=actor)
    step = run.flow.steps[name]
    if result is None:
        run.undo(step, None)
    else:
        run.apply(step, result)
        run.follow()
    run.save()


def to_undo(transaction: Transaction) -> list[StepOf]:
    """Return the steps that a stop would undo, in the order it would undo them."""
    run = _open(transaction, transaction.updated_at)
    states = run.states()
    found: list[StepOf] = []
    while step := run.flow.to_undo(states):
        found.append(step)
        states[step.name] = Step.State.UNDONE
    return found


def _open(transaction: Transaction, now: datetime, *, actor: str = "system") -> Run:
    steps = {step.name: step for step in transaction.steps.all()}
    return Run(flow_of(transaction.type), transaction, steps, now=now, actor=actor)


def _check_undoable(transaction: Transaction, now: datetime) -> Run:
    if transaction.status in OVER:
        raise AlreadyOver
    run = _open(transaction, now)
    if run.is_failing or run.flow.has_reached_milestone(run.states()):
        raise NotStoppable
    _check_unsigned(transaction)
    return run


def _check_unsigned(transaction: Transaction) -> None:
    """After a restore bytes of it may be out there that no row knows: nobody can tell until the network is compared."""
    if transaction.network_id and not chains.queries.is_compared(transaction.network_id):
        raise MayStillLand
    if transaction.attempts.exclude(status=Attempt.State.DEAD).exists():
        raise MayStillLand


def _at_hand(run: Run) -> list[StepOf]:
    if run.transaction.status == Status.FAILED:
        return []
    if run.is_failing:
        step = run.flow.to_undo(run.states())
        return [step] if step else []
    return run.flow.ready(run.states())


def _begun(run: Run) -> list[StepOf]:
    untouched = (Step.State.WAITING, Step.State.SKIPPED, Step.State.UNDONE)
    return [step for name, step in run.flow.steps.items() if run.steps[name].state not in untouched]
