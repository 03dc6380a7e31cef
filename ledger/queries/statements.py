"""What an account did in a stretch of time, proved against what it holds today."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from kit import sql

_SUMS = """
SELECT a.code, a.asset_id, a.balance,
    coalesce(sum(e.amount) FILTER (WHERE e.posted_at < %s), 0),
    coalesce(sum(e.amount) FILTER (WHERE e.posted_at >= %s), 0)
FROM ledger_account a LEFT JOIN ledger_entry e ON e.account_id = a.id
WHERE a.code = ANY(%s) GROUP BY a.id ORDER BY a.code, a.asset_id
"""

_ENTRIES = """
SELECT a.code, a.asset_id, e.version, p.key, p.kind, e.amount, e.posted_at
FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id JOIN ledger_posting p ON p.id = e.posting_id
WHERE a.code = ANY(%s) AND e.posted_at >= %s AND e.posted_at < %s ORDER BY a.code, a.asset_id, e.posted_at, e.version
"""

_COUNT = """
SELECT count(*) FROM (
    SELECT FROM ledger_account a JOIN ledger_entry e ON e.account_id = a.id
    WHERE a.code = ANY(%s) AND e.posted_at >= %s AND e.posted_at < %s LIMIT %s
) few
"""

_FIRST = "SELECT min(opened_at) FROM ledger_account WHERE code = ANY(%s)"


@dataclass(frozen=True, slots=True)
class Movement:
    """One entry of an account in a stretch of time, and the balance after it, in the order of time."""

    version: int
    posting_key: str
    kind: str
    amount: int
    balance: int
    posted_at: datetime


@dataclass(frozen=True, slots=True)
class Stretch:
    """
    An account from one moment to another, in minor units, signed as the books are.

    `opening` is the sum of all entries before, `closing` what the account holds today less the sum of all entries
    after: both are found without the entries between, and so prove them.
    """

    account: str
    asset: str
    opening: int
    closing: int
    movements: tuple[Movement, ...]

    @property
    def adds_up(self) -> bool:
        return self.opening + sum(each.amount for each in self.movements) == self.closing


def stretches(*, codes: Collection[str], since: datetime, until: datetime) -> list[Stretch]:
    """
    Return the accounts with these codes from `since` (included) to `until` (not included), in one look at the books.

    An entry belongs to the moment it was posted at, whatever its place in the account.
    """
    with transaction.atomic():
        if not connection.savepoint_ids:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        sums = sql.rows(_SUMS, [since, until, list(codes)])
        entries = sql.rows(_ENTRIES, [list(codes), since, until])
    moved: dict[tuple[str, str], list[Movement]] = {}
    running = {(code, asset): int(before) for code, asset, _balance, before, _after in sums}
    for code, asset, version, key, kind, amount, posted_at in entries:
        running[code, asset] += int(amount)
        movement = Movement(version, key, kind, int(amount), running[code, asset], posted_at)
        moved.setdefault((code, asset), []).append(movement)
    return [
        Stretch(code, asset, int(before), int(balance) - int(after), tuple(moved.get((code, asset), ())))
        for code, asset, balance, before, after in sums
    ]


def count_entries(*, codes: Collection[str], since: datetime, until: datetime, most: int) -> int:
    """Return how many entries these accounts have from `since` to `until` (not included), counted up to `most`."""
    return int(sql.rows(_COUNT, [list(codes), since, until, most])[0][0])


def opened_at(codes: Collection[str]) -> datetime | None:
    """Return when the first of these accounts was opened; None if none is."""
    first: datetime | None = sql.rows(_FIRST, [list(codes)])[0][0]
    return first
