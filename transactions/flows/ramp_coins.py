"""
How a purchase ends: the coins that the company says it sent arrive on the network, are credited and become final as
any deposit does. What a block shows counts; what the company says only tells where to look.
"""

import re
from typing import Any

from django.db.models import Q

from providers.base import RampStage, RampState
from providers.errors import ProviderUnavailable
from transactions.engine.base import Done, Fail, GoBack, Later, Result, Work
from transactions.flows.ramp_orders import look, note
from transactions.models import Deposit, Status, SubStatus, Transaction
from transactions.services import lifecycle
from wallets.queries import BalanceType, balance_type

LOOK_SECONDS = 10
"""A webhook may be lost: we look ourselves this often."""

TXID = re.compile(r"[\x21-\x7e]{1,128}", re.ASCII)


def look_for_coins(work: Work) -> RampState | None:
    """As long as nothing has arrived, ask again: the company may have sent the coins anew, or given up."""
    if _arrived(work.transaction):
        return None
    try:
        return look(work)
    except ProviderUnavailable:
        return None  # the network is the one to show it


def await_credit(work: Work, state: RampState | None) -> Result:
    """What arrived, and nothing else, is what was bought: the deposit of these coins is the credit."""
    transaction = work.transaction
    found = [deposit.transaction_id for deposit in _arrived(transaction)]
    Transaction.objects.filter(pk__in=found, parent__isnull=True).update(parent=transaction)
    arrived = _own(transaction)
    if not arrived and state is not None:
        if state.stage.is_over and state.stage != RampStage.COMPLETED:
            return give_up(work, state)
        if TXID.fullmatch(state.crypto_txid):
            return Later(
                LOOK_SECONDS,
                fields={"txid": canonical(work, state.crypto_txid)},
                sub_status=SubStatus.MEMPOOL_PENDING,
            )
    if not arrived or any(deposit.status == Deposit.State.SEEN for deposit in arrived):
        pending = SubStatus.BLOCK_CONFIRMATION_PENDING if arrived else SubStatus.MEMPOOL_PENDING
        return Later(LOOK_SECONDS, sub_status=pending)
    grown = "Available" if balance_type(transaction.asset) == BalanceType.AVAILABLE else "Invested"
    lifecycle.tell(transaction, f"{grown}BalanceUpdated", category="domain", now=work.now)
    return Done(
        fields={
            "amount_minor": sum(deposit.amount_minor for deposit in arrived),
            "confirmations": transaction.required_confirmations,
            "sub_status": SubStatus.CONFIRMATION_COMPLETED,
        }
    )


def await_finality(work: Work, answer: Any) -> Result:
    """As final as its deposit is: a reorg that takes that back takes this back to waiting, too."""
    arrived = _own(work.transaction)
    if not arrived or any(deposit.status == Deposit.State.SEEN for deposit in arrived):
        return GoBack("credited", "A reorg took the coins' block away.", via=[Status.COMPENSATING], seconds=None)
    return Done() if all(deposit.status == Deposit.State.FINAL for deposit in arrived) else Later()


def _own(transaction: Transaction) -> list[Deposit]:
    """Return the deposits that are this purchase's."""
    return [deposit for deposit in _arrived(transaction) if deposit.transaction.parent_id == transaction.pk]


def _arrived(transaction: Transaction) -> list[Deposit]:
    """Return what of these coins came to its address, later than it was asked for and for no other purchase."""
    is_nobody_elses = Q(transaction__parent__isnull=True) | Q(transaction__parent=transaction)
    arrived = Deposit.objects.filter(
        is_nobody_elses,
        network_id=transaction.network_id,
        txid=transaction.txid,
        wallet_id=transaction.wallet_id,
        asset_id=transaction.asset_id,
        created_at__gte=transaction.created_at,
    )
    return list(arrived.exclude(status=Deposit.State.LOST).select_related("transaction"))


def has_nothing_arrived(work: Work) -> bool:
    """No block has shown the coins that the company says it sent."""
    return not _arrived(work.transaction)


def canonical(work: Work, txid: str) -> str:
    """Return the txid as the network's blocks name it: hexadecimal ones in small letters."""
    return txid.lower() if work.transaction.network.family in ("bitcoin", "evm") else txid


def give_up(work: Work, state: RampState) -> Fail:
    words = {
        RampStage.EXPIRED: "The payment was not made in time.",
        RampStage.CANCELLED: "The payment was cancelled.",
        RampStage.REFUNDED: "The payment partner could not deliver and has given your money back.",
        RampStage.FAILED: "The payment partner could not deliver and is giving your money back.",
    }
    note(work, "check_payment_status", "failed", f"{state.stage} {state.reason}".strip())
    return Fail(f"payment_{state.stage}", words.get(state.stage, "The payment partner gave it up."))
