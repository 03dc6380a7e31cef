"""
Bring everything up and keep it up: python -m devnet.run.

Or lend the services to one command: python -m devnet.run services -- pytest.
"""

import argparse
import fcntl
import os
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TextIO

from devnet import memory
from devnet.console import Console
from devnet.places import VAR, database_home, free_port, key_file
from devnet.stack import (
    Instance,
    command_program,
    default_data,
    prepare,
    secret_key,
    send_webhooks,
    start_networks,
    start_product,
    wait_for_product,
)
from devnet.supervisor import ProcessDied, Program, Stopped, Supervisor

PORT = 8_000
LOCK_FILE = VAR / "run" / "devnet.lock"
ENVIRONMENT_FILE = VAR / "run" / "devnet.env"
THROWAWAY_PREFIX = "holdfast-services-"
TEST_SECONDS = 60 * 60
TEST_STEP_SECONDS = 60
"""A payment company's sandbox takes a minute from one state to the next, by the clock that a test moves on."""


def main() -> int:
    arguments = _arguments()
    if arguments.what == "services":
        return lend_services(arguments.command, is_durable=not arguments.no_fsync, seconds=arguments.seconds)
    if arguments.what == "reset":
        return reset()
    return run(port=arguments.port)


def run(*, port: int) -> int:
    """Run the whole devnet until asked to stop; return the exit code."""
    lock = _take_lock()
    if lock is None:
        return 1
    data = default_data()
    instance = Instance(data=data, key_file=key_file(), extra={"SECRET_KEY": secret_key(data)})
    console = Console(VAR / "log" / "devnet.log")
    return guarded(console, lambda supervisor: _run(supervisor, instance, port, lock))


def lend_services(command: list[str], *, is_durable: bool, seconds: int = TEST_SECONDS) -> int:
    """Start services and quiet networks on throwaway data, run the command with them, stop; return its exit code."""
    if not command:
        print("usage: python -m devnet.run services -- command arguments...", file=sys.stderr)
        return 2
    folder = _throwaway_folder()
    instance = Instance(
        data=folder,
        key_file=folder / "keys.json",
        ethereum_block_seconds=0,
        bitcoin_block_seconds=0,
        stellar_block_seconds=0,
        vendor_step_seconds=TEST_STEP_SECONDS,
        is_durable=is_durable,
        settings="wallet_project.settings.test",  # the environment would win over pytest's own setting
        extra={"DEVNET_NODES": "1"},
    )
    codes: list[int] = []

    def work(supervisor: Supervisor) -> None:
        variables = start_networks(supervisor, instance)
        variables = {**variables, **key_file_only(instance)}
        program = Program("command", command, environment=variables, is_direct=True)
        codes.append(supervisor.run_to_end(program, seconds=seconds))

    try:
        failure = guarded(Console(VAR / "log" / "services.log", stream=sys.stderr, is_quiet=True), work)
    finally:
        _forget(folder)
    code = codes[0] if codes else failure or 1
    return 128 - code if code < 0 else code


def reset() -> int:
    """Delete all data of the devnet; the key file stays, because it is outside the repository."""
    lock = _take_lock()
    if lock is None:
        return 1
    _forget(default_data())
    print("The devnet's data is gone; the next `make run` starts afresh.")
    return 0


def guarded(console: Console, work: Callable[[Supervisor], None]) -> int:
    """Do the work under a supervisor; whatever happens, stop everything, then say what happened."""
    failure = ""
    with Supervisor(console) as supervisor:
        try:
            work(supervisor)
        except Stopped:
            pass  # whoever runs it wanted it to end: no failure
        except (ProcessDied, TimeoutError) as error:
            failure = str(error)
        console.detail("stopping everything")
    console.detail("all stopped")
    console.close()
    if failure:
        console.say(f"\nStopped, because {failure}")
    return 1 if failure else 0


