"""Prefixed, sortable ids: `txn_` and 26 characters of Crockford base 32 over a UUIDv7 (RFC 9562)."""

import os
import re
import time

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
LENGTH = 30
"""Characters of an id with a three-letter prefix."""

_SHAPE = re.compile(r"[a-z]{3}_[0-9a-hjkmnp-tv-z]{26}", re.ASCII)


def new_id(prefix: str) -> str:
    """Return a new id such as `wal_06f2…`: 48 bits of milliseconds, then 74 random bits."""
    assert len(prefix) == 3, prefix
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10)) & ((1 << 74) - 1)
    value = milliseconds << 80 | 0x7 << 76 | (random >> 62) << 64 | 0b10 << 62 | random & (1 << 62) - 1
    return f"{prefix}_{_encode(value)}"


def is_id(text: str, prefix: str) -> bool:
    """Say whether the text has the shape of an id with this prefix."""
    return text.startswith(f"{prefix}_") and _SHAPE.fullmatch(text) is not None


def _encode(value: int) -> str:
    return "".join(_ALPHABET[value >> shift & 31] for shift in range(125, -1, -5))
