"""The engine under those who ring too often, clocks that go wrong, flows that are gone and memos too large."""

import threading
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.db import transaction as database

from tests.factories.flows import HELD, Play, row, states
from tests.races.together import do_together
from transactions.engine import run as engine
from transactions.engine.base import Ask, Done, Later, Work
from transactions.models import Transaction
from transactions.queries.find import locked
from transactions.registry import flow_of
from transactions.services import schedule

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(120)]


@pytest.fixture
def play(monkeypatch: pytest.MonkeyPatch, now: datetime) -> Play:
    return Play(monkeypatch, now)


def test_bells_and_workers_never_lock_one_another_out(play: Play) -> None:
    """A bell locks the transaction before its steps, as every commit of a worker does."""
    opened = play.open(play.step("a", Done(), via=HELD), play.step("b", Later(0), asks=[1], needs=("a",)))
    until = time.monotonic() + 4

    def ring() -> None:
        while time.monotonic() < until:
            with database.atomic():
                schedule.wake(opened.pk, now=play.now)

    def work() -> None:
        while time.monotonic() < until:
            with database.atomic():
                run = engine._open(flow_of("sweep"), locked(opened.pk), play.now)
                for step in run.steps.values():
                    step.save()
                run.transaction.save(update_fields=["looked_at_count"])

    assert do_together([ring, ring, work, work]) == [None] * 4


def test_bells_do_not_keep_a_slow_step_from_ever_being_done(play: Play) -> None:
    """Each bell comes while the step is being asked for, and other workers are about."""
    opened = play.open(play.step("a", Done(), via=HELD), play.step("b", Done(), asks=[lambda work, _: time.sleep(0.6)]))
    until = time.monotonic() + 5

    def ring() -> None:
        while time.monotonic() < until and states(opened)["b"] != "done":
            schedule.wake(opened.pk, now=play.now)
            time.sleep(0.2)

    def work() -> None:
        while time.monotonic() < until and states(opened)["b"] != "done":
            claimed = schedule.claim(now=play.now)
            if claimed:
                engine.advance(claimed, now=play.now, side_by_side=False)
            else:
                time.sleep(0.05)

    done_at: list[float] = []

    def watch() -> None:
        while time.monotonic() < until and not done_at:
            time.sleep(0.1)
            if states(opened)["b"] == "done":
                done_at.append(time.monotonic())

    do_together([ring, work, work, watch])
    assert done_at


@pytest.mark.parametrize("behind", [0, 5])
@pytest.mark.parametrize("answer", ["later", "ask"])
def test_a_bell_leaves_what_is_in_hand_to_its_worker_and_is_not_lost(play: Play, answer: str, behind: int) -> None:
    """Not even if whoever rings has a clock that is behind the worker's."""
    tomorrow = play.now + timedelta(days=1)

    def ring(work: Work, found: Any) -> None:
        schedule.wake(work.transaction.pk, now=play.now - timedelta(seconds=behind))
        opened.refresh_from_db()
        assert (opened.leased_until, opened.next_look_at) == (play.now + schedule.LEASE,) * 2
        assert schedule.claim(now=play.now + schedule.LEASE / 2) is None

    result = Later(600) if answer == "later" else Ask("Which?", tomorrow)
    opened = play.open(play.step("a", result, via=HELD, asks=[ring, 1]))
    assert play.work()
    opened.refresh_from_db()
    assert opened.leased_until is None
    assert opened.next_look_at == row(opened, "a").wake_at == play.now + timedelta(milliseconds=1)
    play.hear()
    assert play.work(after=0.001)
    assert play.hear() == ["ask a", "do a"]
    opened.refresh_from_db()
    assert opened.next_look_at == (tomorrow if answer == "ask" else play.now + timedelta(seconds=600))


def test_a_bell_for_what_a_dead_worker_had_in_hand_is_answered_when_its_lease_has_run_out(play: Play) -> None:
    opened = play.open(play.step("a", Done(), via=HELD, asks=[1]))
    assert schedule.claim(now=play.now)
    schedule.wake(opened.pk, now=play.now + timedelta(seconds=1))
    assert not play.work(after=schedule.LEASE.total_seconds() - 1)
    assert play.work(after=1)
    assert states(opened) == {"a": "done"}


