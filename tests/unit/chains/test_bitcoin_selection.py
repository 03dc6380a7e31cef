"""Picking from numbers: against every set there is, and within so many steps."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chains.adapters import bitcoin_selection
from chains.adapters.bitcoin_coins import Payee, Target, choose
from chains.adapters.bitcoin_selection import draw, exact
from chains.errors import PaymentImpossible
from tests.factories.chains import coin

DESCENDING = st.lists(st.integers(1, 60), max_size=10).map(lambda values: sorted(values, reverse=True))


@given(
    values=DESCENDING,
    low=st.integers(1, 200),
    window=st.integers(0, 20),
    cost=st.integers(0, 9),
    most=st.integers(1, 10),
)
def test_no_set_there_is_wastes_less(values, low, window, cost, most):
    sets = (places for size in range(1, most + 1) for places in combinations(range(len(values)), size))

    def waste(places):
        return len(places) * cost + sum(values[place] for place in places) - low

    fitting = [waste(places) for places in sets if low <= sum(values[place] for place in places) <= low + window]
    found = exact(values, low=low, high=low + window, cost=cost, most=most)
    assert (found is None) == (not fitting)
    if found is not None:
        assert waste(found) == min(fitting)
        assert low <= sum(values[place] for place in found) <= low + window
        assert len(set(found)) == len(found) <= most


def test_a_known_example():
    # Bitcoin Core's tests of SelectCoinsBnB, with the effective values written out
    assert exact([4, 3, 2, 1], low=1, high=1, cost=0, most=4) == (3,)
    assert exact([4, 3, 2, 1], low=5, high=5, cost=1, most=4) in {(0, 3), (1, 2)}
    assert exact([4, 3, 2, 1], low=10, high=10, cost=0, most=4) == (0, 1, 2, 3)
    assert exact([4, 3, 2, 1], low=11, high=20, cost=0, most=4) is None


@pytest.mark.parametrize("values", [[], [5] * 2_000, [2 * number for number in range(2_000, 0, -1)]])
def test_two_thousand_coins_that_never_match_end_within_so_many_tries(values, monkeypatch):
    looked_at = []

    class Counting(list[int]):
        def __getitem__(self, place):
            looked_at.append(place)
            return super().__getitem__(place)

    monkeypatch.setattr(bitcoin_selection, "TRIES", 500)
    assert exact(Counting(values), low=100_001, high=100_001, cost=1, most=2_000) is None
    assert len(looked_at) <= 500 * 4


@given(values=DESCENDING, low=st.integers(1, 200), most=st.integers(1, 10), seed=st.binary(max_size=3))
def test_a_draw_reaches_what_is_asked_for_or_cannot(values, low, most, seed):
    found = draw(values, low=low, most=most, seed=seed)
    assert found == draw(values, low=low, most=most, seed=seed)
    if found is None:
        assert sum(values[:most]) < low
    else:
        assert sum(values[place] for place in found) >= low
        assert len(set(found)) == len(found) <= most


def test_two_thousand_coins_pay():
    purse = [coin(20_000 + 37 * number, number=number) for number in range(2_000)]
    script, change = b"\x00\x14" + b"\x11" * 20, b"\x00\x14" + b"\x22" * 20
    for minor in (15_000, 1_234_567, 50_000_000):
        choice = choose(coins=purse, target=Target((Payee(minor, script),), change, 12_345, seed=b"seed"))
        assert sum(each.minor for each in choice.coins) == minor + choice.change_minor + choice.fee_minor
    with pytest.raises(PaymentImpossible, match="too many small coins"):
        choose(coins=purse, target=Target((Payee(100_000_000, script),), change, 12_345))
