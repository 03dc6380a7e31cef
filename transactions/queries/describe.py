"""A transaction in the words and figures its owner sees: the API's answer and the live feed's data."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

import chains.queries
from assets.queries import get_asset
from chains.values import NetworkConfig
from kit.money import format_minor
from transactions.models import Status, Step, SubStatus, Transaction
from transactions.queries.halts import halt_over
from transactions.queries.outlook import BETWEEN_PEOPLE, in_words, outlook

PROGRESS = {
    Status.INITIATED: 5,
    Status.BALANCE_RESERVED: 15,
    Status.PROVIDER_SELECTED: 25,
    Status.PROVIDER_PROCESSING: 35,
    Status.PROVIDER_FAILOVER: 35,
    Status.BLOCKCHAIN_PENDING: 50,
    Status.BLOCKCHAIN_CONFIRMED: 90,
    Status.BALANCE_UPDATED: 95,
    Status.COMPENSATING: 60,
    Status.COMPLETED: 100,
    Status.FAILED: 100,
}
CANCELLABLE = (Status.INITIATED, Status.BALANCE_RESERVED)
"""Statuses before anything is signed."""

ON_ITS_WAY = (Status.PROVIDER_PROCESSING, Status.BLOCKCHAIN_PENDING)
"""Statuses in which what is signed may be in no block yet."""

BEFORE_PAYMENT = (Status.BALANCE_RESERVED, Status.PROVIDER_SELECTED, Status.PROVIDER_PROCESSING)
BUYING = (*BEFORE_PAYMENT, Status.INITIATED, Status.PROVIDER_FAILOVER, Status.COMPENSATING)
INCOMING = (Transaction.Type.DEPOSIT, Transaction.Type.ON_RAMP)
FIAT_SCALES = {"USD": 2, "EUR": 2, "GBP": 2}
"""The currencies people may pay in, and their decimals (ISO 4217)."""


def describe(transaction: Transaction, *, viewer_id: str, steps: list[Step] | None = None) -> dict[str, Any]:
    """Return the transaction as API.md shows it to this person; amounts are decimal strings."""
    scale = get_asset(transaction.asset_id).scale
    incoming = is_incoming(transaction, viewer_id=viewer_id)
    cancellable = can_cancel(transaction, viewer_id=viewer_id, steps=steps)
    replaceable = can_replace(transaction, viewer_id=viewer_id)
    ahead = outlook(transaction, incoming=incoming, can_cancel=cancellable, can_replace=replaceable)
    return {
        "id": transaction.pk,
        "type": transaction.type,
        "direction": "in" if incoming else "out",
        "status": transaction.status,
        "sub_status": transaction.sub_status,
        "progress": progress(transaction),
        "message": _halted(transaction) or message(transaction, incoming=incoming),
        "tone": ahead.tone,
        "next_step": ahead.next_step,
        "estimate_seconds": ahead.seconds,
        "asset": transaction.asset_id,
        "amount": format_minor(transaction.amount_minor, scale=scale),
        "wallet_id": transaction.recipient_wallet_id if _is_received(transaction, viewer_id) else transaction.wallet_id,
        "to": transaction.to_address,
        "memo": transaction.memo,
        "priority": transaction.priority,
        "fee": None if incoming else _fee(transaction),
        "network": _network(transaction),
        "steps": [_step(step) for step in (transaction.steps.all() if steps is None else steps)],
        "can_cancel": cancellable,
        "can_replace": replaceable,
        "failure": _failure(transaction),
        "payment": _payment(transaction, steps) if transaction.type == Transaction.Type.ON_RAMP else None,
        "parent_id": transaction.parent_id,
        "created_at": transaction.created_at.isoformat(),
        "updated_at": transaction.updated_at.isoformat(),
    }


def is_incoming(transaction: Transaction, *, viewer_id: str) -> bool:
    return transaction.type in INCOMING or _is_received(transaction, viewer_id)


def can_cancel(transaction: Transaction, *, viewer_id: str, steps: list[Step] | None = None) -> bool:
    """
    Tell whether this person may still call it off: nothing is signed, and nothing is paid.

    Not while a company is being asked to open an order: nobody knows then whether there is one to cancel.
    """
    if transaction.user_id != viewer_id:
        return False
    if transaction.type == Transaction.Type.SEND:
        return transaction.status in CANCELLABLE
    if transaction.type == Transaction.Type.ON_RAMP and transaction.status in BEFORE_PAYMENT:
        known = {step.name: step.state for step in (transaction.steps.all() if steps is None else steps)}
        return known.get("ordered") == Step.State.WAITING or known.get("paid") == Step.State.ASKING
    return False


def can_replace(transaction: Transaction, *, viewer_id: str) -> bool:
    """Tell whether this person's send waits on a network where it can be sped up or called off."""
    if transaction.user_id != viewer_id or transaction.type != Transaction.Type.SEND or transaction.confirmations:
        return False
    return transaction.status in ON_ITS_WAY and chains.queries.get_adapter(transaction.network_id).replaces


