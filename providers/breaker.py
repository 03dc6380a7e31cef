"""
When to leave a machine alone, and how well it has done: for companies and for nodes the same. Pure.

Time is an argument everywhere: seconds on whichever clock the caller keeps. An answer by which we are refused
is an answer: it never trips anything.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

COOL_DOWN_SECONDS = {
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
"""How long it is left alone, by what went wrong."""

PROBE_LEASE_SECONDS = 30.0
"""A cool-down that is over lets one call through first; if it never comes back, another may go after this long."""

HALF_LIFE_SECONDS = 6 * 3_600
"""After this long a call counts half in the success rate and the latency."""

PRIOR_CALLS = 5.0
PRIOR_RATE = 0.98
"""What is believed of one nobody has asked yet: as if so many calls had done so well."""


class Verdict(StrEnum):
    """Whether it may be asked now."""

    CLOSED = "closed"  # yes
    PROBE = "probe"  # one call may go, to see
    OPEN = "open"  # no


@dataclass(frozen=True)
class State:
    """What the breaker of one operation remembers; times in seconds, 0 where there is none."""

    failures: int = 0  # in a row
    last_error: str = ""
    failed_at: float = 0.0
    cooling_until: float = 0.0
    probing_until: float = 0.0

    def cooling_seconds(self, *, now: float) -> float:
        return max(0.0, self.cooling_until - now)

    def waiting_seconds(self, *, now: float) -> float:
        """Return how long nobody else may ask: while it cools down, and while one call tries it."""
        return max(self.cooling_seconds(now=now), self.probing_until - now)


def verdict(state: State, *, now: float) -> Verdict:
    """Say whether it may be asked."""
    if not state.failures:
        return Verdict.CLOSED
    if now < state.cooling_until or now < state.probing_until:
        return Verdict.OPEN
    return Verdict.PROBE


def may_probe_in_need(state: State, *, now: float, every_seconds: float) -> bool:
    """Say whether it may be tried though it cools down, where nobody else could be asked."""
    return now >= state.probing_until and now - state.failed_at >= every_seconds


def probing(state: State, *, now: float) -> State:
    """Return the state while one call tries it."""
    return replace(state, probing_until=now + PROBE_LEASE_SECONDS)


def answered(state: State, *, asked_at: float) -> State:
    """
    Return the state after an answer.

    One that was asked for before the last failure says nothing about what came after it.
    """
    if state.failures and asked_at < state.failed_at:
        return state
    return State(last_error=state.last_error, failed_at=state.failed_at)


def failed(state: State, kind: str, *, now: float) -> State:
    """Return the state after there was no answer. :raises KeyError: if no such class of error is known"""
    return State(
        failures=state.failures + 1,
        last_error=kind,
        failed_at=now,
        cooling_until=max(state.cooling_until, now + COOL_DOWN_SECONDS[kind]),
    )


def ready_to_probe(state: State, *, now: float) -> State:
    """Return the state with its cool-down over: the next call tries it."""
    return replace(state, cooling_until=min(state.cooling_until, now), probing_until=0.0)


@dataclass(frozen=True)
class Measure:
    """How well it does: calls and their latency, each counting half after HALF_LIFE_SECONDS."""

    ok_weight: float = 0.0
    all_weight: float = 0.0
    latency_ms: float = 0.0  # mean over the answered ones
    at: float = 0.0  # the weights are as of then

    def faded(self, *, now: float) -> "Measure":
        """Return the same as of now; a clock that went back fades nothing."""
        if now <= self.at:
            return self
        share = 0.5 ** ((now - self.at) / HALF_LIFE_SECONDS)
        return replace(self, ok_weight=self.ok_weight * share, all_weight=self.all_weight * share, at=now)

    def with_answer(self, *, now: float, latency_ms: float) -> "Measure":
        faded = self.faded(now=now)
        weight = faded.ok_weight + 1
        mean = faded.latency_ms + (latency_ms - faded.latency_ms) / weight
        return replace(faded, ok_weight=weight, all_weight=faded.all_weight + 1, latency_ms=mean)

    def with_failure(self, *, now: float) -> "Measure":
        faded = self.faded(now=now)
        return replace(faded, all_weight=faded.all_weight + 1)

    def success_rate(self, *, now: float) -> float:
        """Return the share of calls that were answered, 0 to 1; what is long past weighs less than what is believed."""
        faded = self.faded(now=now)
        return (faded.ok_weight + PRIOR_CALLS * PRIOR_RATE) / (faded.all_weight + PRIOR_CALLS)
