"""Rows, summaries and timelines as the templates take them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

import providers.queries
from assets.queries import get_asset
from kit.money import Money
from transactions.models import Status, Step, SubStatus, Transaction
from transactions.queries.describe import fiat_text, is_incoming, message

STEP_TITLES: dict[tuple[str, str], str | Promise] = {
    ("deposit", "seen"): gettext_lazy("Seen on the network"),
    ("deposit", "confirmed"): gettext_lazy("Confirmed by the network"),
    ("deposit", "credited"): gettext_lazy("Added to your balance"),
    ("deposit", "final"): gettext_lazy("Final"),
    ("send", "checked"): gettext_lazy("Checked"),
    ("send", "funds_held"): gettext_lazy("Funds held"),
    ("send", "signed"): gettext_lazy("Signed"),
    ("send", "broadcast"): gettext_lazy("Handed to the network"),
    ("send", "confirmed"): gettext_lazy("Confirmed by the network"),
    ("send", "settled"): gettext_lazy("Settled"),
    ("send", "final"): gettext_lazy("Final"),
    ("transfer", "checked"): gettext_lazy("Checked"),
    ("transfer", "moved"): gettext_lazy("Moved"),
    ("transfer", "told"): gettext_lazy("Both of you told"),
    ("refund", "checked"): gettext_lazy("Checked"),
    ("refund", "moved"): gettext_lazy("Given back"),
    ("refund", "told"): gettext_lazy("Both of you told"),
    ("on_ramp", "checked"): gettext_lazy("Checked"),
    ("on_ramp", "address_reserved"): gettext_lazy("Your address set aside"),
    ("on_ramp", "chosen"): gettext_lazy("Best offer found"),
    ("on_ramp", "ordered"): gettext_lazy("Order opened"),
    ("on_ramp", "paid"): gettext_lazy("Paid"),
    ("on_ramp", "delivered"): gettext_lazy("Coins on their way"),
    ("on_ramp", "credited"): gettext_lazy("Added to your balance"),
    ("on_ramp", "final"): gettext_lazy("Final"),
}
BETWEEN_PEOPLE = (Transaction.Type.TRANSFER, Transaction.Type.REFUND)
STEP_STATES = {
    Step.State.WAITING: "waiting",
    Step.State.ACTIVE: "current",
    Step.State.ASKING: "current",
    Step.State.UNDONE: "waiting",
    Step.State.DONE: "done",
    Step.State.FAILED: "failed",
}


@dataclass(frozen=True)
class Row:
    """A transaction as one line of a list; `money` is negative for what left."""

    id: str
    title: str
    party: str  # whom or where; an address may be long
    icon: str
    money: Money
    status: str
    at: datetime
    is_open: bool
    note: str  # where it is, while it is on its way


def row(transaction: Transaction, *, viewer_id: str) -> Row:
    """Return one transaction as its viewer's list shows it."""
    incoming = is_incoming(transaction, viewer_id=viewer_id)
    money = Money(transaction.amount_minor, transaction.asset_id)
    status = _shown_status(transaction, incoming=incoming)
    is_open = status not in (Status.COMPLETED, Status.FAILED, "credited")
    return Row(
        id=transaction.pk,
        title=_title(transaction, incoming=incoming, is_open=is_open),
        party=_party(transaction, incoming=incoming),
        icon=_icon(transaction, incoming=incoming),
        money=money if incoming else -money,
        status=status,
        at=transaction.created_at,
        is_open=is_open,
        note=message(transaction, incoming=incoming) if is_open else "",
    )


def rows(transactions: Iterable[Transaction], *, viewer_id: str) -> list[Row]:
    return [row(transaction, viewer_id=viewer_id) for transaction in transactions]


