"""Which servers hold the four databases, how they are reached, and PostgreSQL's own programs."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from wallet_project.backups.errors import BackupFailed, BinariesMissing

_OPTIONS_OF_POOLS = {"prepare_threshold", "pool"}
"""Connection options that are Django's or the driver's, not the server's."""


@dataclass(frozen=True)
class Server:
    """One PostgreSQL server, with those of the four databases that it holds."""

    host: str
    port: str
    user: str
    password: str
    options: Mapping[str, str]  # such as sslmode
    databases: Mapping[str, str]  # alias to name

    @property
    def name(self) -> str:
        """Its name in folders and in what is said: host and port."""
        return re.sub(r"[^A-Za-z0-9.-]", "_", f"{self.host or 'local'}-{self.port or 5432}")

    @property
    def folder(self) -> Path:
        """
        Where its backups are kept.

        :raises BackupFailed: if no folder is configured, or the keys are in it
        """
        if not settings.BACKUP_FOLDER:
            raise BackupFailed("BACKUP_FOLDER names no folder.")
        folder = Path(settings.BACKUP_FOLDER).resolve()
        for secret in (settings.KEY_FILE, settings.AUDIT_KEY_FILE):
            if secret and Path(secret).resolve().is_relative_to(folder):
                raise BackupFailed(
                    "A key file lies in BACKUP_FOLDER: a backup and the keys together are all the money.",
                    what_to_do="Move the key file elsewhere. See docs/runbooks/keys.md.",
                )
        return folder / self.name

    @property
    def address(self) -> str:
        """Where it is, as libpq reads it, without the password."""
        known = {"host": self.host, "port": self.port, "user": self.user, **self.options}
        return " ".join(f"{name}={_quoted(value)}" for name, value in known.items() if value)

    @property
    def environment(self) -> dict[str, str]:
        """What its programs are run with; the password is nowhere else."""
        return {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC", "PGPASSWORD": self.password}


def servers() -> list[Server]:
    """Return the servers that hold the four databases: one by default, up to four by their URLs."""
    found: dict[tuple[str, str], dict[str, str]] = {}
    first: dict[tuple[str, str], Mapping[str, Any]] = {}
    for alias, database in settings.DATABASES.items():
        place = (str(database["HOST"]), str(database["PORT"]))
        found.setdefault(place, {})[alias] = str(database["NAME"])
        first.setdefault(place, database)
    return [
        Server(
            host=host,
            port=port,
            user=settings.BACKUP_USER or first[host, port]["USER"],
            password=settings.BACKUP_PASSWORD or first[host, port]["PASSWORD"],
            options={
                name: str(value)
                for name, value in first[host, port]["OPTIONS"].items()
                if name not in _OPTIONS_OF_POOLS
            },
            databases=databases,
        )
        for (host, port), databases in found.items()
    ]


@contextmanager
def connected(server: Server) -> Iterator[psycopg.Connection[Any]]:
    """
    Yield a connection that commits by itself to one of the server's databases.

    :raises BackupFailed: if it cannot be reached
    """
    try:
        with psycopg.connect(
            f"{server.address} dbname={_quoted(next(iter(server.databases.values())))}",
            password=server.password,
            autocommit=True,
            connect_timeout=10,
        ) as connection:
            yield connection
    except psycopg.Error as error:
        raise BackupFailed(f"{server.name}: {error}") from error


def ask(server: Server, question: str) -> Any:
    """Return the one value that a query yields. :raises BackupFailed: if the server cannot be asked"""
    with connected(server) as connection:
        row = connection.execute(question).fetchone()
    return row[0] if row else None


def program(name: str, *, major: int) -> Path:
    """
    Return one of PostgreSQL's own programs, of this major version.

    :raises BinariesMissing: if it is not on this machine
    """
    for folder in _folders(major):
        if (folder / name).exists() and _major(folder / name) == major:
            return folder / name
    raise BinariesMissing(f"There is no {name} of PostgreSQL {major} on this machine.")


def _folders(major: int) -> list[Path]:
    if settings.POSTGRES_BINARIES:
        return [Path(settings.POSTGRES_BINARIES)]
    found = shutil.which("pg_basebackup")
    folders = [Path(f"/usr/lib/postgresql/{major}/bin"), Path(f"/opt/homebrew/opt/postgresql@{major}/bin")]
    return [*folders, Path(found).resolve().parent] if found else folders


def _major(path: Path) -> int:
    said = run([str(path), "--version"], environment=dict(os.environ)).stdout
    match = re.search(r"(\d+)(?:\.\d+|\w+)", said.split("PostgreSQL")[-1])
    return int(match[1]) if match else 0


def run(command: Sequence[str], *, environment: Mapping[str, str], **options: Any) -> subprocess.CompletedProcess[str]:
    """Run a program to its end and return what it said."""
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, **options)


def _quoted(value: str) -> str:
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
