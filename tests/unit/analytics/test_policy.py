"""What an event adds to the sums: decided without a database."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from analytics import policy
from analytics.policy import Outcome, Period

AT = datetime(2026, 11, 20, 12, 34, 56, 789_012, tzinfo=UTC)


@pytest.mark.parametrize(
    ("status", "failure_code", "expected"),
    [
        ("completed", "", Outcome.COMPLETED),
        ("failed", "failed_on_network", Outcome.FAILED),
        ("failed", "", Outcome.FAILED),
        ("completed", "given_up", Outcome.FAILED),  # as far as it had come
        ("failed", "cancelled", Outcome.ABANDONED),
        ("failed", "no_answer", Outcome.ABANDONED),
        ("failed", "payment_expired", Outcome.ABANDONED),
        ("failed", "payment_refunded", Outcome.FAILED),
    ],
)
def test_what_an_end_was(status: str, failure_code: str, expected: Outcome) -> None:
    assert policy.outcome(status=status, failure_code=failure_code) is expected


def test_periods_begin_in_utc() -> None:
    hour, day = datetime(2026, 11, 20, 12, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    assert policy.starts(AT) == {Period.HOUR: hour, Period.DAY: day}
    tokyo = AT.astimezone(timezone(timedelta(hours=9)))  # already the next evening there
    assert policy.starts(tokyo) == {Period.HOUR: hour, Period.DAY: day}


@pytest.mark.parametrize(
    ("took", "bucket"), [(0, 0), (1_000, 0), (1_001, 1), (2_000, 1), (86_400_000, 13), (86_400_001, 14)]
)
def test_buckets_include_their_upper_end(took: int, bucket: int) -> None:
    assert policy.bucket_of(took) == bucket
    assert bucket < len(policy.no_buckets())


def test_a_time_is_whole_milliseconds_and_never_negative() -> None:
    assert policy.milliseconds(AT, AT + timedelta(microseconds=1_999)) == 1
    assert policy.milliseconds(AT, AT - timedelta(seconds=1)) == 0


def test_the_quantile_is_the_end_of_the_bucket_it_falls_into() -> None:
    counts = policy.no_buckets()
    assert policy.quantile_seconds(counts, Decimal("0.95")) is None
    counts[0], counts[4] = 94, 6
    assert policy.quantile_seconds(counts, Decimal("0.5")) == 1
    assert policy.quantile_seconds(counts, Decimal("0.94")) == 1
    assert policy.quantile_seconds(counts, Decimal("0.95")) == 30
    counts[-1] = 100
    assert policy.quantile_seconds(counts, Decimal("0.95")) is None  # longer than the longest


def test_overpaying_is_what_the_chosen_one_costs_more_than_the_cheapest() -> None:
    candidates = [{"provider": "a", "cost_bps": "120.55"}, {"provider": "b", "cost_bps": "80.00"}]
    assert policy.overpaid_bps({"provider": "a", "candidates": candidates}) == 40
    assert policy.overpaid_bps({"provider": "b", "candidates": candidates}) == 0
    assert policy.overpaid_bps({"country": "DE"}) == 0


def test_deposits_of_nobody_are_the_companys_own() -> None:
    assert policy.kind_of(type="deposit", user_id="usr_1") == "deposit"
    assert policy.kind_of(type="deposit", user_id="") == "treasury_deposit"
    assert policy.kind_of(type="sweep", user_id="") == "sweep"
