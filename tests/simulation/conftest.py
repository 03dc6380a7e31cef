"""The house, furnished anew for each test: simulations commit what they do."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.simulation.house import House, simulated_house


@pytest.fixture
def house(transactional_db: None, tmp_path: Path) -> Iterator[House]:
    with simulated_house(tmp_path) as furnished:
        yield furnished
