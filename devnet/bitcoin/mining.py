"""Blocks: building them, and building a longer branch when a reorganisation is asked for."""

import os
import time

from bitcoin.core import (
    CBlock,
    CBlockHeader,
    CMutableTransaction,
    CMutableTxIn,
    CMutableTxOut,
    COutPoint,
    CTransaction,
    CTxInWitness,
    CTxWitness,
    Hash,
)
from bitcoin.core.script import OP_RETURN, CScript, CScriptWitness

from devnet.bitcoin.chain import Chain
from devnet.bitcoin.errors import INVALID_PARAMETER, MISC, RpcError
from devnet.bitcoin.mempool import Mempool

VERSION = 0x20000000
BITS = 0x207FFFFF
TARGET = 0x7FFFFF << 232
HALVING_BLOCKS = 150
SUBSIDY = 50 * 10**8
MAX_BLOCK_WEIGHT = 3_900_000
WITNESS_COMMITMENT = b"\xaa\x21\xa9\xed"
ZERO = bytes(32)


class Miner:
    """Mines on the chain's tip, or beside it. `min_rate` (satoshi per 1,000 vB) leaves cheaper ones waiting."""

    def __init__(self, chain: Chain, mempool: Mempool) -> None:
        self.chain = chain
        self.mempool = mempool
        self.min_rate = 0

    def mine(self, script: bytes) -> bytes:
        """Mine one block from the mempool that pays `script`; return its hash."""
        txids = self._select()
        fees = sum(self.mempool.entries[txid].fee for txid in txids)
        transactions = [self.mempool.entries[txid].transaction for txid in txids]
        raw = self._build(self.chain.tip, self.chain.height + 1, transactions, fees, script)
        is_active, _ = self.chain.add(raw)
        if not is_active:
            raise RpcError(MISC, "the block just mined is not valid")
        self.mempool.rebuild()
        return self.chain.tip

    def submit(self, raw: bytes) -> bool:
        """Take a block from outside; return whether it is now on the best chain."""
        is_active, dropped = self.chain.add(raw)
        self.mempool.rebuild(dropped)
        return is_active

    def reorganise(self, depth: int, script: bytes, *, keep_transactions: bool) -> int:
        """
        Replace the last `depth` blocks by `depth` + 1 empty ones and return the fork's height.

        What was in the replaced blocks goes back to the mempool, or with `keep_transactions`
        False is forgotten together with what waits now.
        """
        if not 0 < depth < self.chain.height:
            raise RpcError(INVALID_PARAMETER, "depth must be at least 1 and leave a block besides genesis")
        fork = self.chain.height - depth
        parent = self.chain.hash_at(fork)
        back: list[CTransaction] = []
        for height in range(fork + 1, fork + depth + 2):
            raw = self._build(parent, height, [], 0, script)
            _, dropped = self.chain.add(raw)
            back += dropped
            parent = CBlockHeader.deserialize(raw[:80]).GetHash()
        if not keep_transactions:
            back = []
            self.mempool.entries.clear()
        self.mempool.rebuild(back)
        return fork

    def _select(self) -> list[bytes]:
        """Choose by the fee rate of a transaction together with its waiting ancestors, parents first."""
        chosen: dict[bytes, None] = {}
        weight = 0
        packages = sorted(self.mempool.entries, key=self._package_rate, reverse=True)
        for txid in packages:
            package = [each for each in self._with_ancestors(txid) if each not in chosen]
            size = sum(self.mempool.entries[each].weight for each in package)
            if self._package_rate(txid) >= self.min_rate and weight + size <= MAX_BLOCK_WEIGHT:
                chosen.update(dict.fromkeys(package))
                weight += size
        return list(chosen)

    def _with_ancestors(self, txid: bytes) -> list[bytes]:
        wanted = {txid, *self.mempool.ancestors(txid)}
        return [each for each in self.mempool.entries if each in wanted]  # entries hold parents first

    def _package_rate(self, txid: bytes) -> int:
        entries = [self.mempool.entries[each] for each in self._with_ancestors(txid)]
        return sum(each.fee for each in entries) * 1_000 // sum(each.vsize for each in entries)

    def _build(self, parent: bytes, height: int, transactions: list[CTransaction], fees: int, script: bytes) -> bytes:
        coinbase = _coinbase(height, (SUBSIDY >> (height // HALVING_BLOCKS)) + fees, script, transactions)
        every = [coinbase, *transactions]
        root = CBlock.build_merkle_tree_from_txids([each.GetTxid() for each in every])[-1]
        parent_height = self.chain.height_of(parent)
        assert parent_height is not None
        seconds = max(int(time.time()), self._median_time(parent, parent_height) + 1)
        nonce = 0
        while _work(CBlockHeader(VERSION, parent, root, seconds, BITS, nonce)) > TARGET:
            nonce += 1
        return bytes(CBlock(VERSION, parent, root, seconds, BITS, nonce, every).serialize())

    def _median_time(self, parent: bytes, height: int) -> int:
        if self.chain.is_active(parent):
            return self.chain.median_time(height)
        # A branch being built: its blocks are younger than the fork's, so its last time is enough.
        return int(self.chain.block(parent).nTime)


def _coinbase(height: int, value: int, script: bytes, transactions: list[CTransaction]) -> CTransaction:
    unique = os.urandom(8)  # two branches never hold the same coinbase
    made = CMutableTransaction(
        [CMutableTxIn(COutPoint(), CScript([height, unique]))], [CMutableTxOut(value, CScript(script))]
    )
    root = CBlock.build_merkle_tree_from_txids([ZERO] + [each.GetHash() for each in transactions])[-1]
    made.vout.append(CMutableTxOut(0, CScript([OP_RETURN, WITNESS_COMMITMENT + Hash(root + ZERO)])))
    made.wit = CTxWitness([CTxInWitness(CScriptWitness([ZERO]))])
    return CTransaction.from_tx(made)


def _work(header: CBlockHeader) -> int:
    return int.from_bytes(header.GetHash(), "little")
