"""A JSON-RPC server on the loopback address whose every answer a test decides."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from devnet import jsonrpc


class Refuse(Exception):
    """Answer with a JSON-RPC error."""

    def __init__(self, code: int, message: str, *, status: int = 200) -> None:
        self.code, self.message, self.status = code, message, status


class Say(Exception):
    """Answer with exactly this status and body."""

    def __init__(self, status: int, body: bytes = b"") -> None:
        self.status, self.body = status, body


class Drop(Exception):
    """Hang up without a word."""


class RpcServer(ThreadingHTTPServer):
    """`answer(method, params)` returns the result or raises Refuse, Say or Drop; `calls` is what was asked."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, answer: Callable[[str, list[Any]], Any]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer
        self.calls: list[str] = []
        self.connections = 0
        self.authorization: str | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    @property
    def name(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: RpcServer

    def setup(self) -> None:
        super().setup()
        self.server.connections += 1

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.calls.append(request["method"])
        self.server.authorization = self.headers.get("Authorization")
        status, document = 200, {"id": request["id"], "result": None}
        try:
            document["result"] = self.server.answer(request["method"], request["params"])
            body = json.dumps(document, default=float).encode()
        except Refuse as refusal:
            status = refusal.status
            error = {"code": refusal.code, "message": refusal.message}
            body = json.dumps({"id": request["id"], "error": error}).encode()
        except Say as words:
            status, body = words.status, words.body
        except Drop:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def rpc_server(answer: Callable[[str, list[Any]], Any]) -> Iterator[RpcServer]:
    server = RpcServer(answer)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()


def silent(seconds: float) -> Callable[[str, list[Any]], Any]:
    """Answer so late that nobody waits any more."""

    def answer(method: str, params: list[Any]) -> Any:
        time.sleep(seconds)
        raise Drop

    return answer


class Relay:
    """Passes calls on to a real node; `fault` may first hold one back or lose its answer."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.fault: Callable[[str, Callable[[], Any]], Any] | None = None

    def __call__(self, method: str, params: list[Any]) -> Any:
        if self.fault is not None:
            return self.fault(method, lambda: self._pass_on(method, params))
        return self._pass_on(method, params)

    def _pass_on(self, method: str, params: list[Any]) -> Any:
        try:
            return jsonrpc.call(self.url, method, *params)
        except jsonrpc.ControlFailed as error:
            raise Refuse(error.code, error.message) from error
