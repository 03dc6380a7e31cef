"""A daily limit in dollars: counted over a day at fresh prices, and closed where there are none."""

from datetime import timedelta
from decimal import Decimal

import pytest

from kit.errors import DomainError
from rates.services import record_price
from tests.factories.world import World
from tests.races.together import do_together
from transactions.errors import LimitExceeded, LimitUnknown
from transactions.flows.order import Order, prepare
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def _price(world: World, price: str) -> None:
    record_price(base="ETH", quote="USD", price=Decimal(price), source="test", now=world.now)


def _refused(world: World, person: object, amount: str, refusal: type[DomainError]) -> None:
    before = world.balance(person, "ethereum")  # type: ignore[arg-type]
    count = Transaction.objects.count()
    with pytest.raises(refusal):
        world.send(person, "ethereum", amount)  # type: ignore[arg-type]
    assert (world.balance(person, "ethereum"), Transaction.objects.count()) == (before, count)  # type: ignore[arg-type]


def test_what_leaves_in_a_day_is_limited_in_dollars(world: World) -> None:
    person = world.rich("ethereum", "5")
    world.settings.SEND_LIMIT_USD = 2_000
    _refused(world, person, "0.1", LimitUnknown)  # nobody has heard a price
    _price(world, "1000")
    first = world.send(person, "ethereum", "1.5")  # 1,500 of 2,000
    _refused(world, person, "0.6", LimitExceeded)
    world.send(person, "ethereum", "0.5")  # exactly 2,000
    _price(world, "1001")
    _refused(world, person, "0.000001", LimitExceeded)  # what was sent is worth more by now
    world.pass_time(seconds=world.settings.PRICE_STALE_SECONDS + 1)
    _refused(world, person, "0.000001", LimitUnknown)  # the price is too old to judge by
    world.pass_time(hours=25)
    _price(world, "1000")
    world.send(person, "ethereum", "0.5")  # another day
    assert world.now - first.created_at > timedelta(days=1)


def test_two_sends_at_once_do_not_share_what_is_left(world: World) -> None:
    person = world.rich("ethereum", "5")
    world.settings.SEND_LIMIT_USD = 2_000
    _price(world, "1000")
    wallet = world.wallet(person, "ethereum").pk
    orders = [
        prepare(Order("send", wallet, "ETH", "1.5", world.stranger("ethereum")), user_id=person.pk, now=world.now)
        for _ in range(2)
    ]  # each is within the limit as it was asked for

    def carry_out(number: int) -> str:
        try:
            return orders[number].carry_out(f"limit:{number}", world.now).status
        except LimitExceeded as refusal:
            return refusal.code

    outcomes = do_together([lambda: carry_out(0), lambda: carry_out(1)])
    assert sorted(outcomes) == ["balance_reserved", "limit_exceeded"]
    assert Transaction.objects.filter(user=person, type="send").count() == 1
