"""The simulation is worth something only if it finds mistakes: each of these is found within 200 seeds."""

import pytest

from tests.simulation.faults import FAULTS, planted
from tests.simulation.house import House
from tests.simulation.simulation import simulate

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow, pytest.mark.timeout(1800)]

WITHIN = 200


@pytest.mark.parametrize("name", FAULTS)
def test_planted_fault_is_found(house: House, name: str) -> None:
    with planted(name):
        for seed in range(1, WITHIN + 1):
            report = simulate(house, seed)
            if report.broken:
                break
    print(f"{name}: found at seed {seed}: {report.broken.splitlines()[0]}")  # noqa: T201  # the figure that is asked for
    assert report.broken, f"{WITHIN} seeds have not found it"
    assert not simulate(house, seed).broken, "without the fault that seed is clean"
