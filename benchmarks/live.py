"""
Idle WebSocket connections in one live process: what 5,000 of them take of its memory, and how soon all of them hear.

python -m benchmarks.live [--connections 5000] [--no-check]: prints the memory of the product's own live process before
and after, for each connection, and when all have had a message, beside a bare echo server on `websockets` and channels
with its usual Redis layer under the same uvicorn. All of it on 127.0.0.1; exits non-zero where a promise is broken.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from devnet.console import Console
from devnet.places import ROOT, free_port, is_listening
from devnet.run import guarded
from devnet.services import start_services
from devnet.stack import LIVE_OPTIONS
from devnet.supervisor import Supervisor

WARM = 20
MOST_KILOBYTES_EACH = 100
SETTLE_SECONDS = 3.0


class LiveBenchmark:
    """All measurements, in order; each server in a process of its own, which is new."""

    def __init__(self, supervisor: Supervisor, folder: Path, options: argparse.Namespace) -> None:
        self.supervisor = supervisor
        self.folder = folder
        self.count = options.connections
        self.failures: list[str] = []
        self.environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "wallet_project.settings.dev", "DEVNET": "0"}
        self.environment |= {"DEBUG": "0", "HOLDFAST_ROLE": "live"}

    def run(self) -> None:
        self.environment |= start_services(self.supervisor, self.folder)
        tokens = self.folder / "tokens"
        self._python("manage.py", "migrate", "--skip-checks", "-v0")
        self._python("-m", "benchmarks.live_people", "open", str(tokens), f"--people={self.count}")
        print(f"{os.cpu_count()} processors, load before it {os.getloadavg()[0]:.1f}, {self.count:,} connections")
        print(f"\n{'':34} {'before':>9} {'after':>9} {'each':>9} {'opened in':>10}", flush=True)
        uvicorn = [sys.executable, "-m", "uvicorn", "--host", "127.0.0.1", *LIVE_OPTIONS]
        product = [*uvicorn, "wallet_project.asgi:application", "--port"]
        self._measure("the product's live process", product, self.environment, tokens)
        peer = {**self.environment, "HOLDFAST_ROLE": "peer"}
        self._measure("channels with its Redis layer", [*uvicorn, "benchmarks.live_peers:channels", "--port"], peer)
        self._measure("websockets, a bare echo server", [sys.executable, "-m", "benchmarks.live_peers", "echo"], peer)

    def _measure(self, name: str, command: list[str], environment: dict[str, str], tokens: Path | None = None) -> None:
        port = free_port()
        quiet = None if tokens else subprocess.DEVNULL  # what peers say when their clients hang up
        server = subprocess.Popen([*command, str(port)], cwd=ROOT, env=environment, stderr=quiet, stdout=quiet)
        try:
            while not is_listening(port):
                assert server.poll() is None, f"{name} did not start"
                time.sleep(0.1)
            with Listeners(port, WARM, tokens):
                time.sleep(SETTLE_SECONDS)
            before = _resident(server.pid)
            with Listeners(port, self.count, tokens) as listeners:
                time.sleep(SETTLE_SECONDS)
                after = _resident(server.pid)
                each = (after - before) / max(listeners.open, 1)
                print(f"{name:34} {before / 1024:6.1f} MB {after / 1024:6.1f} MB {each:6.1f} kB", end=" ")
                print(f"{listeners.seconds:8.1f} s", flush=True)
                if listeners.open < self.count:
                    print(f"  {listeners.open:,} of them are open, {listeners.refused:,} were refused")
                if tokens:
                    self._tell_everybody(listeners, server.pid)
                    if each > MOST_KILOBYTES_EACH:
                        self.failures.append(f"{each:.0f} kB for a connection, not {MOST_KILOBYTES_EACH}")
        finally:
            server.send_signal(signal.SIGKILL)
            server.wait()

    def _tell_everybody(self, listeners: "Listeners", process: int) -> None:
        """Record a message for each of them; print when the last one has heard it, and that nobody hung up."""
        began = time.time()
        self._python("-m", "benchmarks.live_people", "say")
        told = listeners.ask(f"heard {self.count}")
        seconds = told["at"] - began
        print(f"{'  a message to each of them':34} heard by {told['heard']:,} in {seconds:.1f} s", end=", ")
        print(f"{told['open']:,} still open, {_resident(process) / 1024:.1f} MB", flush=True)
        if told["heard"] != self.count or told["open"] != self.count:
            self.failures.append(f"{told['heard']} heard it and {told['open']} are open, of {self.count}")

    def _python(self, *arguments: str) -> None:
        subprocess.run([sys.executable, *arguments], check=True, cwd=ROOT, env=self.environment)


class Listeners:
    """So many clients, in a process of their own; they hang up at the end."""

    def __init__(self, port: int, count: int, tokens: Path | None) -> None:
        command = [sys.executable, "-m", "benchmarks.live_clients", str(port), str(count)]
        command += [f"--tokens={tokens}"] if tokens else []
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )

    def ask(self, question: str) -> Any:
        assert self._process.stdin
        self._process.stdin.write(question + "\n")
        return self._answer()

    def _answer(self) -> Any:
        assert self._process.stdout
        return json.loads(self._process.stdout.readline())

    def __enter__(self) -> "Listeners":
        answer = self._answer()
        self.open, self.refused, self.seconds = answer["open"], answer["refused"], answer["seconds"]
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate()


def _resident(process: int) -> int:
    """Return the memory of a process, in kB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith("VmRSS")).split()[1])


def main() -> int:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--connections", type=int, default=5_000)
    arguments.add_argument("--no-check", action="store_true", help="print only")
    options = arguments.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # the servers and the clients inherit it
    if most < options.connections + 100:
        sys.exit(f"{most} open files are allowed here, too few for {options.connections} connections.")
    failures: list[str] = []
    with tempfile.TemporaryDirectory(prefix="holdfast-live-") as folder:

        def work(supervisor: Supervisor) -> None:
            benchmark = LiveBenchmark(supervisor, Path(folder), options)
            benchmark.run()
            failures.extend(benchmark.failures)

        Path(folder).chmod(0o711)  # the databases have a user of their own
        code = guarded(Console(None, is_quiet=True, stream=sys.stderr), work)
    if failures and not options.no_check:
        sys.exit("Not as promised: " + "; ".join(failures))
    return code


if __name__ == "__main__":
    sys.exit(main())
