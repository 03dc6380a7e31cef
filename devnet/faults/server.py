"""
The proxy itself: JSON-RPC in, JSON-RPC out, and the levers as methods named devnet_*.

Where a node has controls of its own they are the same: devnet_mine, devnet_reorg, devnet_stall, devnet_lag,
devnet_drop, devnet_lie, devnet_fault, devnet_reset.
"""

import json
import threading
from collections.abc import Callable
from decimal import Decimal
from http.server import BaseHTTPRequestHandler
from typing import Any, Protocol

from devnet import jsonrpc
from devnet.faults.bitcoin import BitcoinView
from devnet.faults.evm import EvmView
from devnet.faults.levers import FAULT_MODES, LIES, Fault, Levers
from devnet.http_server import DeafServer

MAX_BODY = 16_000_000
SILENCE_SECONDS = 60
INVALID_PARAMS = -32602


class View(Protocol):
    """One kind of network: what its node would say in the state that the levers put it into."""

    behind_error: tuple[int, str]

    def height(self) -> int: ...
    def mine(self, blocks: int) -> int: ...
    def reorg(self, depth: int, keep: bool) -> int: ...
    def answer(self, method: str, params: list[Any]) -> Any: ...


VIEWS: dict[str, Callable[[str, Levers], View]] = {"bitcoin": BitcoinView, "evm": EvmView}


class Controls:
    """The levers, as a test or a developer pulls them."""

    def __init__(self, view: View, levers: Levers) -> None:
        self.view, self.levers = view, levers

    def devnet_mine(self, blocks: int = 1) -> int:
        """Have the node make blocks; return its height."""
        return self.view.mine(blocks)

    def devnet_reorg(self, depth: int, keep: bool = True) -> int:
        """Replace the node's last blocks by as many empty ones and one more; return its height."""
        return self.view.reorg(depth, keep)

    def devnet_stall(self, on: bool = True) -> bool:
        """Let it stop at the block it has now, as a node that has lost its peers; or go on."""
        self.levers.stalled_at = self.levers.seen(self.view.height()) if on else None
        return on

    def devnet_lag(self, blocks: int = 0) -> int:
        """Answer as if the last blocks had not been seen yet."""
        self.levers.lag_blocks = blocks
        return blocks

    def devnet_drop(self, count: int = 1) -> int:
        """Say yes to the next `count` transactions, and forget them."""
        self.levers.drops = count
        return count

    def devnet_lie(self, about: str, by: int = 0) -> Any:
        """Say what is not true: `height` and `nonce` are higher by so much, the rest so many times; 0 ends it."""
        if about not in LIES:
            raise jsonrpc.ControlFailed(INVALID_PARAMS, f"about must be one of {', '.join(LIES)}")
        self.levers.lies[about] = by
        if not by:
            del self.levers.lies[about]
        return self.levers.lies

    def devnet_fault(self, mode: str, method: str = "*", count: int = 1) -> int:
        """
        Make the next `count` calls fail: `timeout` does the work but never answers, `drop` hangs up
        without doing it, `error` answers as a node that is starting.
        """
        if mode not in FAULT_MODES:
            raise jsonrpc.ControlFailed(INVALID_PARAMS, f"mode must be one of {', '.join(FAULT_MODES)}")
        self.levers.faults.append(Fault(mode, method, count))
        return len(self.levers.faults)

    def devnet_reset(self) -> bool:
        """Turn every lever off."""
        fresh = Levers()
        self.levers.stalled_at, self.levers.lag_blocks, self.levers.drops = None, 0, 0
        self.levers.lies, self.levers.faults = fresh.lies, fresh.faults
        return True


class FaultProxy(DeafServer):
    """Stands before the node at `url`, which may hold user:password@; anybody on the loopback address may ask it."""

    block_on_close = False
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], *, kind: str, url: str) -> None:
        super().__init__(address, _Handler)
        levers = Levers()
        self.view: View = VIEWS[kind](url, levers)
        self.controls = Controls(self.view, levers)
        self.closing = threading.Event()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def server_close(self) -> None:
        self.closing.set()
        super().server_close()

    def run(self, method: str, params: list[Any]) -> Any:
        """:raises ControlFailed: what the node refuses. :raises ConnectionError: where it hangs up"""
        control = getattr(self.controls, method, None) if method.startswith("devnet_") else None
        if control is not None:
            try:
                return control(*params)
            except TypeError as error:
                raise jsonrpc.ControlFailed(INVALID_PARAMS, str(error)) from error
        fault = self.controls.levers.take_fault(method)
        if fault == "drop":
            raise ConnectionError
        if fault == "error":
            raise jsonrpc.ControlFailed(*self.view.behind_error)
        result = self.view.answer(method, params)
        if fault == "timeout":
            self.closing.wait(SILENCE_SECONDS)
            raise ConnectionError
        return result


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: FaultProxy

    def do_POST(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        if size > MAX_BODY:
            self.close_connection = True
            self._say(413, b"")
            return
        try:
            request = json.loads(self.rfile.read(size), parse_float=Decimal)
            number, method, params = request.get("id"), str(request["method"]), list(request.get("params") or [])
        except (ValueError, KeyError, TypeError, AttributeError):
            self._say(400, b'{"id":null,"error":{"code":-32700,"message":"Parse error"}}')
            return
        try:
            document = {"jsonrpc": "2.0", "id": number, "result": self.server.run(method, params)}
        except jsonrpc.ControlFailed as error:
            document = {"jsonrpc": "2.0", "id": number, "error": {"code": error.code, "message": error.message}}
        except OSError:
            self.close_connection = True
            return
        self._say(200, encode(document).encode())

    def _say(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: calls come several times a second."""


def encode(value: Any) -> str:
    """Return JSON, with decimal numbers to their last digit."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key)}:{encode(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(encode, value)) + "]"
    return json.dumps(value)
