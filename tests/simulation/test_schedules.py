"""A few hundred schedules of what can happen to what is signed; and mistakes in replacing, each of which they find."""

import time
from collections import Counter

import pytest

from tests.simulation.faults import REPLACING_FAULTS, planted
from tests.simulation.house import House
from tests.simulation.schedules import NETWORKS, schedule

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(1800)]

SEEDS = 8
WITHIN = 60


def test_no_schedule_pays_twice_or_leaves_anything_in_doubt(house: House) -> None:
    started, happened = time.monotonic(), Counter[str]()
    for network in NETWORKS:
        for seed in range(1, SEEDS + 1):
            outcome = schedule(house, network, seed)
            happened.update(outcome.tally)
            assert not outcome.broken, "\n".join([*outcome.log, f"{network} {seed}: {outcome.broken}"])
    seconds = (time.monotonic() - started) / (len(NETWORKS) * SEEDS)
    print(f"{seconds * 1_000:.0f} ms a schedule: {dict(happened)}")  # noqa: T201  # the figure that is asked for
    for name in ("called off", "completed", "killed", "reorg", "replaced attempts", "replacements landed", "sped up"):
        assert happened[name], happened


def test_a_schedule_replays_exactly(house: House) -> None:
    first, again = schedule(house, "ethereum", 3), schedule(house, "ethereum", 3)
    assert first.log == again.log


@pytest.mark.parametrize("name", REPLACING_FAULTS)
def test_planted_fault_is_found(house: House, name: str) -> None:
    network = "bitcoin" if "input" in name else "ethereum"
    with planted(name):
        for seed in range(1, WITHIN + 1):
            outcome = schedule(house, network, seed)
            if outcome.broken:
                break
    print(f"{name}: found at {seed}: {outcome.broken.splitlines()[0] if outcome.broken else ''}")  # noqa: T201
    assert outcome.broken, f"{WITHIN} schedules have not found it"
