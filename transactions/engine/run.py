"""
The engine: takes a transaction along its flow, one commit after another, and back if it must.

A worker claims a transaction (a lease), asks outside what its next steps need, and acts inside one
commit that holds only if the lease is still its own. Whatever dies, the rows say where it stood.
Steps that need nothing from outside follow in the commit of the step before them.
"""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connections
from django.db import transaction as database

import events.services
from chains.errors import NodeUnavailable, ScanLost
from custody.errors import KeysUnavailable, VaultMissing
from kit import sql, tracing
from kit.errors import BusyElsewhere, DomainError
from kit.states import IllegalMove
from providers.errors import NoProvider, ProviderRefused, ProviderUnavailable
from transactions.engine.base import Fail, Flow, StepOf, Treatment, is_failing, is_given_up
from transactions.engine.book import Run
from transactions.errors import SendsHalted
from transactions.models import Step, Transaction
from transactions.queries.find import current, locked, steps_of
from transactions.registry import flow_of
from transactions.services import schedule

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
    SendsHalted: Treatment.TEMPORARY,
    ProviderRefused: Treatment.PERMANENT,
}
"""What an error means where a step does not say otherwise. An exception of no table is a bug, and raised."""


class LeaseLost(Exception):
    """Another worker has claimed the transaction since: this one stalled, and nothing it does may hold."""


@dataclass(frozen=True)
class _Raised:
    """What asking outside met; an exception that a step returns is an answer like any other."""

    error: Exception


@dataclass(frozen=True)
class _Met:
    """A step that could not be done, and what that means for it."""

    step: StepOf
    error: DomainError
    treatment: Treatment


def begin(transaction: Transaction, *, now: datetime, actor: str = "system") -> None:
    """
    Write the steps of a transaction just opened, and do all that need nothing from outside.

    Inside the caller's database transaction; a refusal is raised, and then nothing has happened.
    """
    flow = flow_of(transaction.type)
    steps = {
        name: sql.fresh(Step, transaction_id=transaction.pk, position=position, name=name, kind=step.kind)
        for position, (name, step) in enumerate(flow.steps.items(), start=1)
    }
    for row in steps.values():
        row.transaction = transaction
    run = Run(flow, transaction, steps, now=now, actor=actor)
    with events.services.gather():
        run.follow()
        run.save()


@tracing.rooted("advance", transaction_id=lambda transaction, **_: transaction.pk)
def advance(transaction: Transaction, *, now: datetime, side_by_side: bool = True) -> None:
    """Take a claimed transaction as far as it goes now."""
    flow = flow_of(transaction.type)
    try:
        for _ in range(ROUNDS):
            if not _turn(flow, transaction, now=now, side_by_side=side_by_side):
                return
        own = Transaction.objects.filter(pk=transaction.pk, lease=transaction.lease, next_look_at__isnull=False)
        own.update(next_look_at=now, leased_until=None)
    except LeaseLost:
        logger.warning("lease_lost", extra={"transaction_id": transaction.pk})


@tracing.rooted("react", transaction_id=lambda transaction_id, **_: transaction_id)
def react(transaction_id: str, *, now: datetime) -> None:
    """Take a driven flow on, inside the caller's database transaction: what it waited for has happened."""
    transaction = locked(transaction_id)
    flow = flow_of(transaction.type)
    run = Run(flow, transaction, steps_of(transaction), now=now)
    with events.services.gather():
        run.follow(asking=True)
        run.save()


def carry(transaction: Transaction, step: str, answer: Any, *, now: datetime) -> None:
    """
    Do one step of another transaction in the caller's commit, with what the caller found out for it; its row is locked.

    Whoever has it in hand finds the lease lost, and writes nothing.
    """
    flow = flow_of(transaction.type)
    run = Run(flow, transaction, steps_of(transaction), now=now)
    assert run.is_still(flow.steps[step]), f"{transaction} is not at {step}"
    schedule.take_back(transaction, now=now)
    run.do(flow.steps[step], answer, [])
    run.save()


