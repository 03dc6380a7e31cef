"""Where a devnet keeps its things, and which ports are free."""

import hashlib
import os
import pwd
import socket
import stat
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
UNPRIVILEGED_USERS = ("postgres", "nobody")


def fingerprint() -> str:
    """Return a short name for this checkout, the same at every start."""
    return hashlib.sha256(str(ROOT).encode()).hexdigest()[:10]


def key_file() -> Path:
    """Return the path of the development key file: outside the repository, one per checkout."""
    home = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    return home / "holdfast" / fingerprint() / "keys.json"


def unprivileged_user() -> pwd.struct_passwd | None:
    """Return whom servers that refuse to run as root run as, or None when we are not root anyway."""
    if os.geteuid() != 0:
        return None
    for name in UNPRIVILEGED_USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise SystemExit(f"PostgreSQL does not run as root, and there is no user {' or '.join(UNPRIVILEGED_USERS)}.")


def is_reachable(path: Path) -> bool:
    """Say whether every folder above the path lets anyone pass."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.absolute().parents if parent.exists())


def database_home(preferred: Path) -> Path:
    """Return `preferred`, or a place that an unprivileged user reaches when we are root and it is not one."""
    if os.geteuid() != 0 or is_reachable(preferred / "x"):
        return preferred
    for base in (Path("/var/lib"), Path(tempfile.gettempdir())):
        if os.access(base, os.W_OK) and is_reachable(base / "x"):
            name = hashlib.sha256(str(preferred).encode()).hexdigest()[:10]
            return base / f"holdfast-{name}"
    raise SystemExit("PostgreSQL does not run as root, and no folder was found that another user reaches.")


def free_port(wished: int = 0) -> int:
    """Return the wished port of the loopback address, or any free one when it is taken."""
    for port in (wished, 0):
        with socket.socket() as listener:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                listener.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(listener.getsockname()[1])
    raise SystemExit("No free port on 127.0.0.1.")


def is_listening(port: int, host: str = "127.0.0.1") -> bool:
    try:
        with socket.create_connection((host, port), timeout=0.5):
            return True
    except OSError:
        return False
