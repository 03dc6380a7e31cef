"""
A deposit by on-ramp, in the order it happens: a person pays fiat to an outside company, and the coins
it delivers arrive at their deposit address: check, choose, order, pay, deliver, credit.

What the ledger credits is what the network shows to have arrived, through the deposit it makes like any
other; what the company says is followed, never believed. If it fails, another takes its place as long as
no payment was taken; if one was, it is followed until it has been given back.
"""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction as database

from assets.queries import native_asset
from kit.errors import DomainError
from providers.base import RampStage, RampState
from providers.errors import NoProvider, ProviderRefused, ProviderUnavailable
from transactions.engine import run as engine
from transactions.engine.base import Ask, Done, Flow, GoBack, Kind, Later, Result, Retry, StepOf, Treatment, Work
from transactions.errors import NotCancellable, RefundPending
from transactions.flows.ramp_coins import (
    LOOK_SECONDS,
    TXID,
    await_credit,
    await_finality,
    canonical,
    give_up,
    has_nothing_arrived,
    look_for_coins,
)
from transactions.flows.ramp_offers import Offered, Wish, offers
from transactions.flows.ramp_orders import cancel_order, initiate, look, note
from transactions.models import Status, Step, SubStatus, Transaction
from transactions.queries.describe import can_cancel, fiat_text
from transactions.queries.find import locked
from transactions.services import lifecycle
from transactions.services.actions import note_action
from wallets.queries import deposit_address

ORDER_TRIES = 3
"""So often one company is asked to open an order before another takes its place."""

PAY_WITHIN = timedelta(minutes=30)
MORE_TIME = "more_time"
"""What a person may answer to the question for their payment."""

MOST_EXTENSIONS = 3


@database.atomic
def request(offered: Offered, *, user_id: str, key: str, now: datetime) -> Transaction:
    """Begin; nothing is paid yet. The same key again returns the same deposit."""
    repeated = Transaction.objects.filter(key=key).first()
    if repeated:
        return repeated
    asked = offered.wish
    transaction = lifecycle.open_transaction(
        type=Transaction.Type.ON_RAMP,
        key=key,
        actor=user_id,
        user_id=user_id,
        wallet=asked.wallet,
        network_id=asked.wallet.network_id,
        asset=asked.asset,
        amount_minor=max(1, offered.expected_minor),
        fee_asset=native_asset(asked.wallet.network_id),
        fee_minor=0,
        source_currency=asked.fiat,
        source_minor=asked.fiat_minor,
        choice={"country": asked.country, "preference": asked.preference},
        to_address=deposit_address(asked.wallet),
        required_confirmations=settings.NETWORKS[asked.wallet.network_id].confirmations,
        now=now,
    )
    note_action(transaction, "asked", actor=user_id, now=now)
    engine.begin(transaction, now=now, actor=user_id)
    return transaction


@database.atomic
def cancel(*, user_id: str, transaction: Transaction, now: datetime) -> Transaction:
    """
    Give it up before it is paid; the order at the company is cancelled, and followed if it was paid after all.

    :raises NotCancellable: if it is paid, over or being undone already
    """
    transaction = locked(transaction.pk)
    if not can_cancel(transaction, viewer_id=user_id):
        raise NotCancellable(why="It has been paid, or is over.", what_to_do="Wait until the coins arrive.")
    note_action(transaction, "cancelled", actor=user_id, now=now)
    engine.stop(transaction, code="cancelled", reason="You cancelled it before paying.", actor=user_id, now=now)
    return transaction


def _check(work: Work, answer: Any) -> Result:
    """Wallet, currency and amount were checked when it was asked for."""
    return Done()


def _reserve(work: Work, answer: Any) -> Result:
    """Nothing of the person's is spent here: what is set aside is the address that the coins will come to."""
    return Done(memo={"address": work.transaction.to_address})


def _find_offers(work: Work) -> Offered:
    transaction = work.transaction
    assert transaction.wallet is not None
    asked = Wish(
        transaction.wallet,
        transaction.asset,
        transaction.source_currency,
        transaction.source_minor,
        transaction.choice.get("country", ""),
        transaction.choice.get("preference", ""),
    )
    excluded = frozenset(work.step.memo.get("excluded", []))
    return offers(asked, subject=transaction.pk, now=work.now, excluded=excluded)


