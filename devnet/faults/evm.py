"""What an EVM node says while it is behind, forgets, or lies."""

from collections.abc import Callable
from typing import Any

from eth_utils.crypto import keccak

from devnet.ethereum import Anvil
from devnet.faults.levers import Levers

_TAGS = frozenset({"latest", "safe", "finalized"})
_SENT = "eth_sendRawTransaction"


class EvmView:
    """Passes calls on and twists them as the levers say."""

    behind_error = (-32005, "The node is syncing.")

    def __init__(self, url: str, levers: Levers) -> None:
        self._node = Anvil(url)
        self._levers = levers

    def height(self) -> int:
        return self._node.height()

    def mine(self, blocks: int) -> int:
        return self._node.mine(blocks)

    def reorg(self, depth: int, keep: bool) -> int:
        return self._node.reorg(depth, keep_transactions=keep)

    def answer(self, method: str, params: list[Any]) -> Any:
        if method == _SENT and self._levers.take_drop():
            return "0x" + keccak(hexstr=params[0]).hex()
        height, seen = self.height(), self._levers.seen(self.height())
        if method == "eth_blockNumber":
            return hex(seen + self._levers.lies.get("height", 0))
        if seen < height:
            params = [hex(seen) if each in _TAGS else each for each in params]
            if "pending" in params and method.startswith("eth_getBlock"):
                return None
        result = self._node.call(method, *params)
        return self._lie(method, self._as_of(method, result, seen))

    def _as_of(self, method: str, result: Any, seen: int) -> Any:
        """Return what a node says that has come no further than this block."""
        if method.startswith("eth_getBlock") and result:
            newest = result[0] if isinstance(result, list) else result
            number = newest.get("blockNumber", newest.get("number"))
            return None if number and int(number, 16) > seen else result
        if method == "eth_getTransactionReceipt" and result and int(result["blockNumber"], 16) > seen:
            return None
        is_mined = method == "eth_getTransactionByHash" and result and result["blockNumber"]
        if is_mined and int(result["blockNumber"], 16) > seen:
            return {**result, "blockNumber": None, "blockHash": None, "transactionIndex": None}
        return result

    def _lie(self, method: str, result: Any) -> Any:
        for about, by in self._levers.lies.items():
            twist = _TWISTS.get((method, about))
            if twist is not None and result is not None:
                result = twist(result, by)
        return result


def _richer(transaction: Any, factor: int) -> Any:
    if isinstance(transaction, str):
        return transaction
    return {**transaction, "value": hex(int(transaction["value"], 16) * factor)}


def _another(block_hash: str) -> str:
    return block_hash[:-1] + ("0" if block_hash[-1] != "0" else "1")


def _more(quantity: str, by: int) -> str:
    return hex(int(quantity, 16) + by)


def _dearer(history: Any, factor: int) -> Any:
    return {**history, "baseFeePerGas": [hex(int(each, 16) * factor) for each in history["baseFeePerGas"]]}


def _another_block(block: Any, factor: int) -> Any:
    paid = [_richer(each, factor) for each in block["transactions"]]
    return {**block, "hash": _another(block["hash"]), "transactions": paid}


def _another_end(receipt: Any, _: int) -> Any:
    return {**receipt, "status": "0x0" if receipt["status"] == "0x1" else "0x1"}


_TWISTS: dict[tuple[str, str], Callable[[Any, int], Any]] = {
    ("eth_getBalance", "balance"): _more,
    ("eth_getTransactionCount", "nonce"): _more,
    ("eth_gasPrice", "fee"): lambda price, factor: hex(int(price, 16) * factor),
    ("eth_feeHistory", "fee"): _dearer,
    ("eth_getBlockByNumber", "height"): lambda block, by: {**block, "number": _more(block["number"], by)},
    ("eth_getBlockByNumber", "block"): _another_block,
    ("eth_getTransactionReceipt", "receipt"): _another_end,
}
