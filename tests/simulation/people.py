"""What people ask for, as the API asks it of the product: a key for each request, and the same one twice at times."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from accounts.models import User
from assets.queries import get_asset, native_asset
from kit.errors import DomainError
from kit.money import format_minor
from tests.simulation.workers import Now
from transactions.flows import on_ramp, ramp_offers, refund, send
from transactions.flows.order import Order, prepare
from transactions.models import Transaction
from transactions.services import idempotency
from transactions.services.idempotency import Answer


@dataclass(frozen=True)
class Wish:
    """One request as its client holds it; sent again, it is the very same."""

    user_id: str
    key: str
    order: Order

    def ask(self, now: Now) -> str:
        """Return the id of what was begun, or the code of the refusal."""
        body = {"to": self.order.to, "amount": self.order.amount}
        call = idempotency.call(user_id=self.user_id, key=self.key, route="POST /transactions", body=body)
        try:
            before = idempotency.stored(call)
            if before:
                return str(before.body["id"])
            ready = prepare(self.order, user_id=self.user_id, now=now())
            at = now()
            own_key = f"api:{self.user_id}:{self.key}"
            answer = idempotency.once(call, lambda: Answer(202, {"id": ready.carry_out(own_key, at).pk}), now=at)
        except DomainError as refusal:
            return refusal.code
        return str(answer.body["id"])


@dataclass
class Crowd:
    """The people and their requests; `payees` are the strangers' addresses that sends were asked for."""

    rng: Random
    people: list[User]
    wallet_of: Callable[[User, str], str]
    wishes: list[Wish] = field(default_factory=list)
    payees: dict[str, int] = field(default_factory=dict)

    def wish_send(self, network: str, to: str) -> Wish:
        person = self.rng.choice(self.people)
        minor = self._minor(network)
        self.payees[to] = minor
        priority = self.rng.choice(["slow", "normal", "fast"])
        return self._wish(person, network, "send", minor, to, priority=priority)

    def wish_transfer(self, network: str) -> Wish:
        person, other = self.rng.sample(self.people, 2)
        return self._wish(person, network, "transfer", self._minor(network), self.wallet_of(other, network))

    def wish_spend(self, person: User, network: str, minor: int) -> Wish:
        """Give this much of somebody's money to somebody else."""
        other = self.rng.choice([each for each in self.people if each is not person])
        return self._wish(person, network, "transfer", minor, self.wallet_of(other, network))

    def wish_pay(self, person: User, network: str, minor: int, to: str) -> Wish:
        """Send this much of somebody's money to a stranger."""
        self.payees[to] = minor
        return self._wish(person, network, "send", minor, to, priority="normal")

    def wish_again(self) -> Wish | None:
        return self.rng.choice(self.wishes[-4:]) if self.wishes else None

    def _wish(self, person: User, network: str, type: str, minor: int, to: str, **more: str) -> Wish:
        asset = native_asset(network)
        amount = format_minor(minor, scale=get_asset(asset.code).scale)
        order = Order(type, self.wallet_of(person, network), asset.code, amount, to, **more)
        wish = Wish(person.pk, f"wish-{len(self.wishes)}", order)
        self.wishes.append(wish)
        return wish

    def _minor(self, network: str) -> int:
        coin = 20_000_000 if network == "bitcoin" else 10**18
        return coin * self.rng.choice([1, 2, 5, 10, 30, 60, 99, 150]) // 100


def cancel(rng: Random, now: Now) -> str:
    """Cancel some send, if it can still be."""
    sends = Transaction.objects.filter(type="send").order_by("-id")[:3]
    found = rng.choice(list(sends)) if sends else None
    if found is None:
        return "none"
    try:
        send.cancel(user_id=found.user_id or "", transaction=found, now=now())
    except DomainError as refusal:
        return refusal.code
    return "cancelled"


def give_back(rng: Random, key: str, now: Now) -> str:
    """Refund some of a transfer that was received."""
    transfers = list(Transaction.objects.filter(type="transfer").order_by("-id")[:3])
    if not transfers:
        return "none"
    found = rng.choice(transfers)
    minor = max(1, int(found.amount_minor) * rng.choice([30, 70, 100]) // 100)
    amount = rng.choice(["", format_minor(minor, scale=found.asset.scale)])
    try:
        return refund.carry_out(
            user_id=found.recipient_user_id or "", transaction_id=found.pk, amount=amount, key=key, now=now()
        ).pk
    except DomainError as refusal:
        return refusal.code


def buy(person: User, wallet_id: str, network: str, key: str, now: Now) -> str:
    """Ask what coins cost for some fiat money, and begin to buy them."""
    try:
        wish = ramp_offers.wish(
            user_id=person.pk,
            wallet_id=wallet_id,
            asset=native_asset(network).code,
            fiat="EUR",
            fiat_amount="500",
            country="DE",
        )
        offered = ramp_offers.offers(wish, subject=key, now=now())
        return on_ramp.request(offered, user_id=person.pk, key=key, now=now()).pk
    except DomainError as refusal:
        return refusal.code
