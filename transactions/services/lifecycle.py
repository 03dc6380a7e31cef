"""Opening a transaction, moving it along its table, and keeping its timeline: each with its fact."""

from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction as database
from prometheus_client import Counter

import events.services
from events.services import Live
from kit.ids import new_id
from transactions.models import STATUS_FLOW, Status, Step, Transaction
from transactions.queries.describe import describe

_arrivals = Counter("holdfast_transactions_moved", "Transactions that came to a status.", ["type", "network", "status"])
K = Step.Kind
STEPS: dict[str, list[tuple[str, Step.Kind]]] = {
    Transaction.Type.DEPOSIT: [
        ("seen", K.BLOCKCHAIN),
        ("confirmed", K.BLOCKCHAIN),
        ("credited", K.UPDATE),
        ("final", K.BLOCKCHAIN),
    ],
    Transaction.Type.SEND: [
        ("checked", K.VALIDATION),
        ("funds_held", K.RESERVATION),
        ("signed", K.PROVIDER),
        ("broadcast", K.BLOCKCHAIN),
        ("confirmed", K.BLOCKCHAIN),
        ("settled", K.UPDATE),
    ],
    Transaction.Type.TRANSFER: [("checked", K.VALIDATION), ("moved", K.UPDATE)],
    Transaction.Type.SWEEP: [
        ("gas_ready", K.VALIDATION),
        ("signed", K.PROVIDER),
        ("broadcast", K.BLOCKCHAIN),
        ("confirmed", K.BLOCKCHAIN),
        ("settled", K.UPDATE),
    ],
}
"""The timeline of each type, in order."""


def open_transaction(*, status: Status, now: datetime, live_type: str = "", actor: str, **fields: Any) -> Transaction:
    """Create a transaction in its first status, with its timeline and the fact."""
    transaction = Transaction.objects.create(id=new_id("txn"), status=status, created_at=now, updated_at=now, **fields)
    Step.objects.bulk_create(
        Step(transaction=transaction, position=position, name=name, kind=kind)
        for position, (name, kind) in enumerate(STEPS[transaction.type], start=1)
    )
    events.services.record(
        type=f"transaction.{status}",
        subject=transaction,
        actor=actor,
        user_id=transaction.user_id or "",
        now=now,
        data=_facts(transaction),
        live=_live(transaction, live_type) if live_type else None,
    )
    _count(transaction, status)
    return transaction


def move(
    transaction: Transaction, to: Status, *, now: datetime, actor: str = "system", live: str = "", **fields: Any
) -> None:
    """
    Move a transaction along the table of allowed moves, with its fact, in the caller's transaction.

    `live` names the owner's feed message; the message shows the transaction as it is then.

    :raises IllegalMove: if the table forbids it, or another worker was first
    """
    for name, value in {"status": to, "updated_at": now, **fields}.items():
        if name != "status":
            setattr(transaction, name, value)
    shown = _live(transaction, live, status=to) if live and transaction.user_id else None
    events.services.move(
        transaction,
        to,
        flow=STATUS_FLOW,
        actor=actor,
        now=now,
        user_id=transaction.user_id or "",
        data=_facts(transaction),
        live=shown,
        **fields,
    )
    _count(transaction, to)


def show(transaction: Transaction, *, now: datetime, live: str = "transaction.updated") -> None:
    """Tell the owner's feed how a transaction stands, where no status changed (a confirmation more)."""
    if transaction.user_id:
        events.services.record(
            type="transaction.progressed",
            subject=transaction,
            actor="system",
            user_id=transaction.user_id,
            now=now,
            data=_facts(transaction),
            live=_live(transaction, live),
        )


def step(transaction: Transaction, *names: str, state: Step.State = Step.State.DONE, now: datetime) -> None:
    """Mark steps of the timeline; one that is done or failed keeps its first times."""
    over = state in (Step.State.DONE, Step.State.FAILED, Step.State.SKIPPED)
    for found in transaction.steps.filter(name__in=names).exclude(state__in=[Step.State.DONE, Step.State.FAILED]):
        found.state = state
        found.started_at = found.started_at or now
        found.finished_at = now if over else None
        found.save(update_fields=["state", "started_at", "finished_at"])


def _count(transaction: Transaction, status: Status) -> None:
    """Count it once it is true: when the caller's database transaction has committed."""
    arrival = _arrivals.labels(transaction.type, transaction.network_id, status)
    database.on_commit(partial(arrival.inc, 1), robust=True)


def _facts(transaction: Transaction) -> dict[str, Any]:
    """Return what the event keeps of it; amounts as minor units in text."""
    return {
        "type": transaction.type,
        "network": transaction.network_id,
        "asset": transaction.asset_id,
        "amount_minor": str(transaction.amount_minor),
        "wallet_id": transaction.wallet_id,
        "to_address": transaction.to_address,
        "txid": transaction.txid,
        "confirmations": transaction.confirmations,
        "sub_status": transaction.sub_status,
        "failure_code": transaction.failure_code,
    }


def _live(transaction: Transaction, type: str, status: Status | None = None) -> Live:
    before = transaction.status
    transaction.status = status or before
    try:
        return Live(type, describe(transaction, viewer_id=transaction.user_id or ""))
    finally:
        transaction.status = before
