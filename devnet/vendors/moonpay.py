"""
MoonPay's buy API and widget as dev.moonpay.com describes them.

The widget is served at / of the same address (the real one has a host of its own). A transaction exists
once the person has confirmed in the widget; several may share one externalTransactionId, as there.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote

from devnet.vendors import pages
from devnet.vendors.market import Market, cents, coins
from devnet.vendors.ramp import Deliver, Order, Price, RampVendor, Stage, Wish
from devnet.vendors.wire import Json, Request, Response, answer_json, answer_page, encode, see_other, timestamp
from devnet.vendors.world import World

CURRENCIES = {"btc": ("BTC", "bitcoin"), "eth": ("ETH", "ethereum")}
FIATS = {"usd", "eur"}
LEAST, MOST = Decimal(20), Decimal(30_000)
FEE_RATE, LEAST_FEE = Decimal("0.045"), Decimal("3.99")
NETWORK_FEES = {"BTC": Decimal("2.40"), "ETH": Decimal("0.85")}
QUOTE_SECONDS = 1_800
STATUS = {
    Stage.AWAITING: "waitingPayment",
    Stage.VERIFYING: "waitingAuthorization",
    Stage.PAID: "pending",
    Stage.DELIVERING: "pending",
    Stage.COMPLETED: "completed",
}
FAILURES = {
    Stage.DECLINED: "payment_authorization_declined",
    Stage.FAILED: "error",
    Stage.REFUNDED: "refund",
    Stage.EXPIRED: "timeout_bank_transfer",
    Stage.CANCELLED: "cancelled",
}
STAGES = ("stage_one_ordering", "stage_two_verification", "stage_three_processing", "stage_four_delivery")
REACHED = {Stage.PAID: 2, Stage.FAILED: 2, Stage.REFUNDED: 2, Stage.DELIVERING: 3, Stage.COMPLETED: 4}
"""How many of the stages are behind an order; the next one is under way, or has failed."""


class MoonPay(RampVendor):
    code = "moonpay"

    def __init__(
        self,
        world: World,
        *,
        keys: Mapping[str, str],
        market: Market,
        deliver: Deliver,
        **options: Any,
    ) -> None:
        """`keys`: api_key (pk_…), secret_key (sk_…), webhook_key, and webhook_key_old for what was before it."""
        self.keys = dict(keys)
        self.market = market
        super().__init__(world, deliver=deliver, **options)

    def reset(self) -> None:
        super().reset()
        self.fee_rate = FEE_RATE

    def answer(self, request: Request) -> Response:
        self.tick()
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        match (request.method, parts):
            case ("GET", [""]):
                return self._widget(request)
            case ("POST", ["_pay"]):
                return self._pay(request)
            case ("GET", ["v3", "currencies", code, "buy_quote"]):
                return self._quote(code, request)
            case ("GET", ["v1", "transactions", "ext", external_id]):
                return self._by_external_id(external_id, request)
            case ("GET", ["v1", "transactions", order_id]):
                return self._by_id(order_id, request)
        return _error(404, "NotFoundError", "Not found.")

    def sign(self, payload: Json, secret: str, at: datetime) -> tuple[bytes, dict[str, str]]:
        raw = encode(payload)
        names = {"current": "webhook_key", "old": "webhook_key_old"}
        key = self.keys[names[secret]] if secret in names else secrets.token_hex(16)
        seconds = str(int(at.timestamp()))
        signature = hmac.new(key.encode(), f"{seconds}.".encode() + raw, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json", "Moonpay-Signature-V2": f"t={seconds},s={signature}"}
        return raw, headers

    def news_of(self, order: Order) -> Json:
        if order.stage in FAILURES:
            kind = "transaction_failed"
        else:
            kind = "transaction_created" if order.stage == Stage.AWAITING else "transaction_updated"
        return {"data": self._transaction(order), "type": kind, "externalCustomerId": order.wish.person}

    def price(self, wish: Wish) -> Price:
        """Return what the wish costs: the fees are within the amount, as areFeesIncluded asks."""
        fee = max(cents(wish.fiat_amount * self.fee_rate), LEAST_FEE)
        network_fee = NETWORK_FEES[wish.asset]
        unit = self.market.price(wish.asset, wish.fiat)
        return Price(coins((wish.fiat_amount - fee - network_fee) / unit), cents(unit), fee, network_fee)

    def _quote(self, code: str, request: Request) -> Response:
        query = request.query
        if query.get("apiKey") != self.keys["api_key"]:
            return _error(401, "UnauthorizedError", "Invalid API key.")
        wish = _wish({"currencyCode": code, **query})
        if isinstance(wish, str):
            return _error(400, "BadRequestError", wish)
        price = self.price(wish)
        total = wish.fiat_amount
        return answer_json(
            200,
            {
                "baseCurrencyCode": wish.fiat.lower(),
                "baseCurrencyAmount": total - price.fee - price.network_fee,
                "quoteCurrencyCode": code.lower(),
                "quoteCurrencyAmount": price.crypto_amount,
                "quoteCurrencyPrice": price.unit_price,
                "paymentMethod": "credit_debit_card",
                "feeAmount": price.fee,
                "extraFeePercentage": 0,
                "extraFeeAmount": 0,
                "networkFeeAmount": price.network_fee,
                "networkFeeAmountNonRefundable": False,
                "totalAmount": total,
                "externalId": None,
                "externalCustomerId": None,
                "signature": secrets.token_urlsafe(24),
                "expiresIn": QUOTE_SECONDS,
                "expiresAt": timestamp(self.world.clock.now() + timedelta(seconds=QUOTE_SECONDS)),
            },
        )

    def _by_external_id(self, external_id: str, request: Request) -> Response:
        if not self._is_us(request):
            return _error(401, "UnauthorizedError", "Invalid API key.")
        found = self.orders_of(external_id)
        if not found:
            return _error(404, "NotFoundError", "Transaction not found.")
        return answer_json(200, [self._transaction(order) for order in found])

    def _by_id(self, order_id: str, request: Request) -> Response:
        if not self._is_us(request):
            return _error(401, "UnauthorizedError", "Invalid API key.")
        if order_id not in self.orders:
            return _error(404, "NotFoundError", "Transaction not found.")
        return answer_json(200, self._transaction(self.orders[order_id]))

    def _is_us(self, request: Request) -> bool:
        given = request.headers.get("authorization", "").encode()
        return hmac.compare_digest(given, f"Api-Key {self.keys['secret_key']}".encode())

    def _widget(self, request: Request) -> Response:
        wish = self._signed_wish(request)
        if isinstance(wish, str):
            return answer_page(400, pages.notice_page("MoonPay", wish))
        tried = [order for order in self.orders_of(wish.external_id) if order.stage not in FAILURES]
        if tried:
            return answer_page(200, pages.notice_page("MoonPay", pages.order_message(tried[-1])))
        amount = f"{self.price(wish).crypto_amount:f}"
        return answer_page(200, pages.pay_page("MoonPay", wish=wish, coins=amount, action=f"/_pay?{request.raw_query}"))

    def _pay(self, request: Request) -> Response:
        wish = self._signed_wish(request)
        choice = request.form().get("choice", "")
        if isinstance(wish, str) or choice not in dict(pages.CHOICES):
            return answer_page(400, pages.notice_page("MoonPay", "This cannot be done."))
        order = self.open(wish, self.price(wish))
        self.choose(order, choice)
        if not wish.return_url:
            return answer_page(200, pages.notice_page("MoonPay", pages.order_message(order)))
        status = self._transaction(order)["status"]
        return see_other(pages.with_query(wish.return_url, transactionId=order.id, transactionStatus=status))

    def _signed_wish(self, request: Request) -> Wish | str:
        """Return what a widget's address asks for, or why not: its signature comes last and covers all before it."""
        signed, found, signature = f"?{request.raw_query}".rpartition("&signature=")
        digest = hmac.new(self.keys["secret_key"].encode(), signed.encode(), hashlib.sha256).digest()
        if not found or not hmac.compare_digest(unquote(signature).encode(), base64.b64encode(digest)):
            return "The signature of this address is not right."
        if request.query.get("apiKey") != self.keys["api_key"]:
            return "Nobody has this API key."
        return _wish(request.query)

    def _transaction(self, order: Order) -> Json:
        wish, price = order.wish, order.price
        failure = FAILURES.get(order.stage)
        return {
            "id": order.id,
            "createdAt": timestamp(order.created_at),
            "updatedAt": timestamp(order.updated_at),
            "baseCurrencyAmount": wish.fiat_amount,
            "quoteCurrencyAmount": price.crypto_amount,
            "feeAmount": price.fee,
            "extraFeeAmount": 0,
            "networkFeeAmount": price.network_fee,
            "areFeesIncluded": True,
            "flow": "principal",
            "status": "failed" if failure else STATUS[order.stage],
            "walletAddress": wish.address,
            "walletAddressTag": None,
            "cryptoTransactionId": order.txid or None,
            "failureReason": failure,
            "redirectUrl": None,
            "returnUrl": f"{self.base_url}/transaction_receipt?transactionId={order.id}",
            "widgetRedirectUrl": wish.return_url or None,
            "externalCustomerId": wish.person or None,
            "externalTransactionId": wish.external_id,
            "paymentMethod": "credit_debit_card",
            "baseCurrency": {"type": "fiat", "code": wish.fiat.lower(), "precision": 2},
            "currency": {"type": "crypto", "code": wish.asset.lower(), "metadata": {"networkCode": wish.network}},
            "stages": _stages(order, failure),
        }


