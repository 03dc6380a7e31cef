"""
Transak's partner API, gateway and widget as docs.transak.com describes them, all at one address.

An access token lives for seven days and dies when the next one is asked for; a widget's address serves once,
for five minutes. Webhooks are a JWT signed with the access token that is valid when they are sent.
"""

import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import unquote

import jwt

from devnet.vendors import pages
from devnet.vendors.market import Market, cents, coins
from devnet.vendors.ramp import OVER, Deliver, Order, Price, RampVendor, Stage, Wish
from devnet.vendors.wire import Json, Request, Response, answer_json, answer_page, encode, see_other, timestamp
from devnet.vendors.world import World

ASSETS = {("BTC", "mainnet"): "bitcoin", ("ETH", "ethereum"): "ethereum"}
FIATS = {"USD", "EUR"}
LEAST, MOST = Decimal(15), Decimal(30_000)
FEE_RATE = Decimal("0.0299")
SPREAD = Decimal("0.008")
NETWORK_FEES = {"BTC": Decimal("1.90"), "ETH": Decimal("0.60")}
TOKEN_LIFE = timedelta(days=7)
SESSION_LIFE = timedelta(minutes=5)
STATUS = {
    Stage.AWAITING: "AWAITING_PAYMENT_FROM_USER",
    Stage.VERIFYING: "PAYMENT_DONE_MARKED_BY_USER",
    Stage.PAID: "PROCESSING",
    Stage.DELIVERING: "PENDING_DELIVERY_FROM_TRANSAK",
    Stage.COMPLETED: "COMPLETED",
    Stage.DECLINED: "FAILED",
    Stage.FAILED: "FAILED",
    Stage.REFUNDED: "REFUNDED",
    Stage.EXPIRED: "EXPIRED",
    Stage.CANCELLED: "CANCELLED",
}
EVENTS = {
    Stage.AWAITING: "ORDER_CREATED",
    Stage.VERIFYING: "ORDER_PAYMENT_VERIFYING",
    Stage.PAID: "ORDER_PROCESSING",
    Stage.DELIVERING: "ORDER_PROCESSING",
    Stage.COMPLETED: "ORDER_COMPLETED",
    Stage.DECLINED: "ORDER_FAILED",
    Stage.FAILED: "ORDER_FAILED",
    Stage.REFUNDED: "ORDER_REFUNDED",
    Stage.EXPIRED: "ORDER_FAILED",
    Stage.CANCELLED: "ORDER_FAILED",
}
REASONS = {
    Stage.DECLINED: "The card was declined.",
    Stage.FAILED: "The order could not be fulfilled.",
    Stage.EXPIRED: "The payment was not received in time.",
}
TAKEN = {Stage.PAID, Stage.DELIVERING, Stage.COMPLETED, Stage.FAILED, Stage.REFUNDED}


@dataclass
class Session:
    wish: Wish
    until: datetime
    page: str  # under which the one who opened it goes on
    is_used: bool = False


