"""Consumers that are killed (SIGKILL) at any moment: every event is added up exactly once."""

import itertools
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from analytics import services
from analytics.models import EventCount, TransactionSummary
from analytics.services import adding
from tests.factories.analytics import SENT, consume_all, everything, live
from tests.factories.crash import Reaper, run_process

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def _read(reaper: Reaper) -> None:
    """Add up three events at a time until there are none; the process may die at any of its moments."""
    while services.consume(limit=3):
        pass


def _read_halfway(reaper: Reaper) -> None:
    """Let the process die with sums written, and neither the others nor the cursor's move."""
    add_sums, add_events = adding.add_sums, adding.add_events

    def summed(*arguments: object) -> None:
        add_sums(*arguments)  # type: ignore[arg-type]
        reaper.pass_by("sums written")

    def counted(*arguments: object) -> None:
        add_events(*arguments)  # type: ignore[arg-type]
        reaper.pass_by("everything written but the cursor")

    adding.add_sums, adding.add_events = summed, counted  # type: ignore[assignment]
    _read(reaper)


@pytest.mark.parametrize("work", [_read, _read_halfway])
def test_every_event_is_added_up_once_wherever_its_consumer_dies(work: Callable[[Reaper], None]) -> None:
    deaths = 0
    for moment in itertools.count(1):
        live(SENT, now=NOW, fee="0.00000100")
        outcome = run_process(work, kill_at=moment, networks=[])
        consume_all()
        sent = TransactionSummary.objects.get(period="1d", outcome="completed")
        assert (sent.transactions, sent.fee_minor, sent.milliseconds) == (moment, 100 * moment, 62_000 * moment)
        assert EventCount.objects.get(type="transaction.completed").events == moment
        if outcome.is_done:
            break
        deaths += 1
    assert deaths >= 3
    before = everything()
    services.rebuild()
    assert everything() == before


def test_sums_whose_making_dies_are_the_old_ones() -> None:
    live(SENT, now=NOW)
    consume_all()
    before = everything()

    def work(reaper: Reaper) -> None:
        _watch_sums(reaper)
        services.rebuild(limit=3)

    outcome = run_process(work, kill_at=2, networks=[])
    assert outcome.moment == "sums written"
    assert everything() == before
    assert consume_all() == 0


def _watch_sums(reaper: Reaper) -> None:
    add_sums = adding.add_sums

    def summed(*arguments: object) -> None:
        add_sums(*arguments)  # type: ignore[arg-type]
        reaper.pass_by("sums written")

    adding.add_sums = summed  # type: ignore[assignment]
