"""Giving a received transfer back, whole or in parts: never more than was given, and only by who received it."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from events.models import Event
from kit.errors import InvalidInput, NotFound
from ledger.errors import InsufficientFunds
from ledger.models import Posting
from tests.factories.accounts import make_api_client
from tests.factories.world import World
from tests.races.together import do_together
from transactions.errors import NotRefundable
from transactions.flows import refund
from transactions.models import Step, Transaction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


class Gift:
    """A transfer of 0.5 BTC, from a person who had one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.giver, self.taker = world.rich("bitcoin", "1"), world.person("bitcoin")
        self.transfer = world.transfer(self.giver, "bitcoin", "0.5", self.taker.email)

    def back(self, amount: str, key: str, *, by: User | None = None, of: str = "") -> Transaction:
        return refund.carry_out(
            user_id=(by or self.taker).pk,
            transaction_id=of or self.transfer.pk,
            amount=amount,
            key=key,
            now=self.world.now,
        )

    def available(self) -> tuple[str, str]:
        """Return what the giver and the taker have, in satoshi with separators."""
        found = [self.world.balance(each, "bitcoin").available for each in (self.giver, self.taker)]
        return f"{found[0]:_}", f"{found[1]:_}"


@pytest.fixture
def gift(world: World) -> Gift:
    return Gift(world)


def everything() -> tuple[int, ...]:
    """Return how many rows there are that a refund would add to."""
    return tuple(kind._default_manager.count() for kind in (Transaction, Step, Posting, Event))


def refused(error: type[Exception], act: Callable[[], Any]) -> None:
    before = everything()
    with pytest.raises(error):
        act()
    assert everything() == before


def test_a_transfer_is_given_back_in_parts_and_never_more_than_it_was(gift: Gift) -> None:
    assert gift.available() == ("50_000_000", "50_000_000")
    first = gift.back("0.2", "one")
    assert (first.status, first.type, first.amount_minor, first.parent_id) == (
        "completed",
        "refund",
        20_000_000,
        gift.transfer.pk,
    )
    assert (first.user_id, first.recipient_user_id) == (gift.taker.pk, gift.giver.pk)
    assert {step.state for step in first.steps.all()} == {"done"}
    assert gift.available() == ("70_000_000", "30_000_000")
    refused(NotRefundable, lambda: gift.back("0.30000001", "two"))
    assert gift.back("0.29999999", "three").amount_minor == 29_999_999
    refused(NotRefundable, lambda: gift.back("0.00000002", "four"))
    assert gift.back("", "five").amount_minor == 1  # all that is left
    assert gift.available() == ("100_000_000", "0")
    for amount in ("", "0.00000001", "0.5"):
        refused(NotRefundable, lambda: gift.back(amount, "six"))  # noqa: B023
    assert Posting.objects.filter(kind="refund").count() == 3


def test_the_same_key_gives_back_once(gift: Gift) -> None:
    first = gift.back("0.1", "one")
    before = everything()
    assert gift.back("0.1", "one").pk == first.pk
    assert everything() == before
    assert gift.available() == ("60_000_000", "40_000_000")


@pytest.mark.parametrize("amount", ["0", "-1", "0.000000001", "all", "1e3"])
def test_what_is_no_amount_gives_nothing_back(gift: Gift, amount: str) -> None:
    refused(InvalidInput, lambda: gift.back(amount, "one"))


def test_what_has_been_spent_cannot_be_given_back(gift: Gift) -> None:
    other = gift.world.person("bitcoin")
    gift.world.transfer(gift.taker, "bitcoin", "0.4", other.email)
    refused(InsufficientFunds, lambda: gift.back("0.2", "one"))
    refused(InsufficientFunds, lambda: gift.back("", "one"))
    assert gift.available() == ("50_000_000", "10_000_000")
    assert gift.back("0.1", "one").status == "completed"
    assert gift.available() == ("60_000_000", "0")


def test_what_is_held_for_a_send_cannot_be_given_back(gift: Gift) -> None:
    gift.world.send(gift.taker, "bitcoin", "0.3")
    refused(InsufficientFunds, lambda: gift.back("0.3", "one"))


def test_only_who_received_it_gives_it_back(gift: Gift) -> None:
    stranger = gift.world.person("bitcoin")
    for person in (gift.giver, stranger):
        refused(NotFound, lambda: gift.back("0.1", "one", by=person))  # noqa: B023
        client = make_api_client(person)
        before = everything()
        answer = client.post(
            f"/api/v1/transactions/{gift.transfer.pk}/refund",
            {"amount": "0.1"},
            format="json",
            headers={"Idempotency-Key": "one"},
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert everything()[0] == before[0]
    refused(NotFound, lambda: gift.back("0.1", "one", of="txn_00000000000000000000000000"))
    assert gift.available() == ("50_000_000", "50_000_000")


def test_what_is_no_transfer_cannot_be_given_back(gift: Gift) -> None:
    given = gift.back("0.1", "one")
    sending = gift.world.send(gift.taker, "bitcoin", "0.1")
    deposit = Transaction.objects.get(type="deposit", user=gift.giver)
    for other in (given, sending, deposit):
        for person in (gift.giver, gift.taker):
            refused(NotFound, lambda: gift.back("0.1", "two", by=person, of=other.pk))  # noqa: B023


def test_refunds_at_once_never_give_back_more_than_there_was(gift: Gift) -> None:
    outcomes = do_together([lambda key=f"key{n}": gift.back("0.2", key) for n in range(6)])  # type: ignore[misc]
    assert Counter(type(each) for each in outcomes) == {Transaction: 2, NotRefundable: 4}
    assert gift.available() == ("90_000_000", "10_000_000")
    assert Posting.objects.filter(kind="refund").count() == 2


def test_the_rest_is_given_back_once_however_many_ask(gift: Gift) -> None:
    """The taker has other money too: only the transfer's own sum stands in the way."""
    gift.world.transfer(gift.giver, "bitcoin", "0.4", gift.taker.email)
    outcomes = do_together([lambda key=f"key{n}": gift.back("", key) for n in range(5)])  # type: ignore[misc]
    assert Counter(type(each) for each in outcomes) == {Transaction: 1, NotRefundable: 4}
    assert gift.available() == ("60_000_000", "40_000_000")


def test_a_refund_and_a_transfer_at_once_never_overdraw(gift: Gift) -> None:
    other = gift.world.person("bitcoin")
    outcomes = do_together(
        [
            lambda: gift.back("0.4", "one"),
            lambda: gift.world.transfer(gift.taker, "bitcoin", "0.3", other.email),
        ]
    )
    assert Counter(type(each) for each in outcomes) == {Transaction: 1, InsufficientFunds: 1}
    left = gift.world.balance(gift.taker, "bitcoin").available
    assert left in {10_000_000, 20_000_000}
