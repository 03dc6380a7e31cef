"""The best chain as Bitcoin Core's kernel sees it, with an index of outputs and transactions beside it."""

import gc
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

import pbk
from bitcoin.core import CBlock, CTransaction, CTxOut

from devnet.bitcoin.errors import DESERIALIZATION, RpcError
from devnet.bitcoin.scripts import is_unspendable

COINBASE_MATURITY = 100
Place = tuple[bytes, int]
"""An output by its transaction's id (in wire order) and its number."""


@dataclass(frozen=True)
class Coin:
    """An unspent output of the best chain."""

    output: CTxOut
    height: int
    is_coinbase: bool


@dataclass
class _Undo:
    hash: bytes
    txids: list[bytes]
    made: list[Place] = field(default_factory=list)
    spent: dict[Place, Coin] = field(default_factory=dict)


class Chain:
    """
    Follows the kernel's active chain, through reorganisations too.

    Blocks also go to a journal of ours, because the kernel writes its own state only when it is
    closed in order: after a kill, what it forgot is fed to it again. Not thread-safe: the node locks.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.coins: dict[Place, Coin] = {}
        self.heights: dict[bytes, int] = {}
        self._undo: list[_Undo] = []
        self._kernel = pbk.load_chainman(str(folder / "kernel"), pbk.ChainType.REGTEST)
        self._active = self._kernel.get_active_chain()
        self.transactions_of = lru_cache(maxsize=256)(self._transactions_of)
        journal = folder / "blocks.journal"
        for raw in _read_journal(journal):
            self._process(raw)
        self._journal = journal.open("ab")
        self.follow()

    def close(self) -> None:
        """Write the kernel's state to disk: it does so when its last handle goes, not before."""
        self._journal.close()
        self.transactions_of.cache_clear()
        del self._active, self._kernel
        gc.collect()

    @property
    def height(self) -> int:
        return len(self._undo) - 1

    @property
    def tip(self) -> bytes:
        return self._undo[-1].hash

    def hash_at(self, height: int) -> bytes:
        return self._undo[height].hash

    def is_active(self, block_hash: bytes) -> bool:
        height = self.height_of(block_hash)
        return height is not None and height <= self.height and self._undo[height].hash == block_hash

    def height_of(self, block_hash: bytes) -> int | None:
        """Return the height of a block on any branch, or None if it is unknown."""
        try:
            return int(self._kernel.block_tree_entries[pbk.BlockHash(block_hash)].height)
        except KeyError:
            return None

    def raw_block(self, block_hash: bytes) -> bytes:
        return bytes(self._kernel.blocks[self._kernel.block_tree_entries[pbk.BlockHash(block_hash)]])

    def block(self, block_hash: bytes) -> CBlock:
        return CBlock.deserialize(self.raw_block(block_hash))

    def transaction(self, txid: bytes) -> CTransaction | None:
        """Return a transaction of the best chain."""
        height = self.heights.get(txid)
        return None if height is None else self.transactions_of(self.hash_at(height))[txid]

    def median_time(self, height: int) -> int:
        """Return the median time past of the block at this height (BIP-113)."""
        times = sorted(self._time(h) for h in range(max(0, height - 10), height + 1))
        return times[len(times) // 2]

    def add(self, raw: bytes) -> tuple[bool, list[CTransaction]]:
        """
        Give a block to the kernel and follow where it goes.

        Returns whether the block is now on the best chain, and the transactions that a
        reorganisation took out of it, in order.
        """
        block = CBlock.deserialize(raw)
        is_new = self.height_of(block.GetHash()) is None
        self._process(raw)
        if is_new and self.height_of(block.GetHash()) is not None:
            self._journal.write(struct.pack("<I", len(raw)) + raw)
            self._journal.flush()
        dropped = self.follow()
        return self.is_active(block.GetHash()), dropped

    def follow(self) -> list[CTransaction]:
        """Bring the index to the kernel's tip; return transactions dropped on the way, in order."""
        dropped: list[CTransaction] = []
        while self._undo and (
            len(self._undo) > len(self._active) or self._kernel_hash(len(self._undo) - 1) != self.tip
        ):
            dropped = self._disconnect() + dropped
        while len(self._undo) < len(self._active):
            self._connect(len(self._undo))
        return [transaction for transaction in dropped if transaction.GetTxid() not in self.heights]

    def _process(self, raw: bytes) -> None:
        # The kernel answers True for a block with a bad script too: only the tip tells.
        try:
            self._kernel.process_block(pbk.Block(raw))
        except pbk.ProcessBlockException:
            return
        except RuntimeError as error:
            raise RpcError(DESERIALIZATION, "Block decode failed") from error

    def _connect(self, height: int) -> None:
        block_hash = self._kernel_hash(height)
        block = self.block(block_hash)
        undo = _Undo(block_hash, [])
        for position, transaction in enumerate(block.vtx):
            txid = transaction.GetTxid()
            undo.txids.append(txid)
            self.heights[txid] = height
            for place in _spends(transaction) if position else ():
                undo.spent[place] = self.coins.pop(place)
            for number, output in enumerate(transaction.vout if height else ()):
                if not is_unspendable(output.scriptPubKey):
                    self.coins[txid, number] = Coin(output, height, position == 0)
                    undo.made.append((txid, number))
        self._undo.append(undo)

    def _disconnect(self) -> list[CTransaction]:
        undo = self._undo.pop()
        transactions = list(self.block(undo.hash).vtx[1:])
        self.coins.update(undo.spent)
        for place in undo.made:  # last: what was made and spent in this one block is in both
            self.coins.pop(place, None)
        for txid in undo.txids:
            del self.heights[txid]
        return transactions

    def _kernel_hash(self, height: int) -> bytes:
        return bytes(self._active.block_tree_entries[height].block_hash)

    def _time(self, height: int) -> int:
        return int(struct.unpack("<I", self._header(self.hash_at(height))[68:72])[0])

    def _header(self, block_hash: bytes) -> bytes:
        return bytes(self._kernel.block_tree_entries[pbk.BlockHash(block_hash)].block_header)

    def _transactions_of(self, block_hash: bytes) -> dict[bytes, CTransaction]:
        return {transaction.GetTxid(): transaction for transaction in self.block(block_hash).vtx}


def _spends(transaction: CTransaction) -> list[Place]:
    return [(entry.prevout.hash, entry.prevout.n) for entry in transaction.vin]


def _read_journal(path: Path) -> Iterator[bytes]:
    """Yield the journal's blocks; a torn last record (killed while writing) is cut off."""
    if not path.exists():
        return
    content = path.read_bytes()
    offset = 0
    while offset + 4 <= len(content):
        (size,) = struct.unpack_from("<I", content, offset)
        if offset + 4 + size > len(content):
            break
        yield content[offset + 4 : offset + 4 + size]
        offset += 4 + size
    if offset < len(content):
        with path.open("r+b") as journal:
            journal.truncate(offset)
