"""
One process of the events benchmark: it writes events, or it has their effect. It prints what it saw as JSON.

What it measures with is the product's own: record and gather, BusProcess and an events.base.Consumer.
"""

import argparse
import importlib
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "benchmarks.events_settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.db import connection, transaction  # noqa: E402

from events import registry  # noqa: E402
from events.base import Consumer  # noqa: E402
from events.bus.direct import CHANNEL  # noqa: E402
from events.bus.running import BusProcess  # noqa: E402
from events.models import FeedHead  # noqa: E402
from events.services import gather, record  # noqa: E402
from events.stream import Fact  # noqa: E402

EFFECT = "INSERT INTO effects (event) SELECT unnest(%s::bigint[])"
PEER_TAKE = """
WITH taken AS (
    DELETE FROM peer WHERE id IN (SELECT id FROM peer ORDER BY id LIMIT 500 FOR UPDATE SKIP LOCKED) RETURNING id
), effect AS (INSERT INTO effects (event) SELECT id FROM taken)
SELECT id FROM taken
"""
PEER_LOOK_SECONDS = 0.1
DATA = {"type": "send", "network": "bitcoin", "asset": "BTC", "amount_minor": "150000", "note": "x" * 120}
_seen: dict[int, float] = {}


def _have_effect(facts: Sequence[Fact], _now: datetime) -> None:
    """Write every event down; once that is committed, note the time."""
    ids = [fact.place.id for fact in facts]
    with connection.cursor() as cursor:
        cursor.execute(EFFECT, [ids])
    transaction.on_commit(lambda: _note(ids))


def _note(ids: Sequence[int]) -> None:
    at = time.time()
    for each in ids:
        _seen.setdefault(each, at)


CONSUMER = Consumer("benchmark", _have_effect)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("role", choices=["write", "serve", "serve_peer", "commit"])
    arguments.add_argument("--count", type=int, default=1_000, help="events to write")
    arguments.add_argument("--group", type=int, default=1, help="events in one transaction")
    arguments.add_argument("--per-second", type=float, default=0, help="transactions; 0: as fast as it can")
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--seconds", type=float, default=5)
    arguments.add_argument("--notify", choices=["none", "inside", "after", "thread"], default="thread")
    arguments.add_argument("--peer", action="store_true", help="write to the peer's outbox")
    options = arguments.parse_args()
    roles: dict[str, Callable[[argparse.Namespace], object]] = {
        "write": _write,
        "serve": _serve,
        "serve_peer": _serve_peer,
        "commit": _commit,
    }
    json.dump(roles[options.role](options), sys.stdout)
    sys.stdout.flush()
    os._exit(0)


def _write(options: argparse.Namespace) -> dict[int, float]:
    """Write so many events; return when each was committed."""
    committed: dict[int, float] = {}
    each = _write_to_peer if options.peer else _write_facts
    with connection.cursor() as cursor:  # connected before the clock starts
        cursor.execute("SELECT 1")
    started = time.monotonic()
    for number in range(options.count // options.group):
        if options.per_second:
            time.sleep(max(0.0, started + number / options.per_second - time.monotonic()))
        ids = each(options.group)
        at = time.time()
        committed |= dict.fromkeys(ids, at)
    time.sleep(0.05)  # for the last knock
    return committed


def _write_facts(count: int) -> list[int]:
    now = datetime.now(UTC)
    with transaction.atomic(), gather():
        made = [
            record(type="x.said", subject=FeedHead(pk="usr_x"), actor="system", user_id="usr_x", now=now, data=DATA)
            for _ in range(count)
        ]
    return [event.pk for event in made]


def _write_to_peer(count: int) -> list[int]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO peer (type, data) SELECT 'x.said', %s::jsonb FROM generate_series(1, %s) RETURNING id",
            [json.dumps(DATA), count],
        )
        return [row[0] for row in cursor.fetchall()]


def _serve(_options: argparse.Namespace) -> dict[int, float]:
    """Have effects until told to stop; return when each was committed."""
    process = BusProcess(registry.bus(), registry.consumers(), clock=lambda: datetime.now(UTC))
    signal.signal(signal.SIGTERM, lambda *_: process.ask_to_stop())
    process.start()
    process.wait()
    process.stop()
    return _seen


def _serve_peer(_options: argparse.Namespace) -> dict[int, float]:
    """The plain outbox: rows that are deleted with their effect, looked at every tenth of a second."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    while not stopping.is_set():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(PEER_TAKE)
            ids = [row[0] for row in cursor.fetchall()]
        _note(ids)
        if not ids:
            time.sleep(PEER_LOOK_SECONDS)
    return _seen


def _commit(options: argparse.Namespace) -> int:
    """Commit single events in threads for so long, each with its own way of waking who listens; return how many."""
    settings.EVENTS_KNOCK = options.notify == "thread"
    counts = [0] * options.threads
    ends_at = time.monotonic() + options.seconds

    def work(place: int) -> None:
        now = datetime.now(UTC)
        subject = FeedHead(pk="usr_x")
        while time.monotonic() < ends_at:
            with transaction.atomic():
                record(type="x.said", subject=subject, actor="system", user_id="usr_x", now=now, data=DATA)
                if options.notify == "inside":
                    _execute(f"NOTIFY {CHANNEL}")
            if options.notify == "after":
                _execute("SELECT set_config('synchronous_commit', 'off', true), pg_notify('" + CHANNEL + "', '')")
            counts[place] += 1

    threads = [threading.Thread(target=work, args=(place,)) for place in range(options.threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


if __name__ == "__main__":
    # By the name under which the registry knows its consumer.
    importlib.import_module("benchmarks.events_worker").main()
