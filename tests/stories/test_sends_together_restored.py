"""The books come back from before sends were paid together: each takes its part of what the network has over."""

from dataclasses import replace

import pytest

import chains.queries
import ledger.queries
from chains.values import Signed
from events.models import Event
from tests.factories.reconciliation import is_clean
from tests.factories.world import World
from tests.stories.test_after_restore import forgotten
from tests.stories.test_replacement import figures
from tests.stories.test_sends_together import BTC, QUEUES, asked, refreshed, rich_people, settle, under_way, wait
from transactions.errors import NotCompared
from transactions.flows import replacement, restored
from transactions.models import Batch, Coin
from transactions.services.accounts import network_account

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


@pytest.fixture(autouse=True)
def queues(world: World) -> None:
    config = replace(world.settings.NETWORKS[BTC], batch_seconds=QUEUES)
    world.settings.NETWORKS = {**world.settings.NETWORKS, BTC: config}
    chains.queries.forget()


def reopen(world: World, reason: str = "") -> restored.Comparison:
    return restored.reopen(network=BTC, skip=3, reason=reason, actor="usr_operator", now=world.now)


def booked(name: str) -> int:
    return ledger.queries.balance(code=network_account(BTC, name), asset="BTC")


def test_what_was_paid_together_since_is_not_paid_again(world: World) -> None:
    people = rich_people(world, 3)
    start = figures(world, people[0], BTC)[0]
    to = world.stranger(BTC)
    sends = [world.send(each, BTC, "0.1", to) for each in people]  # alike: each takes another output over
    with forgotten():
        wait(world)
        txid = Batch.objects.get().txid
    world.mine(BTC)
    made = reopen(world)
    assert (sorted(made.taken_over), made.not_yet, made.unknown) == (sorted(each.pk for each in sends), {}, [])
    world.pump()
    settle(world, sends)
    assert {(each.status, each.txid) for each in sends} == {("completed", txid)}
    assert world.chain_balance(BTC, to) == sum(each.amount_minor for each in sends)
    fees = [each.fee_minor or 0 for each in sends]
    assert sum(fees) == Batch.objects.get().fee_minor
    assert [figures(world, each, BTC) for each in people] == [
        (start - send.amount_minor - fee, 0) for send, fee in zip(sends, fees, strict=True)
    ]
    assert not Event.objects.filter(type="coin.spent_by_stranger").exists()
    is_clean(world, BTC)
    again = asked(world, people)
    wait(world)
    settle(world, again)
    assert {each.status for each in again} == {"completed"}


def test_what_was_paid_besides_to_somebody_unknown_needs_a_persons_word(world: World) -> None:
    people = rich_people(world, 3)
    start = figures(world, people[0], BTC)[0]
    known = asked(world, people[:2])
    owed, fees = booked("receivable"), booked("fees")
    with forgotten():
        (lost,) = asked(world, people[2:])
        wait(world)
        txid = Batch.objects.get().txid
    world.mine(BTC)
    with pytest.raises(NotCompared, match="give a reason"):
        reopen(world)
    made = reopen(world, "told the person")
    assert [each.txid for each in made.unknown] == [txid]
    settle(world, known)
    assert {(each.status, each.txid) for each in known} == {("completed", txid)}
    batch = Batch.objects.get()
    assert booked("receivable") - owed == -lost.amount_minor
    share = fees - booked("fees")
    assert share == batch.fee_minor - sum(each.fee_minor or 0 for each in known) > 0
    assert figures(world, people[2], BTC) == (start, 0)
    is_clean(world, BTC)


@pytest.mark.parametrize("is_mined", [False, True])
def test_a_lost_replacement_of_what_was_paid_together_is_the_payment_of_each(world: World, is_mined: bool) -> None:
    people, sends = under_way(world)
    start = figures(world, people[0], BTC)[0] + sends[0].amount_minor + sends[0].max_fee_minor
    with forgotten():
        offered = replacement.offer(sends[0], user_id=people[0].pk, cancels=False, now=world.now)
        replacement.request(offered, user_id=people[0].pk, key="one", now=world.now)
        world.pump()
        newest = sends[0].attempts.order_by("-number")[0]
        lost = Signed(bytes(newest.raw), newest.txid)
    if is_mined:
        world.mine(BTC)
    assert reopen(world).unknown == []
    world.work(BTC)
    settle(world, sends)
    assert {(each.status, each.txid) for each in sends} == {("completed", lost.txid)}
    batch = Batch.objects.get(txid=lost.txid)
    assert sum(each.attempts.get(txid=lost.txid).max_fee_minor for each in sends) == batch.fee_minor
    for person, each in zip(people, sends, strict=True):
        assert each.fee_minor is not None
        assert figures(world, person, BTC) == (start - each.amount_minor - each.fee_minor, 0)
        assert world.chain_balance(BTC, each.to_address) == each.amount_minor
    assert not Event.objects.filter(type="coin.spent_by_stranger").exists()
    is_clean(world, BTC)


def test_where_a_thief_takes_the_coins_everybody_gets_their_money_back(world: World) -> None:
    """A block beyond every reorg shows that somebody else has what they would have been paid with."""
    people, sends = under_way(world)
    start = figures(world, people[0], BTC)[0] + sends[0].amount_minor + sends[0].max_fee_minor
    inputs = Coin.objects.filter(reserved_by__batch=sends[0].attempts.get().batch)
    kept = list(inputs.values_list("pk", flat=True))
    assert kept
    inputs.update(spent_height=1)
    world.node(BTC, "devnet_forget")
    wait(world, 300)
    assert {(each.status, each.failure_code) for each in refreshed(sends)} == {("failed", "replaced")}
    assert {each.attempts.get().status for each in sends} == {"dead"}
    assert [figures(world, each, BTC) for each in people] == [(start, 0)] * 3
    Coin.objects.filter(pk__in=kept).update(spent_height=None)  # there was no thief: the coins are there
