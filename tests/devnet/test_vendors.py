"""The sandboxes of payment companies: as strict as the companies, and as stubborn with their webhooks."""

import json
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError

import pytest

from providers.adapters.moonpay import MoonPay
from providers.adapters.transak import Transak
from providers.base import Access
from tests.contracts.on_ramp.conftest import order
from tests.factories import vendors
from tests.factories.vendors import Sandboxes

Opened = tuple[Sandboxes, dict[str, Access]]


@pytest.fixture
def opened(settings: Any) -> Iterator[Opened]:
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
    with vendors.own() as sandboxes:
        yield sandboxes


class Product(ThreadingHTTPServer):
    """Takes webhooks, answering with `status`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.status = 500
        self.seen: list[tuple[str, bytes]] = []
        self.url = f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Product

    def do_POST(self) -> None:
        self.server.seen.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(self.server.status)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def product() -> Iterator[Product]:
    server = Product()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "it never came to pass"
        time.sleep(0.01)


def test_a_webhook_is_sent_again_until_it_is_taken(opened: Opened, product: Product) -> None:
    sandboxes, accesses = opened
    sandboxes.send_webhooks_to(product.url)
    vendors.choose(MoonPay(accesses["moonpay"]).initiate_fiat_to_crypto(order("op-1")).pay_url, "cancel")
    wait_until(lambda: len(product.seen) == 2)
    sandboxes.advance(2)
    wait_until(lambda: len(product.seen) == 4)
    product.status = 200
    sandboxes.advance(3)
    wait_until(lambda: len(product.seen) == 6)
    sandboxes.advance(3_600)
    time.sleep(0.2)
    assert len(product.seen) == 6
    assert {path for path, _ in product.seen} == {"/webhooks/moonpay/"}
    statuses = [json.loads(raw)["data"]["status"] for _, raw in product.seen]
    assert sorted(statuses[:2]) == ["failed", "waitingPayment"]
    assert sorted(statuses[4:]) == ["failed", "waitingPayment"]


def ask(url: str, headers: dict[str, str] | None = None, body: bytes | None = None) -> int:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers or {}), timeout=5) as answer:
            return int(answer.status)
    except HTTPError as error:
        with error:
            return error.code


def test_strangers_are_told_nothing(opened: Opened) -> None:
    _, accesses = opened
    moonpay, transak = accesses["moonpay"].base_url, accesses["transak"].base_url
    assert ask(f"{moonpay}/v3/currencies/eth/buy_quote?apiKey=pk_test_other&baseCurrencyCode=usd") == 401
    assert ask(f"{moonpay}/v1/transactions/ext/op-1", {"Authorization": "Api-Key sk_test_other"}) == 401
    assert ask(f"{moonpay}/?apiKey=pk&currencyCode=eth") == 400
    assert ask(f"{transak}/partners/api/v2/orders?filter[partnerOrderId]=op-1", {"access-token": "other"}) == 401
    assert ask(f"{transak}/partners/api/v2/refresh-token", {"api-secret": "other"}, b"{}") == 401
    assert ask(f"{transak}/api/v2/auth/session", {}, b"{}") == 401
    assert ask(f"{transak}/api/v1/pricing/public/quotes?partnerApiKey=other") == 401
    assert ask(f"{transak}/?sessionId=other") == 400


def test_the_page_of_transak_serves_once_and_for_five_minutes(opened: Opened) -> None:
    sandboxes, accesses = opened
    adapter = Transak(accesses["transak"])
    first = adapter.initiate_fiat_to_crypto(order("op-1")).pay_url
    vendors.visit(first)
    with pytest.raises(HTTPError):
        vendors.visit(first)
    late = adapter.initiate_fiat_to_crypto(order("op-1")).pay_url
    sandboxes.advance(5 * 60)
    with pytest.raises(HTTPError):
        vendors.visit(late)
    assert sandboxes.orders("transak") == []


def test_a_test_that_asks_for_nonsense_is_told_so(opened: Opened) -> None:
    sandboxes, _ = opened
    for what in ({"statsu": 500}, {"outcome": "wonderful"}):
        with pytest.raises(HTTPError) as refusal:
            sandboxes.scenario("moonpay", **what)
        with refusal.value as answer:
            assert answer.code == 400
    with pytest.raises(HTTPError) as refusal:
        sandboxes.emit("nobody", "op-1", "again")
    refusal.value.close()


def test_prices_and_fees_can_be_set(opened: Opened) -> None:
    sandboxes, accesses = opened
    adapter = MoonPay(accesses["moonpay"])
    asked = order("op-1").request
    sandboxes.prices(ETH="1000")
    assert f"{adapter.quote(asked).crypto_amount:.4f}" == "0.2379"
    sandboxes.scenario("moonpay", fee_rate="0.10")
    assert f"{adapter.quote(asked).crypto_amount:.5f}" == "0.22415"
