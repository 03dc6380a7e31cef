"""What an event adds to the sums: pure decisions. Times are counted in whole milliseconds, so that sums are exact."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

BUCKET_SECONDS = (1, 2, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 7_200, 21_600, 86_400)
"""Upper ends, included, of the buckets that times to the end are counted in; one more counts all that took longer."""

ABANDONED = frozenset({"cancelled", "no_answer", "payment_cancelled", "payment_expired"})
"""Failure codes that say that the person did not go on: nothing was wrong."""

COUNTERS = (
    *("transactions", "amount_minor", "fee_minor", "overpaid_bps", "milliseconds", "confirmed", "confirm_milliseconds"),
)
"""The columns of the summary that are added up; its buckets are, too."""


UNUSED_AFTER = timedelta(minutes=30)
"""A price that was shown and not followed by what it was asked for within this time was left unused."""

ORDER_SLACK = timedelta(minutes=5)
"""By how much the times of events may go back along their order: clocks differ, and transactions are long."""

TREASURY_DEPOSIT = "treasury_deposit"
"""A deposit that is nobody's: the company's own coins on their way into its wallet."""

MONEY_IN, MONEY_OUT = frozenset({"deposit"}), frozenset({"send", "withdraw", "off_ramp"})
"""Types that bring money into the house or take it out. What is bought comes as a deposit, and counts as that."""


class Outcome(StrEnum):
    OPENED = "opened"
    COMPLETED = "completed"
    FAILED = "failed"
    ABANDONED = "abandoned"
    UNUSED = "unused"  # a price was shown, and nothing followed


class Period(StrEnum):
    HOUR = "1h"
    DAY = "1d"


def kind_of(*, type: str, user_id: str) -> str:
    """Return under which type a transaction is summed up."""
    return TREASURY_DEPOSIT if type == "deposit" and not user_id else type


def outcome(*, status: str, failure_code: str) -> Outcome:
    """Return what an end was: a transaction that completed as far as it had come has failed, too."""
    if not failure_code:
        return Outcome.COMPLETED if status == "completed" else Outcome.FAILED
    return Outcome.ABANDONED if failure_code in ABANDONED else Outcome.FAILED


def starts(at: datetime) -> Mapping[Period, datetime]:
    """Return the beginnings, in UTC, of the hour and the day that this moment is in."""
    hour = at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    return {Period.HOUR: hour, Period.DAY: hour.replace(hour=0)}


def milliseconds(since: datetime, until: datetime) -> int:
    """Return the time between the two; 0 where clocks of two machines say that it went backwards."""
    return max(0, (until - since) // timedelta(milliseconds=1))


def bucket_of(took_milliseconds: int) -> int:
    """Return the place of the bucket that this time is counted in."""
    return bisect_left(BUCKET_SECONDS, took_milliseconds / 1_000)


def no_buckets() -> list[int]:
    return [0] * (len(BUCKET_SECONDS) + 1)


def overpaid_bps(choice: Mapping[str, Any]) -> int:
    """
    Return by how many basis points the chosen company's price was above the cheapest one's; 0 if that is not known.

    `choice` is what providers.policy.Choice.as_json kept.
    """
    costs = {each["provider"]: Decimal(each["cost_bps"]) for each in choice.get("candidates", ())}
    chosen = costs.get(choice.get("provider", ""))
    return 0 if chosen is None else int(chosen - min(costs.values()))


def quantile_seconds(buckets: Iterable[int], share: Decimal) -> int | None:
    """
    Return the upper end of the bucket in which this share (0 to 1) of the times is reached.

    None if nothing was counted, or if it took longer than the longest bucket.
    """
    counts = list(buckets)
    wanted, seen = share * sum(counts), 0
    if not wanted:
        return None
    for end, count in zip(BUCKET_SECONDS, counts, strict=False):
        seen += count
        if seen >= wanted:
            return end
    return None
