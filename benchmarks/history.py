"""
The speed of a person's history: 1,000,000 transactions, half of them one person's, on a PostgreSQL of their own.

python -m benchmarks.history [--rows 1000000] [--rounds 20] [--url postgres://…]: prints p50 and p95 of the first and of
a deep page for every filter and search, through the product's own code, beside what Django REST framework brings along
(LimitOffsetPagination with SearchFilter); exits non-zero if a p95 is above what the project promises.
"""

import argparse
import hashlib
import os
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import psycopg

from benchmarks import history_rows
from benchmarks.history_rows import HEAVY, QUIET, RARE_ASSET
from benchmarks.private_postgres import PrivatePostgres
from devnet.places import ROOT

if TYPE_CHECKING:
    from transactions.queries.listing import History, Narrowing

P95_MILLISECONDS = 50
PER_PAGE = 25
PEER_ROUNDS = 3


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--url", default="", help="A core database that is filled already.")
    options = parser.parse_args()
    postgres = None if options.url else PrivatePostgres()
    try:
        url = options.url or prepare(postgres, options.rows)
        os.environ |= environment(url)
        import django  # it reads the environment

        django.setup()
        failures = _measure(options)
    finally:
        if postgres:
            postgres.stop()
    if failures:
        sys.exit("Not as promised: " + "; ".join(failures))


def prepare(postgres: PrivatePostgres | None, rows: int) -> str:
    assert postgres is not None
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE holdfast_core")
    url = postgres.url("holdfast_core")
    command = [sys.executable, "manage.py", "migrate", "--skip-checks", "-v0", "--database", "default"]
    subprocess.run(command, check=True, cwd=ROOT, env=os.environ | environment(url))
    began = time.monotonic()
    history_rows.fill(url, rows)
    print(f"{rows:,} transactions written in {time.monotonic() - began:.0f} s", flush=True)
    return url


def environment(url: str) -> dict[str, str]:
    others = {f"{name}_DATABASE_URL": url for name in ("KYC", "RATES", "AUDIT")}
    return {"DJANGO_SETTINGS_MODULE": "wallet_project.settings.test", "CORE_DATABASE_URL": url, **others}


def cases() -> dict[str, "Narrowing"]:
    """Return everything a list can be narrowed by, and what may be hard about it."""
    from transactions.queries.listing import Narrowing

    month = datetime(2022, 3, 1, tzinfo=UTC)
    busy, rare = "wal_" + "0" * 26, "wal_" + f"{39:026d}"
    return {
        "everything": Narrowing(),
        "type, common": Narrowing(types=("send",)),
        "type, rare": Narrowing(types=("refund",)),
        "status completed": Narrowing(statuses=("completed",)),
        "status failed": Narrowing(statuses=("failed",)),
        "on its way": Narrowing(statuses=("initiated", "balance_reserved", "blockchain_pending")),
        "asset, common": Narrowing(asset="ETH"),
        "asset, rare": Narrowing(asset=RARE_ASSET),
        "network": Narrowing(network="bitcoin"),
        "wallet, busy": Narrowing(wallet=busy),
        "wallet, quiet": Narrowing(wallet=rare),
        "received": Narrowing(direction="in"),
        "sent": Narrowing(direction="out"),
        "a month, four years ago": Narrowing(since=month, until=month + timedelta(days=31)),
        "an hour, four years ago": Narrowing(since=month, until=month + timedelta(hours=1)),
        "amount, common": Narrowing(asset="BTC", least=Decimal("0.00001")),
        "amount, rare": Narrowing(asset="BTC", least=Decimal("4.851"), most=Decimal("4.8516")),
        "amount, none": Narrowing(least=Decimal(1_000_000)),
        "type, asset and a year": Narrowing(
            types=("transfer",), asset="BTC", since=month, until=month + timedelta(days=365)
        ),
        "failed sends of one asset": Narrowing(statuses=("failed",), types=("send",), asset="BTC"),
        "wallet, sent, amount": Narrowing(wallet=busy, direction="out", least=Decimal("0.1")),
        "rare type in a wallet": Narrowing(types=("refund",), wallet=busy),
        "search: address, own": Narrowing(text="bc1own" + _md5("0")),
        "search: address, often paid": Narrowing(text="bc1" + _md5("0")),
        "search: address, seldom paid": Narrowing(text="bc1" + _md5("4900")),
        "search: person": Narrowing(text="person77@example.com"),
        "search: word, common": Narrowing(text="invoice"),
        "search: word, rare": Narrowing(text=_md5("123")[:6]),
        "search: words, one number": Narrowing(text="invoice 123457"),
        "search: beginning": Narrowing(text="inv"),
        "search: word in failed sends": Narrowing(text="salary", statuses=("failed",), types=("send",)),
        "search: word in a rare type": Narrowing(text="invoice", types=("refund",)),
        "search: nothing like it": Narrowing(text="nothinglikeit"),
    }


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _measure(options: argparse.Namespace) -> list[str]:
    from django.db import connection

    from transactions.queries.listing import History

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), count(*) FILTER (WHERE %s IN (user_id, recipient_user_id)),"
            " current_setting('server_version'), current_setting('fsync') FROM transactions_transaction",
            [HEAVY],
        )
        total, own, version, fsync = cursor.fetchone()
    print(f"PostgreSQL {version}, fsync {fsync}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f};", end=" ")
    print(f"{total:,} transactions, {own:,} of one person", flush=True)
    print(f"{'':32}{'rows':>9}{'first p50':>10}{'p95':>7}{'deep p50':>10}{'p95':>7}{'offset':>12}{'deep':>9}   ms")
    failures = []
    for name, narrowing in cases().items():
        failures += _case(name, History(HEAVY, narrowing), options.rounds)
    failures += _case("everything, of an ordinary person", History(QUIET), options.rounds)
    return failures


