"""
A person's hand on a stuck transaction: retry and compensate by one, force and assign by two; always with its facts.

The transaction's row is locked first, so whoever comes second finds what the first one left. Each
request has an id of its own, made by its form: the same one again answers with what it made before.
"""

from datetime import datetime
from typing import Any

from django.db import transaction as database

import events.services
from events.services import Name
from kit.errors import InvalidInput, NotFound
from kit.ids import is_id
from transactions.engine import by_hand
from transactions.engine import run as engine
from transactions.errors import IdempotencyKeyReused, InterventionDecided, InterventionWaiting, SecondPersonNeeded
from transactions.models import Intervention, Transaction
from transactions.queries.find import locked
from transactions.services import suspense
from transactions.services.actions import note_action
from wallets.models import Wallet

REASON_LENGTH = 400
COMMANDS = {
    Intervention.Kind.RETRY: "RetryTransactionCommand",
    Intervention.Kind.COMPENSATE: "CompensateTransactionCommand",
    Intervention.Kind.FORCE: "ForceTransactionStepCommand",
    Intervention.Kind.ASSIGN: "AssignDepositCommand",
}
"""The command that an intervention is recorded as, and below the facts that follow from it."""
CARRIED_OUT = "ManualInterventionCarriedOut"
REFUSED = "ManualInterventionRefused"


@database.atomic
def retry(*, intervention_id: str, transaction_id: str, reason: str, actor: str, now: datetime) -> Intervention:
    """
    Have what the transaction is at tried at once, whatever pause it is in.

    :raises NotFound: if there is no such transaction
    :raises AlreadyOver: if nothing is left to do
    :raises InterventionWaiting: if a forced step waits for a second person
    """
    transaction, repeated = _begin(intervention_id, transaction_id, Intervention.Kind.RETRY, actor)
    if repeated:
        return repeated
    step = ", ".join(step.name for step in by_hand.at_hand(transaction))
    wanted = _want(
        intervention_id, transaction, Intervention.Kind.RETRY, step=step, reason=reason, actor=actor, now=now
    )
    by_hand.retry(transaction, now=now, actor=actor)
    return _carry_out(wanted, actor=actor, now=now)


@database.atomic
def compensate(*, intervention_id: str, transaction_id: str, reason: str, actor: str, now: datetime) -> Intervention:
    """
    Give the transaction up and undo what was done.

    :raises NotFound: if there is no such transaction
    :raises AlreadyOver, NotStoppable, MayStillLand, MayStillDeliver: as engine.by_hand.check_stop
    :raises InterventionWaiting: if a forced step waits for a second person
    """
    transaction, repeated = _begin(intervention_id, transaction_id, Intervention.Kind.COMPENSATE, actor)
    if repeated:
        return repeated
    by_hand.check_stop(transaction, now=now)
    step = ", ".join(step.name for step in by_hand.at_hand(transaction))
    wanted = _want(
        intervention_id, transaction, Intervention.Kind.COMPENSATE, step=step, reason=reason, actor=actor, now=now
    )
    words = "We stopped it by hand, and it was undone."
    engine.stop(transaction, code="stopped_by_hand", reason=words, now=now, actor=actor)
    return _carry_out(wanted, actor=actor, now=now)


@database.atomic
def force(
    *,
    intervention_id: str,
    transaction_id: str,
    step: str,
    has_happened: bool,
    reason: str,
    actor: str,
    now: datetime,
) -> Intervention:
    """
    Ask that the step at hand be taken as done, or as never to be done; a second person decides.

    :raises NotFound: if there is no such transaction
    :raises AlreadyOver, NotStoppable, MayStillLand, StepMovedOn, NotForcible: as engine.by_hand.check_force
    :raises InterventionWaiting: if another one waits for a second person
    """
    transaction, repeated = _begin(intervention_id, transaction_id, Intervention.Kind.FORCE, actor)
    if repeated:
        return repeated
    by_hand.check_force(transaction, step, has_happened=has_happened, now=now)
    outcome = "done" if has_happened else "failed"
    return _want(
        intervention_id,
        transaction,
        Intervention.Kind.FORCE,
        step=step,
        outcome=outcome,
        reason=reason,
        actor=actor,
        now=now,
    )


@database.atomic
def assign(
    *, intervention_id: str, transaction_id: str, wallet_id: str, reason: str, actor: str, now: datetime
) -> Intervention:
    """
    Ask that a deposit which named nobody be given to this wallet; a second person decides.

    :raises NotFound: if there is no such transaction or wallet
    :raises NotAssignable: as services.suspense.check
    :raises InterventionWaiting: if another one waits for a second person
    """
    transaction, repeated = _begin(intervention_id, transaction_id, Intervention.Kind.ASSIGN, actor)
    if repeated:
        return repeated
    wallet = suspense.check(transaction, wallet_id)
    return _want(
        intervention_id,
        transaction,
        Intervention.Kind.ASSIGN,
        step="assigned",
        wallet=wallet,
        reason=reason,
        actor=actor,
        now=now,
    )


