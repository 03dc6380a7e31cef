"""
What a reorg changes after settlement: bytes that landed again may have paid another fee. And what a
node said of a deposit before its block showed otherwise.

On networks whose fee depends on the block, a settled transaction that a reorg drops and a
later block takes again costs something else. It is set right once that block is final.
"""

from datetime import datetime

import events.services
import ledger.services
from chains.values import Movement, TransactionState
from kit.money import Money
from transactions.models import Attempt, Deposit, Transaction
from transactions.services import lifecycle
from transactions.services.accounts import legs, line, network_account
from transactions.services.balances import announce_balance
from wallets.queries import available_account


def correct_send(send: Transaction, attempt: Attempt, state: TransactionState, *, now: datetime) -> None:
    """Give back what it cost less than was settled; what it cost more is the company's. `send` is locked."""
    assert send.fee_minor is not None
    saved = {send.fee_asset_id: send.fee_minor - state.fee_minor}
    if not state.succeeded:  # the other branch ran it and refused it: it never left
        saved[send.asset_id] = saved.get(send.asset_id, 0) + send.amount_minor
    saved = {asset: minor for asset, minor in saved.items() if minor}
    if not saved:
        return
    treasury, fees = (network_account(send.network_id, name) for name in ("treasury", "fees"))
    assert send.wallet_id is not None
    available = available_account(send.wallet_id)
    ledger.services.post(
        key=f"attempt:{attempt.pk}:correction",
        kind="send.correction",
        lines=[
            each
            for asset, minor in saved.items()
            for each in legs(*((treasury, available) if minor > 0 else (fees, treasury)), Money(abs(minor), asset))
        ],
        now=now,
    )
    if max(saved.values()) < 0:
        return
    if saved.get(send.fee_asset_id, 0) >= 0:  # what it cost more, the company has paid
        send.fee_minor = state.fee_minor
        send.save(update_fields=["fee_minor"])
    lifecycle.show(send, now=now)
    for asset in saved:
        announce_balance(wallet=send.wallet, asset=asset, now=now)


def correct_own_fee(
    own: Transaction, attempt: Attempt, state: TransactionState, *, lies_in: str, now: datetime
) -> None:
    """
    Book the fee that was really paid, where it is the company's own. `own` is locked.

    `lies_in`: the company's account of the coins that pay it, and so of the difference.
    """
    assert own.fee_minor is not None
    saved = own.fee_minor - state.fee_minor
    if not saved:
        return
    money = Money(saved, own.fee_asset_id)
    ledger.services.post(
        key=f"attempt:{attempt.pk}:correction",
        kind=f"{own.type}.correction",
        lines=[*line(own.network_id, "fees", money), *line(own.network_id, lies_in, -money)],
        now=now,
    )
    own.fee_minor = state.fee_minor
    own.save(update_fields=["fee_minor"])


def correct_between(
    own: Transaction, attempt: Attempt, state: TransactionState, *, source: str, target: str, now: datetime
) -> None:
    """Set right what was settled between two accounts of ours; what did not arrive never left. `own` is locked."""
    if not state.succeeded:
        money = Money(own.amount_minor, own.asset_id)
        lines = [*line(own.network_id, target, money), *line(own.network_id, source, -money)]
        ledger.services.post(key=f"attempt:{attempt.pk}:undone", kind=f"{own.type}.undone", lines=lines, now=now)
    correct_own_fee(own, attempt, state, lies_in=source, now=now)


def correct_deposit(deposit: Deposit, movement: Movement, wallet_id: str | None, *, now: datetime) -> bool:
    """
    Take a deposit's amount from the block, if nothing was ever credited for it; say whether it may go on.

    The same transaction cannot move two amounts: a node has lied, now or before, and somebody must look.
    """
    is_right = deposit.credits == 0 and deposit.wallet_id == wallet_id
    data = {
        "severity": "critical",
        "amount_minor": str(deposit.amount_minor),
        "block_amount_minor": str(movement.minor),
        "block_address": movement.address,
        "was_set_right": is_right,
    }
    if is_right:
        known = {"amount_minor": movement.minor, "updated_at": now}
        Deposit.objects.filter(pk=deposit.pk).update(address=movement.address, **known)
        Transaction.objects.filter(pk=deposit.transaction_id).update(to_address=movement.address, **known)
        deposit.refresh_from_db()
    events.services.record(type="deposit.contradicted", subject=deposit, actor="system", now=now, data=data)
    return is_right
