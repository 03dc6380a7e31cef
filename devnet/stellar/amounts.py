"""Stroops (ten-millionths of a unit, whole numbers) and the seven-decimal strings of Horizon."""

from decimal import Decimal

STROOPS = 10_000_000
MOST_STROOPS = 2**63 - 1


def to_stroops(amount: str | Decimal) -> int:
    """:raises ValueError: if it is finer than a stroop, negative or above 2**63 - 1"""
    stroops = Decimal(amount) * STROOPS
    if stroops != stroops.to_integral_value() or not 0 <= stroops <= MOST_STROOPS:
        raise ValueError(amount)
    return int(stroops)


def to_text(stroops: int) -> str:
    """Return 15000000 as 1.5000000."""
    return f"{stroops // STROOPS}.{stroops % STROOPS:07d}"
