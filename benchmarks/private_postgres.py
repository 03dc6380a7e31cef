"""A PostgreSQL server of the benchmark's own, with fsync on, that can be killed without mercy."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from devnet.places import free_port, unprivileged_user
from devnet.services import find_postgres

OPTIONS = ("shared_buffers=512MB", "max_wal_size=4GB", "fsync=on", "synchronous_commit=on", "max_connections=300")
LOCAL = ("listen_addresses=127.0.0.1", "unix_socket_directories=")


class PrivatePostgres:
    """One cluster in a temporary folder; `kill` is kill -9 of every one of its processes."""

    def __init__(self) -> None:
        found = find_postgres()
        if found is None:
            raise SystemExit("No PostgreSQL found.")
        self.binaries = found
        self.home = Path(tempfile.mkdtemp(prefix="holdfast-benchmark-"))
        self.port = free_port()
        person = unprivileged_user()
        self.demoted: dict[str, Any] = {"cwd": "/"}
        if person:
            os.chown(self.home, person.pw_uid, person.pw_gid)
            self.demoted |= {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
        self._run("initdb", "-D", str(self.home / "data"), "-U", "postgres", "--auth=trust", "--encoding=UTF8")
        self.start()

    def url(self, database: str) -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        options = [part for option in (*OPTIONS, *LOCAL) for part in ("-c", option)]
        with (self.home / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self._path("postgres"), "-D", str(self.home / "data"), "-p", str(self.port), *options],
                stdout=log,
                stderr=log,
                start_new_session=True,
                **self.demoted,
            )
        deadline = time.monotonic() + 60
        ready = [self._path("pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        while subprocess.run(ready, check=False).returncode:
            if time.monotonic() > deadline or self.process.poll() is not None:
                raise SystemExit(f"PostgreSQL did not start: {(self.home / 'log').read_text()[-2000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        # Each backend is the leader of a group of its own, so the group of the first process is not all of them.
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        for pid in [self.process.pid, *map(int, children)]:
            os.kill(pid, signal.SIGKILL)
        self.process.wait()
        (self.home / "data" / "postmaster.pid").unlink(missing_ok=True)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(60)
        shutil.rmtree(self.home, ignore_errors=True)

    def _path(self, name: str) -> str:
        return str(self.binaries / name)

    def _run(self, name: str, *arguments: str) -> None:
        subprocess.run([self._path(name), *arguments], check=True, stdout=subprocess.DEVNULL, **self.demoted)