def timeline(transaction: Transaction) -> list[dict[str, Any]]:
    """Return the steps for components/timeline.html; the one under way says how far it is."""
    is_over = transaction.status in (Status.COMPLETED, Status.FAILED)
    found = [step for step in transaction.steps.all() if step.state != Step.State.SKIPPED]
    has_active = any(step.state in (Step.State.ACTIVE, Step.State.ASKING) for step in found)
    shown: list[dict[str, Any]] = []
    for step in found:
        state = STEP_STATES[Step.State(step.state)]
        if state == "waiting" and not has_active and not is_over:
            state, has_active = "current", True
        shown.append(
            {
                "title": STEP_TITLES.get((transaction.type, step.name), step.name),
                "state": state,
                "at": step.finished_at,
                **_under_way(transaction, state, is_over=is_over),
            }
        )
    return shown


def summary(transaction: Transaction, *, viewer_id: str) -> list[dict[str, Any]]:
    """Return the rows for components/summary_card.html."""
    incoming = is_incoming(transaction, viewer_id=viewer_id)
    money = Money(transaction.amount_minor, transaction.asset_id)
    asked: list[dict[str, Any] | None] = [
        {"label": _("Amount"), "money": money},
        *_payment_rows(transaction),
        *_fee_rows(transaction, money, incoming=incoming),
        _to_row(transaction, incoming=incoming),
        {"label": _("Network"), "text": transaction.network.name} if transaction.type not in BETWEEN_PEOPLE else None,
        _txid_row(transaction),
        {"label": _("Note"), "text": transaction.memo} if transaction.memo else None,
        {"label": _("Started"), "at": transaction.created_at},
        {"label": _("Reference"), "code": transaction.pk},
    ]
    return [entry for entry in asked if entry]


def confirmations(transaction: Transaction) -> str:
    """Return "1 of 3 confirmations"."""
    return ngettext(
        "%(count)d of %(required)d confirmation",
        "%(count)d of %(required)d confirmations",
        transaction.required_confirmations,
    ) % {
        "count": min(transaction.confirmations, transaction.required_confirmations),
        "required": transaction.required_confirmations,
    }


def about_seconds(seconds: int) -> str:
    """Return a waiting time in round words: about 30 seconds, about 12 minutes, about 2 hours."""
    if seconds < 90:
        rounded = max(10, round(seconds / 10) * 10)
        return ngettext("about %d second", "about %d seconds", rounded) % rounded
    minutes = round(seconds / 60)
    if minutes < 90:
        return ngettext("about %d minute", "about %d minutes", minutes) % minutes
    hours = round(minutes / 60)
    return ngettext("about %d hour", "about %d hours", hours) % hours


def explorer_url(transaction: Transaction) -> str:
    """Return the block explorer's page of the transaction, or "" where none is configured."""
    template: str = settings.NETWORKS[transaction.network_id].explorer_tx_url
    return template.replace("{txid}", transaction.txid) if template and transaction.txid else ""


def _under_way(transaction: Transaction, state: str, *, is_over: bool) -> dict[str, Any]:
    if state != "current" or is_over:
        return {}
    if transaction.status != Status.BLOCKCHAIN_PENDING or not transaction.required_confirmations:
        return {}
    required = transaction.required_confirmations
    percent = min(transaction.confirmations, required) * 100 // required
    return {"text": confirmations(transaction), "progress": percent}


def _shown_status(transaction: Transaction, *, incoming: bool) -> str:
    """Return the status as its badge names it: what arrives is credited long before it is final."""
    if transaction.type == Transaction.Type.ON_RAMP:
        return _buying_status(transaction)
    if not incoming or transaction.type != Transaction.Type.DEPOSIT:
        return transaction.status
    if transaction.status == Status.BLOCKCHAIN_PENDING:
        return "confirming" if transaction.confirmations else "seen"
    credited = (Status.BLOCKCHAIN_CONFIRMED, Status.BALANCE_UPDATED)
    return "credited" if transaction.status in credited else transaction.status