def progress(transaction: Transaction) -> int:
    """Return 0 to 100; while blocks are counted it moves with every one of them."""
    base = PROGRESS[Status(transaction.status)]
    if transaction.status == Status.BLOCKCHAIN_PENDING and transaction.required_confirmations:
        share = min(transaction.confirmations, transaction.required_confirmations) / transaction.required_confirmations
        return base + int(40 * share)
    return base


def message(transaction: Transaction, *, incoming: bool) -> str:  # noqa: C901, PLR0911, PLR0912  # one sentence per state
    """Return one plain sentence: where it is, and what happens next."""
    status = Status(transaction.status)
    if transaction.type == Transaction.Type.ON_RAMP and status in BUYING:
        return _buying(transaction)
    if transaction.type in BETWEEN_PEOPLE and status not in (Status.COMPLETED, Status.FAILED):
        return _between_people(transaction)
    if status == Status.COMPLETED:
        return _("Received.") if incoming else _("Sent and confirmed.") if transaction.txid else _("Done.")
    if status == Status.FAILED:
        return transaction.failure_reason or _("This did not go through. Nothing was taken.")
    if status == Status.COMPENSATING:
        return _("This is being undone.") if not incoming else _("The network took this back; we are watching for it.")
    if status in (Status.BLOCKCHAIN_CONFIRMED, Status.BALANCE_UPDATED):
        return _("Confirmed. The money is yours to use.") if incoming else _("Confirmed.")
    if status == Status.BLOCKCHAIN_PENDING:
        return _waiting_for_blocks(transaction)
    if transaction.sub_status == SubStatus.WAITING_FOR_LIQUIDITY:
        return _("Waiting for coins to reach the paying wallet. It goes on by itself.")
    if transaction.sub_status == SubStatus.WAITING_FOR_LOWER_FEES:
        return _("Network fees are above your limit right now. It goes on by itself when they fall, or cancel it.")
    if transaction.sub_status == SubStatus.WAITING_FOR_BATCH:
        return _("Your money is set aside; it is sent together with others in a moment, which keeps the fee low.")
    if transaction.sub_status == SubStatus.SENDS_HALTED:
        return _("Sends like this one are paused while we check something. Your money is set aside; you can cancel it.")
    if transaction.sub_status == SubStatus.TRANSACTION_BROADCASTING:
        return _("Signed and being handed to the network.")
    if transaction.sub_status in (SubStatus.TRANSACTION_BUILDING, SubStatus.TRANSACTION_SIGNING):
        return _("Your money is set aside; it is being prepared and signed.")
    if status == Status.INITIATED:
        return _("We are checking it; nothing has been taken yet.")
    if incoming:
        return _("Your money is on its way to you.")
    return _("Your money is set aside; sending starts in a moment.")


def _halted(transaction: Transaction) -> str:
    """Return of which asset nothing leaves, and why; looked up for what waits for that, empty for all else."""
    if (transaction.status, transaction.sub_status) != (Status.BALANCE_RESERVED, SubStatus.SENDS_HALTED):
        return ""
    found = halt_over(transaction)
    if found is None:
        return _("Sends go on again: yours is signed in a moment.")
    if found.asset_id == transaction.asset_id:
        words = _("Sends of %(asset)s are paused while we check something: %(why)s. Your money is set aside.")
    else:
        words = _("Its fee is paid in %(asset)s, of which nothing leaves now: %(why)s. Your money is set aside.")
    return words % {"asset": found.asset_id, "why": found.reason.rstrip(".")}


