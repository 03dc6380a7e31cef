"""Opening a transaction, moving it along its table, and telling of it: each with its fact."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction as database
from prometheus_client import Counter

import events.services
from events.services import Live, Name
from kit import sql, tracing
from kit.ids import new_id
from kit.states import IllegalMove
from transactions.models import STATUS_FLOW, Status, Step, Transaction
from transactions.queries.describe import describe
from transactions.queries.outlook import BETWEEN_PEOPLE
from transactions.registry import flow_of
from transactions.services import gathering

_arrivals = Counter("holdfast_transactions_moved", "Transactions that came to a status.", ["type", "network", "status"])
NAMES = {
    Status.INITIATED: "TransactionInitiated",
    Status.BALANCE_RESERVED: "BalanceReserved",
    Status.PROVIDER_SELECTED: "ProviderSelected",
    Status.PROVIDER_PROCESSING: "ProviderProcessing",
    Status.PROVIDER_FAILOVER: "ProviderFailedOver",
    Status.BLOCKCHAIN_PENDING: "BlockchainTransactionBroadcast",
    Status.BLOCKCHAIN_CONFIRMED: "TransactionConfirmed",
    Status.BALANCE_UPDATED: "BalanceUpdated",
    Status.COMPENSATING: "CompensationStarted",
    Status.COMPLETED: "TransactionCompleted",
    Status.FAILED: "TransactionFailed",
}
"""The domain event that says a transaction came to a status."""


def open_transaction(
    *, now: datetime, actor: str, status: Status = Status.INITIATED, live_type: str = "", id: str = "", **fields: Any
) -> Transaction:
    """Create a transaction in its first status, with the command that asked for it and the fact; its steps follow."""
    transaction = Transaction(id=id or new_id("txn"), status=status, created_at=now, updated_at=now, **fields)
    gathered = gathering.current()
    if gathered is None:
        sql.insert([transaction])
    else:
        gathered.open(transaction)
    command = flow_of(transaction.type).command
    if command:
        tell(transaction, command, category="command", now=now, actor=actor)
    events.services.record(
        type=f"transaction.{status}",
        name=Name("domain", NAMES[status]),
        subject=transaction,
        actor=actor,
        user_id=transaction.user_id or "",
        now=now,
        data=_facts(transaction),
        live=_live(transaction, live_type, steps=[]) if live_type else None,
    )
    _count(transaction, status)
    tracing.opened(transaction.pk, transaction.type)
    return transaction


def walk(
    transaction: Transaction,
    statuses: Sequence[Status],
    *,
    now: datetime,
    actor: str = "system",
    live: str = "",
    steps: list[Step] | None = None,
    **fields: Any,
) -> None:
    """
    Move a transaction through these statuses, each with its fact; the last one carries `fields` and the live message.

    :raises IllegalMove: if the table forbids one, or another worker was first
    """
    if gathering.holds(transaction):
        for name, value in fields.items():
            setattr(transaction, name, value)
        fields = {}
    on_the_way = list(statuses if not fields else statuses[:-1])
    if len(on_the_way) > 1 or (on_the_way and gathering.holds(transaction)):
        is_last = len(on_the_way) == len(statuses)
        _walk(transaction, on_the_way, now=now, actor=actor, live=live if is_last else "", steps=steps)
        statuses = statuses[len(on_the_way) :]
    for status in statuses[:-1]:
        move(transaction, status, now=now, actor=actor)
    if statuses:
        move(transaction, statuses[-1], now=now, actor=actor, live=live, steps=steps, **fields)


def _walk(
    transaction: Transaction, statuses: list[Status], *, now: datetime, actor: str, live: str, steps: list[Step] | None
) -> None:
    """Move through several statuses in one round trip; each is written, and has its fact, as if moved by itself."""
    source = Status(transaction.status)
    for here, to in zip([source, *statuses], statuses, strict=False):
        STATUS_FLOW.check(here, to)
    gathered = gathering.current()
    if gathered is not None and transaction.pk in gathered.opened:
        gathered.walked[transaction.pk] += statuses
    else:
        ((moved,),) = sql.rows("SELECT transactions_walk(%s, %s, %s, %s)", [transaction.pk, source, statuses, now])
        if not moved:
            raise IllegalMove(f"It had already left {source} when it should have gone to {statuses[0]}.")
    transaction.updated_at = now
    for to in statuses:
        transaction.status = to
        is_shown = bool(live) and to is statuses[-1] and bool(transaction.user_id)
        events.services.record(
            type=f"transaction.{to}",
            name=Name("domain", NAMES[to]),
            subject=transaction,
            actor=actor,
            user_id=transaction.user_id or "",
            now=now,
            data={"from": source, "to": to, **_facts(transaction)},
            live=_live(transaction, live, steps=steps) if is_shown else None,
        )
        _count(transaction, to)
        source = to


def move(
    transaction: Transaction,
    to: Status,
    *,
    now: datetime,
    actor: str = "system",
    live: str = "",
    steps: list[Step] | None = None,
    **fields: Any,
) -> None:
    """
    Move a transaction along the table of allowed moves, with its fact, in the caller's transaction.

    `live` names the owner's feed message; the message shows the transaction as it is then.

    :raises IllegalMove: if the table forbids it, or another worker was first
    """
    for name, value in {"updated_at": now, **fields}.items():
        setattr(transaction, name, value)
    shown = _live(transaction, live, status=to, steps=steps) if live and transaction.user_id else None
    events.services.move(
        transaction,
        to,
        flow=STATUS_FLOW,
        actor=actor,
        now=now,
        user_id=transaction.user_id or "",
        name=Name("domain", NAMES[to]),
        data=_facts(transaction),
        live=shown,
        **fields,
    )
    _count(transaction, to)


def tell(transaction: Transaction, name: str, *, category: str, now: datetime, actor: str = "system") -> None:
    """Record a fact of the transaction that changes no status: a command, or what a step or a provider did."""
    events.services.record(
        type=f"flow.{name}",
        name=Name(category, name),
        subject=transaction,
        actor=actor,
        user_id=transaction.user_id or "",
        now=now,
        data={"type": transaction.type, "network": transaction.network_id, "provider": transaction.provider},
    )


def show(
    transaction: Transaction, *, now: datetime, live: str = "transaction.updated", steps: list[Step] | None = None
) -> None:
    """Tell the owner's feed how a transaction stands, where no status changed (a confirmation more)."""
    if transaction.user_id:
        events.services.record(
            type="transaction.progressed",
            subject=transaction,
            actor="system",
            user_id=transaction.user_id,
            now=now,
            data=_facts(transaction),
            live=_live(transaction, live, steps=steps),
        )


