"""The supervisor stops everything when one process dies, when asked, and when it is killed itself."""

import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from devnet.console import Console
from devnet.places import ROOT
from devnet.supervisor import ProcessDied, Program, Stopped, Supervisor

SLEEPER = "import time; print('awake', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(15, signal.SIG_IGN); print('awake', flush=True); time.sleep(60)"
PARENT = "import subprocess, sys, time; subprocess.Popen([sys.executable, '-c', {!r}]); time.sleep(60)"


def program(name: str, code: str, **changes: object) -> Program:
    return Program(name, [sys.executable, "-c", code], **changes)  # type: ignore[arg-type]


@pytest.fixture
def console() -> Console:
    return Console(None, stream=io.StringIO())


def alive(marker: str) -> list[int]:
    """Return the processes whose environment holds the marker."""
    found = []
    for folder in Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and marker.encode() in (folder / "environ").read_bytes():
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def watch(console: Console, *programs: Program, until_awake: str = "") -> None:
    """Start the programs, each after the one before has said something, and watch them."""
    with Supervisor(console) as supervisor:
        for each in programs:
            supervisor.start(each)
            if each.name == until_awake:
                supervisor.wait_until(each.name, lambda: until_awake in console.last)
        supervisor.watch()


def test_a_process_that_dies_is_named_with_its_last_lines_and_the_rest_is_stopped(console: Console) -> None:
    marker = f"MARK_{os.urandom(8).hex()}"
    steady = program("steady", SLEEPER, environment={marker: "1"})
    weak = program("weak", "print('about to fail'); raise SystemExit(3)", environment={marker: "1"})
    with pytest.raises(ProcessDied) as caught:
        watch(console, steady, weak, until_awake="steady")
    assert str(caught.value).startswith("weak ended with exit code 3.")
    assert "about to fail" in str(caught.value)
    assert alive(marker) == []


def test_a_killed_process_is_named_by_its_signal(console: Console) -> None:
    with pytest.raises(ProcessDied, match="victim was killed by SIGKILL"):
        watch(console, program("victim", "import os; os.kill(os.getpid(), 9)"))


def test_what_ignores_the_signal_is_killed_with_its_children(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devnet.supervisor.APP_SECONDS", 0.3)
    marker = f"MARK_{os.urandom(8).hex()}"
    with Supervisor(console) as supervisor:
        supervisor.start(program("stubborn", STUBBORN, environment={marker: "1"}))
        supervisor.start(program("parent", PARENT.format(STUBBORN), environment={marker: "1"}))
        until(lambda: len(alive(marker)) == 3 and {"stubborn", "parent"} <= console.last.keys())
    assert alive(marker) == []


def test_services_stop_after_the_apps_that_use_them(console: Console) -> None:
    code = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(print('{} stops')))\n{}\ntime.sleep(60)"
    ready = "print('ready', flush=True)"
    with Supervisor(console) as supervisor:
        supervisor.start(program("database", code.format("database", ready), is_service=True))
        supervisor.start(program("app", code.format("app", ready)))
        supervisor.wait_until("both", lambda: {"database", "app"} <= console.last.keys())
    stream = console.stream
    assert isinstance(stream, io.StringIO)
    stops = [line.split("| ")[1] for line in stream.getvalue().splitlines() if line.endswith("stops")]
    assert stops == ["app stops", "database stops"]


def test_a_signal_ends_a_wait_and_the_handlers_are_given_back(console: Console) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def story() -> None:
        with Supervisor(console) as supervisor:
            supervisor.start(program("steady", SLEEPER))
            os.kill(os.getpid(), signal.SIGTERM)
            supervisor.wait_until("nothing", lambda: False)

    with pytest.raises(Stopped):
        story()
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_command_s_exit_code_comes_back(console: Console) -> None:
    with Supervisor(console) as supervisor:
        assert supervisor.run_to_end(program("command", "raise SystemExit(7)"), seconds=10) == 7
        with pytest.raises(ProcessDied, match="command ended with exit code 7"):
            supervisor.run(program("command", "raise SystemExit(7)"))


def test_secret_lines_reach_their_taker_and_no_log(tmp_path: Path) -> None:
    lines: list[str] = []
    stream = io.StringIO()
    console = Console(tmp_path / "log", stream=stream)
    with Supervisor(console) as supervisor:
        supervisor.run(program("quiet", "print('a password')", sink=lines.append))
    console.close()
    assert lines == ["a password"]
    assert "password" not in stream.getvalue() + (tmp_path / "log").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child's life to its parent's")
def test_killing_the_supervisor_leaves_no_orphans() -> None:
    marker = f"MARK_{os.urandom(8).hex()}"
    script = f"""
import sys
from devnet.console import Console
from devnet.supervisor import Program, Supervisor
with Supervisor(Console(None)) as supervisor:
    for name in ("one", "two"):
        supervisor.start(Program(name, [sys.executable, "-c", {SLEEPER!r}]))
    supervisor.watch()
"""
    environment = {**os.environ, marker: "1"}
    supervisor = subprocess.Popen(
        [sys.executable, "-c", script], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
    )
    assert supervisor.stdout is not None
    awake = [supervisor.stdout.readline() for _ in range(2)]
    assert all(line.rstrip().endswith("awake") for line in awake)
    assert len(alive(marker)) == 3
    supervisor.kill()
    supervisor.wait()
    supervisor.stdout.close()
    until(lambda: alive(marker) == [])
