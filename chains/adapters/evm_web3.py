"""web3.py on top of this house's endpoints: its formatters, without its transport, retries and middleware."""

import sys
from collections.abc import Callable
from typing import Any

_depth = sys.getrecursionlimit()

from web3 import Web3  # noqa: E402
from web3.exceptions import BlockNotFound, TransactionNotFound  # noqa: E402
from web3.providers.base import BaseProvider  # noqa: E402
from web3.types import RPCEndpoint, RPCResponse  # noqa: E402

# A library of web3.py's raises the limit a hundredfold, for a curve nobody here uses. With it, deeply nested
# JSON from anybody runs over the end of the C stack and takes the whole process with it.
sys.setrecursionlimit(_depth)

__all__ = ["BlockNotFound", "TransactionNotFound", "connect"]


class _Provider(BaseProvider):
    def __init__(self, call: Callable[[str, list[Any]], Any]) -> None:
        super().__init__()
        self._call = call

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        return {"jsonrpc": "2.0", "id": 1, "result": self._call(method, list(params))}


def connect(call: Callable[[str, list[Any]], Any]) -> Web3:
    """Return a Web3 that makes its calls through `call`, whose exceptions pass through unchanged."""
    return Web3(_Provider(call), middleware=[])
