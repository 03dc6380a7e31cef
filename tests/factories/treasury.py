"""Refills as the flow opens them, without a network; and what a treasury page has to show."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import ledger.services
from accounts.models import Role
from kit.ids import new_id
from kit.money import Money
from ledger.services import Line
from tests.factories.accounts import make_user
from transactions.models import Refill
from transactions.services import refills
from transactions.services.accounts import legs, network_account

COLD = {
    "bitcoin": "bcrt1q50rtrmj2f8vl9tem8qpfw36ylw5jg9j2dkku3w",
    "ethereum": "0x00000000000000000000000000000000DeaDBeef",
    "solana": "9WzDXwBbmkg8ZTbNMqUxvQRAyrZzDsGYdLVL9zYtAWWM",
}


def make_refill(*, now: datetime, network: str = "ethereum", asset: str = "ETH", minor: int = 2 * 10**18) -> Refill:
    """Return a refill that waits for two people."""
    return Refill.objects.create(
        id=new_id("rfl"),
        network_id=network,
        asset_id=asset,
        amount_minor=minor,
        max_fee_minor=10**15,
        from_address=COLD[network],
        to_address="0x" + "11" * 20,
        reason="The hot wallet holds 0.4 ETH, of which sends that wait take 0.1 ETH; its floor is 1 ETH.",
        created_at=now,
        updated_at=now,
    )


def approve(found: Refill, *, times: int, now: datetime) -> Refill:
    """Let so many operators approve it."""
    for _ in range(times):
        refills.approve(refill_id=found.pk, actor=make_user(role=Role.OPERATOR).pk, now=now)
    found.refresh_from_db()
    return found


def book(network: str, name: str, money: Money, *, now: datetime) -> None:
    """Put the company's own coins on one of its accounts."""
    lines: list[Line] = legs(network_account(network, name), network_account(network, "suspense"), money)
    key = f"test:{new_id('tst')}"
    ledger.services.post(key=key, kind="test", lines=lines, now=now)


def limit(settings: Any, **limits: str) -> None:
    """Set limits as floor/target/ceiling in units; _ stands for the dot in an asset's code."""
    settings.HOT_LIMITS = {
        asset.replace("_", "."): tuple(Decimal(each) for each in texts.split("/")) for asset, texts in limits.items()
    }
