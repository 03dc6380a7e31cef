"""
CoinMarketCap's prices: GET /v2/cryptocurrency/quotes/latest, by their ids: symbols are not unique.

Source: coinmarketcap.com/api/documentation, "Quotes Latest v2" and "Errors and Rate Limits". An answer with
HTTP status 200 can still be an error: `status.error_code` decides. The free plan takes one currency a call.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from providers.adapters.client import VendorClient
from providers.base import Access, PriceSeen
from providers.errors import ProviderRefused, ProviderUnavailable

COINS = {
    "BTC": 1,
    "ETH": 1027,
    "POL": 28321,
    "BNB": 1839,
    "SOL": 5426,
    "USDC": 3408,
    "XLM": 512,
    "SUI": 20947,
}
CURRENCIES = {
    "USD": "USD",
    "EUR": "EUR",
}
KINDS = {
    500: "server",
    1001: "forbidden",  # the key is not valid
    1002: "forbidden",  # no key
    1003: "forbidden",  # the plan is not paid
    1004: "forbidden",  # the plan has run out
    1005: "forbidden",  # a key is needed
    1006: "forbidden",  # not in this plan
    1007: "forbidden",  # the key is switched off
    1008: "rate_limited",  # this minute's calls
    1009: "quota",  # this day's
    1010: "quota",  # this month's
    1011: "rate_limited",  # of our address
}
"""Their error codes, in our classes of error."""


class CoinMarketCap:
    """A PriceProvider. Secrets: `api_key`."""

    def __init__(self, access: Access) -> None:
        self._client = VendorClient(access)
        self._headers = {"X-CMC_PRO_API_KEY": access.secrets.get("api_key", ""), "Accept": "application/json"}

    def prices(self, pairs: Sequence[tuple[str, str]]) -> Sequence[PriceSeen]:
        known = [(base, quote) for base, quote in pairs if base in COINS and quote in CURRENCIES]
        return [
            seen
            for quote in dict.fromkeys(quote for _, quote in known)
            for seen in self._in_currency([base for base, other in known if other == quote], quote)
        ]

    def _in_currency(self, bases: Sequence[str], quote: str) -> list[PriceSeen]:
        ids = ",".join(str(COINS[base]) for base in bases)
        answer = self._client.request(
            "GET",
            "/v2/cryptocurrency/quotes/latest",
            query={"id": ids, "convert": CURRENCIES[quote]},
            headers=self._headers,
        )
        try:
            _check(answer.status, answer.data)
            return [seen for base in bases for seen in _read(answer.data["data"], base, quote)]
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ProviderUnavailable("Its answer cannot be read.", kind="broken", has_left=True) from error


def _check(http_status: int, data: Mapping[str, Any]) -> None:
    code = int(data["status"]["error_code"])
    if code in KINDS:
        raise ProviderUnavailable(f"It refuses us with error {code}.", kind=KINDS[code], has_left=True)
    if code or http_status != 200:
        raise ProviderRefused(f"It refuses the question with error {code or http_status}.", reason=str(code))


def _read(data: Mapping[str, Any], base: str, quote: str) -> list[PriceSeen]:
    """Return the pair's price, or nothing where the coin is left out or has no price now."""
    coin = data.get(str(COINS[base]))
    quoted = coin["quote"][CURRENCIES[quote]] if coin else None
    if not quoted or quoted["price"] is None:
        return []
    price = quoted["price"]
    if isinstance(price, bool) or not isinstance(price, int | Decimal):
        raise TypeError(price)
    at = datetime.fromisoformat(quoted["last_updated"])
    if at.tzinfo is None:
        raise ValueError(at)
    return [PriceSeen(base=base, quote=quote, price=Decimal(price), at=at)]
