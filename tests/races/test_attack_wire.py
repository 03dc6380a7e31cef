"""A payment partner whose bytes are meant to break us: what no column can hold, what never ends, what is nonsense."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from providers.base import Access
from providers.errors import ProviderUnavailable
from providers.models import Call
from providers.services import call
from tests.factories.http_servers import HttpServer, http_server, say

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(60)]

SECRETS = {"api_key": "pk_1234567", "secret_key": "sk_1234567", "webhook_key": "wk_1234567", "widget_url": "https://x"}


@pytest.fixture
def wire(settings: Any) -> Iterator[HttpServer]:
    with http_server(say(200, b"{}")) as server:
        settings.PROVIDERS = {"moonpay": Access("moonpay", server.url, SECRETS, timeout_seconds=1)}
        yield server


def look_up(now: Any) -> Any:
    return call(
        provider="moonpay",
        operation="check_payment_status",
        operation_id="txn_x-moonpay",
        ask=lambda adapter: adapter.check_payment_status("txn_x-moonpay"),
        now=now,
    )


def transaction(**more: Any) -> bytes:
    said = {"id": "m-1", "externalTransactionId": "txn_x-moonpay", "status": "completed", "updatedAt": "2026-01-01"}
    return json.dumps([said | more]).encode()


NONSENSE = {
    "nul": transaction(cryptoTransactionId="0x\x00"),
    "half a letter": transaction(cryptoTransactionId="0x\ud800"),
    "half a letter in what is only kept": transaction(other={"\udfff": "\ud800"}, status="nonsense"),
    "nan": transaction(quoteCurrencyAmount=float("nan")),
    "endless": transaction(quoteCurrencyAmount=float("-inf")),
    "negative": transaction(quoteCurrencyAmount=-1),
    "deep": b"[" * 100_000,
    "long number": b'[{"id": ' + b"9" * 100_000 + b"}]",
    "list in the place of text": transaction(cryptoTransactionId=["0x1"]),
    "status of no text": transaction(status={"a": 1}),
    "stages of no list": transaction(status="failed", stages=7),
}


@pytest.mark.parametrize("what", NONSENSE)
def test_nonsense_is_as_bad_as_no_answer_and_is_kept(wire: HttpServer, now: Any, what: str) -> None:
    wire.answer = say(200, NONSENSE[what])
    with pytest.raises(ProviderUnavailable) as raised:
        look_up(now)
    assert raised.value.kind == "broken"
    kept = Call.objects.get()
    assert (kept.outcome, kept.error) == ("unavailable", "broken")


def test_letters_that_no_database_holds_do_no_harm_where_nobody_reads_them(wire: HttpServer, now: Any) -> None:
    wire.answer = say(200, transaction(cardHolder="\ud800\x00", status="waitingPayment"))
    assert look_up(now).stage == "awaiting_payment"
    assert Call.objects.get().outcome == "answered"


def drip(handler: Any) -> None:
    import time

    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    for _ in range(40):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(0.1)


def gush(handler: Any) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(2_000):
        handler.wfile.write(b" " * 65_536)


@pytest.mark.parametrize("answer", [drip, gush], ids=["drip", "gush"])
def test_an_answer_without_end_is_ended(wire: HttpServer, now: Any, answer: Callable[[Any], None]) -> None:
    wire.answer = answer
    with pytest.raises(ProviderUnavailable):
        look_up(now)
    assert (Call.objects.get().milliseconds or 0) < 2_500


def test_a_redirect_is_not_followed(wire: HttpServer, now: Any) -> None:
    wire.answer = say(302, b"", Location=f"{wire.url}/elsewhere")
    with pytest.raises(ProviderUnavailable):
        look_up(now)
    assert len(wire.requests) == 1
