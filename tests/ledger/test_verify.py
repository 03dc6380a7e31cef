"""Whatever is changed behind the ledger's back is found, and named."""

from datetime import datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from kit.money import Money
from ledger.queries import verify
from ledger.services import post, reserve, reverse, settle
from tests.factories.ledger import make_account, make_wallet, transfer
from tests.laws.ledger import check_ledger_laws

pytestmark = pytest.mark.django_db


@pytest.fixture
def books(now: datetime) -> None:
    """A person with money, a transfer, its reversal, and a hold settled in part."""
    available, held = make_wallet(name="ada", minor=1000, now=now)
    make_account(code="bob", now=now)
    post(key="t1", kind="transfer", lines=transfer(available, "bob", 300), now=now)
    post(key="t2", kind="transfer", lines=transfer(available, "bob", 100), now=now)
    reverse(key="t2r", posting_key="t2", kind="mistake", now=now)
    reserve(key="h1", available=available, held=held, money=Money(200, "BTC"), now=now)
    settle(key="h1", posting_key="s1", kind="send", lines=transfer(available, "bob", 50)[1:], now=now, is_final=False)
    settle(key="h1", posting_key="s2", kind="send", lines=transfer(available, "bob", 50)[1:], now=now + timedelta(1))


def test_untouched_books_agree(books: None, capsys: pytest.CaptureFixture[str]) -> None:
    check_ledger_laws()
    call_command("verify_ledger")

    assert "accounts=4, postings=7, entries=15, holds=1" in capsys.readouterr().out


BOB = "(SELECT id FROM ledger_account WHERE code = 'bob')"


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE ledger_account SET balance = 401 WHERE code = 'bob'", "balance is not .* account bob BTC, entry"),
        ("UPDATE ledger_account SET version = 9 WHERE code = 'bob'", "balance is not .* account bob BTC, entry"),
        (
            f"UPDATE ledger_entry SET amount = 301 WHERE version = 1 AND account_id = {BOB}",
            "continue .* bob BTC, entry",
        ),
        (
            f"UPDATE ledger_entry SET balance_after = 1 WHERE version = 2 AND account_id = {BOB}",
            "continue .*account bob",
        ),
        (f"UPDATE ledger_entry SET version = 20 WHERE version = 2 AND account_id = {BOB}", "continue .* account bob"),
        (f"DELETE FROM ledger_entry WHERE version = 1 AND account_id = {BOB}", "continue .* account bob BTC, entry"),
        (
            "UPDATE ledger_entry SET account_id = 999999 WHERE id = (SELECT min(id) FROM ledger_entry)",
            "entry of no account: entry",
        ),
        ("UPDATE ledger_entry SET posted_at = posted_at + interval '1 s'", "not complete .* entry .* posting funding"),
        ("DELETE FROM ledger_posting WHERE key = 't1'", "not complete or not balanced: entry"),
        ("UPDATE ledger_posting SET posted_at = now() WHERE key = 't1'", "not complete .* posting t1"),
        ("UPDATE ledger_posting SET kind = 'gift' WHERE key = 't1'", "fingerprint .* posting t1"),
        ("UPDATE ledger_posting SET kind = 'gift' WHERE key = 's2'", "fingerprint .* posting s2"),
        ("UPDATE ledger_posting SET fingerprint = sha256('x') WHERE key = 't1'", "fingerprint .* posting t1"),
        (
            "UPDATE ledger_posting SET reverses_id = (SELECT id FROM ledger_posting WHERE key = 't1') "
            "WHERE key = 't2r'",
            "exact opposite: posting t2r",
        ),
        ("UPDATE ledger_hold SET remaining = 1", "hold is not .* account wallet:ada:held BTC, posting h1"),
        ("UPDATE ledger_hold SET amount = 201", "hold is not .* account wallet:ada:held BTC, posting h1"),
        ("UPDATE ledger_posting SET hold_id = NULL WHERE key = 's1'", "hold is not .* account wallet:ada:held BTC"),
        ("DELETE FROM ledger_hold", "fingerprint does not match"),
        (
            "INSERT INTO ledger_posting (key, fingerprint, kind, entry_count, posted_at, written_at) "
            "VALUES ('x', sha256('x'), 'x', 2, now(), now())",
            "not complete or not balanced: posting x",
        ),
        (
            "DELETE FROM ledger_entry WHERE account_id = "
            + BOB
            + "; UPDATE ledger_account SET balance = 0, version = 0 "
            "WHERE code = 'bob'",
            "not complete or not balanced: entry .*, posting t1",
        ),
    ],
)
def test_tampering_is_found(books: None, tampering: str, found: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL session_replication_role = replica; {tampering}")
        cursor.execute("SET LOCAL session_replication_role = origin")

    assert list(verify()) != []
    with pytest.raises(CommandError, match=found):
        call_command("verify_ledger")
