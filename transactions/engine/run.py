"""
The engine: takes a transaction along its flow, one commit after another, and back if it must.

A worker claims a transaction (a lease), asks outside what its next steps need, and acts inside one
commit that holds only if the lease is still its own. Whatever dies, the rows say where it stood.
Steps that need nothing from outside follow in the commit of the step before them.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections
from django.db import transaction as database

from chains.errors import NodeUnavailable, ScanLost
from custody.errors import KeysUnavailable, VaultMissing
from kit.errors import BusyElsewhere, DomainError
from kit.states import IllegalMove
from providers.errors import NoProvider, ProviderRefused, ProviderUnavailable
from transactions.engine.base import Fail, Flow, StepOf, Treatment, is_failing
from transactions.engine.book import Run
from transactions.models import Status, Step, Transaction
from transactions.queries.find import locked
from transactions.registry import flow_of

logger = logging.getLogger(__name__)

ROUNDS = 20
"""Most rounds of one turn: a transaction that goes on for longer gives way to the others."""

SIDE_BY_SIDE = 4
"""Most steps of one transaction that ask outside at once."""

TREATMENTS: Mapping[type[DomainError], Treatment] = {
    NodeUnavailable: Treatment.TEMPORARY,
    BusyElsewhere: Treatment.TEMPORARY,
    IllegalMove: Treatment.TEMPORARY,
    ScanLost: Treatment.TEMPORARY,
    VaultMissing: Treatment.TEMPORARY,
    KeysUnavailable: Treatment.TEMPORARY,
    ProviderUnavailable: Treatment.TEMPORARY,
    NoProvider: Treatment.TEMPORARY,
    ProviderRefused: Treatment.PERMANENT,
}
"""What an error means where a step does not say otherwise. An exception of no table is a bug, and raised."""


class LeaseLost(Exception):
    """Another worker has claimed the transaction since: this one stalled, and nothing it does may hold."""


@dataclass(frozen=True)
class _Raised:
    """What asking outside met; an exception that a step returns is an answer like any other."""

    error: Exception


def begin(transaction: Transaction, *, now: datetime, actor: str = "system") -> None:
    """
    Write the steps of a transaction just opened, and do all that need nothing from outside.

    Inside the caller's database transaction; a refusal is raised, and then nothing has happened.
    """
    flow = flow_of(transaction.type)
    steps = {
        name: Step(transaction=transaction, position=position, name=name, kind=step.kind)
        for position, (name, step) in enumerate(flow.steps.items(), start=1)
    }
    run = Run(flow, transaction, steps, now=now, actor=actor)
    run.follow()
    run.save()


def advance(transaction: Transaction, *, now: datetime, side_by_side: bool = True) -> None:
    """Take a claimed transaction as far as it goes now."""
    flow = flow_of(transaction.type)
    try:
        for _ in range(ROUNDS):
            if not _turn(flow, transaction, now=now, side_by_side=side_by_side):
                return
        Transaction.objects.filter(pk=transaction.pk, lease=transaction.lease).update(next_look_at=now)
    except LeaseLost:
        logger.warning("lease_lost", extra={"transaction_id": transaction.pk})


def react(transaction_id: str, *, now: datetime) -> None:
    """Take a driven flow on, inside the caller's database transaction: what it waited for has happened."""
    transaction = locked(transaction_id)
    flow = flow_of(transaction.type)
    run = Run(flow, transaction, _steps(transaction), now=now)
    run.follow(asking=True)
    run.save()


def stop(transaction: Transaction, *, code: str, reason: str, now: datetime, actor: str = "system") -> None:
    """Undo a locked transaction inside the caller's database transaction. That it may be, the caller has checked."""
    flow = flow_of(transaction.type)
    run = Run(flow, transaction, _steps(transaction), now=now, actor=actor)
    waiting = flow.ready(run.states())
    run.fail(run.steps[waiting[0].name] if waiting else None, Fail(code, reason))
    run.save()


def _turn(flow: Flow, claimed: Transaction, *, now: datetime, side_by_side: bool) -> bool:
    """Ask for whatever is due, then commit each answer; say whether there may be more to do at once."""
    transaction = Transaction.objects.get(pk=claimed.pk)
    run = Run(flow, transaction, _steps(transaction), now=now)
    if transaction.status == Status.FAILED:
        return False
    if is_failing(transaction):
        step = flow.to_undo(run.states())
        due = [step] if step and run.is_due(step) else []
    else:
        due = [step for step in flow.ready(run.states()) if run.is_due(step)]
    if not due:
        with database.atomic():
            current = _open(flow, claimed, now)
            if is_failing(current.transaction):
                current.undo_rest()
            current.save()
        return False
    answers = _ask_all(due, run, is_failing(transaction), side_by_side)
    return any([_commit(flow, step, claimed, answers[step.name], now=now) for step in due])


def _ask_all(due: list[StepOf], run: Run, undoing: bool, side_by_side: bool) -> dict[str, Any]:
    """Return each step's answer from outside, or the exception it met. Several steps ask side by side."""

    def ask(step: StepOf) -> Any:
        question = step.undo_ask if undoing else step.ask
        try:
            return question(run.work(step)) if question else None
        except Exception as error:  # noqa: BLE001  # told apart where it is committed; a bug is raised there
            return _Raised(error)

    def ask_in_thread(step: StepOf) -> Any:
        try:
            return ask(step)
        finally:
            connections.close_all()  # this thread's own

    asking = [step for step in due if (step.undo_ask if undoing else step.ask)]
    if len(asking) < 2 or not side_by_side:
        return {step.name: ask(step) for step in due}
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        futures = {step.name: pool.submit(ask_in_thread, step) for step in asking}
        return {step.name: futures[step.name].result() if step in asking else None for step in due}


def _commit(flow: Flow, step: StepOf, claimed: Transaction, answer: Any, *, now: datetime) -> bool:
    """Act on one answer in one commit; an error that has a treatment is written down in another."""
    in_hand: list[StepOf] = [step]
    try:
        if isinstance(answer, _Raised):
            raise answer.error
        with database.atomic():
            run = _open(flow, claimed, now)
            if not run.is_still(step):
                return False
            progressed = run.undo(step, answer) if is_failing(run.transaction) else run.do(step, answer, in_hand)
            run.save()
            return progressed
    except LeaseLost:
        raise
    except Exception as error:
        met = in_hand[-1]
        treatment = _treatment(met, error)
        if treatment is None or not isinstance(error, DomainError):
            raise
        _log(error)
        with database.atomic():
            run = _open(flow, claimed, now)
            if not run.is_still(met):
                return False
            run.meet(met, error, treatment)
            run.save()
            return run.is_failing


def _open(flow: Flow, claimed: Transaction, now: datetime) -> Run:
    """Lock the transaction and see that it is still ours."""
    transaction = locked(claimed.pk)
    if transaction.lease != claimed.lease:
        raise LeaseLost
    return Run(flow, transaction, _steps(transaction), now=now, is_claimed=True)


def _steps(transaction: Transaction) -> dict[str, Step]:
    return {step.name: step for step in transaction.steps.all()}


def _treatment(step: StepOf, error: Exception) -> Treatment | None:
    for table in (step.errors, TREATMENTS):
        for kind, treatment in table.items():
            if isinstance(error, kind):
                return treatment
    return None


def _log(error: DomainError) -> None:
    if isinstance(error, KeysUnavailable):
        logger.error("keys_missing", extra={"code": error.code, "reason": error.what_happened})
    else:
        logger.warning("advance_interrupted", extra={"code": error.code})
