"""What a Bitcoin node says while it is behind, forgets, or lies."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from devnet import jsonrpc
from devnet.faults.levers import Levers

_OUT_OF_RANGE, _NOT_FOUND = -8, -5


class BitcoinView:
    """Passes calls on and twists them as the levers say."""

    behind_error = (-28, "Loading block index…")

    def __init__(self, url: str, levers: Levers) -> None:
        self._url = url
        self._levers = levers

    def height(self) -> int:
        return int(self._call("getblockcount"))

    def mine(self, blocks: int) -> int:
        return int(self._call("devnet_mine", blocks))

    def reorg(self, depth: int, keep: bool) -> int:
        self._call("devnet_reorg", depth, keep)
        return self.height()

    def answer(self, method: str, params: list[Any]) -> Any:
        if method == "sendrawtransaction" and self._levers.take_drop():
            return _txid(bytes.fromhex(params[0]))
        height = self.height()
        seen = self._levers.seen(height)
        if method == "getblockhash":
            return self._hash_at(int(params[0]), seen)
        if method == "scantxoutset" and seen < height:
            return None  # one that is busy with another scan says so
        return self._lie(method, self._as_of(method, self._call(method, *params), height, seen))

    def _hash_at(self, height: int, seen: int) -> Any:
        if height > seen:
            raise jsonrpc.ControlFailed(_OUT_OF_RANGE, "Block height out of range")
        return self._call("getblockhash", max(0, height - 1) if "block" in self._levers.lies else height)

    def _as_of(self, method: str, result: Any, height: int, seen: int) -> Any:
        """Return what a node says that has come no further than this block."""
        if method == "getblockcount":
            return seen
        if method == "getbestblockhash":
            return self._call("getblockhash", seen)
        if method == "getblockchaininfo":
            return {**result, "blocks": seen, "bestblockhash": self._call("getblockhash", seen)}
        if method == "getblockheader":
            return _header(result, seen)
        if method == "getrawtransaction" and isinstance(result, dict):
            return _transaction(result, height - seen)
        return result

    def _lie(self, method: str, result: Any) -> Any:
        for about, by in self._levers.lies.items():
            twist = _TWISTS.get((method, about))
            if twist is not None and result:
                result = twist(result, by)
        return result

    def _call(self, method: str, *params: Any) -> Any:
        return jsonrpc.call(self._url, method, *params)


def _header(header: Any, seen: int) -> Any:
    if header["height"] > seen:
        raise jsonrpc.ControlFailed(_NOT_FOUND, "Block not found")
    return {**header, "confirmations": seen - header["height"] + 1}


def _transaction(known: Any, missing: int) -> Any:
    confirmations = known.get("confirmations", 0) - missing
    if confirmations <= 0:
        return {name: value for name, value in known.items() if name not in {"confirmations", "blockhash"}}
    return {**known, "confirmations": confirmations}


def _txid(raw: bytes) -> str:
    """Return some id: one that has forgotten the transaction need not know which it was."""
    return sha256(raw).hexdigest()


def _later(known: Any, by: int) -> Any:
    if not isinstance(known, dict) or "confirmations" not in known:
        return known
    return {**known, "confirmations": known["confirmations"] + by}


_TWISTS: dict[tuple[str, str], Callable[[Any, int], Any]] = {
    ("getblockcount", "height"): lambda height, by: height + by,
    ("getblockheader", "height"): lambda header, by: {**header, "height": header["height"] + by},
    ("getrawtransaction", "receipt"): _later,
    ("scantxoutset", "balance"): lambda found, factor: {**found, "total_amount": found["total_amount"] * factor},
    ("estimatesmartfee", "fee"): lambda found, factor: {**found, "feerate": found["feerate"] * factor},
}
