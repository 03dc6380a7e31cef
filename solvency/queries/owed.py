"""What people are owed, as the ledger says; read in one moment (at_one_moment) or it is worth nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.db import connection, transaction

from kit import sql
from solvency.errors import LiabilitiesDiffer
from solvency.models import Tree

_BY_CODE = """
SELECT w.user_id AS person, sum(a.balance) AS balance
FROM ledger_account a JOIN wallets_wallet w ON w.id = split_part(a.code, ':', 2)
WHERE a.asset_id = %s AND a.purpose IN ('user_available', 'user_held') GROUP BY w.user_id
"""
_CHANGES = f"""
SELECT now.person, now.balance::text, leaf.person, leaf.place
FROM ({_BY_CODE}) now
FULL JOIN (SELECT person, place, balance FROM solvency_leaf WHERE tree_id = %s) leaf ON leaf.person = now.person
WHERE now.balance IS DISTINCT FROM leaf.balance AND (now.balance IS NOT NULL OR leaf.balance <> 0)
"""  # noqa: S608  # statements of our own
_OWED = """
SELECT a.asset_id, coalesce(sum(a.balance), 0)::text, coalesce(min(a.balance), 0)::text
FROM ledger_account a WHERE a.purpose IN ('user_available', 'user_held') GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Change:
    """What a person is owed now, where it is another amount than in the tree; `place` is None for newcomers."""

    person: str
    balance: int
    place: int | None


@contextmanager
def at_one_moment() -> Iterator[None]:
    """
    Read within in one snapshot of the database, however much is written meanwhile; nothing can be written.

    It is not a transaction that writes, so nobody who follows the events waits for it, however long it takes.
    """
    assert not connection.in_atomic_block, "a moment cannot begin within a transaction"
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def totals() -> dict[str, int]:
    """
    Return asset to what the ledger owes people in all.

    :raises LiabilitiesDiffer: if any account of theirs is below zero
    """
    rows = sql.rows(_OWED, [])
    if any(int(least) < 0 for _, _, least in rows):
        raise LiabilitiesDiffer("A person's account is below zero.")
    return {asset: int(total) for asset, total, _ in rows}


def everybody(asset: str) -> list[tuple[str, int]]:
    """Return each person with what they are owed of an asset: once, whatever wallets they have."""
    return [(person, int(balance)) for person, balance in sql.rows(_BY_CODE, [asset])]


def changes(tree: Tree) -> list[Change]:
    """Return what is owed now to those for whom the tree says otherwise; who has nothing any more is owed 0."""
    rows = sql.rows(_CHANGES, [tree.asset_id, tree.pk])
    return [Change(person or before, int(balance or 0), place) for person, balance, before, place in rows]
