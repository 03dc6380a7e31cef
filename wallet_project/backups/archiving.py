"""The WAL archive: one receiver for each server, for as long as this process runs."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Event

from wallet_project.backups.errors import BackupFailed
from wallet_project.backups.servers import Server, ask, program, run
from wallet_project.backups.taking import SLOT

PAUSE_SECONDS = 5.0


@dataclass
class Archive:
    """
    Receives WAL as it is written, and writes it to the disk at once.

    The server keeps what has not arrived (a replication slot), so nothing is missing after a pause; on a server
    whose receiver is gone for good, the slot must be dropped before its disk fills.
    """

    servers: list[Server]
    say: Callable[[str], None]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    commands: dict[str, list[str]] = field(default_factory=dict)
    is_over: Event = field(default_factory=Event)

    def run(self) -> None:
        """
        Receive until told to stop; a receiver that ended is started again.

        :raises BackupFailed: if a slot cannot be made: nothing is received then
        """
        for each in (signal.SIGTERM, signal.SIGINT):
            signal.signal(each, lambda *_: self.is_over.set())
        for server in self.servers:
            self.commands[server.name] = _receiver(server)
            _make_slot(server, self.commands[server.name])
        try:
            while not self.is_over.is_set():
                for server in self.servers:
                    self._keep_running(server)
                self.is_over.wait(PAUSE_SECONDS)
        finally:
            self._stop()

    def _keep_running(self, server: Server) -> None:
        process = self.running.get(server.name)
        if process is not None:
            if process.poll() is None:
                return
            self.say(f"{server.name}: the receiver ended with {process.returncode}; it is started again.")
        command = [*self.commands[server.name], "--synchronous", "--no-loop"]
        self.running[server.name] = subprocess.Popen(
            command, env=server.environment, stdin=subprocess.DEVNULL, cwd=os.sep
        )
        self.say(f"{server.name}: receiving into {server.folder / 'wal'}.")

    def _stop(self) -> None:
        for process in self.running.values():
            process.send_signal(signal.SIGINT)  # it finishes what it writes
        deadline = time.monotonic() + 10
        for process in self.running.values():
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()


def _receiver(server: Server) -> list[str]:
    major = int(ask(server, "SHOW server_version_num")) // 10_000
    folder = server.folder / "wal"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    receiver = str(program("pg_receivewal", major=major))
    return [receiver, "-d", server.address, "-D", str(folder), "--no-password", f"--slot={SLOT}"]


def _make_slot(server: Server, receiver: list[str]) -> None:
    result = run([*receiver, "--create-slot", "--if-not-exists"], environment=server.environment)
    if result.returncode:
        raise BackupFailed(f"{server.name}: {result.stderr.strip()}")
