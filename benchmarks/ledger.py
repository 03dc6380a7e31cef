"""
The ledger's speed beside django-hordak and a plain ORM ledger, all on one PostgreSQL with fsync on.

python -m benchmarks.ledger [--seconds 60] [--accounts 100000]: prints the figures, and exits non-zero if one
is below what the project promises or if a killed server lost or doubled a posting.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.private_postgres import PrivatePostgres

ROOT = Path(__file__).resolve().parent.parent
OPENING_BALANCE = 10**18
FILL_ACCOUNTS = """
INSERT INTO ledger_account (code, asset_id, purpose, normal_side, balance, version, opened_at)
SELECT 'wallet:' || g || ':available', 'BTC', 'user_available', 'credit', 0, 0, now() FROM generate_series(1, {0}) g;
INSERT INTO ledger_account (code, asset_id, purpose, normal_side, balance, version, opened_at)
VALUES ('network:bitcoin:treasury', 'BTC', 'treasury', 'debit', 0, 0, now());
WITH line AS (
    SELECT (n - 1) / 1000 AS part, n, 'wallet:' || n || ':available' AS code, {1}::numeric AS amount
    FROM generate_series(1, {0}) n
    UNION ALL
    SELECT (n - 1) / 1000, 0, 'network:bitcoin:treasury', -{1}::numeric * count(*)
    FROM generate_series(1, {0}) n GROUP BY 1
), written AS (SELECT *, code || chr(31) || 'BTC' || chr(31) || amount AS text FROM line)
SELECT ledger_post('funding:' || part,
    sha256(convert_to('deposit' || chr(30) || chr(30) || string_agg(text, chr(30) ORDER BY text COLLATE "C"), 'UTF8')),
    'deposit', now(), array_agg(code ORDER BY n), array_agg('BTC'::text), array_agg(amount ORDER BY n), NULL, NULL)
