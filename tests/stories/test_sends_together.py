"""Several people's sends paid by one Bitcoin transaction: each is paid once, and pays its part of the fee."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

import chains.queries
import chains.services
from accounts.models import User
from chains.values import Presence
from custody.models import SignatureGuard, Together
from ledger.models import Posting
from tests.factories.reconciliation import is_clean
from tests.factories.world import World
from tests.stories.test_replacement import figures
from transactions.errors import NotCancellable
from transactions.flows import replacement, send
from transactions.models import Attempt, Batch, Transaction
from transactions.queries.story import tell

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BTC = "bitcoin"
QUEUES = (("slow", 600), ("normal", 60))


@pytest.fixture(autouse=True)
def queues(world: World) -> None:
    config = replace(world.settings.NETWORKS[BTC], batch_seconds=QUEUES)
    world.settings.NETWORKS = {**world.settings.NETWORKS, BTC: config}
    chains.queries.forget()


def rich_people(world: World, count: int, amount: str = "1") -> list[User]:
    people = [world.person(BTC) for _ in range(count)]
    for each in people:
        world.fund(each, BTC, amount)
    for _ in range(3):
        world.finalize(BTC)
    return people


def asked(world: World, people: Sequence[User], **more: Any) -> list[Transaction]:
    """Ask for a send of each, to a stranger of its own."""
    return [world.send(each, BTC, "0.1", world.stranger(BTC), **more) for each in people]


def refreshed(sends: Sequence[Transaction]) -> list[Transaction]:
    for each in sends:
        each.refresh_from_db()
    return list(sends)


def wait(world: World, seconds: float = 61) -> None:
    world.pass_time(seconds=seconds)
    world.pump()


def under_way(world: World, count: int = 3) -> tuple[list[User], list[Transaction]]:
    people = rich_people(world, count)
    sends = asked(world, people)
    world.pump()
    wait(world)
    assert {each.status for each in refreshed(sends)} == {"blockchain_pending"}
    return people, sends


def settle(world: World, sends: Sequence[Transaction]) -> None:
    for _ in range(3):
        world.finalize(BTC)
    refreshed(sends)


def is_paid_once(world: World, people: Sequence[User], sends: Sequence[Transaction], start: int) -> None:
    """Everybody's recipient has the amount, and everybody has paid the amount and their own share of one fee."""
    assert {each.status for each in refreshed(sends)} == {"completed"}
    (txid,) = {each.txid for each in sends}
    batch = Batch.objects.get(txid=txid)
    assert sum(each.fee_minor or 0 for each in sends) == batch.fee_minor
    for person, each in zip(people, sends, strict=True):
        assert each.fee_minor is not None
        assert 0 < each.fee_minor <= each.max_fee_minor
        assert world.chain_balance(BTC, each.to_address) == each.amount_minor
        assert figures(world, person, BTC) == (start - each.amount_minor - each.fee_minor, 0)
        assert each.attempts.filter(status="final").get().txid == txid
        assert Posting.objects.filter(key=f"send:{each.pk}:settle").count() == 1


@contextmanager
def nothing_moves(world: World, people: Sequence[User]) -> Iterator[None]:
    def seen() -> Any:
        return (
            [figures(world, each, BTC) for each in people],
            Posting.objects.count(),
            Attempt.objects.count(),
            SignatureGuard.objects.count(),
        )

    before = seen()
    yield
    assert seen() == before


def test_what_waits_in_a_queue_is_paid_by_one_transaction(world: World) -> None:
    people = rich_people(world, 3)
    start = figures(world, people[0], BTC)[0]
    sends = asked(world, people[:2])
    with nothing_moves(world, people):
        world.pump()
        wait(world, 30)
        assert {(each.status, each.sub_status) for each in refreshed(sends)} == {
            ("balance_reserved", "waiting_for_batch")
        }
    sends += asked(world, people[2:])  # comes late, and goes along
    wait(world, 31)
    batch = Batch.objects.get()
    attempts = [each.attempts.get() for each in refreshed(sends)]
    assert {each.txid for each in sends} == {each.txid for each in attempts} == {batch.txid}
    assert {each.status for each in sends} == {"blockchain_pending"}
    assert max(each.max_fee_minor for each in attempts) - min(each.max_fee_minor for each in attempts) <= 1
    (outputs, _) = world.adapter(BTC).stated(bytes(attempts[0].raw))
    paid = sorted((each.to_address, each.amount_minor) for each in sends)
    assert sorted((each.address, each.minor) for each in outputs if each.address in dict(paid)) == paid
    assert len(outputs) == len(sends) + 1
    assert Together.objects.count() == 2
    for _ in range(world.settings.NETWORKS[BTC].final_depth + 3):
        is_clean(world, BTC)
        world.mine(BTC)
        world.work(BTC)
    settle(world, sends)
    is_paid_once(world, people, sends, start)
    assert all(tell(each).coins for each in sends)
    is_clean(world, BTC)


