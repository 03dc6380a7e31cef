"""What a node must find again after it was killed: accounts, blocks and transactions, each block in one commit."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS accounts
    (address TEXT PRIMARY KEY, lamports TEXT, owner TEXT, executable INTEGER, data BLOB);
CREATE TABLE IF NOT EXISTS blocks
    (slot INTEGER PRIMARY KEY, number INTEGER, hash TEXT UNIQUE, parent_slot INTEGER, parent TEXT, time INTEGER);
CREATE TABLE IF NOT EXISTS transactions
    (id INTEGER PRIMARY KEY, signature TEXT UNIQUE, slot INTEGER, raw BLOB, meta TEXT);
CREATE INDEX IF NOT EXISTS transactions_by_slot ON transactions (slot, id);
CREATE TABLE IF NOT EXISTS touched (address TEXT, id INTEGER, PRIMARY KEY (address, id)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS place (slot INTEGER);
"""


@dataclass(frozen=True)
class StoredBlock:
    slot: int
    number: int  # blocks before it, for slots may stay empty
    hash: str
    parent_slot: int
    parent: str
    time: int  # seconds since 1970


@dataclass(frozen=True)
class StoredTransaction:
    signature: str
    slot: int
    raw: bytes
    meta: Mapping[str, Any]


@dataclass(frozen=True)
class StoredAccount:
    address: str
    lamports: int
    owner: str
    executable: bool
    data: bytes


class Store:
    """One file. Everything is called under the node's lock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = NORMAL")
        self._connection.executescript(SCHEMA)

    def close(self) -> None:
        self._connection.close()

    def commit(
        self,
        *,
        slot: int,
        block: StoredBlock | None = None,
        transactions: Iterable[tuple[StoredTransaction, Iterable[str]]] = (),
        accounts: Iterable[StoredAccount] = (),
    ) -> None:
        """Keep what one slot has changed, all of it or nothing; a slot may stay without a block."""
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        run("DELETE FROM place")
        run("INSERT INTO place VALUES (?)", [slot])
        if block is not None:
            values = [block.slot, block.number, block.hash, block.parent_slot, block.parent, block.time]
            run("INSERT INTO blocks VALUES (?, ?, ?, ?, ?, ?)", values)
        for each, touched in transactions:
            row = run(
                "INSERT INTO transactions (signature, slot, raw, meta) VALUES (?, ?, ?, ?) RETURNING id",
                [each.signature, each.slot, each.raw, json.dumps(each.meta)],
            ).fetchone()
            self._connection.executemany("INSERT INTO touched VALUES (?, ?)", [(key, row[0]) for key in touched])
        self._connection.executemany(
            "INSERT OR REPLACE INTO accounts VALUES (?, ?, ?, ?, ?)",
            [(each.address, str(each.lamports), each.owner, each.executable, each.data) for each in accounts],
        )
        run("COMMIT")

    def slot(self) -> int | None:
        row = self._connection.execute("SELECT slot FROM place").fetchone()
        return None if row is None else int(row[0])

    def accounts(self) -> Iterator[StoredAccount]:
        for address, lamports, owner, executable, data in self._connection.execute("SELECT * FROM accounts"):
            yield StoredAccount(address, int(lamports), owner, bool(executable), data)

    def block(self, slot: int) -> StoredBlock | None:
        return self._block("slot = ?", slot)

    def block_of(self, hash: str) -> StoredBlock | None:
        return self._block("hash = ?", hash)

    def last_block(self, *, up_to: int) -> StoredBlock | None:
        """Return the newest block at or below a slot."""
        return self._block("slot <= ? ORDER BY slot DESC LIMIT 1", up_to)

    def slots(self, first: int, last: int) -> list[int]:
        rows = self._connection.execute(
            "SELECT slot FROM blocks WHERE slot BETWEEN ? AND ? ORDER BY slot", [first, last]
        )
        return [row[0] for row in rows]

    def transaction(self, signature: str) -> StoredTransaction | None:
        found = self._transactions("WHERE signature = ?", [signature])
        return found[0] if found else None

    def transactions_of(self, slot: int) -> list[StoredTransaction]:
        return self._transactions("WHERE slot = ? ORDER BY id", [slot])

    def transactions_at(self, address: str, *, up_to: int, before: str, limit: int) -> list[StoredTransaction]:
        """Return what touched an address, the newest first, from before that signature on (empty: from the newest)."""
        return self._transactions(
            "JOIN touched USING (id) WHERE address = ? AND slot <= ?"
            " AND id < coalesce((SELECT id FROM transactions WHERE signature = ?), 1 << 62) ORDER BY id DESC LIMIT ?",
            [address, up_to, before, limit],
        )

    def _block(self, where: str, value: object) -> StoredBlock | None:
        row = self._connection.execute(f"SELECT * FROM blocks WHERE {where}", [value]).fetchone()  # noqa: S608
        return None if row is None else StoredBlock(*row)

    def _transactions(self, rest: str, values: list[Any]) -> list[StoredTransaction]:
        rows = self._connection.execute(f"SELECT signature, slot, raw, meta FROM transactions {rest}", values)  # noqa: S608
        return [StoredTransaction(signature, slot, raw, json.loads(meta)) for signature, slot, raw, meta in rows]
