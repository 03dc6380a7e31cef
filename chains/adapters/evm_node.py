"""
What an EVM node says, through web3.py's formatters over this house's own endpoints.

Whole blocks are read with their receipts. Native coins that a contract sends from within a transaction
(an "internal transfer") leave no trace in either: they are found only by comparing balances.
"""

from collections.abc import Iterator
from functools import cached_property
from statistics import median
from typing import TYPE_CHECKING, Any, cast

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from chains.adapters import refusals
from chains.adapters.agreement import agreeing, middle, middle_or_refusal, middle_rates, state_of
from chains.adapters.evm_json import quantity, signed_bytes
from chains.adapters.evm_payload import NATIVE_GAS, TOKEN_GAS, TRANSFER
from chains.endpoints import Ask, EndpointDown, Endpoints, RpcRefused, distrusting
from chains.errors import NodeUnavailable, PaymentImpossible
from chains.values import (
    Block,
    BlockRef,
    Broadcast,
    FeeRate,
    Movement,
    NetworkConfig,
    Payment,
    Presence,
    Priority,
    Signed,
    Spend,
    TransactionState,
)

if TYPE_CHECKING:
    from web3 import Web3

_TRANSFER_TOPIC = bytes.fromhex("ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef")
_BALANCE_OF = "0x70a08231"
_NOT_READY = {-32005: "quota", 429: "rate_limited"}
_METHOD_MISSING = {-32601, -32004}

_HISTORY_BLOCKS = 10
_PERCENTILES = {Priority.SLOW: 10, Priority.NORMAL: 50, Priority.FAST: 90}
_WAIT_BLOCKS = {Priority.SLOW: 5, Priority.NORMAL: 2, Priority.FAST: 1}
_PRICE_PERCENT = {Priority.SLOW: 100, Priority.NORMAL: 110, Priority.FAST: 125}
_LEAST_TIP = {Priority.SLOW: 100_000_000, Priority.NORMAL: 500_000_000, Priority.FAST: 1_000_000_000}

_ALREADY_THERE = ("already known", "alreadyknown", "already imported")
_REFUSALS: refusals.Table = (
    ("nonce too low", "nonce_too_low"),
    ("nonce is too low", "nonce_too_low"),
    ("oldnonce", "nonce_too_low"),
    ("insufficient funds", "insufficient_funds"),
    ("insufficientfunds", "insufficient_funds"),
    ("replacement", "conflict"),
    ("underpriced", "fee_too_low"),
    ("less than block base fee", "fee_too_low"),
    ("max fee per gas less than", "fee_too_low"),
    ("feetoolow", "fee_too_low"),
    ("fee too low", "fee_too_low"),
    ("intrinsic gas too low", "invalid"),
    ("exceeds block gas limit", "invalid"),
    ("gas limit too high", "invalid"),
    ("invalid sender", "invalid"),
    ("invalid signature", "invalid"),
    ("invalid chain id", "invalid"),
    ("failed to decode", "invalid"),
    ("rlp", "invalid"),
    ("type not supported", "invalid"),
    ("oversized", "invalid"),
)


