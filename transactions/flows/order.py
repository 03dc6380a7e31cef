"""A payment as a person asks for it: previewed on the very path that would carry it out, then carried out."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction as database

import ledger.queries
from assets.models import Asset
from assets.queries import get_asset, native_asset
from chains.values import Priority
from kit.errors import InvalidInput
from kit.money import AmountInvalid, format_minor, parse_amount
from transactions.errors import FeeAboveCeiling
from transactions.flows import quote, send, transfer
from transactions.models import Transaction
from transactions.services import previews
from wallets.queries import available_account


@dataclass(frozen=True)
class Order:
    """
    What a person asks for; `amount` as they wrote it, in the asset's unit.

    `max_fee` is the most that may be held for the network's fee, in the unit of the asset it is
    paid in; empty: whatever the ceiling is.
    """

    type: str
    wallet_id: str
    asset: str
    amount: str
    to: str
    memo: str = ""
    priority: str = "normal"
    max_fee: str = ""


@dataclass(frozen=True)
class Preview:
    """What would happen: figures in minor units of `asset`, the fee's in those of `fee_asset`."""

    type: str
    asset: str
    minor: int
    to: str
    fee_asset: str
    fee_minor: int
    max_fee_minor: int
    seconds: int
    is_new_address: bool
    looks_like: str
    may_need_memo: bool
    available_after: int

    @property
    def total_minor(self) -> int:
        """What leaves at most; of an asset that pays its own fee, amount and ceiling together."""
        return self.minor + (self.max_fee_minor if self.fee_asset == self.asset else 0)


@dataclass(frozen=True)
class Ready:
    """A checked and priced order, and the one call that carries it out."""

    preview: Preview
    carry_out: Callable[[str, datetime], Transaction]


def prepare(order: Order, *, user_id: str, now: datetime) -> Ready:
    """
    Check and price an order; may ask the network, so it runs outside any database transaction.

    :raises DomainError: whatever forbids it, see flows.quote.quote and flows.transfer.order
    :raises FeeAboveCeiling: if more would be held for the fee than max_fee
    """
    if order.type == Transaction.Type.TRANSFER:
        return _prepare_transfer(order, user_id)
    minor = _minor("amount", order.amount, get_asset(order.asset))
    agreed_minor = _minor("max_fee", order.max_fee, _fee_asset(order)) if order.max_fee else None
    found = quote.quote(
        user_id=user_id,
        wallet_id=order.wallet_id,
        asset=order.asset,
        minor=minor,
        to=order.to.strip(),
        memo=order.memo,
        priority=Priority(order.priority),
        now=now,
    )
    if agreed_minor is not None and found.is_above(agreed_minor):
        raise _above(found, agreed_minor)
    preview = Preview(
        type=order.type,
        asset=order.asset,
        minor=minor,
        to=found.to,
        fee_asset=found.fee_asset,
        fee_minor=found.fee_minor,
        max_fee_minor=found.max_fee_minor,
        seconds=found.seconds,
        is_new_address=found.is_new_address,
        looks_like=found.looks_like,
        may_need_memo=found.may_need_memo,
        available_after=0,
    )
    return Ready(preview, lambda key, at: send.request(found, user_id=user_id, key=key, now=at))


def rehearse(ready: Ready, *, user_id: str, wallet_id: str, now: datetime) -> Preview:
    """
    Carry the order out in a transaction that is rolled back, so that preview and execution are one path.

    That it was shown to this person is all that is kept of it.

    :raises DomainError: whatever would have stopped it, such as InsufficientFunds
    """
    with database.atomic():
        ready.carry_out(f"preview:{wallet_id}:{now.timestamp()}", now)
        code = available_account(wallet_id)
        left = ledger.queries.balance(code=code, asset=ready.preview.asset)
        database.set_rollback(True)
    previews.note(user_id=user_id, wallet_id=wallet_id, type=ready.preview.type, asset=ready.preview.asset, now=now)
    return Preview(**{**ready.preview.__dict__, "available_after": left})


def check_transfer(order: Order, *, user_id: str) -> transfer.Order:
    """
    Check a transfer as it was asked for.

    :raises InvalidInput: if the amount, or the most for the fee, is none
    :raises DomainError: as flows.transfer.order
    """
    minor = _minor("amount", order.amount, get_asset(order.asset))
    if order.max_fee:
        _minor("max_fee", order.max_fee, _fee_asset(order))
    return transfer.order(
        user_id=user_id,
        wallet_id=order.wallet_id,
        asset=order.asset,
        minor=minor,
        to=order.to.strip(),
        memo=order.memo,
    )


def _prepare_transfer(order: Order, user_id: str) -> Ready:
    checked = check_transfer(order, user_id=user_id)
    preview = Preview(
        type=order.type,
        asset=order.asset,
        minor=checked.minor,
        to=checked.recipient.shown,
        fee_asset=order.asset,
        fee_minor=0,
        max_fee_minor=0,
        seconds=0,
        is_new_address=False,
        looks_like="",
        may_need_memo=False,
        available_after=0,
    )
    return Ready(preview, lambda key, at: transfer.carry_out(checked, user_id=user_id, key=key, now=at))


def _fee_asset(order: Order) -> Asset:
    asset = get_asset(order.asset)
    return native_asset(asset.network_id) if asset.network_id else asset


def _above(found: quote.Quote, agreed_minor: int) -> FeeAboveCeiling:
    scale = get_asset(found.fee_asset).scale
    needed, agreed = (format_minor(minor, scale=scale) for minor in (found.max_fee_minor, agreed_minor))
    return FeeAboveCeiling(
        f"It may take up to {needed} {found.fee_asset}, and you agreed to {agreed} {found.fee_asset}."
    )


def _minor(name: str, text: str, asset: Asset) -> int:
    try:
        return parse_amount(text.strip(), scale=asset.scale)
    except AmountInvalid as error:
        raise InvalidInput(str(error), fields={name: [str(error)]}) from error