def stop(transaction: Transaction, *, code: str, reason: str, now: datetime, actor: str = "system") -> None:
    """Undo a locked transaction inside the caller's database transaction. That it may be, the caller has checked."""
    flow = flow_of(transaction.type)
    run = Run(flow, transaction, steps_of(transaction), now=now, actor=actor)
    waiting = flow.ready(run.states())
    with events.services.gather():
        run.fail(run.steps[waiting[0].name] if waiting else None, Fail(code, reason))
        run.save()


def _turn(flow: Flow, claimed: Transaction, *, now: datetime, side_by_side: bool) -> bool:
    """Ask for whatever is due, then commit each answer; say whether there may be more to do at once."""
    transaction = current(claimed.pk)
    run = Run(flow, transaction, steps_of(transaction), now=now)
    if is_failing(transaction):
        step = flow.to_undo(run.states())
        due = [step] if step and run.is_due(step) else []
    elif is_given_up(transaction):
        due = []
    else:
        due = [step for step in flow.ready(run.states()) if run.is_due(step)]
    if not due:
        with database.atomic(), events.services.gather():
            opened = _open(flow, claimed, now)
            if is_failing(opened.transaction) and flow.to_undo(opened.states()) is None:
                opened.undo_rest()
            opened.save()
        return False
    answers = _ask_all(due, run, is_failing(transaction), side_by_side)
    return any([_commit(flow, step, claimed, answers[step.name], now=now) for step in due])


def _ask_all(due: list[StepOf], run: Run, undoing: bool, side_by_side: bool) -> dict[str, Any]:
    """Return each step's answer from outside, or the exception it met. Several steps ask side by side."""

    @tracing.spanned(lambda step: (f"ask {step.name}", {}))
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
        futures = {step.name: pool.submit(copy_context().run, ask_in_thread, step) for step in asking}
        return {step.name: futures[step.name].result() if step in asking else None for step in due}


@tracing.spanned(lambda flow, step, *_, **__: (f"step {step.name}", {"flow": flow.type}))
def _commit(flow: Flow, step: StepOf, claimed: Transaction, answer: Any, *, now: datetime) -> bool:
    """
    Act on one answer in one commit; an error that has a treatment is written down in another.

    What follows from the step is tried with it. If that meets an error, the step is done without it, and the
    error written down in that commit: what was found out holds, and only what could not be done is tried again.
    """
    met: dict[str, _Met] = {}
    while True:
        in_hand: list[StepOf] = [step]
        try:
            if isinstance(answer, _Raised):
                raise answer.error
            return _act(flow, step, claimed, answer, in_hand, met, now=now)
        except LeaseLost:
            raise
        except Exception as error:
            last = in_hand[-1]
            treatment = _treatment(last, error)
            if treatment is None or not isinstance(error, DomainError) or last.name in met:
                raise
            _log(error)
            if last is step:
                return _write_down(flow, claimed, _Met(last, error, treatment), now=now)
            met[last.name] = _Met(last, error, treatment)


def _act(  # noqa: PLR0917  # one commit, and all that it takes
    flow: Flow,
    step: StepOf,
    claimed: Transaction,
    answer: Any,
    in_hand: list[StepOf],
    met: Mapping[str, _Met],
    *,
    now: datetime,
) -> bool:
    with database.atomic(), events.services.gather():
        run = _open(flow, claimed, now)
        if not run.is_still(step):
            return False
        if run.is_failing:
            progressed = run.undo(step, answer)
        else:
            progressed = run.do(step, answer, in_hand, but=met)
            for each in met.values():
                in_hand.append(each.step)
                if run.is_still(each.step):
                    run.meet(each.step, each.error, each.treatment)
        run.save()
        return progressed


def _write_down(flow: Flow, claimed: Transaction, met: _Met, *, now: datetime) -> bool:
    with database.atomic(), events.services.gather():
        run = _open(flow, claimed, now)
        if not run.is_still(met.step):
            return False
        run.meet(met.step, met.error, met.treatment)
        run.save()
        return run.is_failing


def _open(flow: Flow, claimed: Transaction, now: datetime) -> Run:
    """Lock the transaction and see that it is still ours."""
    transaction = locked(claimed.pk)
    if transaction.lease != claimed.lease:
        raise LeaseLost
    return Run(flow, transaction, steps_of(transaction), now=now, is_claimed=True)


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
