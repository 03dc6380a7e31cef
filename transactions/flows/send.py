"""
A send, in the order it happens: request (of a quote), sign, broadcast, confirm, settle.

Every arrow between two of these is a commit, and a process may die on any of them: the row
says where it stood, and whoever looks next goes on from there.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction as database

import chains.queries
import chains.services
import custody.queries
import events.services
import ledger.services
from chains.base import FeeRate, Outcome, Payment, Presence, Priority, TransactionState
from chains.errors import PaymentImpossible
from kit import jobs
from kit.errors import DomainError
from kit.money import Money
from ledger.errors import InsufficientFunds
from transactions.errors import FeeAboveCeiling, LiquidityMissing, NotCancellable
from transactions.flows.quote import Quote
from transactions.models import Attempt, Status, Step, SubStatus, Transaction
from transactions.queries.find import locked
from transactions.services import attempts, coins, lifecycle
from transactions.services.accounts import line
from transactions.services.balances import announce_balance
from transactions.services.corrections import correct_send
from transactions.services.schedule import look_again, look_never
from wallets.queries import available_account, held_account

GIVE_UP_AFTER = timedelta(hours=24)
"""A send that could not be signed for so long is undone and its money released."""


@database.atomic
def request(quote: Quote, *, user_id: str, key: str, now: datetime) -> Transaction:
    """
    Hold the money and wait for a worker to send it; the same key again returns the same send.

    :raises InsufficientFunds: if the wallet does not cover amount and fee ceiling
    """
    repeated = Transaction.objects.filter(key=key).first()
    if repeated:
        return repeated
    transaction = lifecycle.open_transaction(
        type=Transaction.Type.SEND,
        status=Status.INITIATED,
        key=key,
        actor=user_id,
        user_id=user_id,
        wallet=quote.wallet,
        network_id=quote.wallet.network_id,
        asset=quote.asset,
        amount_minor=quote.minor,
        fee_asset_id=quote.fee_asset,
        max_fee_minor=quote.max_fee_minor,
        to_address=quote.to,
        memo=quote.memo,
        priority=quote.priority,
        required_confirmations=settings.NETWORKS[quote.wallet.network_id].confirmations,
        next_look_at=now,
        now=now,
    )
    ledger.services.reserve(
        key=_hold_key(transaction),
        available=available_account(quote.wallet.pk),
        held=held_account(quote.wallet.pk),
        money=Money(quote.minor + quote.max_fee_minor, quote.asset.code),
        now=now,
    )
    lifecycle.step(transaction, "checked", "funds_held", now=now)
    lifecycle.move(transaction, Status.BALANCE_RESERVED, now=now, actor=user_id, live="transaction.updated")
    announce_balance(wallet=quote.wallet, asset=quote.asset.code, now=now)
    jobs.enqueue("transactions.advance", transaction_id=transaction.pk)
    return transaction


@database.atomic
def cancel(*, user_id: str, transaction: Transaction, now: datetime) -> Transaction:
    """
    Undo a send that is not signed yet and release its money.

    :raises NotCancellable: if it is signed, done or failed, or is not a send
    """
    transaction = locked(transaction.pk)
    if transaction.type != Transaction.Type.SEND or transaction.status != Status.BALANCE_RESERVED:
        raise NotCancellable
    _undo(transaction, code="cancelled", reason="You cancelled it. Nothing was sent.", actor=user_id, now=now)
    return transaction


def advance(transaction: Transaction, *, now: datetime) -> None:
    """Do whatever a claimed send needs next, and say when to look at it again."""
    if transaction.status == Status.BALANCE_RESERVED:
        _sign(transaction, now=now)
    attempt = transaction.attempts.exclude(status=Attempt.State.DEAD).first()
    if attempt is None:
        return
    if attempt.status == Attempt.State.SIGNED:
        _follow(transaction, attempt, now=now)
    elif attempt.status == Attempt.State.LANDED:
        _watch_until_final(transaction, attempt, now=now)


def _sign(transaction: Transaction, *, now: datetime) -> None:
    """Ask the network what must be known, then allocate, sign, store and book in one commit."""
    try:
        plan = _plan(transaction, now=now)
        with database.atomic():
            current = locked(transaction.pk)
            if current.status != Status.BALANCE_RESERVED:
                return
            attempt = attempts.sign(current, plan=plan, minor=current.amount_minor, now=now)
            _book_dispatch(current, attempt, now)
            lifecycle.step(current, "signed", now=now)
            lifecycle.step(current, "broadcast", state=Step.State.ACTIVE, now=now)
            lifecycle.move(current, Status.PROVIDER_SELECTED, now=now)
            lifecycle.move(
                current,
                Status.PROVIDER_PROCESSING,
                now=now,
                live="transaction.updated",
                sub_status=SubStatus.TRANSACTION_BROADCASTING,
                txid=attempt.txid,
            )
    except (LiquidityMissing, FeeAboveCeiling, InsufficientFunds) as obstacle:
        _wait(transaction, obstacle, now=now)
    except PaymentImpossible as impossible:
        _give_up(transaction, code=impossible.code, reason=impossible.what_happened, now=now)
    transaction.refresh_from_db()


def _plan(transaction: Transaction, *, now: datetime) -> attempts.Plan:
    """
    Ask for fee rate, gas and nonce floor; a fee above the ceiling is capped to it where that
    still gets it mined.

    :raises FeeAboveCeiling: if even the slow rate is above the ceiling
    :raises NetworkHalted: if an operator has yet to look at the network
    """
    network = transaction.network_id
    chains.queries.check_not_halted(network)
    adapter = chains.queries.get_adapter(network)
    sender = custody.queries.hot_address(network=network)
    rate = chains.services.get_fee_rate(network=network, priority=Priority(transaction.priority), now=now)
    payment = Payment(
        to=transaction.to_address,
        minor=transaction.amount_minor,
        contract=transaction.asset.contract,
        rate=rate,
        sender=sender,
    )
    gas = adapter.gas_limit(payment)
    return attempts.Plan(
        sender=sender,
        rate=_within_ceiling(transaction, rate, gas, now=now),
        gas_limit=gas,
        nonce_floor=adapter.next_nonce(sender),
        head=chains.queries.scanned_height(network=network),
        confirmations=settings.NETWORKS[network].confirmations,
    )


def _within_ceiling(transaction: Transaction, rate: FeeRate, gas: int, *, now: datetime) -> FeeRate:
    if gas == 0 or rate.rate * gas <= transaction.max_fee_minor:
        return rate
    affordable = transaction.max_fee_minor // gas
    slow = chains.services.get_fee_rate(network=transaction.network_id, priority=Priority.SLOW, now=now)
    if affordable < slow.rate:
        raise FeeAboveCeiling
    return FeeRate(rate.network, rate.priority, affordable, min(rate.tip, affordable), rate.seconds)


def _follow(transaction: Transaction, attempt: Attempt, *, now: datetime) -> None:
    """See how the signed bytes stand and hand them over (again) if the network lacks them."""
    if attempt.broadcast_count == 0:
        attempts.broadcast(attempt, now=now)
    state = attempts.state_of(attempt)
    if state.presence == Presence.ABSENT:
        head = chains.queries.scanned_height(network=transaction.network_id)
        if attempts.is_dead(attempt, state=state, head=head):
            _bury(transaction, attempt, now=now)
            return
        outcome = attempts.broadcast(attempt, now=now)
        if outcome != Outcome.SUCCEEDED:
            look_again(transaction, now=now)
            return
    _record_state(transaction, attempt, state, now=now)


@database.atomic
def _record_state(transaction: Transaction, attempt: Attempt, state: TransactionState, *, now: datetime) -> None:
    """Write down what the network says; deep enough, settle."""
    transaction = locked(transaction.pk)
    if transaction.status == Status.PROVIDER_PROCESSING:
        lifecycle.step(transaction, "broadcast", now=now)
        lifecycle.step(transaction, "confirmed", state=Step.State.ACTIVE, now=now)
        lifecycle.move(
            transaction,
            Status.BLOCKCHAIN_PENDING,
            now=now,
            live="transaction.updated",
            sub_status=SubStatus.MEMPOOL_PENDING,
        )
    if transaction.status != Status.BLOCKCHAIN_PENDING:
        return
    if attempts.is_settled_by(transaction, state):
        _settle(transaction, attempt, state, now=now)
    elif state.confirmations != transaction.confirmations:
        transaction.confirmations = state.confirmations
        transaction.sub_status = (
            SubStatus.BLOCK_CONFIRMATION_PENDING if state.confirmations else SubStatus.MEMPOOL_PENDING
        )
        transaction.save(update_fields=["confirmations", "sub_status"])
        lifecycle.show(transaction, now=now)
        look_again(transaction, now=now)
    else:
        look_again(transaction, now=now)


def _settle(transaction: Transaction, attempt: Attempt, state: TransactionState, *, now: datetime) -> None:
    """Take what was sent and the real fee off the person's books; release the rest of the ceiling."""
    sent = transaction.amount_minor if state.succeeded else 0
    network, asset = transaction.network_id, transaction.asset_id
    dispatched = transaction.amount_minor + attempt.max_fee_minor
    ledger.services.settle(
        key=_hold_key(transaction),
        posting_key=f"send:{transaction.pk}:settle",
        kind="send.settle",
        lines=[
            *line(network, "in_transit", Money(dispatched, asset)),
            *line(network, "treasury", Money(sent + state.fee_minor - dispatched, asset)),
        ],
        now=now,
    )
    events.services.move(
        attempt, Attempt.State.LANDED, flow=Attempt.FLOW, actor="system", now=now, data={"block": state.block_hash}
    )
    known: dict[str, Any] = {
        "confirmations": state.confirmations,
        "fee_minor": state.fee_minor,
        "sub_status": SubStatus.CONFIRMATION_COMPLETED,
    }
    if not state.succeeded:
        lifecycle.step(transaction, "confirmed", state=Step.State.FAILED, now=now)
        lifecycle.move(transaction, Status.COMPENSATING, now=now, **known)
        _fail(
            transaction,
            code="failed_on_network",
            reason="The network ran it and refused it. Only its fee was taken.",
            now=now,
        )
        return
    lifecycle.step(transaction, "confirmed", "settled", now=now)
    lifecycle.move(transaction, Status.BLOCKCHAIN_CONFIRMED, now=now, live="transaction.updated", **known)
    lifecycle.move(transaction, Status.BALANCE_UPDATED, now=now)
    lifecycle.move(transaction, Status.COMPLETED, now=now, live="transaction.updated")
    look_again(transaction, now=now)
    announce_balance(wallet=transaction.wallet, asset=asset, now=now)


