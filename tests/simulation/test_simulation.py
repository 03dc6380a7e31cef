"""A hundred seeds of everything that can happen, and that each can be had again exactly."""

from collections import Counter

import pytest

from tests.simulation.house import House
from tests.simulation.simulation import simulate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(1800)]

SEEDS = 100

OFTEN = (
    "broadcasts without an answer",
    "compensations",
    "deposits taken back",
    "failovers",
    "rollbacks",
    "sends completed",
    "workers killed",
    "workers stalled",
)
"""What a hundred seeds go through many times; counting.py says what a soak must have been through."""


def test_every_law_holds_in_a_hundred_seeds(house: House) -> None:
    happened: Counter[str] = Counter()
    for seed in range(1, SEEDS + 1):
        report = simulate(house, seed)
        happened.update(report.tally)
        assert not report.broken, "\n".join([*report.log, f"make simulate SEED={seed}: {report.broken}"])
    assert all(happened[name] for name in OFTEN), happened


def test_a_seed_replays_exactly(house: House) -> None:
    first, other, again = simulate(house, 7), simulate(house, 8), simulate(house, 7)
    assert first.log == again.log
    assert first.digest == again.digest != other.digest
    assert first.moments == again.moments
