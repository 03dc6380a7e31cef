"""
Four sources of prices on one port, each in its own wire format, over one market that moves.

    python -m devnet.vendors.prices --port 8600

The sources' base URLs are /coingecko/api/v3, /coinmarketcap, /binance and /coinbase. Controls:
POST /_ctl/price {"coin": "BTC", "price": "64000"}; POST /_ctl/source {"source": "binance" or "all", and any of
"factor": "1.3", "age_seconds": 600, "is_frozen": true, "fault": "down", "delay_seconds": 2}; POST /_ctl/reset;
GET /_ctl/requests: what was asked, the latest last. Faults: down, rate_limited, error_inside (an error in an
answer that looks well), malformed, slow (delay_seconds before the answer), dropped (no answer at all).
"""

import argparse
import json
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qs, urlsplit

from devnet.http_server import DeafServer
from devnet.vendors.price_market import DOLLARS, SOURCES, START, Market

GECKO_COINS = {
    "bitcoin": "BTC",
    "ethereum": "ETH",
    "polygon-ecosystem-token": "POL",
    "binancecoin": "BNB",
    "solana": "SOL",
    "usd-coin": "USDC",
    "stellar": "XLM",
    "sui": "SUI",
}
CMC_COINS = {
    "1": ("BTC", "Bitcoin"),
    "1027": ("ETH", "Ethereum"),
    "28321": ("POL", "POL (ex-MATIC)"),
    "1839": ("BNB", "BNB"),
    "5426": ("SOL", "Solana"),
    "3408": ("USDC", "USDC"),
    "512": ("XLM", "Stellar"),
    "20947": ("SUI", "Sui"),
}
BINANCE_SYMBOLS = {
    "BTCUSDT": ("BTC", "USD"),
    "ETHUSDT": ("ETH", "USD"),
    "BTCEUR": ("BTC", "EUR"),
    "ETHEUR": ("ETH", "EUR"),
    "POLUSDT": ("POL", "USD"),
    "BNBUSDT": ("BNB", "USD"),
    "BNBEUR": ("BNB", "EUR"),
    "SOLUSDT": ("SOL", "USD"),
    "SOLEUR": ("SOL", "EUR"),
    "USDCUSDT": ("USDC", "USD"),
    "XLMUSDT": ("XLM", "USD"),
    "SUIUSDT": ("SUI", "USD"),
}
KEPT_REQUESTS = 500
LARGEST_BODY = 64 * 1024