def test_what_no_worker_has_settled_yet_is_each_ones_share_in_the_reconciliation(world: World) -> None:
    _, sends = under_way(world)
    for _ in range(3):
        world.mine(BTC, 3)
        world.scan(BTC)
        is_clean(world, BTC)
    assert {each.status for each in refreshed(sends)} == {"blockchain_pending"}
    settle(world, sends)
    assert {each.status for each in sends} == {"completed"}


def test_each_priority_is_a_queue_of_its_own_and_one_without_is_paid_at_once(world: World) -> None:
    people = rich_people(world, 3)
    (normal,), (slow,) = asked(world, people[:1]), asked(world, people[1:2], priority="slow")
    (fast,) = asked(world, people[2:], priority="fast")
    world.pump()
    assert [each.status for each in refreshed([normal, slow, fast])] == [
        "balance_reserved",
        "balance_reserved",
        "blockchain_pending",
    ]
    wait(world)
    assert [each.status for each in refreshed([normal, slow])] == ["blockchain_pending", "balance_reserved"]
    wait(world, 600)
    assert slow.txid != normal.txid
    settle(world, [normal, slow, fast])
    assert {each.status for each in (normal, slow, fast)} == {"completed"}
    assert not Batch.objects.exists()


def test_who_has_held_too_little_for_a_share_waits_alone_and_the_others_go(world: World) -> None:
    people = rich_people(world, 3)
    start = figures(world, people[0], BTC)[0]
    (poor,) = asked(world, people[:1])
    world.node(BTC, "devnet_fee", 40_000)
    world.pass_time(seconds=40)
    others = asked(world, people[1:])
    before = figures(world, people[0], BTC)
    wait(world)
    poor.refresh_from_db()
    assert (poor.status, poor.sub_status, poor.attempts.count()) == ("balance_reserved", "waiting_for_lower_fees", 0)
    assert figures(world, people[0], BTC) == before
    assert {each.status for each in refreshed(others)} == {"blockchain_pending"}
    settle(world, others)
    is_paid_once(world, people[1:], others, start)
    assert figures(world, people[0], BTC) == before
    world.node(BTC, "devnet_fee", 0)
    wait(world)
    settle(world, [poor])
    assert (poor.status, poor.attempts.get().batch) == ("completed", None)


def test_a_large_send_of_many_coins_keeps_no_small_one_from_going_alone(world: World) -> None:
    rich, owner = world.person(BTC), world.person(BTC)
    for each in (*[rich] * 8, owner):
        world.fund(each, BTC, "1")
    for _ in range(3):
        world.finalize(BTC)
    world.node(BTC, "devnet_fee", 10_000)
    large = world.send(rich, BTC, "7.5", world.stranger(BTC))
    (small,) = asked(world, [owner])
    world.node(BTC, "devnet_fee", 16_000)
    world.pass_time(seconds=40)
    chains.services.refresh_fee_rates(network=BTC, now=world.now)
    before = figures(world, rich, BTC)
    wait(world)
    refreshed([small, large])
    assert (large.status, large.sub_status) == ("balance_reserved", "waiting_for_lower_fees")  # alone it is too dear
    assert (small.status, small.attempts.get().batch) == ("blockchain_pending", None)
    assert figures(world, rich, BTC) == before


def test_what_is_cancelled_before_it_is_signed_is_left_out(world: World) -> None:
    people = rich_people(world, 3)
    start = figures(world, people[0], BTC)[0]
    sends = asked(world, people)
    world.pump()
    gone = send.cancel(user_id=people[1].pk, transaction=sends[1], now=world.now)
    wait(world)
    assert (gone.status, gone.attempts.count()) == ("failed", 0)
    assert figures(world, people[1], BTC) == (start, 0)
    kept = [sends[0], sends[2]]
    settle(world, kept)
    is_paid_once(world, [people[0], people[2]], kept, start)
    assert world.chain_balance(BTC, gone.to_address) == 0


