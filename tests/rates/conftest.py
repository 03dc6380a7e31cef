"""The product's price sources, pointed at a sandbox of the test's own."""

from collections.abc import Iterator
from typing import Any

import pytest

from devnet.vendors.prices import Server
from tests.factories.prices import lead_to, price_sandbox


@pytest.fixture(scope="package")
def price_server() -> Iterator[Server]:
    with price_sandbox() as server:
        yield server


@pytest.fixture
def sources(price_server: Server, settings: Any) -> Server:
    """All four tell the truth, and nothing moves."""
    lead_to(price_server, settings)
    return price_server
