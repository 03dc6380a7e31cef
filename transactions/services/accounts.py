"""The ledger accounts of a network, and the lines of the postings that move coins through them."""

from datetime import datetime

import ledger.services
from assets.queries import get_network, list_assets
from kit.money import Money
from ledger.services import Line, Purpose
from transactions.models import Transaction

NETWORK_PURPOSES = {
    "treasury": Purpose.TREASURY,
    "deposits": Purpose.DEPOSITS,
    "cold": Purpose.COLD,
    "in_transit": Purpose.IN_TRANSIT,
    "fees": Purpose.FEES,
    "receivable": Purpose.RECEIVABLE,
    "suspense": Purpose.SUSPENSE,
}
"""
What the company's own accounts of a network are for, in each of its assets.

treasury: coins the hot wallet or the coin pool holds. deposits: coins on deposit addresses,
not swept yet. cold: coins on cold addresses, whose keys nobody here has. in_transit: coins in
signed transactions that are not settled. fees: network fees the company paid. receivable: what
people owe because a reorg took back a deposit they had spent. suspense: arrivals that belong to
nobody yet.
"""


def network_account(network: str, name: str) -> str:
    """Return the code of one of the company's accounts, such as network:bitcoin:treasury."""
    assert name in NETWORK_PURPOSES, name
    return f"network:{network}:{name}"


def open_network_accounts(*, network: str, now: datetime) -> None:
    """Open the company's accounts for each asset of a network; harmless when they are open already."""
    for asset in list_assets():
        if asset.network_id == network:
            for name, purpose in NETWORK_PURPOSES.items():
                ledger.services.open_account(
                    code=network_account(network, name), asset=asset.code, purpose=purpose, now=now
                )


def outlay(transaction: Transaction, *, max_fee_minor: int) -> list[Money]:
    """Return what its bytes take at most, amount and fee: one sum where the asset pays its own fee, else two."""
    amount = Money(transaction.amount_minor, transaction.asset_id)
    fee = Money(max_fee_minor, transaction.fee_asset_id)
    return [amount + fee] if amount.asset == fee.asset else [amount, fee]


def pays_its_own_fee(transaction: Transaction) -> bool:
    """Say whether the fee is taken out of what is moved: by a sweep of native coins on an EVM network."""
    is_native = transaction.asset_id == transaction.fee_asset_id
    is_sweep = transaction.type == Transaction.Type.SWEEP
    return is_sweep and is_native and get_network(transaction.network_id).family == "evm"


def is_sponsored(network: str) -> bool:
    """Say whether the hot wallet pays the fee of a sweep, as a second signer of one transaction."""
    return get_network(network).family in {"solana", "sui"}


def legs(source: str, target: str, money: Money) -> list[Line]:
    """Return the two lines that carry money from one account to another."""
    return [Line(source, -money), Line(target, money)]


def carried(found: Transaction, *, source: str, target: str, most_fee: int, arrived: int, fee: int) -> list[Line]:
    """
    Return the lines that settle what was on its way between two accounts of the company: what arrived, and the fee.

    What it took less than was booked as on its way (amount and `most_fee`) goes back to where it came from.
    """
    network, money, paid = found.network_id, Money(arrived, found.asset_id), Money(fee, found.fee_asset_id)
    lines = [*line(network, target, -money), *line(network, "fees", -paid)]
    for dispatched in outlay(found, max_fee_minor=most_fee):
        used = sum(each.minor for each in (money, paid) if each.asset == dispatched.asset)
        lines += line(network, "in_transit", dispatched)
        lines += line(network, source, Money(used - dispatched.minor, dispatched.asset))
    return lines


def line(network: str, name: str, money: Money) -> list[Line]:
    """Return one line on a company account, or none for nothing."""
    return [Line(network_account(network, name), money)] if money else []
