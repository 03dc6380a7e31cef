"""Horizon's REST over HTTP: what it is asked, what it answers, and how it fails when told to."""

import json
import re
import socket
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from devnet.http_server import DeafServer
from devnet.stellar import views
from devnet.stellar.controls import CONTROLS
from devnet.stellar.ledger import Ledger
from devnet.stellar.views import Answer, Request

MAX_BODY = 1_000_000
SILENCE_SECONDS = 60


class Server(DeafServer):
    """One thread per connection; the ledger's lock puts requests in a row."""

    request_queue_size = 128

    def __init__(self, address: tuple[str, int], ledger: Ledger, *, patience_seconds: float) -> None:
        super().__init__(address, Handler)
        self.ledger = ledger
        self.patience_seconds = patience_seconds
        self.closing = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """Answers GET for what is known, POST for transactions and for the controls under /devnet/."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 300
    server: Server

    def do_GET(self) -> None:
        self._run("GET", b"")

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > MAX_BODY:
            self.close_connection = True
            self._answer(Answer(413, {}))
            return
        self._run("POST", self.rfile.read(size))

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: requests come several times a second."""

    def _run(self, method: str, body: bytes) -> None:
        parts = urlsplit(self.path)
        ledger = self.server.ledger
        if parts.path.startswith("/devnet/"):
            self._answer(_control(ledger, parts.path.removeprefix("/devnet/"), body))
            return
        until = time.monotonic() + self.server.patience_seconds
        request = Request(method, parts.path.rstrip("/") or "/", dict(parse_qsl(parts.query)), body, until)
        with ledger.lock:
            fault = ledger.take_fault(request.path.split("/")[1])
        if fault == "drop":
            self._hang_up(0)
            return
        if fault == "error":
            self._answer(views.problem(503, "stale_history", "This Horizon is behind."))
            return
        answer = views.answer(ledger, request)
        if fault == "timeout":
            self._hang_up(SILENCE_SECONDS)
            return
        self._answer(answer)

    def _hang_up(self, after_seconds: int) -> None:
        self.server.closing.wait(after_seconds)
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, answer: Answer) -> None:
        body = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/hal+json" if answer.status < 400 else "application/problem+json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _control(ledger: Ledger, name: str, body: bytes) -> Answer:
    control: Callable[..., Any] | None = CONTROLS.get(name) if re.fullmatch(r"[a-z_]+", name) else None
    if control is None:
        return Answer(404, {"error": "no such control"})
    try:
        with ledger.lock:
            return Answer(200, {"result": control(ledger, **json.loads(body or b"{}"))})
    except (TypeError, ValueError) as error:
        return Answer(400, {"error": str(error)})
