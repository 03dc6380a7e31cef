"""PostgreSQL itself refuses what would bend the books, whoever asks."""

from collections.abc import Callable
from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from kit.money import Money
from ledger.services import post, reserve
from tests.factories.ledger import make_account, make_wallet, transfer
from tests.laws.ledger import check_ledger_laws

pytestmark = pytest.mark.django_db
Attack = Callable[..., None]

ADA = "(SELECT id FROM ledger_account WHERE code = 'wallet:ada:available')"
HELD = "(SELECT id FROM ledger_account WHERE code = 'wallet:ada:held')"
BOB = "(SELECT id FROM ledger_account WHERE code = 'bob' AND asset_id = 'BTC')"
TREASURY = "(SELECT id FROM ledger_account WHERE code = 'network:test:treasury')"
ETHER = "(SELECT id FROM ledger_account WHERE asset_id = 'ETH')"


@pytest.fixture
def books(now: datetime) -> None:
    """Ada has 600 available (version 3) and 100 held (version 1); bob has 300 (version 1)."""
    available, held = make_wallet(name="ada", minor=1000, now=now)
    make_account(code="bob", now=now)
    make_account(code="bob", asset="ETH", now=now)
    post(key="t1", kind="transfer", lines=transfer(available, "bob", 300), now=now)
    reserve(key="h", available=available, held=held, money=Money(100, "BTC"), now=now)


