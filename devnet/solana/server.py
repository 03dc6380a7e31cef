"""JSON-RPC over HTTP, as a Solana node speaks it."""

import inspect
import json
import socket
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

from devnet.http_server import DeafServer
from devnet.solana.controls import ControlledMethods
from devnet.solana.errors import INTERNAL, INVALID_PARAMS, RpcError
from devnet.solana.node import Node

MAX_BODY = 4_000_000
SILENCE_SECONDS = 60
NODE_BEHIND = -32005


class _NoAnswer(Exception):
    """The call falls under a fault: hang up; `after_seconds` first keeps silent."""

    def __init__(self, after_seconds: int) -> None:
        self.after_seconds = after_seconds


class Server(DeafServer):
    """One thread per connection; the node's lock puts calls in a row."""

    request_queue_size = 128

    def __init__(self, address: tuple[str, int], node: Node) -> None:
        super().__init__(address, Handler)
        self.node = node
        self.methods = ControlledMethods(node)
        self.closing = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """Answers POST with a call."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 300
    server: Server

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > MAX_BODY:
            self.close_connection = True
            self._answer(413, b"")
            return
        try:
            body = self._respond(self.rfile.read(size))
        except _NoAnswer as fault:
            self.server.closing.wait(fault.after_seconds)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(200, body)

    def do_GET(self) -> None:
        self._answer(405, b"Used HTTP Method is not allowed. POST or OPTIONS is required")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: calls come several times a second."""

    def _respond(self, body: bytes) -> bytes:
        try:
            request = json.loads(body)
            name, params = str(request["method"]), request.get("params") or []
        except (ValueError, KeyError, TypeError):
            return _envelope(None, error=RpcError(-32700, "Parse error"))
        try:
            return _envelope(request.get("id"), result=self._run(name, params))
        except RpcError as error:
            return _envelope(request.get("id"), error=error)

    def _run(self, name: str, params: Any) -> Any:
        node, method = self.server.node, self.server.methods.find(name)
        if not isinstance(params, list):
            raise RpcError(INVALID_PARAMS, "Invalid params: expected a list")
        try:
            inspect.signature(method).bind(*params)
        except TypeError:
            raise RpcError(INVALID_PARAMS, f"Invalid params: {name}{inspect.signature(method)}") from None
        with node.lock:
            fault = None if name.startswith("devnet_") else node.take_fault(name)
            if fault == "drop":
                raise _NoAnswer(0)
            if fault == "error":
                raise RpcError(NODE_BEHIND, "Node is behind by 42 slots")
            try:
                result = method(*params)
            except (ArithmeticError, AttributeError, TypeError, ValueError) as error:
                raise RpcError(INTERNAL, f"Internal error: {error}") from error
        if fault == "timeout":
            raise _NoAnswer(SILENCE_SECONDS)
        return result

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _envelope(identity: Any, *, result: Any = None, error: RpcError | None = None) -> bytes:
    answer: dict[str, Any] = {"jsonrpc": "2.0", "id": identity}
    if error is None:
        answer["result"] = result
    else:
        shown = {"code": error.code, "message": error.message}
        answer["error"] = shown if error.data is None else {**shown, "data": error.data}
    return json.dumps(answer).encode()