def test_one_of_several_that_are_signed_is_not_called_off(world: World) -> None:
    people, sends = under_way(world)
    with nothing_moves(world, people):
        with pytest.raises(NotCancellable):
            send.cancel(user_id=people[0].pk, transaction=sends[0], now=world.now)
        with pytest.raises(NotCancellable) as met:
            replacement.offer(sends[0], user_id=people[0].pk, cancels=True, now=world.now)
        assert "together with others" in met.value.why


def test_who_asks_for_a_higher_fee_pays_it_alone_and_everybody_is_paid(world: World) -> None:
    people, sends = under_way(world)
    start = figures(world, people[0], BTC)[0] + sends[0].amount_minor + sends[0].max_fee_minor
    before = [each.attempts.get() for each in sends]
    offered = replacement.offer(sends[1], user_id=people[1].pk, cancels=False, now=world.now)
    replacement.request(offered, user_id=people[1].pk, key="one", now=world.now)
    world.pump()
    after = [each.attempts.order_by("-number")[0] for each in refreshed(sends)]
    assert {each.number for each in after} == {2}
    assert [each.max_fee_minor for each in (after[0], after[2])] == [before[0].max_fee_minor, before[2].max_fee_minor]
    assert after[1].max_fee_minor == offered.max_fee_minor > before[1].max_fee_minor
    assert {each.txid for each in sends} == {after[0].txid} != {before[0].txid}
    world.pump()
    settle(world, sends)
    is_paid_once(world, people, sends, start)
    assert {each.attempts.get(number=1).status for each in sends} == {"dead"}


def test_what_waits_below_the_networks_price_is_offered_more_for_all(world: World) -> None:
    people, sends = under_way(world)
    start = figures(world, people[0], BTC)[0] + sends[0].amount_minor + sends[0].max_fee_minor
    rate = sends[0].attempts.get().rate
    world.node(BTC, "devnet_fee", rate + 1_000)
    world.pass_time(seconds=world.settings.NETWORKS[BTC].block_seconds * 10 + 121)
    world.pump()
    assert {each.attempts.count() for each in sends} == {2}
    assert Batch.objects.count() == 2
    world.node(BTC, "devnet_fee", 0)
    settle(world, sends)
    is_paid_once(world, people, sends, start)


def test_a_reorg_that_drops_it_lets_the_same_bytes_go_out_again(world: World) -> None:
    people, sends = under_way(world)
    start = figures(world, people[0], BTC)[0] + sends[0].amount_minor + sends[0].max_fee_minor
    world.mine(BTC, world.settings.NETWORKS[BTC].confirmations)
    world.pass_time(minutes=5)
    world.work(BTC)
    assert {each.status for each in refreshed(sends)} == {"completed"}
    world.reorg(BTC, world.settings.NETWORKS[BTC].confirmations, keep=False)
    assert world.adapter(BTC).state(sends[0].txid).presence == Presence.ABSENT
    world.work(BTC)
    world.pass_time(minutes=5)
    world.work(BTC)
    settle(world, sends)
    is_paid_once(world, people, sends, start)
    assert {each.attempts.count() for each in sends} == {1}


def test_too_few_coins_for_all_pay_for_as_many_as_they_can(world: World) -> None:
    people = rich_people(world, 4)
    (first,) = asked(world, people[3:], priority="fast")
    world.pump()  # its change is in no block: three coins are left, and more than that is wanted
    sends = [world.send(each, BTC, "0.9", world.stranger(BTC)) for each in people[:3]]
    sends += [world.send(people[3], BTC, "0.3", world.stranger(BTC)) for _ in range(2)]
    world.pump()
    wait(world)
    paid, left = (
        [each for each in refreshed(sends) if each.status == status]
        for status in ("blockchain_pending", "balance_reserved")
    )
    assert (len(paid), len(left)) == (3, 2)
    assert {each.attempts.count() for each in left} == {0}
    assert {each.sub_status for each in left} == {"waiting_for_liquidity"}
    settle(world, [first, *sends])
    wait(world)
    settle(world, [first, *sends])
    assert {each.status for each in sends} == {"completed"}
    assert [world.chain_balance(BTC, each.to_address) for each in sends] == [each.amount_minor for each in sends]
