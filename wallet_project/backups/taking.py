"""A base backup of one server: taken, verified, written down; then what is older than was asked for goes."""

import json
import os
import re
import shutil
import time
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from wallet_project.backups.errors import BackupFailed
from wallet_project.backups.servers import Server, ask, program, run

NOTE = "backup.json"
SLOT = "holdfast_archive"
"""The replication slot through which the server keeps WAL until the archive has it."""

_SEGMENT = re.compile(r"[0-9A-F]{24}")


@dataclass(frozen=True)
class Base:
    """One finished base backup. Times are the server's own clock; it can be restored to any moment after `until`."""

    folder: str
    begun: datetime
    until: datetime
    major: int
    segment: str  # the first WAL file that it needs
    bytes: int
    seconds: float

    @property
    def data(self) -> Path:
        return Path(self.folder) / "data"


def take(server: Server, *, keep: int) -> Base:
    """
    Take and verify a base backup, then forget all but the last `keep`, and the WAL that only those needed.

    It holds the WAL it needs to be whole, so it can be restored to its own end without any archive.

    :raises BackupFailed: if it could not be taken, or does not verify: then nothing is forgotten
    :raises BinariesMissing: if PostgreSQL's programs are not here
    """
    started = time.monotonic()
    place = server.folder / "base"
    major = int(ask(server, "SHOW server_version_num")) // 10_000
    begun = ask(server, "SELECT clock_timestamp()")
    folder = _fresh(place / begun.strftime("%Y%m%dT%H%M%S.%fZ"))
    draft = folder.with_name(f".{folder.name}")
    try:
        _copy(server, major, draft / "data")
        _verify(server, major, draft / "data")
        base = Base(
            folder=str(folder),
            begun=begun,
            until=ask(server, "SELECT clock_timestamp()"),
            major=major,
            segment=_first_segment(draft / "data"),
            bytes=sum(each.stat().st_size for each in draft.rglob("*") if each.is_file()),
            seconds=time.monotonic() - started,
        )
        _write_note(draft / NOTE, base)
        draft.rename(folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    _forget(server, keep=keep)
    return base


def list_bases(server: Server) -> list[Base]:
    """Return the finished base backups of a server, oldest first."""
    notes = sorted((server.folder / "base").glob(f"*/{NOTE}"))
    return [_read_note(note) for note in notes if not note.parent.name.startswith(".")]


def is_archived(server: Server) -> bool:
    """Tell whether somebody receives the server's WAL right now."""
    return SLOT in (ask(server, "SELECT array_agg(slot_name) FROM pg_replication_slots WHERE active") or [])


def _fresh(folder: Path) -> Path:
    for each in (folder.parents[2], folder.parents[1], folder.parent):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _copy(server: Server, major: int, data: Path) -> None:
    command = [str(program("pg_basebackup", major=major)), "-d", server.address, "-D", str(data)]
    command += ["--format=plain", "--wal-method=stream", "--checkpoint=fast", "--no-password", "--label=holdfast"]
    _succeed(server, command)


def _verify(server: Server, major: int, data: Path) -> None:
    """Compare every file with its checksum in the manifest, and read the WAL that makes it whole."""
    _succeed(server, [str(program("pg_verifybackup", major=major)), "--quiet", str(data)])


def _succeed(server: Server, command: list[str]) -> None:
    result = run(command, environment=server.environment)
    if result.returncode:
        raise BackupFailed(f"{server.name}: {(result.stderr or result.stdout).strip()}")


def _first_segment(data: Path) -> str:
    label = (data / "backup_label").read_text()
    found = re.search(r"START WAL LOCATION: .* \(file ([0-9A-F]{24})\)", label)
    if found is None:
        raise BackupFailed("The backup does not say where it begins.")
    return found[1]


def _write_note(path: Path, base: Base) -> None:
    said = asdict(base) | {"begun": base.begun.isoformat(), "until": base.until.isoformat()}
    del said["folder"]  # found again where it lies: backups may be moved
    with path.open("x", encoding="utf-8") as file:
        json.dump(said, file, indent=2)
        file.flush()
        os.fsync(file.fileno())


def _read_note(path: Path) -> Base:
    said = json.loads(path.read_text(encoding="utf-8"))
    times = {name: datetime.fromisoformat(said[name]) for name in ("begun", "until")}
    return Base(**{**said, **times, "folder": str(path.parent)})


def _forget(server: Server, *, keep: int) -> None:
    bases = list_bases(server)
    for base in bases[:-keep]:
        shutil.rmtree(base.folder)
    oldest = bases[-keep:][0].segment
    for path in (server.folder / "wal").glob("*"):
        # As pg_archivecleanup: the first eight digits are the timeline, which says nothing of what is older.
        if _SEGMENT.fullmatch(path.name[:24]) and path.name[8:24] < oldest[8:]:
            path.unlink()
