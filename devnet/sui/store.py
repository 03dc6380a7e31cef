"""What a node must find again after it was killed, in one SQLite file: each checkpoint is one commit."""

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from devnet.sui.state import Coin, State

SCHEMA = """
CREATE TABLE IF NOT EXISTS coin
    (id TEXT PRIMARY KEY, version INTEGER, owner TEXT, coin_type TEXT, minor TEXT, storage_rebate INTEGER);
CREATE TABLE IF NOT EXISTS balance (owner TEXT, coin_type TEXT, minor TEXT, PRIMARY KEY (owner, coin_type));
CREATE TABLE IF NOT EXISTS checkpoint
    (height INTEGER PRIMARY KEY, epoch INTEGER, total INTEGER, digest TEXT, summary BLOB, contents BLOB);
CREATE TABLE IF NOT EXISTS executed
    (digest TEXT PRIMARY KEY, height INTEGER, place INTEGER, message BLOB);
CREATE INDEX IF NOT EXISTS executed_by_height ON executed (height, place);
CREATE TABLE IF NOT EXISTS waiting (digest TEXT PRIMARY KEY, number INTEGER, body TEXT);
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value INTEGER);
"""


@dataclass(frozen=True)
class StoredCheckpoint:
    height: int
    epoch: int
    total: int  # transactions since the first checkpoint
    digest: str
    summary: bytes
    contents: bytes


@dataclass(frozen=True)
class Grant:
    """What the faucet gives, with the next checkpoint; `is_balance`: as an address balance."""

    address: str
    coin_type: str
    minor: int
    is_balance: bool


class Store:
    """Used under the node's lock."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        self._database.close()

    def state(self) -> State:
        coins = {
            row[0]: Coin(row[0], row[1], row[2], row[3], int(row[4]), row[5])
            for row in self._database.execute("SELECT * FROM coin")
        }
        rows = self._database.execute("SELECT * FROM balance")
        return State(coins, {(owner, coin_type): int(minor) for owner, coin_type, minor in rows})

    def commit(
        self,
        checkpoint: StoredCheckpoint,
        *,
        executed: Iterable[tuple[str, bytes]],
        coins: Mapping[str, Coin | None],
        balances: Mapping[tuple[str, str], int],
        settings: Mapping[str, int],
    ) -> None:
        """Keep a checkpoint with all it holds, and let nothing wait any more."""
        run, many = self._database.execute, self._database.executemany
        run("BEGIN IMMEDIATE")
        values = [checkpoint.height, checkpoint.epoch, checkpoint.total, checkpoint.digest]
        run("INSERT INTO checkpoint VALUES (?, ?, ?, ?, ?, ?)", [*values, checkpoint.summary, checkpoint.contents])
        for place, (digest, message) in enumerate(executed):
            run("INSERT INTO executed VALUES (?, ?, ?, ?)", [digest, checkpoint.height, place, message])
        many("DELETE FROM coin WHERE id = ?", [(name,) for name, coin in coins.items() if coin is None])
        many(
            "INSERT OR REPLACE INTO coin VALUES (?, ?, ?, ?, ?, ?)",
            [
                (each.id, each.version, each.owner, each.coin_type, str(each.minor), each.storage_rebate)
                for each in coins.values()
                if each is not None
            ],
        )
        many(
            "INSERT OR REPLACE INTO balance VALUES (?, ?, ?)",
            [(owner, coin_type, str(minor)) for (owner, coin_type), minor in balances.items()],
        )
        many("INSERT OR REPLACE INTO setting VALUES (?, ?)", list(settings.items()))
        run("DELETE FROM waiting")
        run("COMMIT")

    def add_waiting(self, digest: str, body: str) -> None:
        self._database.execute(
            "INSERT OR IGNORE INTO waiting SELECT ?, coalesce(max(number), 0) + 1, ? FROM waiting", [digest, body]
        )

    def drop_waiting(self, digest: str) -> None:
        self._database.execute("DELETE FROM waiting WHERE digest = ?", [digest])

    def waiting(self) -> list[tuple[str, str]]:
        """Return what waits, in the order it came: its digest, and what the node wrote down."""
        return list(self._database.execute("SELECT digest, body FROM waiting ORDER BY number"))

    def setting(self, name: str, default: int) -> int:
        row = self._database.execute("SELECT value FROM setting WHERE name = ?", [name]).fetchone()
        return int(row[0]) if row else default

    def first_digest(self) -> str:
        return str(self._database.execute("SELECT digest FROM checkpoint WHERE height = 0").fetchone()[0])

    def head(self) -> StoredCheckpoint | None:
        row = self._database.execute("SELECT * FROM checkpoint ORDER BY height DESC LIMIT 1").fetchone()
        return StoredCheckpoint(*row) if row else None

    def checkpoint(self, height: int) -> StoredCheckpoint | None:
        row = self._database.execute("SELECT * FROM checkpoint WHERE height = ?", [height]).fetchone()
        return StoredCheckpoint(*row) if row else None

    def executed_in(self, height: int) -> list[bytes]:
        rows = self._database.execute("SELECT message FROM executed WHERE height = ? ORDER BY place", [height])
        return [row[0] for row in rows]

    def executed(self, digest: str) -> tuple[int, bytes] | None:
        """Return a transaction and the checkpoint it is in."""
        row = self._database.execute("SELECT height, message FROM executed WHERE digest = ?", [digest]).fetchone()
        return (int(row[0]), row[1]) if row else None
