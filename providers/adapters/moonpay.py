"""
MoonPay, on-ramp: the server-to-server API and a signed widget address.

Sources: dev.moonpay.com, "Get Real-time Buy quote", "Get Buy transaction", "URL signing", "Webhooks: Buy",
"Webhook signature", "Stage failure reasons".

- A transaction exists at MoonPay once the person has confirmed in the widget; until then a look-up finds
  nothing. MoonPay does not keep externalTransactionId unique: a person may try again after a declined card,
  so a look-up may find several, and the one that counts is chosen (`_which_counts`).
- There is no call by which a partner cancels a purchase, and a signed address does not expire: `cancel_payment`
  says how it stands. What is paid afterwards still arrives at the address.

Assumed, because the documents are silent: a failure in the third or fourth stage (processing, delivery) means
that the payment had been taken, and MoonPay gives it back; failureReason "refund" says that it has. Webhooks are
signed anew at each attempt, so an old timestamp is a replay.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote as quote_part
from urllib.parse import urlencode

from providers.adapters import reading
from providers.adapters.client import VendorAnswer, VendorClient
from providers.base import Access, RampOrder, RampQuote, RampRequest, RampStage, RampState, WebhookNews
from providers.errors import ProviderRefused, WebhookForged

CURRENCIES = {("BTC", "bitcoin"): "btc", ("ETH", "ethereum"): "eth"}
STAGES = {
    "waitingPayment": RampStage.AWAITING_PAYMENT,
    "waitingAuthorization": RampStage.PAYMENT_PENDING,
    "pending": RampStage.PAYMENT_PENDING,  # how far it is, PENDING says
    "completed": RampStage.COMPLETED,
    "failed": RampStage.FAILED,  # why, FAILURES says
}
PENDING = {
    "stage_one_ordering": RampStage.PAYMENT_PENDING,
    "stage_two_verification": RampStage.PAYMENT_PENDING,
    "stage_three_processing": RampStage.PAID,
    "stage_four_delivery": RampStage.DELIVERING,
}
"""A pending transaction, by the stage that is in progress."""

FAILURES = {
    "cancelled": RampStage.CANCELLED,
    "refund": RampStage.REFUNDED,
    "timeout_3d_secure": RampStage.EXPIRED,
    "timeout_bank_transfer": RampStage.EXPIRED,
    "timeout_kyc_verification": RampStage.EXPIRED,
    "timeout_card_verification": RampStage.EXPIRED,
}
"""A failed transaction, by its reason; every other reason, known or new, is a failure."""

TAKEN = {"stage_three_processing", "stage_four_delivery"}
REFUSALS = {400: "bad_request", 404: "unknown_currency", 409: "conflict", 422: "unprocessable"}
USUAL_SECONDS = 600
TOLERANCE = timedelta(minutes=5)


class MoonPay:
    """An OnRampProvider. Secrets: api_key, secret_key, webhook_key, webhook_key_old (may be empty), widget_url."""

    def __init__(self, access: Access) -> None:
        self._secrets = access.secrets
        self._client = VendorClient(access)

    def quote(self, request: RampRequest) -> RampQuote:
        answer = self._client.request(
            "GET",
            f"/v3/currencies/{_currency(request)}/buy_quote",
            query={
                "apiKey": self._secrets["api_key"],
                "baseCurrencyCode": request.fiat.lower(),
                "baseCurrencyAmount": f"{request.fiat_amount:f}",
                "areFeesIncluded": "true",
                "paymentMethod": "credit_debit_card",
            },
        )
        if answer.status != 200:
            raise reading.refusal(answer, REFUSALS, "MoonPay does not sell this for this amount.")
        try:
            quoted = read_quote(answer.data)
            asked = reading.amount(answer.data, "totalAmount")
        except reading.UNREADABLE as error:
            raise reading.broken("Its quote cannot be read.") from error
        if asked > request.fiat_amount:
            raise reading.broken("Its quote asks for more than was offered.")
        return quoted

    def initiate_fiat_to_crypto(self, order: RampOrder) -> RampState:
        """Return the purchase, or where it begins: MoonPay knows nothing of it until the person has confirmed."""
        _currency(order.request)
        state = self.check_payment_status(order.operation_id)
        if state.stage != RampStage.ABSENT:
            return state
        return RampState(stage=RampStage.AWAITING_PAYMENT, pay_url=self._widget_url(order))

    def check_payment_status(self, operation_id: str) -> RampState:
        answer = self._client.request(
            "GET",
            f"/v1/transactions/ext/{quote_part(operation_id, safe='')}",
            headers={"Authorization": f"Api-Key {self._secrets['secret_key']}"},
        )
        if answer.status == 404:
            return RampState(stage=RampStage.ABSENT)
        if answer.status != 200:
            raise reading.refusal(answer, REFUSALS, "MoonPay does not look this up.")
        return _read_found(answer, operation_id)

    def cancel_payment(self, operation_id: str) -> RampState:
        return self.check_payment_status(operation_id)

    def read_webhook(self, *, headers: Mapping[str, str], raw: bytes, now: datetime) -> Sequence[WebhookNews]:
        keys = [self._secrets.get(name, "") for name in ("webhook_key", "webhook_key_old")]
        check_signature(headers, raw, keys=[key for key in keys if key], now=now)
        return [read_news(raw)]

    def _widget_url(self, order: RampOrder) -> str:
        request = order.request
        parameters = {
            "apiKey": self._secrets["api_key"],
            "currencyCode": _currency(request),
            "walletAddress": order.address,
            "baseCurrencyCode": request.fiat.lower(),
            "baseCurrencyAmount": f"{request.fiat_amount:f}",
            "areFeesIncluded": "true",
            "lockAmount": "true",
            "externalCustomerId": order.person,
            "externalTransactionId": order.operation_id,
            "email": order.email,
            "redirectURL": order.return_url,
        }
        query = "?" + urlencode({name: value for name, value in parameters.items() if value}, quote_via=quote_part)
        digest = hmac.new(self._secrets["secret_key"].encode(), query.encode(), hashlib.sha256).digest()
        signature = quote_part(base64.b64encode(digest), safe="")
        return f"{self._secrets['widget_url']}/{query}&signature={signature}"


def check_signature(headers: Mapping[str, str], raw: bytes, *, keys: Sequence[str], now: datetime) -> None:
    """
    Pass in silence if Moonpay-Signature-V2 is right for these very bytes and not older than five minutes.

    :raises WebhookForged: if not
    """
    given = {name.lower(): value for name, value in headers.items()}.get("moonpay-signature-v2", "")
    parts = dict(part.strip().partition("=")[::2] for part in given.split(","))
    seconds, signature = parts.get("t", ""), parts.get("s", "")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 12):
        raise WebhookForged("It is not signed.")
    expected = [hmac.new(key.encode(), f"{seconds}.".encode() + raw, hashlib.sha256).hexdigest() for key in keys]
    if not any([hmac.compare_digest(each.encode(), signature.encode()) for each in expected]):
        raise WebhookForged("The signature is not that of these bytes.")
    if abs(now.timestamp() - int(seconds)) > TOLERANCE.total_seconds():
        raise WebhookForged("It was signed too long ago, or in the future.")


def read_news(raw: bytes) -> WebhookNews:
    """
    Return what a webhook is about, made of its type, id and version.

    Its type says nothing about the state: a "transaction_created" may already be completed.
    """
    try:
        body = reading.document(raw)
        data = body.get("data")
        data = data if isinstance(data, dict) else {}
        kind, order_id = reading.text(body, "type"), reading.text(data, "id")
        version, operation_id = reading.text(data, "updatedAt"), reading.text(data, "externalTransactionId")
    except reading.UNREADABLE:
        return reading.unreadable_news(raw)
    if not (kind and order_id and version):
        return reading.unreadable_news(raw)
    return WebhookNews(event_id=f"{kind}:{order_id}:{version}", operation_id=operation_id, type=kind)


def read_quote(data: Mapping[str, Any]) -> RampQuote:
    """:raises UNREADABLE: if it is no quote"""
    names = ("feeAmount", "extraFeeAmount", "networkFeeAmount")
    return RampQuote(
        crypto_amount=reading.amount(data, "quoteCurrencyAmount"),
        fee=sum((reading.amount(data, name) for name in names), start=reading.ZERO),
        expires_at=reading.moment(reading.text(data, "expiresAt")),
        seconds=USUAL_SECONDS,
    )


def read_transaction(data: Mapping[str, Any]) -> RampState:
    """:raises UNREADABLE: if it is no transaction, or its status is none we know"""
    stage, reason, has_taken = _stage(data)
    fees = [reading.amount_if_any(data, name) for name in ("feeAmount", "extraFeeAmount", "networkFeeAmount")]
    return RampState(
        stage=stage,
        order_id=reading.text(data, "id"),
        crypto_amount=reading.amount_if_any(data, "quoteCurrencyAmount"),
        crypto_txid=reading.text(data, "cryptoTransactionId"),
        fee=sum((fee for fee in fees if fee is not None), start=reading.ZERO) if any(fees) else None,
        is_refund_due=has_taken and stage in reading.UNDELIVERED,
        reason=reason,
        version=reading.text(data, "updatedAt"),
    )


def _stage(data: Mapping[str, Any]) -> tuple[RampStage, str, bool]:
    """Return how far it is, why it failed, and whether it failed after the payment had been taken."""
    stage = STAGES[reading.text(data, "status")]
    steps = {reading.text(step, "status"): step for step in data.get("stages") or []}
    if stage == RampStage.FAILED:
        step = steps.get("failed", {})
        reason = reading.text(step, "failureReason") or reading.text(data, "failureReason")
        return FAILURES.get(reason, stage), reason, reading.text(step, "stage") in TAKEN
    if reading.text(data, "status") == "pending":
        stage = PENDING.get(reading.text(steps.get("in_progress", {}), "stage"), stage)
    return stage, "", False


def _read_found(answer: VendorAnswer, operation_id: str) -> RampState:
    try:
        found = answer.data if isinstance(answer.data, list) else [answer.data]
        states = [
            read_transaction(each) for each in found if reading.text(each, "externalTransactionId") == operation_id
        ]
    except reading.UNREADABLE as error:
        raise reading.broken("Its transaction cannot be read.") from error
    return reading.which_counts(states)


def _currency(request: RampRequest) -> str:
    """
    Return MoonPay's code of what is bought.

    :raises ProviderRefused: if it does not sell it
    """
    code = CURRENCIES.get((request.asset, request.network))
    if code is None:
        raise ProviderRefused("MoonPay does not sell this asset on this network.", reason="unknown_currency")
    return code
