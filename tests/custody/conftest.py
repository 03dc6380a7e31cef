from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import chains.queries
from tests.factories.chain_choice import use_main_chain
from tests.factories.custody import make_vaults


@pytest.fixture(autouse=True)
def _main_chain(settings: Any) -> Iterator[None]:
    use_main_chain(settings)
    yield
    chains.queries.forget()


@pytest.fixture
def key_file(settings: Any, tmp_path: Path, db: None) -> Path:
    """Vaults for every network, in a process that can sign."""
    return make_vaults(settings, tmp_path)
