"""Money is a whole number of an asset's smallest unit. Decimals exist only at the edges."""

import re
from contextlib import AbstractContextManager
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

MAX_MINOR = 10**78 - 1
"""The largest amount a NUMERIC(78,0) column holds; above every uint256."""

_PLAIN_DECIMAL = re.compile(r"[0-9]{1,78}(\.[0-9]{1,78})?", re.ASCII)


class AmountInvalid(ValueError):
    """A text that is not an amount of this asset; the message says why, for a person."""


@dataclass(frozen=True, slots=True)
class Money:
    """An exact, signed amount: `minor` whole minor units of the asset named by its code."""

    minor: int
    asset: str

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise TypeError(f"minor units are an int, got {self.minor!r}")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other), self.asset)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other), self.asset)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.asset)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other)

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other)

    def __gt__(self, other: "Money") -> bool:
        return self.minor > self._same(other)

    def __ge__(self, other: "Money") -> bool:
        return self.minor >= self._same(other)

    def __bool__(self) -> bool:
        return self.minor != 0

    def _same(self, other: "Money") -> int:
        if self.asset != other.asset:
            raise TypeError(f"cannot mix {self.asset} and {other.asset}")
        return other.minor


def parse_amount(text: str, *, scale: int) -> int:
    """
    Return the whole minor units of a positive plain decimal such as "0.015".

    :raises AmountInvalid: for anything else: a sign, an exponent, a thousands separator,
        a non-ASCII digit, zero, more decimals than `scale`, or more than MAX_MINOR
    """
    if not _PLAIN_DECIMAL.fullmatch(text):
        raise AmountInvalid("Write the amount as digits with a dot for decimals, such as 0.015.")
    whole, _, fraction = text.partition(".")
    if len(fraction.rstrip("0")) > scale:
        raise AmountInvalid(f"At most {scale} decimals are possible here.")
    minor = int(whole + fraction.rstrip("0").ljust(scale, "0"))
    if minor > MAX_MINOR:
        raise AmountInvalid("This amount is too large.")
    if minor == 0:
        raise AmountInvalid("The amount must be more than zero.")
    return minor


def format_minor(minor: int, *, scale: int) -> str:
    """Return minor units as the shortest exact plain decimal: 1500000, scale 8 -> "0.015"."""
    digits = str(abs(minor)).rjust(scale + 1, "0")
    whole, fraction = (digits[:-scale], digits[-scale:].rstrip("0")) if scale else (digits, "")
    return ("-" if minor < 0 else "") + whole + (f".{fraction}" if fraction else "")


def exactly() -> AbstractContextManager[Context]:
    """
    Have Decimals within keep every digit of sums of amounts, and of amounts times prices, however large they are.

    Python's own 28 digits are fewer than an amount may have: sums would be rounded, and rounding to cents raise.
    """
    return localcontext(prec=200)


def to_decimal(minor: int, *, scale: int) -> Decimal:
    """Return minor units as an exact Decimal, for arithmetic with prices at the edges."""
    return Decimal(format_minor(minor, scale=scale))
