"""The treasury's page: its figures are the books', what nodes said stands beside them, and so does what waits."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

import transactions.queries.cold as cold_queries
from accounts.models import Role
from assets.queries import get_asset
from kit.money import Money
from rates.models import Price
from reconciliation.base import Place
from reconciliation.models import Run
from reconciliation.queries import treasury
from reconciliation.queries.treasury import Standing
from tests.factories.back_office import staff
from tests.factories.pages import make_past
from tests.factories.treasury import COLD, book, limit, make_refill

pytestmark = pytest.mark.django_db(databases="__all__")
PAGE = "admin:reconciliation_treasury"


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def told(settings: Any, tmp_path: Path, now: datetime) -> None:
    """Somebody with coins of both networks, and the company with some of its own, hot and cold."""
    settings.NETWORKS = {
        code: replace(config, rpc_urls=("http://127.0.0.1:1",), cold_addresses=(COLD[code],) if code in COLD else ())
        for code, config in settings.NETWORKS.items()
    }
    make_past(settings, tmp_path, now=now)
    book("ethereum", "treasury", Money(4 * 10**17, "ETH"), now=now)
    book("ethereum", "cold", Money(7 * 10**18, "ETH"), now=now)
    limit(settings, ETH="1/2/5", BTC="0.1/0.2/0.3")


def standing(asset: str) -> Standing:
    return next(each for each in treasury.standings() if each.asset.code == asset)


def test_what_we_hold_less_what_is_owed_is_what_the_books_say_it_is_made_of(told: None) -> None:
    for each in treasury.standings():
        assert each.difference == each.suspense - each.fees - each.receivable, each.asset
    ether = standing("ETH")
    assert (ether.hot, ether.cold, ether.suspense) == (4 * 10**17, 7 * 10**18, 74 * 10**17)
    assert ether.together == ether.hot + ether.deposits + ether.in_transit + ether.cold
    bitcoin = standing("BTC")
    assert bitcoin.owed > 0
    assert bitcoin.queue > 0
    assert [each.type for each in bitcoin.waiting] == ["send"]


def test_the_page_says_all_of_it(told: None, now: datetime) -> None:
    seen = {"there": Place(4 * 10**17, 0, 7 * 10**18).as_json(), "difference": Place().as_json()}
    Run.objects.create(
        subject="network",
        network="ethereum",
        scope="round",
        result="clean",
        height=1_234_567,
        figures={"assets": {"ETH": seen}},
        since_at=now,
        started_at=now,
    )
    refill = make_refill(now=now)
    html = staff(Role.OFFICER).get(reverse(PAGE)).content.decode()
    for expected in (
        *("ETH on ethereum: hot wallet below its floor", "floor 1, target 2, ceiling 5 ETH", COLD["ethereum"]),
        *("at block 1234567", "everything between it and the books is explained", "7.4 ETH under suspense"),
        *(refill.pk, "2 ETH, wanted: waits for two people", "Waiting to be signed", "no limits are set"),
        *("Refills are by hand on this network", "none is set (STELLAR_COLD_ADDRESSES)"),
    ):
        assert expected in html, expected


def test_prices_that_are_old_or_missing_value_nothing_and_say_so(told: None, settings: Any, now: datetime) -> None:
    Price.objects.update(at=now - timedelta(seconds=settings.PRICE_STALE_SECONDS + 60))
    html = staff(Role.OFFICER).get(reverse(PAGE)).content.decode()
    assert "No fresh price, so nothing is valued: the last was" in html
    Price.objects.all().delete()
    html = staff(Role.OFFICER).get(reverse(PAGE)).content.decode()
    assert "No price was ever heard, so nothing is valued." in html


def test_it_is_for_staff(told: None) -> None:
    for client in (Client(), staff(Role.USER)):
        assert client.get(reverse(PAGE)).status_code in {302, 403}


def test_its_queries_do_not_grow_with_what_waits(told: None) -> None:
    client = staff(Role.OPERATOR)
    client.get(reverse(PAGE))
    with CaptureQueriesContext(
        connection,
    ) as found:
        client.get(reverse(PAGE))
    assert len(found) <= 80, [each["sql"][:90] for each in found]


def test_limits_are_minor_units_and_bad_addresses_are_no_cold_ones(settings: Any) -> None:
    settings.HOT_LIMITS = {"BTC": (Decimal("0.5"), Decimal(2), Decimal(5))}
    assert cold_queries.limits(get_asset("BTC")) == cold_queries.Limits(50_000_000, 200_000_000, 500_000_000)
    assert cold_queries.limits(get_asset("ETH")) is None
    config = settings.NETWORKS["ethereum"]
    good, bad = COLD["ethereum"], "0x" + "zz" * 20
    for given, used in (((good,), (good,)), ((good, bad), (good,)), ((bad, good), ()), ((), ())):
        settings.NETWORKS = {**settings.NETWORKS, "ethereum": replace(config, cold_addresses=given)}
        assert cold_queries.addresses("ethereum") == used
        assert len(cold_queries.mistakes(settings.NETWORKS["ethereum"])) == (bad in given)
