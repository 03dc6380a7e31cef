"""The house that every simulation begins in: people with wallets and money, made once and put back for each seed."""

import gc
import logging
import os
import time
from collections import Counter
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
from chains.services import endpoints
from tests.factories.accounts import make_user
from tests.factories.custody import make_vaults
from tests.simulation import laws
from tests.simulation.chain import Chain, Out, stranger_payment
from tests.simulation.counting import tally
from tests.simulation.nodes import NODES, SimulatedNode
from tests.simulation.workers import pump, relay, scan
from transactions.flows import deposit
from wallets import services as wallet_services
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
    wallet_ids: dict[tuple[str, str], str]
    """By person and network."""
    addresses: dict[tuple[str, str], str]
    """Where they are paid, by person and network."""
    hot: dict[str, str]
    """The company's own address, by network."""
    happened: Counter[str]
    """What had happened by then."""

    def restore(self) -> None:
        """Put every table back, as PostgreSQL's replicas do: no triggers, no foreign keys."""
        for alias in COPIED:
            with connections[alias].cursor() as cursor:
                cursor.execute("SELECT simulation.restore()")


@contextmanager
def determined(rng: Random, clock: Clock) -> Iterator[None]:
    """Take ids, secrets and times from the seed, and let bells ring for nobody: rows are the queue."""
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(kit.ids, "os", Chance(rng)))
        stack.enter_context(mock.patch.object(kit.ids, "time", clock))
        stack.enter_context(mock.patch.object(kit.crypto, "os", Chance(rng)))
        stack.enter_context(mock.patch.object(kit.jobs, "ring", return_value=None))
        stack.enter_context(mock.patch.object(kit.jobs, "_is_first", return_value=False))
        yield


@contextmanager
def simulated_house(folder: Path) -> Iterator[House]:
    """Lend the house; needs databases whose rows may be lost, and no networks at all."""
    networks = {
        code: replace(
            config,
            adapter=f"simulated_{config.adapter}" if code in NETWORK_CODES else config.adapter,
            chain={"bitcoin": "regtest", "evm": "31337"}.get(config.adapter, config.chain),
            rpc_urls=("http://127.0.0.1:1",) if code in NETWORK_CODES else (),
            has_main_tokens=False,
            tokens=(),
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
        mock.patch.object(endpoints, "REPORT_SECONDS", 10**9),  # once is enough: it is the same all the time
        determined(Random(0), Clock(START)),
    ):
        logging.disable(logging.CRITICAL)
        try:
            assets.queries.forget()
            house = _furnish(folder)
            _keep()
            laws.install()
            gc.freeze()  # what lives as long as the house is not looked through again and again
            yield house
        finally:
            gc.unfreeze()
            logging.disable(logging.NOTSET)
            _drop()
            assets.queries.forget()
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
    wallets = {
        (person.pk, code): list_wallets(user_id=person.pk).get(network_id=code) for person in people for code in built
    }
    return House(
        people=people,
        chains=built,
        now=clock.now,
        wallet_ids={key: wallet.pk for key, wallet in wallets.items()},
        addresses={key: deposit_address(wallet) for key, wallet in wallets.items()},
        hot={code: custody.queries.hot_address(network=code) for code in built},
        happened=tally(),
    )


NETWORK_CODES = ("bitcoin", "ethereum")


def _family(code: str) -> str:
    return next(network.family for network in list_networks() if network.code == code)


RESTORE = """
CREATE FUNCTION simulation.restore() RETURNS void LANGUAGE plpgsql AS $restore$
DECLARE name text; has_rows boolean;
BEGIN
    SET LOCAL session_replication_role = replica;
    FOREACH name IN ARRAY %s::text[] LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM public.%%I)', name) INTO has_rows;
        IF has_rows THEN EXECUTE format('DELETE FROM public.%%I', name); END IF;
    END LOOP;
    FOREACH name IN ARRAY %s::text[] LOOP
        EXECUTE format('INSERT INTO public.%%I SELECT * FROM simulation.%%I', name, name);
    END LOOP;
END $restore$
"""


def _keep() -> None:
    for alias in COPIED:
        with connections[alias].cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS simulation CASCADE; CREATE SCHEMA simulation")
            kept = _tables_with_rows(cursor)
            for table in kept:
                cursor.execute(f'CREATE TABLE simulation."{table}" AS TABLE public."{table}"')
            cursor.execute(RESTORE, [_tables(cursor), kept])


def _drop() -> None:
    for alias in COPIED:
        with connections[alias].cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS simulation CASCADE")


def _tables(cursor: Any) -> list[str]:
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations' ORDER BY 1"
    )
    return [row[0] for row in cursor.fetchall()]


def _tables_with_rows(cursor: Any) -> list[str]:
    tables = _tables(cursor)
    cursor.execute(" UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM public.\"{t}\")" for t in tables))
    return [row[0] for row in cursor.fetchall()]
