"""
What Bitcoin Core says, over its JSON-RPC.

The node needs `txindex=1`: without it a transaction that is mined and whose outputs are spent cannot
be found by its id, and `state` would call it absent. Blocks are fetched raw and parsed here.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from bitcoin.core import CBlock, CTransaction, b2lx
from bitcoin.core.serialize import SerializationError

from chains.adapters import bitcoin_address, refusals
from chains.adapters.agreement import agreeing, middle, middle_rates, state_of
from chains.adapters.bitcoin_payload import parse_transaction
from chains.endpoints import Ask, EndpointDown, Endpoints, RpcRefused, distrusting
from chains.errors import NodeUnavailable, PayloadInvalid
from chains.values import (
    Block,
    BlockRef,
    Broadcast,
    FeeRate,
    Movement,
    NetworkConfig,
    Outpoint,
    Presence,
    Priority,
    Signed,
    Spend,
    TransactionState,
)

_NOT_FOUND = -5
_OUT_OF_RANGE = -8
_NOT_READY = {-28: "not_ready", -9: "not_ready", -10: "not_ready"}  # warming up, not connected, initial download
_CHAIN_NAMES = {"main": "main", "test": "test", "testnet4": "test", "signet": "signet", "regtest": "regtest"}

_TARGET_BLOCKS = {Priority.SLOW: 12, Priority.NORMAL: 6, Priority.FAST: 2}
_PENDING_FETCHED_AT_ONCE = 300
_PENDING_KEPT = 20_000

_ALREADY_THERE = ("already in utxo set", "already in block chain", "txn-already-in-mempool", "txn-already-known")
_REFUSALS: refusals.Table = (
    ("missingorspent", "inputs_spent"),
    ("missing inputs", "inputs_spent"),
    ("missing-inputs", "inputs_spent"),
    ("txn-mempool-conflict", "conflict"),
    ("bad-txns-spends-conflicting-tx", "conflict"),
    ("insufficient fee", "fee_too_low"),
    ("min relay fee not met", "fee_too_low"),
    ("min fee not met", "fee_too_low"),
    ("max-fee-exceeded", "invalid"),
    ("fee exceeds maximum", "invalid"),
    ("mandatory-script-verify", "invalid"),
    ("mempool-script-verify", "invalid"),
    ("block-script-verify", "invalid"),
    ("dust", "invalid"),
    ("scriptpubkey", "invalid"),
    ("tx-size", "invalid"),
    ("bad-txns", "invalid"),
    ("tx decode failed", "invalid"),
)


class BitcoinNode:
    """The node calls of ChainAdapter for one Bitcoin network."""

    def __init__(self, config: NetworkConfig) -> None:
        self._config = config
        self._waiting: dict[str, tuple[Movement, ...]] = {}
        self.endpoints = Endpoints(config, check=self._check_chain, not_ready=_NOT_READY)

    def head(self) -> BlockRef:
        return self.endpoints.highest(_head)

    @agreeing
    @distrusting
    def block_ref(self, height: int) -> BlockRef | None:
        try:
            block_hash = self.endpoints.call("getblockhash", [height])
        except RpcRefused as error:
            if error.rpc_code == _OUT_OF_RANGE:
                return None
            raise NodeUnavailable(f"The node could not say which block is at {height}.") from error
        ref = _ref(self._header(block_hash))
        if ref.height != height:
            raise ValueError("a block of another height than the one asked for")
        return ref

    @distrusting
    def block(self, height: int) -> Block:
        block_hash = self._hash_at(height)
        found = self.endpoints.seek("getblock", [block_hash, 0], absent=frozenset({_NOT_FOUND}))
        if found is None:
            raise NodeUnavailable(f"No node has block {height} yet.")
        block, txids = proved(bytes.fromhex(found), block_hash)
        ref = BlockRef(height, block_hash, b2lx(block.hashPrevBlock))
        # The first transaction is the miner's reward, which cannot be spent for 100 blocks: it credits nobody.
        movements = (
            movement
            for txid, transaction in zip(txids[1:], block.vtx[1:], strict=True)
            for movement in self._movements(txid, transaction)
        )
        places = [
            (txid, Outpoint(b2lx(vin.prevout.hash), vin.prevout.n))
            for txid, transaction in zip(txids, block.vtx, strict=True)
            for vin in transaction.vin
            if not vin.prevout.is_null()
        ]
        spent = tuple(outpoint for _, outpoint in places)
        spends = tuple(Spend(txid, str(outpoint)) for txid, outpoint in places)
        return Block(ref, block.nTime, tuple(movements), spent, txids, spends)

    @distrusting
    def pending(self) -> tuple[Movement, ...]:
        """
        Return what waits in one node's mempool.

        A full mempool is learned a few hundred transactions a call, and no more than 20,000 are kept:
        on a busy network some deposits are first seen in their block.
        """
        txids = self.endpoints.call("getrawmempool", [])
        present = set(txids)
        self._waiting = {txid: movements for txid, movements in self._waiting.items() if txid in present}
        unknown = [txid for txid in txids if txid not in self._waiting]
        room = min(_PENDING_FETCHED_AT_ONCE, _PENDING_KEPT - len(self._waiting))
        for txid in unknown[-room:] if room > 0 else []:
            try:
                raw = self.endpoints.call("getrawtransaction", [txid, 0])
            except RpcRefused:
                continue  # mined or replaced since
            transaction = read_transaction(raw)
            self._waiting[txid] = tuple(self._movements(b2lx(transaction.GetTxid()), transaction))
        return tuple(movement for movements in self._waiting.values() for movement in movements)

    @agreeing
    def _hash_at(self, height: int) -> str:
        try:
            return str(self.endpoints.call("getblockhash", [height]))
        except RpcRefused as error:
            raise NodeUnavailable(f"No node has block {height} yet.") from error

    def fee_rates(self) -> tuple[FeeRate, ...]:
        return middle_rates(self.endpoints, self._fee_rates)

    @distrusting
    def _fee_rates(self) -> tuple[FeeRate, ...]:
        """Return estimatesmartfee's rates between floor and cap; the floor where the node has no estimate."""
        rates: list[FeeRate] = []
        least = self._config.fee_floor
        for priority, blocks in _TARGET_BLOCKS.items():
            try:
                answer = self.endpoints.call("estimatesmartfee", [blocks])
            except RpcRefused as error:
                raise NodeUnavailable("The node gave no fee estimate.") from error
            estimate = satoshi(answer["feerate"]) if "feerate" in answer else 0
            least = max(least, estimate)  # never below the rate of a slower priority
            rate = min(least, self._config.fee_cap)
            seconds = blocks * self._config.block_seconds
            rates.append(FeeRate(self._config.code, priority, rate, 0, seconds, "estimatesmartfee"))
        return tuple(rates)

    def balance(self, address: str) -> int:
        return middle(self.endpoints, lambda: self._balance(address), what="what an address holds")

    @distrusting
    def _balance(self, address: str) -> int:
        """Return the sum of the address's unspent outputs; slow on a large network (it reads the whole UTXO set)."""
        try:
            answer = self.endpoints.call("scantxoutset", ["start", [f"addr({address})"]])
        except RpcRefused as error:
            raise NodeUnavailable("The node could not count the address's coins.") from error
        return satoshi(answer["total_amount"])

    def broadcast(self, signed: Signed) -> Broadcast:
        replies = self.endpoints.all("sendrawtransaction", [signed.raw.hex()])

        def is_known() -> bool:
            # An output of ours that is mined and spent again makes the node say that inputs are missing.
            return self.state(signed.txid).presence != Presence.ABSENT

        return refusals.conclude(replies, already=_ALREADY_THERE, table=_REFUSALS, is_known=is_known)

    def state(self, txid: str) -> TransactionState:
        return state_of(self.endpoints, lambda: self._state(txid))

    @distrusting
    def _state(self, txid: str) -> TransactionState:
        known = self.endpoints.seek("getrawtransaction", [txid, 2], absent=frozenset({_NOT_FOUND}))
        if known is not None and int(known.get("confirmations") or 0) > 0:
            header = self._header(known["blockhash"])
            return TransactionState(
                presence=Presence.MINED,
                height=int(header["height"]),
                block_hash=known["blockhash"],
                confirmations=int(known["confirmations"]),
                fee_minor=self._fee(known),
            )
        waiting = self.endpoints.seek("getmempoolentry", [txid], absent=frozenset({_NOT_FOUND}))
        return TransactionState(Presence.ABSENT if waiting is None else Presence.PENDING)

    @distrusting
    def raw(self, txid: str) -> bytes:
        found = self.endpoints.seek("getrawtransaction", [txid, 0], absent=frozenset({_NOT_FOUND}))
        if found is None:
            raise NodeUnavailable("No node has this transaction.")
        raw = bytes.fromhex(found)
        if b2lx(parse_transaction(raw).GetTxid()) != txid:
            raise ValueError("another transaction than the one asked for")
        return raw

    def _header(self, block_hash: str) -> Any:
        try:
            header = self.endpoints.call("getblockheader", [block_hash])
        except RpcRefused as error:
            raise NodeUnavailable("The node did not know a block it had just named.") from error
        if header["hash"] != block_hash:
            raise ValueError("another block than the one asked for")
        return header

    def _fee(self, known: Any) -> int:
        """Return the fee; Bitcoin Core below 25, or without undo data, does not tell it."""
        if "fee" in known:
            return satoshi(abs(known["fee"]))
        transaction = read_transaction(known["hex"])
        total = -sum(vout.nValue for vout in transaction.vout)
        for vin in transaction.vin:
            if vin.prevout.is_null():
                return 0  # a coinbase pays none
            raw = self.endpoints.call("getrawtransaction", [b2lx(vin.prevout.hash), 0])
            total += read_transaction(raw).vout[vin.prevout.n].nValue
        return int(total)

    def _movements(self, txid: str, transaction: CTransaction) -> Iterator[Movement]:
        for index, vout in enumerate(transaction.vout):
            address = bitcoin_address.to_address(bytes(vout.scriptPubKey), chain=self._config.chain)
            if address is not None and vout.nValue > 0:
                yield Movement(txid, index, address, "", vout.nValue)

    def _check_chain(self, ask: Ask) -> None:
        name = ask("getblockchaininfo", [])["chain"]
        if _CHAIN_NAMES.get(name) != self._config.chain:
            raise EndpointDown("wrong_chain", has_left=False)


