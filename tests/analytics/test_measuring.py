"""What is measured every few seconds: exact figures, few queries, one row for whoever scrapes."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext

from analytics import services
from analytics.base import Family
from analytics.models import Figures, Sample
from analytics.queries.behind import Behind, behind
from events import stream
from events.stream import START
from tests.factories.analytics import CANCELLED, SENT, TRANSFERRED, consume_all, live

pytestmark = pytest.mark.django_db(transaction=True)


def measured(now: datetime) -> dict[str, Any]:
    """Return the figures of a look taken now: name to samples by their labels."""
    services.measure(now=now)
    return {
        family["name"]: {tuple(labels): value for labels, value in family["samples"]}
        for family in Figures.objects.get().data
    }


def test_the_sums_become_figures(now: datetime) -> None:
    for _ in range(3):
        live(SENT, now=now, fee="0.00001000")
    live(CANCELLED, now=now, failure_code="cancelled")
    live(CANCELLED, now=now, failure_code="failed_on_network")
    live(TRANSFERRED, now=now, type="transfer", network="ethereum", asset="ETH", amount_minor=25 * 10**17)
    live(TRANSFERRED, now=now, type="on_ramp", provider="moonpay", user_id="usr_2")
    live(SENT[:3], now=now - timedelta(hours=25))
    consume_all()
    found = measured(now)
    assert found["holdfast_summary_transactions"] == {
        ("send", "bitcoin", "opened", ""): 6,
        ("send", "bitcoin", "completed", ""): 3,
        ("send", "bitcoin", "abandoned", "cancelled"): 1,
        ("send", "bitcoin", "failed", "failed_on_network"): 1,
        ("transfer", "ethereum", "opened", ""): 1,
        ("transfer", "ethereum", "completed", ""): 1,
        ("on_ramp", "bitcoin", "opened", ""): 1,
        ("on_ramp", "bitcoin", "completed", ""): 1,
    }
    assert found["holdfast_summary_provider_transactions"] == {("moonpay", "on_ramp", "completed"): 1}
    counts, seconds = found["holdfast_transaction_seconds"]["send",]
    assert (counts, seconds) == ([0, 0, 0, 0, 0, 0, *[3] * 9], 186)
    assert found["holdfast_confirmation_seconds"] == {("bitcoin", "send"): [3, 180]}
    assert found["holdfast_volume"]["transfer", "ETH"] == "2.5"
    assert found["holdfast_volume"]["send", "BTC"] == "0.045"
    assert found["holdfast_fees"] == {("send", "BTC"): "0.00003"}
    assert found["holdfast_summary_open"] == found["holdfast_summary_open_long"] == {("send",): 1}
    day = now.replace(hour=0, minute=0).timestamp()
    assert found["holdfast_failure_first_seen_seconds"] == {("send", "failed_on_network"): day}
    assert found["holdfast_active_people"] == {("send",): 1, ("transfer",): 1, ("on_ramp",): 1}
    assert found["holdfast_events"]["transaction.completed",] == 5
    assert found["holdfast_provider_overpaid_bps"] == {("moonpay",): 0}
    assert found["holdfast_summary_skipped"] == {(): 0}


def test_money_is_kept_to_the_last_minor_unit(now: datetime) -> None:
    wei = 123_456_789_012_345_678_901_234_567  # more digits than a float holds
    live(TRANSFERRED, now=now, type="transfer", network="ethereum", asset="ETH", amount_minor=wei)
    consume_all()
    assert measured(now)["holdfast_volume"]["transfer", "ETH"] == "123456789.012345678901234567"


def test_a_look_asks_few_queries_however_much_there_is(now: datetime) -> None:
    for number in range(12):
        live(SENT, now=now + timedelta(hours=number), fee="0.00001000", type=f"type{number}")
    consume_all()
    with CaptureQueriesContext(connections["rates"]) as rates, CaptureQueriesContext(connections["default"]) as core:
        services.measure(now=now)
    assert len(rates) <= 22
    assert len(core) <= 26


def test_how_far_behind_the_readers_are(now: datetime) -> None:
    consume_all()
    live(TRANSFERRED, now=now - timedelta(seconds=40), type="transfer")
    found = measured(now)
    assert found["holdfast_reader_behind_events"]["analytics",] == 3
    assert found["holdfast_reader_behind_seconds"]["analytics",] == 40
    assert found["holdfast_reader_behind_events"]["audit",] >= 3  # nobody has copied anything here
    consume_all()
    found = measured(now)
    assert found["holdfast_reader_behind_events"]["analytics",] == 0
    assert found["holdfast_reader_behind_seconds"]["analytics",] == 0


def test_behind_counts_from_a_place(now: datetime) -> None:
    live(SENT, now=now)
    facts = stream.after(START, limit=1_000)
    last = [fact.place for fact in facts][-3]
    assert behind(last, now=now + timedelta(seconds=100)) == Behind(2, 38.0)
    assert behind(facts[-1].place, now=now) == Behind(0, 0.0)


def test_each_minute_keeps_its_worst(now: datetime, settings: Any) -> None:
    settings.FIGURES = "tests.analytics.test_measuring.planted"
    settings.SAMPLED = frozenset({"planted_depth"})
    for depth, seconds in ((3, 1), (9, 20), (4, 50), (2, 70)):
        PLANTED[:] = [depth]
        services.measure(now=now + timedelta(seconds=seconds))
    minute = now.replace(second=0, microsecond=0)
    assert list(Sample.objects.order_by("at").values_list("at", "gauges")) == [
        (minute, {"planted_depth": 9}),
        (minute + timedelta(minutes=1), {"planted_depth": 2}),
    ]
    assert Figures.objects.get().at == now + timedelta(seconds=70)
    services.forget(now=minute + timedelta(days=7, seconds=1))
    assert list(Sample.objects.values_list("at", flat=True)) == [minute + timedelta(minutes=1)]


PLANTED = [0]


def planted(*, now: datetime) -> list[Family]:
    """Stand where settings.FIGURES leads, for one test."""
    return [Family("planted_depth", "How deep.", labels=("place",), samples=[(["a"], 1), (["b"], PLANTED[0])])]
