"""
A send, in the order it happens: request (of a quote), hold, sign, broadcast, confirm, settle, final.

Every arrow between two of these is a commit, and a process may die on any of them: the row
says where it stood, and whoever looks next goes on from there.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction as database

import chains.queries
import chains.services
import custody.queries
import events.services
import ledger.services
from assets.queries import get_asset
from chains.errors import MemoInvalid, PaymentImpossible, SenderShort
from chains.values import FeeRate, Payment, Priority
from kit.money import Money
from ledger.errors import InsufficientFunds
from transactions.engine import run as engine
from transactions.engine.base import Done, Fail, Flow, Kind, Later, Result, Retry, StepOf, Treatment, Work
from transactions.errors import FeeAboveCeiling, LaneBusy, LiquidityMissing, NotCancellable
from transactions.flows.quote import Quote
from transactions.models import Attempt, Status, SubStatus, Transaction
from transactions.queries.find import by_key, locked
from transactions.queries.halts import check_sends_allowed, halt_over
from transactions.services import attempts, batching, channels, landing, lifecycle, limits, preparing, replacing
from transactions.services.accounts import line, outlay
from transactions.services.actions import note_action
from transactions.services.attempts import Look
from transactions.services.balances import announce_balance
from transactions.services.corrections import correct_send
from wallets.models import ReservationPart
from wallets.services import reservations

Part = ReservationPart.Name
SIGNED = "signed"
GIVE_UP_AFTER = timedelta(hours=24)
"""A send that could not be signed for so long is undone and its money released."""


@database.atomic(savepoint=False)
@events.services.gather()
def request(quote: Quote, *, user_id: str, key: str, now: datetime) -> Transaction:
    """
    Hold the money and wait for a worker to send it; the same key again returns the same send.

    :raises InsufficientFunds: if the wallet does not cover amount and fee ceiling
    :raises SendsHalted: if nothing of this asset, or of the one that pays its fee, leaves now
    :raises LimitExceeded, LimitUnknown: if it is above the person's daily limit, or nobody can tell
    """
    repeated = by_key(key)
    if repeated:
        return repeated
    check_sends_allowed(quote.asset.code, fee_asset=quote.fee_asset)
    limits.take_send_limit(user_id=user_id, money=Money(quote.minor, quote.asset.code), now=now)
    transaction = lifecycle.open_transaction(
        type=Transaction.Type.SEND,
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
        now=now,
    )
    note_action(transaction, "asked", actor=user_id, now=now)
    engine.begin(transaction, now=now, actor=user_id)
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
    note_action(transaction, "cancelled", actor=user_id, now=now)
    engine.stop(transaction, code="cancelled", reason="You cancelled it. Nothing was sent.", actor=user_id, now=now)
    return transaction


def _check(work: Work, answer: Any) -> Result:
    """Everything that could be checked was, when it was quoted."""
    return Done()


def _hold(work: Work, answer: Any) -> Result:
    """Set aside the amount, and the fee's ceiling as a part of its own: what is not needed of it comes back."""
    transaction = work.transaction
    assert transaction.wallet is not None
    reservations.reserve(
        key=_hold_key(transaction),
        wallet=transaction.wallet,
        kind=reservations.Kind.PARTIAL,
        parts=[
            reservations.Part(Part.AMOUNT, Money(transaction.amount_minor, transaction.asset_id)),
            reservations.Part(Part.FEE, Money(transaction.max_fee_minor, transaction.fee_asset_id)),
        ],
        purpose=f"a send to {transaction.to_address}",
        transaction_id=transaction.pk,
        actor=transaction.user_id or "system",
        now=work.now,
    )
    _announce(transaction, work.now)
    return Done()


def _release(work: Work, answer: Any) -> None:
    transaction = work.transaction
    reservations.release(key=_hold_key(transaction), reason=transaction.failure_code, now=work.now)
    lifecycle.tell(transaction, "BalanceReservationReleased", category="domain", now=work.now, actor=work.actor)
    _announce(transaction, work.now)


