"""When what is there covers what is owed, and when sends halt."""

from datetime import UTC, datetime, timedelta

import pytest

from solvency.policy import Figures, Resumed, Seen, ratio, reason_to_halt

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)


def seen(*found: int | None, minutes: int = 3) -> list[Seen]:
    """Readings, the newest first: what was missing, or None where nobody could say."""
    return [Seen(NOW - timedelta(minutes=minutes * age), missing, missing == 0) for age, missing in enumerate(found)]


def test_the_ledger_is_ahead_of_a_block_and_behind_it() -> None:
    assert Figures(100, 100).missing == 0
    assert Figures(100, 99).missing == 1
    assert Figures(130, 100, arriving=30).missing == 0  # credited, and in no final block yet
    assert Figures(60, 100, leaving=40).missing == 0  # settled, and in no final block yet
    assert Figures(60, 99, leaving=40).missing == 1
    assert Figures(100, 60, settling=40).missing == 0  # gone, and still in the balance it is held in
    assert Figures(100, 100, in_transit=40).missing == 0


@pytest.mark.parametrize(("ppm", "reserves", "covered"), [(0, 999_999, False), (1, 999_999, True), (1, 999_998, False)])
def test_the_tolerance(ppm: int, reserves: int, covered: bool) -> None:
    assert Figures(1_000_000, reserves).is_covered(tolerance_ppm=ppm) is covered


@pytest.mark.parametrize(
    ("found", "halts"),
    [
        ([], False),
        ([5], False),
        ([0, 0], False),
        ([5, 0], False),
        ([0, 5], False),
        ([5, 5], True),
        ([5, 0, 5, 5], False),
        ([5, None, 5], True),  # those that could not say lie between
        ([None, 5, 5], True),
        ([None, None, 0], False),
    ],
)
def test_two_short_readings_in_a_row_halt(found: list[int | None], halts: bool) -> None:
    assert bool(reason_to_halt(seen(*found), resumed=None, blind_after=HOUR)) is halts


def test_nobody_knowing_for_too_long_halts_too() -> None:
    dark = [None] * 20
    assert not reason_to_halt(seen(*dark), resumed=None, blind_after=HOUR)
    assert "could not say" in reason_to_halt(seen(*dark, None), resumed=None, blind_after=HOUR)
    assert reason_to_halt(seen(*dark, 0), resumed=None, blind_after=HOUR)
    assert not reason_to_halt(seen(0, *dark, None), resumed=None, blind_after=HOUR)
    lately = Resumed(NOW - timedelta(minutes=30), 0)
    assert not reason_to_halt(seen(*dark, None), resumed=lately, blind_after=HOUR)


def test_what_two_people_know_to_be_missing_halts_no_more_until_it_was_made_good() -> None:
    resumed = Resumed(NOW - timedelta(minutes=10), 5)
    assert not reason_to_halt(seen(5, 5, 5, 5), resumed=resumed, blind_after=HOUR)
    assert reason_to_halt(seen(6, 6, 5, 5), resumed=resumed, blind_after=HOUR)
    assert not reason_to_halt(seen(6, 5, 5), resumed=resumed, blind_after=HOUR)
    assert reason_to_halt(seen(5, 5, 0, 5), resumed=resumed, blind_after=HOUR)


@pytest.mark.parametrize(
    ("assets", "liabilities", "shown"),
    [
        (100, 100, "1.0000"),
        (99_999, 100_000, "0.9999"),
        (0, 5, "0.0000"),
        (5, 0, ""),
        (-5, 5, "0.0000"),
        (3, 2, "1.5000"),
    ],
)
def test_the_ratio_is_never_rounded_up(assets: int, liabilities: int, shown: str) -> None:
    assert ratio(assets, liabilities) == shown
