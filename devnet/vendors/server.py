"""One vendor's front: an HTTP server on the loopback address that can be told to misbehave."""

import socket
import threading
import time
from abc import ABC, abstractmethod
from contextlib import nullcontext
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any
from urllib.parse import urlsplit

from devnet.http_server import DeafServer
from devnet.vendors.mail import Mail
from devnet.vendors.wire import Json, Request, Response, answer_json
from devnet.vendors.world import World

MAX_BODY = 1_000_000
KEPT_REQUESTS = 500
MALFORMED = b'{"data": [{"id": "5b42'


@dataclass
class Fault:
    """What goes wrong with the next `calls` requests whose path begins with `path`."""

    path: str = ""
    calls: int = 1
    status: int = 0  # answered instead of acting
    latency_seconds: float = 0
    drop: str = ""  # "before": hang up without acting; "after": act, then hang up
    is_malformed: bool = False  # answer half a document instead of acting


class Vendor(ABC):
    """One outside company. `answer` runs under the world's lock, unless it takes that itself."""

    code: str
    is_locked = True
    mail: Mail  # its webhooks; not every vendor has some

    def __init__(self, world: World) -> None:
        self.world = world
        self.base_url = ""  # where it listens; set by whoever starts its server
        self.faults: list[Fault] = []
        self.requests: list[Json] = []

    @abstractmethod
    def answer(self, request: Request) -> Response: ...

    def tick(self) -> None:
        """Do what has fallen due."""
        return

    def reset(self) -> None:
        """Forget everything, as at the start."""
        self.faults.clear()
        self.requests.clear()

    def set_up(self, settings: Json) -> None:
        """Let things end otherwise than usual. :raises TypeError, ValueError: if it knows no such setting"""
        raise TypeError(f"{self.code} has no settings: {sorted(settings)}")

    def listing(self) -> list[Json]:
        """Return what it has taken in hand, the oldest first."""
        return []

    def refusal(self, status: int) -> Response:
        """Return what it answers where a scenario wants this status."""
        return answer_json(status, {"message": "as the scenario says"})

    def take_fault(self, path: str) -> Fault | None:
        for fault in self.faults:
            if path.startswith(fault.path):
                fault.calls -= 1
                if fault.calls <= 0:
                    self.faults.remove(fault)
                return fault
        return None


class Server(DeafServer):
    """Serves one vendor from a background thread; use as a context manager or call `close`."""

    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, vendor: Vendor) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.vendor = vendor
        vendor.base_url = f"http://127.0.0.1:{self.server_address[1]}"

    def start(self) -> "Server":
        threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        return self

    def close(self) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60
    server: Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_DELETE(self) -> None:
        self._serve()

    def do_PUT(self) -> None:
        self._serve()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: prices and states are asked for all the time."""

    def _serve(self) -> None:
        vendor = self.server.vendor
        request = self._read()
        with vendor.world.lock:
            _remember(vendor, request)
            fault = vendor.take_fault(request.path)
        if fault and fault.latency_seconds:
            time.sleep(float(fault.latency_seconds))
        if fault and fault.drop == "before":
            self._hang_up()
        elif fault and fault.status:
            self._answer(vendor.refusal(fault.status))
        elif fault and fault.is_malformed:
            self._answer(Response(200, MALFORMED, {"Content-Type": "application/json"}))
        else:
            with vendor.world.lock if vendor.is_locked else nullcontext():
                response = vendor.answer(request)
            if fault and fault.drop == "after":
                self._hang_up()
            else:
                self._answer(response)

    def _read(self) -> Request:
        size = min(int(self.headers.get("Content-Length") or 0), MAX_BODY)
        parts = urlsplit(self.path)
        headers = {name.lower(): value for name, value in self.headers.items()}
        return Request(self.command, parts.path, parts.query, headers, self.rfile.read(size))

    def _answer(self, response: Response) -> None:
        self.send_response(response.status)
        for name, value in response.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        self.wfile.write(response.body)
        self.wfile.flush()

    def _hang_up(self) -> None:
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)


def _remember(vendor: Vendor, request: Request) -> None:
    seen = {"method": request.method, "path": request.path, "query": request.raw_query}
    vendor.requests.append({**seen, "headers": dict(request.headers), "body": request.body.decode(errors="replace")})
    del vendor.requests[:-KEPT_REQUESTS]
