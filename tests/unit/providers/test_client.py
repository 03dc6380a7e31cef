"""How adapters speak HTTP: in time, bounded, classed, and noted without secrets."""

import json
import time
import traceback
from decimal import Decimal

import pytest

from devnet.places import free_port
from providers.adapters import client as clients
from providers.adapters.client import VendorClient, noting_exchanges
from providers.base import Access
from providers.errors import ProviderUnavailable
from tests.factories.http_servers import http_server, say

KEY = "sk_live_planted+key/7Qx="
SHORT_DRIP_SECONDS = 0.05


def client(url, *, timeout=2.0, **secrets):
    return VendorClient(Access("alpha", url, secrets={"api_key": KEY, **secrets}, timeout_seconds=timeout))


def drip(handler):
    """A byte now and then, headers first: every single one in time."""
    for byte in b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 200:
        handler.wfile.write(bytes([byte]))
        handler.wfile.flush()
        time.sleep(SHORT_DRIP_SECONDS)


def drip_body(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "200")
    handler.end_headers()
    for _ in range(200):
        handler.wfile.write(b" ")
        handler.wfile.flush()
        time.sleep(SHORT_DRIP_SECONDS)


def hang_up(handler):
    handler.close_connection = True


def too_large(handler):
    say(200, b"[" + b"1," * clients.LARGEST_ANSWER_BYTES + b"1]")(handler)


def test_an_answer_is_read_with_exact_numbers_and_what_was_sent_is_exact_too():
    with http_server(say(200, b'{"amount": 0.1000000000000000055, "id": 7}', X_Version="3")) as server:
        answer = client(server.url + "/v3/").request(
            "POST",
            "/orders",
            query={"a": "b c", "id": 1},
            json={"amount": Decimal("1E-18"), "list": [Decimal("250.00"), None, True, 'x"y']},
            headers={"Authorization": f"Api-Key {KEY}"},
        )
        assert (answer.status, answer.data) == (200, {"amount": Decimal("0.1000000000000000055"), "id": 7})
        assert (answer.headers["x-version"], answer.raw[:10]) == ("3", b'{"amount":')
        method, path, headers, body = server.requests[0]
        assert (method, path) == ("POST", "/v3/orders?a=b+c&id=1")
        assert (headers["Authorization"], headers["Content-Type"]) == (f"Api-Key {KEY}", "application/json")
        assert body == b'{"amount":0.000000000000000001,"list":[250.00,null,true,"x\\"y"]}'


def test_a_form_is_sent_as_one():
    with http_server(say(200)) as server:
        client(server.url).request("PUT", "/x", form={"a": "1 2"})
        assert server.requests[0][0] == "PUT"
        assert (server.requests[0][2]["Content-Type"], server.requests[0][3]) == (
            "application/x-www-form-urlencoded",
            b"a=1+2",
        )


@pytest.mark.parametrize("status", [200, 201, 204, 400, 404, 409, 422])
def test_what_is_about_the_request_is_for_the_adapter(status):
    body = b"" if status == 204 else b'{"error": 1.5}'
    with http_server(say(status, body)) as server:
        answer = client(server.url).request("GET", "/")
        assert (answer.status, answer.data) == (status, None if status == 204 else {"error": Decimal("1.5")})


@pytest.mark.parametrize(
    ("answer", "kind", "has_left"),
    [
        (say(429), "rate_limited", False),
        (say(402), "quota", False),
        (say(401), "forbidden", False),
        (say(403), "forbidden", False),
        (say(408), "timeout", True),
        (say(500), "server", True),
        (say(503, b"<html>"), "server", True),
        (say(200, b"<html>"), "broken", True),
        (say(302, b"", Location="http://127.0.0.1:1/"), "broken", True),
        (hang_up, "broken", True),
        (too_large, "broken", True),
        (drip, "timeout", True),
        (drip_body, "timeout", True),
    ],
)
def test_everything_else_is_no_answer(answer, kind, has_left):
    with http_server(answer) as server:
        started = time.monotonic()
        with pytest.raises(ProviderUnavailable) as refusal:
            client(server.url, timeout=0.4).request("GET", "/")
        assert (refusal.value.kind, refusal.value.has_left) == (kind, has_left)
        assert time.monotonic() - started < 3
        assert len(server.requests) == 1  # nothing is repeated, no redirect followed


def test_nobody_there_means_that_nothing_has_left():
    with pytest.raises(ProviderUnavailable) as refusal:
        client(f"http://127.0.0.1:{free_port()}").request("POST", "/", json={})
    assert (refusal.value.kind, refusal.value.has_left) == ("connection", False)


PLANTED = {
    "query": "planted-query-signature",
    "name": "planted-json-password",
    "mail": "ada.lovelace@example.com",
    "token": "eyJhbGciOiJIUzI1NiJ9.eyJwbGFudGVkIjoxfQ.c2lnbmF0dXJl",
    "url": "planted-url-signature",
}


