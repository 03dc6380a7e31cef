"""Buses, consumers and writers, killed (SIGKILL) at random moments: each event has its effect exactly once."""

import multiprocessing
import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from accounts.models import User
from events.bus.running import BusProcess
from events.models import Event, Poisoned
from events.registry import BUSES
from kit.ids import new_id
from tests.factories.bus import TABLE, TYPE, Listening, say
from tests.factories.nats import NatsServer
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
WRITERS = 3
KILLS = 8
SETTLE_SECONDS = 40
_fork = multiprocessing.get_context("fork")


def _write(seed: int) -> None:
    """Write events in transactions that overlap, commit out of order, and sometimes roll back, until killed."""
    chance = random.Random(seed)

    def one_after_another(chance: random.Random) -> None:
        for number in range(10_000):
            with transaction.atomic():
                for _ in range(chance.randint(1, 3)):
                    say(number, now=NOW, subject=chance.choice([User, Wallet]))
                    time.sleep(chance.random() * 0.02)
                if chance.random() < 0.2:
                    transaction.set_rollback(True)

    threads = [threading.Thread(target=one_after_another, args=(random.Random(chance.random()),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _serve(name: str) -> None:
    """Carry and take, a few at a time, until killed or asked to stop."""
    process = BusProcess(BUSES.get(name)(), [_ear.consumer], clock=lambda: NOW, batch=7)
    signal.signal(signal.SIGTERM, lambda *_: process.ask_to_stop())
    process.start()
    process.wait()
    process.stop()


_ear = Listening("crash")


def _started(work: Callable[..., None], *arguments: Any) -> Any:
    connections.close_all()  # a forked connection would be shared
    process = _fork.Process(target=_die_alone, args=(work, *arguments))
    process.start()
    return process


def _die_alone(work: Callable[..., None], *arguments: Any) -> None:
    work(*arguments)
    connections.close_all()
    os._exit(0)


@pytest.mark.parametrize("name", BUSES.names())
def test_every_event_has_its_effect_exactly_once_whoever_is_killed(name: str, settings: Any, tmp_path: Path) -> None:
    seed = random.randrange(10**6)
    settings.EVENTS_KNOCK, settings.EVENTS_BUS, settings.NATS_PREFIX = True, name, new_id("bus")
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    server = NatsServer(tmp_path / "nats") if name == "nats" else None
    settings.NATS_URL = server.url if server else ""
    try:
        expected = _kill_about(name, random.Random(seed), server)
    finally:
        if server:
            server.kill()
    heard = _ear.heard()
    assert [each for each, count in Counter(heard).items() if count > 1] == [], f"twice; seed {seed}"
    assert sorted(set(expected) - set(heard)) == [], f"never; seed {seed}"
    assert sorted(heard) == expected
    assert len(expected) > 100
    assert not Poisoned.objects.exists()
    places = _places()
    for context in ("accounts", "wallets") if name == "nats" else ("",):
        told = _ear.heard(context)
        assert len(told) > 20
        assert told == sorted(told, key=places.__getitem__), f"out of order; seed {seed}"


def _kill_about(name: str, chance: random.Random, server: NatsServer | None) -> list[int]:
    """Kill whoever serves, a writer and the server, while events are written; return the events that were committed."""
    writers = [_started(_write, chance.random()) for _ in range(WRITERS)]
    serving = [_started(_serve, name) for _ in range(2)]
    try:
        for kill in range(KILLS):
            time.sleep(0.3 + chance.random() * 0.7)
            killed = chance.randrange(2)
            _end(serving[killed])
            if server and kill % 4 == 1:
                server.kill()
                server.start()
            serving[killed] = _started(_serve, name)
            if kill == KILLS // 2:
                _end(writers[0])
        for writer in writers:
            _end(writer)
        expected = list(Event.objects.filter(type=TYPE).order_by("id").values_list("id", flat=True))
        deadline = time.monotonic() + SETTLE_SECONDS
        while len(set(_ear.heard())) < len(expected) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)  # for what comes twice
        return expected
    finally:
        for process in [*writers, *serving]:
            _end(process)


def _end(process: Any) -> None:
    process.kill()
    process.join()


def _places() -> dict[int, tuple[int, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, xid::text::bigint FROM events_event")
        return {number: (xid, number) for number, xid in cursor.fetchall()}
