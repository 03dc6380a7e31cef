from collections.abc import Iterator
from typing import Any

import pytest

import chains.queries
from tests.factories.chain_choice import use_main_chain


@pytest.fixture(autouse=True)
def _main_chain(settings: Any) -> Iterator[None]:
    use_main_chain(settings)
    yield
    chains.queries.forget()
