"""Preview, create, read, cancel: `/api/v1/transactions`."""

from datetime import datetime
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

import rates.queries
from assets.queries import get_asset
from kit.clients import caller_id
from kit.errors import DomainError
from kit.money import Money, format_minor, parse_amount
from kit.pagination import KeysetPagination
from kit.shapes import checked
from transactions.api.filters import FILTERS, wanted
from transactions.api.serializers import (
    AnswerIn,
    NewTransaction,
    PreviewOut,
    RefundIn,
    ReplacementIn,
    ReplacementOut,
    TransactionOut,
)
from transactions.flows import company, on_ramp, refund, replacement, send
from transactions.flows.order import Order, Preview, check_transfer, prepare, rehearse
from transactions.models import Transaction
from transactions.queries import warnings
from transactions.queries.describe import ON_ITS_WAY, describe
from transactions.queries.find import get_transaction
from transactions.queries.totals import CURRENCY
from transactions.services import actions, idempotency
from transactions.services.idempotency import Answer, Call

IDEMPOTENCY = OpenApiParameter("Idempotency-Key", str, OpenApiParameter.HEADER, required=True)


def _order(request: Request) -> tuple[Order, dict[str, Any]]:
    body = checked(NewTransaction, request.data)
    return Order(**body), body


def answer(found: Answer) -> Response:
    """Return the stored or fresh answer; a stored one says so."""
    headers = {"Idempotent-Replayed": "true"} if found.is_replayed else {}
    return Response(found.body, status=found.status_code, headers=headers)


class PreviewView(GenericAPIView[Any]):
    serializer_class = NewTransaction

    @extend_schema(request=NewTransaction, responses=PreviewOut)
    def post(self, request: Request) -> Response:
        """Say what a payment would cost and do; the same path, rolled back."""
        order, _ = _order(request)
        now, user_id = timezone.now(), caller_id(request)
        ready = prepare(order, user_id=user_id, now=now)
        return Response(_show(rehearse(ready, user_id=user_id, wallet_id=order.wallet_id, now=now), now))


class TransactionsView(GenericAPIView[Any]):
    serializer_class = TransactionOut
    pagination_class = KeysetPagination
    keyset_ordering = ["id"]

    @extend_schema(parameters=FILTERS, responses=TransactionOut(many=True))
    def get(self, request: Request) -> Response:
        """List what moved the caller's money, newest first."""
        page = self.paginate_queryset(wanted(request))
        return self.get_paginated_response([describe(each, viewer_id=caller_id(request)) for each in page or []])

    @extend_schema(parameters=[IDEMPOTENCY], request=NewTransaction, responses={201: TransactionOut})
    def post(self, request: Request) -> Response:
        """Send to an address or transfer to a person."""
        order, body = _order(request)
        now, user_id = timezone.now(), caller_id(request)
        call = idempotency.call(
            user_id=user_id, key=request.headers.get("Idempotency-Key"), route="transactions", body=body
        )
        if order.type == Transaction.Type.TRANSFER:
            return answer(_transfer(order, call, now=now))
        company.not_coming()
        before = idempotency.stored(call)
        if before:
            return answer(before)
        ready = prepare(order, user_id=user_id, now=now)

        def effect() -> Answer:
            transaction = idempotency.check_new(ready.carry_out(call.name, now), now=now)
            return Answer(201, describe(transaction, viewer_id=user_id, steps=transaction.begun))

        return answer(idempotency.once(call, effect, now=now))


class TransactionView(GenericAPIView[Any]):
    serializer_class = TransactionOut

    @extend_schema(responses=TransactionOut)
    def get(self, request: Request, transaction_id: str) -> Response:
        """Show one transaction with its steps."""
        found = get_transaction(user_id=caller_id(request), transaction_id=transaction_id)
        return Response(describe(found, viewer_id=caller_id(request)))


