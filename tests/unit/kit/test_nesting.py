"""How deep JSON goes is known before it is parsed, whatever the bytes are, and quickly."""

import json
import time

import pytest

from kit.nesting import MOST_LEVELS, is_too_deep


@pytest.mark.parametrize(
    ("raw", "is_deep"),
    [
        (b"", False),
        (b"[" * MOST_LEVELS, False),
        (b"[" * (MOST_LEVELS + 1), True),
        (b'{"a":' * (MOST_LEVELS + 1), True),
        (b"[]" * 10_000, False),
        (json.dumps(["[" * 10_000]).encode(), False),  # within a text they open nothing
        (b'["\\"' + b"[" * 10_000 + b'"]', False),
        (b'["' + b"[" * 10_000, False),
        (b'["\\\\"' + b"[" * 10_000, True),
    ],
)
def test_only_what_is_really_deep(raw: bytes, is_deep: bool) -> None:
    assert is_too_deep(raw) is is_deep


@pytest.mark.parametrize("raw", [b'"' + b'\\"' * 1_000_000, b'"' * 2_000_000, b"[]" * 1_000_000, b"\\" * 2_000_000])
def test_each_byte_is_looked_at_once(raw: bytes) -> None:
    started = time.monotonic()
    assert not is_too_deep(raw)
    assert time.monotonic() - started < 20  # looking again and again would take hours
