"""What only the person can answer, and what becomes of it when they do not."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.factories.flows import HELD, PERSON, OutOfOrder, Play, recoveries, row, states, status
from transactions.engine.base import Ask, Done, Later, Work
from transactions.models import Status, Step, Transaction
from transactions.services import schedule

pytestmark = pytest.mark.django_db


def asking(now: datetime, *, seconds: float | None = None) -> Ask:
    return Ask("Is it you?", now + timedelta(hours=1), seconds=seconds)


def answered(work: Work, found: Any) -> Ask | Done:
    if work.step.answer is None:
        return asking(work.transaction.created_at)
    return Done(memo={"said": work.step.answer})


def reply(transaction: Transaction, answer: Any, now: datetime) -> None:
    Step.objects.filter(transaction=transaction, state="asking").update(answer=answer)
    schedule.wake(transaction.pk, now=now)


def test_a_question_waits_for_its_answer(play: Play) -> None:
    opened = play.open(play.step("a", answered, asks=[1]), play.step("b", Done(), via=HELD))
    play.work()
    found = row(opened, "a")
    assert (found.state, found.question, found.deadline_at) == (
        "asking",
        "Is it you?",
        play.now + timedelta(hours=1),
    )
    assert (status(opened), opened.sub_status) == (Status.INITIATED, "waiting_for_you")
    assert not play.work(after=3599)
    reply(opened, {"yes": True}, play.now)
    assert play.work()
    assert (states(opened), row(opened, "a").memo) == ({"a": "done", "b": "done"}, {"said": {"yes": True}})
    assert row(opened, "a").question == ""


def test_a_question_that_is_not_answered_in_time_is_given_up(play: Play) -> None:
    opened = play.open(play.step("a", Done(), via=HELD, undoes=[None]), play.step("b", answered, asks=[1]))
    play.work()
    assert play.work(after=3600)
    assert (status(opened), opened.failure_code, states(opened)) == (
        Status.FAILED,
        "no_answer",
        {"a": "undone", "b": "failed"},
    )


def test_a_question_may_be_settled_by_looking(play: Play) -> None:
    opened = play.open(
        play.step("a", asking(play.now, seconds=10), asking(play.now, seconds=10), Done(), asks=[1]),
    )
    play.work()
    deadline = row(opened, "a").deadline_at
    assert play.work(after=10)
    assert row(opened, "a").deadline_at == deadline
    assert play.work(after=10)
    assert states(opened) == {"a": "done"}


def test_what_is_waited_for_after_a_question_is_no_question(play: Play) -> None:
    opened = play.open(play.step("a", asking(play.now, seconds=10), Later(10), Done(), asks=[1]))
    play.work()
    assert states(opened) == {"a": "asking"}
    assert play.work(after=10)
    found = row(opened, "a")
    assert (found.state, found.question, found.deadline_at, found.answer) == ("active", "", None, None)
    assert play.work(after=10)
    assert states(opened) == {"a": "done"}


def test_the_same_question_again_gives_no_more_time(play: Play) -> None:
    def ask(work: Work, found: Any) -> Ask:
        return Ask("Still?", work.now + timedelta(seconds=25), seconds=10)

    opened = play.open(play.step("a", ask, asks=[1]))
    for seconds in (0, 10, 10):
        assert play.work(after=seconds)
        assert states(opened) == {"a": "asking"}
    assert play.work(after=5)
    assert status(opened) == Status.FAILED


def test_an_error_that_only_the_person_can_help_with_is_asked_about(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), asks=[OutOfOrder("No.", what_to_do="Try another card."), 1], errors=PERSON)
    )
    play.work()
    found = row(opened, "a")
    assert (found.state, found.question, found.deadline_at) == (
        "asking",
        "Try another card.",
        play.now + timedelta(hours=24),
    )
    assert recoveries(opened) == [("a", 1, "person", "out_of_order")]
    reply(opened, "done", play.now)
    play.work()
    assert states(opened) == {"a": "done"}


def test_an_error_that_the_person_never_helps_with_is_given_up(play: Play) -> None:
    opened = play.open(play.step("a", Done(), asks=[OutOfOrder()], errors=PERSON))
    play.work()
    assert play.work(after=24 * 3600)
    assert (status(opened), opened.failure_code) == (Status.FAILED, "no_answer")
