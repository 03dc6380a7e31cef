"""What the ledger keeps, in one SQLite file: a ledger that closes is one commit, and what is not kept never was."""

import json
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from devnet.stellar.state import Account

Json = dict[str, Any]
_TABLES = """
CREATE TABLE IF NOT EXISTS account (id TEXT PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS ledger (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS record (
    kind TEXT NOT NULL, token INTEGER NOT NULL, ledger INTEGER NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, token)
);
CREATE INDEX IF NOT EXISTS record_ledger ON record (kind, ledger, token);
CREATE TABLE IF NOT EXISTS concern (
    account TEXT NOT NULL, kind TEXT NOT NULL, token INTEGER NOT NULL, PRIMARY KEY (account, kind, token)
);
CREATE TABLE IF NOT EXISTS hash (hash TEXT PRIMARY KEY, token INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS pending (number INTEGER PRIMARY KEY, envelope TEXT NOT NULL);
"""


class Store:
    """
    Used under the ledger's lock.

    Records are of a kind (transaction, operation, effect); their token is their place in Horizon's order.
    """

    def __init__(self, path: Path) -> None:
        self._database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute("PRAGMA synchronous=NORMAL")
        self._database.executescript(_TABLES)

    def accounts(self) -> dict[str, Account]:
        rows = self._database.execute("SELECT id, body FROM account")
        return {name: Account.from_json(json.loads(body)) for name, body in rows}

    def pending(self) -> list[str]:
        return [row[0] for row in self._database.execute("SELECT envelope FROM pending ORDER BY number")]

    def add_pending(self, envelope: str) -> None:
        self._database.execute("INSERT INTO pending (envelope) VALUES (?)", [envelope])

    def close_ledger(
        self,
        *,
        ledger: Json,
        accounts: Mapping[str, Account],
        records: Iterable[tuple[str, int, Json, Iterable[str]]],
        hashes: Mapping[str, int],
        pending: Iterable[str],
    ) -> None:
        """Keep a ledger with all it holds; `records` are kind, token, body and the accounts they concern."""
        execute, sequence = self._database.execute, ledger["sequence"]
        execute("BEGIN IMMEDIATE")
        execute("INSERT INTO ledger VALUES (?, ?)", [sequence, json.dumps(ledger)])
        for account in accounts.values():
            if account.is_merged:
                execute("DELETE FROM account WHERE id = ?", [account.id])
                continue
            execute("INSERT OR REPLACE INTO account VALUES (?, ?)", [account.id, json.dumps(account.as_json())])
        for kind, token, body, concerned in records:
            execute("INSERT INTO record VALUES (?, ?, ?, ?)", [kind, token, sequence, json.dumps(body)])
            for account_id in set(concerned):
                execute("INSERT INTO concern VALUES (?, ?, ?)", [account_id, kind, token])
        for txid, token in hashes.items():
            execute("INSERT INTO hash VALUES (?, ?)", [txid, token])
        self._write_pending(pending)
        execute("COMMIT")

    def replace_pending(self, pending: Iterable[str]) -> None:
        """Let exactly these wait."""
        self._database.execute("BEGIN IMMEDIATE")
        self._write_pending(pending)
        self._database.execute("COMMIT")

    def head(self) -> Json | None:
        return self._one("SELECT body FROM ledger ORDER BY sequence DESC LIMIT 1")

    def ledger(self, sequence: int) -> Json | None:
        return self._one("SELECT body FROM ledger WHERE sequence = ?", sequence)

    def transaction(self, hash: str) -> Json | None:
        return self._one(
            "SELECT r.body FROM hash h JOIN record r ON r.kind = 'transaction' AND r.token = h.token WHERE h.hash = ?",
            hash,
        )

    def ledgers(self, *, after: int, is_ascending: bool, limit: int, up_to: int) -> list[Json]:
        """Return ledgers beyond the token `after`, in the order asked for."""
        compare, order = (">", "ASC") if is_ascending else ("<", "DESC")
        query = (
            f"SELECT body FROM ledger WHERE sequence {compare} ? AND sequence <= ? ORDER BY sequence {order} LIMIT ?"  # noqa: S608
        )
        return self._many(query, after >> 32, up_to, limit)

    def records(
        self,
        kind: str,
        *,
        after: int,
        is_ascending: bool,
        limit: int,
        up_to: int,
        ledger: int | None = None,
        account: str | None = None,
        operation: int | None = None,
    ) -> list[Json]:
        """Return records beyond the token `after`, in the order asked for; of one ledger, account or operation."""
        compare, order = (">", "ASC") if is_ascending else ("<", "DESC")
        tables, conditions = "record r", ["r.kind = ?"]
        wanted: list[Any] = [kind]
        if account is not None:
            tables += " JOIN concern c ON c.kind = r.kind AND c.token = r.token"
            conditions.append("c.account = ?")
            wanted.append(account)
        if ledger is not None:
            conditions.append("r.ledger = ?")
            wanted.append(ledger)
        if operation is not None:
            conditions.append("r.token >> 4 = ?")
            wanted.append(operation)
        conditions += [f"r.token {compare} ?", "r.ledger <= ?"]
        query = f"SELECT r.body FROM {tables} WHERE {' AND '.join(conditions)} ORDER BY r.token {order} LIMIT ?"  # noqa: S608
        return self._many(query, *wanted, after, up_to, limit)

    def close(self) -> None:
        self._database.close()

    def _write_pending(self, pending: Iterable[str]) -> None:
        self._database.execute("DELETE FROM pending")
        for envelope in pending:
            self._database.execute("INSERT INTO pending (envelope) VALUES (?)", [envelope])

    def _one(self, query: str, *values: Any) -> Json | None:
        row = self._database.execute(query, values).fetchone()
        return json.loads(row[0]) if row else None

    def _many(self, query: str, *values: Any) -> list[Json]:
        return [json.loads(body) for (body,) in self._database.execute(query, values)]
