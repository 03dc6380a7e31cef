"""
A sweep, in the order it happens: final deposits on an EVM deposit address are gathered into
the hot wallet: find, check gas, sign, broadcast, confirm, settle.

The destination is custody's hot address and nothing else. Native coins pay for their own gas,
so the address always holds it before the sweep is signed; an amount that would not be worth
its gas stays where it is and stays a liability with its coins behind it.
"""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction as database
from django.db.models import Sum

import chains.queries
import chains.services
import custody.queries
import events.services
import ledger.services
from assets.queries import get_network, native_asset
from chains.base import Outcome, Payment, Presence, Priority, TransactionState
from kit import jobs
from kit.money import Money
from transactions.models import Attempt, Deposit, Status, Step, SubStatus, Transaction
from transactions.queries.find import locked
from transactions.services import attempts, lifecycle
from transactions.services.accounts import line
from transactions.services.corrections import correct_sweep
from transactions.services.schedule import look_again, look_never

WORTH_TIMES_FEE = 10
"""An address is swept once it holds at least so many times what the sweep would cost."""


def find(*, network: str, now: datetime, limit: int = 20) -> int:
    """Open a sweep for each address whose final, unswept deposits are worth it; return how many."""
    if get_network(network).family != "evm":
        return 0
    asset = native_asset(network)
    unswept = Deposit.objects.filter(
        network_id=network, asset=asset, status=Deposit.State.FINAL, sweep__isnull=True, wallet__isnull=False
    )
    totals = unswept.values_list("address").annotate(total=Sum("amount_minor")).order_by("-total")[:limit]
    rate = chains.services.get_fee_rate(network=network, priority=Priority.SLOW, now=now)
    hot = custody.queries.hot_address(network=network)
    opened = 0
    for address, total in totals:
        payment = Payment(to=hot, minor=int(total), contract="", rate=rate, sender=address, subtract_fee=True)
        fee = chains.queries.get_adapter(network).gas_limit(payment) * rate.rate
        if total >= fee * WORTH_TIMES_FEE:
            opened += _open(network, address, hot, max_fee=fee * 2, now=now)
    return opened


@database.atomic
def _open(network: str, address: str, hot: str, *, max_fee: int, now: datetime) -> int:
    """Tie the address's deposits to one sweep; one sweep at a time may be on its way from an address."""
    asset = native_asset(network)
    under_way = Transaction.objects.filter(
        type=Transaction.Type.SWEEP, network_id=network, from_address=address
    ).exclude(status__in=[Status.COMPLETED, Status.FAILED])
    chosen = list(
        Deposit.objects.select_for_update(of=("self",), no_key=True)
        .filter(network_id=network, address=address, asset=asset, status=Deposit.State.FINAL, sweep__isnull=True)
        .order_by("id")
    )
    if not chosen or under_way.exists():
        return 0
    sweep = lifecycle.open_transaction(
        type=Transaction.Type.SWEEP,
        status=Status.INITIATED,
        key=f"sweep:{network}:{address}:{_count(network, address) + 1}",
        actor="system",
        network_id=network,
        asset=asset,
        amount_minor=sum(deposit.amount_minor for deposit in chosen),
        fee_asset=asset,
        max_fee_minor=max_fee,
        from_address=address,
        to_address=hot,
        required_confirmations=settings.NETWORKS[network].confirmations,
        next_look_at=now,
        now=now,
    )
    Deposit.objects.filter(pk__in=[deposit.pk for deposit in chosen]).update(sweep=sweep)
    lifecycle.move(sweep, Status.BALANCE_RESERVED, now=now)
    jobs.enqueue("transactions.advance", transaction_id=sweep.pk)
    return 1


def advance(sweep: Transaction, *, now: datetime) -> None:
    """Do whatever a claimed sweep needs next, and say when to look at it again."""
    if sweep.status == Status.BALANCE_RESERVED:
        _sign(sweep, now=now)
    attempt = sweep.attempts.exclude(status=Attempt.State.DEAD).first()
    if attempt is None:
        return
    state = attempts.state_of(attempt)
    if state.presence == Presence.ABSENT:
        head = chains.queries.scanned_height(network=sweep.network_id)
        if attempts.is_dead(attempt, state=state, head=head):
            _bury(sweep, attempt, now=now)
            return
        if attempts.broadcast(attempt, now=now) != Outcome.SUCCEEDED:
            look_again(sweep, now=now)
            return
    if attempt.status == Attempt.State.SIGNED:
        _record_state(sweep, attempt, state, now=now)
    elif state.confirmations > settings.NETWORKS[sweep.network_id].final_depth:
        with database.atomic():
            current = locked(sweep.pk)
            events.services.move(attempt, Attempt.State.FINAL, flow=Attempt.FLOW, actor="system", now=now)
            correct_sweep(current, attempt, state, now=now)
            look_never(current)
    else:
        look_again(sweep, now=now)


