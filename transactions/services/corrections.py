"""
What a reorg changes after settlement: bytes that landed again may have paid another fee.

On networks whose fee depends on the block, a settled transaction that a reorg drops and a
later block takes again costs something else. It is set right once that block is final.
"""

from datetime import datetime

import ledger.services
from chains.base import TransactionState
from kit.money import Money
from transactions.models import Attempt, Transaction
from transactions.services import lifecycle
from transactions.services.accounts import legs, line, network_account
from transactions.services.balances import announce_balance
from wallets.queries import available_account


def correct_send(send: Transaction, attempt: Attempt, state: TransactionState, *, now: datetime) -> None:
    """Give back what it cost less than was settled; what it cost more is the company's. `send` is locked."""
    assert send.fee_minor is not None
    saved = send.fee_minor - state.fee_minor
    if not state.succeeded:
        saved += send.amount_minor  # the other branch ran it and refused it: it never left
    if not saved:
        return
    money = Money(abs(saved), send.asset_id)
    treasury, fees = (network_account(send.network_id, name) for name in ("treasury", "fees"))
    assert send.wallet_id is not None
    ledger.services.post(
        key=f"attempt:{attempt.pk}:correction",
        kind="send.correction",
        lines=legs(treasury, available_account(send.wallet_id), money) if saved > 0 else legs(fees, treasury, money),
        now=now,
    )
    if saved < 0:
        return
    send.fee_minor = state.fee_minor
    send.save(update_fields=["fee_minor"])
    lifecycle.show(send, now=now)
    announce_balance(wallet=send.wallet, asset=send.asset_id, now=now)


def correct_sweep(sweep: Transaction, attempt: Attempt, state: TransactionState, *, now: datetime) -> None:
    """Book the fee that was really paid: the difference is on the swept address. `sweep` is locked."""
    assert sweep.fee_minor is not None
    saved = sweep.fee_minor - state.fee_minor
    if not saved:
        return
    money = Money(saved, sweep.asset_id)
    ledger.services.post(
        key=f"attempt:{attempt.pk}:correction",
        kind="sweep.correction",
        lines=[*line(sweep.network_id, "fees", money), *line(sweep.network_id, "deposits", -money)],
        now=now,
    )
    sweep.fee_minor = state.fee_minor
    sweep.save(update_fields=["fee_minor"])
