"""A person with a past, for the pages: deposits credited and on their way, a transfer, a send, prices."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction as database

import transactions.flows.deposit
import transactions.flows.quote
import transactions.flows.send
import transactions.flows.transfer
import wallets.services
from accounts.models import User
from assets.queries import list_networks
from chains.adapters import bitcoin_address
from chains.models import Cursor
from chains.values import Block, BlockRef, Movement, Priority
from kit.money import Money
from rates.services import NewFee, record_price, store_fees
from tests.factories.accounts import make_user
from tests.factories.custody import make_vaults
from transactions.models import Transaction
from transactions.services.accounts import open_network_accounts
from wallets.models import Wallet
from wallets.queries import deposit_address, get_wallet

STRANGER = str(
    bitcoin_address.to_address(
        bytes.fromhex("0014751e76e8199196d454941c45d1b3a323f1433bd6"), chain=settings.NETWORKS["bitcoin"].chain
    )
)
"""An address of nobody here (the BIP-173 example), on whichever chain the tests run."""


@dataclass(frozen=True)
class Past:
    owner: User
    friend: User
    bitcoin: Wallet
    ethereum: Wallet
    arriving: Transaction
    transfer: Transaction
    send: Transaction


def make_past(test_settings: Any, folder: Path, *, now: datetime) -> Past:
    """Return a person who has received, given and sent, everything through the services."""
    make_vaults(test_settings, folder, now=now)
    for network in list_networks():
        open_network_accounts(network=network.code, now=now)
    owner, friend = make_user(email="ada@example.com"), make_user(email="grace@example.com")
    bitcoin = _open_wallet(owner, "bitcoin", now)
    ethereum = _open_wallet(owner, "ethereum", now)
    _open_wallet(friend, "bitcoin", now)
    make_prices(now=now)
    credit(bitcoin, minor=50_000_000, height=100, now=now - timedelta(hours=26))
    credit(ethereum, minor=12_345_678_901_234_567_890, height=900, now=now - timedelta(hours=5))
    transfer = _transfer(owner, bitcoin, friend, now - timedelta(hours=3))
    arriving = see(bitcoin, minor=1_500_000, height=300, head=300, now=now - timedelta(minutes=12))
    send = make_send(owner, bitcoin, now=now - timedelta(minutes=2))
    return Past(owner, friend, bitcoin, ethereum, arriving, transfer, send)


def see(wallet: Wallet, *, minor: int, height: int, head: int, now: datetime) -> Transaction:
    """Let a block show an arrival while the scanner stands at `head`; return its transaction."""
    network = wallet.network_id
    prefix = "" if network == "bitcoin" else "0x"
    txid = prefix + f"{minor:08x}{height:08x}".ljust(64, "7")
    movement = Movement(txid=txid, index=0, address=deposit_address(wallet), contract="", minor=minor)
    block = Block(
        BlockRef(height, f"{height:064x}", f"{height - 1:064x}"), int(now.timestamp()), (movement,), txids=(txid,)
    )
    with database.atomic():
        transactions.flows.deposit.see_block(network=network, block=block, now=now)
    stand_at(network, head, now=now)
    transactions.flows.deposit.progress(network=network, now=now)
    return Transaction.objects.get(txid=txid)


def credit(wallet: Wallet, *, minor: int, height: int, now: datetime) -> Transaction:
    """Let an arrival be seen and credited."""
    return see(wallet, minor=minor, height=height, head=height + 20, now=now)


def stand_at(network: str, height: int, *, now: datetime) -> None:
    """Put the scanner at this height, as if it had read so far."""
    Cursor.objects.update_or_create(
        network=network, defaults={"height": height, "hash": f"{height:064x}", "updated_at": now}
    )


def make_prices(*, now: datetime) -> None:
    """Give both assets a price and Bitcoin its fees."""
    record_price(base="BTC", quote="USD", price=Decimal("64210.55"), source="tests", now=now)
    record_price(base="ETH", quote="USD", price=Decimal("3120.07"), source="tests", now=now)
    rates = {Priority.SLOW: 2_000, Priority.NORMAL: 10_000, Priority.FAST: 25_000}
    fees = [
        NewFee(priority=priority.value, rate=rate, tip=0, seconds=600 if priority == Priority.FAST else 1_200)
        for priority, rate in rates.items()
    ]
    store_fees(network="bitcoin", fees=fees, now=now)


def make_send(user: User, wallet: Wallet, *, now: datetime) -> Transaction:
    """Ask for a send; no worker runs in tests, so its money stays held."""
    quote = transactions.flows.quote.quote(
        user_id=user.pk,
        wallet_id=wallet.pk,
        asset="BTC",
        minor=10_000_000,
        to=STRANGER,
        memo="Rent",
        priority=Priority.NORMAL,
        now=now,
    )
    return transactions.flows.send.request(quote, user_id=user.pk, key=f"test:{user.pk}:send", now=now)


def _open_wallet(user: User, network: str, now: datetime) -> Wallet:
    opened = wallets.services.create_wallet(user_id=user.pk, network=network, now=now)
    return get_wallet(user_id=user.pk, wallet_id=opened.pk)


def _transfer(owner: User, wallet: Wallet, friend: User, now: datetime) -> Transaction:
    money = Money(2_000_000, "BTC")
    order = transactions.flows.transfer.order(
        user_id=owner.pk, wallet_id=wallet.pk, asset=money.asset, minor=money.minor, to=friend.email, memo="Lunch"
    )
    return transactions.flows.transfer.carry_out(order, user_id=owner.pk, key=f"test:{owner.pk}:gift", now=now)
