"""The engine under those who ring too often, clocks that go wrong, flows that are gone and memos too large."""

import threading
import time
from datetime import datetime, timedelta

import pytest
from django.db import connections
from django.db import transaction as database

from tests.factories.flows import HELD, Play, states
from tests.races.together import do_together
from transactions.engine import run as engine
from transactions.engine.base import Done, Later
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


@pytest.mark.xfail(strict=True, reason="a bell takes the transaction from the worker that is asking")
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
