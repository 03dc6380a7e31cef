"""A sandbox of price sources inside the test's own process, and the product pointed at it."""

import importlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from devnet.vendors.price_market import Market
from devnet.vendors.prices import Server, base_urls
from providers.base import Access

CODES = ("coingecko", "coinmarketcap", "binance", "coinbase")


@contextmanager
def price_sandbox() -> Iterator[Server]:
    """Serve a market whose prices stand still until they are set."""
    importlib.import_module("ccxt")  # seconds on a busy machine, which no test's deadline is about
    server = Server(0, Market(step_seconds=0))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def accesses(server: Server, *, timeout_seconds: float = 5.0) -> dict[str, Access]:
    """Return how to reach the sandbox as each of the four companies."""
    variables: dict[str, Any] = base_urls(server.url)
    return {
        code: Access(
            code=code,
            base_url=variables[f"{code.upper()}_BASE_URL"],
            secrets={"api_key": variables.get(f"{code.upper()}_API_KEY", "")},
            timeout_seconds=timeout_seconds,
        )
        for code in CODES
    }


def lead_to(server: Server, settings: Any) -> None:
    """Point the product's price sources at the sandbox, all telling the truth, nothing moving."""
    server.market.reset()
    server.requests.clear()
    settings.PROVIDERS = {**settings.PROVIDERS, **accesses(server)}
    settings.PRICE_DEADLINE_SECONDS = 10
    settings.PRICE_PAIRS = ["BTC/USD", "ETH/USD"]
