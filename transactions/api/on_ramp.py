"""Buy coins with fiat: `/api/v1/on-ramp`."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from kit.clients import caller_id
from transactions.api.serializers import NewPurchase, PaymentLinkOut, RampOffersOut, TransactionOut
from transactions.api.transactions import IDEMPOTENCY, answer
from transactions.flows import on_ramp, ramp_orders
from transactions.flows.ramp_offers import Offered, Wish, offers_for, wish
from transactions.queries.describe import describe
from transactions.queries.find import get_transaction
from transactions.services import idempotency
from transactions.services.idempotency import Answer


def _wish(request: Request) -> tuple[Wish, dict[str, Any]]:
    body = NewPurchase(data=request.data)
    body.is_valid(raise_exception=True)
    asked = body.validated_data
    return wish(
        user_id=caller_id(request),
        wallet_id=asked["wallet_id"],
        asset=asked["asset"],
        fiat=asked["currency"],
        fiat_amount=asked["amount"],
        country=asked["country"],
        preference=asked["preference"],
    ), asked


class RampOffersView(GenericAPIView[Any]):
    serializer_class = NewPurchase

    @extend_schema(request=NewPurchase, responses=RampOffersOut)
    def post(self, request: Request) -> Response:
        """Say what each payment partner would deliver for it, and which would be chosen, and why."""
        asked, _ = _wish(request)
        return Response(show(offers_for(asked, user_id=caller_id(request), now=timezone.now())))


class OnRampView(GenericAPIView[Any]):
    serializer_class = NewPurchase

    @extend_schema(parameters=[IDEMPOTENCY], request=NewPurchase, responses={201: TransactionOut})
    def post(self, request: Request) -> Response:
        """Buy coins: the answer's transaction soon shows where to pay."""
        asked, body = _wish(request)
        now, user_id = timezone.now(), caller_id(request)
        call = idempotency.call(user_id=user_id, key=request.headers.get("Idempotency-Key"), route="on-ramp", body=body)
        before = idempotency.stored(call)
        if before:
            return answer(before)
        offered = offers_for(asked, user_id=user_id, now=now)

        def effect() -> Answer:
            transaction = on_ramp.request(offered, user_id=user_id, key=f"api:{user_id}:{call.key}", now=now)
            return Answer(201, describe(idempotency.check_new(transaction, now=now), viewer_id=user_id))

        return answer(idempotency.once(call, effect, now=now))


class PaymentLinkView(GenericAPIView[Any]):
    serializer_class = PaymentLinkOut

    @extend_schema(request=None, responses=PaymentLinkOut)
    def post(self, request: Request, transaction_id: str) -> Response:
        """Say where to pay for a purchase, as long as it waits for that. Asking again opens no second order."""
        found = get_transaction(user_id=caller_id(request), transaction_id=transaction_id)
        return Response({"url": ramp_orders.payment_link(found, now=timezone.now())})


def show(offered: Offered) -> dict[str, Any]:
    """Return the offers as the API shows them, the chosen one first."""
    chosen = offered.choice.provider
    return {
        "asset": offered.wish.asset.code,
        "currency": offered.wish.fiat,
        "amount": str(offered.wish.fiat_amount),
        "because": offered.choice.because,
        "offers": [
            {
                "provider": code,
                "amount": format(quote.crypto_amount, "f"),
                "fee": format(quote.fee, "f"),
                "seconds": quote.seconds,
                "is_chosen": code == chosen,
            }
            for code, quote in sorted(offered.quotes.items(), key=lambda item: item[0] != chosen)
        ],
    }
