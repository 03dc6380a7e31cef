"""
Prices of exchanges, read through ccxt: the last trade of each market.

ccxt knows each exchange's dialect; the requests themselves go through the VendorClient, so that time, size,
redirects and errors are bounded as for every other vendor. It takes two seconds to import, so the first question
to an exchange imports it, and nobody who waits for another company's adapter waits for that. Our own
tables of markets keep it from downloading theirs (megabytes each).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from providers.adapters.client import VendorClient
from providers.base import Access, PriceSeen
from providers.errors import ProviderRefused, ProviderUnavailable

BINANCE_MARKETS = {
    # Binance trades no US dollars: the largest markets are in Tether. Should Tether lose its peg, these
    # prices are outliers beside those of other sources, and are left out.
    ("BTC", "USD"): "BTC/USDT",
    ("ETH", "USD"): "ETH/USDT",
    ("BTC", "EUR"): "BTC/EUR",
    ("ETH", "EUR"): "ETH/EUR",
    ("POL", "USD"): "POL/USDT",
    ("BNB", "USD"): "BNB/USDT",
    ("BNB", "EUR"): "BNB/EUR",
    ("SOL", "USD"): "SOL/USDT",
    ("SOL", "EUR"): "SOL/EUR",
    ("USDC", "USD"): "USDC/USDT",
    ("XLM", "USD"): "XLM/USDT",
    ("SUI", "USD"): "SUI/USDT",
}
COINBASE_MARKETS = {
    ("BTC", "USD"): "BTC/USD",
    ("ETH", "USD"): "ETH/USD",
    ("BTC", "EUR"): "BTC/EUR",
    ("ETH", "EUR"): "ETH/EUR",
    ("POL", "USD"): "POL/USD",
    ("BNB", "USD"): "BNB/USD",
    ("SOL", "USD"): "SOL/USD",
    ("SOL", "EUR"): "SOL/EUR",
    ("XLM", "USD"): "XLM/USD",
    ("SUI", "USD"): "SUI/USD",
}
KINDS = (
    ("RateLimitExceeded", "rate_limited"),
    ("DDoSProtection", "rate_limited"),
    ("RequestTimeout", "timeout"),
    ("PermissionDenied", "forbidden"),
    ("AuthenticationError", "forbidden"),
    ("NetworkError", "server"),
    ("BadResponse", "broken"),
)
"""ccxt's errors, in our classes of error; the first that fits."""


class Binance:
    """A PriceProvider over Binance's spot markets: one call for all."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @cached_property
    def _exchange(self) -> Any:
        return _exchange("binance", self._access, path="/api/v3", join="", markets=BINANCE_MARKETS)

    def prices(self, pairs: Sequence[tuple[str, str]]) -> Sequence[PriceSeen]:
        known = [pair for pair in pairs if pair in BINANCE_MARKETS]
        if not known:
            return []
        exchange = self._exchange
        tickers = _asked(lambda: exchange.fetch_tickers([BINANCE_MARKETS[pair] for pair in known]))
        return [
            _read(pair, tickers[BINANCE_MARKETS[pair]])
            for pair in known
            if BINANCE_MARKETS[pair] in tickers  # a market can be closed
        ]


class Coinbase:
    """A PriceProvider over Coinbase Exchange: one call for each market."""

    def __init__(self, access: Access) -> None:
        self._access = access

    @cached_property
    def _exchange(self) -> Any:
        return _exchange("coinbaseexchange", self._access, path="", join="-", markets=COINBASE_MARKETS)

    def prices(self, pairs: Sequence[tuple[str, str]]) -> Sequence[PriceSeen]:
        return [_read(pair, self._ticker(COINBASE_MARKETS[pair])) for pair in pairs if pair in COINBASE_MARKETS]

    def _ticker(self, symbol: str) -> Any:
        exchange = self._exchange
        return _asked(lambda: exchange.fetch_ticker(symbol))


def _exchange(name: str, access: Access, *, path: str, join: str, markets: Mapping[tuple[str, str], str]) -> Any:
    """Return ccxt's exchange, tied to our address, our client and our markets; `join` stands in its market ids."""
    import ccxt  # two seconds

    exchange = getattr(ccxt, name)({"timeout": int(access.timeout_seconds * 1000), "enableRateLimit": False})
    exchange.number = Decimal
    base_url = access.base_url.rstrip("/")
    exchange.urls["api"]["public"] = base_url + path
    exchange.set_markets([_market(exchange, symbol, join) for symbol in markets.values()])
    client = VendorClient(access)

    def fetch(url: str, method: str = "GET", headers: Any = None, body: Any = None) -> Any:
        place = urlsplit(url.removeprefix(base_url))
        answer = client.request(method, place.path, query=dict(parse_qsl(place.query)), headers=headers)
        text = answer.raw.decode(errors="replace")
        parsed = exchange.parse_json(text)
        exchange.handle_errors(answer.status, "", url, method, answer.headers, text, parsed, headers, body)
        if answer.status != 200:
            exchange.handle_http_status_code(answer.status, "", url, method, text)
            raise ProviderRefused("It refuses the question.", reason=str(answer.status))
        if parsed is None:
            raise ProviderUnavailable("Its answer cannot be read.", kind="broken", has_left=True)
        return parsed

    exchange.fetch = fetch
    return exchange


def _market(exchange: Any, symbol: str, join: str) -> Any:
    base, quote = symbol.split("/")
    return exchange.safe_market_structure(
        {
            "id": f"{base}{join}{quote}",
            "symbol": symbol,
            "base": base,
            "quote": quote,
            "baseId": base,
            "quoteId": quote,
            "type": "spot",
            "spot": True,
            "active": True,
        }
    )


def _asked(question: Callable[[], Any]) -> Any:
    """Ask; whatever ccxt or the shape of the answer makes of it comes out in our two errors."""
    import ccxt

    try:
        return question()
    except ccxt.BaseError as error:
        kind = next((kind for name, kind in KINDS if isinstance(error, getattr(ccxt, name))), "")
        if kind:
            raise ProviderUnavailable("It does not answer this now.", kind=kind, has_left=True) from error
        raise ProviderRefused("It refuses the question.", reason=type(error).__name__) from error
    except (KeyError, IndexError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise ProviderUnavailable("Its answer cannot be read.", kind="broken", has_left=True) from error


def _read(pair: tuple[str, str], ticker: Any) -> PriceSeen:
    base, quote = pair
    if not isinstance(ticker["last"], Decimal) or not isinstance(ticker["timestamp"], int):
        raise ProviderUnavailable("Its answer has no price, or no time.", kind="broken", has_left=True)
    at = datetime.fromtimestamp(ticker["timestamp"] / 1000, tz=UTC)
    return PriceSeen(base=base, quote=quote, price=ticker["last"], at=at)
