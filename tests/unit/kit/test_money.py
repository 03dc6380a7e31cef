"""Money is exact: what is written is what is read, and nothing is rounded on the way."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.fields import MinorUnitsField
from kit.money import MAX_MINOR, AmountInvalid, Money, exactly, format_minor, parse_amount, to_decimal

minors = st.integers(min_value=1, max_value=MAX_MINOR)
scales = st.integers(min_value=0, max_value=36)


@given(minors, scales)
def test_what_is_written_is_what_is_read(minor: int, scale: int) -> None:
    assert parse_amount(format_minor(minor, scale=scale), scale=scale) == minor


@given(st.integers(min_value=-MAX_MINOR, max_value=MAX_MINOR), scales)
def test_what_is_written_is_the_exact_value_in_its_shortest_form(minor: int, scale: int) -> None:
    text = format_minor(minor, scale=scale)
    assert Decimal(text).scaleb(0).as_tuple().exponent >= -scale  # type: ignore[operator]
    numerator, denominator = to_decimal(minor, scale=scale).as_integer_ratio()
    assert numerator * 10**scale == minor * denominator
    assert "." not in text or text[-1] not in "0."
    assert text.lstrip("-")[0] != "0" or text.lstrip("-")[1:2] in {"", "."}
    assert text != "-0"


@pytest.mark.parametrize(
    ("minor", "scale", "text"),
    [
        (0, 8, "0"),
        (1, 8, "0.00000001"),
        (1_500_000, 8, "0.015"),
        (100_000_000, 8, "1"),
        (-1, 18, "-0.000000000000000001"),
        (1200, 0, "1200"),
        (120_000_000_000, 8, "1200"),
        (2**256 - 1, 18, "115792089237316195423570985008687907853269984665640564039457.584007913129639935"),
    ],
)
def test_known_amounts(minor: int, scale: int, text: str) -> None:
    assert format_minor(minor, scale=scale) == text


@pytest.mark.parametrize(
    ("text", "scale", "minor"),
    [
        ("0.015", 8, 1_500_000),
        ("0.0150000000000", 8, 1_500_000),
        ("00012", 2, 1200),
        ("1", 0, 1),
        ("1.0", 0, 1),
        ("0.00000001", 8, 1),
    ],
)
def test_amounts_as_people_write_them(text: str, scale: int, minor: int) -> None:
    assert parse_amount(text, scale=scale) == minor


@pytest.mark.parametrize(
    "text",
    [
        *["", " ", "0", "0.00", "-1", "+1", "1e3", "1E-2", "0x10", "1_000", "1,5", "1,000.5", ".5", "1.", "1.2.3"],
        *["NaN", "Infinity", " 1", "1 ", "1\n", "١", "１", "1" * 79, "0.000000001", "9" * 78],
    ],
)
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountInvalid):
        parse_amount(text, scale=8)


@given(st.text(max_size=20), scales)
def test_any_text_is_an_exact_amount_or_refused(text: str, scale: int) -> None:
    try:
        minor = parse_amount(text, scale=scale)
    except AmountInvalid:
        return
    assert 0 < minor <= MAX_MINOR
    assert Decimal(text) == to_decimal(minor, scale=scale)


@given(st.integers(), st.integers())
def test_arithmetic_is_that_of_whole_numbers(one: int, two: int) -> None:
    a, b = Money(one, "BTC"), Money(two, "BTC")
    assert (a + b).minor == one + two
    assert a - b == -(b - a)
    assert (a < b, a <= b, a > b, a >= b, a == b) == (one < two, one <= two, one > two, one >= two, one == two)
    assert bool(a) == (one != 0)


def test_assets_do_not_mix() -> None:
    one, other = Money(1, "BTC"), Money(1, "ETH")
    for mix in (lambda: one + other, lambda: one - other, lambda: one < other, lambda: one >= other):
        with pytest.raises(TypeError):
            mix()
    assert one != other


@pytest.mark.parametrize("minor", [1.0, "1", Decimal(1), True, None])
def test_money_is_made_of_whole_numbers_only(minor: object) -> None:
    with pytest.raises(TypeError):
        Money(minor, "BTC")  # type: ignore[arg-type]


@pytest.mark.parametrize(("value", "stored"), [(7, 7), (Decimal(7), 7), (Decimal("7.00"), 7), ("7", 7), (None, None)])
def test_a_column_takes_whole_numbers(value: object, stored: int | None) -> None:
    assert MinorUnitsField().to_python(value) == stored


@pytest.mark.parametrize("value", [1.5, Decimal("1.5"), "1.5", 0.1, Decimal("NaN")])
def test_a_column_never_cuts_a_fraction_off(value: object) -> None:
    with pytest.raises((TypeError, ValueError)):
        MinorUnitsField().to_python(value)


def test_sums_of_the_largest_amounts_keep_every_digit() -> None:
    with exactly():
        total = 1_000_000 * to_decimal(MAX_MINOR, scale=18) + to_decimal(1, scale=18)
    assert total == to_decimal(1_000_000 * MAX_MINOR + 1, scale=18)