class Transak(RampVendor):
    code = "transak"

    def __init__(
        self,
        world: World,
        *,
        keys: Mapping[str, str],
        market: Market,
        deliver: Deliver,
        **options: Any,
    ) -> None:
        """`keys`: api_key and api_secret."""
        self.keys = dict(keys)
        self.market = market
        self.tokens: list[tuple[str, datetime]] = []  # with the end of its life; only the last one is valid
        self.sessions: dict[str, Session] = {}
        super().__init__(world, deliver=deliver, **options)

    def reset(self) -> None:
        super().reset()
        self.sessions = {}
        self.fee_rate = FEE_RATE

    def answer(self, request: Request) -> Response:
        self.tick()
        parts = [unquote(part) for part in request.path.strip("/").split("/")]
        match (request.method, parts):
            case ("GET", [""]):
                return self._widget(request)
            case ("POST", ["_pay", page]):
                return self._pay(page, request)
            case ("GET", ["api", "v1", "pricing", "public", "quotes"]):
                return self._quote(request)
            case ("POST", ["partners", "api", "v2", "refresh-token"]):
                return self._refresh(request)
        return self._answer_partner(request, parts) if self._is_us(request) else _error(401, "Invalid access token")

    def _answer_partner(self, request: Request, parts: list[str]) -> Response:
        match (request.method, parts):
            case ("POST", ["api", "v2", "auth", "session"]):
                return self._session(request)
            case ("GET", ["partners", "api", "v2", "orders"]):
                return self._by_partner_id(request)
            case ("GET", ["partners", "api", "v2", "order", order_id]):
                return self._by_id(order_id)
        return _error(404, "Not found")

    def sign(self, payload: Json, secret: str, at: datetime) -> tuple[bytes, dict[str, str]]:
        place = {"current": -1, "old": -2}.get(secret)
        known = place is not None and len(self.tokens) >= -place
        key = self.tokens[place][0] if known and place is not None else secrets.token_hex(16)
        exact = {**payload, "iat": int(at.timestamp())}
        encoded = jwt.encode(_floats(exact), key, algorithm="HS256")
        return encode({"data": encoded}), {"Content-Type": "application/json"}

    def news_of(self, order: Order) -> Json:
        data = self._order(order)
        return {"webhookData": {"id": data.pop("_id"), **data}, "eventID": EVENTS[order.stage]}

    def price(self, wish: Wish) -> Price:
        fee, network_fee = cents(wish.fiat_amount * self.fee_rate), NETWORK_FEES[wish.asset]
        unit = self.market.price(wish.asset, wish.fiat) * (1 + SPREAD)
        return Price(coins((wish.fiat_amount - fee - network_fee) / unit), unit, fee, network_fee)

    def _quote(self, request: Request) -> Response:
        query = request.query
        if query.get("partnerApiKey") != self.keys["api_key"]:
            return _error(401, "Invalid api key")
        wish = _wish(query, asset_name="cryptoCurrency")
        if isinstance(wish, str):
            return _error(400, wish)
        price = self.price(wish)
        quote = {
            "quoteId": secrets.token_hex(16),
            "conversionPrice": (1 / price.unit_price).quantize(Decimal("1e-18")),
            "fiatCurrency": wish.fiat,
            "cryptoCurrency": wish.asset,
            "paymentMethod": query.get("paymentMethod", ""),
            "fiatAmount": wish.fiat_amount,
            "cryptoAmount": price.crypto_amount,
            "isBuyOrSell": "BUY",
            "network": query.get("network", ""),
            "feeDecimal": ((price.fee + price.network_fee) / wish.fiat_amount).quantize(Decimal("1e-6")),
            "totalFee": price.fee + price.network_fee,
            "feeBreakdown": [
                {"name": "Transak fee", "value": price.fee, "id": "transak_fee", "ids": ["transak_fee"]},
                {"name": "Network/Exchange fee", "value": price.network_fee, "id": "network_fee", "ids": []},
            ],
        }
        return answer_json(200, {"response": quote})

    def _refresh(self, request: Request) -> Response:
        given = request.headers.get("api-secret", "").encode()
        is_right = hmac.compare_digest(given, self.keys["api_secret"].encode())
        if not is_right or request.json().get("apiKey") != self.keys["api_key"]:
            return _error(401, "Invalid api key or secret")
        until = self.world.clock.now() + TOKEN_LIFE
        claims = {"API_KEY": self.keys["api_key"], "jti": secrets.token_hex(8), "exp": int(until.timestamp())}
        self.tokens.append((jwt.encode(claims, secrets.token_hex(32), algorithm="HS256"), until))
        return answer_json(200, {"data": {"accessToken": self.tokens[-1][0], "expiresAt": int(until.timestamp())}})

    def _is_us(self, request: Request) -> bool:
        if not self.tokens or self.world.clock.now() >= self.tokens[-1][1]:
            return False
        return hmac.compare_digest(request.headers.get("access-token", "").encode(), self.tokens[-1][0].encode())

    def _session(self, request: Request) -> Response:
        given = request.json().get("widgetParams") or {}
        query = {name: str(value) for name, value in given.items()}
        if query.get("apiKey") != self.keys["api_key"] or not query.get("referrerDomain"):
            return _error(400, "apiKey and referrerDomain are required")
        wish = _wish(query, asset_name="cryptoCurrencyCode")
        if isinstance(wish, str):
            return _error(400, wish)
        name = secrets.token_urlsafe(24)
        self.sessions[name] = Session(wish, self.world.clock.now() + SESSION_LIFE, secrets.token_urlsafe(24))
        url = f"{self.base_url}/?apiKey={self.keys['api_key']}&sessionId={name}"
        return answer_json(200, {"data": {"widgetUrl": url}})

    def _by_partner_id(self, request: Request) -> Response:
        found = self.orders_of(request.query.get("filter[partnerOrderId]", ""))
        if not found:
            return _error(400, "Invalid partnerOrderId or order not found")
        data = [self._order(order) for order in reversed(found)]
        return answer_json(200, {"meta": {"limit": 100, "skip": 0, "totalCount": len(data)}, "data": data})

    def _by_id(self, order_id: str) -> Response:
        if order_id not in self.orders:
            return _error(404, "Order not found")
        return answer_json(200, {"meta": {"orderId": order_id}, "data": self._order(self.orders[order_id])})

    def _widget(self, request: Request) -> Response:
        session = self.sessions.get(request.query.get("sessionId", ""))
        if session is None or session.is_used or self.world.clock.now() >= session.until:
            return answer_page(400, pages.notice_page("Transak", "This address has been used, or it is too old."))
        session.is_used = True
        tried = [order for order in self.orders_of(session.wish.external_id) if order.stage not in OVER]
        if tried:
            return answer_page(200, pages.notice_page("Transak", pages.order_message(tried[-1])))
        amount = f"{self.price(session.wish).crypto_amount:f}"
        action = f"/_pay/{session.page}"
        return answer_page(200, pages.pay_page("Transak", wish=session.wish, coins=amount, action=action))

    def _pay(self, page: str, request: Request) -> Response:
        session = next((each for each in self.sessions.values() if each.page == page and each.is_used), None)
        choice = request.form().get("choice", "")
        if session is None or choice not in dict(pages.CHOICES):
            return answer_page(400, pages.notice_page("Transak", "This cannot be done."))
        session.page = ""  # a second press of the button buys nothing
        wish = session.wish
        order = self.open(wish, self.price(wish))
        self.choose(order, choice)
        if not wish.return_url:
            return answer_page(200, pages.notice_page("Transak", pages.order_message(order)))
        status = STATUS[order.stage]
        return see_other(
            pages.with_query(wish.return_url, orderId=order.id, status=status, partnerOrderId=wish.external_id)
        )

    def _order(self, order: Order) -> Json:
        wish, price = order.wish, order.price
        network = next(name for (asset, name) in ASSETS if asset == wish.asset)
        return {
            "_id": order.id,
            "walletAddress": wish.address,
            "createdAt": timestamp(order.created_at),
            "updatedAt": timestamp(order.updated_at),
            "status": STATUS[order.stage],
            "fiatCurrency": wish.fiat,
            "cryptoCurrency": wish.asset,
            "isBuyOrSell": "BUY",
            "fiatAmount": wish.fiat_amount,
            "amountPaid": wish.fiat_amount if order.stage in TAKEN else 0,
            "paymentOptionId": "credit_debit_card",
            "network": network,
            "cryptoAmount": price.crypto_amount,
            "totalFeeInFiat": price.fee + price.network_fee,
            "partnerOrderId": wish.external_id,
            "partnerCustomerId": wish.person,
            "statusReason": REASONS.get(order.stage),
            "transactionHash": order.txid or None,
            "statusHistories": [
                {"status": STATUS[stage], "createdAt": timestamp(at), "partnerEventId": EVENTS[stage]}
                for stage, at in order.history
            ],
        }


