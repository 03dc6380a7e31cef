"""
CoinGecko's prices: GET /simple/price, for all coins and currencies in one call.

Source: docs.coingecko.com, "Coin Price by IDs" and "Common Errors & Rate Limit". The demo plan's key goes
to api.coingecko.com, the paid plans' to pro-api.coingecko.com; a key at the wrong host is refused.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

from providers.adapters.client import VendorClient
from providers.base import Access, PriceSeen
from providers.errors import ProviderRefused, ProviderUnavailable

COINS = {
    "BTC": "bitcoin",
    "ETH": "ethereum",
    "POL": "polygon-ecosystem-token",
    "BNB": "binancecoin",
    "SOL": "solana",
    "USDC": "usd-coin",
    "XLM": "stellar",
    "SUI": "sui",
}
CURRENCIES = {
    "USD": "usd",
    "EUR": "eur",
}
KINDS = {
    10002: "forbidden",  # no key
    10005: "forbidden",  # not in this plan
    10010: "forbidden",  # a paid plan's key at the demo host
    10011: "forbidden",  # a demo key at the paid plans' host
    429: "rate_limited",
}
"""Their error codes, in our classes of error."""


class CoinGecko:
    """A PriceProvider. Secrets: `api_key`; without one it answers a few calls a minute."""

    def __init__(self, access: Access) -> None:
        self._client = VendorClient(access)
        self._headers = _key_header(access)

    def prices(self, pairs: Sequence[tuple[str, str]]) -> Sequence[PriceSeen]:
        known = [(base, quote) for base, quote in pairs if base in COINS and quote in CURRENCIES]
        if not known:
            return []
        answer = self._client.request(
            "GET",
            "/simple/price",
            query={
                "ids": ",".join(sorted({COINS[base] for base, _ in known})),
                "vs_currencies": ",".join(sorted({CURRENCIES[quote] for _, quote in known})),
                "include_last_updated_at": "true",
                "precision": "full",
            },
            headers=self._headers,
        )
        if answer.status != 200:
            raise _problem(answer.status, answer.data)
        try:
            return [seen for base, quote in known for seen in _read(answer.data, base, quote)]
        except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
            raise ProviderUnavailable("Its answer cannot be read.", kind="broken", has_left=True) from error


def _key_header(access: Access) -> dict[str, str]:
    key = access.secrets.get("api_key", "")
    is_pro = (urlsplit(access.base_url).hostname or "").startswith("pro-api.")
    return {"x-cg-pro-api-key" if is_pro else "x-cg-demo-api-key": key} if key else {}


def _read(data: Mapping[str, Any], base: str, quote: str) -> list[PriceSeen]:
    """Return the pair's price, or nothing where the coin or the price in this currency is left out."""
    coin = data.get(COINS[base], {})
    price = coin.get(CURRENCIES[quote])
    if price is None:
        return []
    if isinstance(price, bool) or not isinstance(price, int | Decimal):
        raise TypeError(price)
    at = datetime.fromtimestamp(int(coin["last_updated_at"]), tz=UTC)
    return [PriceSeen(base=base, quote=quote, price=Decimal(price), at=at)]


def _problem(status: int, data: Any) -> ProviderUnavailable | ProviderRefused:
    body = data if isinstance(data, dict) else {}
    inner = body.get("status")
    code = (inner if isinstance(inner, dict) else body).get("error_code")
    kind = KINDS.get(code) if isinstance(code, int) else None
    if kind:
        return ProviderUnavailable(f"It refuses us with error {code}.", kind=kind, has_left=True)
    return ProviderRefused(f"It refuses the question with status {status}.", reason=str(code or status))
