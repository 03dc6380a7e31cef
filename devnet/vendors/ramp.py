"""What the sandboxes of on-ramps share: an order's life, from the person's choice to coins on the chain."""

import logging
import uuid
from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from devnet.vendors.mail import Mail
from devnet.vendors.server import Vendor
from devnet.vendors.wire import Json
from devnet.vendors.world import World

logger = logging.getLogger(__name__)

Deliver = Callable[[str, str, Decimal], str]
"""Pays coins of a network to an address, in major units, and returns the transaction's id."""

STEP_SECONDS = 60.0
WAITING_SECONDS = 30 * 60


class Stage(StrEnum):
    """How far an order is, whatever the vendor calls it."""

    AWAITING = "awaiting"
    VERIFYING = "verifying"
    PAID = "paid"
    DELIVERING = "delivering"
    COMPLETED = "completed"
    DECLINED = "declined"
    FAILED = "failed"  # after the payment: it is to be given back
    REFUNDED = "refunded"
    EXPIRED = "expired"
    CANCELLED = "cancelled"


OVER = {Stage.COMPLETED, Stage.DECLINED, Stage.FAILED, Stage.REFUNDED, Stage.EXPIRED, Stage.CANCELLED}

PATHS: dict[str, tuple[Stage, ...]] = {
    "completed": (Stage.VERIFYING, Stage.PAID, Stage.DELIVERING, Stage.COMPLETED),
    "declined": (Stage.VERIFYING, Stage.DECLINED),
    "failed": (Stage.VERIFYING, Stage.PAID, Stage.FAILED),
    "refunded": (Stage.VERIFYING, Stage.PAID, Stage.FAILED, Stage.REFUNDED),
    "stuck": (Stage.VERIFYING, Stage.PAID),
}
"""What becomes of an order once the person pays, by the scenario's outcome."""

CHOSEN = {"decline": "declined", "refund": "refunded"}
"""Outcomes that a person may choose on the page, whatever the scenario says."""


@dataclass(frozen=True)
class Wish:
    """What is bought, for whom, and where it goes; amounts in major units."""

    external_id: str
    asset: str
    network: str
    address: str
    fiat: str
    fiat_amount: Decimal
    person: str = ""
    email: str = ""
    return_url: str = ""


@dataclass(frozen=True)
class Price:
    """One wish at the vendor's prices."""

    crypto_amount: Decimal
    unit_price: Decimal
    fee: Decimal
    network_fee: Decimal


@dataclass
class Order:
    wish: Wish
    price: Price
    created_at: datetime
    updated_at: datetime
    stage: Stage = Stage.AWAITING
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    txid: str = ""
    history: list[tuple[Stage, datetime]] = field(default_factory=list)
    steps: list[tuple[datetime, Stage]] = field(default_factory=list)


class RampVendor(Vendor):
    """An on-ramp: subclasses say how it is on the wire."""

    def __init__(self, world: World, *, deliver: Deliver, step_seconds: float = STEP_SECONDS) -> None:
        super().__init__(world)
        self.deliver = deliver
        self.usual_step_seconds = step_seconds
        self.mail = Mail(world, self.code, self.sign)
        self.reset()

    def reset(self) -> None:
        super().reset()
        self.orders: dict[str, Order] = {}
        self.outcome = "completed"
        self.step_seconds = self.usual_step_seconds
        self.mail.reset()

    def set_up(self, settings: Json) -> None:
        if "outcome" in settings and settings["outcome"] not in PATHS:
            raise ValueError(f"outcomes are {sorted(PATHS)}")
        for name, value in settings.items():
            setattr(self, name, value if name == "outcome" else Decimal(str(value)))
        self.step_seconds = float(self.step_seconds)

    def listing(self) -> list[Json]:
        return [
            {"id": each.id, "external_id": each.wish.external_id, "stage": each.stage, "txid": each.txid}
            for each in self.orders.values()
        ]

    @abstractmethod
    def sign(self, payload: Json, secret: str, at: datetime) -> tuple[bytes, dict[str, str]]:
        """Return a webhook's body and headers; `secret` is current, old or wrong."""

    @abstractmethod
    def news_of(self, order: Order) -> Json:
        """Return the payload of the webhook about what has just become of an order."""

    def orders_of(self, external_id: str) -> list[Order]:
        return [order for order in self.orders.values() if order.wish.external_id == external_id]

    def open(self, wish: Wish, price: Price) -> Order:
        now = self.world.clock.now()
        order = Order(wish, price, now, now)
        self.orders[order.id] = order
        self._move(order, Stage.AWAITING)
        return order

    def choose(self, order: Order, choice: str) -> None:
        """Do what the person chose: pay, decline, refund, later (a bank transfer that never comes) or cancel."""
        now = self.world.clock.now()
        if choice == "cancel":
            self._move(order, Stage.CANCELLED)
        elif choice == "later":
            order.steps = [(now + timedelta(seconds=WAITING_SECONDS), Stage.EXPIRED)]
        else:
            first, *rest = PATHS[CHOSEN.get(choice, self.outcome)]
            self._move(order, first)
            step = timedelta(seconds=self.step_seconds)
            order.steps = [(now + step * number, stage) for number, stage in enumerate(rest, start=1)]

    def tick(self) -> None:
        now = self.world.clock.now()
        for order in list(self.orders.values()):
            while order.steps and order.steps[0][0] <= now:
                if not self._step(order, order.steps[0][1]):
                    break
                order.steps.pop(0)
        self.mail.tick()

    def _step(self, order: Order, stage: Stage) -> bool:
        """Take the order to this stage; False if its coins could not be sent, and it is to be tried again."""
        if stage == Stage.DELIVERING:
            wish = order.wish
            try:
                order.txid = self.deliver(wish.network, wish.address, order.price.crypto_amount)
            except Exception:
                logger.exception("%s could not deliver; trying again", self.code)
                order.steps[0] = (self.world.clock.now() + timedelta(seconds=2), stage)
                return False
        self._move(order, stage)
        return True

    def _move(self, order: Order, stage: Stage) -> None:
        now = self.world.clock.now()
        order.stage = stage
        order.updated_at = max(now, order.updated_at + timedelta(milliseconds=1))  # no two states have one version
        order.history.append((stage, order.updated_at))
        self.mail.post(order.wish.external_id, self.news_of(order))
