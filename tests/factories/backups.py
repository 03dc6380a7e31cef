"""Servers that were restored, and this product's own commands run on them."""

import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from django.conf import settings

from devnet.places import free_port, unprivileged_user
from devnet.services import DATABASES, find_postgres

ROOT = Path(__file__).resolve().parents[2]
ALIASES = dict(zip(("default", "kyc", "rates", "audit"), DATABASES, strict=True))


@contextmanager
def passable_folder() -> Iterator[Path]:
    """Yield a folder that the databases' user may pass through; pytest's own are closed to others."""
    with tempfile.TemporaryDirectory(prefix="holdfast-backups-") as folder:
        Path(folder).chmod(0o711)
        yield Path(folder)


def environment(*, port: int | None = None, **more: str) -> dict[str, str]:
    """Return the environment of a process that works on the tests' databases, or on those restored at this port."""
    said = {}
    for alias, variable in ALIASES.items():
        database: Any = settings.DATABASES[alias]
        place = f"{database['HOST']}:{port or database['PORT']}"
        said[variable] = f"postgres://{database['USER']}:{quote(database['PASSWORD'])}@{place}/{database['NAME']}"
    return {**os.environ, **said, "PYTHONPATH": str(ROOT), **more}


def manage(*arguments: str, env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Run one of the product's commands to its end."""
    command = [sys.executable, str(ROOT / "manage.py"), *arguments]
    return subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=120)


@contextmanager
def archiving(env: dict[str, str]) -> Iterator["subprocess.Popen[str]"]:
    """Let the archive be written while the block runs."""
    command = [sys.executable, str(ROOT / "manage.py"), "archive_wal"]
    process = subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        assert process.stdout is not None
        assert "receiving into" in process.stdout.readline()
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


@contextmanager
def running(data: Path) -> Iterator[int]:
    """Run a restored server while the block runs; yield its port."""
    port = free_port(55_300)
    binary = find_postgres()
    assert binary is not None
    person = unprivileged_user()
    who: dict[str, Any] = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []} if person else {}
    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories="
    control = [str(binary / "pg_ctl"), "-D", str(data), "-w", "-l", str(data.parent / "server.log")]
    begun = subprocess.run([*control, "-o", options, "start"], check=False, cwd=data, stdout=subprocess.DEVNULL, **who)
    assert begun.returncode == 0, (data.parent / "server.log").read_text()
    try:
        yield port
    finally:
        subprocess.run([*control, "-m", "fast", "stop"], check=True, cwd=data, stdout=subprocess.DEVNULL, **who)


def user_name() -> str:
    """Return whom databases run as here; empty: whoever runs the tests."""
    person = unprivileged_user()
    return person.pw_name if person else ""


def need_programs() -> None:
    """Skip where only a wheel's server is there and root's folders are closed to the databases' user."""
    binary = find_postgres()
    if binary is None or not (binary / "pg_basebackup").exists():
        pytest.skip("PostgreSQL's own programs are not on this machine")