def _watch_until_final(transaction: Transaction, attempt: Attempt, *, now: datetime) -> None:
    """A settled send stays under watch: a reorg may drop it, and then the same bytes go out again."""
    state = attempts.state_of(attempt)
    if state.presence == Presence.ABSENT:
        attempts.broadcast(attempt, now=now)
    if state.confirmations <= settings.NETWORKS[transaction.network_id].final_depth:
        look_again(transaction, now=now)
        return
    with database.atomic():
        current = locked(transaction.pk)
        events.services.move(attempt, Attempt.State.FINAL, flow=Attempt.FLOW, actor="system", now=now)
        correct_send(current, attempt, state, now=now)
        look_never(current)


@database.atomic
def _bury(transaction: Transaction, attempt: Attempt, *, now: datetime) -> None:
    """The bytes are proved dead: what was booked as on its way comes back, and so does the money."""
    transaction = locked(transaction.pk)
    events.services.move(attempt, Attempt.State.DEAD, flow=Attempt.FLOW, actor="system", now=now)
    coins.forget_change(attempt=attempt)
    ledger.services.reverse(
        key=f"attempt:{attempt.pk}:return",
        posting_key=f"attempt:{attempt.pk}:dispatch",
        kind="send.return",
        now=now,
    )
    _undo(
        transaction,
        code="replaced",
        reason="Another transaction took its place on the network. Your money is back.",
        actor="system",
        now=now,
    )


