"""The sandbox of price sources as it is lent to tests: one program, four dialects, and levers over HTTP."""

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from providers.base import Kind
from providers.registry import ADAPTERS

pytestmark = pytest.mark.skipif(
    not os.environ.get("BINANCE_BASE_URL", "").startswith("http://127.0.0.1:"), reason="needs the lent price sources"
)


def lever(name: str, **body: Any) -> int:
    url = os.environ["BINANCE_BASE_URL"].removesuffix("/binance")
    request = urllib.request.Request(f"{url}/_ctl/{name}", data=json.dumps(body).encode(), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    lever("reset")
    yield
    lever("reset")


def ask(code: str) -> Decimal:
    (seen,) = ADAPTERS[Kind.PRICE].get(code)(settings.PROVIDERS[code]).prices([("BTC", "USD")])
    price: Decimal = seen.price
    return price


@pytest.mark.parametrize("code", ADAPTERS[Kind.PRICE].names())
def test_every_source_is_configured_and_tells_what_the_levers_say(code: str) -> None:
    assert lever("price", coin="BTC", price="50000") == 200
    assert ask(code) == Decimal(50_000)
    assert lever("source", source=code, factor="1.3") == 200
    assert ask(code) == Decimal(65_000)
    assert lever("source", source="all", factor="0.5") == 200
    assert ask(code) == Decimal(25_000)


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("price", {"coin": "DOGE", "price": "1"}),
        ("price", {"coin": "BTC", "price": "0"}),
        ("price", {"coin": "BTC", "price": "x"}),
        ("source", {"source": "kraken", "fault": "down"}),
        ("source", {"source": "binance", "mood": "bad"}),
        ("nothing", {}),
    ],
)
def test_a_lever_that_is_not_there_is_refused_and_changes_nothing(name: str, body: dict[str, str]) -> None:
    assert lever(name, **body) == 400
    assert ask("binance") == Decimal(96_500)