def satoshi(amount: Decimal | int) -> int:
    """Return an amount of the JSON-RPC, in bitcoin, as whole satoshi."""
    scaled = Decimal(amount) * 10**8
    if scaled != scaled.to_integral_value():
        raise ValueError(f"not whole satoshi: {amount}")
    return int(scaled)


def read_transaction(raw: str) -> CTransaction:
    try:
        return parse_transaction(bytes.fromhex(raw))
    except PayloadInvalid as error:
        raise ValueError("not a transaction") from error


def proved(raw: bytes, block_hash: str) -> tuple[CBlock, tuple[str, ...]]:
    """
    Return the block of this hash and the ids of its transactions.

    :raises ValueError: if these bytes are another one
    """
    block = read_block(raw)
    ids = [transaction.GetTxid() for transaction in block.vtx]
    # The hash is the header's; only the Merkle root ties the transactions to it.
    if b2lx(block.GetHash()) != block_hash or _merkle_root(ids) != block.hashMerkleRoot:
        raise ValueError("another block than the one asked for")
    return block, tuple(b2lx(each) for each in ids)


def _merkle_root(ids: list[bytes]) -> bytes:
    if not ids:
        raise ValueError("a block without transactions")
    return bytes(CBlock.build_merkle_tree_from_txids(ids)[-1])


def read_block(raw: bytes) -> CBlock:
    try:
        return CBlock.deserialize(raw)
    except SerializationError as error:
        raise ValueError("not a block") from error


def _head(ask: Ask) -> tuple[int, BlockRef]:
    header = ask("getblockheader", [ask("getbestblockhash", [])])
    return int(header["height"]), _ref(header)


def _ref(header: Any) -> BlockRef:
    return BlockRef(int(header["height"]), header["hash"], header.get("previousblockhash", "0" * 64))
