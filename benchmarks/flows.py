"""
The speed of whole flows: the product's own processes on a PostgreSQL of their own, with fsync on, and a local network.

python -m benchmarks.flows [--seconds 20] [--callers 12] [--people 40] [--sends 600] [--no-check]: prints transfers a
second from the API to the recipient's WebSocket beside bare ledger posts, sends signed and broadcast a second, and
what idle workers ask the database; exits non-zero if one is below what the project promises.
"""

import argparse
import json
import math
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg

from benchmarks.ledger import Benchmark
from devnet.console import Console
from devnet.places import ROOT, VAR, free_port
from devnet.run import guarded
from devnet.stack import (
    Instance,
    Product,
    key_variables,
    prepare,
    secret_key,
    start_networks,
    start_product,
    wait_for_product,
)
from devnet.supervisor import Program, Supervisor

TRANSFERS_PER_SECOND = 200
TRANSFER_P95_MILLISECONDS = 150
SENDS_PER_SECOND = 30
IDLE_SECONDS = 10
WARM_UP_SECONDS = 5
WARM_SECONDS = 180
IDLE_SHARE = 0.1
STEP_SECONDS = 5
CATCH_UP_SECONDS = 300
BARE_ACCOUNTS = 10_000
BROADCAST = "SELECT count(DISTINCT transaction_id) FROM transactions_attempt WHERE broadcast_count > 0"


