"""A transfer between two people here: immediate, free, all of it in one commit."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import transaction as database
from django.utils import translation
from django.utils.translation import get_language

import accounts.queries
import events.services
import ledger.services
import ledger.services.group
import wallets.services
from assets.models import Asset
from assets.queries import get_asset, get_network
from kit.ids import is_id, new_id
from kit.money import Money
from ledger.services import Line, NewPosting
from transactions.engine import run as engine
from transactions.engine.base import Done, Flow, Kind, Result, StepOf, Work
from transactions.errors import AssetNotOnNetwork, RecipientNotFound, SameWallet
from transactions.models import Status, Transaction
from transactions.queries.describe import describe
from transactions.queries.find import by_key
from transactions.services import gathering, lifecycle
from transactions.services.accounts import legs
from wallets.models import Wallet
from wallets.queries import available_account, find_wallet, own_and_first_of

AT_ONCE = (
    Status.BALANCE_RESERVED,
    Status.PROVIDER_SELECTED,
    Status.PROVIDER_PROCESSING,
    Status.BALANCE_UPDATED,
    Status.COMPLETED,
)
"""What is done in one commit goes through all of them in it."""


@dataclass(frozen=True)
class Recipient:
    """Who receives; `wallet` is empty where their first one is still to be opened."""

    user_id: str
    wallet: Wallet | None
    shown: str  # what the sender named them by


@dataclass(frozen=True)
class Order:
    """A checked transfer; nothing has moved. `minor` in minor units of `asset`."""

    wallet: Wallet
    asset: Asset
    minor: int
    recipient: Recipient
    memo: str


def order(*, user_id: str, wallet_id: str, asset: str, minor: int, to: str, memo: str) -> Order:
    """
    Check a transfer to an e-mail address or a wallet id.

    :raises NotFound: if the wallet is not this person's
    :raises AssetNotOnNetwork: if the wallet, or the recipient's, is on another network than the asset
    :raises RecipientNotFound: if nobody here is known by that
    :raises SameWallet: if it would arrive where it came from
    """
    found, email = get_asset(asset), to.strip().lower()
    network = found.network_id or ""
    if is_id(to, "wal"):
        wallet, first = find_wallet(user_id=user_id, wallet_id=wallet_id), None
    else:
        wallet, first = own_and_first_of(user_id=user_id, wallet_id=wallet_id, email=email, network=network)
    if found.network_id != wallet.network_id:
        raise AssetNotOnNetwork(f"{found.code} does not live on {get_network(wallet.network_id).name}.")
    recipient = Recipient(first.user_id, first, email) if first else _find_recipient(to, network=wallet.network_id)
    if recipient.wallet == wallet or (recipient.user_id == user_id and recipient.wallet is None):
        raise SameWallet
    return Order(wallet, found, minor, recipient, memo)


@dataclass(frozen=True)
class Wish:
    """A checked transfer that is to be carried out for this person under this key."""

    order: Order
    user_id: str
    key: str
    now: datetime
    request_id: str | None = None  # of the request that asked for it, for its facts; None: the caller's
    language: str | None = None  # in which it is told of; empty: the caller's


def carry_out(order: Order, *, user_id: str, key: str, now: datetime) -> Transaction:
    """
    Move the money; the same key again returns the same transfer.

    :raises InsufficientFunds: if the wallet does not cover it; then nothing has happened at all
    """
    with database.atomic(savepoint=False):
        made = by_key(key)
        if made:
            return made
        (done,) = carry_out_each([Wish(order, user_id, key, now)], now=now, waits=True)
    if isinstance(done, Exception):
        raise done
    return done


def carry_out_each(wishes: Sequence[Wish], *, now: datetime, waits: bool) -> list[Transaction | Exception]:
    """
    Move the money of several transfers in the caller's transaction; each is carried out or refused by itself.

    Their keys have made nothing yet: the caller has looked, under a lock if others might have them too.
    What is refused leaves nothing behind. With `waits` there is one, which posts in its flow, waits for an account that
    somebody else has locked, and raises what refuses it; without, BusyElsewhere is the answer.
    """
    assert not waits or len(wishes) == 1, "only one that comes alone may wait"
    opened = [(wish, new_id("txn")) for wish in wishes]
    booked: list[Exception | None] = [None] * len(opened)
    if not waits:
        booked = _book(opened, now=now)
    with gathering.gather(now=now):
        return [
            refusal or _open(wish, transaction_id, is_booked=not waits)
            for (wish, transaction_id), refusal in zip(opened, booked, strict=True)
        ]


def _book(opened: Sequence[tuple[Wish, str]], *, now: datetime) -> list[Exception | None]:
    """Post them in one statement, waiting for nobody; say who was refused."""
    if not opened:
        return []
    postings = [
        NewPosting(_posting_key(transaction_id), str(Transaction.Type.TRANSFER), _legs(wish.order))
        for wish, transaction_id in opened
    ]
    answers = ledger.services.group.post_each(postings=postings, now=now)
    return [answer if isinstance(answer, Exception) else None for answer in answers]


def _open(wish: Wish, transaction_id: str, *, is_booked: bool) -> Transaction:
    order = wish.order
    named = {} if wish.request_id is None else {"request_id": wish.request_id}
    with structlog.contextvars.bound_contextvars(**named), translation.override(wish.language or get_language()):
        transaction = lifecycle.open_transaction(
            id=transaction_id,
            type=Transaction.Type.TRANSFER,
            key=wish.key,
            actor=wish.user_id,
            user_id=wish.user_id,
            wallet=order.wallet,
            recipient_user_id=order.recipient.user_id,
            recipient_wallet=_recipient_wallet(order, wish.now),
            network_id=order.wallet.network_id,
            asset=order.asset,
            amount_minor=order.minor,
            fee_asset=order.asset,
            fee_minor=0,
            to_address=order.recipient.shown,
            memo=order.memo,
            now=wish.now,
        )
        transaction.is_booked = is_booked
        engine.begin(transaction, now=wish.now, actor=wish.user_id)
    return transaction


def _check(work: Work, answer: Any) -> Result:
    """Who gives what to whom was checked when it was ordered."""
    return Done()


def give(work: Work, answer: Any) -> Result:
    """One posting carries it all: nothing is ever on its way, and nothing can be half done."""
    transaction = work.transaction
    if transaction.is_booked:
        return Done()
    assert transaction.wallet_id is not None
    assert transaction.recipient_wallet_id is not None
    ledger.services.post(
        key=f"{transaction.type}:{transaction.pk}",
        kind=str(transaction.type),
        lines=legs(
            available_account(transaction.wallet_id),
            available_account(transaction.recipient_wallet_id),
            Money(transaction.amount_minor, transaction.asset_id),
        ),
        now=work.now,
    )
    return Done()


def tell_both(work: Work, answer: Any) -> Result:
    """Show the recipient what they were given, and both what they have now."""
    transaction = work.transaction
    tell_recipient(work)
    both = [wallet for wallet in (transaction.wallet, transaction.recipient_wallet) if wallet]
    gathering.tell_balances(both, asset=transaction.asset_id, now=work.now)
    return Done(live="")


def _posting_key(transaction_id: str) -> str:
    return f"{Transaction.Type.TRANSFER}:{transaction_id}"


def _legs(order: Order) -> list[Line]:
    assert order.recipient.wallet is not None, "a wallet is opened for a transfer that comes alone"
    giver, taker = available_account(order.wallet.pk), available_account(order.recipient.wallet.pk)
    return legs(giver, taker, Money(order.minor, order.asset.code))


def _find_recipient(to: str, *, network: str) -> Recipient:
    if is_id(to, "wal"):
        wallet = Wallet.objects.filter(pk=to, user__is_active=True).first()
        if wallet is None:
            raise RecipientNotFound(f"There is no wallet {to} here.")
        if wallet.network_id != network:
            raise AssetNotOnNetwork("The recipient's wallet is on another network.")
        return Recipient(wallet.user_id, wallet, to)
    user = accounts.queries.find_user_by_email(to)
    if user is None or not user.is_active:
        raise RecipientNotFound(f"Nobody here is known as {to}.")
    return Recipient(user.pk, None, user.email)


def _recipient_wallet(order: Order, now: datetime) -> Wallet:
    return order.recipient.wallet or wallets.services.first_wallet(
        user_id=order.recipient.user_id, network=order.wallet.network_id, now=now
    )


def tell_recipient(work: Work) -> None:
    """Let the recipient's feed show what they were given."""
    transaction = work.transaction
    viewer = transaction.recipient_user_id or ""
    if viewer != transaction.user_id:
        shown = describe(transaction, viewer_id=viewer, steps=list(work.steps.values()))
        events.services.record(
            type="transfer.received",
            subject=transaction,
            actor=transaction.user_id or "",
            user_id=viewer,
            now=work.now,
            live=lifecycle.as_live(transaction, "transaction.updated", shown),
        )


FLOW = Flow(
    Transaction.Type.TRANSFER,
    [
        StepOf("checked", Kind.VALIDATION, "checks recipient and amount", _check),
        StepOf(
            "moved",
            Kind.UPDATE,
            "moves the money from one person's balance to the other's, in one posting",
            give,
            via=AT_ONCE,
        ),
        StepOf("told", Kind.NOTIFICATION, "tells both people", tell_both),
    ],
    says="Money moves between two people here, at once and free; the ledger is its provider.",
    command="InitiateTransferCommand",
)
