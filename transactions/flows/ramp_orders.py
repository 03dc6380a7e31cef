"""An order at a payment company, as we call it there: opened, looked at, cancelled, and paid for by a link."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from django.conf import settings

import providers.services
from providers.base import RampOrder, RampRequest, RampState
from transactions.engine.base import Work
from transactions.errors import NoQuestion
from transactions.models import ProviderInteraction, Step, Transaction
from transactions.queries.describe import FIAT_SCALES


def payment_link(transaction: Transaction, *, now: datetime) -> str:
    """
    Return the company's page on which the person pays: asked for anew each time, because it may work only once.

    :raises NoQuestion: if it does not wait for a payment
    :raises ProviderUnavailable, ProviderRefused: if the company does not say
    """
    paid = transaction.steps.filter(name="paid", state=Step.State.ASKING).first()
    if transaction.type != Transaction.Type.ON_RAMP or paid is None:
        raise NoQuestion
    opened = initiate(transaction, now=now)
    if not opened.pay_url:
        raise NoQuestion
    return opened.pay_url


def operation_id(transaction: Transaction) -> str:
    """Return what this transaction is called at its company: the same however often we ask."""
    return f"{transaction.pk}-{transaction.provider}"


def initiate(transaction: Transaction, *, now: datetime) -> RampState:
    """Open the order, or have it as it is if it is open already."""
    assert transaction.user is not None
    order = RampOrder(
        operation_id=operation_id(transaction),
        request=RampRequest(
            transaction.source_currency,
            Decimal(transaction.source_minor).scaleb(-FIAT_SCALES[transaction.source_currency]),
            transaction.asset_id,
            transaction.network_id,
            transaction.choice.get("country", ""),
        ),
        address=transaction.to_address,
        person=transaction.user.pk,
        email=transaction.user.email,
        return_url=f"{settings.PUBLIC_URL}/activity/{transaction.pk}/",
    )
    opened: RampState = _call(
        transaction, "initiate_fiat_to_crypto", lambda adapter: adapter.initiate_fiat_to_crypto(order), now=now
    )
    return opened


def look(work: Work) -> RampState:
    """Ask the company how the order stands."""
    state: RampState = _call(
        work.transaction, "check_payment_status", lambda adapter: adapter.check_payment_status(_id(work)), now=work.now
    )
    return state


def cancel_order(work: Work) -> RampState:
    """Cancel it where the company can, and return how it stands after that."""
    state: RampState = _call(
        work.transaction, "cancel_payment", lambda adapter: adapter.cancel_payment(_id(work)), now=work.now
    )
    return state


def _call(transaction: Transaction, operation: str, ask: Any, *, now: datetime) -> Any:
    return providers.services.call(
        provider=transaction.provider,
        operation=operation,
        operation_id=operation_id(transaction),
        subject=f"transactions.transaction:{transaction.pk}",
        ask=ask,
        now=now,
    )


def _id(work: Work) -> str:
    return operation_id(work.transaction)


def note(work: Work, operation: str, outcome: str, detail: str) -> None:
    """Keep with the transaction what the company did."""
    transaction = work.transaction
    ProviderInteraction.objects.create(
        transaction=transaction,
        step=work.step.name,
        provider=transaction.provider,
        operation=operation,
        operation_id=operation_id(transaction),
        outcome=outcome,
        detail=detail[:200],
        at=work.now,
    )
