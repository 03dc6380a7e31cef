"""The product's price sources, pointed at a sandbox of the test's own."""

from collections.abc import Iterator
from typing import Any

import pytest

from devnet.vendors.prices import Server
from tests.factories.prices import accesses, price_sandbox


@pytest.fixture(scope="package")
def price_server() -> Iterator[Server]:
    with price_sandbox() as server:
        yield server


@pytest.fixture
def sources(price_server: Server, settings: Any) -> Server:
    """All four tell the truth, and nothing moves."""
    price_server.market.reset()
    price_server.requests.clear()
    settings.PROVIDERS = {**settings.PROVIDERS, **accesses(price_server, timeout_seconds=1.0)}
    settings.PRICE_DEADLINE_SECONDS = 10  # importing ccxt takes a while on a busy machine
    settings.PRICE_PAIRS = ["BTC/USD", "ETH/USD"]
    return price_server
