"""The operators' page: exact figures out of the sums, in few queries, with nothing to see where there is nothing."""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from analytics import services
from analytics.models import Sample
from rates.models import Price
from tests.factories.analytics import CANCELLED, SENT, TRANSFERRED, consume_all, live, look
from tests.factories.back_office import staff
from wallet_project import operators

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 12, 20, tzinfo=UTC)


def busy(now: datetime) -> None:
    """Let there be something to see in every chart."""
    live(TRANSFERRED, now=now - timedelta(days=2), type="deposit", amount_minor=200_000_000)
    live(TRANSFERRED, now=now - timedelta(days=2), type="deposit", amount_minor=10**8, user_id="")  # the company's own
    live(SENT, now=now - timedelta(minutes=50), amount_minor=50_000_000, fee="0.00001000")
    live(TRANSFERRED, now=now, type="transfer", network="ethereum", asset="ETH", amount_minor=10**18)
    live(TRANSFERRED, now=now, type="deposit", network="ethereum", asset="ETH", amount_minor=10**18)
    look(now=now - timedelta(hours=1), user_id="usr_9")  # and nothing else is heard of them
    live(CANCELLED, now=now - timedelta(minutes=5), failure_code="cancelled")
    live(CANCELLED, now=now - timedelta(minutes=5), failure_code="failed_on_network")
    live(TRANSFERRED, now=now, type="on_ramp", provider="moonpay")
    live(SENT, now=now, type="sweep", network="ethereum", asset="ETH", user_id="", fee_minor=21_000 * 10**9)
    Price.objects.create(base="BTC", quote="USD", price=Decimal(50_000), source="median", at=now)
    consume_all()
    for minutes, depth in ((60, 3), (31, 9), (30, 2), (1, 5)):
        at = (now - timedelta(minutes=minutes)).replace(second=0, microsecond=0)
        gauges = {"holdfast_queue_depth": depth, "holdfast_reader_behind_seconds": depth / 10}
        Sample.objects.create(at=at, gauges=gauges | {"holdfast_stuck_transactions": 1})


def shown(now: datetime) -> dict[str, Any]:
    context = operators.context(now=now)
    return context | {chart.id: chart for chart in context["charts"]}


def test_money_in_and_out_by_day_at_todays_prices() -> None:
    busy(NOW)
    found = shown(NOW)
    rows = {day: (money_in, out) for day, money_in, out in found["money"].rows}
    assert len(rows) == 14
    assert rows["18 Nov"] == ("100,000", "0")
    assert rows["20 Nov"] == ("0", "25,000")
    assert rows["19 Nov"] == ("0", "0")
    assert found["unpriced"] == ["ETH"]  # transfers within the house are neither in nor out


def test_money_is_shown_to_the_cent_whatever_its_size() -> None:
    for _ in range(3):
        live(TRANSFERRED, now=NOW, type="deposit", amount_minor=2_999_999_999_999_999)
    Price.objects.create(base="BTC", quote="USD", price=Decimal("3333333.33"), source="median", at=NOW)
    consume_all()
    worth = 3 * Decimal("29999999.99999999") * Decimal("3333333.33")
    rows = {day: money_in for day, money_in, _ in shown(NOW)["money"].rows}
    assert abs(Decimal(rows["20 Nov"].replace(",", "")) - worth) <= Decimal("0.02")
    assert "." in rows["20 Nov"]


def test_what_came_of_transactions_by_hour_and_type() -> None:
    busy(NOW)
    found = shown(NOW)
    assert found["ended"].rows[-2:] == [["11:00", "1", "0", "0"], ["12:00", "4", "1", "1"]]
    kpis = {row[0]: row[1:] for row in found["kpis"]}
    counts, times = (3, 1, 1, "50.0 %", 1, "33.3 %", 1, "25.0 %"), ("1.0 min", "2.0 min")
    assert kpis["send"] == (*counts, *times, "failed_on_network", "0.00001 BTC")
    assert kpis["sweep"][-1] == "0.000021 ETH"
    assert kpis["transfer"][-1] == ""
    assert kpis["treasury_deposit"][:5] == (1, 1, 0, "100.0 %", 0)
    assert found["providers"].rows == [["moonpay", "1", "0", "0"]]
    assert found["companies"] == [("moonpay", 1, 0, "100.0 %", 0, "0.0 s", "0.0 bps")]


def test_how_the_work_has_gone_keeps_the_worst_of_each_quarter() -> None:
    busy(NOW)
    queue = shown(NOW)["queue"]
    assert len(queue.rows) == 96
    assert [row for row in queue.rows if row[1] != "–"] == [
        ["11:15", "3", "–"],
        ["11:45", "9", "–"],
        ["12:15", "5", "–"],
    ]
    assert queue.rows[-1][0] == "12:15"
    assert shown(NOW)["cases"].lines


def test_open_cases_are_what_the_last_look_found() -> None:
    busy(NOW)
    assert shown(NOW)["figures_are_late"]
    services.measure(now=NOW)
    live(SENT[:3], now=NOW - timedelta(hours=30))
    consume_all()
    services.measure(now=NOW)
    found = shown(NOW + timedelta(seconds=100))
    assert not found["figures_are_late"]
    assert found["cases"] is not None
    assert ("Not ended after a day", "send", 1) in operators.context(now=NOW)["cases"]
    assert shown(NOW + timedelta(seconds=121))["figures_are_late"]


def test_an_empty_house_says_so_in_every_chart() -> None:
    context = operators.context(now=NOW)
    assert [chart.is_empty for chart in context["charts"]] == [True] * 6
    html = staff(Role.OPERATOR).get(reverse("admin:index")).content.decode()
    for chart in context["charts"]:
        assert chart.empty in html
    assert "No figures have been taken yet." in html
    assert '<svg class="chart-plot"' not in html


def test_the_page_asks_few_queries_and_none_of_the_big_tables_for_its_charts() -> None:
    now = timezone.now()
    busy(now)
    client = staff(Role.OPERATOR)
    counts = []
    for _ in range(2):
        with (
            CaptureQueriesContext(connections["rates"]) as rates,
            CaptureQueriesContext(connections["default"]) as core,
        ):
            assert client.get(reverse("admin:index")).status_code == 200
        counts.append((len(rates), len(core)))
        for number in range(10):
            live(SENT, now=now - timedelta(hours=number), type=f"type{number}")
        consume_all()
    assert counts[0] == counts[1]
    assert counts[0][0] <= 7
    assert counts[0][1] <= 20
    with CaptureQueriesContext(connections["default"]) as core:
        operators.context(now=now)
    assert len(core) <= 1  # how the providers' breakers stand


def test_every_chart_can_be_read_without_seeing_it() -> None:
    busy(timezone.now())
    html = staff(Role.OFFICER).get(reverse("admin:index")).content.decode()
    drawn = re.findall(r'<svg class="chart-plot".*?</svg>', html, re.DOTALL)
    assert len(drawn) >= 5
    tables = re.findall(r'<details class="chart-table">.*?</details>', html, re.DOTALL)
    assert len(tables) == len(drawn)
    for drawing in drawn:
        named = re.search(r'aria-labelledby="([\w-]+)" aria-describedby="([\w-]+)"', drawing)
        assert named
        assert all(f'id="{id_}"' in html for id_ in named.groups())
    charts = html[html.index('<div class="chart-grid-page">') : html.index("Open cases</h2>")]
    assert " style=" not in charts
    assert "<script" not in charts
    assert " onclick" not in charts


def test_only_staff_see_it() -> None:
    answer = Client().get(reverse("admin:index"))
    assert answer.status_code in {302, 403}
    assert b"chart" not in answer.content
