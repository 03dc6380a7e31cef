"""Sends that are paid by one transaction, against time: killed workers, workers side by side, and second thoughts."""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

import chains.queries
from accounts.models import User
from kit.errors import BusyElsewhere
from kit.states import IllegalMove
from ledger.models import Posting
from tests.factories.crash import Reaper, run_process
from tests.factories.world import World
from tests.races.together import do_together
from transactions.engine import run as engine
from transactions.errors import NotCancellable
from transactions.flows import replacement, send
from transactions.models import Attempt, Batch, Transaction
from transactions.services import schedule

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BTC = "bitcoin"
OBSTACLES = (BusyElsewhere, IllegalMove, NotCancellable)


@pytest.fixture(autouse=True)
def queues(world: World) -> None:
    config = replace(world.settings.NETWORKS[BTC], batch_seconds=(("normal", 60),))
    world.settings.NETWORKS = {**world.settings.NETWORKS, BTC: config}
    chains.queries.forget()


def rich_people(world: World, count: int) -> list[User]:
    people = [world.person(BTC) for _ in range(count)]
    for each in people:
        world.fund(each, BTC, "1")
    for _ in range(3):
        world.finalize(BTC)
    return people


def due(world: World, people: Sequence[User]) -> list[Transaction]:
    """Return a send of each, whose queue's time has come."""
    sends = [world.send(each, BTC, "0.01", world.stranger(BTC)) for each in people]
    world.pump()
    world.pass_time(seconds=61)
    return sends


def land(world: World) -> None:
    """Let what is signed be confirmed, whoever has it in hand."""
    world.pass_time(minutes=5)
    world.pump()
    world.mine(BTC, world.settings.NETWORKS[BTC].confirmations)
    world.pass_time(minutes=5)
    world.work(BTC)


def is_paid_once(world: World, people: Sequence[User], sends: Sequence[Transaction], start: int) -> None:
    for each in sends:
        each.refresh_from_db()
        assert each.status == "completed"
        assert world.chain_balance(BTC, each.to_address) == each.amount_minor
        for what in ("settle", "fee"):
            assert Posting.objects.filter(key=f"send:{each.pk}:{what}").count() == 1
    for batch in Batch.objects.all():
        landed = Attempt.objects.filter(batch=batch, status__in=["landed", "final"])
        assert not landed or sum(each.transaction.fee_minor or 0 for each in landed) == batch.fee_minor
    for person in people:
        own = [each for each in sends if each.user_id == person.pk]
        spent = sum(each.amount_minor + (each.fee_minor or 0) for each in own)
        balance = world.balance(person, BTC)
        assert (balance.available, balance.held) == (start - spent, 0)


def test_workers_killed_at_any_moment_have_paid_all_or_none_and_each_once(world: World) -> None:
    people = rich_people(world, 2)
    start = world.balance(people[0], BTC).available
    sends: list[Transaction] = []
    moments: list[str] = []

    def work(reaper: Reaper) -> None:
        world.pump()

    for number in itertools.count(1):
        mine = due(world, people)
        sends += mine
        outcome = run_process(work, kill_at=number, networks=[BTC])
        signed = {each.attempts.count() for each in mine}
        assert len(signed) == 1, "one is signed for and the other is not"
        statuses = {Transaction.objects.get(pk=each.pk).status for each in mine}
        assert ("balance_reserved" in statuses) == (signed == {0})
        land(world)
        assert len({each.attempts.get().txid for each in mine}) == 1
        if outcome.is_done:
            break
        moments.append(outcome.moment)
    assert moments.count("before broadcast") == 2
    assert moments.count("commit") >= 6
    is_paid_once(world, people, sends, start)


def advancing(world: World, transaction: Transaction) -> Callable[[], None]:
    """A worker that has this transaction in hand, whoever else has it too."""
    held = Transaction.objects.get(pk=transaction.pk)
    return lambda: engine.advance(held, now=world.now)


def test_workers_that_sign_at_once_pay_each_once(world: World) -> None:
    people = rich_people(world, 4)
    start = world.balance(people[0], BTC).available
    sends = due(world, people)
    outcomes = do_together([advancing(world, each) for each in sends] * 2)
    assert all(outcome is None or isinstance(outcome, OBSTACLES) for outcome in outcomes), outcomes
    land(world)
    assert {each.attempts.count() for each in sends} == {1}
    is_paid_once(world, people, sends, start)


def test_who_cancels_while_it_is_signed_has_either(world: World) -> None:
    people = rich_people(world, 3)
    start = world.balance(people[0], BTC).available
    sends = due(world, people)

    def cancel(each: Transaction) -> Callable[[], None]:
        return lambda: void(send.cancel(user_id=str(each.user_id), transaction=each, now=world.now))

    outcomes = do_together([advancing(world, sends[0]), cancel(sends[1]), cancel(sends[2]), advancing(world, sends[2])])
    assert all(outcome is None or isinstance(outcome, OBSTACLES) for outcome in outcomes), outcomes
    land(world)
    gone = [each for each in sends if Transaction.objects.get(pk=each.pk).status == "failed"]
    assert [each.attempts.count() for each in gone] == [0] * len(gone)
    assert [world.chain_balance(BTC, each.to_address) for each in gone] == [0] * len(gone)
    is_paid_once(world, people, [each for each in sends if each not in gone], start)


def void(_: object) -> None:
    """Drop what was returned."""


def test_a_worker_that_has_one_in_hand_while_another_signs_for_it_writes_nothing(world: World) -> None:
    people = rich_people(world, 2)
    start = world.balance(people[0], BTC).available
    sends = due(world, people)
    held = schedule.claim(now=world.now, transaction_id=sends[1].pk)
    assert held is not None
    advancing(world, sends[0])()
    assert {each.attempts.count() for each in sends} == {1}
    assert Transaction.objects.get(pk=held.pk).lease == held.lease + 1
    engine.advance(held, now=world.now)  # it has planned to sign it alone
    assert {each.attempts.count() for each in sends} == {1}
    land(world)
    is_paid_once(world, people, sends, start)


def test_two_who_ask_for_a_higher_fee_at_once_are_served_one_after_the_other(world: World) -> None:
    people = rich_people(world, 3)
    start = world.balance(people[0], BTC).available
    sends = due(world, people)
    world.pump()
    for person, each in zip(people[:2], sends, strict=False):
        each.refresh_from_db()
        offered = replacement.offer(each, user_id=person.pk, cancels=False, now=world.now)
        replacement.request(offered, user_id=person.pk, key=f"more:{each.pk}", now=world.now)
    world.pass_time(seconds=31)
    outcomes = do_together([advancing(world, each) for each in sends])
    assert all(outcome is None or isinstance(outcome, OBSTACLES) for outcome in outcomes), outcomes
    world.pass_time(minutes=5)
    world.pump()
    counts = {each.attempts.count() for each in sends}
    assert len(counts) == 1
    assert counts <= {2, 3}
    land(world)
    land(world)
    is_paid_once(world, people, sends, start)
