"""The order of a flow's steps, forwards and back, and the pauses between tries: pure decisions."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from transactions.engine.base import Done, Flow, Kind, Retry, StepOf
from transactions.models import Transaction

START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def step(name: str, **more: Any) -> StepOf:
    return StepOf(name, Kind.VALIDATION, "is under test", lambda work, answer: Done(), **more)


def undone(name: str, **more: Any) -> StepOf:
    return step(name, undo=lambda work, answer: None, **more)


def flow(*steps: StepOf) -> Flow:
    return Flow(Transaction.Type.SEND, steps, says="is under test")


def ready(of: Flow, **states: str) -> list[str]:
    return [each.name for each in of.ready({**dict.fromkeys(of.steps, "waiting"), **states})]


def to_undo(of: Flow, **states: str) -> str | None:
    found = of.to_undo({**dict.fromkeys(of.steps, "waiting"), **states})
    return found.name if found else None


def test_steps_wait_for_the_one_before_them() -> None:
    chain = flow(step("a"), step("b"), step("c"))
    assert ready(chain) == ["a"]
    assert ready(chain, a="active") == ["a"]
    assert ready(chain, a="asking") == ["a"]
    assert ready(chain, a="done") == ["b"]
    assert ready(chain, a="skipped", b="done") == ["c"]
    assert ready(chain, a="done", b="done", c="done") == []


def test_steps_wait_for_what_they_need_and_nothing_else() -> None:
    fan = flow(step("a"), step("b", needs=("a",)), step("c", needs=("a",)), step("d", needs=("b", "c")), step("e"))
    assert fan.needs == {"a": (), "b": ("a",), "c": ("a",), "d": ("b", "c"), "e": ("d",)}
    assert ready(fan, a="done") == ["b", "c"]
    assert ready(fan, a="done", b="done") == ["c"]
    assert ready(fan, a="done", c="done") == ["b"]
    assert ready(fan, a="done", b="done", c="skipped") == ["d"]
    assert ready(flow(step("a"), step("b", needs=()))) == ["a", "b"]


def test_a_step_needs_what_stands_before_it() -> None:
    with pytest.raises(AssertionError, match="two steps of one name"):
        flow(step("a"), step("a"))
    with pytest.raises(AssertionError, match="needs what does not stand before it"):
        flow(step("a"), step("b", needs=("z",)))
    with pytest.raises(AssertionError, match="needs what"):
        flow(step("a", needs=("b",)), step("b", needs=("a",)))
    with pytest.raises(AssertionError, match="needs what"):
        flow(step("a", needs=("a",)), step("b"))


def test_what_was_done_last_is_undone_first() -> None:
    chain = flow(undone("a"), step("b"), undone("c"), step("d", undo_ask=lambda work: None), undone("e"))
    assert to_undo(chain) is None
    assert to_undo(chain, a="done", b="done", c="done", d="done", e="failed") == "d"
    assert to_undo(chain, a="done", b="done", c="done", d="undone", e="failed") == "c"
    assert to_undo(chain, a="done", b="done", c="undone") == "a"
    assert to_undo(chain, a="skipped", b="done") is None
    assert to_undo(chain, a="undone", b="done") is None


def test_nothing_is_undone_beyond_a_milestone() -> None:
    chain = flow(undone("a"), undone("b", milestone=True), undone("c"), undone("d"))
    done = {"a": "done", "b": "done"}
    assert to_undo(chain, **done, c="done", d="failed") == "c"
    assert to_undo(chain, **done, c="undone", d="failed") is None
    assert to_undo(chain, a="done", b="active") == "a"
    assert chain.has_reached_milestone({"a": "done", "b": "done", "c": "waiting", "d": "waiting"})
    assert not chain.has_reached_milestone({"a": "done", "b": "skipped", "c": "done", "d": "done"})
    assert not chain.has_reached_milestone(dict.fromkeys("abcd", "active"))


def test_everything_that_needs_a_step_comes_after_it() -> None:
    fan = flow(step("a"), step("b", needs=("a",)), step("c", needs=("a",)), step("d", needs=("b",)), step("e"))
    assert fan.after("a") == ["a", "b", "c", "d", "e"]
    assert fan.after("b") == ["b", "d", "e"]
    assert fan.after("c") == ["c"]
    assert fan.after("e") == ["e"]


def test_pauses_double_up_to_the_longest() -> None:
    retry = Retry(first_seconds=2, most_seconds=60)
    assert [retry.pause_seconds(tries=tries, jitter=0) for tries in range(9)] == [1, 1, 2, 4, 8, 16, 30, 30, 30]
    assert retry.pause_seconds(tries=10**9, jitter=0) == 30
    assert Retry().pause_seconds(tries=1, jitter=0) == 0.5
    assert Retry(first_seconds=0.5, most_seconds=0.25).pause_seconds(tries=1, jitter=0) == 0.125


def test_jitter_spreads_a_pause_over_its_upper_half() -> None:
    retry = Retry(first_seconds=8, most_seconds=100)
    pauses = [retry.pause_seconds(tries=2, jitter=number / 1000) for number in range(1000)]
    assert pauses[0] == 8
    assert pauses[250] == 10
    assert pauses == sorted(pauses)
    assert pauses[-1] == pytest.approx(15.992)
    assert all(8 <= pause < 16 for pause in pauses)


def test_trying_ends_at_its_limit() -> None:
    retry = Retry(limit=3)
    assert [retry.is_over(tries=tries, since=START, now=START) for tries in (0, 1, 2, 3, 4)] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_trying_ends_when_patience_does() -> None:
    retry = Retry(patience=timedelta(hours=24))
    assert not retry.is_over(tries=10**6, since=START, now=START + timedelta(hours=24))
    assert retry.is_over(tries=1, since=START, now=START + timedelta(hours=24, microseconds=1))
    both = Retry(limit=2, patience=timedelta(seconds=1))
    assert both.is_over(tries=2, since=START, now=START)
    assert both.is_over(tries=1, since=START, now=START + timedelta(seconds=2))
    assert not both.is_over(tries=1, since=START, now=START)


def test_what_has_no_bounds_is_never_given_up() -> None:
    assert not Retry().is_over(tries=10**9, since=START, now=START + timedelta(days=10_000))
