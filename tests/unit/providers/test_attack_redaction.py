"""Texts that are made to keep a pattern busy, and secrets laid across the place where a text is cut."""

import time

import pytest

from providers.adapters.redaction import HIDDEN, LONGEST_TEXT, redact

SECRET = "planted-secret-7Qx9"
HOSTILE = {
    "digits": "9" * 4_000_000,
    "names": "?" + "name" * 1_000_000,
    "tokens": "eyJ-" * 1_000_000,
    "addresses": "a.b+c" * 800_000 + "@" + "a" * 100_000,
    "at signs": "a@" * 2_000_000,
    "spaces": "bearer" + " " * 4_000_000,
    "schemes": "://" * 1_000_000,
}


@pytest.mark.parametrize("what", HOSTILE)
def test_no_text_keeps_us_busy(what: str) -> None:
    started = time.perf_counter()
    kept = redact({"answer": HOSTILE[what], "answers": [HOSTILE[what][:LONGEST_TEXT]] * 50})
    assert time.perf_counter() - started < 2
    assert len(kept["answer"]) < LONGEST_TEXT + 100


@pytest.mark.parametrize("before", range(2 * LONGEST_TEXT - 40, 2 * LONGEST_TEXT + 40, 7))
@pytest.mark.parametrize("fill", ["x", f" {SECRET} "])
def test_no_half_secret_stays_at_a_cut(before: int, fill: str) -> None:
    text = (fill * before)[:before] + SECRET + " " + "y" * 9_000
    kept = redact(text, secrets=[SECRET])
    assert SECRET[:6] not in kept
    assert kept.endswith("more]")


def test_addresses_are_still_hidden() -> None:
    text = "ask ada.lovelace+x@example.co.uk or bob%40example.com, eyJhbGciOi.eyJzdWIi.abc; /?userEmailName=ada&x=1"
    assert redact(text) == f"ask {HIDDEN} or {HIDDEN}, {HIDDEN}; /?userEmailName={HIDDEN}&x=1"
