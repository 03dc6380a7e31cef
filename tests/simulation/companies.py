"""Companies that sell coins, as badly as they may: silent after accepting, late, twice, declining, giving back."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from random import Random

from assets.queries import get_asset
from providers.base import (
    Access,
    RampOrder,
    RampQuote,
    RampRequest,
    RampStage,
    RampState,
    WebhookNews,
)
from providers.errors import ProviderRefused, ProviderUnavailable
from tests.simulation.chain import Chain, Out, Tx, stranger_payment

PRICES = {"BTC": Decimal("0.00002"), "ETH": Decimal("0.0004")}
"""What one unit of fiat money buys."""

ONWARD = {
    RampStage.PAYMENT_PENDING: (RampStage.PAID, RampStage.PAID, RampStage.FAILED),
    RampStage.PAID: (RampStage.DELIVERING, RampStage.DELIVERING, RampStage.REFUNDED),
    RampStage.DELIVERING: (RampStage.COMPLETED,),
}
"""How an order goes on by itself."""


@dataclass
class Order:
    """One purchase as the company knows it."""

    asked: RampOrder
    amount: Decimal
    state: RampState
    before: RampState  # what a lagging answer still says
    payment: Tx | None = None


class Company:
    """One company, its orders, and its habits; every call is a moment in which others may go on."""

    def __init__(self, code: str, chains: Mapping[str, Chain], rng: Random, pause: Callable[[str], None]) -> None:
        self.code = code
        self.orders: dict[str, Order] = {}
        self.silent = 0.0  # between 0 and 1: how often it does not answer, before or after it has acted
        self._chains = chains
        self._rng = rng
        self._pause = pause
        self._events = 0

    # what it is asked
    def quote(self, request: RampRequest) -> RampQuote:
        self._hear("quote")
        amount = PRICES[request.asset] * request.fiat_amount * self._rng.choice([97, 98, 99]) / 100
        expires_at = datetime.fromisoformat("2100-01-01T00:00:00+00:00")
        return RampQuote(round(amount, 8), request.fiat_amount / 50, expires_at, 600)

    def initiate(self, asked: RampOrder) -> RampState:
        self._hear("initiate")
        order = self.orders.get(asked.operation_id)
        if order is None:
            if self._rng.random() < self.silent / 2:
                raise ProviderRefused("It does not sell to this person.", reason="person")
            amount = round(PRICES[asked.request.asset] * asked.request.fiat_amount * 98 / 100, 8)
            state = RampState(
                RampStage.AWAITING_PAYMENT, order_id=f"{self.code}-{len(self.orders)}", pay_url="https://pay"
            )
            order = self.orders[asked.operation_id] = Order(asked, amount, state, state)
        self._answer("initiate answered")
        return order.state

    def status(self, operation_id: str) -> RampState:
        self._hear("status")
        order = self.orders.get(operation_id)
        if order is None:
            return RampState(RampStage.ABSENT)
        return order.before if self._rng.random() < self.silent else order.state

    def cancel(self, operation_id: str) -> RampState:
        self._hear("cancel")
        order = self.orders.get(operation_id)
        if order is None:
            return RampState(RampStage.ABSENT)
        if order.state.stage == RampStage.AWAITING_PAYMENT:
            self._move(order, RampStage.CANCELLED)
        self._answer("cancel answered")
        return order.state

    # what happens there
    def pay(self, operation_id: str) -> None:
        """The person has followed the link and paid."""
        order = self.orders.get(operation_id)
        if order is not None and order.state.stage == RampStage.AWAITING_PAYMENT:
            self._move(order, RampStage.PAYMENT_PENDING)

    def go_on(self, order: Order) -> None:
        """Take an order to its next stage, if it has one without the person."""
        following = ONWARD.get(order.state.stage)
        if following:
            self._move(order, self._rng.choice(following))
        self.repeat(order)

    def finish(self, order: Order) -> None:
        """Take an order as far as it goes without the person."""
        while order.state.stage in ONWARD:
            self.go_on(order)
        self.repeat(order)

    def expire(self, order: Order) -> None:
        if order.state.stage == RampStage.AWAITING_PAYMENT:
            self._move(order, RampStage.EXPIRED)

    def repeat(self, order: Order) -> None:
        """Hand a delivery to the network again that it has dropped."""
        if order.payment is not None:
            self._chains[order.asked.request.network].accept(order.payment)

    def webhook(self, operation_id: str) -> bytes:
        self._events += 1
        return json.dumps({"event": f"{self.code}-{self._events}", "operation": operation_id}).encode()

    def _move(self, order: Order, stage: RampStage) -> None:
        order.before = order.state
        order.state = replace(order.state, stage=stage)
        if stage == RampStage.COMPLETED:
            request = order.asked.request
            chain = self._chains[request.network]
            minor = int(order.amount.scaleb(get_asset(request.asset).scale))
            token = f"stranger:company:{order.asked.operation_id}"
            order.payment = stranger_payment(self._rng, chain, [Out(order.asked.address, minor)], token=token)
            order.state = replace(order.state, crypto_txid=order.payment.txid, crypto_amount=order.amount)

    def _hear(self, what: str) -> None:
        self._pause(f"{self.code} {what}")
        if self._rng.random() < self.silent:
            raise ProviderUnavailable("It could not be reached.", kind="connection", has_left=False)

    def _answer(self, what: str) -> None:
        """It has acted; whether anybody hears of it is another matter."""
        self._pause(f"{self.code} {what}")
        if self._rng.random() < self.silent:
            raise ProviderUnavailable("It did not answer in time.", kind="timeout", has_left=True)


COMPANIES: dict[str, Company] = {}
"""The companies of the simulation that runs now."""


class SimulatedCompany:
    """The port of an on-ramp provider, over one of these companies."""

    def __init__(self, access: Access) -> None:
        self._company = COMPANIES[access.code]

    def quote(self, request: RampRequest) -> RampQuote:
        return self._company.quote(request)

    def initiate_fiat_to_crypto(self, order: RampOrder) -> RampState:
        return self._company.initiate(order)

    def check_payment_status(self, operation_id: str) -> RampState:
        return self._company.status(operation_id)

    def cancel_payment(self, operation_id: str) -> RampState:
        return self._company.cancel(operation_id)

    def read_webhook(self, *, headers: Mapping[str, str], raw: bytes, now: datetime) -> Sequence[WebhookNews]:
        said = json.loads(raw)
        return [WebhookNews(said["event"], said["operation"], "updated")]
