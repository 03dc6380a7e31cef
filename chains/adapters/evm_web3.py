"""web3.py on top of this house's endpoints: its formatters, without its transport, retries and middleware."""

from collections.abc import Callable
from typing import Any

from web3 import Web3
from web3.providers.base import BaseProvider
from web3.types import RPCEndpoint, RPCResponse


class _Provider(BaseProvider):
    def __init__(self, call: Callable[[str, list[Any]], Any]) -> None:
        super().__init__()
        self._call = call

    def make_request(self, method: RPCEndpoint, params: Any) -> RPCResponse:
        return {"jsonrpc": "2.0", "id": 1, "result": self._call(method, list(params))}


def connect(call: Callable[[str, list[Any]], Any]) -> Web3:
    """Return a Web3 that makes its calls through `call`, whose exceptions pass through unchanged."""
    return Web3(_Provider(call), middleware=[])