class FlowBenchmark:
    """All measurements, in order, on one running product."""

    def __init__(self, supervisor: Supervisor, instance: Instance, options: argparse.Namespace) -> None:
        self.supervisor = supervisor
        self.instance = instance
        self.options = options
        self.people = instance.data / "people.json"
        self.failures: list[str] = []
        self.variables: dict[str, str] = {}

    def run(self) -> None:
        self.variables = start_networks(self.supervisor, self.instance)
        prepare(self.supervisor, self.variables, self.instance)
        self.variables["PUBLIC_URL"] = f"http://127.0.0.1:{free_port()}"
        self._python("benchmarks.flows_people", "open", str(self.people), f"--people={self.options.people}")
        product = start_product(self.supervisor, self.variables, self.instance, port=free_port())
        wait_for_product(self.supervisor, product)
        self._say_where()
        transfers = self._transfers(product)
        bare = self._bare_posts()
        print(f"{bare / transfers:38.1f} bare ledger posts for each whole transfer")
        self._idle()
        self._sends()
        self.supervisor.check()

    def _say_where(self) -> None:
        version = self._ask("SHOW server_version")
        print(f"PostgreSQL {version}, fsync {self._ask('SHOW fsync')}, {os.cpu_count()} processors,", end=" ")
        print(f"load before it {os.getloadavg()[0]:.1f}", flush=True)

    def _transfers(self, product: Product) -> float:
        """Let people transfer to one another through the API; measure until the recipient's WebSocket shows it."""
        places = [str(self.people), f"--web={product.web}", f"--live={product.live}"]
        places.append(f"--callers={self.options.callers}")
        self._wait_for_idleness()
        self._python("benchmarks.flows_load", *places, f"--seconds={WARM_UP_SECONDS}")
        self._wait_for_relay()
        before = _processor_seconds(self.supervisor)
        answer = json.loads(self._python("benchmarks.flows_load", *places, f"--seconds={self.options.seconds}"))
        if answer["refusals"]:
            raise SystemExit(f"Refused: {answer['refusals']}")
        count, ends = answer["count"], answer["ends"]
        rate: float = count / answer["seconds"]
        print(
            f"internal transfers, API to WebSocket, {self.options.callers} callers {rate:14,.0f}/s  ({count} of them)"
        )
        self._print_times("  until the API has answered", answer["answers"])
        end = self._print_times("  until the recipient's WebSocket shows it", ends)
        if len(ends) != count:
            self.failures.append(f"{count - len(ends)} transfers were never shown")
        self._promise(rate, TRANSFERS_PER_SECOND, "transfers a second")
        self._promise(-end, -TRANSFER_P95_MILLISECONDS, "ms p95 end to end")
        used = _processor_seconds(self.supervisor)
        _print_processors(before, used | {"callers": answer["processor_seconds"]}, count)
        self._print_lag()
        return rate

    def _print_lag(self) -> None:
        """Print how long those who read the events afterwards, and gave way meanwhile, take to catch up."""
        began = time.monotonic()
        last = self._ask("SELECT max(id) FROM events_event WHERE live_type = 'transaction.updated'")
        told = f"SELECT number >= {last} FROM notifications_cursor"
        while not self._ask(told):
            if time.monotonic() > began + CATCH_UP_SECONDS:
                self.failures.append("notifications did not catch up")
                break
            time.sleep(0.2)
        print(f"{time.monotonic() - began:38.1f} seconds later everybody has been notified, too", flush=True)

    def _wait_for_idleness(self) -> None:
        """Wait until workers have imported what they need and filled their pools of keys, once in a product's life."""
        deadline = time.monotonic() + WARM_SECONDS
        used = busy = math.inf
        while busy > IDLE_SHARE and time.monotonic() < deadline:
            before, used = used, _processor_seconds(self.supervisor)["worker"]
            busy = (used - before) / STEP_SECONDS if before < math.inf else math.inf
            time.sleep(STEP_SECONDS)
        print(f"workers use {busy:.0%} of a processor with nothing to do", flush=True)

    def _wait_for_relay(self) -> None:
        """Wait until workers have imported all they need, which takes seconds, and nothing is left of the warm-up."""
        while self._ask("SELECT count(*) FROM events_pending"):
            time.sleep(0.2)
        time.sleep(2)

    def _bare_posts(self) -> float:
        """Return what the ledger alone does on the same server: one posting a call, 8 connections."""
        with psycopg.connect(self.variables["CORE_DATABASE_URL"], autocommit=True) as connection:
            connection.execute("CREATE DATABASE bare_ledger")
        url = self.variables["CORE_DATABASE_URL"].rpartition("/")[0]
        server: Any = SimpleNamespace(url=lambda name: f"{url}/{'bare_ledger' if name == 'holdfast' else name}")
        ledger = Benchmark(server, argparse.Namespace(accounts=BARE_ACCOUNTS, skip_peers=True))
        ledger.fill()
        return ledger.measure("bare ledger, one posting a call, 8 connections", "holdfast", 5, 1, 8).per_second

    def _idle(self) -> None:
        """Print what all processes ask the database with nothing to do."""
        time.sleep(5)
        before, began = self._queries(), time.monotonic()
        time.sleep(IDLE_SECONDS)
        rate = (self._queries() - before) / (time.monotonic() - began)
        print(f"{rate:38.1f} queries a second of idle workers, beat and feeds", flush=True)

    def _sends(self) -> None:
        """Let sends wait, start the workers, and measure until all are signed and handed to the network."""
        stopped = {name: self.supervisor.running[name].program for name in ("beat", "worker")}
        self.supervisor.stop_programs(list(stopped))
        self._python("benchmarks.flows_people", "send", str(self.people), f"--sends={self.options.sends}")
        for program in stopped.values():
            self.supervisor.start(program)
        deadline = time.monotonic() + 120
        with psycopg.connect(self.variables["CORE_DATABASE_URL"], autocommit=True) as connection:
            began, first, found = 0.0, 0, 0
            while found < self.options.sends and time.monotonic() < deadline:
                row = connection.execute(BROADCAST).fetchone()
                found = row[0] if row else 0
                if found and not began:
                    began, first = time.monotonic(), found
                time.sleep(0.05)
            seconds = time.monotonic() - began
        rate = (found - first) / seconds
        print(f"sends prepared, signed and broadcast {rate:24,.0f}/s  ({found} of {self.options.sends})")
        self._promise(rate, SENDS_PER_SECOND, "sends a second")
        if found < self.options.sends:
            self.failures.append("not all sends were broadcast")

    def _queries(self) -> float:
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        collector: Any = MultiProcessCollector
        metrics = collector(CollectorRegistry(), path=str(self.instance.data / "metrics")).collect()
        samples = [sample for metric in metrics for sample in metric.samples]
        return sum(float(sample.value) for sample in samples if sample.name == "django_db_execute_total")

    def _python(self, module: str, *arguments: str) -> str:
        """Run a module of ours to its end; return what it printed."""
        lines: list[str] = []
        environment = {**self.variables, **key_variables(self.instance), "HOLDFAST_ROLE": "command"}
        command = [sys.executable, "-m", module, *arguments]
        self.supervisor.run(Program(module, command, environment, ROOT, sink=lines.append))
        return "\n".join(lines)

    def _ask(self, query: str) -> Any:
        with psycopg.connect(self.variables["CORE_DATABASE_URL"]) as connection:
            row = connection.execute(query.encode()).fetchone()
        return row and row[0]

    def _print_times(self, what: str, seconds: list[float]) -> float:
        """Print median and 95th percentile; return the latter in milliseconds."""
        middle, late = (seconds[len(seconds) * part // 100] * 1000 if seconds else 1e9 for part in (50, 95))
        print(f"{what:52} {'':10}   p50 {middle:7.1f} ms   p95 {late:7.1f} ms", flush=True)
        return late

    def _promise(self, value: float, least: float, what: str) -> None:
        is_kept = value >= least
        bound = "at least" if least > 0 else "at most"
        print(f"{abs(value):38,.1f} {what}: {'kept' if is_kept else 'NOT KEPT'}, {bound} {abs(least):,.0f}", flush=True)
        if not is_kept:
            self.failures.append(what)


def _processor_seconds(supervisor: Supervisor) -> dict[str, float]:
    """Return the seconds each program with all its children has used so far."""
    parents, used = {}, {}
    for folder in Path("/proc").iterdir():
        if folder.name.isdigit():
            try:
                fields = (folder / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(folder.name)] = int(fields[1])
            used[int(folder.name)] = (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    programs = {running.process.pid: name for name, running in supervisor.running.items()}
    found = dict.fromkeys(programs.values(), 0.0)
    for process, seconds in used.items():
        ancestor = process
        while ancestor and ancestor not in programs:
            ancestor = parents.get(ancestor, 0)
        if ancestor:
            found[programs[ancestor]] += seconds
    return found


def _print_processors(before: dict[str, float], after: dict[str, float], count: int) -> None:
    used = {name: after[name] - before.get(name, 0) for name in after if after[name] - before.get(name, 0) > 0.05}
    shown = "   ".join(f"{name} {1000 * seconds / count:.1f}" for name, seconds in used.items())
    print(f"  processor milliseconds for each transfer: {shown}", flush=True)


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=20)
    arguments.add_argument("--callers", type=int, default=12)
    arguments.add_argument("--people", type=int, default=40)
    arguments.add_argument("--sends", type=int, default=600)
    arguments.add_argument("--no-check", action="store_true", help="only print")
    options = arguments.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="holdfast-benchmark-"))
    folder.chmod(0o711)
    instance = Instance(
        data=folder,
        key_file=folder / "keys" / "keys.json",
        ethereum_block_seconds=1,
        bitcoin_block_seconds=0,
        extra={"SECRET_KEY": secret_key(folder), "LOG_FORMAT": "json"},
    )
    console = Console(VAR / "log" / "benchmark.log", is_quiet=True, stream=sys.stderr)
    failures: list[str] = []

    def work(supervisor: Supervisor) -> None:
        benchmark = FlowBenchmark(supervisor, instance, options)
        benchmark.run()
        failures.extend(benchmark.failures)

    try:
        code = guarded(console, work)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if failures and not options.no_check:
        sys.exit("Not as promised: " + "; ".join(failures))
    return code


if __name__ == "__main__":
    sys.exit(main())