def _choose(work: Work, offered: Offered) -> Result:
    """Keep who was chosen, and every figure and reason it was chosen by."""
    kept = {**work.transaction.choice, **offered.choice.as_json()}
    return Done(
        fields={
            "provider": offered.choice.provider,
            "choice": kept,
            "amount_minor": max(1, offered.expected_minor),
        },
        memo={"provider": offered.choice.provider},
    )


def _open_order(work: Work) -> RampState | DomainError:
    """Ask the company to open the order; an error is an answer here, because another company may do it."""
    try:
        return initiate(work.transaction, now=work.now)
    except (ProviderUnavailable, ProviderRefused) as error:
        return error


def _note_order(work: Work, answer: RampState | DomainError) -> Result:
    if isinstance(answer, ProviderUnavailable):
        if answer.kind not in ("cooling", "disabled", "forbidden") and work.step.tries + 1 < ORDER_TRIES:
            raise answer
        outcome = "unknown" if answer.has_left else "failed"
        return _fail_over(work, "initiate_fiat_to_crypto", outcome, answer.what_happened)
    if isinstance(answer, DomainError):
        return _fail_over(work, "initiate_fiat_to_crypto", "failed", answer.what_happened)
    note(work, "initiate_fiat_to_crypto", "succeeded", answer.order_id)
    return Done(memo={"order_id": answer.order_id})


def _fail_over(work: Work, operation: str, outcome: str, reason: str) -> Result:
    """Another company takes its place. Its payment link was never used, or nothing was taken by it."""
    transaction = work.transaction
    note(work, operation, outcome, reason)
    excluded = {*work.memo("chosen").get("excluded", []), transaction.provider}
    return GoBack("chosen", reason, via=[Status.PROVIDER_FAILOVER], memo={"excluded": sorted(excluded)})


def _await_payment(work: Work, state: RampState) -> Result:
    """Only the person can pay; what the company says of it decides what comes next."""
    stage = state.stage
    if stage in (RampStage.ABSENT, RampStage.AWAITING_PAYMENT):
        return _ask_for_payment(work)
    if stage == RampStage.PAYMENT_PENDING:
        return Later(LOOK_SECONDS, sub_status=SubStatus.FIAT_PAYMENT_PENDING)
    if stage in (RampStage.PAID, RampStage.DELIVERING, RampStage.COMPLETED):
        note(work, "check_payment_status", "succeeded", stage)
        return Done(fields={"sub_status": SubStatus.FIAT_PAYMENT_CONFIRMED})
    if stage == RampStage.FAILED and not state.is_refund_due:
        return _fail_over(work, "check_payment_status", "failed", state.reason or "The payment was declined.")
    return give_up(work, state)


def _ask_for_payment(work: Work) -> Ask:
    """Name what is to be paid, and until when; the person may ask for more time."""
    amount = fiat_text(work.transaction.source_minor, work.transaction.source_currency)
    extensions = int(work.step.memo.get("extensions", 0))
    deadline = (work.step.started_at or work.now) + PAY_WITHIN
    if work.step.answer == MORE_TIME and extensions < MOST_EXTENSIONS:
        extensions, deadline = extensions + 1, work.now + PAY_WITHIN
    elif work.step.deadline_at is not None:
        deadline = work.step.deadline_at
    question = f"Pay {amount} {work.transaction.source_currency} to go on."
    return Ask(question, deadline, memo={"extensions": extensions}, seconds=LOOK_SECONDS)


def _await_delivery(work: Work, state: RampState) -> Result:
    if state.stage.is_over and state.stage != RampStage.COMPLETED:
        return give_up(work, state)
    if not state.crypto_txid:
        return Later(LOOK_SECONDS, sub_status=SubStatus.CONVERSION_PENDING)
    if not TXID.fullmatch(state.crypto_txid):
        raise ProviderUnavailable("It names a transaction that no network has.", kind="broken", has_left=True)
    note(work, "check_payment_status", "succeeded", state.crypto_txid)
    lifecycle.tell(work.transaction, f"{work.transaction.asset_id}ConversionCompleted", category="domain", now=work.now)
    # The amount it names is compared with what came by reconciliation, which asks for it again.
    return Done(fields={"txid": canonical(work, state.crypto_txid), "sub_status": SubStatus.CONVERSION_COMPLETED})


def _cancel_order(work: Work) -> RampState:
    """
    Cancel at the company where that can be done, and see how it stands.

    :raises RefundPending: as long as it may still deliver, or owes the person their money
    """
    state = cancel_order(work)
    may_be_paid = state.stage in (RampStage.PAYMENT_PENDING, RampStage.PAID, RampStage.DELIVERING)
    if may_be_paid or state.is_refund_due:
        raise RefundPending
    return state