def rename(transaction: Transaction, *, txid: str, now: datetime) -> None:
    """Write down under which id the network now has a locked transaction, and tell its owner."""
    transaction.txid, transaction.updated_at = txid, now
    transaction.save(update_fields=["txid", "updated_at"])
    show(transaction, now=now)


def _count(transaction: Transaction, status: Status) -> None:
    """Count it once it is true: when the caller's database transaction has committed."""
    arrival = _arrivals.labels(transaction.type, transaction.network_id, status)
    database.on_commit(partial(arrival.inc, 1), robust=True)


def as_live(transaction: Transaction, type: str, shown: Mapping[str, Any]) -> Live:
    """Return the feed message of what `describe` gave; events keep no notes, and nobody's e-mail address."""
    named = ("to", "memo") if transaction.type in BETWEEN_PEOPLE else ("memo",)
    private = {name: shown[name] for name in named if shown[name]}
    return Live(type, {name: value for name, value in shown.items() if name not in private}, private)


def _facts(transaction: Transaction) -> dict[str, Any]:
    """
    Return what the event keeps of it; amounts as minor units in text.

    Between people here the recipient is named by their id: how the sender named them is mostly an e-mail address.
    """
    is_here = transaction.type in BETWEEN_PEOPLE
    return {
        "type": transaction.type,
        "network": transaction.network_id,
        "asset": transaction.asset_id,
        "amount_minor": str(transaction.amount_minor),
        "wallet_id": transaction.wallet_id,
        "to_address": "" if is_here else transaction.to_address,
        "recipient_user_id": transaction.recipient_user_id or "",
        "txid": transaction.txid,
        "confirmations": transaction.confirmations,
        "sub_status": transaction.sub_status,
        "failure_code": transaction.failure_code,
        "fee_asset": transaction.fee_asset_id,
        "fee_minor": None if transaction.fee_minor is None else str(transaction.fee_minor),
        "provider": transaction.provider,
    }


def _live(transaction: Transaction, type: str, status: Status | None = None, steps: list[Step] | None = None) -> Live:
    before = transaction.status
    transaction.status = status or before
    try:
        return as_live(transaction, type, describe(transaction, viewer_id=transaction.user_id or "", steps=steps))
    finally:
        transaction.status = before