class Wrong(Exception):
    """An answer that is not 200: status and body, in the vendor's own words."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(status)
        self.status, self.body = status, body


@dataclass(frozen=True)
class Asked:
    """One request at one of the vendors; header names in lower case."""

    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]


def coingecko(market: Market, asked: Asked) -> Any:
    if asked.path != "/api/v3/simple/price":
        raise Wrong(404, {"error": "Incorrect path. Please check https://www.coingecko.com/api/"})
    if asked.headers.get("x-cg-pro-api-key"):
        raise Wrong(400, _gecko_error(10010, "If you are using Pro API key, please change your root URL"))
    ids, currencies = asked.query.get("ids", "").split(","), asked.query.get("vs_currencies", "").split(",")
    answer: dict[str, dict[str, float | int]] = {}
    for coin_id in ids:
        if coin_id not in GECKO_COINS:
            continue
        for currency in currencies:
            if currency.upper() in DOLLARS:
                tick = market.tick("coingecko", GECKO_COINS[coin_id], currency.upper())
                told = answer.setdefault(coin_id, {})
                told[currency] = float(tick.price)  # this is how they write it
                if asked.query.get("include_last_updated_at") == "true":
                    told["last_updated_at"] = int(tick.at.timestamp())
    return answer


def coinmarketcap(market: Market, asked: Asked) -> Any:
    if asked.path != "/v2/cryptocurrency/quotes/latest":
        raise Wrong(404, {"statusCode": 404, "error": "Not Found", "message": "Not Found"})
    if not asked.headers.get("x-cmc_pro_api_key"):
        raise Wrong(401, {"status": _cmc_status(1002, "API key missing.")})
    currency = asked.query.get("convert", "USD")
    if currency not in DOLLARS:
        raise Wrong(400, {"status": _cmc_status(400, f'Invalid value for "convert": "{currency}"')})
    data = {}
    for coin_id in asked.query.get("id", "").split(","):
        if coin_id not in CMC_COINS:
            raise Wrong(400, {"status": _cmc_status(400, f'Invalid value for "id": "{coin_id}"')})
        symbol, name = CMC_COINS[coin_id]
        tick = market.tick("coinmarketcap", symbol, currency)
        quote = {"price": float(tick.price), "volume_24h": 1.0, "last_updated": _iso(tick.at)}
        known = {"id": int(coin_id), "name": name, "symbol": symbol, "is_active": 1, "last_updated": _iso(tick.at)}
        data[coin_id] = {**known, "quote": {currency: quote}}
    return {"status": _cmc_status(0, None), "data": data}


def binance(market: Market, asked: Asked) -> Any:
    if asked.path != "/api/v3/ticker/24hr":
        raise Wrong(404, {"code": -1, "msg": "Not found."})
    symbols = json.loads(asked.query["symbols"]) if "symbols" in asked.query else [asked.query.get("symbol", "")]
    if any(symbol not in BINANCE_SYMBOLS for symbol in symbols):
        raise Wrong(400, {"code": -1121, "msg": "Invalid symbol."})
    tickers = [_binance_ticker(market, symbol) for symbol in symbols]
    return tickers if "symbols" in asked.query else tickers[0]


def coinbase(market: Market, asked: Asked) -> Any:
    parts = asked.path.strip("/").split("/")
    coin, _, currency = parts[1].partition("-") if len(parts) == 3 else ("", "", "")
    if coin not in START or currency not in DOLLARS or (parts[0], parts[2]) != ("products", "ticker"):
        raise Wrong(404, {"message": "NotFound"})
    tick = market.tick("coinbase", coin, currency)
    around = {"bid": str(tick.price), "ask": str(tick.price), "volume": "1000.0"}
    return {
        "trade_id": int(tick.at.timestamp()),
        "price": str(tick.price),
        "size": "0.1",
        "time": _iso(tick.at),
    } | around


VENDORS: dict[str, Callable[[Market, Asked], Any]] = {
    "coingecko": coingecko,
    "coinmarketcap": coinmarketcap,
    "binance": binance,
    "coinbase": coinbase,
}


def limit_answer(source: str) -> Any:
    """Return what each says when it is asked too often; the status is 429 with all of them."""
    return {
        "coingecko": {"status": {"error_code": 429, "error_message": "You've exceeded the Rate Limit."}},
        "coinmarketcap": {"status": _cmc_status(1008, "You've exceeded your API Key's HTTP request rate limit.")},
        "binance": {"code": -1003, "msg": "Too many requests."},
        "coinbase": {"message": "Public rate limit exceeded"},
    }[source]


def error_inside(source: str) -> Any:
    """Return an error that comes with status 200: for some a habit, for the others a proxy's mistake."""
    return {
        "coingecko": {"status": {"error_code": 10002, "error_message": "API Key Missing"}, "bitcoin": "?"},
        "coinmarketcap": {"status": _cmc_status(1010, "You've exceeded your monthly credit limit.")},
        "binance": {"code": -1000, "msg": "An unknown error occurred while processing the request."},
        "coinbase": {"message": "Internal server error"},
    }[source]