def _plan(work: Work) -> attempts.Plan | None:
    """
    Ask for fee rate, gas and nonce floor; a fee above the ceiling is capped to it where that
    still gets it mined. Nothing is asked while nothing of what it would take may leave, or it
    waits for others.

    :raises FeeAboveCeiling: if even the slow rate is above the ceiling
    :raises NetworkHalted: if an operator has yet to look at the network
    """
    transaction, now = work.transaction, work.now
    network = transaction.network_id
    if halt_over(transaction) or batching.seconds_left(transaction, now=now):
        return None
    chains.queries.check_not_halted(network)
    adapter = chains.queries.get_adapter(network)
    sender = custody.queries.hot_address(network=network)
    rate = chains.services.get_fee_rate(network=network, priority=Priority(transaction.priority), now=now)
    payment = Payment(
        to=transaction.to_address,
        minor=transaction.amount_minor,
        contract=get_asset(transaction.asset_id).contract,
        rate=rate,
        sender=sender,
        memo=attempts.said(transaction),
    )
    channel = channels.pick(transaction)
    payment = replace(payment, channel=channel, under_way=channels.under_way(network=network))
    prepared = preparing.prepare(payment, network=network)
    gas = adapter.gas_limit(prepared)
    return attempts.Plan(
        sender=sender,
        channel=channel,
        rate=_within_ceiling(transaction, rate, gas, most_fee=adapter.most_fee(prepared), now=now),
        gas_limit=gas,
        prepared=prepared,
        nonce_floor=adapter.next_nonce(channel or sender),
        head=chains.queries.scanned_height(network=network),
        confirmations=settings.NETWORKS[network].confirmations,
    )


def _within_ceiling(transaction: Transaction, rate: FeeRate, gas: int, *, most_fee: int, now: datetime) -> FeeRate:
    if most_fee <= transaction.max_fee_minor:
        return rate
    if not transaction.network.is_numbered:
        raise FeeAboveCeiling  # there the rate is a small part of the fee: less of it would not help
    affordable = transaction.max_fee_minor // gas
    slow = chains.services.get_fee_rate(network=transaction.network_id, priority=Priority.SLOW, now=now)
    if affordable < slow.rate:
        raise FeeAboveCeiling
    return replace(rate, rate=affordable, tip=min(rate.tip, affordable))


def _sign(work: Work, plan: attempts.Plan | Attempt | None) -> Result:
    """
    Allocate, sign, store and book, all in this one commit; while nothing of it may leave, or others are waited for,
    it waits. What another send's commit has signed for it is only booked.
    """
    if isinstance(plan, Attempt):
        _book(work, plan)
        return Done(fields={"txid": plan.txid})
    left = batching.seconds_left(work.transaction, now=work.now)
    if left and plan is not attempts.NOTHING_PLANNED and _may_sign(work):
        return Later(seconds=left, sub_status=SubStatus.WAITING_FOR_BATCH)
    if plan is None or not _may_sign(work):
        return landing.HALTED
    return _sign_now(work, plan)


def _may_sign(work: Work) -> bool:
    return halt_over(work.transaction) is None


def _sign_now(work: Work, plan: attempts.Plan) -> Done:
    """Sign it, and what is paid with it; each is booked and moved on in this same commit."""
    own, *others = batching.sign(work.transaction, plan=plan, now=work.now)
    _book(work, own)
    for each in others:
        engine.carry(each.transaction, SIGNED, each, now=work.now)
    return Done(fields={"txid": own.txid})


def _book(work: Work, attempt: Attempt) -> None:
    """Book the amount and the most it may cost as on their way."""
    transaction = work.transaction
    ledger.services.post(
        key=f"attempt:{attempt.pk}:dispatch",
        kind="send.dispatch",
        lines=[
            each
            for money in outlay(transaction, max_fee_minor=attempt.max_fee_minor)
            for each in (
                *line(transaction.network_id, "treasury", money),
                *line(transaction.network_id, "in_transit", -money),
            )
        ],
        now=work.now,
    )


def _unsign(work: Work, answer: Any) -> None:
    """The bytes are proved dead, or were run and refused and paid for: nothing of them is on its way."""
    landing.return_dispatch(work, kind="send.return")


def _confirm(work: Work, look: Look) -> Result:
    """Deep enough: it has left for good. Run and refused, or called off: only its fee is gone, the rest comes back."""
    result = landing.confirm(work, look)
    if isinstance(result, Fail) and not look.is_dead:
        _pay_fee_only(work, look)
    return result


def _settle(work: Work, answer: Any) -> Result:
    """Take what was sent and the real fee off the person's books; release the rest of the ceiling."""
    transaction = work.transaction
    assert transaction.fee_minor is not None
    _post_settlement(work, sent=transaction.amount_minor, fee=transaction.fee_minor)
    _announce(transaction, work.now)
    return Done()


def _pay_fee_only(work: Work, look: Look) -> None:
    assert look.attempt is not None
    fee = look.state.fee_minor
    is_own = look.attempt.cancels and not replacing.is_asked_for_cancel(work.transaction)
    charged = 0 if is_own else min(fee, work.transaction.max_fee_minor)
    _post_settlement(work, sent=0, fee=charged, company_fee=fee - charged)


