"""What a person's wallets hold, hold back and expect; and what it is worth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

import rates.queries
import wallets.queries
from kit import sql
from kit.money import Money
from rates.queries import Value
from wallets.models import Wallet

_PENDING = """
SELECT wallet_id, asset_id, sum(amount_minor) FROM transactions_deposit
WHERE wallet_id = ANY(%s) AND status = 'seen' GROUP BY 1, 2
"""
CURRENCY = "USD"
"""In which values are shown where nobody says otherwise."""


@dataclass(frozen=True)
class Balance:
    """
    One asset in one wallet, minor units. Pending is on its way in and not spendable.

    `marked` is the part of `available` that is softly reserved: shown, and spendable by nothing else.
    """

    wallet_id: str
    asset: str
    available: int
    held: int
    pending: int
    marked: int = 0

    @property
    def total(self) -> int:
        return self.available + self.held


@dataclass(frozen=True)
class Valued:
    """A balance with what it is worth now; `price`, `price_at` and `value` are None without a fresh price."""

    balance: Balance
    worth: Value

    @property
    def price(self) -> Decimal | None:
        return self.worth.price

    @property
    def price_at(self) -> datetime | None:
        return self.worth.at if self.worth.price is not None else None

    @property
    def value(self) -> Decimal | None:
        return self.worth.value


@dataclass(frozen=True)
class Portfolio:
    """Everything a person holds. `total` is None as long as any price that matters is missing."""

    currency: str
    rows: tuple[Valued, ...]
    total: Decimal | None
    missing_prices: tuple[str, ...]


def balances(found: Iterable[Wallet]) -> list[Balance]:
    """Return every asset of every wallet; two queries however many there are."""
    found = list(found)
    pending = _pending(found)
    return [
        Balance(
            wallet_id,
            holding.asset,
            holding.available,
            holding.held,
            pending.get((wallet_id, holding.asset), 0),
            holding.marked,
        )
        for wallet_id, holdings in wallets.queries.holdings(found).items()
        for holding in holdings
    ]


def portfolio(*, user_id: str, currency: str, now: datetime) -> Portfolio:
    """Return what a person holds and its worth in `currency`; never a total that leaves something out."""
    held = balances(wallets.queries.list_wallets(user_id=user_id))
    worths = rates.queries.values(amounts=[Money(each.total, each.asset) for each in held], currency=currency, now=now)
    rows = tuple(Valued(each, worth) for each, worth in zip(held, worths, strict=True))
    missing = tuple(sorted({row.balance.asset for row in rows if row.value is None and row.balance.total}))
    total = None if missing else sum((row.value for row in rows if row.value is not None), Decimal(0))
    return Portfolio(currency, rows, total, missing)


def _pending(found: list[Wallet]) -> dict[tuple[str, str], int]:
    rows = sql.rows(_PENDING, [[wallet.pk for wallet in found]])
    return {(wallet_id, asset): int(total) for wallet_id, asset, total in rows}