def _sign(sweep: Transaction, *, now: datetime) -> None:
    """Check that the address holds amount and gas, confirmed; then sign, store and book in one commit."""
    chains.queries.check_not_halted(sweep.network_id)
    adapter = chains.queries.get_adapter(sweep.network_id)
    if adapter.balance(sweep.from_address) < sweep.amount_minor:
        look_again(sweep, now=now)
        return
    rate = chains.services.get_fee_rate(network=sweep.network_id, priority=Priority.NORMAL, now=now)
    payment = Payment(
        to=sweep.to_address,
        minor=sweep.amount_minor,
        contract="",
        rate=rate,
        sender=sweep.from_address,
        subtract_fee=True,
    )
    gas = adapter.gas_limit(payment)
    if gas * rate.rate > sweep.max_fee_minor:
        look_again(sweep, now=now)  # too dear now: it can wait
        return
    plan = attempts.Plan(
        sender=sweep.from_address,
        rate=rate,
        gas_limit=gas,
        nonce_floor=adapter.next_nonce(sweep.from_address),
        head=0,
        confirmations=0,
        subtract_fee=True,
    )
    with database.atomic():
        current = locked(sweep.pk)
        if current.status != Status.BALANCE_RESERVED:
            return
        attempt = attempts.sign(current, plan=plan, minor=current.amount_minor, now=now)
        _book_dispatch(current, attempt, now)
        lifecycle.step(current, "gas_ready", "signed", now=now)
        lifecycle.step(current, "broadcast", state=Step.State.ACTIVE, now=now)
        lifecycle.move(current, Status.PROVIDER_SELECTED, now=now)
        lifecycle.move(
            current,
            Status.PROVIDER_PROCESSING,
            now=now,
            sub_status=SubStatus.TRANSACTION_BROADCASTING,
            txid=attempt.txid,
        )
    sweep.refresh_from_db()


def _book_dispatch(sweep: Transaction, attempt: Attempt, now: datetime) -> None:
    money = Money(sweep.amount_minor, sweep.asset_id)
    ledger.services.post(
        key=f"attempt:{attempt.pk}:dispatch",
        kind="sweep.dispatch",
        lines=[*line(sweep.network_id, "deposits", money), *line(sweep.network_id, "in_transit", -money)],
        now=now,
    )


@database.atomic
def _record_state(sweep: Transaction, attempt: Attempt, state: TransactionState, *, now: datetime) -> None:
    sweep = locked(sweep.pk)
    if sweep.status == Status.PROVIDER_PROCESSING:
        lifecycle.step(sweep, "broadcast", now=now)
        lifecycle.step(sweep, "confirmed", state=Step.State.ACTIVE, now=now)
        lifecycle.move(sweep, Status.BLOCKCHAIN_PENDING, now=now, sub_status=SubStatus.MEMPOOL_PENDING)
    if sweep.status != Status.BLOCKCHAIN_PENDING:
        return
    if attempts.is_settled_by(sweep, state):
        _settle(sweep, attempt, state, now=now)
        return
    if state.confirmations != sweep.confirmations:
        sweep.confirmations = state.confirmations
        sweep.save(update_fields=["confirmations"])
    look_again(sweep, now=now)


def _settle(sweep: Transaction, attempt: Attempt, state: TransactionState, *, now: datetime) -> None:
    """
    What arrived is the treasury's to pay with; the fee is the company's cost.

    The bytes move the amount less the highest fee, so what the real fee was below it is left
    on the address: still ours, still booked on deposits.
    """
    network, asset = sweep.network_id, sweep.asset_id
    arrived = sweep.amount_minor - attempt.max_fee_minor if state.succeeded else 0
    left = sweep.amount_minor - arrived - state.fee_minor
    ledger.services.post(
        key=f"attempt:{attempt.pk}:settle",
        kind="sweep.settle",
        lines=[
            *line(network, "in_transit", Money(sweep.amount_minor, asset)),
            *line(network, "treasury", Money(-arrived, asset)),
            *line(network, "fees", Money(-state.fee_minor, asset)),
            *line(network, "deposits", Money(-left, asset)),
        ],
        now=now,
    )
    events.services.move(attempt, Attempt.State.LANDED, flow=Attempt.FLOW, actor="system", now=now)
    known: dict[str, Any] = {
        "confirmations": state.confirmations,
        "fee_minor": state.fee_minor,
        "sub_status": SubStatus.CONFIRMATION_COMPLETED,
    }
    if state.succeeded:
        lifecycle.step(sweep, "confirmed", "settled", now=now)
        lifecycle.move(sweep, Status.BLOCKCHAIN_CONFIRMED, now=now, **known)
        lifecycle.move(sweep, Status.BALANCE_UPDATED, now=now)
        lifecycle.move(sweep, Status.COMPLETED, now=now)
        look_again(sweep, now=now)
        jobs.enqueue("transactions.pump")  # sends may be waiting for these coins
        return
    lifecycle.step(sweep, "confirmed", state=Step.State.FAILED, now=now)
    lifecycle.move(sweep, Status.COMPENSATING, now=now, **known)
    _fail(sweep, code="failed_on_network", now=now)


@database.atomic
def _bury(sweep: Transaction, attempt: Attempt, *, now: datetime) -> None:
    """The bytes are proved dead: the coins are still on the address, and may be swept anew."""
    sweep = locked(sweep.pk)
    events.services.move(attempt, Attempt.State.DEAD, flow=Attempt.FLOW, actor="system", now=now)
    ledger.services.reverse(
        key=f"attempt:{attempt.pk}:return", posting_key=f"attempt:{attempt.pk}:dispatch", kind="sweep.return", now=now
    )
    lifecycle.move(sweep, Status.COMPENSATING, now=now)
    _fail(sweep, code="replaced", now=now)


def _fail(sweep: Transaction, *, code: str, now: datetime) -> None:
    lifecycle.move(sweep, Status.FAILED, now=now, failure_code=code, next_look_at=None)
    Deposit.objects.filter(sweep=sweep).update(sweep=None)


def _count(network: str, address: str) -> int:
    return Transaction.objects.filter(type=Transaction.Type.SWEEP, network_id=network, from_address=address).count()
