"""The comparison of a decoded transaction with what was approved, field by field."""

from dataclasses import replace

import pytest

from chains.values import Output, Unsigned
from custody.base import Intent
from custody.policy import differences

OWN = ("ours-1", "ours-2", "change-1", "change-2")
INTENT = Intent("bitcoin", "them", 500, "", 20, ("change-1",), "txn_1")
PAID, CHANGE = Output("them", 500), Output("change-1", 80)
GOOD = Unsigned("bitcoin", b"", ("ours-1", "ours-2"), (PAID, CHANGE), 20, ("a:0", "a:1"))


def check(unsigned: Unsigned, intent: Intent = INTENT) -> list[str]:
    return differences(unsigned, intent, own_addresses=OWN)


def test_what_was_approved_passes() -> None:
    assert check(GOOD) == []
    assert check(replace(GOOD, outputs=(CHANGE, PAID), max_fee_minor=0)) == []
    assert check(replace(GOOD, outputs=(PAID,))) == []


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"network": "litecoin"}, ["network"]),
        ({"senders": ()}, ["senders", "replay_tokens"]),
        ({"senders": ("ours-1", "theirs")}, ["senders"]),
        ({"replay_tokens": ("a:0",)}, ["replay_tokens"]),
        ({"replay_tokens": ("a:0", "a:0")}, ["replay_tokens"]),
        ({"max_fee_minor": 21}, ["fee"]),
        ({"max_fee_minor": -1}, ["fee"]),
        ({"outputs": ()}, ["destination"]),
        ({"outputs": (CHANGE,)}, ["destination"]),
        ({"outputs": (Output("them", 499), CHANGE)}, ["amount"]),
        ({"outputs": (Output("them", 501), CHANGE)}, ["amount"]),
        ({"outputs": (Output("them", 500, "token"), CHANGE)}, ["asset"]),
        ({"outputs": (PAID, PAID)}, ["change"]),
        ({"outputs": (PAID, Output("theirs", 80))}, ["change"]),
        ({"outputs": (PAID, Output("change-2", 80))}, ["change"]),
        ({"outputs": (PAID, Output("change-1", 80, "token"))}, ["change"]),
        ({"outputs": (PAID, CHANGE, Output("them", 1))}, ["change"]),
    ],
)
def test_whatever_else_it_does_is_named(changed: dict[str, object], expected: list[str]) -> None:
    assert check(replace(GOOD, **changed)) == expected  # type: ignore[arg-type]


def test_listed_change_must_be_ours_too() -> None:
    forged = replace(INTENT, change_addresses=("theirs",))
    assert check(replace(GOOD, outputs=(PAID, Output("theirs", 80))), forged) == ["change"]


@pytest.mark.parametrize("minor", [0, -500])
def test_an_intent_without_an_amount_fits_nothing(minor: int) -> None:
    paid = Output("them", minor)
    assert check(replace(GOOD, outputs=(paid,)), replace(INTENT, minor=minor)) == ["amount"]


def test_change_is_in_the_asset_that_is_paid_or_the_native_one() -> None:
    """A payment of a token may divide what it leaves of that token, and of no other."""
    intent, paid = replace(INTENT, contract="token"), Output("them", 500, "token")
    for contract in ("token", ""):
        assert check(replace(GOOD, outputs=(paid, Output("change-1", 80, contract))), intent) == []
    assert check(replace(GOOD, outputs=(paid, Output("change-1", 80, "other"))), intent) == ["change"]
