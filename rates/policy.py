"""Which prices to believe: a pure decision over what the sources said."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

PRECISION = Decimal(1).scaleb(-18)
"""Prices are kept to 18 decimals."""

LARGEST = Decimal(10) ** 20
"""What the column holds: 38 digits, 18 of them decimals."""


class Verdict(StrEnum):
    """What became of one source's word in one round."""

    USED = "used"
    NO_ANSWER = "no_answer"  # it failed, came too late, or does not know the pair
    INVALID = "invalid"  # not a price that can be: nothing, less than nothing, or absurdly much
    STALE = "stale"  # by its own clock
    AHEAD = "ahead"  # it claims to know the future: one of the two clocks is wrong
    OUTLIER = "outlier"


@dataclass(frozen=True)
class Heard:
    """What one source said of one pair; `price` and `at` (the source's own time) are None where it did not answer."""

    source: str
    price: Decimal | None = None
    at: datetime | None = None
    failure: str = ""  # why there was no answer, as ProviderUnavailable.kind or the like


@dataclass(frozen=True)
class Judged:
    heard: Heard
    verdict: Verdict


@dataclass(frozen=True)
class Rules:
    """`minimum_sources` must remain; a source may be `max_age_seconds` old and `outlier_percent` off the median."""

    minimum_sources: int
    max_age_seconds: int
    outlier_percent: Decimal
    ahead_seconds: int = 30


@dataclass(frozen=True)
class Outcome:
    """The price of one round, or None; `at` is the time of its oldest source, never later than the round's."""

    price: Decimal | None
    at: datetime | None
    sources: tuple[Judged, ...]

    @property
    def used(self) -> int:
        return sum(each.verdict == Verdict.USED for each in self.sources)


def judge(heard: Sequence[Heard], *, rules: Rules, now: datetime) -> Outcome:
    """
    Return the median of the sources that are fresh and agree, or no price where too few do.

    A source is an outlier when it is more than `outlier_percent` away from the median of all fresh
    ones. One liar among three or more is left out and moves the price no further than to a neighbour.
    Where half of them lie, or two that are alone disagree, the median lies between the camps and
    everybody is an outlier: then there is no price, because nobody can tell who is right.
    """
    judged = [Judged(each, _alone(each, rules, now)) for each in heard]
    fresh = [each.heard.price for each in judged if each.verdict == Verdict.USED and each.heard.price is not None]
    if fresh:
        middle = median(fresh)
        furthest = middle * rules.outlier_percent / 100
        judged = [_among(each, middle, furthest) for each in judged]
    used = [each.heard for each in judged if each.verdict == Verdict.USED]
    if len(used) < max(1, rules.minimum_sources):
        return Outcome(None, None, tuple(judged))
    price = median([each.price for each in used if each.price is not None])
    at = min([each.at for each in used if each.at is not None])
    return Outcome(price.quantize(PRECISION, rounding=ROUND_HALF_EVEN), min(at, now), tuple(judged))


def median(prices: Sequence[Decimal]) -> Decimal:
    """Return the middle one, or half-way between the two middle ones; there must be one at least."""
    ordered = sorted(prices)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def _alone(heard: Heard, rules: Rules, now: datetime) -> Verdict:
    """Judge a source by itself."""
    if heard.price is None or heard.at is None:
        return Verdict.NO_ANSWER
    if not heard.price.is_finite() or not PRECISION <= heard.price < LARGEST:
        return Verdict.INVALID
    if heard.at < now - timedelta(seconds=rules.max_age_seconds):
        return Verdict.STALE
    if heard.at > now + timedelta(seconds=rules.ahead_seconds):
        return Verdict.AHEAD
    return Verdict.USED


def _among(judged: Judged, middle: Decimal, furthest: Decimal) -> Judged:
    price = judged.heard.price
    if judged.verdict != Verdict.USED or price is None or abs(price - middle) <= furthest:
        return judged
    return Judged(judged.heard, Verdict.OUTLIER)