def _case(name: str, history: "History", rounds: int) -> list[str]:
    peer = _Peer(history)
    first = _times(lambda: history.page(limit=PER_PAGE + 1), rounds)
    deep_ids = peer.some_ids(rounds)
    places = iter(deep_ids)
    deep = _times(lambda: history.page(limit=PER_PAGE + 1, after=next(places)), len(deep_ids))
    offset = _times(lambda: peer.page(0), PEER_ROUNDS)
    deep_offset = _times(lambda: peer.page(peer.count // 2), PEER_ROUNDS) if deep_ids else []
    print(
        f"{name:32}{peer.count:9,}{_p50(first):10.1f}{_p95(first):7.1f}{_p50(deep):10.1f}{_p95(deep):7.1f}"
        f"{_p50(offset):12.0f}{_p50(deep_offset):9.0f}",
        flush=True,
    )
    worst = max(_p95(first), _p95(deep))
    return [f"{name}: p95 {worst:.0f} ms"] if worst > P95_MILLISECONDS else []


class _Peer:
    """What a list has that is built from Django REST framework's own parts, on the same rows and indexes."""

    def __init__(self, history: "History") -> None:
        from django.db.models import Q

        from transactions.models import Transaction

        wanted, person = history.wanted, history.user_id
        found = Transaction.objects.filter(Q(user_id=person) | Q(recipient_user_id=person))
        incoming = Q(type__in=("deposit", "on_ramp")) | (Q(recipient_user_id=person) & ~Q(user_id=person))
        scale = 8 if wanted.asset == "BTC" else 18
        narrowed: list[tuple[Any, Q]] = [
            (wanted.types, Q(type__in=wanted.types)),
            (wanted.statuses, Q(status__in=wanted.statuses)),
            (wanted.asset, Q(asset_id=wanted.asset)),
            (wanted.network, Q(network_id=wanted.network)),
            (wanted.wallet, Q(wallet_id=wanted.wallet) | Q(recipient_wallet_id=wanted.wallet)),
            (wanted.direction, incoming if wanted.direction == "in" else ~incoming),
            (wanted.since, Q(created_at__gte=wanted.since)),
            (wanted.until, Q(created_at__lt=wanted.until)),
            (wanted.least, Q(amount_minor__gte=int((wanted.least or 0) * 10**scale))),
            (wanted.most, Q(amount_minor__lte=int((wanted.most or 0) * 10**scale))),
        ]
        for is_wanted, condition in narrowed:
            found = found.filter(condition) if is_wanted else found
        self.text = wanted.text
        self.found = (
            found.select_related("network", "asset", "user").prefetch_related("steps").order_by("-created_at", "-id")
        )
        self.count = self._searched().order_by().count()

    def _searched(self) -> Any:
        from rest_framework.filters import SearchFilter
        from rest_framework.request import Request
        from rest_framework.test import APIRequestFactory

        class View:
            search_fields = ("id", "txid", "to_address", "memo", "user__email")

        request = Request(APIRequestFactory().get("/", {"search": self.text}))
        return SearchFilter().filter_queryset(request, self.found, View())  # type: ignore[arg-type]

    def some_ids(self, count: int) -> list[str]:
        """Return ids from the deeper half of the list, to go on from."""
        found = list(self._searched().values_list("pk", flat=True)[self.count // 2 :])
        return random.Random(1).choices(found, k=count) if self.count > 2 * PER_PAGE else []

    def page(self, offset: int) -> list[Any]:
        from rest_framework.pagination import LimitOffsetPagination
        from rest_framework.request import Request
        from rest_framework.test import APIRequestFactory

        request = Request(APIRequestFactory().get("/", {"limit": PER_PAGE, "offset": offset}))
        return list(LimitOffsetPagination().paginate_queryset(self._searched(), request) or [])


def _times(call: Callable[[], Any], rounds: int) -> list[float]:
    """Return the milliseconds of each call; the first, which warms up, is left out."""
    times = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        times.append((time.perf_counter() - began) * 1_000)
    return times[1:]


def _p50(times: list[float]) -> float:
    return statistics.median(times) if times else 0.0


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20, method="inclusive")[-1] if len(times) > 1 else _p50(times)


if __name__ == "__main__":
    main()
