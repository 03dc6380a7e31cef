"""Wallets with money in them, opened and funded as the product does it."""

from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

from kit.money import Money
from ledger.services import Line, Purpose, open_account, post
from tests.factories.accounts import make_user
from tests.factories.custody import make_vaults, use_no_keys
from wallets.models import Wallet
from wallets.queries import available_account, held_account
from wallets.services import create_wallet

_numbers = count(1)


def make_full_wallet(
    settings: Any, folder: Path, *, minor: int, now: datetime, network: str = "bitcoin", asset: str = "BTC"
) -> Wallet:
    """Open a wallet of a new person, with this much available of the asset."""
    make_vaults(settings, folder)
    use_no_keys(settings)
    wallet = create_wallet(user_id=make_user(now=now).pk, network=network, now=now)
    fund(wallet, Money(minor, asset), now=now)
    return wallet


def fund(wallet: Wallet, money: Money, *, now: datetime) -> None:
    """Let money come in over the test treasury; the wallet's accounts in its asset are opened if they are not."""
    treasury = "network:test:treasury"
    for code, purpose in (
        (treasury, Purpose.TREASURY),
        (available_account(wallet.pk), Purpose.USER_AVAILABLE),
        (held_account(wallet.pk), Purpose.USER_HELD),
    ):
        open_account(code=code, asset=money.asset, purpose=purpose, now=now)
    lines = [Line(treasury, -money), Line(available_account(wallet.pk), money)]
    post(key=f"funding:{next(_numbers)}:{wallet.pk}", kind="deposit", lines=lines, now=now)