class CancelView(GenericAPIView[Any]):
    serializer_class = TransactionOut

    @extend_schema(parameters=[IDEMPOTENCY], request=ReplacementIn, responses=TransactionOut)
    def post(self, request: Request, transaction_id: str) -> Response:
        """
        Cancel a send that has not been signed yet, or a purchase that has not been paid yet; or have a send that waits
        on its network called off by something that pays nobody: whichever lands first, the other never does.
        """
        body = _agreed(request)  # part of the request whichever it is by then: a repeat finds its answer
        now, user_id = timezone.now(), caller_id(request)
        found = get_transaction(user_id=user_id, transaction_id=transaction_id)
        if found.type == Transaction.Type.SEND and found.status in ON_ITS_WAY:
            return _replace(request, found, cancels=True, now=now)
        call = idempotency.call(
            user_id=user_id, key=request.headers.get("Idempotency-Key"), route=f"cancel:{transaction_id}", body=body
        )

        def effect() -> Answer:
            flow = on_ramp if found.type == Transaction.Type.ON_RAMP else send
            cancelled = flow.cancel(user_id=user_id, transaction=found, now=now)
            return Answer(200, describe(cancelled, viewer_id=user_id))

        return answer(idempotency.once(call, effect, now=now))

    @extend_schema(responses=ReplacementOut)
    def get(self, request: Request, transaction_id: str) -> Response:
        """Say what calling off a send that waits on its network would cost at most."""
        return _priced(request, transaction_id, cancels=True)


class RefundView(GenericAPIView[Any]):
    serializer_class = RefundIn

    @extend_schema(parameters=[IDEMPOTENCY], request=RefundIn, responses={201: TransactionOut})
    def post(self, request: Request, transaction_id: str) -> Response:
        """Give a received transfer back, whole or in part."""
        body = RefundIn(data=request.data)
        body.is_valid(raise_exception=True)
        now, user_id = timezone.now(), caller_id(request)
        call = idempotency.call(
            user_id=user_id,
            key=request.headers.get("Idempotency-Key"),
            route=f"refund:{transaction_id}",
            body=body.validated_data,
        )

        def effect() -> Answer:
            given = refund.carry_out(
                user_id=user_id,
                transaction_id=transaction_id,
                amount=body.validated_data["amount"],
                key=f"api:{user_id}:{call.key}",
                now=now,
            )
            return Answer(201, describe(idempotency.check_new(given, now=now), viewer_id=user_id))

        return answer(idempotency.once(call, effect, now=now))


class AnswerView(GenericAPIView[Any]):
    serializer_class = AnswerIn

    @extend_schema(parameters=[IDEMPOTENCY], request=AnswerIn, responses=TransactionOut)
    def post(self, request: Request, transaction_id: str) -> Response:
        """Answer what a transaction asks of its owner: `more_time` for a payment that is due."""
        body = AnswerIn(data=request.data)
        body.is_valid(raise_exception=True)
        now, user_id = timezone.now(), caller_id(request)
        call = idempotency.call(
            user_id=user_id,
            key=request.headers.get("Idempotency-Key"),
            route=f"answer:{transaction_id}",
            body=body.validated_data,
        )

        def effect() -> Answer:
            found = get_transaction(user_id=user_id, transaction_id=transaction_id)
            said = body.validated_data["answer"]
            return Answer(
                200, describe(actions.answer(found.pk, user_id=user_id, said=said, now=now), viewer_id=user_id)
            )

        return answer(idempotency.once(call, effect, now=now))


class SpeedUpView(GenericAPIView[Any]):
    serializer_class = TransactionOut

    @extend_schema(parameters=[IDEMPOTENCY], request=ReplacementIn, responses=TransactionOut)
    def post(self, request: Request, transaction_id: str) -> Response:
        """Offer the network a higher fee for a send that waits there; `max_fee` is what you agree to."""
        found = get_transaction(user_id=caller_id(request), transaction_id=transaction_id)
        return _replace(request, found, cancels=False, now=timezone.now())

    @extend_schema(responses=ReplacementOut)
    def get(self, request: Request, transaction_id: str) -> Response:
        """Say what speeding up a send that waits on its network would cost at most."""
        return _priced(request, transaction_id, cancels=False)


