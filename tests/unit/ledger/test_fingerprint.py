"""The fingerprint says what a posting says, and nothing about how it was written down."""

import hashlib

from ledger.models import fingerprint

LINES = [("ada", "BTC", -5), ("bob", "BTC", 5)]


def test_it_is_sha256_over_the_canonical_form() -> None:
    canonical = "transfer\x1e\x1eada\x1fBTC\x1f-5\x1ebob\x1fBTC\x1f5"

    assert fingerprint("transfer", LINES) == hashlib.sha256(canonical.encode()).digest()


def test_the_order_of_lines_does_not_matter() -> None:
    assert fingerprint("transfer", LINES) == fingerprint("transfer", LINES[::-1])


def test_everything_else_does() -> None:
    variants = {
        fingerprint("transfer", LINES),
        fingerprint("gift", LINES),
        fingerprint("transfer", [("ada", "BTC", -6), ("bob", "BTC", 6)]),
        fingerprint("transfer", [("ada", "ETH", -5), ("bob", "ETH", 5)]),
        fingerprint("transfer", [("bob", "BTC", -5), ("ada", "BTC", 5)]),
        fingerprint("transfer", [*LINES, *LINES]),
        fingerprint("transfer", LINES, "reverses t"),
    }

    assert len(variants) == 7