def key_file_only(instance: Instance) -> dict[str, str]:
    """Tests name the key file, and turn the provider on where they need it."""
    return {"KEY_FILE": str(instance.key_file)}


def _run(supervisor: Supervisor, instance: Instance, port: int, lock: TextIO) -> None:
    variables = start_networks(supervisor, instance)
    prepare(supervisor, variables, instance)
    port = free_port(port)
    variables = {**variables, "PUBLIC_URL": f"http://127.0.0.1:{port}"}
    send_webhooks(variables, variables["PUBLIC_URL"])
    _write_environment(variables)
    product = start_product(supervisor, variables, instance, port=port)
    accounts = _create_demo(supervisor, variables, instance)
    wait_for_product(supervisor, product)
    _write_lock(lock, product.url)
    lines = ["", f"  Holdfast is running: {product.url}", "", *(f"  {line}" for line in accounts), ""]
    supervisor.console.say("\n".join([*lines, "  Ctrl-C stops everything.", ""]))
    supervisor.watch()


def _create_demo(supervisor: Supervisor, variables: Mapping[str, str], instance: Instance) -> list[str]:
    """Return what the command says: passwords, so it goes to the terminal and into no log."""
    if memory.has_demo_accounts(data=instance.data):
        return list(memory.REMINDER)
    lines: list[str] = []
    program = command_program("demo", ["create_demo"], variables)
    supervisor.run(Program(program.name, program.command, program.environment, program.folder, sink=lines.append))
    memory.remember_demo_accounts(data=instance.data)
    supervisor.console.step("demo accounts ready")
    return lines


def _take_lock() -> TextIO | None:
    """Return the lock, held until this process ends, or None after saying who holds it."""
    LOCK_FILE.parent.mkdir(parents=True, exist_ok=True)
    lock = LOCK_FILE.open("a+", encoding="utf-8")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.seek(0)
        print(f"It is already running: {lock.read().strip() or 'just starting'}. Stop that one first.", file=sys.stderr)
        lock.close()
        return None
    _write_lock(lock, "starting")
    return lock


def _write_lock(lock: TextIO, where: str) -> None:
    lock.seek(0)
    lock.truncate()
    lock.write(f"process {os.getpid()}, {where}\n")
    lock.flush()


def _write_environment(variables: Mapping[str, str]) -> None:
    """For another terminal: `. var/run/devnet.env`, then manage.py works on the running devnet."""
    descriptor = os.open(ENVIRONMENT_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.writelines(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(variables.items()))


def _throwaway_folder() -> Path:
    """Return a new folder for this run, clearing those of runs that were killed."""
    for old in Path(tempfile.gettempdir()).glob(f"{THROWAWAY_PREFIX}*"):
        process = old.name.removeprefix(THROWAWAY_PREFIX).split("-")[0]
        if process.isdigit() and not _is_alive(int(process)) and os.access(old, os.W_OK):
            _forget(old)
    folder = Path(tempfile.mkdtemp(prefix=f"{THROWAWAY_PREFIX}{os.getpid()}-"))
    folder.chmod(0o711)  # the unprivileged database user passes through
    return folder


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _forget(data: Path) -> None:
    for folder in (data, database_home(data)):
        shutil.rmtree(folder, ignore_errors=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="devnet.run", description=__doc__)
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", PORT)), help="wished port, or the next")
    what = parser.add_subparsers(dest="what")
    services = what.add_parser("services", help="run one command with services and quiet networks")
    services.add_argument("--no-fsync", action="store_true", help="faster; a power cut would lose data")
    services.add_argument("--seconds", type=int, default=TEST_SECONDS, help="the command is stopped after so many")
    services.add_argument("command", nargs=argparse.REMAINDER)
    what.add_parser("reset", help="delete all data of the devnet")
    arguments = parser.parse_args()
    if arguments.what == "services" and arguments.command[:1] == ["--"]:
        del arguments.command[0]
    return arguments


if __name__ == "__main__":
    sys.exit(main())
