"""The engine with threads of its own and workers in one another's way, on small flows made for the test."""

import threading
import time
from datetime import datetime
from typing import Any

import pytest

from tests.factories.flows import OutOfOrder, Play, row, states, status
from tests.races.together import do_together
from transactions.engine import run as engine
from transactions.engine.base import Done, Fail, Treatment, Work
from transactions.models import RecoveryAttempt, Status, Transaction
from transactions.services import schedule

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(120)]

HELD = [Status.BALANCE_RESERVED]
SECONDS = 20


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Play:
    return Play(monkeypatch, now)


def test_steps_that_do_not_need_each_other_are_asked_for_side_by_side(play: Play) -> None:
    """Each question ends only once the other has begun: one after the other, neither ever would."""
    meeting = threading.Barrier(2)
    seen: dict[str, tuple[float, float, int]] = {}

    def ask(work: Work, found: Any) -> str:
        began = time.monotonic()
        meeting.wait(SECONDS)
        Transaction.objects.filter(pk=work.transaction.pk).exists()  # on a connection of its own
        seen[work.step.name] = (began, time.monotonic(), threading.get_ident())
        return work.step.name

    def keep(work: Work, found: Any) -> Done:
        return Done(memo={"answer": found})

    opened = play.open(
        play.step("a", Done(), via=HELD),
        play.step("b", keep, asks=[ask], needs=("a",)),
        play.step("c", keep, asks=[ask], needs=("a",)),
        play.step("d", Done(), asks=[1], needs=("b", "c")),
    )
    play.work(side_by_side=True)
    assert states(opened) == dict.fromkeys("abcd", "done")
    assert [row(opened, name).memo for name in "bc"] == [{"answer": "b"}, {"answer": "c"}]
    assert max(began for began, _, _ in seen.values()) < min(ended for _, ended, _ in seen.values())
    assert len({thread for _, _, thread in seen.values()}) == 2


def test_of_two_asked_for_side_by_side_one_may_fail_for_a_while(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), via=HELD),
        play.step("b", Done(), asks=[OutOfOrder(), 1], needs=("a",), errors={OutOfOrder: Treatment.TEMPORARY}),
        play.step("c", Done(), asks=[1], needs=("a",)),
        play.step("d", Done(), needs=("b", "c")),
    )
    play.work(side_by_side=True)
    assert states(opened) == {"a": "done", "b": "active", "c": "done", "d": "waiting"}
    play.hear()
    play.work(after=5, side_by_side=True)
    assert play.hear() == ["ask b", "do b", "do d"]
    assert states(opened) == dict.fromkeys("abcd", "done")


def test_of_two_asked_for_side_by_side_one_may_fail_for_good(play: Play) -> None:
    """Whichever is written first, what was done is undone, and what was not is not done any more."""
    opened = play.open(
        play.step("a", Done(), via=HELD, undoes=[None]),
        play.step("b", Done(), asks=[1], needs=("a",), undoes=[None]),
        play.step("c", Fail("refused", "No."), asks=[1], needs=("a",)),
        play.step("d", Done(), asks=[1], needs=("a",), undoes=[None]),
    )
    play.work(side_by_side=True)
    assert (status(opened), states(opened)) == (
        Status.FAILED,
        {"a": "undone", "b": "undone", "c": "failed", "d": "skipped"},
    )
    assert [said for said in play.hear() if said.startswith("undo")] == ["undo b", "undo a"]


def test_a_bug_of_one_thread_is_raised_and_loses_nothing(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), asks=[ZeroDivisionError(), 1]),
        play.step("b", Done(), asks=[1], needs=()),
    )
    with pytest.raises(ZeroDivisionError):
        play.work(side_by_side=True)
    assert states(opened) == {"a": "active", "b": "active"}
    play.work(after=60, side_by_side=True)
    assert states(opened) == {"a": "done", "b": "done"}


class Stalled:
    """A worker that is held up while it asks outside, for longer than its lease."""

    def __init__(self) -> None:
        self.is_asking = threading.Event()
        self.may_go_on = threading.Event()
        self.calls = 0

    def ask(self, work: Work, found: Any) -> Any:
        self.calls += 1
        if self.calls > 1:
            return "the second worker's"
        self.is_asking.set()
        assert self.may_go_on.wait(SECONDS)
        return "the stalled worker's"


@pytest.mark.parametrize("answer", ["an answer", "an error"])
def test_what_a_stalled_worker_writes_is_dropped(play: Play, answer: str) -> None:
    stalled = Stalled()

    def do(work: Work, found: Any) -> Done:
        if answer == "an error" and found == "the stalled worker's":
            raise OutOfOrder
        return Done(memo={"answer": found})

    opened = play.open(
        play.step("a", do, asks=[stalled.ask], via=HELD, errors={OutOfOrder: Treatment.TEMPORARY}),
        play.step("b", Done(), asks=[OutOfOrder()], errors={OutOfOrder: Treatment.TEMPORARY}),
    )
    first = schedule.claim(now=play.now)
    assert first is not None

    def second() -> None:
        assert stalled.is_asking.wait(SECONDS)
        try:
            assert schedule.claim(now=play.now + schedule.LEASE / 2) is None
            later = play.now + schedule.LEASE
            claimed = schedule.claim(now=later)
            assert claimed is not None
            assert (first.lease, claimed.lease) == (1, 2)
            engine.advance(claimed, now=later)
        finally:
            stalled.may_go_on.set()

    outcomes = do_together([lambda: engine.advance(first, now=play.now), second])
    assert outcomes == [None, None]
    assert stalled.calls == 2
    assert row(opened, "a").memo == {"answer": "the second worker's"}
    assert states(opened) == {"a": "done", "b": "active"}
    assert row(opened, "b").tries == 1
    assert RecoveryAttempt.objects.filter(transaction=opened).count() == 1
    opened.refresh_from_db()
    assert opened.next_look_at == row(opened, "b").wake_at  # as the second worker left it


def test_a_worker_that_outlives_its_lease_unnoticed_goes_on(play: Play) -> None:
    """Nobody else has claimed it: nothing has happened that it does not know of."""
    opened = play.open(play.step("a", Done(), asks=[1], via=HELD))
    claimed = schedule.claim(now=play.now)
    assert claimed is not None
    engine.advance(claimed, now=play.now + 3 * schedule.LEASE)
    assert states(opened) == {"a": "done"}


def test_workers_that_share_a_lease_do_a_step_once(play: Play) -> None:
    """Not even a claim that failed its purpose lets a step be done twice: what is done is seen under the lock."""
    done: list[str] = []

    def do(work: Work, found: Any) -> Done:
        done.append(work.step.name)
        return Done()

    opened = play.open(play.step("a", do, asks=[1], via=HELD), play.step("b", do, asks=[1]))
    claimed = schedule.claim(now=play.now)
    assert claimed is not None
    outcomes = do_together([lambda: engine.advance(claimed, now=play.now)] * 5)
    assert outcomes == [None] * 5
    assert (done, states(opened)) == (["a", "b"], {"a": "done", "b": "done"})


def test_of_many_workers_one_gets_the_claim(play: Play) -> None:
    play.open(play.step("a", Done(), asks=[1]))
    outcomes = do_together([lambda: schedule.claim(now=play.now)] * 6)
    assert sum(outcome is not None for outcome in outcomes) == 1