def _wish(query: Mapping[str, str], *, asset_name: str) -> Wish | str:
    """Return what a query asks for, or in Transak's place what is wrong with it."""
    asset, fiat = query.get(asset_name, ""), query.get("fiatCurrency", "")
    network = ASSETS.get((asset, query.get("network", "")))
    if network is None or fiat not in FIATS:
        return "Crypto currency, network or fiat currency not supported"
    try:
        amount = Decimal(query.get("fiatAmount", ""))
    except InvalidOperation:
        return "fiatAmount must be a number"
    if not LEAST <= amount <= MOST:
        return f"Minimum {fiat} amount is {LEAST}, maximum {MOST}"
    return Wish(
        external_id=query.get("partnerOrderId", ""),
        asset=asset,
        network=network,
        address=query.get("walletAddress", ""),
        fiat=fiat,
        fiat_amount=amount,
        person=query.get("partnerCustomerId", ""),
        email=query.get("email", ""),
        return_url=query.get("redirectURL", ""),
    )


def _floats(value: Any) -> Any:
    """Return the payload as the JWT library can write it; these amounts have few enough digits to stay exact."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _floats(part) for name, part in value.items()}
    return [_floats(part) for part in value] if isinstance(value, list) else value


def _error(status: int, message: str) -> Response:
    names = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found"}
    return answer_json(status, {"error": {"statusCode": status, "name": names[status], "message": message}})
