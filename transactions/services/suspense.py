"""
Deposits that named nobody: they stand in the company's suspense account until two people say whose they are.

On networks where wallets share one account, a payment without a wallet's number in its address or memo is one. The
coins are in the treasury all the while; what moves is what they are owed for.
"""

from datetime import datetime

import ledger.services
from kit.errors import NotFound
from kit.money import Money
from transactions.errors import NotAssignable
from transactions.models import Deposit, Transaction
from transactions.services import lifecycle
from transactions.services.accounts import legs, network_account
from transactions.services.balances import announce_balance
from wallets.models import Wallet
from wallets.queries import available_account


def check(transaction: Transaction, wallet_id: str) -> Wallet:
    """
    Return the wallet that the deposit may be given to. `transaction` is locked.

    :raises NotFound: if there is no such wallet
    :raises NotAssignable: if it is no deposit, not final, somebody's already, or of another network
    """
    deposit, wallet = _deposit(transaction), Wallet.objects.filter(pk=wallet_id).first()
    if wallet is None:
        raise NotFound("There is no such wallet.")
    if deposit is None or deposit.status != Deposit.State.FINAL or deposit.wallet_id:
        raise NotAssignable
    if wallet.network_id != deposit.network_id:
        raise NotAssignable(f"The deposit is on {deposit.network_id} and the wallet on {wallet.network_id}.")
    return wallet


def assign(transaction: Transaction, wallet_id: str, *, now: datetime) -> None:
    """
    Give the deposit to the wallet, in the books and in its person's history. `transaction` is locked.

    :raises NotFound, NotAssignable: as check
    """
    wallet = check(transaction, wallet_id)
    deposit = _deposit(transaction)
    assert deposit is not None
    ledger.services.post(
        key=f"deposit:{deposit.pk}:assign",
        kind="deposit.assign",
        lines=legs(
            network_account(deposit.network_id, "suspense"),
            available_account(wallet.pk),
            Money(deposit.amount_minor, deposit.asset_id),
        ),
        now=now,
    )
    deposit.wallet, deposit.updated_at = wallet, now
    deposit.save(update_fields=["wallet", "updated_at"])
    transaction.wallet, transaction.user_id, transaction.updated_at = wallet, wallet.user_id, now
    transaction.save(update_fields=["wallet", "user_id", "updated_at"])
    lifecycle.show(transaction, now=now, live="deposit.confirmed")
    announce_balance(wallet=wallet, asset=deposit.asset_id, now=now)


def _deposit(transaction: Transaction) -> Deposit | None:
    return Deposit.objects.select_for_update(of=("self",), no_key=True).filter(transaction=transaction).first()
