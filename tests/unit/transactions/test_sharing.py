"""A fee that several share: to the last unit, equal as far as it goes, and nobody above what they agreed to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from transactions.services.sharing import share

MOST = st.lists(st.integers(0, 10**9), min_size=1, max_size=60)


@given(MOST, st.data())
def test_shares_come_to_the_sum_and_none_is_above_its_most(most: list[int], data: st.DataObject) -> None:
    total = data.draw(st.integers(0, sum(most)))
    shares = share(total, most=most)
    assert shares is not None
    assert (len(shares), sum(shares)) == (len(most), total)
    assert all(0 <= each <= limit for each, limit in zip(shares, most, strict=True))
    # Whoever pays less than another by more than what does not divide pays all that they agreed to.
    top = max(shares)
    assert all(each >= top - 1 or each == limit for each, limit in zip(shares, most, strict=True))


@given(MOST, st.integers(1, 10**6))
def test_what_they_cannot_pay_together_is_not_shared(most: list[int], above: int) -> None:
    assert share(sum(most) + above, most=most) is None


@pytest.mark.parametrize(
    ("total", "most", "shares"),
    [
        (10, [10, 10, 10], [3, 3, 4]),
        (10, [2, 10, 10], [2, 4, 4]),
        (10, [10, 3, 3], [4, 3, 3]),
        (9, [1, 1, 7], [1, 1, 7]),
        (0, [0], [0]),
        (7, [7], [7]),
    ],
)
def test_examples(total: int, most: list[int], shares: list[int]) -> None:
    assert share(total, most=most) == shares
