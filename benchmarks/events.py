"""
The speed of events: from the transaction that writes them to the committed effect of their consumer, on each bus.

python -m benchmarks.events [--events 40000] [--seconds 10] [--no-check]: prints events a second through each bus and
the time from commit to effect at 500 a second, beside a plain outbox table that is polled and deleted from (with SKIP
LOCKED), and what waking listeners costs a commit; exits non-zero if one is below what the project promises.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.private_postgres import PrivatePostgres
from devnet.places import ROOT
from tests.factories.nats import NatsServer

EVENTS_PER_SECOND = 5_000
PACE_PER_SECOND = 500
P95_MILLISECONDS = 50
GROUP = 20
WRITERS = 2
TABLES = """
CREATE TABLE effects (event bigint);
CREATE TABLE peer (id bigserial PRIMARY KEY, type text, data jsonb);
"""
WAKING = {
    "none": "nobody is woken",
    "thread": "a thread knocks, as the product does",
    "after": "NOTIFY after the commit, by the writer",
    "inside": "NOTIFY inside the transaction",
}


class EventBenchmark:
    """All measurements, in order, on one server."""

    def __init__(self, postgres: PrivatePostgres, nats: NatsServer, options: argparse.Namespace) -> None:
        self.postgres = postgres
        self.options = options
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "benchmarks.events_settings",
            "CORE_DATABASE_URL": postgres.url("holdfast"),
            "NATS_URL": nats.url,
            "EVENTS_KNOCK": "1",
        }
        self.failures: list[str] = []

    def run(self) -> None:
        self._prepare()
        print(f"\n{'':34} {'a second':>10} {'p50':>10} {'p95':>10} {'p99':>10}   (commit to effect at 500/s)")
        self._measure("PostgreSQL", "serve", {"EVENTS_BUS": "postgresql"})
        self._measure("NATS JetStream", "serve", {"EVENTS_BUS": "nats"})
        self._measure("plain outbox, polled every 0.1 s", "serve_peer", {}, "--peer")
        self._waking()
        if self.failures and not self.options.no_check:
            sys.exit("Not as promised: " + "; ".join(self.failures))

    def _prepare(self) -> None:
        with psycopg.connect(self.postgres.url("postgres"), autocommit=True) as session:
            session.execute("CREATE DATABASE holdfast")
            version = session.execute("SHOW server_version").fetchone()
            fsync = session.execute("SHOW fsync").fetchone()
        command = [sys.executable, "-m", "django", "migrate", "--skip-checks", "-v0"]
        subprocess.run(command, check=True, cwd=ROOT, env=self.environment)
        with psycopg.connect(self.postgres.url("holdfast"), autocommit=True) as session:
            session.execute(TABLES.encode())
        print(f"PostgreSQL {version and version[0]}, fsync {fsync and fsync[0]}, {os.cpu_count()} processors,", end=" ")
        print(f"load before it {os.getloadavg()[0]:.1f}, {GROUP} events a transaction, {WRITERS} writers", flush=True)

    def _measure(self, name: str, role: str, variables: dict[str, str], *written: str) -> None:
        self._ask("TRUNCATE effects; DELETE FROM events_listener; DELETE FROM events_carried")
        server = self._start(role, variables)
        while role == "serve" and self._ask("SELECT count(*) FROM events_listener") < 1 + (name != "PostgreSQL"):
            time.sleep(0.1)  # until it listens: the past is not its business
        self._flow(1, 100, *written)  # everything is connected then
        flood = self._flow(WRITERS, self.options.events, f"--group={GROUP}", *written)
        paced = self._flow(
            WRITERS,
            int(self.options.seconds * PACE_PER_SECOND),
            f"--per-second={PACE_PER_SECOND / WRITERS}",
            *written,
        )
        server.send_signal(signal.SIGTERM)
        seen = json.loads(server.communicate(timeout=60)[0])
        twice = self._ask("SELECT count(*) - count(DISTINCT event) FROM effects")
        assert twice == 0, f"{twice} effects too many"
        missing = flood.keys() - seen.keys() | paced.keys() - seen.keys()
        assert not missing, f"{len(missing)} effects were never seen, the first {min(missing)}"
        rate = len(flood) / (max(seen[each] for each in flood) - min(flood.values()))
        waits = sorted(1_000 * (seen[each] - at) for each, at in paced.items())
        p50, p95, p99 = (waits[int(len(waits) * part)] for part in (0.5, 0.95, 0.99))
        print(f"{name:34} {rate:10,.0f} {p50:7.1f} ms {p95:7.1f} ms {p99:7.1f} ms", flush=True)
        if role == "serve":
            self._promise(rate >= EVENTS_PER_SECOND, f"{name}: {rate:,.0f} events a second, not {EVENTS_PER_SECOND:,}")
            self._promise(p95 <= P95_MILLISECONDS, f"{name}: p95 {p95:.0f} ms, not {P95_MILLISECONDS} ms")

    def _flow(self, writers: int, events: int, *arguments: str) -> dict[str, float]:
        """Write so many events and wait until all had their effect; return when each was committed."""
        expected = self._ask("SELECT count(*) FROM effects") + events
        command = [f"--count={events // writers}", *arguments]
        processes = [self._start("write", {}, *command) for _ in range(writers)]
        committed: dict[str, float] = {}
        for process in processes:
            committed |= json.loads(process.communicate(timeout=600)[0])
        while self._ask("SELECT count(*) FROM effects") < expected:
            time.sleep(0.1)
        return committed

    def _waking(self) -> None:
        """Print how many single events 8 connections commit a second, by how listeners are woken; in turns."""
        server = self._start("serve", {"EVENTS_BUS": "postgresql"})
        print(f"\n{'Commits of one event, 8 connections':46} {'a second':>10}")
        best = dict.fromkeys(WAKING, 0.0)
        for _ in range(self.options.rounds):
            for notify in WAKING:
                command = ["--threads=4", f"--seconds={self.options.seconds / 2}", f"--notify={notify}"]
                processes = [self._start("commit", {}, *command) for _ in range(2)]
                count = sum(json.loads(process.communicate(timeout=60)[0]) for process in processes)
                best[notify] = max(best[notify], count / (self.options.seconds / 2))
        for notify, words in WAKING.items():
            print(f"{words:46} {best[notify]:10,.0f}", flush=True)
        server.kill()
        server.communicate()

    def _start(self, role: str, variables: dict[str, str], *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "benchmarks.events_worker", role, *arguments]
        environment = self.environment | variables
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)

    def _ask(self, statement: str) -> Any:
        if not hasattr(self, "session"):
            self.session = psycopg.connect(self.postgres.url("holdfast"), autocommit=True)
        cursor = self.session.execute(statement.encode())
        row = cursor.fetchone() if cursor.description else None
        return row[0] if row else 0

    def _promise(self, is_kept: bool, words: str) -> None:
        if not is_kept:
            self.failures.append(words)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--events", type=int, default=40_000, help="through each bus, as fast as it can")
    arguments.add_argument("--seconds", type=float, default=10, help="of 500 events a second on each bus")
    arguments.add_argument("--rounds", type=int, default=2, help="of what waking listeners costs")
    arguments.add_argument("--no-check", action="store_true", help="print only")
    options = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the servers are stopped, too
    postgres = PrivatePostgres()
    with tempfile.TemporaryDirectory(prefix="holdfast-nats-") as folder:
        nats = NatsServer(Path(folder))
        try:
            EventBenchmark(postgres, nats, options).run()
        finally:
            nats.kill()
            postgres.stop()


if __name__ == "__main__":
    main()