def _buying_status(transaction: Transaction) -> str:
    """Return the status of a purchase as its badge names it: whose turn it is."""
    if transaction.sub_status == SubStatus.WAITING_FOR_YOU and transaction.status == Status.PROVIDER_PROCESSING:
        return "awaiting_payment"
    words = {
        Status.INITIATED: "finding_offers",
        Status.BALANCE_RESERVED: "finding_offers",
        Status.PROVIDER_SELECTED: "finding_offers",
        Status.PROVIDER_PROCESSING: "buying",
        Status.COMPENSATING: "undoing",
    }
    return words.get(Status(transaction.status), transaction.status)


def _title(transaction: Transaction, *, incoming: bool, is_open: bool) -> str:
    asset = get_asset(transaction.asset_id)
    if transaction.type == Transaction.Type.REFUND:
        return _("Given back to you") if incoming else _("Given back")
    if transaction.type == Transaction.Type.ON_RAMP:
        return _buying_title(transaction, is_open=is_open) % {"asset": asset.name}
    if transaction.type == Transaction.Type.TRANSFER:
        return _("Received from a person") if incoming else _("Sent to a person")
    if transaction.status == Status.FAILED:
        words = _("%(asset)s not received") if incoming else _("%(asset)s not sent")
    elif incoming:
        words = _("Receiving %(asset)s") if is_open else _("Received %(asset)s")
    else:
        words = _("Sending %(asset)s") if is_open else _("Sent %(asset)s")
    return words % {"asset": asset.name}


def _buying_title(transaction: Transaction, *, is_open: bool) -> str:
    if transaction.status == Status.FAILED:
        return _("%(asset)s not bought")
    return _("Buying %(asset)s") if is_open else _("Bought %(asset)s")


def _party(transaction: Transaction, *, incoming: bool) -> str:
    if transaction.type in BETWEEN_PEOPLE and incoming:
        return transaction.user.email if transaction.user else ""
    return transaction.to_address


def _icon(transaction: Transaction, *, incoming: bool) -> str:
    if transaction.type in BETWEEN_PEOPLE:
        return "arrow-left-right"
    return "arrow-down-left" if incoming else "arrow-up-right"


def _fee_rows(transaction: Transaction, money: Money, *, incoming: bool) -> list[dict[str, Any]]:
    if incoming:
        return []
    if transaction.type in BETWEEN_PEOPLE:
        return [{"label": _("Fee"), "text": _("Free")}]
    is_settled = transaction.fee_minor is not None
    if not is_settled:
        ceiling = Money(transaction.max_fee_minor, transaction.fee_asset_id)
        return [{"label": _("Network fee, at most"), "money": ceiling, "note": _("What is not needed comes back.")}]
    fee = Money(transaction.fee_minor, transaction.fee_asset_id)
    paid: list[dict[str, Any]] = [{"label": _("Network fee"), "money": fee}]
    if fee.asset == money.asset and transaction.status == Status.COMPLETED:
        paid.append({"label": _("Left your wallet"), "money": money + fee, "is_total": True})
    return paid


def _payment_rows(transaction: Transaction) -> list[dict[str, Any]]:
    if transaction.type != Transaction.Type.ON_RAMP:
        return []
    paid = fiat_text(transaction.source_minor, transaction.source_currency)
    return [
        {"label": _("You pay"), "text": f"{paid} {transaction.source_currency}", "note": _("All fees included.")},
        {"label": _("Payment partner"), "text": provider_name(transaction.provider)},
    ]


def provider_name(code: str) -> str:
    """Return a provider as people know it."""
    return providers.queries.get_provider(code).name if code else _("Being chosen")


def _to_row(transaction: Transaction, *, incoming: bool) -> dict[str, Any] | None:
    if transaction.type in BETWEEN_PEOPLE:
        return {"label": _("From") if incoming else _("To"), "text": _party(transaction, incoming=incoming)}
    if not transaction.to_address:
        return None
    return {"label": _("To your address") if incoming else _("To"), "address": transaction.to_address}


def _txid_row(transaction: Transaction) -> dict[str, Any] | None:
    if not transaction.txid:
        return None
    return {"label": _("Network id"), "address": transaction.txid, "href": explorer_url(transaction)}
