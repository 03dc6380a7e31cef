"""
A deposit's money, in the order it moves: a deposit that was seen is credited once deep enough, it is
final; and a reorg takes back what it took away. What the network shows, deposit.py writes down.
"""

from datetime import datetime
from typing import Any

from django.conf import settings

import chains.queries
import events.services
import ledger.queries
import ledger.services
from assets.queries import get_network
from kit.errors import BusyElsewhere
from kit.money import Money
from ledger.errors import InsufficientFunds
from ledger.services import Line
from transactions.engine.base import Done, Flow, GoBack, Kind, Later, Result, StepOf, Work
from transactions.models import Deposit, Status, SubStatus, Transaction
from transactions.queries import cold
from transactions.services.accounts import line, network_account
from transactions.services.balances import announce_balance
from transactions.services.schedule import wake
from wallets.queries import available_account

REVERSAL_TRIES = 5


def _note(work: Work, answer: Any) -> Result:
    """A block or the mempool has shown it: it is written down in the commit that opened this."""
    return Done(live="")


def _await_depth(work: Work, answer: Any) -> Result:
    deposit, depth = _arrival(work)
    if deposit.status != Deposit.State.SEEN or depth < _creditable(deposit):
        return Later()
    return Done(fields={"confirmations": depth, "sub_status": SubStatus.CONFIRMATION_COMPLETED}, live="")


def _credit(work: Work, answer: Any) -> Result:
    """Deep enough: the money is the person's. First, though, it makes good what they owe."""
    deposit, depth = _arrival(work)
    credit = deposit.credits + 1
    ledger.services.post(
        key=f"deposit:{deposit.pk}:credit:{credit}", kind="deposit.credit", lines=_credit_lines(deposit), now=work.now
    )
    events.services.move(
        deposit, Deposit.State.CONFIRMED, flow=Deposit.FLOW, actor="system", now=work.now, credits=credit, owed_minor=0
    )
    announce_balance(wallet=deposit.wallet, asset=deposit.asset_id, now=work.now)
    if work.transaction.parent_id:
        wake(work.transaction.parent_id, now=work.now)
    return Done(live="deposit.confirmed", fields={"confirmations": depth})


def _take_back(work: Work, answer: Any) -> None:
    """
    A reorg took its block away after it was credited: a reversal posting takes the credit back.

    What the person has spent meanwhile cannot be taken from them: it is booked as owed.
    """
    deposit, _ = _arrival(work)
    reversal = deposit.reversals + 1
    owed = _post_reversal(deposit, f"deposit:{deposit.pk}:reversal:{reversal}", work.now)
    events.services.move(
        deposit,
        Deposit.State.SEEN,
        flow=Deposit.FLOW,
        actor="system",
        now=work.now,
        data={"owed_minor": str(owed)},
        reversals=reversal,
        owed_minor=owed,
    )
    announce_balance(wallet=deposit.wallet, asset=deposit.asset_id, now=work.now)


def _await_finality(work: Work, answer: Any) -> Result:
    """Beyond every reorg nothing can take it back any more; until then a reorg may."""
    deposit, depth = _arrival(work)
    if deposit.status != Deposit.State.CONFIRMED:
        return Later()
    if deposit.height is None:
        return GoBack(
            "confirmed",
            "A reorg took its block away.",
            via=[Status.COMPENSATING],
            fields={"confirmations": 0, "sub_status": SubStatus.MEMPOOL_PENDING},
        )
    if depth <= settings.NETWORKS[deposit.network_id].final_depth:
        return Later()
    events.services.move(deposit, Deposit.State.FINAL, flow=Deposit.FLOW, actor="system", now=work.now)
    if work.transaction.parent_id:
        wake(work.transaction.parent_id, now=work.now)
    return Done(fields={"confirmations": depth})


def _arrival(work: Work) -> tuple[Deposit, int]:
    """Return the locked deposit of a transaction, and how deep its block is; 0: in none."""
    deposit = Deposit.objects.select_for_update(of=("self",), no_key=True).get(transaction_id=work.transaction.pk)
    deposit.transaction = work.transaction
    if deposit.height is None:
        return deposit, 0
    return deposit, chains.queries.scanned_height(network=deposit.network_id) - deposit.height + 1


def _creditable(deposit: Deposit) -> int:
    """
    Return the depth at which it is credited: never less than the network's, and more for what is worth more.

    The company's own coins count only once final: sends are paid from them, and no send may
    depend on a block that can still vanish.
    """
    config = settings.NETWORKS[deposit.network_id]
    if not deposit.wallet_id:
        return int(config.final_depth) + 1
    return max(int(config.confirmations), deposit.transaction.required_confirmations)


def _credit_lines(deposit: Deposit) -> list[Line]:
    network, asset = deposit.network_id, deposit.asset_id
    repaid = deposit.owed_minor
    rest = deposit.amount_minor - repaid
    return [
        Line(network_account(network, _coins_account(deposit)), Money(-deposit.amount_minor, asset)),
        *line(network, "receivable", Money(repaid, asset)),
        *([Line(_owner_account(deposit), Money(rest, asset))] if rest else []),
    ]


def _post_reversal(deposit: Deposit, key: str, now: datetime) -> int:
    """Take back what is there, book the rest as owed, and return how much that is."""
    network, asset = deposit.network_id, deposit.asset_id
    for _ in range(REVERSAL_TRIES):
        there = ledger.queries.spendable(code=_owner_account(deposit), asset=asset)
        taken = min(there, deposit.amount_minor)
        owed = deposit.amount_minor - taken
        lines = [
            Line(network_account(network, _coins_account(deposit)), Money(deposit.amount_minor, asset)),
            *([Line(_owner_account(deposit), Money(-taken, asset))] if taken else []),
            *line(network, "receivable", Money(-owed, asset)),
        ]
        try:
            ledger.services.post(key=key, kind="deposit.reversal", lines=lines, now=now)
        except InsufficientFunds:
            continue  # the person spent some between the look and the lock
        return owed
    raise BusyElsewhere("The balance kept changing while a deposit was being taken back.")


def _owner_account(deposit: Deposit) -> str:
    return (
        available_account(deposit.wallet_id) if deposit.wallet_id else network_account(deposit.network_id, "suspense")
    )


def _coins_account(deposit: Deposit) -> str:
    """Pooled coins are spent where they lie; elsewhere a deposit address has to be swept first. Cold stays cold."""
    if not deposit.wallet_id and deposit.address in cold.addresses(deposit.network_id):
        return "cold"
    pooled = get_network(deposit.network_id).is_pooled or deposit.wallet_id is None
    return "treasury" if pooled else "deposits"


FLOW = Flow(
    Transaction.Type.DEPOSIT,
    [
        StepOf("seen", Kind.BLOCKCHAIN, "shows what a block or the mempool has shown; nothing is spendable", _note),
        StepOf("confirmed", Kind.BLOCKCHAIN, "waits until its block is deep enough", _await_depth),
        StepOf(
            "credited",
            Kind.UPDATE,
            "adds it to the person's balance",
            _credit,
            undo=_take_back,
            via=[Status.BLOCKCHAIN_CONFIRMED],
        ),
        StepOf(
            "final",
            Kind.BLOCKCHAIN,
            "waits until no reorg can take it back; if one does, the credit is reversed and it is awaited again",
            _await_finality,
            via=[Status.BALANCE_UPDATED, Status.COMPLETED],
            goes_back={"confirmed": [Status.COMPENSATING]},
        ),
    ],
    says="Coins arrive at one of our addresses.",
    is_driven=True,
)
