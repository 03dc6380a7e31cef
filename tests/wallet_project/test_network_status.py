"""What the page of networks says of each, and that anybody may see it."""

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from chains.models import Cursor, Endpoint
from kit.money import Money
from rates.models import ChainFee, Price
from wallet_project import network_status
from wallet_project.context import LATE_BLOCKS
from wallet_project.network_status import LATE, NOT_HERE, PAUSED, SILENT, WELL, NetworkRow

pytestmark = pytest.mark.django_db(databases="__all__")


def stand(network: str, at: datetime, *, behind: int = 0, failures: int = 0, **cursor: Any) -> None:
    Cursor.objects.create(network=network, height=100, hash="00", updated_at=at, **cursor)
    Endpoint.objects.create(
        network=network,
        name="node:1",
        is_enabled=True,
        highest_block=100 + behind,
        consecutive_failures=failures,
        last_ok_at=at,
    )


def row(network: str, now: datetime) -> NetworkRow:
    return next(each for each in network_status.rows(now=now) if each.network.code == network)


def test_each_network_is_in_one_state(settings: Any, now: datetime) -> None:
    networks = {code: replace(each, rpc_urls=("http://127.0.0.1:1",)) for code, each in settings.NETWORKS.items()}
    bitcoin, bsc = replace(networks["bitcoin"], block_seconds=600), replace(networks["bsc"], rpc_urls=())
    settings.NETWORKS = networks | {"bitcoin": bitcoin, "bsc": bsc}
    stand("bitcoin", now - timedelta(hours=1))  # six blocks of ten minutes: nothing unusual
    stand("ethereum", now, behind=LATE_BLOCKS)
    stand("polygon", now, failures=3)
    stand("solana", now - timedelta(minutes=3))
    stand("stellar", now, halted_at=now, halted_reason="A fork below what was final.")
    stand("bsc", now)
    found = {each.network.code: each.state for each in network_status.rows(now=now)}
    wanted = {
        "bitcoin": WELL,
        "ethereum": LATE,
        "polygon": SILENT,
        "solana": SILENT,
        "stellar": PAUSED,
        "bsc": NOT_HERE,
    }
    assert {code: found[code] for code in wanted} == wanted


def test_a_plain_payment_is_shown_in_the_asset_and_in_dollars_and_old_fees_are_not(now: datetime) -> None:
    Price.objects.create(base="ETH", quote="USD", price=Decimal(3000), source="median", at=now)
    fees = {"ethereum": 20 * 10**9, "bitcoin": 10_000, "solana": 1_000_000, "stellar": 100}
    for network, rate in fees.items():
        ChainFee.objects.create(network=network, priority="normal", rate=rate, tip=0, seconds=60, at=now, source="test")
    ChainFee.objects.create(
        network="ethereum", priority="slow", rate=1, tip=0, seconds=600, at=now - timedelta(days=1), source="test"
    )
    [ethereum] = row("ethereum", now).fees
    assert (ethereum.speed, ethereum.cost, ethereum.worth) == ("Normal", Money(420_000 * 10**9, "ETH"), Decimal("1.26"))
    costs = {network: row(network, now).fees[0].cost.minor for network in ("bitcoin", "solana", "stellar")}
    assert costs == {"bitcoin": 1_410, "solana": 6_000, "stellar": 100}
    assert row("bitcoin", now).fees[0].worth is None, "no price is known"


def test_it_asks_as_often_for_many_networks_as_for_one_and_not_again_within_seconds(now: datetime) -> None:
    Price.objects.create(base="ETH", quote="USD", price=Decimal(3000), source="median", at=now)
    for network in ("ethereum", "bitcoin", "solana", "stellar", "polygon"):
        stand(network, now)
        for speed in ("slow", "normal", "fast"):
            ChainFee.objects.create(network=network, priority=speed, rate=10, tip=0, seconds=60, at=now, source="test")
    cache.clear()
    with CaptureQueriesContext(connections["rates"]) as prices, CaptureQueriesContext(connections["default"]) as core:
        found = network_status.shown(now=now)
    assert (len(prices), len(core)) == (2, 2)
    assert sum(len(each.fees) for each in found) == 15
    with CaptureQueriesContext(connections["rates"]) as prices, CaptureQueriesContext(connections["default"]) as core:
        again = network_status.shown(now=now)
    assert (len(prices), len(core)) == (0, 0)
    assert [(each.network.code, each.state, each.fees) for each in again] == [
        (each.network.code, each.state, each.fees) for each in found
    ]


def test_anybody_may_see_it_and_it_names_no_node(client: Client) -> None:
    cache.clear()
    stand("ethereum", timezone.now())
    answer = client.get("/networks/")
    assert answer.status_code == 200
    text = answer.content.decode()
    assert "Ethereum" in text
    assert "node:1" not in text