def _wait(transaction: Transaction, obstacle: DomainError, *, now: datetime) -> None:
    """Nothing was signed: show why it waits, or give the money back if it has waited too long."""
    if now - transaction.created_at > GIVE_UP_AFTER:
        _give_up(
            transaction,
            code=obstacle.code,
            reason=f"It could not be sent within a day: {obstacle.title.lower()}.",
            now=now,
        )
        return
    is_dear = isinstance(obstacle, FeeAboveCeiling)
    waiting = SubStatus.WAITING_FOR_LOWER_FEES if is_dear else SubStatus.WAITING_FOR_LIQUIDITY
    with database.atomic():
        current = locked(transaction.pk)
        if current.status == Status.BALANCE_RESERVED and current.sub_status != waiting:
            current.sub_status = waiting
            current.save(update_fields=["sub_status"])
            lifecycle.show(current, now=now)
        look_again(current, now=now)


@database.atomic
def _give_up(transaction: Transaction, *, code: str, reason: str, now: datetime) -> None:
    transaction = locked(transaction.pk)
    if transaction.status == Status.BALANCE_RESERVED:
        _undo(transaction, code=code, reason=reason, actor="system", now=now)


def _undo(transaction: Transaction, *, code: str, reason: str, actor: str, now: datetime) -> None:
    """Release the hold of a send of which nothing can land any more."""
    lifecycle.move(transaction, Status.COMPENSATING, now=now, actor=actor)
    ledger.services.release(key=_hold_key(transaction), now=now)
    _fail(transaction, code=code, reason=reason, now=now, actor=actor)


def _fail(transaction: Transaction, *, code: str, reason: str, now: datetime, actor: str = "system") -> None:
    lifecycle.move(
        transaction,
        Status.FAILED,
        now=now,
        actor=actor,
        live="transaction.updated",
        failure_code=code,
        failure_reason=reason[:200],
        next_look_at=None,
    )
    announce_balance(wallet=transaction.wallet, asset=transaction.asset_id, now=now)


def _book_dispatch(transaction: Transaction, attempt: Attempt, now: datetime) -> None:
    money = Money(transaction.amount_minor + attempt.max_fee_minor, transaction.asset_id)
    network = transaction.network_id
    ledger.services.post(
        key=f"attempt:{attempt.pk}:dispatch",
        kind="send.dispatch",
        lines=[*line(network, "treasury", money), *line(network, "in_transit", -money)],
        now=now,
    )


def _hold_key(transaction: Transaction) -> str:
    return f"send:{transaction.pk}"
