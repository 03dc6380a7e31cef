"""Which prices are believed: exact figures, and who is left out for which reason."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rates.policy import Heard, Outcome, Rules, Verdict, judge, median

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
RULES = Rules(minimum_sources=2, max_age_seconds=180, outlier_percent=Decimal(2))


def heard(*prices: str, age: int = 10) -> list[Heard]:
    at = NOW - timedelta(seconds=age)
    return [Heard(name, Decimal(price), at) for name, price in zip("abcdefgh", prices, strict=False)]


def verdicts(outcome: Outcome) -> str:
    """One letter per source: u(sed), n(o answer), i(nvalid), s(tale), f(rom the future), o(utlier)."""
    letters = {Verdict.AHEAD: "f"}
    return "".join(letters.get(each.verdict, each.verdict[0]) for each in outcome.sources)


@pytest.mark.parametrize(
    ("prices", "price", "judged"),
    [
        (["100", "101", "102"], "101", "uuu"),
        (["102", "100", "101"], "101", "uuu"),  # whoever comes first
        (["100", "101", "102", "103"], "101.5", "uuuu"),  # of an even number: half-way
        (["100", "100"], "100", "uu"),  # a tie
        (["100", "100", "100", "130"], "100", "uuuo"),  # one lies
        (["100", "101", "70"], "100.5", "uuo"),
        (["100", "102"], "101", "uu"),
        (["100", "100", "102"], "100", "uuu"),  # exactly 2 % away is not further than 2 %
        (["100", "100", "102.000000000000000001"], "100", "uuo"),
        (["0.000000000000000003", "0.000000000000000003"], "0.000000000000000003", "uu"),
    ],
)
def test_the_price_is_the_median_of_those_who_agree(prices: list[str], price: str, judged: str) -> None:
    outcome = judge(heard(*prices), rules=RULES, now=NOW)
    assert (outcome.price, verdicts(outcome)) == (Decimal(price), judged)
    assert outcome.at == NOW - timedelta(seconds=10)


@pytest.mark.parametrize(
    ("prices", "judged"),
    [
        ([], ""),
        (["100"], "u"),  # one alone, however right
        (["100", "130"], "oo"),  # two that disagree: nobody knows who lies
        (["100", "100", "130", "130"], "oooo"),  # half of them lie
        (["100", "110", "121"], "ouo"),  # nobody agrees with anybody
        (["100", "0"], "ui"),
        (["100", "-100"], "ui"),
        (["100", "NaN"], "ui"),
        (["100", "Infinity"], "ui"),
        (["100", "1e20"], "ui"),
        (["100", "0.0000000000000000001"], "ui"),
    ],
)
def test_where_too_few_agree_there_is_no_price(prices: list[str], judged: str) -> None:
    outcome = judge(heard(*prices), rules=RULES, now=NOW)
    assert (outcome.price, outcome.at, verdicts(outcome)) == (None, None, judged)


@pytest.mark.parametrize(
    ("age", "judged"), [(0, "uu"), (180, "uu"), (181, "us"), (10_000, "us"), (-30, "uu"), (-31, "uf")]
)
def test_age_is_counted_by_the_sources_own_time(age: int, judged: str) -> None:
    told = [*heard("100", age=0), Heard("z", Decimal(100), NOW - timedelta(seconds=age))]
    outcome = judge(told, rules=RULES, now=NOW)
    assert verdicts(outcome) == judged
    assert outcome.at == (None if judged != "uu" else NOW - timedelta(seconds=max(age, 0)))


def test_the_price_is_as_old_as_its_oldest_source_and_those_left_out_do_not_count() -> None:
    told = [
        Heard("a", Decimal(100), NOW - timedelta(seconds=3)),
        Heard("b", Decimal(100), NOW - timedelta(seconds=90)),
        Heard("liar", Decimal(130), NOW - timedelta(seconds=120)),
        Heard("silent", failure="timeout"),
        Heard("asleep", Decimal(100), NOW - timedelta(seconds=999)),
    ]
    outcome = judge(told, rules=RULES, now=NOW)
    assert (outcome.price, outcome.used, verdicts(outcome)) == (Decimal(100), 2, "uuons")
    assert outcome.at == NOW - timedelta(seconds=90)
    assert [each.heard for each in outcome.sources] == told


def test_a_stale_liar_moves_nothing() -> None:
    told = [*heard("100", "100"), *[Heard(name, Decimal(1), NOW - timedelta(days=1)) for name in "xyz"]]
    assert judge(told, rules=RULES, now=NOW).price == Decimal(100)


def test_the_minimum_is_a_rule_and_never_nothing() -> None:
    one = Rules(minimum_sources=1, max_age_seconds=180, outlier_percent=Decimal(2))
    assert judge(heard("100"), rules=one, now=NOW).price == Decimal(100)
    assert judge([], rules=Rules(0, 180, Decimal(2)), now=NOW).price is None
    three = Rules(minimum_sources=3, max_age_seconds=180, outlier_percent=Decimal(2))
    assert judge(heard("100", "100"), rules=three, now=NOW).price is None
    assert judge(heard("100", "100", "100"), rules=three, now=NOW).price == Decimal(100)


def test_medians_are_exact() -> None:
    assert median([Decimal("0.1"), Decimal("0.2")]) == Decimal("0.15")
    assert median([Decimal(3), Decimal(1), Decimal(2)]) == 2
    assert median([Decimal(7)]) == 7


@given(
    honest=st.lists(st.integers(9_950, 10_050), min_size=2, max_size=6),
    lies=st.lists(st.integers(1, 10**9), max_size=3),
)
def test_fewer_liars_than_honest_sources_never_move_the_price_beyond_them(honest: list[int], lies: list[int]) -> None:
    lies = lies[: len(honest) - 1]
    told = [Heard(str(index), Decimal(price), NOW) for index, price in enumerate([*honest, *lies])]
    price = judge(told, rules=RULES, now=NOW).price
    assert price is None or Decimal(min(honest)) * Decimal("0.98") <= price <= Decimal(max(honest)) * Decimal("1.02")
