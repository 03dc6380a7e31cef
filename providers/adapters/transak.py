"""
Transak, on-ramp: the partner API, the gateway that opens widget sessions, and webhooks that are JWTs.

Sources: docs.transak.com, "Refresh Access Token", "Create Widget URL", "Get Orders", "Get Price", "Order
Webhooks", "Mandatory Security Changes" (x-api-key on every call).

- An order exists once the person has confirmed in the widget. A widget's address serves once and for five
  minutes: asking again opens another session for the same partnerOrderId, and buys nothing by itself. Several
  orders may carry one partnerOrderId; the one that counts is chosen (`reading.which_counts`).
- ORDER_FAILED covers FAILED, EXPIRED and CANCELLED: the state is always read, never taken from the event.
- A partner cannot cancel an order: `cancel_payment` says how it stands.

Assumed, because the documents are silent: an order that failed with amountPaid above zero is owed back until it
is REFUNDED; a quote holds for a minute; a webhook's `iat`, where there is one, is when it was sent.
The x-user-ip header that Transak wants to see is not sent: an operation does not know the person's address.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt

from providers.adapters import reading
from providers.adapters.client import VendorAnswer, VendorClient
from providers.adapters.transak_tokens import Tokens
from providers.base import Access, RampOrder, RampQuote, RampRequest, RampStage, RampState, WebhookNews
from providers.errors import ProviderRefused, ProviderUnavailable, WebhookForged

ASSETS = {("BTC", "bitcoin"): ("BTC", "mainnet"), ("ETH", "ethereum"): ("ETH", "ethereum")}
"""Our asset and network, and what Transak calls them."""

STAGES = {
    "AWAITING_PAYMENT_FROM_USER": RampStage.AWAITING_PAYMENT,
    "PAYMENT_DONE_MARKED_BY_USER": RampStage.PAYMENT_PENDING,
    "PROCESSING": RampStage.PAID,
    "PENDING_DELIVERY_FROM_TRANSAK": RampStage.DELIVERING,
    "ON_HOLD_PENDING_DELIVERY_FROM_TRANSAK": RampStage.DELIVERING,
    "COMPLETED": RampStage.COMPLETED,
    "CANCELLED": RampStage.CANCELLED,
    "FAILED": RampStage.FAILED,
    "REFUNDED": RampStage.REFUNDED,
    "EXPIRED": RampStage.EXPIRED,
}
REFUSALS = {400: "bad_request", 404: "not_found", 409: "conflict", 422: "unprocessable"}
NOT_FOUND = "order not found"
"""What a look-up by partnerOrderId says with status 400 when there is no such order."""

USUAL_SECONDS = 480
QUOTE_SECONDS = 60
TOLERANCE = timedelta(minutes=5)
OLDEST_WEBHOOK = timedelta(days=7)
"""As long as an access token lives."""

JWT_OPTIONS: Any = {"verify_signature": True, "verify_exp": False, "verify_iat": False, "verify_aud": False}


class Transak:
    """
    An OnRampProvider. Secrets: api_key, api_secret, gateway_url, widget_url (where its pages are), referrer_domain
    (else that of the return URL).
    """

    def __init__(self, access: Access) -> None:
        self._secrets = access.secrets
        self._client = VendorClient(access)
        self._gateway = VendorClient(replace(access, base_url=access.secrets["gateway_url"]))
        self._tokens = Tokens(access, self._client)

    def quote(self, request: RampRequest) -> RampQuote:
        asset, network = _asset(request)
        query = {
            "partnerApiKey": self._secrets["api_key"],
            "fiatCurrency": request.fiat,
            "cryptoCurrency": asset,
            "isBuyOrSell": "BUY",
            "network": network,
            "paymentMethod": "credit_debit_card",
            "fiatAmount": f"{request.fiat_amount:f}",
        }
        query |= {"quoteCountryCode": request.country} if request.country else {}
        headers = {"x-api-key": self._secrets["api_key"]}
        answer = self._client.request("GET", "/api/v1/pricing/public/quotes", query=query, headers=headers)
        if answer.status != 200:
            raise reading.refusal(answer, REFUSALS, "Transak does not sell this for this amount.")
        try:
            return read_quote(answer.data, now=datetime.now(UTC))
        except reading.UNREADABLE as error:
            raise reading.broken("Its quote cannot be read.") from error

    def initiate_fiat_to_crypto(self, order: RampOrder) -> RampState:
        """Return the purchase, or a fresh address where it begins: it serves once, for five minutes."""
        _asset(order.request)
        state = self.check_payment_status(order.operation_id)
        if state.stage != RampStage.ABSENT:
            return state
        body = {"widgetParams": self._widget_parameters(order)}
        answer = self._ask(self._gateway, "POST", "/api/v2/auth/session", json=body)
        if answer.status not in {200, 201}:
            raise reading.refusal(answer, REFUSALS, "Transak does not open this purchase.")
        try:
            url = reading.text(answer.data["data"], "widgetUrl")
        except reading.UNREADABLE as error:
            raise reading.broken("Its session cannot be read.") from error
        if not is_at(url, self._secrets["widget_url"]):
            raise reading.broken("Its session leads nowhere safe.")
        return RampState(stage=RampStage.AWAITING_PAYMENT, pay_url=url)

    def check_payment_status(self, operation_id: str) -> RampState:
        query = {"filter[partnerOrderId]": operation_id, "limit": 100, "skip": 0}
        answer = self._ask(self._client, "GET", "/partners/api/v2/orders", query=query)
        if _is_not_found(answer):
            return RampState(stage=RampStage.ABSENT)
        if answer.status != 200:
            raise reading.refusal(answer, REFUSALS, "Transak does not look this up.")
        try:
            states = [
                read_order(each) for each in answer.data["data"] if reading.text(each, "partnerOrderId") == operation_id
            ]
        except reading.UNREADABLE as error:
            raise reading.broken("Its order cannot be read.") from error
        return reading.which_counts(states)

    def cancel_payment(self, operation_id: str) -> RampState:
        return self.check_payment_status(operation_id)

    def read_webhook(self, *, headers: Mapping[str, str], raw: bytes, now: datetime) -> Sequence[WebhookNews]:
        """The signature is within the body: a JWT under one of the last access tokens. None is asked for here."""
        return [read_news(check_signature(raw, tokens=self._tokens.remembered(), now=now), raw)]

    def _ask(self, client: VendorClient, method: str, path: str, **parts: Any) -> VendorAnswer:
        """Ask with the access token; once more with another one if this one is no longer taken."""
        token = self._tokens.current()
        try:
            return client.request(method, path, headers=self._headers(token), **parts)
        except ProviderUnavailable as error:
            if error.kind != "forbidden":
                raise
        return client.request(method, path, headers=self._headers(self._tokens.after(token)), **parts)

    def _headers(self, token: str) -> dict[str, str]:
        return {"access-token": token, "x-api-key": self._secrets["api_key"]}

    def _widget_parameters(self, order: RampOrder) -> dict[str, Any]:
        asset, network = _asset(order.request)
        domain = self._secrets.get("referrer_domain") or urlsplit(order.return_url).hostname
        parameters = {
            "apiKey": self._secrets["api_key"],
            "referrerDomain": domain,
            "productsAvailed": "BUY",
            "cryptoCurrencyCode": asset,
            "network": network,
            "fiatCurrency": order.request.fiat,
            "fiatAmount": order.request.fiat_amount,
            "countryCode": order.request.country,
            "walletAddress": order.address,
            "disableWalletAddressForm": True,
            "partnerOrderId": order.operation_id,
            "partnerCustomerId": order.person,
            "email": order.email,
            "redirectURL": order.return_url,
        }
        return {name: value for name, value in parameters.items() if value}


def is_at(url: str, place: str) -> bool:
    """Say whether an address is at the very scheme, host and port of a place: people are led nowhere else to pay."""
    try:
        return urlsplit(url)[:2] == urlsplit(place)[:2]
    except ValueError:
        return False


def check_signature(raw: bytes, *, tokens: Sequence[str], now: datetime) -> dict[str, Any]:
    """
    Return the claims of a webhook's JWT if one of these tokens signed it, and not too long ago.

    :raises WebhookForged: if not
    """
    try:
        encoded = reading.text(reading.document(raw), "data")
    except reading.UNREADABLE:
        raise WebhookForged("It is no signed document.") from None
    for token in tokens:
        try:
            claims: dict[str, Any] = jwt.decode(encoded, token, algorithms=["HS256"], options=JWT_OPTIONS)
        except jwt.InvalidTokenError:
            continue
        sent_at = claims.get("iat")
        age = now.timestamp() - sent_at if isinstance(sent_at, int) else 0
        if not -TOLERANCE.total_seconds() <= age <= OLDEST_WEBHOOK.total_seconds():
            raise WebhookForged("It was signed too long ago, or in the future.")
        return claims
    raise WebhookForged("None of the last access tokens has signed it.")


def read_news(claims: Mapping[str, Any], raw: bytes) -> WebhookNews:
    """Return what a webhook is about, made of its event, and the order's id, status and version."""
    try:
        order = claims["webhookData"]
        kind, order_id = reading.text(claims, "eventID"), reading.text(order, "id")
        status, operation_id = reading.text(order, "status"), reading.text(order, "partnerOrderId")
        version = _version(order)
    except reading.UNREADABLE:
        return reading.unreadable_news(raw)
    if not (kind and order_id):
        return reading.unreadable_news(raw)
    return WebhookNews(event_id=f"{kind}:{order_id}:{status}:{version}", operation_id=operation_id, type=kind)


