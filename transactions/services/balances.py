"""Telling a wallet's owner that its figures have changed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import events.services
from assets.queries import get_asset
from events.services import Live
from kit.money import format_minor
from transactions.queries.totals import Balance, balances
from wallets.models import Wallet


def announce_balance(*, wallet: Wallet | None, asset: str, now: datetime) -> None:
    """Record what a wallet holds now, for its owner's feed, in the transaction that changed it."""
    announce_balances([wallet] if wallet else [], asset=asset, now=now)


def announce_balances(found: Sequence[Wallet], *, asset: str, now: datetime) -> None:
    """Record what these wallets hold now, as announce_balance does; the figures are read together."""
    by_id = {balance.wallet_id: balance for balance in balances(found) if balance.asset == asset}
    for wallet in found:
        if wallet.pk in by_id:
            events.services.record(
                type="balance.updated",
                subject=wallet,
                actor="system",
                user_id=wallet.user_id,
                now=now,
                live=Live("balance.updated", show_balance(by_id[wallet.pk])),
            )


def show_balance(balance: Balance) -> dict[str, Any]:
    """Return a balance as API.md shows it: decimal strings."""
    scale = get_asset(balance.asset).scale
    return {
        "wallet_id": balance.wallet_id,
        "asset": balance.asset,
        "available": format_minor(balance.available, scale=scale),
        "held": format_minor(balance.held, scale=scale),
        "pending": format_minor(balance.pending, scale=scale),
        "marked": format_minor(balance.marked, scale=scale),
    }
