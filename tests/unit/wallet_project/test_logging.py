"""What a line of the log looks like, and what never stands in one."""

import json
import logging
import sys
from typing import Any

import pytest
import structlog

from wallet_project import logging as our_logging
from wallet_project.logging import HIDDEN, Redactor, known_secrets, make_formatter


def line(message: Any, *arguments: Any, exc_info: Any = None, format: str = "json", **extra: Any) -> str:
    record = logging.LogRecord("shop", logging.WARNING, __file__, 1, message, arguments, exc_info)
    vars(record).update(extra)
    return make_formatter(format).format(record)


def redacted(**event: Any) -> dict[str, Any]:
    return dict(Redactor(["hunter2hunter2", "abc"])(None, "info", event))


def test_a_librarys_line_is_json_with_its_extras_and_what_is_bound() -> None:
    with structlog.contextvars.bound_contextvars(request_id="req-12345678", transaction_id="txn_1"):
        found = json.loads(line("%s of %s", 1, 2, code="late"))
    assert isinstance(found.pop("timestamp"), str)
    assert found == {
        "event": "1 of 2",
        "level": "warning",
        "logger": "shop",
        "code": "late",
        "request_id": "req-12345678",
        "transaction_id": "txn_1",
    }


def test_a_traceback_is_one_line_of_json_and_holds_no_secret() -> None:
    try:
        raise ValueError("could not reach postgres://holdfast:pa55word@db/core")
    except ValueError:
        text = line("failed", exc_info=sys.exc_info())
    assert "\n" not in text
    assert "pa55word" not in text
    assert f"postgres://{HIDDEN}@db/core" in json.loads(text)["exception"]


def test_development_gets_a_readable_line() -> None:
    text = line("hello", format="console", password="x")
    assert "hello" in text
    assert f"password={HIDDEN}" in text
    assert not text.startswith("{")


@pytest.mark.parametrize(
    "name",
    [
        *("password", "new_password", "SECRET_KEY", "access_token", "Authorization", "cookie", "apiKey", "api_key"),
        *("mnemonic", "entropy", "private_key", "refresh", "session_id", "otp", "raw", "credentials"),
    ],
)
@pytest.mark.parametrize("value", ["s3cr3t-value", 123456, ["s3cr3t-value"], b"s3cr3t-value"])
def test_what_is_secret_by_name_is_hidden(name: str, value: Any) -> None:
    assert redacted(**{name: value}) == {name: HIDDEN}
    assert redacted(data={"deep": [{name: value}]}) == {"data": {"deep": [{name: HIDDEN}]}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://user:pw@node:8332/wallet", f"http://{HIDDEN}@node:8332/wallet"),
        ("redis://:pw@cache/0 and https://key@rpc/", f"redis://{HIDDEN}@cache/0 and https://{HIDDEN}@rpc/"),
        ("Authorization: Bearer abcdefgh.ijkl", f"Authorization: Bearer {HIDDEN}"),
        ("got eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl", f"got {HIDDEN}"),
        ("GET /reset-password/lnk_1:abc:def/ 200", f"GET /reset-password/{HIDDEN}/ 200"),
        ("WebSocket /ws/v1/feed?ticket=abcdef&resume_after=3", f"WebSocket /ws/v1/feed?ticket={HIDDEN}&resume_after=3"),
        ('{"password": "abc def"}', f'{{"password": {HIDDEN}}}'),
        ("xprv" + "9" * 100, HIDDEN),
        ("it was hunter2hunter2!", f"it was {HIDDEN}!"),
        ("the alphabet begins with abc", "the alphabet begins with abc"),
        ("sent 1.5 BTC to ada@example.com in txn_01", "sent 1.5 BTC to ada@example.com in txn_01"),
    ],
)
def test_what_is_secret_by_its_shape_is_hidden(text: str, expected: str) -> None:
    assert redacted(event=text) == {"event": expected}
    assert redacted(error=ValueError(text)) == {"error": expected}


def test_bytes_are_counted_and_plain_values_stay() -> None:
    assert redacted(body=b"\x01\x02", count=3, share=0.5, is_new=True, nothing=None, items=("a", {"b": 1})) == {
        "body": "[2 bytes]",
        "count": 3,
        "share": 0.5,
        "is_new": True,
        "nothing": None,
        "items": ["a", {"b": 1}],
    }


def test_our_own_secrets_are_known(settings: Any) -> None:
    from dataclasses import replace

    settings.METRICS_TOKEN = "planted-metrics-token"
    settings.REDIS_URL = "redis://:planted%40redis@127.0.0.1:6379"
    bitcoin = settings.NETWORKS["bitcoin"]
    settings.NETWORKS = {"bitcoin": replace(bitcoin, rpc_urls=("http://user:planted-rpc@node:8332",))}
    known = known_secrets()
    assert {"planted-metrics-token", "planted@redis", "planted%40redis", "planted-rpc", settings.SECRET_KEY} <= set(
        known
    )
    for secret in known:
        assert secret not in line(f"oops {secret}")


def test_every_line_leaves_by_one_door() -> None:
    assert len([each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler]) == 1
    for name in (*our_logging._OTHERS, *our_logging._QUIET):
        assert logging.getLogger(name).handlers == [], name
        assert logging.getLogger(name).propagate, name
