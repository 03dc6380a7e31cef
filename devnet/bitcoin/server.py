"""JSON-RPC over HTTP, with the status codes and the basic authentication of bitcoind."""

import base64
import hmac
import inspect
import json
import socket
import threading
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from devnet.bitcoin.amounts import encode
from devnet.bitcoin.controls import ControlledMethods
from devnet.bitcoin.errors import IN_WARMUP, INVALID_REQUEST, METHOD_NOT_FOUND, MISC, PARSE, RpcError
from devnet.bitcoin.node import Node

MAX_BODY = 16_000_000
SILENCE_SECONDS = 60
STATUS_OF_ERROR = {INVALID_REQUEST: 400, METHOD_NOT_FOUND: 404}


class _NoAnswer(Exception):
    """The call falls under a fault: hang up; `after_seconds` first keeps silent."""

    def __init__(self, after_seconds: int) -> None:
        self.after_seconds = after_seconds


class Server(ThreadingHTTPServer):
    """One thread per connection; the node's lock puts calls in a row."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], node: Node, *, user: str, password: str) -> None:
        super().__init__(address, Handler)
        self.node = node
        self.methods = ControlledMethods(node)
        self.credentials = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
        self.closing = threading.Event()


class Handler(BaseHTTPRequestHandler):
    """Answers POST with a call or a batch of calls."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 300
    server: Server

    def do_POST(self) -> None:
        if not hmac.compare_digest(self.headers.get("Authorization", "").encode(), self.server.credentials.encode()):
            self._answer(401, b"", [("WWW-Authenticate", 'Basic realm="jsonrpc"')])
            return
        size = int(self.headers.get("Content-Length") or 0)
        if size > MAX_BODY:
            self.close_connection = True
            self._answer(413, b"")
            return
        try:
            status, body = self._respond(self.rfile.read(size))
        except _NoAnswer as fault:
            self.server.closing.wait(fault.after_seconds)
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        self._answer(status, body)

    def do_GET(self) -> None:
        self._answer(405, b"JSONRPC server handles only POST requests")

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: calls come several times a second."""

    def _respond(self, body: bytes) -> tuple[int, bytes]:
        try:
            request = json.loads(body, parse_float=Decimal)
        except ValueError:
            return 500, _envelope(None, None, RpcError(PARSE, "Parse error"))
        if isinstance(request, list):
            return 200, b"[" + b",".join(self._call(each)[1] for each in request) + b"]"
        return self._call(request)

    def _call(self, request: Any) -> tuple[int, bytes]:
        if not isinstance(request, dict):
            return 400, _envelope(None, None, RpcError(INVALID_REQUEST, "Invalid Request object"))
        identity = request.get("id")
        try:
            result = self._run(str(request.get("method")), request.get("params") or [])
        except RpcError as error:
            return STATUS_OF_ERROR.get(error.code, 500), _envelope(identity, None, error)
        return 200, _envelope(identity, result, None)

    def _run(self, name: str, params: Any) -> Any:
        node = self.server.node
        method = self.server.methods.find(name)
        positional, named = ([], params) if isinstance(params, dict) else (params, {})
        try:
            inspect.signature(method).bind(*positional, **named)
        except TypeError:
            raise RpcError(MISC, f"{name}{inspect.signature(method)}") from None
        with node.lock:
            fault = None if name.startswith("devnet_") else node.take_fault(name)
            if fault == "drop":
                raise _NoAnswer(0)
            if fault == "error":
                raise RpcError(IN_WARMUP, "Loading block index…")
            result = encode(method(*positional, **named))
        if fault == "timeout":
            raise _NoAnswer(SILENCE_SECONDS)
        return result

    def _answer(self, status: int, body: bytes, headers: list[tuple[str, str]] | None = None) -> None:
        self.send_response(status)
        for name, value in headers or []:
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()


def _envelope(identity: Any, result: str | None, error: RpcError | None) -> bytes:
    shown = "null" if error is None else encode({"code": error.code, "message": error.message})
    return f'{{"result":{result or "null"},"error":{shown},"id":{json.dumps(identity, default=str)}}}\n'.encode()
