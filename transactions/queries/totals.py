"""What a person's wallets hold, hold back and expect; and what it is worth."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

import rates.queries
import wallets.queries
from assets.queries import get_asset
from kit.money import to_decimal
from rates.queries import PriceAt
from transactions.models import Deposit
from wallets.models import Wallet


@dataclass(frozen=True)
class Balance:
    """One asset in one wallet, minor units. Pending is on its way in and not spendable."""

    wallet_id: str
    asset: str
    available: int
    held: int
    pending: int

    @property
    def total(self) -> int:
        return self.available + self.held


@dataclass(frozen=True)
class Valued:
    """A balance with what it is worth now; `value` and `price_at` are None without a fresh price."""

    balance: Balance
    price: Decimal | None
    price_at: datetime | None
    value: Decimal | None


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
        Balance(wallet_id, holding.asset, holding.available, holding.held, pending.get((wallet_id, holding.asset), 0))
        for wallet_id, holdings in wallets.queries.holdings(found).items()
        for holding in holdings
    ]


def portfolio(*, user_id: str, currency: str, now: datetime) -> Portfolio:
    """Return what a person holds and its worth in `currency`; never a total that leaves something out."""
    held = balances(wallets.queries.list_wallets(user_id=user_id))
    prices = {
        asset: rates.queries.price(base=asset, quote=currency, now=now) for asset in {each.asset for each in held}
    }
    rows = tuple(_value(each, prices[each.asset], currency) for each in held)
    missing = tuple(sorted({row.balance.asset for row in rows if row.value is None and row.balance.total}))
    total = None if missing else sum((row.value for row in rows if row.value is not None), Decimal(0))
    return Portfolio(currency, rows, total, missing)


def _value(balance: Balance, price: PriceAt | None, currency: str) -> Valued:
    if price is None:
        return Valued(balance, None, None, None)
    units = to_decimal(balance.total, scale=get_asset(balance.asset).scale)
    cents = Decimal(1).scaleb(-get_asset(currency).scale)
    return Valued(balance, price.price, price.at, (units * price.price).quantize(cents))


def _pending(found: list[Wallet]) -> dict[tuple[str, str], int]:
    rows = (
        Deposit.objects.filter(wallet__in=found, status=Deposit.State.SEEN)
        .values_list("wallet_id", "asset_id")
        .annotate(total=Sum("amount_minor"))
    )
    return {(str(wallet_id), asset): int(total) for wallet_id, asset, total in rows}
