"""What a step meets: tried again, counted, given up; bugs and leases lose nothing."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.factories.flows import (
    HELD,
    PERMANENT,
    TEMPORARY,
    OutOfOrder,
    Play,
    Unheard,
    facts,
    recoveries,
    row,
    states,
    status,
)
from transactions.engine import run as engine
from transactions.engine.base import Done, GoBack, Later, Retry, Work
from transactions.models import Status, Transaction
from transactions.services import schedule

pytestmark = pytest.mark.django_db


def test_a_temporary_error_is_tried_again_after_growing_pauses(play: Play) -> None:
    retry = Retry(first_seconds=4, most_seconds=10)
    opened = play.open(
        play.step("a", Done(), asks=[OutOfOrder(), OutOfOrder(), OutOfOrder(), 1], errors=TEMPORARY, retry=retry)
    )
    for tries, (least, most) in enumerate([(2, 4), (4, 8), (5, 10)], start=1):
        assert play.work()
        found = row(opened, "a")
        assert found.wake_at is not None
        assert least <= (found.wake_at - play.now).total_seconds() < most
        assert (found.state, found.tries, found.error_code) == ("active", tries, "out_of_order")
        opened.refresh_from_db()
        assert opened.next_look_at == found.wake_at
        assert not play.work(after=least - 0.01)
        play.now = found.wake_at
    assert play.work()
    assert (states(opened), row(opened, "a").tries, row(opened, "a").error_code) == ({"a": "done"}, 0, "")
    assert recoveries(opened) == [("a", number, "temporary", "out_of_order") for number in (1, 2, 3)]


def test_what_acting_meets_is_treated_as_what_asking_meets(play: Play) -> None:
    def spoil(work: Work, answer: Any) -> Done:
        Transaction.objects.filter(pk=work.transaction.pk).update(memo="half done")
        raise OutOfOrder

    opened = play.open(play.step("a", spoil, asks=[1], errors=TEMPORARY))
    play.work()
    opened.refresh_from_db()
    assert (opened.memo, states(opened), row(opened, "a").tries) == ("", {"a": "active"}, 1)


def test_tries_are_bounded_and_then_undone(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), via=HELD, undoes=[None]),
        play.step("b", Done(), asks=[OutOfOrder("No.")], errors=TEMPORARY, retry=Retry(limit=3)),
    )
    for _ in range(3):
        assert status(opened) == Status.BALANCE_RESERVED
        assert play.work(after=60)
    assert status(opened) == Status.FAILED
    assert (opened.failure_code, opened.next_look_at) == ("out_of_order", None)
    assert opened.failure_reason == "It could not be done in time: it does not answer."
    assert states(opened) == {"a": "undone", "b": "failed"}
    assert play.hear() == ["do a", "ask b", "ask b", "ask b", "undo a"]
    assert facts(opened) == ["initiated", "balance_reserved", "compensating", "failed"]
    assert not play.work(after=1000)


def test_patience_is_counted_from_when_the_step_began(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), asks=[OutOfOrder()], errors=TEMPORARY, retry=Retry(patience=timedelta(minutes=3)))
    )
    while play.work(after=60):
        pass
    assert (status(opened), row(opened, "a").tries) == (Status.FAILED, 4)
    assert play.now == opened.created_at + timedelta(minutes=5)


def test_what_people_hold_up_loses_no_patience(play: Play) -> None:
    held_up = Later(60, is_held_up=True)
    asks, retry = [*[1] * 10, OutOfOrder()], Retry(patience=timedelta(minutes=3))
    opened = play.open(play.step("a", held_up, asks=asks, errors=TEMPORARY, retry=retry))
    for _ in range(10):
        assert play.work(after=60)
    released = play.now
    assert play.work(after=60)
    assert (status(opened), row(opened, "a").tries) == (Status.INITIATED, 1)
    while play.work(after=60):
        pass
    assert (status(opened), play.now) == (Status.FAILED, released + timedelta(minutes=5))


def test_the_first_failures_are_remembered_and_then_every_hundredth(play: Play) -> None:
    opened = play.open(play.step("a", Done(), asks=[OutOfOrder()], errors=TEMPORARY))
    for _ in range(101):
        assert play.work(after=60)
    assert [number for _, number, _, _ in recoveries(opened)] == [*range(1, 11), 100]
    assert row(opened, "a").tries == 101


def test_success_in_between_starts_the_counting_anew(play: Play) -> None:
    opened = play.open(play.step("a", Later(5), asks=[OutOfOrder(), OutOfOrder(), 1, OutOfOrder()], errors=TEMPORARY))
    found = []
    for _ in range(4):
        play.work(after=60)
        found.append((row(opened, "a").tries, row(opened, "a").error_code))
    assert found == [(1, "out_of_order"), (2, "out_of_order"), (0, ""), (1, "out_of_order")]


def test_what_follows_and_meets_an_error_is_tried_again_by_itself(play: Play) -> None:
    """The step before it is not asked for again: what it did and found out holds."""
    opened = play.open(
        play.step("a", Done(memo={"found": 1}), asks=[1], via=HELD),
        play.step("b", OutOfOrder(), OutOfOrder(), Done(), errors=TEMPORARY, retry=Retry(first_seconds=10)),
    )
    play.work()
    assert states(opened) == {"a": "done", "b": "active"}
    assert (row(opened, "a").memo, row(opened, "b").tries) == ({"found": 1}, 1)
    assert recoveries(opened) == [("b", 1, "temporary", "out_of_order")]
    opened.refresh_from_db()
    assert opened.next_look_at == row(opened, "b").wake_at
    play.hear()
    assert play.work(after=10)
    assert play.work(after=20)
    assert play.hear() == ["do b", "do b"]
    assert states(opened) == {"a": "done", "b": "done"}


def test_what_follows_and_can_never_be_done_undoes_what_it_follows(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), asks=[1], via=HELD, undoes=[None]),
        play.step("b", OutOfOrder(), errors=PERMANENT),
    )
    play.work()
    assert (status(opened), states(opened)) == (Status.FAILED, {"a": "undone", "b": "failed"})


@pytest.mark.parametrize("bug", [ZeroDivisionError, Unheard])
@pytest.mark.parametrize("place", ["asks", "do"])
def test_a_bug_keeps_its_lease_and_loses_nothing(play: Play, bug: type[Exception], place: str) -> None:
    broken: dict[str, Any] = {"asks": [bug(), 1]} if place == "asks" else {"asks": [1]}
    answers = [Done()] if place == "asks" else [bug(), Done()]
    opened = play.open(
        play.step("a", Done(), asks=[1], via=HELD, undoes=[None]),
        play.step("b", *answers, **broken),
    )
    with pytest.raises(bug):
        play.work()
    assert (status(opened), states(opened)) == (Status.BALANCE_RESERVED, {"a": "done", "b": "active"})
    assert opened.next_look_at == play.now + schedule.LEASE
    assert recoveries(opened) == []
    assert not play.work(after=schedule.LEASE.total_seconds() - 0.1)
    assert play.work(after=0.1)
    assert states(opened) == {"a": "done", "b": "done"}


def test_a_bug_in_what_follows_loses_nothing(play: Play) -> None:
    opened = play.open(play.step("a", Done(), asks=[1], via=HELD), play.step("b", Unheard(), Done()))
    with pytest.raises(Unheard):
        play.work()
    assert (status(opened), states(opened)) == (Status.INITIATED, {"a": "active", "b": "waiting"})
    assert play.work(after=60)
    assert states(opened) == {"a": "done", "b": "done"}


def test_a_worker_whose_lease_is_another_ones_writes_nothing(play: Play) -> None:
    def steal(work: Work, found: Any) -> None:
        Transaction.objects.filter(pk=work.transaction.pk).update(lease=99)

    opened = play.open(play.step("a", Done(), asks=[steal], via=HELD))
    play.work()
    assert play.hear() == ["ask a"]
    assert (status(opened), states(opened)) == (Status.INITIATED, {"a": "active"})


@pytest.mark.parametrize("met", [OutOfOrder(), 1])
def test_nor_does_it_write_down_what_it_met(play: Play, met: Any) -> None:
    def steal(work: Work, found: Any) -> Any:
        Transaction.objects.filter(pk=work.transaction.pk).update(lease=99)
        if isinstance(met, Exception):
            raise met
        return met

    opened = play.open(play.step("a", OutOfOrder(), asks=[steal], errors=TEMPORARY))
    play.work()
    assert (row(opened, "a").tries, recoveries(opened)) == (0, [])


def test_it_gives_way_after_many_rounds(play: Play) -> None:
    again: Callable[[Work, Any], GoBack] = lambda work, found: GoBack("a", "Again.")  # noqa: E731
    opened = play.open(play.step("a", Done(), asks=[1]), play.step("b", again, asks=[1], goes_back={"a": []}))
    play.work()
    assert play.hear().count("do b") == engine.ROUNDS // 2
    opened.refresh_from_db()
    assert opened.next_look_at == play.now
