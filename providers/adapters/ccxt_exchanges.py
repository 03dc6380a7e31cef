"""
Prices of exchanges, read through ccxt: the last trade of each market.

ccxt knows each exchange's dialect; the requests themselves go through the VendorClient, so that time, size,
redirects and errors are bounded as for every other vendor. It takes two seconds to import, so only whoever
asks an exchange imports it. Our own tables of markets keep it from downloading theirs (megabytes each).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
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
}
COINBASE_MARKETS = {
    ("BTC", "USD"): "BTC/USD",
    ("ETH", "USD"): "ETH/USD",
    ("BTC", "EUR"): "BTC/EUR",
    ("ETH", "EUR"): "ETH/EUR",
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
        self._exchange = _exchange("binance", access, path="/api/v3", join="", markets=BINANCE_MARKETS)

    def prices(self, pairs: Sequence[tuple[str, str]]) -> Sequence[PriceSeen]:
        known = [pair for pair in pairs if pair in BINANCE_MARKETS]
        if not known:
            return []
        tickers = _asked(lambda: self._exchange.fetch_tickers([BINANCE_MARKETS[pair] for pair in known]))
        return [
            _read(pair, tickers[BINANCE_MARKETS[pair]])
            for pair in known
            if BINANCE_MARKETS[pair] in tickers  # a market can be closed
        ]


class Coinbase:
    """A PriceProvider over Coinbase Exchange: one call for each market."""

    def __init__(self, access: Access) -> None:
        self._exchange = _exchange("coinbaseexchange", access, path="", join="-", markets=COINBASE_MARKETS)

    def prices(self, pairs: Sequence[tuple[str, str]]) -> Sequence[PriceSeen]:
        known = [pair for pair in pairs if pair in COINBASE_MARKETS]
        return [_read(pair, _asked(lambda pair=pair: self._ticker(pair))) for pair in known]  # type: ignore[misc]

    def _ticker(self, pair: tuple[str, str]) -> Any:
        return self._exchange.fetch_ticker(COINBASE_MARKETS[pair])


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
