from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.factories.world import World, living_world


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    """Everything of the product but its processes, on the local networks; the laws are checked at the end."""
    with living_world(settings, tmp_path) as made:
        yield made
