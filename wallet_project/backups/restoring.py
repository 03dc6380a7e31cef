"""
A server as it was at a moment: a base backup, then the WAL up to there, in a new folder.

Nothing that runs is touched. What comes back is heard by nobody while it reads the archive, and is stopped again;
whoever restores puts it where the old one was, and looks at it before anybody uses it (docs/runbooks/restore.md).
"""

import os
import pwd
import re
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from wallet_project.backups.errors import RestoreFailed
from wallet_project.backups.servers import Server, program, run
from wallet_project.backups.taking import Base, list_bases

CLOCKS_APART = timedelta(seconds=2)
"""A record on a server of its own comes back so much earlier: it may lag behind core, and never be ahead of it."""

_STATUS_LINE = 7
"""Of postmaster.pid, counted from 0: what pg_ctl looks at, too."""

_ALONE = (
    "listen_addresses=",
    "port=5432",
    "ssl=off",
    "logging_collector=off",
    "log_destination=stderr",
    "log_timezone=UTC",
    "lc_messages=C",
)
"""How a server comes back: heard by nobody, and saying in a log of its own where it stands."""

_SEGMENT = re.compile(r"[0-9A-F]{24}(\.partial)?|[0-9A-F]{8}\.history")
_OURS = "# --- written by restore; cut away once it is done ---"


@dataclass(frozen=True)
class Restored:
    """
    What came back. `last_at` is the last transaction in it; None: none since the base backup.

    `copied_seconds` and `seconds` are what it took until the files lay there, and until it answered.
    """

    server: Server
    base: Base
    data: Path
    major: int
    last_at: datetime | None
    copied_seconds: float
    seconds: float


def restore(server: Server, *, to: datetime | None, into: Path, user: str = "") -> Restored:
    """
    Bring a server back to a moment, in `into/<server>/`, and leave it stopped and whole.

    :param to: everything committed up to then is there, and nothing else; None: all that the archive has
    :param user: whose the files are and who runs it, when this is root; PostgreSQL refuses to run as root
    :raises RestoreFailed: if no backup is old enough, the folder is not empty, the archive ends before, or, where all
        of it is wanted, a file of it is missing
    :raises BinariesMissing: if the server's programs are not here
    """
    started = time.monotonic()
    target = _target(server, to)
    base = _base(server, target)
    data, wal = into / server.name / "data", into / server.name / "wal"
    if data.parent.exists() and any(data.parent.iterdir()):
        raise RestoreFailed(f"{data.parent} is not empty.")
    owner = _owner(user)
    needed = _needed(server, base)
    if target is None:
        _check_gapless(base, needed)
    shutil.copytree(base.data, data, symlinks=True)
    _copy_wal(needed, wal)
    _configure(data, wal, target)
    _hand_over(data.parent, owner)
    copied = time.monotonic() - started
    last = _recover(server, base, data, owner)
    _tidy(data)
    shutil.rmtree(wal)
    return Restored(server, base, data, base.major, last, copied, time.monotonic() - started)


def _target(server: Server, to: datetime | None) -> datetime | None:
    apart = "audit" in server.databases and "default" not in server.databases
    return to - CLOCKS_APART if to and apart else to


def _base(server: Server, to: datetime | None) -> Base:
    found = [base for base in list_bases(server) if to is None or base.until <= to]
    if not found:
        raise RestoreFailed(
            f"{server.name}: there is no base backup from before {to or 'now'}.",
            what_to_do="Choose a later moment, or fetch an older backup from where those are kept.",
        )
    return found[-1]


def _owner(user: str) -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    if not user:
        raise RestoreFailed("PostgreSQL does not run as root: name its user with --user, usually postgres.")
    try:
        return pwd.getpwnam(user)
    except KeyError:
        raise RestoreFailed(f"There is no user {user} on this machine.") from None


def _needed(server: Server, base: Base) -> list[Path]:
    found = [path for path in sorted((server.folder / "wal").glob("*")) if _SEGMENT.fullmatch(path.name)]
    return [path for path in found if path.suffix == ".history" or path.name[8:24] >= base.segment[8:]]


def _copy_wal(needed: Sequence[Path], wal: Path) -> None:
    """Copy what is needed of the archive: its owner is another, and what is written after must not get into it."""
    wal.mkdir(mode=0o700)
    for path in needed:
        shutil.copy2(path, wal / path.name)


