"""A soak that has never been through something is not clean, however many laws have held."""

from collections import Counter

from tests.simulation.counting import ENOUGH, NEEDED, missing, told


def test_many_seeds_must_have_been_through_everything() -> None:
    happened = Counter(dict.fromkeys(NEEDED, 1))
    assert missing(happened, seeds=ENOUGH) == []
    happened["deposits taken back"] = 0
    assert missing(happened, seeds=ENOUGH) == ["deposits taken back"]
    assert missing(Counter(), seeds=ENOUGH) == list(NEEDED)


def test_few_seeds_need_not() -> None:
    assert missing(Counter(), seeds=ENOUGH - 1) == []


def test_counts_are_told_by_name() -> None:
    assert (
        told(Counter({"sends completed": 1_204, "failovers": 7})) == "        7  failovers\n    1,204  sends completed"
    )
