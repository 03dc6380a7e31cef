"""A person's three balances: to pay with, invested, and deployed in strategies; and what is held of each."""

from dataclasses import dataclass
from decimal import Decimal

import rates.queries
from assets.queries import get_asset
from kit.money import Money
from transactions.queries.totals import Portfolio, Valued
from wallets.queries import BalanceType, balance_type


@dataclass(frozen=True)
class AssetTotal:
    """One asset over all wallets, minor units; `marked` is softly reserved and still part of `available`."""

    asset: str
    available: int
    held: int
    marked: int


@dataclass(frozen=True)
class TypeTotal:
    """
    One of the three balances. `value` is what all of it is worth and `held_value` what is held of it is worth.

    Both are None as long as a price that matters is missing.
    """

    type: BalanceType
    assets: tuple[AssetTotal, ...]
    value: Decimal | None
    held_value: Decimal | None


def by_type(portfolio: Portfolio) -> list[TypeTotal]:
    """Return all three balances, empty ones too."""
    rows: dict[BalanceType, list[Valued]] = {each: [] for each in BalanceType}
    for row in portfolio.rows:
        rows[balance_type(get_asset(row.balance.asset))].append(row)
    return [_total(each, found, portfolio.currency) for each, found in rows.items()]


def _total(type: BalanceType, rows: list[Valued], currency: str) -> TypeTotal:
    is_known = not any(row.balance.total and row.value is None for row in rows)
    return TypeTotal(
        type=type,
        assets=tuple(_asset_total(code, rows) for code in dict.fromkeys(row.balance.asset for row in rows)),
        value=sum((row.value for row in rows if row.value is not None), Decimal(0)) if is_known else None,
        held_value=sum((_held_value(row, currency) for row in rows), Decimal(0)) if is_known else None,
    )


def _asset_total(code: str, rows: list[Valued]) -> AssetTotal:
    own = [row.balance for row in rows if row.balance.asset == code]
    return AssetTotal(
        asset=code,
        available=sum(balance.available for balance in own),
        held=sum(balance.held for balance in own),
        marked=sum(balance.marked for balance in own),
    )


def _held_value(row: Valued, currency: str) -> Decimal:
    if row.price is None or not row.balance.held:
        return Decimal(0)
    return rates.queries.worth(Money(row.balance.held, row.balance.asset), row.price, currency=currency)