FROM written GROUP BY part;
VACUUM ANALYZE ledger_account;
"""
FILL_PEERS = """
INSERT INTO plain_orm_plainaccount (id, balance) SELECT g, {1} FROM generate_series(1, {0}) g;
INSERT INTO hordak_account (id, uuid, name, type, is_bank_account, currencies, lft, rght, tree_id, level)
SELECT g, gen_random_uuid(), 'account ' || g, 'LI', false, '["EUR"]', 1, 2, g, 0 FROM generate_series(1, {0}) g;
VACUUM ANALYZE plain_orm_plainaccount;
VACUUM ANALYZE hordak_account;
"""

SINGLES = {
    "holdfast": "one posting a call",
    "hordak_transfer": "django-hordak, transfer_to",
    "hordak_bulk": "django-hordak, bulk_create",
    "orm": "plain ORM, select_for_update",
}


@dataclass(frozen=True)
class Figure:
    """What one measurement gave."""

    per_second: float
    p50_milliseconds: float
    p95_milliseconds: float


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=60, help="of each batch measurement")
    arguments.add_argument("--single-seconds", type=float, default=10, help="of each measurement of single postings")
    arguments.add_argument("--rounds", type=int, default=2, help="of single postings")
    arguments.add_argument("--accounts", type=int, default=100_000)
    arguments.add_argument("--skip-peers", action="store_true")
    options = arguments.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))  # so that the server is stopped, too
    postgres = PrivatePostgres()
    try:
        Benchmark(postgres, options).run()
    finally:
        postgres.stop()


class Benchmark:
    """All measurements, in order, on one server."""

    def __init__(self, postgres: PrivatePostgres, options: argparse.Namespace) -> None:
        self.postgres = postgres
        self.options = options
        self.environment = os.environ | {
            "CORE_DATABASE_URL": postgres.url("holdfast"),
            "PEERS_DATABASE_URL": postgres.url("peers"),
        }
        self.failures: list[str] = []

    def run(self) -> None:
        self._prepare()
        seconds = self.options.single_seconds
        rates = self._compare_singles(seconds)
        self.measure("one posting a call, one hot account", "holdfast", seconds, 1, 8, "--hot")
        if not self.options.skip_peers:
            hordak = max(rates["hordak_transfer"], rates["hordak_bulk"])
            self._promise(rates["holdfast"] / hordak, 2.0, "times django-hordak's best")
            print(f"{rates['holdfast'] / rates['orm']:38.1f} times the plain ORM")
        batch = self.measure("batches of 1,000, two connections", "holdfast", self.options.seconds, 1, 2, "--size=1000")
        self._promise(batch.per_second, 10_000, "postings a second in batches of 1,000")
        hot = self.measure(
            "  the same, one hot account", "holdfast", min(self.options.seconds, 20), 1, 2, "--size=1000", "--hot"
        )
        self._promise(hot.per_second, 5_000, "postings a second on one hot account")
        self.measure("batches of 100, one connection", "holdfast", seconds, 1, 1, "--size=100")
        if not self.options.skip_peers:
            self.measure("django-hordak, batches of 1,000", "hordak_bulk", seconds, 1, 1, "--size=1000")
        self._kill()
        if self.failures:
            sys.exit("Not as promised: " + "; ".join(self.failures))

    def _prepare(self) -> None:
        with psycopg.connect(self.postgres.url("postgres"), autocommit=True) as connection:
            connection.execute("CREATE DATABASE holdfast")
            connection.execute("CREATE DATABASE peers")
            version = connection.execute("SHOW server_version").fetchone()
            fsync = connection.execute("SHOW fsync").fetchone()
        print(f"PostgreSQL {version and version[0]}, fsync {fsync and fsync[0]}, {os.cpu_count()} processors,", end=" ")
        print(f"{self.options.accounts:,} accounts", flush=True)
        self.fill()
        if not self.options.skip_peers:
            self._manage("benchmarks.peers_settings", "migrate", "--run-syncdb", "--skip-checks", "-v0")
            self._fill("peers", FILL_PEERS)

    def fill(self) -> None:
        """Make the tables of the ledger, and accounts with money in them."""
        self._manage("benchmarks.ledger_settings", "migrate", "--skip-checks", "-v0")
        self._fill("holdfast", FILL_ACCOUNTS)

    def _manage(self, settings: str, *command: str) -> None:
        environment = self.environment | {"DJANGO_SETTINGS_MODULE": settings}
        subprocess.run([sys.executable, "-m", "django", *command], check=True, cwd=ROOT, env=environment)

    def _fill(self, database: str, script: str) -> None:
        with psycopg.connect(self.postgres.url(database), autocommit=True) as connection:
            for statement in script.format(self.options.accounts, OPENING_BALANCE).split(";\n"):
                if statement.strip():
                    connection.execute(statement.encode())

    def _compare_singles(self, seconds: float) -> dict[str, float]:
        """
        Return each contender's best rate on 8 connections: of 8 threads and 8 processes, in several rounds.

        The contenders take turns, so that whatever else the machine does bears on all of them.
        """
        contenders = {
            name: title for name, title in SINGLES.items() if name == "holdfast" or not self.options.skip_peers
        }
        best = dict.fromkeys(contenders, 0.0)
        for turn in range(1, self.options.rounds + 1):
            for workers, processes, threads in (("threads", 1, 8), ("processes", 8, 1)):
                for name, title in contenders.items():
                    figure = self.measure(f"{title}, 8 {workers}, round {turn}", name, seconds, processes, threads)
                    best[name] = max(best[name], figure.per_second)
        return best

    def measure(self, title: str, what: str, seconds: float, processes: int, threads: int, *more: str) -> Figure:
        workers = self._start_workers(what, seconds, processes, threads, *more)
        answers = [json.loads(worker.communicate()[0]) for worker in workers]
        if any(worker.returncode for worker in workers):
            raise SystemExit(f"{title}: a worker failed")
        latencies = sorted(each for answer in answers for each in answer["latencies"])
        figure = Figure(
            sum(answer["count"] for answer in answers) / seconds,
            latencies[len(latencies) // 2] * 1000,
            latencies[len(latencies) * 95 // 100] * 1000,
        )
        print(
            f"{title:52} {figure.per_second:8,.0f}/s"
            f"   p50 {figure.p50_milliseconds:7.1f} ms   p95 {figure.p95_milliseconds:7.1f} ms",
            flush=True,
        )
        return figure

    def _start_workers(
        self, what: str, seconds: float, processes: int, threads: int, *more: str
    ) -> list[subprocess.Popen[str]]:
        start = time.time() + 2 + processes * 1.0 + threads * 0.02  # time to import Django and to connect
        command = [sys.executable, "-m", "benchmarks.ledger_worker", what, f"--accounts={self.options.accounts}"]
        command += [f"--start={start}", f"--seconds={seconds}", f"--threads={threads}", *more]
        return [
            subprocess.Popen(command, cwd=ROOT, env=self.environment, stdout=subprocess.PIPE, text=True)
            for _ in range(processes)
        ]

    def _promise(self, value: float, least: float, what: str) -> None:
        is_kept = value >= least
        print(f"{value:38,.1f} {what}: {'kept' if is_kept else 'NOT KEPT'}, at least {least:,.0f}", flush=True)
        if not is_kept:
            self.failures.append(what)

    def _kill(self) -> None:
        """Kill the server in the middle of single and batch postings: what was acknowledged stands, once."""
        with tempfile.TemporaryDirectory() as folder:
            files = [Path(folder) / str(number) for number in range(4)]
            workers = []
            for number, file in enumerate(files):
                size = "--size=1" if number % 2 else "--size=100"
                workers += self._start_workers("holdfast", 90, 1, 1, size, f"--acknowledged={file}")
            deadline = time.monotonic() + 60
            while not all(file.exists() and file.stat().st_size for file in files) and time.monotonic() < deadline:
                time.sleep(0.1)
            time.sleep(2)
            self.postgres.kill()
            for worker in workers:
                worker.communicate()
            self.postgres.start()
            keys = [key for file in files for key in file.read_text().split("\n")[:-1]]
        with psycopg.connect(self.postgres.url("holdfast")) as connection:
            row = connection.execute("SELECT count(*) FROM ledger_posting WHERE key = ANY(%s)", [keys]).fetchone()
        found = row[0] if row else 0
        print(f"kill -9 of the server: {len(keys):,} postings acknowledged before it, {found:,} found after it")
        if not keys or found != len(keys):
            self.failures.append("nothing lost at kill -9")
        verify = subprocess.run(
            [sys.executable, "manage.py", "verify_ledger"],
            cwd=ROOT,
            env=self.environment | {"DJANGO_SETTINGS_MODULE": "benchmarks.ledger_settings"},
            check=False,
        )
        if verify.returncode:
            self.failures.append("the books agree after kill -9")


if __name__ == "__main__":
    main()