def _undo_order(work: Work, state: RampState | None) -> None:
    """It is over at the company: nothing was taken, or it was given back, or the coins come as any deposit."""
    if state is None:
        return
    note(work, "cancel_payment", "succeeded", state.stage)
    if state.stage == RampStage.REFUNDED:
        lifecycle.tell(work.transaction, "FiatPaymentRefunded", category="integration", now=work.now)


UNTIL_IT_IS_OVER = Retry(first_seconds=5, most_seconds=300)
"""Somebody's money may be at the company: it is followed until that is over."""

FLOW = Flow(
    Transaction.Type.ON_RAMP,
    [
        StepOf(
            "checked",
            Kind.VALIDATION,
            "checks wallet, currency and amount",
            _check,
        ),
        StepOf(
            "address_reserved",
            Kind.RESERVATION,
            "sets aside the address that the coins will come to",
            _reserve,
            via=[Status.BALANCE_RESERVED],
        ),
        StepOf(
            "chosen",
            Kind.PROVIDER,
            "asks every company for its price and chooses one, the reasons kept",
            _choose,
            ask=_find_offers,
            via=[Status.PROVIDER_SELECTED],
            may_stop=lambda _: True,  # prices were asked for, and nothing else
            event="OnRampProviderSelected",
            sub_status=SubStatus.PRICE_QUOTING,
            errors={NoProvider: Treatment.TEMPORARY},
            retry=Retry(first_seconds=2, most_seconds=30, limit=6),
        ),
        StepOf(
            "ordered",
            Kind.PROVIDER,
            "opens the order there; if that cannot be done, another company is chosen",
            _note_order,
            ask=_open_order,
            undo=_undo_order,
            undo_ask=_cancel_order,
            via=[Status.PROVIDER_PROCESSING],
            goes_back={"chosen": [Status.PROVIDER_FAILOVER]},
            may_stop=lambda work: work.step.state == Step.State.DONE,  # until then, who knows what was opened
            may_vouch_undone=True,
            event="OnRampPaymentRequested",
            category="integration",
            sub_status=SubStatus.PAYMENT_METHOD_AUTHORIZING,
            errors={RefundPending: Treatment.TEMPORARY},
            retry=UNTIL_IT_IS_OVER,
        ),
        StepOf(
            "paid",
            Kind.PROVIDER,
            "waits for the person's payment; one that is declined goes to another company",
            _await_payment,
            ask=look,
            goes_back={"chosen": [Status.PROVIDER_FAILOVER]},
            may_stop=lambda work: work.step.state == Step.State.ASKING,  # nothing to deliver for, as yet
            event="FiatPaymentConfirmed",
            sub_status=SubStatus.FIAT_PAYMENT_PENDING,
            errors={DomainError: Treatment.TEMPORARY},
            retry=UNTIL_IT_IS_OVER,
        ),
        StepOf(
            "delivered",
            Kind.PROVIDER,
            "waits until the company has sent the coins",
            _await_delivery,
            ask=look,
            via=[Status.BLOCKCHAIN_PENDING],
            event="ProviderResponseReceived",
            category="integration",
            sub_status=SubStatus.CONVERSION_PENDING,
            errors={DomainError: Treatment.TEMPORARY},
            retry=UNTIL_IT_IS_OVER,
        ),
        StepOf(
            "credited",
            Kind.BLOCKCHAIN,
            "waits until the deposit of these coins is credited, and takes its amount from there",
            await_credit,
            ask=look_for_coins,
            via=[Status.BLOCKCHAIN_CONFIRMED],
            sub_status=SubStatus.MEMPOOL_PENDING,
            errors={DomainError: Treatment.TEMPORARY},
            retry=UNTIL_IT_IS_OVER,
            may_force=has_nothing_arrived,
            milestone=True,
        ),
        StepOf(
            "final",
            Kind.UPDATE,
            "is as final as its deposit is, and goes back to waiting if a reorg takes that back",
            await_finality,
            via=[Status.BALANCE_UPDATED, Status.COMPLETED],
            goes_back={"credited": [Status.COMPENSATING]},
        ),
    ],
    says="A person pays fiat to an outside company, and the coins it delivers arrive as a deposit.",
    command="InitiateDepositCommand",
)
