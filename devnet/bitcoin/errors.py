"""Refusals, with the codes and words of Bitcoin Core (src/rpc/protocol.h)."""

MISC = -1
TYPE = -3
INVALID_ADDRESS_OR_KEY = -5
INVALID_PARAMETER = -8
DESERIALIZATION = -22
VERIFY = -25
VERIFY_REJECTED = -26
VERIFY_ALREADY_IN_UTXO_SET = -27
IN_WARMUP = -28
METHOD_NOT_FOUND = -32601
PARSE = -32700
INVALID_REQUEST = -32600


class RpcError(Exception):
    """A call that Bitcoin Core would answer with this code and message."""

    def __init__(self, code: int, message: str) -> None:
        self.code = code
        self.message = message
        super().__init__(f"{code}: {message}")


class Rejected(RpcError):
    """A transaction that the mempool does not take; `reason` is the short form of testmempoolaccept."""

    def __init__(self, reason: str, detail: str = "", *, code: int = VERIFY_REJECTED) -> None:
        self.reason = reason
        super().__init__(code, f"{reason}, {detail}" if detail else reason)