def _replace(request: Request, found: Transaction, *, cancels: bool, now: datetime) -> Response:
    """Ask for a replacement at what it costs now, unless that is more than what was agreed to."""
    body = _agreed(request)
    user_id, scale = caller_id(request), get_asset(found.fee_asset_id).scale
    agreed = body.get("max_fee")
    call = idempotency.call(
        user_id=user_id,
        key=request.headers.get("Idempotency-Key"),
        route=f"{'cancel' if cancels else 'speed-up'}:{found.pk}",
        body=body,
    )
    before = idempotency.stored(call)
    if before:
        return answer(before)
    offered = replacement.check_agreed(
        replacement.offer(found, user_id=user_id, cancels=cancels, now=now),
        None if agreed is None else parse_amount(agreed, scale=scale),
    )

    def effect() -> Answer:
        asked = replacement.request(offered, user_id=user_id, key=f"api:{user_id}:{call.key}", now=now)
        return Answer(200, describe(asked, viewer_id=user_id))

    return answer(idempotency.once(call, effect, now=now))


def _agreed(request: Request) -> dict[str, Any]:
    body = ReplacementIn(data=request.data or {})
    body.is_valid(raise_exception=True)
    agreed: dict[str, Any] = body.validated_data
    return agreed


def _priced(request: Request, transaction_id: str, *, cancels: bool) -> Response:
    user_id = caller_id(request)
    found = get_transaction(user_id=user_id, transaction_id=transaction_id)
    offered = replacement.offer(found, user_id=user_id, cancels=cancels, now=timezone.now())
    scale = get_asset(found.fee_asset_id).scale
    return Response(
        {
            "cancels": cancels,
            "fee": {
                "asset": found.fee_asset_id,
                "max": format_minor(offered.max_fee_minor, scale=scale),
                "max_before": format_minor(found.max_fee_minor, scale=scale),
            },
        }
    )


def _transfer(order: Order, call: Call, *, now: datetime) -> Answer:
    """Carry a transfer out; what was answered once is answered again, even if it would be refused by now."""
    try:
        checked = check_transfer(order, user_id=call.user_id)
    except DomainError:
        before = idempotency.stored(call)
        if before:
            return before
        raise
    return company.answer_once(call, checked, now=now)


def _show(preview: Preview, now: datetime) -> dict[str, Any]:
    scale = get_asset(preview.asset).scale
    fee_scale = get_asset(preview.fee_asset).scale
    return {
        "type": preview.type,
        "asset": preview.asset,
        "amount": format_minor(preview.minor, scale=scale),
        "to": preview.to,
        "fee": {
            "asset": preview.fee_asset,
            "amount": format_minor(preview.fee_minor, scale=fee_scale),
            "max": format_minor(preview.max_fee_minor, scale=fee_scale),
        },
        "fee_value": _fee_value(preview, now),
        "total": format_minor(preview.total_minor, scale=scale),
        "total_asset": preview.asset,
        "arrives_in_seconds": preview.seconds,
        "is_new_address": preview.is_new_address,
        "warnings": [{"code": each.code, "title": each.title, "text": each.text} for each in _warnings(preview)],
        "balance_after": format_minor(preview.available_after, scale=scale),
        "policy": {"verdict": "allow", "reasons": []},
    }


def _warnings(preview: Preview) -> list[warnings.Caution]:
    return warnings.of_send(
        is_new_address=preview.is_new_address,
        looks_like=preview.looks_like,
        may_need_memo=preview.may_need_memo,
    )


def _fee_value(preview: Preview, now: datetime) -> dict[str, Any]:
    amounts = [Money(preview.fee_minor, preview.fee_asset), Money(preview.max_fee_minor, preview.fee_asset)]
    fee, most = rates.queries.values(amounts=amounts, currency=CURRENCY, now=now)
    return {
        "currency": CURRENCY,
        "amount": None if fee.value is None else f"{fee.value:f}",
        "max": None if most.value is None else f"{most.value:f}",
        "freshness": fee.freshness.value,
        "price_at": fee.at,
    }