@database.atomic
def approve(*, intervention_id: str, actor: str, now: datetime) -> Intervention:
    """
    Carry out what another person wants; the same approval again changes nothing.

    :raises NotFound: if there is no such intervention
    :raises InterventionDecided: if somebody else has decided it
    :raises SecondPersonNeeded: if it is the approver's own
    :raises DomainError: as engine.by_hand.check_force or suspense.check, if it cannot be done any more; it still waits
    """
    wanted, transaction = _locked(intervention_id)
    if wanted.status == Intervention.State.CARRIED_OUT and wanted.approved_by == actor:
        return wanted
    if wanted.status != Intervention.State.WANTED:
        raise InterventionDecided
    if wanted.requested_by == actor:
        raise SecondPersonNeeded
    if wanted.wallet_id:
        suspense.assign(transaction, wanted.wallet_id, now=now)
    else:
        by_hand.force(transaction, wanted.step, has_happened=wanted.outcome == "done", now=now, actor=actor)
    note_action(transaction, f"approved_{wanted.kind}", actor=actor, now=now, **_facts(wanted))
    return _carry_out(wanted, actor=actor, now=now, approved_by=actor)


@database.atomic
def refuse(*, intervention_id: str, actor: str, now: datetime) -> Intervention:
    """
    Turn down what another person wants, or take back one's own wish; the same refusal again changes nothing.

    :raises NotFound: if there is no such intervention
    :raises InterventionDecided: if it has been carried out, or somebody else has refused it
    """
    wanted, transaction = _locked(intervention_id)
    decided_by = wanted.approved_by or wanted.requested_by
    if wanted.status == Intervention.State.REFUSED and decided_by == actor:
        return wanted
    if wanted.status != Intervention.State.WANTED:
        raise InterventionDecided
    is_own = wanted.requested_by == actor
    what = f"took_back_{wanted.kind}" if is_own else f"refused_{wanted.kind}"
    note_action(transaction, what, actor=actor, now=now, **_facts(wanted))
    _move(wanted, Intervention.State.REFUSED, REFUSED, actor=actor, now=now, approved_by="" if is_own else actor)
    return wanted


def _begin(
    id: str, transaction_id: str, kind: Intervention.Kind, actor: str
) -> tuple[Transaction, Intervention | None]:
    """Lock the transaction, and return with it what the same request has made before."""
    if not is_id(id, "itv"):
        raise InvalidInput("An intervention's id begins with itv_.")
    try:
        transaction = locked(transaction_id)
    except Transaction.DoesNotExist as error:
        raise NotFound("There is no such transaction.") from error
    found = Intervention.objects.filter(pk=id).first()
    if found and (found.transaction_id, found.kind, found.requested_by) != (transaction.pk, kind, actor):
        raise IdempotencyKeyReused
    if not found and transaction.interventions.filter(status=Intervention.State.WANTED).exists():
        raise InterventionWaiting
    return transaction, found


def _locked(id: str) -> tuple[Intervention, Transaction]:
    """Lock the transaction first, as everybody does, then the intervention."""
    found = Intervention.objects.filter(pk=id).first()
    if found is None:
        raise NotFound("There is no such intervention.")
    transaction = locked(found.transaction_id)
    return Intervention.objects.select_for_update(of=("self",), no_key=True).get(pk=id), transaction


def _want(
    id: str,
    transaction: Transaction,
    kind: Intervention.Kind,
    *,
    step: str,
    reason: str,
    actor: str,
    now: datetime,
    outcome: str = "",
    wallet: Wallet | None = None,
) -> Intervention:
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise InvalidInput("Say why.", fields={"reason": [f"Between 1 and {REASON_LENGTH} characters."]})
    wanted = Intervention.objects.create(
        id=id,
        transaction=transaction,
        kind=kind,
        step=step[:32],
        outcome=outcome,
        wallet=wallet,
        reason=reason,
        requested_by=actor,
        created_at=now,
        updated_at=now,
    )
    events.services.record(
        type="intervention.wanted",
        name=Name("command", COMMANDS[kind]),
        subject=wanted,
        actor=actor,
        now=now,
        data=_facts(wanted) | {"transaction_id": transaction.pk},
    )
    note_action(transaction, f"asked_{kind}", actor=actor, now=now, **_facts(wanted))
    return wanted


def _carry_out(wanted: Intervention, *, actor: str, now: datetime, approved_by: str = "") -> Intervention:
    _move(wanted, Intervention.State.CARRIED_OUT, CARRIED_OUT, actor=actor, now=now, approved_by=approved_by)
    return wanted


def _move(
    wanted: Intervention, to: Intervention.State, name: str, *, actor: str, now: datetime, approved_by: str
) -> None:
    events.services.move(
        wanted,
        to,
        flow=Intervention.FLOW,
        actor=actor,
        now=now,
        name=Name("domain", name),
        data=_facts(wanted) | {"transaction_id": wanted.transaction_id},
        approved_by=approved_by,
    )


def _facts(wanted: Intervention) -> dict[str, Any]:
    return {
        "intervention": wanted.pk,
        "kind": wanted.kind,
        "step": wanted.step,
        "outcome": wanted.outcome,
        "reason": wanted.reason,
        **({"wallet_id": wanted.wallet_id} if wanted.wallet_id else {}),
    }
