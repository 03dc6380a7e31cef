"""Threads that stay with a caller who goes on asking, and do not where others wait."""

import http.client
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from wallet_project.web_worker import Worker

SECONDS = 60
APPLICATION = """
def application(environ, start_response):
    asked = environ["PATH_INFO"].encode() + environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Length", str(len(asked)))])
    return [asked]
"""


@pytest.fixture
def worker() -> Iterator[Any]:
    made: Any = Worker.__new__(Worker)
    made.alive, made.cfg, made.tpool = True, SimpleNamespace(is_ssl=False), ThreadPoolExecutor(1)
    yield made
    made.tpool.shutdown()


@pytest.fixture
def pair() -> Iterator[tuple[Any, socket.socket]]:
    """Return a connection as gunicorn holds it, and its caller's end."""
    here, there = socket.socketpair()
    nothing_read = SimpleNamespace(unreader=SimpleNamespace(buf=SimpleNamespace(getvalue=lambda: b"")))
    with here, there:
        yield SimpleNamespace(sock=here, is_http2=False, parser=nothing_read), there


def test_the_next_request_is_taken_and_a_caller_who_says_nothing_is_let_go(worker: Any, pair: Any) -> None:
    connection, caller = pair
    assert not worker._asks_again(connection)
    caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
    assert worker._asks_again(connection)


def test_nobody_stays_where_others_wait_or_the_process_ends(worker: Any, pair: Any) -> None:
    connection, caller = pair
    caller.sendall(b"GET / HTTP/1.1\r\n\r\n")
    may_go_on = threading.Event()
    busy, waiting = worker.tpool.submit(may_go_on.wait, SECONDS), worker.tpool.submit(int)
    assert not worker._asks_again(connection)
    may_go_on.set()
    assert busy.result()
    assert waiting.result() == 0
    assert worker._asks_again(connection)
    worker.alive = False
    assert not worker._asks_again(connection)


def test_many_callers_of_few_threads_are_all_answered_and_it_ends_when_told(tmp_path: Path) -> None:
    (tmp_path / "echo.py").write_text(APPLICATION)
    place = tmp_path / "web.sock"
    command = [sys.executable, "-m", "gunicorn", "echo", "-k", "wallet_project.web_worker.Worker", "--threads", "2"]
    command += ["--bind", f"unix:{place}", "--pythonpath", str(tmp_path), "--no-control-socket"]
    server = subprocess.Popen([*command, "--log-level", "warning"], env={**os.environ})
    try:
        _wait_for(place, server)
        with ThreadPoolExecutor(6) as callers:
            assert list(callers.map(lambda number: _ask_many(place, number), range(6))) == [True] * 6
        server.send_signal(signal.SIGTERM)
        assert server.wait(SECONDS) == 0
    finally:
        server.kill()
        server.wait()


def _ask_many(place: Path, number: int) -> bool:
    """Ask 20 times on one connection; tell whether each was answered with what it asked."""
    connection = http.client.HTTPConnection("localhost", timeout=SECONDS)
    connection.sock = _connect(place)
    answers = []
    for turn in range(20):
        connection.request("POST", f"/{number}/{turn}", body=b"-" * turn)
        answers.append(connection.getresponse().read() == f"/{number}/{turn}".encode() + b"-" * turn)
    connection.close()
    return all(answers)


def _connect(place: Path) -> socket.socket:
    made = socket.socket(socket.AF_UNIX)
    made.settimeout(SECONDS)
    try:
        made.connect(str(place))
    except OSError:
        made.close()
        raise
    return made


def _wait_for(place: Path, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(SECONDS * 20):
        assert server.poll() is None, "it has ended"
        try:
            _connect(place).close()
        except OSError:
            select.select([], [], [], 0.05)
        else:
            return
    raise AssertionError("it never answered")
