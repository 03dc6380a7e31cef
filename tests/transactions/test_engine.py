"""The engine on real rows, with flows made for the test: what each answer of a step comes to."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction as database

from events.models import Event
from ledger.errors import InsufficientFunds
from tests.factories.flows import CHOSEN, HELD, OVER, WENT_OUT, Play, Unheard, facts, recoveries, row, states, status
from transactions.engine import run as engine
from transactions.engine.base import Done, GoBack, Later, Work
from transactions.models import RecoveryAttempt, Status, Step, Transaction
from transactions.services import schedule

pytestmark = pytest.mark.django_db


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
    opened = play.open(play.step("a", Done(), event="ProviderResponseReceived", category="integration"))
    told = Event.objects.get(subject=f"transactions.transaction:{opened.pk}", type="flow.ProviderResponseReceived")
    assert (told.category, told.name) == ("integration", "ProviderResponseReceived")


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


def test_what_is_woken_while_it_goes_back_does_not_sleep_through_it(play: Play) -> None:
    def ring(work: Work, found: Any) -> None:
        schedule.wake(work.transaction.pk, now=play.now + timedelta(seconds=1))

    back = GoBack("a", "Not yet.", seconds=600)
    opened = play.open(
        play.step("a", Done(), asks=[1]), play.step("b", back, Done(), asks=[ring, 1], goes_back={"a": []})
    )
    play.work()
    opened.refresh_from_db()
    assert row(opened, "a").wake_at == opened.next_look_at == play.now + timedelta(seconds=1)
    play.work(after=1)
    assert states(opened) == {"a": "done", "b": "done"}


@pytest.mark.parametrize("refusal", [InsufficientFunds, Unheard, ZeroDivisionError])
def test_a_refusal_at_the_beginning_leaves_nothing(play: Play, refusal: type[Exception]) -> None:
    before = Event.objects.count()
    with pytest.raises(refusal):
        play.open(play.step("a", Done(), via=HELD), play.step("b", refusal()))
    assert (Transaction.objects.count(), Step.objects.count(), Event.objects.count()) == (0, 0, before)


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
