"""What was done and cannot stand: undone last first, outside too, and never below a milestone."""

from datetime import timedelta
from typing import Any

import pytest

from tests.factories.flows import (
    CHOSEN,
    HELD,
    PERMANENT,
    TEMPORARY,
    OutOfOrder,
    Play,
    facts,
    recoveries,
    row,
    states,
    status,
)
from transactions.engine import run as engine
from transactions.engine.base import Done, Fail, Retry, Work
from transactions.models import Status, Step, Transaction
from transactions.services import schedule

pytestmark = pytest.mark.django_db


def test_a_permanent_error_undoes_in_reverse_order(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), via=HELD, undoes=[None]),
        play.step("b", Done(), via=CHOSEN),
        play.step("c", Done(), undoes=[None]),
        play.step("d", Done(), asks=[OutOfOrder("No.", why="")], errors=PERMANENT),
        play.step("e", Done(), undoes=[None]),
    )
    play.work()
    assert play.hear() == ["do a", "do b", "do c", "ask d", "undo c", "undo a"]
    assert status(opened) == Status.FAILED
    assert (opened.failure_code, opened.failure_reason) == ("out_of_order", "No.")
    assert states(opened) == {"a": "undone", "b": "done", "c": "undone", "d": "failed", "e": "skipped"}
    assert recoveries(opened) == [("d", 1, "permanent", "out_of_order")]


def test_a_step_that_fails_by_its_own_word_is_undone_with_its_fields(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), via=HELD, undoes=[None]),
        play.step("b", Fail("refused", "They said no.", fields={"fee_minor": 0}), asks=[1]),
    )
    play.work()
    assert (status(opened), opened.failure_code, opened.failure_reason, opened.fee_minor) == (
        Status.FAILED,
        "refused",
        "They said no.",
        0,
    )


def test_what_has_not_begun_fails_without_being_compensated(play: Play) -> None:
    opened = play.open(play.step("a", Fail("refused", "No."), asks=[1]), play.step("b", Done()))
    play.work()
    assert (status(opened), facts(opened)) == (Status.FAILED, ["initiated", "failed"])
    assert states(opened) == {"a": "failed", "b": "skipped"}


def undoing(play: Play, *undo_asks: Any, **more: Any) -> Transaction:
    """Return a transaction whose second step has failed and whose first is to be undone outside."""
    return play.open(
        play.step("z", Done(), undoes=[None]),
        play.step("a", Done(), via=more.pop("via", HELD), undoes=[None], undo_asks=list(undo_asks), **more),
        play.step("b", Fail("refused", "No."), asks=[1]),
    )


@pytest.mark.parametrize("via", [HELD, []])
def test_what_has_to_be_undone_outside_is_asked_for_at_once(play: Play, via: list[Status]) -> None:
    opened = undoing(play, "cancelled", via=via)
    play.work()
    assert play.hear() == ["do z", "do a", "ask b", "do b", "undo_ask a", "undo a", "undo z"]
    assert (status(opened), states(opened)) == (Status.FAILED, {"z": "undone", "a": "undone", "b": "failed"})


def test_an_undo_that_cannot_be_done_yet_is_never_given_up(play: Play) -> None:
    opened = undoing(
        play, *[OutOfOrder()] * 30, "cancelled", errors=PERMANENT, retry=Retry(limit=2, patience=timedelta(seconds=1))
    )
    for tries in range(1, 31):
        assert play.work(after=60)
        assert (status(opened), row(opened, "a").state, row(opened, "a").tries) == (
            Status.COMPENSATING,
            "done",
            tries,
        )
        assert opened.next_look_at == row(opened, "a").wake_at
        assert "undo z" not in play.hear()
    play.work(after=60)
    assert play.hear() == ["undo_ask a", "undo a", "undo z"]
    assert (status(opened), opened.failure_code) == (Status.FAILED, "refused")


