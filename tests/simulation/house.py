"""The house that every simulation begins in: people with wallets and money, made once and put back for each seed."""

import logging
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any
from unittest import mock

from django.conf import settings
from django.db import connections
from django.test import override_settings

import assets.queries
import chains.queries
import custody.queries
import kit.crypto
import kit.ids
import kit.jobs
from accounts.models import User
from assets.queries import list_networks
from chains.registry import ADAPTERS
from tests.factories.accounts import make_user
from tests.factories.custody import make_vaults
from tests.simulation import laws
from tests.simulation.chain import Chain, Out, stranger_payment
from tests.simulation.nodes import NODES, SimulatedNode
from tests.simulation.workers import pump, relay, scan
from transactions.flows import deposit
from wallets import services as wallet_services
from wallets.models import Wallet
from wallets.queries import deposit_address, list_wallets

START = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
CONFIRMATIONS = 2
FINAL_DEPTH = 3
BLOCK_SECONDS = 12
COINS = {"bitcoin": 20_000_000, "ethereum": 10**18}
"""What one coin of the people's first money is, in minor units."""

COPIED = ("default", "rates")
"""The databases that simulations write in."""


class Chance:
    """The operating system as ids and secrets see it: its random bytes come from the seed."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng

    def urandom(self, size: int) -> bytes:
        return self._rng.randbytes(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(os, name)


class Clock:
    """The time of day, which passes only when somebody says so."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def time_ns(self) -> int:
        return int(self.now.timestamp() * 10**9)

    def perf_counter(self) -> float:
        return self.now.timestamp()

    def __getattr__(self, name: str) -> Any:
        return getattr(time, name)


@dataclass
class House:
    """How everything stood when the people's first money was final."""

    people: list[User]
    chains: dict[str, Chain]
    now: datetime

    def wallets(self, person: User, network: str) -> list[Wallet]:
        return list(list_wallets(user_id=person.pk).filter(network_id=network))

    def restore(self) -> None:
        """Put every table back, as PostgreSQL's replicas do: no triggers, no foreign keys."""
        for alias in COPIED:
            with connections[alias].cursor() as cursor:
                statements = [f'DELETE FROM public."{table}"' for table in _tables_with_rows(cursor)]
                cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'simulation' ORDER BY 1")
                statements += [f'INSERT INTO public."{t}" SELECT * FROM simulation."{t}"' for (t,) in cursor.fetchall()]
                cursor.execute(
                    "BEGIN; SET LOCAL session_replication_role = replica;" + ";".join([*statements, "COMMIT"])
                )


@contextmanager
def determined(rng: Random, clock: Clock) -> Iterator[None]:
    """Take ids, secrets and times from the seed, and let bells ring for nobody: rows are the queue."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(kit.ids, "os", Chance(rng)))
        stack.enter_context(mock.patch.object(kit.ids, "time", clock))
        stack.enter_context(mock.patch.object(kit.crypto, "os", Chance(rng)))
        stack.enter_context(mock.patch.object(kit.jobs, "ring", return_value=None))
        yield


@contextmanager
def simulated_house(folder: Path) -> Iterator[House]:
    """Lend the house; needs databases whose rows may be lost, and no networks at all."""
    networks = {
        code: replace(
            config,
            adapter=f"simulated_{config.adapter}",
            chain="regtest" if config.adapter == "bitcoin" else "31337",
            rpc_urls=("http://127.0.0.1:1",),
            confirmations=CONFIRMATIONS,
            final_depth=FINAL_DEPTH,
            block_seconds=BLOCK_SECONDS,
        )
        for code, config in settings.NETWORKS.items()
    }
    adapters = {
        "simulated_evm": "tests.simulation.nodes.SimulatedEvm",
        "simulated_bitcoin": "tests.simulation.nodes.SimulatedBitcoin",
    }
    with (
        override_settings(NETWORKS=networks),
        mock.patch.dict(ADAPTERS.entries, adapters),
        determined(Random(0), Clock(START)),
    ):
        logging.disable(logging.CRITICAL)
        try:
            assets.queries.forget()
            house = _furnish(folder)
            _keep()
            laws.install()
            yield house
        finally:
            logging.disable(logging.NOTSET)
            _drop()
            chains.queries.forget()


def _furnish(folder: Path) -> House:
    rng = Random(1)
    now = START
    built = {code: Chain(settings.NETWORKS[code], family=_family(code)) for code in NETWORK_CODES}
    for code, chain in built.items():
        NODES[code] = SimulatedNode(chain, rng, pause=lambda at: None)
        for _ in range(FINAL_DEPTH + 2):
            chain.mine()
    chains.queries.forget()
    make_vaults(settings, folder, now=START)
    people = [make_user(email=f"person{number}@example.com", now=now) for number in range(1, 4)]
    for code, chain in built.items():
        deposit.begin(network=code, now=now)
        outs = []
        for person in people:
            wallet = wallet_services.create_wallet(user_id=person.pk, network=code, now=now)
            own = wallet.addresses.get().address
            outs += [Out(own, COINS[code])] * (2 if person is not people[2] else 0)
        outs += [Out(custody.queries.hot_address(network=code), COINS[code])] * 2
        for out in outs:
            chain.accept(stranger_payment(rng, chain, [out]))
    clock = Clock(now)
    for _ in range(FINAL_DEPTH + 2):
        for code, chain in built.items():
            chain.mine()
            scan(code, lambda: clock.now, sweeps=False)
        clock.now += timedelta(seconds=BLOCK_SECONDS)
    pump(lambda: clock.now)
    relay()
    return House(people, built, clock.now)


NETWORK_CODES = ("bitcoin", "ethereum")


def _family(code: str) -> str:
    return next(network.family for network in list_networks() if network.code == code)


def address_of(wallet: Wallet) -> str:
    return deposit_address(wallet)


def _keep() -> None:
    for alias in COPIED:
        with connections[alias].cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS simulation CASCADE; CREATE SCHEMA simulation")
            for table in _tables_with_rows(cursor):
                cursor.execute(f'CREATE TABLE simulation."{table}" AS TABLE public."{table}"')


def _drop() -> None:
    for alias in COPIED:
        with connections[alias].cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS simulation CASCADE")


def _tables_with_rows(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations' ORDER BY 1"
    )
    tables = [row[0] for row in cursor.fetchall()]
    cursor.execute(" UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM public.\"{t}\")" for t in tables))
    return [row[0] for row in cursor.fetchall()]
