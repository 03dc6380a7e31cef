"""A small world for stories: people, real local networks, and workers that run when told to."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import assets.queries
import chains.queries
from tests.factories.world import World, snapshot_networks
from tests.laws.whole import check_laws


@pytest.fixture
def world(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    """Everything of the product but its processes, on the local networks; the laws are checked at the end."""
    if not os.environ.get("ETHEREUM_RPC_URLS"):
        pytest.skip("the local networks are not running: use make test")
    assets.queries.forget()
    chains.queries.forget()
    with snapshot_networks():
        made = World(settings, tmp_path)
        yield made
        check_laws()
    chains.queries.forget()