def test_what_is_noted_holds_no_secret_and_nobody():
    said = {
        "email": PLANTED["mail"],
        "note": f"for {PLANTED['mail']} with {KEY}",
        "accessToken": PLANTED["token"],
        "nested": [{"password": PLANTED["name"]}, f"Bearer {PLANTED['token']}", {"echo": PLANTED["token"]}],
        "widgetUrl": f"https://buy.example.com/?apiKey=pk_live_planted&amount=5&signature={PLANTED['url']}",
        "walletAddress": "0x8ba1f109551bD432803012645Ac136ddd64DBA72",
        "status": "pending",
        KEY: 1,
    }
    with http_server(say(200, json.dumps(said).encode(), Set_Cookie=PLANTED["name"])) as server:
        vendor = client(server.url)
        with noting_exchanges() as notes:
            vendor.request(
                "POST",
                f"/v1/things/{PLANTED['mail']}",
                query={"apiKey": KEY, "signature": PLANTED["query"], "amount": "5"},
                json={"email": PLANTED["mail"], "secret": PLANTED["name"], "amount": Decimal("250.00")},
                headers={"Authorization": f"Api-Key {KEY}", "access-token": PLANTED["token"]},
            )
        kept = json.dumps(notes)
        for planted in [KEY, json.dumps(KEY)[1:-1], "pk_live_planted", *PLANTED.values()]:
            assert planted not in kept, planted
            assert planted not in repr(vendor) + repr(vendor._access)
    (note,) = notes
    assert (note["method"], note["status"], note["sent"]["amount"]) == ("POST", 200, "250.00")
    assert (note["answer"]["walletAddress"], note["answer"]["status"]) == (said["walletAddress"], "pending")
    assert note["answer"]["widgetUrl"] == ("https://buy.example.com/?apiKey=[hidden]&amount=5&signature=[hidden]")
    assert note["query"]["amount"] == "5"


def test_a_failure_is_noted_and_its_error_tells_no_secret():
    with http_server(say(403, KEY.encode())) as server, noting_exchanges() as notes:
        with pytest.raises(ProviderUnavailable) as refusal:
            client(server.url).request("GET", "/", query={"apiKey": KEY}, headers={"x-key": KEY})
        assert KEY not in json.dumps(notes) + "".join(traceback.format_exception(refusal.value))
        assert (notes[0]["status"], notes[0]["answer"]) == (403, "[hidden]")
    with noting_exchanges() as notes, pytest.raises(ProviderUnavailable):
        client(f"http://127.0.0.1:{free_port()}").request("GET", "/")
    assert (notes[0]["failed"], notes[0]["has_left"]) == ("connection", False)


def test_what_is_noted_is_bounded():
    said = {"list": list(range(1_000)), "text": "x" * 10_000, "deep": json.loads("[" * 60 + "]" * 60), "nul": "a\x00b"}
    with http_server(say(200, json.dumps(said).encode())) as server, noting_exchanges() as notes:
        for _ in range(clients.MOST_EXCHANGES + 5):
            client(server.url).request("GET", "/")
    assert len(notes) == clients.MOST_EXCHANGES
    assert len(json.dumps(notes[0])) < 5_000
    assert notes[0]["answer"]["list"][-1] == "[and 950 more]"
    assert notes[0]["answer"]["nul"] == "ab"


def test_what_is_noted_of_one_call_is_bounded_in_all():
    """Each within its own bounds, together too much: the later ones keep what was asked and how it ended."""
    said = {"many": ["ü" * 100] * 40}
    with http_server(say(200, json.dumps(said).encode())) as server, noting_exchanges() as notes:
        for number in range(5):
            client(server.url).request("GET", f"/{number}")
    assert len(json.dumps(notes)) <= clients.MOST_NOTED_BYTES
    assert [(note["path"], note["status"]) for note in notes] == [(f"/{number}", 200) for number in range(5)]
    assert [note["answer"] == said for note in notes] == [True, True, False, False, False]
    assert [note["answer"] for note in notes[2:]] == [clients.TOO_LARGE] * 3
    large = {"texts": ["x" * 3_900] * 50}
    with http_server(say(200, json.dumps(large).encode())) as server, noting_exchanges() as notes:
        client(server.url).request("POST", "/", json=large)
        client(server.url).request("GET", "/small")
    assert [(note["sent"], note["answer"]) for note in notes] == [
        (clients.TOO_LARGE, clients.TOO_LARGE),
        (None, clients.TOO_LARGE),
    ]


def test_nothing_is_noted_where_nobody_collects():
    with http_server(say(200)) as server:
        client(server.url).request("GET", "/")
        with noting_exchanges() as notes:
            pass
        assert notes == []