def read_quote(data: Mapping[str, Any], *, now: datetime) -> RampQuote:
    """:raises UNREADABLE: if it is no quote"""
    quoted = data["response"]
    return RampQuote(
        crypto_amount=reading.amount(quoted, "cryptoAmount"),
        fee=reading.amount(quoted, "totalFee"),
        expires_at=now + timedelta(seconds=QUOTE_SECONDS),
        seconds=USUAL_SECONDS,
    )


def read_order(data: Mapping[str, Any]) -> RampState:
    """:raises UNREADABLE: if it is no order, or its status is none we know"""
    stage = STAGES[reading.text(data, "status")]
    paid = reading.amount_if_any(data, "amountPaid") or reading.ZERO
    return RampState(
        stage=stage,
        order_id=reading.text(data, "_id") or reading.text(data, "id"),
        crypto_amount=reading.amount_if_any(data, "cryptoAmount"),
        crypto_txid=reading.text(data, "transactionHash"),
        fee=reading.amount_if_any(data, "totalFeeInFiat"),
        is_refund_due=paid > 0 and stage in reading.UNDELIVERED,
        reason=reading.text(data, "statusReason"),
        version=_version(data),
    )


def _version(order: Mapping[str, Any]) -> str:
    """Return when it last changed: updatedAt where an order has it, else its last status, else its beginning."""
    histories = order.get("statusHistories") or [{}]
    return (
        reading.text(order, "updatedAt") or reading.text(histories[-1], "createdAt") or reading.text(order, "createdAt")
    )


def _is_not_found(answer: VendorAnswer) -> bool:
    if answer.status == 404:
        return True
    error = answer.data.get("error") if answer.status == 400 and isinstance(answer.data, dict) else None
    return isinstance(error, dict) and NOT_FOUND in str(error.get("message", "")).lower()


def _asset(request: RampRequest) -> tuple[str, str]:
    """
    Return Transak's codes of what is bought and of its network.

    :raises ProviderRefused: if it does not sell it
    """
    codes = ASSETS.get((request.asset, request.network))
    if codes is None:
        raise ProviderRefused("Transak does not sell this asset on this network.", reason="unknown_currency")
    return codes
