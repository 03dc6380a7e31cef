"""The engine on real rows, with flows made for the test: what each answer of a step comes to."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction as database

from events.models import Event
from ledger.errors import InsufficientFunds
from tests.factories.flows import OutOfOrder, Play, Unheard, row, states, status
from transactions.engine import run as engine
from transactions.engine.base import Ask, Done, Fail, GoBack, Later, Retry, Treatment, Work
from transactions.models import RecoveryAttempt, Status, Step, Transaction
from transactions.services import schedule

pytestmark = pytest.mark.django_db

HELD = [Status.BALANCE_RESERVED]
CHOSEN = [Status.PROVIDER_SELECTED]
WENT_OUT = [Status.PROVIDER_PROCESSING, Status.BLOCKCHAIN_PENDING, Status.BLOCKCHAIN_CONFIRMED]
OVER = [Status.BALANCE_UPDATED, Status.COMPLETED]
TEMPORARY = {OutOfOrder: Treatment.TEMPORARY}
PERMANENT = {OutOfOrder: Treatment.PERMANENT}
PERSON = {OutOfOrder: Treatment.PERSON}


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Play:
    return Play(monkeypatch, now)


def facts(transaction: Transaction) -> list[str]:
    found = Event.objects.filter(subject=f"transactions.transaction:{transaction.pk}", type__startswith="transaction.")
    return [each.removeprefix("transaction.") for each in found.order_by("id").values_list("type", flat=True)]


def recoveries(transaction: Transaction) -> list[tuple[str, int, str, str]]:
    found = RecoveryAttempt.objects.filter(transaction=transaction).order_by("id")
    return list(found.values_list("step", "number", "treatment", "code"))


# done, and what follows
def test_what_needs_nothing_from_outside_is_done_when_it_is_opened(play: Play) -> None:
    opened = play.open(play.step("a", Done(), via=HELD), play.step("b", Done()), play.step("c", Done(), asks=[1]))
    assert play.hear() == ["do a", "do b"]
    assert states(opened) == {"a": "done", "b": "done", "c": "active"}
    assert status(opened) == Status.BALANCE_RESERVED
    assert opened.next_look_at == play.now


def test_what_follows_is_in_the_commit_of_what_it_follows(play: Play) -> None:
    commits: list[dict[str, str]] = []

    def note(work: Work, answer: Any) -> Done:
        database.on_commit(lambda: commits.append(states(work.transaction)))
        return Done()

    opened = play.open(
        play.step("a", Done(), asks=[1], via=HELD),
        play.step("b", note),
        play.step("c", Done(), via=CHOSEN),
        play.step("d", Done(), asks=[1], via=WENT_OUT + OVER),
    )
    assert play.work()
    assert play.hear() == ["ask a", "do a", "do b", "do c", "ask d", "do d"]
    assert status(opened) == Status.COMPLETED
    assert opened.next_look_at is None
    assert facts(opened) == ["initiated", *HELD, *CHOSEN, *WENT_OUT, *OVER]


def test_an_answer_and_what_it_found_out_are_kept(play: Play) -> None:
    read: list[Any] = []

    def look(work: Work, answer: Any) -> Done:
        read.append((answer, work.memo("a"), work.transaction.txid))
        return Done()

    opened = play.open(
        play.step("a", Done(memo={"found": 7}, fields={"txid": "0xaa"}), asks=["x"]),
        play.step("b", look, asks=["y"]),
    )
    play.work()
    assert read == [("y", {"found": 7}, "0xaa")]
    assert states(opened) == {"a": "done", "b": "done"}
    assert row(opened, "a").finished_at == play.now


def test_a_skipped_step_lets_the_next_one_begin(play: Play) -> None:
    opened = play.open(play.step("a", Done(skipped=True), via=HELD, undoes=[None]), play.step("b", Later(), asks=[1]))
    play.work()
    assert states(opened) == {"a": "skipped", "b": "active"}


def test_a_step_may_decide_its_statuses_itself(play: Play) -> None:
    opened = play.open(play.step("a", Done(via=HELD), via=[]), play.step("b", Done(via=()), via=CHOSEN))
    assert status(opened) == Status.BALANCE_RESERVED


def test_a_fact_of_a_step_is_told_under_its_name(play: Play) -> None:
    opened = play.open(play.step("a", Done(), event="CoinsChosen", category="integration"))
    told = Event.objects.get(subject=f"transactions.transaction:{opened.pk}", type="flow.CoinsChosen")
    assert (told.category, told.name) == ("integration", "CoinsChosen")


# later
def test_later_looks_again_after_its_pause(play: Play) -> None:
    opened = play.open(
        play.step("a", Later(30, fields={"confirmations": 2}, memo={"seen": 1}), Later(), Done(), asks=[1])
    )
    play.work()
    assert play.hear() == ["ask a", "do a"]
    assert (status(opened), opened.confirmations, opened.next_look_at) == (
        Status.INITIATED,
        2,
        play.now + timedelta(seconds=30),
    )
    assert not play.work(after=29.9)
    assert play.work(after=0.1)
    assert play.hear() == ["ask a", "do a"]
    pause = row(opened, "a").wake_at
    assert pause is not None
    assert play.now + timedelta(seconds=1) <= pause <= play.now + timedelta(seconds=120)  # a fifth of a block
    play.now = pause
    assert play.work()
    assert (states(opened), row(opened, "a").memo) == ({"a": "done"}, {"seen": 1})
    assert recoveries(opened) == []


def test_what_is_woken_while_it_is_asked_for_is_asked_again_at_once(play: Play) -> None:
    """A webhook comes in after the company was asked and before the answer is written: it is not slept through."""

    def ring(work: Work, found: Any) -> None:
        schedule.wake(work.transaction.pk, now=play.now + timedelta(seconds=1))

    opened = play.open(play.step("a", Later(600), Done(), asks=[ring]))
    play.work()
    assert row(opened, "a").wake_at == play.now + timedelta(seconds=1)
    opened.refresh_from_db()
    assert opened.next_look_at == play.now + timedelta(seconds=1)


# temporary errors
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


# permanent errors and undoing
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


# milestones
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


# questions
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


# going back
def test_going_back_does_it_all_again_with_what_is_told(play: Play) -> None:
    read: list[Any] = []

    def choose(work: Work, found: Any) -> Done:
        read.append(dict(work.step.memo))
        return Done(memo={"chosen": len(read)})

    opened = play.open(
        play.step("held", Done(), via=HELD, undoes=[None]),
        play.step("chosen", choose, asks=[1], via=CHOSEN, undoes=[None]),
        play.step("ordered", Done(memo={"id": 1}), undoes=[None]),
        play.step(
            "paid",
            GoBack("chosen", "Declined.", via=[Status.PROVIDER_FAILOVER], memo={"excluded": ["a"]}),
            Done(),
            asks=[1],
            goes_back={"chosen": [Status.PROVIDER_FAILOVER]},
        ),
    )
    play.work()
    assert [each for each in play.hear() if not each.startswith("ask")] == [
        "do held",
        "do chosen",
        "do ordered",
        "do paid",
        "undo ordered",
        "undo chosen",
        "do chosen",
        "do ordered",
        "do paid",
    ]
    assert read == [{}, {"excluded": ["a"]}]
    assert states(opened) == {"held": "done", "chosen": "done", "ordered": "done", "paid": "done"}
    assert facts(opened)[-3:] == ["provider_selected", "provider_failover", "provider_selected"]
    found = RecoveryAttempt.objects.get(transaction=opened)
    assert (found.step, found.code, found.reason, found.decided) == (
        "paid",
        "went_back",
        "Declined.",
        "go back to chosen",
    )


def test_going_back_may_wait(play: Play) -> None:
    back = GoBack("a", "Not yet.", seconds=45)
    opened = play.open(play.step("a", Done(), asks=[1]), play.step("b", back, Done(), asks=[1], goes_back={"a": []}))
    play.work()
    assert states(opened) == {"a": "active", "b": "waiting"}
    opened.refresh_from_db()
    assert opened.next_look_at == play.now + timedelta(seconds=45)
    play.work(after=45)
    assert states(opened) == {"a": "done", "b": "done"}


# what begins, and what does not
@pytest.mark.parametrize("refusal", [InsufficientFunds, Unheard, ZeroDivisionError])
def test_a_refusal_at_the_beginning_leaves_nothing(play: Play, refusal: type[Exception]) -> None:
    before = Event.objects.count()
    with pytest.raises(refusal):
        play.open(play.step("a", Done(), via=HELD), play.step("b", refusal()))
    assert (Transaction.objects.count(), Step.objects.count(), Event.objects.count()) == (0, 0, before)


# driven flows
def test_a_driven_flow_moves_when_it_is_told_to(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), via=HELD), play.step("b", Later(), Later(), Done(via=[]), via=[]), is_driven=True
    )
    assert (play.hear(), opened.next_look_at) == (["do a", "do b"], None)
    assert not play.work(after=3600)
    for last in ("active", "done"):
        engine.react(opened.pk, now=play.now)
        assert states(opened) == {"a": "done", "b": last}
    assert play.hear() == ["do b", "do b"]
    assert status(opened) == Status.BALANCE_RESERVED
    assert opened.next_look_at is None


# bugs
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


# leases
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
