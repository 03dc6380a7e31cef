"""What waits and cannot be replaced is paid for by its own change: both land, and the fee is the company's."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

import chains.queries
import ledger.queries
from accounts.models import User
from custody.models import SignatureGuard
from ledger.models import Posting
from tests.factories.reconciliation import is_clean
from tests.factories.world import World
from tests.stories.test_replacement import figures
from tests.stories.test_sends_together import BTC, asked, is_paid_once, refreshed, rich_people, settle, wait
from transactions.errors import SpeedUpUnavailable
from transactions.flows import bump, replacement
from transactions.models import Attempt, Coin, Transaction
from transactions.services.accounts import network_account

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
DEAR = 60_000


@pytest.fixture(autouse=True)
def bumping(world: World) -> None:
    configure(world, bump_percent=50)


def configure(world: World, **more: Any) -> None:
    config = replace(world.settings.NETWORKS[BTC], batch_seconds=(("normal", 60),), **more)
    world.settings.NETWORKS = {**world.settings.NETWORKS, BTC: config}
    chains.queries.forget()


def stuck(world: World, count: int = 2) -> tuple[list[User], list[Transaction]]:
    """Return sends whose one transaction offers far less than blocks take, and more than their ceilings allow."""
    people = rich_people(world, count)
    sends = asked(world, people)
    world.pump()
    wait(world)
    assert {each.status for each in refreshed(sends)} == {"blockchain_pending"}
    world.node(BTC, "devnet_min_rate", DEAR // 2)
    world.node(BTC, "devnet_fee", DEAR)
    world.pass_time(seconds=world.settings.NETWORKS[BTC].block_seconds * 10 + 121)
    return people, sends


def fees() -> int:
    return -ledger.queries.balance(code=network_account(BTC, "fees"), asset="BTC")


def start_of(world: World, people: Sequence[User], sends: Sequence[Transaction]) -> int:
    return figures(world, people[0], BTC)[0] + sends[0].amount_minor + sends[0].max_fee_minor


def test_change_pays_for_what_makes_it_and_both_land(world: World) -> None:
    people, sends = stuck(world)
    start, before = start_of(world, people, sends), fees()
    world.work(BTC)
    made = Transaction.objects.get(type="bump")
    parent, child = sends[0].attempts.get(), made.attempts.get()
    assert (made.status, child.replay_tokens) == ("blockchain_pending", [made.choice["spends"]])
    assert parent.batch is not None
    sizes = [world.node(BTC, "getmempoolentry", txid)["vsize"] for txid in (parent.txid, child.txid)]
    assert child.max_fee_minor + parent.batch.fee_minor == -(-sum(sizes) * DEAR // 1_000)
    world.work(BTC)
    assert Transaction.objects.filter(type="bump").count() == 1
    with pytest.raises(SpeedUpUnavailable) as met:
        replacement.offer(sends[0], user_id=people[0].pk, cancels=False, now=world.now)
    assert "built upon" in met.value.why
    is_clean(world, BTC)
    settle(world, [made, *sends])
    world.pass_time(minutes=5)
    settle(world, [made, *sends])
    is_paid_once(world, people, sends, start)
    assert (made.status, child.max_fee_minor, fees() - before) == ("completed", made.fee_minor, made.fee_minor)
    assert world.chain_balance(BTC, made.to_address) == made.amount_minor
    is_clean(world, BTC)


@pytest.mark.parametrize("percent", [0, 1])
def test_nothing_is_spent_on_it_above_the_configured_share_of_its_value(world: World, percent: int) -> None:
    """Its change holds some 1.8 BTC, of which a hundredth is more than enough: so the least share is looked at."""
    configure(world, bump_percent=0)
    _, sends = stuck(world)
    configure(world, bump_percent=percent)
    change = Coin.objects.get(txid=sends[0].txid, is_change=True)
    Coin.objects.filter(pk=change.pk).update(minor=300_000)  # as if less had been left
    before = Posting.objects.count(), SignatureGuard.objects.count(), Attempt.objects.count()
    world.work(BTC)
    assert bump.find(network=BTC, now=world.now) == 0
    assert not Transaction.objects.filter(type="bump").exists()
    assert (Posting.objects.count(), SignatureGuard.objects.count(), Attempt.objects.count()) == before
    Coin.objects.filter(pk=change.pk).update(minor=change.minor)
    world.node(BTC, "devnet_min_rate", 0)
    settle(world, sends)
    assert {each.status for each in sends} == {"completed"}


def test_what_can_be_replaced_is_not_bumped(world: World) -> None:
    people = rich_people(world, 2)
    sends = asked(world, people)
    world.pump()
    wait(world)
    rate = refreshed(sends)[0].attempts.get().rate
    world.node(BTC, "devnet_fee", rate + 1_000)
    world.pass_time(seconds=world.settings.NETWORKS[BTC].block_seconds * 10 + 121)
    assert bump.find(network=BTC, now=world.now) == 0
    world.work(BTC)
    assert {each.attempts.count() for each in sends} == {2}
    world.node(BTC, "devnet_fee", 0)
    settle(world, sends)
    assert {each.status for each in sends} == {"completed"}


def test_what_is_in_a_block_meanwhile_is_not_paid_for(world: World) -> None:
    people, sends = stuck(world)
    start, before = start_of(world, people, sends), fees()
    assert bump.find(network=BTC, now=world.now) == 1
    world.node(BTC, "devnet_min_rate", 0)
    world.mine(BTC)
    world.pump()  # nobody has read that block yet
    made = Transaction.objects.get(type="bump")
    assert (made.status, made.failure_code, made.attempts.count()) == ("failed", "needless", 0)
    settle(world, sends)
    is_paid_once(world, people, sends, start)
    assert fees() == before


def test_a_child_of_what_is_proved_dead_is_dead_too_and_costs_nothing(world: World) -> None:
    people, sends = stuck(world)
    start, before = start_of(world, people, sends), fees()
    world.work(BTC)
    made = Transaction.objects.get(type="bump")
    inputs = Coin.objects.filter(reserved_by__batch=sends[0].attempts.get().batch)
    kept = list(inputs.values_list("pk", flat=True))
    inputs.update(spent_height=1)  # a block beyond every reorg shows that somebody else has them
    world.node(BTC, "devnet_forget")
    for _ in range(2):
        world.pass_time(minutes=5)
        world.pump()
    assert {(each.status, each.failure_code) for each in refreshed(sends)} == {("failed", "replaced")}
    made.refresh_from_db()
    assert (made.status, made.attempts.get().status) == ("failed", "dead")
    assert [figures(world, each, BTC) for each in people] == [(start, 0)] * 2
    assert (fees(), ledger.queries.balance(code=network_account(BTC, "in_transit"), asset="BTC")) == (before, 0)
    Coin.objects.filter(pk__in=kept).update(spent_height=None)