def test_an_undo_waits_for_its_pause_and_is_woken_by_news(play: Play) -> None:
    opened = undoing(play, OutOfOrder(), "cancelled", errors=TEMPORARY, retry=Retry(first_seconds=40))
    play.work()
    play.hear()
    Transaction.objects.filter(pk=opened.pk).update(next_look_at=play.now)  # claimed too early
    assert play.work()
    assert play.hear() == []
    assert status(opened) == Status.COMPENSATING
    assert not play.work(after=1)
    schedule.wake(opened.pk, now=play.now)
    assert play.work()
    assert (play.hear(), status(opened)) == (["undo_ask a", "undo a", "undo z"], Status.FAILED)


def test_an_undo_inside_that_fails_waits_for_its_pause(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), via=HELD, undoes=[OutOfOrder(), None], undo_asks=["x"], errors=TEMPORARY),
        play.step("b", Fail("refused", "No."), asks=[1]),
    )
    play.work()
    assert play.hear() == ["do a", "ask b", "do b", "undo_ask a", "undo a"]
    Transaction.objects.filter(pk=opened.pk).update(next_look_at=play.now)
    assert play.work()
    assert play.hear() == []
    play.work(after=1)
    assert (play.hear(), status(opened)) == (["undo_ask a", "undo a"], Status.FAILED)


def test_an_undo_that_asks_nobody_keeps_its_pause_too(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), via=HELD, undoes=[OutOfOrder(), None], errors=TEMPORARY),
        play.step("b", Done(), asks=[1]),
    )
    paused = {"status": Status.COMPENSATING, "failure_code": "refused", "next_look_at": play.now}
    Transaction.objects.filter(pk=opened.pk).update(**paused)
    Step.objects.filter(transaction=opened, name="a").update(wake_at=play.now + timedelta(seconds=40))
    play.hear()
    assert play.work()
    assert (play.hear(), status(opened)) == ([], Status.COMPENSATING)
    assert opened.next_look_at == play.now + timedelta(seconds=40)
    assert play.work(after=40)
    assert (play.hear(), status(opened), row(opened, "a").tries) == (["undo a"], Status.COMPENSATING, 1)
    assert play.work(after=1)
    assert (play.hear(), status(opened)) == (["undo a"], Status.FAILED)


def test_somebody_may_stop_it(play: Play) -> None:
    opened = play.open(play.step("a", Done(), via=HELD, undoes=[None]), play.step("b", Done(), asks=[1]))
    engine.stop(opened, code="cancelled", reason="You did.", now=play.now, actor="usr_a")
    assert (status(opened), opened.failure_code, opened.next_look_at) == (Status.FAILED, "cancelled", None)
    assert states(opened) == {"a": "undone", "b": "failed"}
    assert not play.work(after=1000)


def test_what_was_stopped_while_it_was_asked_for_stays_stopped(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), via=HELD, undoes=[None]),
        play.step("b", Done(), via=CHOSEN, asks=[lambda work, found: _stop(work, play)]),
    )
    play.work()
    assert play.hear() == ["do a", "ask b", "undo a"]
    assert (status(opened), states(opened)) == (Status.FAILED, {"a": "undone", "b": "failed"})


def _stop(work: Work, play: Play) -> None:
    engine.stop(Transaction.objects.get(pk=work.transaction.pk), code="cancelled", reason="You did.", now=play.now)


def test_past_a_milestone_what_was_done_stands(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), via=HELD, undoes=[None]),
        play.step("b", Done(), via=CHOSEN, milestone=True, undoes=[None]),
        play.step("c", Done(), undoes=[None]),
        play.step("d", Fail("refused", "No."), asks=[1]),
        play.step("e", Done(), asks=[1]),
    )
    play.work()
    assert play.hear() == ["do a", "do b", "do c", "ask d", "do d", "undo c"]
    assert (status(opened), opened.failure_code) == (Status.COMPLETED, "refused")
    assert states(opened) == {"a": "done", "b": "done", "c": "undone", "d": "failed", "e": "skipped"}
    assert facts(opened)[-2:] == ["compensating", "completed"]
    for _ in range(3):
        assert not play.work(after=3600)
    assert play.hear() == []
    assert opened.next_look_at is None