def _check_gapless(base: Base, wal: Sequence[Path]) -> None:
    """
    PostgreSQL reads up to the first file that is missing, and says nothing of what is behind it.

    :raises RestoreFailed: if there is something behind it
    """
    parts = [path for path in wal if path.suffix != ".history"]
    size = max([1 << 20, *(path.stat().st_size for path in parts)])
    numbers = {int(name[8:16], 16) * (2**32 // size) + int(name[16:24], 16) for name in (path.name for path in parts)}
    begin = int(base.segment[8:16], 16) * (2**32 // size) + int(base.segment[16:24], 16)
    for number in range(begin, max(numbers, default=begin)):
        if number not in numbers:
            high, low = divmod(number, 2**32 // size)
            raise RestoreFailed(
                f"The archive lacks …{high:08X}{low:08X}, and has later ones: what is in those would not come back.",
                what_to_do="Fetch that file from where it may be, or name with --to a moment before it was written.",
            )


def _configure(data: Path, wal: Path, to: datetime | None) -> None:
    """
    Have it read the archive, up to the moment, and then begin a timeline of its own.

    The last file of an archive is a part of one, by another name. `hot_standby` off: a server that was
    started with other limits need not come back with the same.
    """
    for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf"):
        if not (data / name).exists():  # Debian keeps them elsewhere: they are not in the backup
            (data / name).write_text("host all all 127.0.0.1/32 scram-sha-256\n" if name == "pg_hba.conf" else "")
    source = str(wal).replace("'", "''")
    lines = [
        _OURS,
        f"""restore_command = 'cp "{source}/%f" "%p" || cp "{source}/%f.partial" "%p"'""",
        "recovery_target_timeline = 'latest'",
        "recovery_target_action = 'promote'",
        "hot_standby = off",
        "synchronous_standby_names = ''",
        "archive_mode = off",
    ]
    if to is not None:
        lines.append(f"recovery_target_time = '{to.astimezone(UTC).isoformat(sep=' ')}'")
    with (data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.write("\n".join([*lines, ""]))
    (data / "recovery.signal").touch()


def _hand_over(folder: Path, owner: pwd.struct_passwd | None) -> None:
    for path in [folder, *folder.rglob("*")]:
        if owner:
            os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    (folder / "data").chmod(0o700)


def _recover(server: Server, base: Base, data: Path, owner: pwd.struct_passwd | None) -> datetime | None:
    """Start it, wait until it has read what there is, see where it stands, and stop it cleanly."""
    with tempfile.TemporaryDirectory(prefix="holdfast-restore-") as sockets:  # a socket's path must be short
        if owner:
            os.chown(sockets, owner.pw_uid, owner.pw_gid)
        log = data.parent / "restore.log"
        control = [str(program("pg_ctl", major=base.major)), "-D", str(data), "-w"]
        options = " ".join(f"-c {each}" for each in (*_ALONE, f"unix_socket_directories={sockets}"))
        begin = [*control, "-l", str(log), "-o", options, "start"]
        try:
            result = run(begin, environment=server.environment, cwd=data, **_as(owner))
            is_back = result.returncode == 0 and _wait(data)
            said = log.read_text(errors="replace") if log.exists() else result.stderr
            if not is_back:
                raise RestoreFailed(f"{server.name}: the server did not come back. {_reason(said)}")
            return _last_transaction(said)
        finally:
            run([*control, "-m", "fast", "stop"], environment=server.environment, cwd=data, **_as(owner))


def _wait(data: Path) -> bool:
    """
    Wait until it has read the archive and takes writes, and say so; False: it ended before.

    However long that takes: pg_ctl itself is content once it reads.
    """
    state = data / "postmaster.pid"
    while True:
        try:
            lines = state.read_text().splitlines()
        except FileNotFoundError:
            return False
        if len(lines) > _STATUS_LINE and lines[_STATUS_LINE].strip() == "ready":
            return True
        time.sleep(0.1)


def _as(owner: pwd.struct_passwd | None) -> Mapping[str, Any]:
    return {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}


def _reason(log: str) -> str:
    last = _last_transaction(log)
    if "recovery ended before configured recovery target was reached" in log and last:
        return f"The archive ends before that moment, at {last.isoformat()}: restore without --to to get all of it."
    return "\n".join(log.strip().splitlines()[-10:])


def _last_transaction(log: str) -> datetime | None:
    """Read in the server's log when the last transaction that came back was committed, by its own clock."""
    found = re.findall(r"last completed transaction was at log time (\S+ \S+)", log)
    return datetime.fromisoformat(found[-1]).astimezone(UTC) if found else None


def _tidy(data: Path) -> None:
    """Take away what only the restore needed: the next start is that of any server."""
    path = data / "postgresql.auto.conf"
    path.write_text(path.read_text(encoding="utf-8").split(_OURS)[0], encoding="utf-8")
