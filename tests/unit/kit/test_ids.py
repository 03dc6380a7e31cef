"""Ids: told apart by their prefix, in the order of their making, and never the same twice."""

import time
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.ids import LENGTH, is_id, new_id

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


def value_of(text: str) -> uuid.UUID:
    value = 0
    for character in text[4:]:
        value = value << 5 | ALPHABET.index(character)
    return uuid.UUID(int=value)


def test_an_id_is_a_version_7_uuid_of_now() -> None:
    before = time.time_ns() // 1_000_000
    made = value_of(new_id("txn"))
    after = time.time_ns() // 1_000_000
    assert made.version == 7
    assert made.variant == uuid.RFC_4122
    assert before <= made.int >> 80 <= after


def test_later_ids_sort_later(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [0, 1, 1_763_000_000_000, 1_763_000_000_001, 2**48 - 1]
    made = []
    for moment in moments:
        monkeypatch.setattr(time, "time_ns", lambda moment=moment: moment * 1_000_000)
        made.append(new_id("wal"))
    assert made == sorted(made)
    assert [value_of(one).int >> 80 for one in made] == moments


def test_no_two_are_the_same() -> None:
    assert len({new_id("usr") for _ in range(10_000)}) == 10_000


def test_a_new_id_is_an_id_of_its_prefix_only() -> None:
    made = new_id("dep")
    assert len(made) == LENGTH
    assert is_id(made, "dep")
    assert not is_id(made, "wal")


@pytest.mark.parametrize("prefix", ["", "tx", "long"])
def test_a_prefix_has_three_letters(prefix: str) -> None:
    with pytest.raises(AssertionError):
        new_id(prefix)


@given(st.text(max_size=40))
def test_any_other_text_is_none(text: str) -> None:
    assert not is_id(text, "txn") or (len(text) == LENGTH and set(text[4:]) <= set(ALPHABET))


@pytest.mark.parametrize(
    "change", [str.upper, lambda text: text + "\n", lambda text: text[:-1], lambda text: text + "0"]
)
def test_a_changed_id_is_none(change: object) -> None:
    assert not is_id(change(new_id("txn")), "txn")  # type: ignore[operator]


@pytest.mark.parametrize("letter", "ilouILOU-_ ")
def test_letters_that_are_mistaken_for_others_do_not_occur(letter: str) -> None:
    assert not is_id(new_id("txn")[:-1] + letter, "txn")
