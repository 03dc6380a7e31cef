"""
A refund, in the order it happens: the person who received a transfer gives it back, whole or in
parts, to whoever sent it: check, move, tell. Never more comes back than was given.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction as database
from django.db.models import Sum

import events.services
from assets.models import Asset
from kit.errors import InvalidInput, NotFound
from kit.money import AmountInvalid, parse_amount
from transactions.engine import run as engine
from transactions.engine.base import Done, Flow, Kind, Result, StepOf, Work
from transactions.errors import NotRefundable
from transactions.flows.transfer import AT_ONCE, give, tell_both
from transactions.models import Status, Transaction
from transactions.queries.find import locked
from transactions.services import lifecycle


@dataclass(frozen=True)
class Refundable:
    """A transfer that may be given back, and how much of it is left to give, in minor units."""

    transfer: Transaction
    left_minor: int


def look_up(*, user_id: str, transaction_id: str) -> Refundable:
    """
    Return what this person can give back of a transfer they received.

    :raises NotFound: if they received no such transfer
    :raises NotRefundable: if nothing of it is left to give back
    """
    transfer = Transaction.objects.filter(
        pk=transaction_id, type=Transaction.Type.TRANSFER, recipient_user_id=user_id
    ).first()
    if transfer is None:
        raise NotFound("You have received no such transfer.")
    left = _left(transfer)
    if transfer.status != Status.COMPLETED or left <= 0 or transfer.user_id == user_id:
        raise NotRefundable
    return Refundable(transfer, left)


@database.atomic
@events.services.gather()
def carry_out(*, user_id: str, transaction_id: str, amount: str, key: str, now: datetime) -> Transaction:
    """
    Give back so much, in the asset's unit; empty: all that is left. The same key again returns the same refund.

    :raises InvalidInput: if the amount is none
    :raises NotFound, NotRefundable: as look_up, also if less is left to give back
    :raises InsufficientFunds: if the wallet that received it does not hold it any more
    """
    repeated = Transaction.objects.filter(key=key).first()
    if repeated:
        return repeated
    look_up(user_id=user_id, transaction_id=transaction_id)
    transfer = locked(transaction_id)  # refunds of one transfer wait for one another: the sum below stays true
    left = _left(transfer)
    minor = _minor(amount, transfer.asset) if amount else left
    if minor > left or left <= 0:
        raise NotRefundable("More than is left of it cannot be given back.")
    transaction = lifecycle.open_transaction(
        type=Transaction.Type.REFUND,
        key=key,
        actor=user_id,
        parent=transfer,
        user_id=user_id,
        wallet_id=transfer.recipient_wallet_id,
        recipient_user_id=transfer.user_id,
        recipient_wallet_id=transfer.wallet_id,
        network_id=transfer.network_id,
        asset_id=transfer.asset_id,
        amount_minor=minor,
        fee_asset_id=transfer.asset_id,
        fee_minor=0,
        to_address=transfer.user.email if transfer.user else "",
        memo=transfer.memo,
        now=now,
    )
    engine.begin(transaction, now=now, actor=user_id)
    return transaction


def _minor(amount: str, asset: Asset) -> int:
    try:
        return parse_amount(amount.strip(), scale=asset.scale)
    except AmountInvalid as error:
        raise InvalidInput(str(error), fields={"amount": [str(error)]}) from error


def _left(transfer: Transaction) -> int:
    """Return what has not been given back yet; what failed does not count."""
    given = transfer.children.filter(type=Transaction.Type.REFUND).exclude(status=Status.FAILED)
    return transfer.amount_minor - int(given.aggregate(total=Sum("amount_minor"))["total"] or 0)


def _check(work: Work, answer: Any) -> Result:
    """That it may be given back was checked under the transfer's lock."""
    return Done()


FLOW = Flow(
    Transaction.Type.REFUND,
    [
        StepOf("checked", Kind.VALIDATION, "checks that so much of the transfer is left to give back", _check),
        StepOf(
            "moved",
            Kind.UPDATE,
            "moves the money back in one posting",
            give,
            via=AT_ONCE,
        ),
        StepOf("told", Kind.NOTIFICATION, "tells both people", tell_both),
    ],
    says="Whoever received a transfer gives it back, whole or in parts.",
    command="InitiateRefundCommand",
)