def _between_people(transaction: Transaction) -> str:
    """Return where a transfer is that is not over: it takes a moment, or is being taken back."""
    if transaction.status == Status.COMPENSATING:
        return _("This is being undone.")
    return _("It is being moved from one person to the other, which takes a moment.")


def _buying(transaction: Transaction) -> str:
    """Return where a purchase of coins is, before they are on the network."""
    if transaction.status == Status.PROVIDER_FAILOVER:
        return _("The payment partner could not do it; we are asking another one. Nothing was taken.")
    if transaction.status == Status.COMPENSATING:
        return _("This is being undone. If you have paid, your payment partner is giving it back.")
    if transaction.sub_status == SubStatus.WAITING_FOR_YOU:
        return _("Waiting for your payment.")
    if transaction.sub_status == SubStatus.FIAT_PAYMENT_PENDING:
        return _("Your payment is being checked.")
    if transaction.sub_status in (SubStatus.FIAT_PAYMENT_CONFIRMED, SubStatus.CONVERSION_PENDING):
        return _("Paid. Your coins are being bought and sent.")
    return _("Finding you the best offer.")


def _waiting_for_blocks(transaction: Transaction) -> str:
    missing = max(transaction.required_confirmations - transaction.confirmations, 1)
    if transaction.confirmations == 0:
        return _("On the network, waiting for its first block, %(time)s.") % {"time": _about(transaction, missing)}
    words = ngettext(
        "Waiting for %(count)d more confirmation, %(time)s.",
        "Waiting for %(count)d more confirmations, %(time)s.",
        missing,
    )
    return words % {"count": missing, "time": _about(transaction, missing)}


def _about(transaction: Transaction, blocks: int) -> str:
    return in_words(blocks * _config(transaction).block_seconds)


def _is_received(transaction: Transaction, viewer_id: str) -> bool:
    return transaction.recipient_user_id == viewer_id and transaction.user_id != viewer_id


def _fee(transaction: Transaction) -> Mapping[str, str | None]:
    scale = get_asset(transaction.fee_asset_id).scale
    real = None if transaction.fee_minor is None else format_minor(transaction.fee_minor, scale=scale)
    return {
        "asset": transaction.fee_asset_id,
        "amount": real,
        "max": format_minor(transaction.max_fee_minor, scale=scale),
    }


def _network(transaction: Transaction) -> Mapping[str, Any] | None:
    if transaction.type == Transaction.Type.TRANSFER:
        return None
    url = _config(transaction).explorer_tx_url
    return {
        "code": transaction.network_id,
        "txid": transaction.txid,
        "confirmations": transaction.confirmations,
        "required": transaction.required_confirmations,
        "explorer_url": url.replace("{txid}", transaction.txid) if url and transaction.txid else "",
    }


def _config(transaction: Transaction) -> NetworkConfig:
    config: NetworkConfig = settings.NETWORKS[transaction.network_id]
    return config


def _step(step: Step) -> Mapping[str, Any]:
    return {
        "name": step.name,
        "kind": step.kind,
        "state": step.state,
        "started_at": step.started_at.isoformat() if step.started_at else None,
        "finished_at": step.finished_at.isoformat() if step.finished_at else None,
    }


def fiat_text(minor: int, currency: str) -> str:
    """Return an amount of fiat with all its decimals, such as 100.00."""
    scale = FIAT_SCALES[currency]
    return f"{Decimal(minor).scaleb(-scale):.{scale}f}"


def _payment(transaction: Transaction, steps: list[Step] | None) -> Mapping[str, Any]:
    """Return what the person pays, to whom, and until when; the link to pay by is asked for when it is used."""
    paid = next((step for step in (transaction.steps.all() if steps is None else steps) if step.name == "paid"), None)
    is_open = paid is not None and paid.state == Step.State.ASKING
    return {
        "currency": transaction.source_currency,
        "amount": fiat_text(transaction.source_minor, transaction.source_currency),
        "provider": transaction.provider,
        "can_pay": is_open,
        "question": paid.question if is_open and paid else "",
        "deadline": paid.deadline_at.isoformat() if is_open and paid and paid.deadline_at else None,
    }


def _failure(transaction: Transaction) -> Mapping[str, str] | None:
    if not transaction.failure_code:
        return None
    return {"code": transaction.failure_code, "reason": transaction.failure_reason}
