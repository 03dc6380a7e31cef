"""Start processes, watch them, stop them all: in order, in bounded time, leaving nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from devnet.console import Console

LEASH = Path(__file__).with_name("leash.py")
APP_SECONDS = 9
SERVICE_SECONDS = 5


class Stopped(Exception):
    """Asked to stop (Ctrl-C, SIGTERM) while something was still being awaited."""


class ProcessDied(Exception):
    """A process ended that should have gone on; the message names it, its exit code and its last lines."""


@dataclass(frozen=True)
class Program:
    """What to start. `stop_signal` also reaches it when the supervisor is killed."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    user: tuple[int, int] | None = None  # uid, gid
    is_service: bool = False  # stopped after the others, because they use it
    is_direct: bool = False  # writes to our own terminal as it is, without name and colour
    sink: Callable[[str], None] | None = None  # takes its lines instead of the console: they may be secret


@dataclass
class _Running:
    program: Program
    process: subprocess.Popen[bytes]
    reader: threading.Thread | None

    def finish_reading(self, seconds: float) -> None:
        if self.reader:
            self.reader.join(seconds)


class Supervisor:
    """
    Holds the processes of one devnet.

    Programs must be started from the main thread: Linux ties a child's life to the thread
    that started it. Use as a context manager: leaving stops everything.
    """

    def __init__(self, console: Console) -> None:
        self.console = console
        self.running: dict[str, _Running] = {}
        self.stopping = threading.Event()
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            self._handlers[number] = signal.signal(number, lambda *_: self.stopping.set())
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        for number, handler in self._handlers.items():
            signal.signal(number, handler)

    def start(self, program: Program) -> None:
        uid, gid = program.user or (-1, -1)
        leash = [sys.executable, "-I", "-S", str(LEASH), str(int(program.stop_signal)), str(uid), str(gid)]
        process = subprocess.Popen(
            [*leash, *program.command],
            stdin=subprocess.DEVNULL,
            stdout=None if program.is_direct else subprocess.PIPE,
            stderr=None if program.is_direct else subprocess.STDOUT,
            env={**os.environ, "PYTHONUNBUFFERED": "1", **program.environment},
            cwd=program.folder,
            start_new_session=True,
        )
        reader = None
        if process.stdout:
            reader = threading.Thread(target=self._read, args=(program, process.stdout), daemon=True)
            reader.start()
        self.running[program.name] = _Running(program, process, reader)

    def wait_until(self, name: str, is_ready: Callable[[], bool], *, seconds: float = 30) -> None:
        """
        Wait until `is_ready`, which is asked often and must be quick.

        :raises ProcessDied: when a process ends meanwhile
        :raises Stopped: when asked to stop meanwhile
        :raises TimeoutError: after `seconds`
        """
        deadline = time.monotonic() + seconds
        while not is_ready():
            self.check()
            if time.monotonic() > deadline:
                raise TimeoutError(f"{name} was not ready after {seconds:.0f} s.\n{self._tail(name)}")
            if self.stopping.wait(0.03):
                raise Stopped

    def run(self, program: Program, *, seconds: float = 300) -> None:
        """
        Run a program to its end.

        :raises ProcessDied: if it fails; Stopped, TimeoutError as in `wait_until`
        """
        code = self.run_to_end(program, seconds=seconds)
        if code:
            raise ProcessDied(self._obituary(program.name, code))

    def run_to_end(self, program: Program, *, seconds: float) -> int:
        """Run a program to its end and return its exit code; negative: the signal that killed it."""
        self.start(program)
        running = self.running.pop(program.name)
        try:
            self.wait_until(program.name, lambda: running.process.poll() is not None, seconds=seconds)
        finally:
            _stop_all([running], SERVICE_SECONDS)  # and whatever it started and left behind
        return int(running.process.returncode)

    def check(self) -> None:
        """:raises ProcessDied: if a process has ended"""
        for name, running in self.running.items():
            code = running.process.poll()
            if code is not None:
                running.finish_reading(1)
                raise ProcessDied(self._obituary(name, code))

    def watch(self) -> None:
        """
        Return when asked to stop.

        :raises ProcessDied: when a process ends
        """
        while not self.stopping.wait(0.2):
            self.check()

    def stop_programs(self, names: Sequence[str]) -> None:
        """Stop these alone; they may be started again."""
        _stop_all([self.running.pop(name) for name in names], APP_SECONDS)

    def stop(self) -> None:
        """Stop the apps, then the services under them; whatever does not obey in time is killed."""
        apps = [each for each in self.running.values() if not each.program.is_service]
        services = [each for each in self.running.values() if each.program.is_service]
        _stop_all(apps, APP_SECONDS)
        _stop_all(services, SERVICE_SECONDS)
        self.running.clear()

    def _read(self, program: Program, output: IO[bytes]) -> None:
        with output:
            for raw in output:
                line = raw.decode(errors="replace").rstrip()
                if program.sink:
                    program.sink(line)
                else:
                    self.console.line(program.name, line)

    def _obituary(self, name: str, code: int) -> str:
        how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
        return f"{name} {how}.\n{self._tail(name)}"

    def _tail(self, name: str) -> str:
        lines = self.console.last.get(name, ())
        return "\n".join([f"Its last lines ({len(lines)}):", *(f"    {line}" for line in lines)])


def _stop_all(group: list[_Running], seconds: float) -> None:
    for running in group:
        if running.process.poll() is None:
            running.process.send_signal(running.program.stop_signal)
    deadline = time.monotonic() + seconds
    for running in group:
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.process.wait(max(0.0, deadline - time.monotonic()))
        _kill(running)
    for running in group:
        running.finish_reading(1)


def _kill(running: _Running) -> None:
    """Kill what is left of its process group, grandchildren too."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait()
