"""At most one can land, as a decision over what was signed and what blocks have shown."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transactions.services.conflicts import ConflictSet, may_sign_again

NONCE = ConflictSet(frozenset({"0xabc:7"}))
COINS = ConflictSet(frozenset({"aa:0", "aa:1"}))
BOUND = ConflictSet(frozenset({"signer:block:digest"}), last_block=100)


@pytest.mark.parametrize(
    ("earlier", "tokens", "read_to", "proved"),
    [
        ([], {"0xabc:7"}, 0, True),
        ([NONCE], {"0xabc:7"}, 0, True),
        ([NONCE], {"0xabc:8"}, 10**9, False),  # another number: both would land
        ([COINS], {"aa:1", "bb:0"}, 0, True),
        ([COINS], {"bb:0"}, 0, False),  # no input in common
        ([COINS, ConflictSet(frozenset({"bb:0"}))], {"aa:0"}, 0, False),  # one with EVERY earlier attempt
        ([COINS, ConflictSet(frozenset({"bb:0"}), is_dead=True)], {"aa:0"}, 0, True),
        ([BOUND], {"signer:other:digest"}, 100, False),  # the last block that can hold it may be this one
        ([BOUND], {"signer:other:digest"}, 101, True),
        ([ConflictSet(BOUND.tokens, 100, is_seen=True)], {"signer:other:digest"}, 10**9, False),  # it has landed
        ([ConflictSet(NONCE.tokens, has_landed=True)], {"0xabc:7"}, 10**9, False),
    ],
)
def test_what_is_proved(earlier: list[ConflictSet], tokens: set[str], read_to: int, proved: bool) -> None:
    assert may_sign_again(earlier, tokens=tokens, read_to=read_to) is proved


TOKENS = st.frozensets(st.sampled_from("abcde"), min_size=1)


@given(st.lists(st.tuples(TOKENS, st.none() | st.integers(1, 12)), max_size=5), st.integers(0, 14))
def test_of_all_that_it_lets_be_signed_no_two_land_in_one_chain(
    wanted: list[tuple[frozenset[str], int | None]], read_to: int
) -> None:
    """Any two that were let through share a token, or one of them can be in no block after those that were read."""
    signed: list[ConflictSet] = []
    for tokens, last_block in wanted:
        if may_sign_again(signed, tokens=tokens, read_to=read_to):
            signed.append(ConflictSet(tokens, last_block))
    for one, other in itertools.combinations(signed, 2):
        has_passed = one.last_block is not None and one.last_block < read_to
        assert one.tokens & other.tokens or has_passed
