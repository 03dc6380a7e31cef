"""Refusals in the words and numbers of Solana's JSON-RPC."""

from typing import Any

SENDING_FAILED = -32002
NOT_AVAILABLE = -32004
SKIPPED = -32007
INVALID_PARAMS = -32602
METHOD_NOT_FOUND = -32601
INTERNAL = -32603


class RpcError(Exception):
    """A call that is answered with an error."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.data = data
