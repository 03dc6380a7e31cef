"""Money between people here: at once, free, whole, and in both their feeds."""

import pytest

import events.services
from accounts.models import User
from events.models import Event, FeedItem
from tests.factories.accounts import make_user
from tests.factories.event_schemas import e_mail_addresses_in
from tests.factories.world import World
from transactions.flows import refund, transfer
from transactions.models import Transaction
from wallets.models import Wallet

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


def feed(user: User) -> list[tuple[str, str]]:
    """Return type and amount (or what is available) of each message a person has got."""
    while events.services.relay():
        pass
    items = FeedItem.objects.filter(user_id=user.pk).order_by("sequence")
    return [(item.type, item.data.get("available") or item.data["amount"]) for item in items]


@BOTH
def test_a_transfer_arrives_at_once_and_both_are_told(world: World, network: str) -> None:
    giver, taker = world.rich(network, "1"), world.person(network)
    before = len(feed(giver))
    asset = world.balance(giver, network).asset
    done = world.transfer(giver, network, "0.3", taker.email)
    assert (done.status, done.fee_minor, done.txid) == ("completed", 0, "")
    assert world.balance(giver, network).available == world.minor("0.7", asset)
    assert world.balance(taker, network).available == world.minor("0.3", asset)
    assert feed(giver)[before:] == [("transaction.updated", "0.3"), ("balance.updated", "0.7")]
    assert feed(taker) == [("transaction.updated", "0.3"), ("balance.updated", "0.3")]
    directions = FeedItem.objects.filter(type="transaction.updated", data__id=done.pk)
    assert dict(directions.values_list("user_id", "data__direction")) == {giver.pk: "out", taker.pk: "in"}

    back = world.transfer(taker, network, "0.1", world.wallet(giver, network).pk)
    assert back.recipient_user_id == giver.pk
    assert world.balance(giver, network).available == world.minor("0.8", asset)
    assert world.balance(taker, network).available == world.minor("0.2", asset)


def test_events_say_who_was_given_money_by_id_and_only_the_two_see_names_and_words(world: World) -> None:
    giver, taker = world.rich("bitcoin", "1"), world.person("bitcoin")
    order = transfer.order(
        user_id=giver.pk,
        wallet_id=world.wallet(giver, "bitcoin").pk,
        asset="BTC",
        minor=20_000_000,
        to=taker.email,
        memo="ask ada@example.com",
    )
    done = transfer.carry_out(order, user_id=giver.pk, key="named", now=world.now)
    part = refund.carry_out(user_id=taker.pk, transaction_id=done.pk, amount="0.1", key="back", now=world.now)
    for movement, giving, receiving in ((done, giver, taker), (part, taker, giver)):
        facts = Event.objects.filter(subject=f"transactions.transaction:{movement.pk}")
        assert [each for fact in facts for each in e_mail_addresses_in(fact)] == []
        last = facts.get(type="transaction.completed")
        assert last.version == 2
        assert (last.data["to_address"], last.data["recipient_user_id"]) == ("", receiving.pk)
        assert (last.data["fee_asset"], last.data["fee_minor"], last.data["provider"]) == ("BTC", "0", "")
        feed(giving)
        shown = FeedItem.objects.filter(type="transaction.updated", data__id=movement.pk)
        assert {(item.user_id, item.data["to"], item.data["memo"]) for item in shown} == {
            (person.pk, receiving.email, movement.memo) for person in (giving, receiving)
        }


def test_a_recipient_without_a_wallet_gets_one(world: World) -> None:
    giver, taker = world.rich("bitcoin", "1"), make_user(now=world.now)
    assert not Wallet.objects.filter(user=taker).exists()
    world.transfer(giver, "bitcoin", "0.25", taker.email)
    assert Wallet.objects.filter(user=taker).count() == 1
    assert world.balance(taker, "bitcoin").available == world.minor("0.25", "BTC")
    world.transfer(giver, "bitcoin", "0.25", taker.email.upper())
    assert Wallet.objects.filter(user=taker).count() == 1
    assert world.balance(taker, "bitcoin").available == world.minor("0.5", "BTC")
    assert Transaction.objects.filter(recipient_user=taker, status="completed").count() == 2