def test_a_bell_at_the_very_end_of_a_turn_is_answered(play: Play) -> None:
    """Before, during or after the commit that ends it: the next look is due at once."""
    opened = play.open(play.step("a", Later(600), via=HELD, asks=[1]))
    for number in range(40):
        claimed = schedule.claim(now=play.now)
        assert claimed is not None, number
        rung_at = play.now + timedelta(seconds=1)

        def ring(pause: float = number / 4_000, at: datetime = rung_at) -> None:
            time.sleep(pause)
            schedule.wake(opened.pk, now=at)

        def work(claimed: Transaction = claimed, at: datetime = play.now) -> None:
            engine.advance(claimed, now=at, side_by_side=False)

        assert do_together([work, ring]) == [None, None]
        opened.refresh_from_db()
        assert (opened.next_look_at, opened.leased_until) == (rung_at, None), number
        assert row(opened, "a").wake_at == rung_at
        play.now = rung_at


def test_a_flow_that_is_gone_stops_nobody_else(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    gone = play.open(play.step("a", Done(), via=HELD, asks=[1]))
    other = play.open(play.step("a", Done(), via=HELD, asks=[1]))
    Transaction.objects.filter(pk=gone.pk).update(type="stolen", next_look_at=play.now - timedelta(hours=1))
    with pytest.raises(LookupError):
        play.work()
    assert play.work()
    assert states(other) == {"a": "done"}
    assert not play.work()  # the broken one keeps its lease
    assert gone.pk


def test_a_clock_that_goes_back_loses_and_repeats_nothing(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(), via=HELD, asks=[1]),
        play.step("b", Later(60), Done(), asks=[1], needs=("a",)),
    )
    play.work()
    assert states(opened) == {"a": "done", "b": "active"}
    play.hear()
    play.work(after=-86_400)
    assert play.hear() == []
    play.work(after=86_400 + 61)
    assert states(opened) == {"a": "done", "b": "done"}


def test_a_step_that_finds_out_a_megabyte_is_kept(play: Play) -> None:
    opened = play.open(
        play.step("a", Done(memo={"found": "x" * 1_000_000}), via=HELD, asks=[1]),
        play.step("b", Done(), asks=[1], needs=("a",)),
    )
    play.work()
    assert states(opened) == {"a": "done", "b": "done"}


def test_many_due_ones_are_claimed_by_index(play: Play) -> None:
    opened = play.open(play.step("a", Later(60), via=HELD, asks=[1]))
    due = Transaction.objects.filter(next_look_at__lte=play.now).order_by("next_look_at")
    with database.atomic(), connections["default"].cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")  # few rows are as soon sorted as read in order
        plan = due.select_for_update(skip_locked=True, no_key=True)[:1].explain()
    assert "transactions_due" in plan
    assert "Sort" not in plan
    assert opened.pk


def test_who_brings_coins_waits_for_no_send_that_is_being_worked_on(play: Play) -> None:
    """The sweep holds the treasury's account by then, and the send may be waiting for just that."""
    opened = play.open(play.step("a", Later(60), via=HELD, asks=[1]))
    other = play.open(play.step("a", Later(60), via=HELD, asks=[1]))
    both = Transaction.objects.filter(pk__in=[opened.pk, other.pk])
    both.update(sub_status="waiting_for_liquidity", next_look_at=play.now + timedelta(hours=1))
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with database.atomic():
            locked(opened.pk)
            is_held.set()
            assert may_end.wait(20)

    def bring() -> None:
        try:
            assert is_held.wait(20)
            with database.atomic(), connections["default"].cursor() as cursor:
                cursor.execute("SET LOCAL lock_timeout = '2s'")
                schedule.wake_waiting(network="ethereum", now=play.now)
        finally:
            may_end.set()

    assert do_together([hold, bring]) == [None, None]
    assert Transaction.objects.get(pk=other.pk).next_look_at == play.now


def test_who_brings_coins_takes_no_send_from_the_worker_that_asks_for_it(play: Play) -> None:
    opened = play.open(play.step("a", Later(60), via=HELD, asks=[1]))
    Transaction.objects.filter(pk=opened.pk).update(sub_status="waiting_for_liquidity")
    claimed = schedule.claim(now=play.now)
    assert claimed is not None
    with database.atomic():
        schedule.wake_waiting(network="ethereum", now=play.now + timedelta(seconds=1))
    assert schedule.claim(now=play.now + schedule.LEASE / 2) is None
    engine.advance(claimed, now=play.now)
    opened.refresh_from_db()
    assert opened.next_look_at == play.now + timedelta(seconds=1)