def _post_settlement(work: Work, *, sent: int, fee: int, company_fee: int = 0) -> None:
    """
    Pay the network from the two parts: the amount has gone out of what was on its way, the fee with it.

    `company_fee`: what it cost besides, at the company's expense.
    """
    transaction = work.transaction
    network, asset = transaction.network_id, transaction.asset_id
    attempt = attempts.booked_attempt(transaction)
    dispatched, *fees = outlay(transaction, max_fee_minor=attempt.max_fee_minor)
    key, unsent = _hold_key(transaction), dispatched - Money(sent, asset)
    (rest,) = fees or (unsent,)
    if sent:
        reservations.settle(
            key=key,
            part=Part.AMOUNT,
            posting_key=f"send:{transaction.pk}:settle",
            kind="send.settle",
            lines=line(network, "in_transit", Money(sent, asset)),
            now=work.now,
        )
    paid, own = (Money(minor, transaction.fee_asset_id) for minor in (fee + company_fee, company_fee))
    fee_lines = [*line(network, "in_transit", rest), *line(network, "treasury", paid - rest)]
    if company_fee:
        fee_lines += line(network, "fees", -own)
    if fees and unsent:  # a token that did not leave, though its fee was paid
        back = [*line(network, "in_transit", unsent), *line(network, "treasury", -unsent)]
        ledger.services.post(key=f"send:{transaction.pk}:unsent", kind="send.unsent", lines=back, now=work.now)
    if fee:
        reservations.settle(
            key=key,
            part=Part.FEE,
            posting_key=f"send:{transaction.pk}:fee",
            kind="send.fee",
            lines=fee_lines,
            now=work.now,
        )
    else:
        ledger.services.post(key=f"send:{transaction.pk}:fee", kind="send.fee", lines=fee_lines, now=work.now)
    reservations.release(key=key, reason="settled", now=work.now)


def _watch(work: Work, look: Look) -> Result:
    """A settled send stays under watch: a reorg may drop it, and then the same bytes go out again."""
    return landing.watch(work, look, lambda attempt: correct_send(work.transaction, attempt, look.state, now=work.now))


def _announce(transaction: Transaction, now: datetime) -> None:
    """Tell the owner what the wallet holds now: of the asset, and of the one that pays its fee."""
    for asset in dict.fromkeys([transaction.asset_id, transaction.fee_asset_id]):
        announce_balance(wallet=transaction.wallet, asset=asset, now=now)


def _hold_key(transaction: Transaction) -> str:
    return f"send:{transaction.pk}"


_RENEWAL = landing.Renewal(plan=_plan, may_sign=_may_sign, sign=_sign_now, book=_book, kind="send.return")

FLOW = Flow(
    Transaction.Type.SEND,
    [
        StepOf("checked", Kind.VALIDATION, "checks recipient, amount and fee", _check, event="RecipientValidated"),
        StepOf(
            "funds_held",
            Kind.RESERVATION,
            "sets amount and fee ceiling aside",
            _hold,
            undo=_release,
            via=[Status.BALANCE_RESERVED],
        ),
        StepOf(
            SIGNED,
            Kind.PROVIDER,
            "takes nonce or coins, signs, stores the bytes and books them as on their way, in one commit",
            _sign,
            ask=_plan,
            undo=_unsign,
            may_stop=landing.is_unsigned,
            via=[Status.PROVIDER_SELECTED, Status.PROVIDER_PROCESSING],
            errors={
                LiquidityMissing: Treatment.TEMPORARY,
                FeeAboveCeiling: Treatment.TEMPORARY,
                InsufficientFunds: Treatment.TEMPORARY,
                LaneBusy: Treatment.TEMPORARY,
                SenderShort: Treatment.TEMPORARY,
                MemoInvalid: Treatment.PERMANENT,
                PaymentImpossible: Treatment.PERMANENT,
            },
            waits_for={
                FeeAboveCeiling: SubStatus.WAITING_FOR_LOWER_FEES,
                LiquidityMissing: SubStatus.WAITING_FOR_LIQUIDITY,
                InsufficientFunds: SubStatus.WAITING_FOR_LIQUIDITY,
                SenderShort: SubStatus.WAITING_FOR_LIQUIDITY,
            },
            retry=Retry(patience=GIVE_UP_AFTER, most_seconds=30),
        ),
        landing.broadcast_step(_RENEWAL),
        landing.confirm_step(_confirm, _RENEWAL),
        StepOf(
            "settled",
            Kind.UPDATE,
            "takes amount and real fee off the person's books and releases the rest",
            _settle,
            via=[Status.BALANCE_UPDATED, Status.COMPLETED],
        ),
        landing.final_step(_watch),
    ],
    says="Coins leave for an address on a network.",
    command="InitiateSendCommand",
)