class Server(DeafServer):
    """The sandbox on one port of the loopback address."""

    request_queue_size = 64

    def __init__(self, port: int, market: Market) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.market = market
        self.requests: deque[dict[str, Any]] = deque(maxlen=KEPT_REQUESTS)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Server

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: it is asked all the time."""

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        source, _, rest = url.path.lstrip("/").partition("/")
        if url.path == "/_ctl/requests":
            self._answer(200, list(self.server.requests))
        elif source in VENDORS:
            query = {name: values[-1] for name, values in parse_qs(url.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            self._as_vendor(source, Asked(f"/{rest}", query, headers))
        else:
            self._answer(404, {"error": "no such source"})

    def do_POST(self) -> None:
        try:
            size = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(min(size, LARGEST_BODY)) or b"{}")
            control(self.server, self.path, body)
        except (KeyError, TypeError, ValueError, AttributeError, InvalidOperation) as error:
            self._answer(400, {"error": f"{type(error).__name__}: {error}"})
        else:
            self._answer(200, {})

    def _as_vendor(self, source: str, asked: Asked) -> None:
        self.server.requests.append({"source": source, **asdict(asked)})
        manner = self.server.market.manner(source)
        time.sleep(manner.delay_seconds if manner.fault == "slow" else 0)
        if manner.fault == "dropped":
            self.close_connection = True
        elif manner.fault == "down":
            self._answer(503, {"message": "down for maintenance"})
        elif manner.fault == "rate_limited":
            self._answer(429, limit_answer(source))
        elif manner.fault == "error_inside":
            self._answer(200, error_inside(source))
        elif manner.fault == "malformed":
            self._send(200, b'{"bitcoin": {"usd": 965')
        else:
            try:
                self._answer(200, VENDORS[source](self.server.market, asked))
            except Wrong as wrong:
                self._answer(wrong.status, wrong.body)

    def _answer(self, status: int, body: Any) -> None:
        self._send(status, json.dumps(body).encode())

    def _send(self, status: int, raw: bytes) -> None:
        try:
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)
        except ConnectionError:
            self.close_connection = True  # whoever asked has lost patience


def control(server: Server, path: str, body: Mapping[str, Any]) -> None:
    """
    Pull one of the levers.

    :raises KeyError, TypeError, ValueError, InvalidOperation: if there is no such lever, or not in that position
    """
    market = server.market
    if path == "/_ctl/reset":
        market.reset()
        server.requests.clear()
    elif path == "/_ctl/price":
        price = Decimal(body["price"])
        if body["coin"] not in START or not price > 0:
            raise ValueError("a coin that is traded, and a price above nothing")
        market.set_price(body["coin"], price)
    elif path == "/_ctl/source":
        changes = {name: value for name, value in body.items() if name != "source"}
        if "factor" in changes:
            changes["factor"] = Decimal(changes["factor"])
        for source in SOURCES if body["source"] == "all" else [body["source"]]:
            market.set_manner(source, **changes)
    else:
        raise KeyError(path)


def base_urls(url: str) -> dict[str, str]:
    """Return the environment variables that point the product's price sources here."""
    return {
        "COINGECKO_BASE_URL": f"{url}/coingecko/api/v3",
        "COINMARKETCAP_BASE_URL": f"{url}/coinmarketcap",
        "COINMARKETCAP_API_KEY": "sandbox",
        "BINANCE_BASE_URL": f"{url}/binance",
        "COINBASE_BASE_URL": f"{url}/coinbase",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="Sources of prices for development and tests.")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step-seconds", type=float, default=2, help="0: prices move only when they are set")
    arguments = parser.parse_args()
    market = Market(seed=arguments.seed, step_seconds=arguments.step_seconds)
    Server(arguments.port, market).serve_forever()


def _binance_ticker(market: Market, symbol: str) -> dict[str, Any]:
    tick = market.tick("binance", *BINANCE_SYMBOLS[symbol])
    price, closed = str(tick.price), int(tick.at.timestamp() * 1000)
    prices = dict.fromkeys(
        (
            "weightedAvgPrice",
            "prevClosePrice",
            "lastPrice",
            "bidPrice",
            "askPrice",
            "openPrice",
            "highPrice",
            "lowPrice",
        ),
        price,
    )
    sizes = dict.fromkeys(("lastQty", "bidQty", "askQty", "volume", "quoteVolume"), "1.00000000")
    changes = {"priceChange": "0.00000000", "priceChangePercent": "0.000"}
    times = {"openTime": closed - 86_400_000, "closeTime": closed, "firstId": 1, "lastId": 2, "count": 2}
    return {"symbol": symbol, **changes, **prices, **sizes, **times}


def _gecko_error(code: int, message: str) -> dict[str, Any]:
    return {"status": {"error_code": code, "error_message": message}}


def _cmc_status(code: int, message: str | None) -> dict[str, Any]:
    return {"timestamp": "2026-11-20T00:00:00.000Z", "error_code": code, "error_message": message, "credit_count": 1}


def _iso(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


if __name__ == "__main__":
    main()