def is_refused(statement: str, reason: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # else TRUNCATE is refused for what is still unchecked
    with pytest.raises(DatabaseError, match=reason), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    check_ledger_laws()


def posting(*entries: str, count: int | None = None, more: str = "") -> str:
    """Return one statement that writes a posting with these entries: account, version, amount, balance after."""
    columns = "posting_id, position, account_id, version, amount, balance_after, posted_at"
    rows = ", ".join(f"({position}, {entry})" for position, entry in enumerate(entries, 1))
    return (
        "WITH p AS (INSERT INTO ledger_posting"
        " (key, fingerprint, kind, entry_count, posted_at, written_at, hold_id, reverses_id)"
        f" SELECT 'x', sha256('x'), 'x', {count or len(entries)}, now(), now(), {more or 'NULL, NULL'} RETURNING id)"
        f" INSERT INTO ledger_entry ({columns})"
        f" SELECT p.id, r.position, r.account, r.version, r.amount, r.after, now()"
        f" FROM p, (VALUES {rows}) r(position, account, version, amount, after)"
    )


def test_entries_written_well_by_hand_move_the_balances(books: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(posting(f"{ADA}, 4, -600, 0", f"{BOB}, 2, 600, 900"))
        cursor.execute("SELECT balance, version FROM ledger_account WHERE code = 'bob' AND asset_id = 'BTC'")
        assert cursor.fetchone() == (900, 2)


BALANCED = "is not balanced or not complete"
CONTINUES = "do not continue"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("UPDATE ledger_account SET balance = balance + 1 WHERE code = 'bob'", "is closed to UPDATE"),
        ("UPDATE ledger_account SET version = version + 1 WHERE code = 'bob'", "is closed to UPDATE"),
        ("UPDATE ledger_account SET code = 'eve' WHERE code = 'bob'", "is closed to UPDATE"),
        ("DELETE FROM ledger_account WHERE asset_id = 'ETH'", "is closed to DELETE"),
        ("TRUNCATE ledger_account CASCADE", "is closed to TRUNCATE"),
        (
            "INSERT INTO ledger_account (code, asset_id, purpose, normal_side, balance, version, opened_at)"
            " VALUES ('eve', 'BTC', 'user_available', 'credit', 5, 0, now())",
            "is closed to INSERT",
        ),
        (
            "INSERT INTO ledger_account (code, asset_id, purpose, normal_side, balance, version, opened_at)"
            " VALUES ('eve', 'BTC', 'user_available', 'debit', 0, 0, now())",
            "ledger_account_side_of_purpose",
        ),
        ("UPDATE ledger_entry SET amount = amount + 1", "is closed to UPDATE"),
        ("DELETE FROM ledger_entry", "is closed to DELETE"),
        ("TRUNCATE ledger_entry", "is closed to TRUNCATE"),
        ("UPDATE ledger_posting SET kind = 'x'", "is closed to UPDATE"),
        ("DELETE FROM ledger_posting", "is closed to DELETE"),
        ("TRUNCATE ledger_posting CASCADE", "is closed to TRUNCATE"),
        ("UPDATE ledger_hold SET remaining = 99", "is closed to UPDATE"),
        ("UPDATE ledger_hold SET expires_at = now()", "is closed to UPDATE"),
        ("DELETE FROM ledger_hold", "is closed to DELETE"),
        ("TRUNCATE ledger_hold CASCADE", "is closed to TRUNCATE"),
        (
            "INSERT INTO ledger_hold (key, available_id, held_id, amount, remaining, reserved_at)"
            f" VALUES ('x', {ADA}, {HELD}, 5, 5, now())",
            "is closed to INSERT",
        ),
    ],
)
def test_nothing_is_changed_but_by_entries(books: None, statement: str, reason: str) -> None:
    is_refused(statement, reason)


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        (posting(f"{ADA}, 4, -5, 595", f"{BOB}, 2, 6, 306"), BALANCED),
        (posting(f"{ADA}, 4, -5, 595", f"{ETHER}, 1, 5, 5"), BALANCED),
        (posting(f"{ADA}, 4, -5, 595", f"{BOB}, 2, 5, 305", count=3), BALANCED),
        (posting(f"{ADA}, 4, -601, -1", f"{BOB}, 2, 601, 901"), CONTINUES),
        (posting(f"{ADA}, 4, -601, -1", f"{ADA}, 5, 601, 600"), CONTINUES),
        (posting(f"{TREASURY}, 2, 1001, 1", f"{ADA}, 4, -1001, -401"), CONTINUES),
        (posting(f"{ADA}, 5, -5, 595", f"{BOB}, 2, 5, 305"), CONTINUES),
        (posting(f"{ADA}, 3, -5, 595", f"{BOB}, 2, 5, 305"), "ledger_entry_version"),
        (posting(f"{ADA}, 4, -5, 596", f"{BOB}, 2, 5, 305"), CONTINUES),
        (posting(f"{ADA}, 4, -5, 595", f"{ADA}, 5, -5, 591", f"{BOB}, 2, 10, 310"), CONTINUES),
        (posting(f"{ADA}, 4, 0, 600", f"{BOB}, 2, 0, 300"), "ledger_entry_moves_something"),
        (posting("999999, 1, -5, 0", f"{BOB}, 2, 5, 305"), BALANCED),
        (
            "INSERT INTO ledger_entry (posting_id, position, account_id, version, amount, balance_after, posted_at)"
            f" VALUES (999999, 1, {ADA}, 4, -5, 595, now()), (999999, 2, {BOB}, 2, 5, 305, now())",
            BALANCED,
        ),
        (posting(f"{HELD}, 2, -5, 95", f"{BOB}, 2, 5, 305"), BALANCED),
        (
            posting(f"{HELD}, 2, -101, -1", f"{BOB}, 2, 101, 401", more="(SELECT id FROM ledger_hold), NULL"),
            "ledger_hold",
        ),
        (
            posting(
                f"{ADA}, 4, 5, 605",
                f"{BOB}, 2, -5, 295",
                more="NULL::bigint, (SELECT id FROM ledger_posting WHERE key = 't1')",
            ),
            "not the exact opposite",
        ),
        (
            "INSERT INTO ledger_posting (key, fingerprint, kind, entry_count, posted_at, written_at)"
            " VALUES ('x', sha256('x'), 'x', 2, now(), now())",
            "has no entries",
        ),
        (
            "INSERT INTO ledger_posting (key, fingerprint, kind, entry_count, posted_at, written_at)"
            " VALUES ('t1', sha256('x'), 'x', 2, now(), now())",
            "ledger_posting_key",
        ),
        (
            "INSERT INTO ledger_entry (posting_id, position, account_id, version, amount, balance_after, posted_at)"
            f" SELECT id, r.position, r.account, r.version, r.amount, r.after, posted_at FROM ledger_posting,"
            f" (VALUES (3, {ADA}, 4, -5, 595), (4, {BOB}, 2, 5, 305)) r(position, account, version, amount, after)"
            " WHERE key = 't1'",
            BALANCED,
        ),
    ],
)
def test_no_posting_by_hand_bends_the_books(books: None, statement: str, reason: str) -> None:
    is_refused(statement, reason)
