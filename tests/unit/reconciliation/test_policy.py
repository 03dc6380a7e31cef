"""What may be set right without anybody being asked."""

import pytest

from reconciliation.base import NOWHERE, Place
from reconciliation.policy import may_help_itself, weight


@pytest.mark.parametrize(
    ("place", "lately", "may"),
    [
        (Place(treasury=100), 0, True),
        (Place(treasury=101), 0, False),
        (Place(deposits=-100), 0, True),
        (Place(treasury=60, deposits=60), 0, False),
        (Place(treasury=200, deposits=-200), 0, False),
        (Place(treasury=50), 50, True),
        (Place(treasury=50), 51, False),
        (NOWHERE, 0, False),
    ],
)
def test_up_to_the_threshold_and_no_more(place: Place, lately: int, may: bool) -> None:
    assert may_help_itself(place, threshold=100, corrected_lately=lately) is may


def test_no_threshold_no_help() -> None:
    assert not may_help_itself(Place(treasury=1), threshold=0, corrected_lately=0)


def test_one_part_does_not_excuse_the_other() -> None:
    assert weight(Place(treasury=5, deposits=-5)) == 5
    assert weight(Place(treasury=5, deposits=5)) == 10
    assert weight(Place(treasury=-5, deposits=2)) == 5


def test_places_add_up() -> None:
    assert Place(1, 2).plus(Place(3, -5)) == Place(4, -3)
    assert Place(1, 2).less(Place(3, -5)) == Place(-2, 7)
    assert Place(4, -3).total == 1