def _stages(order: Order, failure: str | None) -> list[Json]:
    reached = REACHED.get(order.stage, 0)
    states = ["success"] * reached + ["failed" if failure else "in_progress"] + ["not_started"] * 4
    return [
        {"stage": name, "status": state, "failureReason": failure if state == "failed" else None, "actions": []}
        for name, state in zip(STAGES, states, strict=False)
    ]


def _wish(query: Mapping[str, str]) -> Wish | str:
    """Return what a query asks for, or in MoonPay's place what is wrong with it."""
    asset, network = CURRENCIES.get(query.get("currencyCode", "").lower(), ("", ""))
    fiat = query.get("baseCurrencyCode", "").lower()
    if not asset or fiat not in FIATS:
        return "This currency is not supported."
    try:
        amount = Decimal(query.get("baseCurrencyAmount", ""))
    except InvalidOperation:
        return "baseCurrencyAmount must be a number."
    if not LEAST <= amount <= MOST:
        return f"The amount must be between {LEAST} and {MOST}."
    return Wish(
        external_id=query.get("externalTransactionId", ""),
        asset=asset,
        network=network,
        address=query.get("walletAddress", ""),
        fiat=fiat.upper(),
        fiat_amount=amount,
        person=query.get("externalCustomerId", ""),
        email=query.get("email", ""),
        return_url=query.get("redirectURL", ""),
    )


def _error(status: int, kind: str, message: str) -> Response:
    return answer_json(status, {"message": message, "type": kind})
