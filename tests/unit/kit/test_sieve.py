from hypothesis import given
from hypothesis import strategies as st

from kit.sieve import Sieve


@given(st.sets(st.text(max_size=60), max_size=300), st.integers(0, 500))
def test_what_was_added_passes_whatever_the_size(texts, expected):
    sieve = Sieve(expected=expected)
    sieve.add(texts)
    assert set(sieve.passing(texts)) == texts
    assert sieve.count <= len(texts)


def test_few_strangers_pass_even_where_there_is_no_room_left():
    sieve = Sieve(expected=10_000)
    sieve.add(f"ours {number}" for number in range(sieve.room))
    passed = sieve.passing(f"stranger {number}" for number in range(20_000))
    assert len(passed) < 20_000 // 50
    assert sieve.count > sieve.room * 0.97


def test_what_is_added_again_is_not_counted_again():
    sieve = Sieve(expected=10)
    sieve.add(["a", "b"])
    sieve.add(["a", "b"])
    assert sieve.count == 2


def test_a_million_take_eight_megabytes():
    assert len(Sieve(expected=1_000_000)._bytes) == 8 * 2**20
