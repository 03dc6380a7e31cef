"""Cursors go in and out unchanged, and nothing else is taken for one."""

import base64
import json
from datetime import UTC, datetime

import pytest

from kit.errors import InvalidInput
from kit.pagination import decode_cursor, encode_cursor, read_limit

NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)


@pytest.mark.parametrize(
    ("direction", "values"), [("n", [NOW, "txn_06"]), ("p", [7]), ("n", [0]), ("p", ["", 2**63 - 1])]
)
def test_a_cursor_survives_the_journey(direction, values):
    assert decode_cursor(encode_cursor(direction, values), length=len(values)) == (direction, values)


def _cursor(content: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "text",
    [
        "x", "====", "é", "a b", _cursor([]), _cursor({}), _cursor(7), _cursor(["n"]), _cursor(["x", 1]),
        _cursor(["n", 1, 2]), _cursor(["n", -1]), _cursor(["n", 2**63]), _cursor(["n", 1.5]), _cursor(["n", True]),
        _cursor(["n", None]), _cursor(["n", "\x00"]), _cursor(["n", "x" * 129]), _cursor(["n", {"t": "soon"}]),
        _cursor(["n", {"t": "2026-11-20T12:00:00"}]), _cursor(["n", {}]), _cursor(["n", ["t"]]), _cursor([["n"], 1]),
        "[" * 4000,
    ],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(InvalidInput) as refusal:
        decode_cursor(text, length=1)
    assert list(refusal.value.fields) == ["cursor"]


def test_a_limit_is_from_1_to_200():
    assert [read_limit(text) for text in (None, "", "1", "200", "007")] == [50, 50, 1, 200, 7]
    for text in ("0", "201", "-1", "1.0", "x", "٣", "99999"):
        with pytest.raises(InvalidInput):
            read_limit(text)