class EvmNode:
    """The node calls of ChainAdapter for one EVM network."""

    def __init__(self, config: NetworkConfig) -> None:
        self._config = config
        self._has_block_receipts = True
        self.endpoints = Endpoints(config, check=self._check_chain, not_ready=_NOT_READY)

    @cached_property
    def _web3(self) -> "Web3":
        # Imported here because it takes over a second, and processes that never ask a node need it not.
        from chains.adapters.evm_web3 import connect

        return connect(self.endpoints.call)

    def head(self) -> BlockRef:
        return self.endpoints.highest(_head)

    @agreeing
    @distrusting
    def block_ref(self, height: int) -> BlockRef | None:
        block = self.endpoints.call("eth_getBlockByNumber", [hex(height), False])
        if block is None:
            return None
        ref = _ref(block)
        if ref.height != height:
            raise ValueError("a block of another height than the one asked for")
        return ref

    @agreeing
    @distrusting
    def block(self, height: int, contracts: frozenset[str]) -> Block:
        from chains.adapters.evm_web3 import BlockNotFound, TransactionNotFound

        try:
            block = cast(Any, self._web3.eth.get_block(height, full_transactions=True))
            receipts = self._receipts(block)
        except (BlockNotFound, TransactionNotFound, RpcRefused) as error:
            raise NodeUnavailable(f"No node has block {height} yet.") from error
        if [(receipt["blockHash"], receipt["transactionHash"]) for receipt in receipts] != [
            (block["hash"], transaction["hash"]) for transaction in block["transactions"]
        ]:
            raise NodeUnavailable("A block changed while it was read.")
        if block["number"] != height:
            raise ValueError("a block of another height than the one asked for")
        ref = BlockRef(height, block["hash"].to_0x_hex(), block["parentHash"].to_0x_hex())
        movements = (
            movement
            for transaction, receipt in zip(block["transactions"], receipts, strict=True)
            for movement in _movements(transaction, receipt, contracts)
        )
        txids = tuple(transaction["hash"].to_0x_hex() for transaction in block["transactions"])
        spends = tuple(
            Spend(txid, f"{each['from']}:{each['nonce']}")
            for txid, each in zip(txids, block["transactions"], strict=True)
        )
        return Block(ref, int(block["timestamp"]), tuple(movements), txids=txids, spends=spends)

    @distrusting
    def pending(self) -> tuple[Movement, ...]:
        """Return native coins in the node's pending block; nothing where the node keeps none."""
        try:
            block = self.endpoints.call("eth_getBlockByNumber", ["pending", True])
        except RpcRefused:
            return ()
        if block is None:
            return ()
        return tuple(
            Movement(each["hash"], 0, str(to_checksum_address(each["to"])), "", quantity(each["value"]))
            for each in block["transactions"]
            if each.get("to") and each.get("blockHash") in {None, block.get("hash")} and quantity(each["value"]) > 0
        )

    def fee_rates(self) -> tuple[FeeRate, ...]:
        return middle_rates(self.endpoints, self._fee_rates)

    @distrusting
    def _fee_rates(self) -> tuple[FeeRate, ...]:
        """
        Return rates from eth_feeHistory (EIP-1559), or where there is no base fee from eth_gasPrice.

        The tip is the median over recent blocks of what the slow, middle or hasty tenth paid; the rate
        leaves room for the base fee to double, and only what is needed of it is ever paid.
        A gas price is paid in full: so it is what the node names, and a little more for those in a hurry.
        """
        if not self._config.has_base_fee:
            price = quantity(self.endpoints.call("eth_gasPrice", []))
            return tuple(self._rate(each, price * percent // 100, 0) for each, percent in _PRICE_PERCENT.items())
        try:
            history = self._web3.eth.fee_history(_HISTORY_BLOCKS, "latest", [float(p) for p in _PERCENTILES.values()])
        except RpcRefused as error:
            raise NodeUnavailable("The node gave no fee history.") from error
        base_fee = int(history["baseFeePerGas"][-1])
        rewards = history.get("reward") or []
        rates: list[FeeRate] = []
        tip = 0
        for position, priority in enumerate(_PERCENTILES):
            paid = [int(block[position]) for block in rewards if block[position]]
            tip = max(tip, _LEAST_TIP[priority], self._config.tip_floor, int(median(paid)) if paid else 0)
            rates.append(self._rate(priority, 2 * base_fee + tip, tip))
        return tuple(rates)

    def _rate(self, priority: Priority, rate: int, tip: int) -> FeeRate:
        rate = min(max(rate, self._config.fee_floor), self._config.fee_cap)
        seconds = _WAIT_BLOCKS[priority] * self._config.block_seconds
        source = "eth_feeHistory" if self._config.has_base_fee else "eth_gasPrice"
        return FeeRate(self._config.code, priority, rate, min(tip, rate), seconds, source)

    def gas_limit(self, payment: Payment) -> int:
        return middle_or_refusal(self.endpoints, lambda: self._gas_limit(payment), what="how much gas a transfer needs")

    @distrusting
    def _gas_limit(self, payment: Payment) -> int:
        """
        Return the node's estimate; anything but a plain transfer gets a quarter more.

        What the sender lacks now is no refusal: the coins may come before the transfer is signed.

        :raises PaymentImpossible: if the network would undo the transfer
        """
        call: dict[str, Any] = {"from": payment.sender, "to": payment.to, "value": hex(payment.minor)}
        if payment.contract:
            recipient = bytes.fromhex(payment.to[2:]).rjust(32, b"\0")
            data = "0x" + (TRANSFER + recipient + payment.minor.to_bytes(32)).hex()
            call = {"from": payment.sender, "to": payment.contract, "data": data}
        try:
            estimate = self._estimate(call)
        except RpcRefused as error:
            if payment.contract and self._balance(payment.sender, payment.contract) < payment.minor:
                return TOKEN_GAS
            raise PaymentImpossible(why="Its recipient, or the network itself, would undo it.") from error
        return NATIVE_GAS if estimate <= NATIVE_GAS else estimate * 5 // 4

    def _estimate(self, call: dict[str, Any]) -> int:
        try:
            return quantity(self.endpoints.call("eth_estimateGas", [call]))
        except RpcRefused as error:
            if "value" not in call or "insufficient funds" not in error.message.lower():
                raise
        return quantity(self.endpoints.call("eth_estimateGas", [{**call, "value": "0x0"}]))

    def balance(self, address: str, contract: str) -> int:
        return middle(self.endpoints, lambda: self._balance(address, contract), what="what an address holds")

    @distrusting
    def _balance(self, address: str, contract: str) -> int:
        try:
            if not contract:
                return int(self._web3.eth.get_balance(to_checksum_address(address)))
            data = _BALANCE_OF + address[2:].lower().rjust(64, "0")
            answer = self.endpoints.call("eth_call", [{"to": contract, "data": data}, "latest"])
        except RpcRefused as error:
            raise NodeUnavailable("The node could not read the balance.") from error
        if len(answer) < 66:
            raise NodeUnavailable("There is no token contract at this address.")
        return int(answer[:66], 16)

    def next_nonce(self, address: str, *, depth: int = 0, up_to: int | None = None) -> int:
        at: int | str = "latest"
        if depth or up_to is not None:
            height = self.head().height - depth
            at = max(0, height if up_to is None else min(height, up_to))
        params = [address, at if isinstance(at, str) else hex(at)]
        # A count that is too high would leave a gap that nothing fills, or call bytes dead that may land.
        return middle(
            self.endpoints,
            lambda: quantity(self.endpoints.call("eth_getTransactionCount", params)),
            what="how much an address has sent",
        )

    def broadcast(self, signed: Signed) -> Broadcast:
        replies = self.endpoints.all("eth_sendRawTransaction", ["0x" + signed.raw.hex()])

        def is_known() -> bool:
            # "Nonce too low" is also what a node says of our own transaction once it is mined.
            return self.state(signed.txid).presence != Presence.ABSENT

        return refusals.conclude(replies, already=_ALREADY_THERE, table=_REFUSALS, is_known=is_known)

    def state(self, txid: str) -> TransactionState:
        return state_of(self.endpoints, lambda: self._state(txid))

    @distrusting
    def _state(self, txid: str) -> TransactionState:
        receipt = self.endpoints.seek("eth_getTransactionReceipt", [txid])
        if receipt is None:
            waiting = self.endpoints.seek("eth_getTransactionByHash", [txid])
            return TransactionState(Presence.ABSENT if waiting is None else Presence.PENDING)
        height = quantity(receipt["blockNumber"])
        latest = quantity(self.endpoints.call("eth_blockNumber", []))
        price = quantity(receipt["effectiveGasPrice"])
        return TransactionState(
            presence=Presence.MINED,
            succeeded=quantity(receipt["status"]) == 1,
            height=height,
            block_hash=receipt["blockHash"],
            confirmations=max(1, latest - height + 1),
            fee_minor=quantity(receipt["gasUsed"]) * price,
        )

    @distrusting
    def raw(self, txid: str) -> bytes:
        """Return what was signed, put together from its fields: not every node keeps the bytes."""
        found = self.endpoints.seek("eth_getTransactionByHash", [txid])
        if found is None:
            raise NodeUnavailable("No node has this transaction.")
        raw = signed_bytes(found)
        if "0x" + keccak(raw).hex() != txid:
            raise ValueError("another transaction than the one asked for")
        return raw

    def _receipts(self, block: Any) -> list[Any]:
        if not block["transactions"]:
            return []
        if self._has_block_receipts:
            try:
                return list(self._web3.eth.get_block_receipts(block["hash"].to_0x_hex()))
            except RpcRefused as error:
                if error.rpc_code not in _METHOD_MISSING:
                    raise
                self._has_block_receipts = False  # an older node: one call for each transaction
        return [self._web3.eth.get_transaction_receipt(each["hash"].to_0x_hex()) for each in block["transactions"]]

    def _check_chain(self, ask: Ask) -> None:
        if quantity(ask("eth_chainId", [])) != int(self._config.chain):
            raise EndpointDown("wrong_chain", has_left=False)


def _head(ask: Ask) -> tuple[int, BlockRef]:
    ref = _ref(ask("eth_getBlockByNumber", ["latest", False]))
    return ref.height, ref


def _ref(block: Any) -> BlockRef:
    return BlockRef(quantity(block["number"]), block["hash"], block["parentHash"])


def _movements(transaction: Any, receipt: Any, contracts: frozenset[str]) -> Iterator[Movement]:
    """Yield what one transaction moved; one that failed moved nothing, though its value stands in the block."""
    if receipt["status"] != 1:
        return
    txid = transaction["hash"].to_0x_hex()
    if type(transaction["value"]) is not int or not 0 <= transaction["value"] < 2**256:
        raise ValueError("not an amount")
    if transaction["value"] and transaction.get("to"):
        yield Movement(txid, 0, str(transaction["to"]), "", int(transaction["value"]))
    for position, log in enumerate(receipt["logs"], start=1):
        if log["address"] not in contracts or len(log["topics"]) != 3 or bytes(log["topics"][0]) != _TRANSFER_TOPIC:
            continue
        minor = int.from_bytes(bytes(log["data"])) if len(log["data"]) == 32 else 0
        if minor:
            recipient = _checksummed(bytes(log["topics"][2])[12:])
            yield Movement(txid, position, recipient, str(log["address"]), minor)


def _checksummed(raw: bytes) -> str:
    """Write 20 bytes as an address (EIP-55). A block has thousands, and eth_utils looks at each four times."""
    digits = raw.hex()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join([digit.upper() if mark > "7" else digit for digit, mark in zip(digits, marks, strict=False)])
