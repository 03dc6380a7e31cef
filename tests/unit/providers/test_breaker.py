"""When something is left alone, for how long, and who may try it first: exact, in virtual time."""

import pytest

from providers import breaker
from providers.breaker import Measure, State, Verdict, verdict

SECONDS = {
    "rate_limited": 300,
    "quota": 300,
    "forbidden": 86_400,
    "wrong_chain": 86_400,
    "timeout": 180,
    "connection": 120,
    "broken": 120,
    "too_large": 120,
    "server": 120,
    "not_ready": 30,
}


def test_the_table_of_cool_downs():
    assert SECONDS == breaker.COOL_DOWN_SECONDS


def test_nothing_is_open_at_first():
    assert verdict(State(), now=0.0) is Verdict.CLOSED


@pytest.mark.parametrize(("kind", "seconds"), SECONDS.items())
def test_one_failure_opens_it_for_as_long_as_its_kind_says(kind, seconds):
    state = breaker.failed(State(), kind, now=1_000.0)
    assert state == State(failures=1, last_error=kind, failed_at=1_000.0, cooling_until=1_000.0 + seconds)
    assert state.cooling_seconds(now=1_000.0) == seconds
    assert verdict(state, now=1_000.0 + seconds - 0.001) is Verdict.OPEN
    assert verdict(state, now=1_000.0 + seconds) is Verdict.PROBE
    assert state.cooling_seconds(now=1_000.0 + seconds + 5) == 0.0


def test_an_unknown_kind_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        breaker.failed(State(), "weather", now=0.0)


def test_one_probe_at_a_time_and_another_if_it_never_comes_back():
    state = breaker.probing(breaker.failed(State(), "timeout", now=0.0), now=180.0)
    assert verdict(state, now=180.0) is Verdict.OPEN
    assert verdict(state, now=209.9) is Verdict.OPEN
    assert (state.cooling_seconds(now=200.0), state.waiting_seconds(now=200.0)) == (0.0, 10.0)
    assert verdict(state, now=210.0) is Verdict.PROBE


def test_a_probe_that_is_answered_closes_it_and_one_that_is_not_opens_it_again():
    state = breaker.probing(breaker.failed(State(), "timeout", now=0.0), now=180.0)
    closed = breaker.answered(state, asked_at=180.0)
    assert (verdict(closed, now=180.0), closed.failures, closed.last_error) == (Verdict.CLOSED, 0, "timeout")
    again = breaker.failed(state, "connection", now=181.0)
    assert (again.failures, again.cooling_until, again.probing_until) == (2, 301.0, 0.0)


def test_a_late_failure_never_shortens_a_cool_down():
    state = breaker.failed(breaker.failed(State(), "forbidden", now=0.0), "connection", now=1.0)
    assert (state.failures, state.last_error, state.cooling_until) == (2, "connection", 86_400.0)


def test_an_answer_to_what_was_asked_before_the_failure_proves_nothing():
    state = breaker.failed(State(), "rate_limited", now=10.0)
    assert breaker.answered(state, asked_at=9.9) == state
    assert breaker.answered(state, asked_at=10.0).failures == 0


def test_in_need_it_is_tried_again_but_not_without_end():
    state = breaker.failed(State(), "forbidden", now=100.0)
    assert not breaker.may_probe_in_need(state, now=129.9, every_seconds=30.0)
    assert breaker.may_probe_in_need(state, now=130.0, every_seconds=30.0)
    assert not breaker.may_probe_in_need(breaker.probing(state, now=130.0), now=159.9, every_seconds=30.0)


def test_a_cool_down_that_is_ended_leaves_one_probe_to_go_first():
    state = breaker.ready_to_probe(breaker.failed(State(), "forbidden", now=0.0), now=60.0)
    assert (verdict(state, now=60.0), state.failures) == (Verdict.PROBE, 1)


def test_a_measure_halves_with_every_half_life():
    measure = Measure().with_answer(now=0.0, latency_ms=200.0).with_failure(now=0.0)
    assert (measure.ok_weight, measure.all_weight, measure.latency_ms) == (1.0, 2.0, 200.0)
    later = measure.faded(now=2.0 * breaker.HALF_LIFE_SECONDS)
    assert (later.ok_weight, later.all_weight, later.latency_ms) == (0.25, 0.5, 200.0)
    assert later.faded(now=0.0) == later  # a clock that went back


def test_a_new_answer_weighs_more_than_an_old_one():
    measure = Measure().with_answer(now=0.0, latency_ms=300.0)
    measure = measure.with_answer(now=float(breaker.HALF_LIFE_SECONDS), latency_ms=600.0)
    assert measure.latency_ms == 500.0  # 300 counts half
    assert (measure.ok_weight, measure.all_weight) == (1.5, 1.5)


def test_the_success_rate_begins_at_what_is_believed_and_follows_what_is_seen():
    assert Measure().success_rate(now=0.0) == pytest.approx(0.98)
    measure = Measure()
    for _ in range(5):
        measure = measure.with_failure(now=0.0)
    assert measure.success_rate(now=0.0) == pytest.approx(0.49)
    assert measure.success_rate(now=1_000.0 * breaker.HALF_LIFE_SECONDS) == pytest.approx(0.98)
