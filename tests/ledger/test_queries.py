"""Balances now and then, statements, totals."""

from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from ledger.errors import UnknownAccount
from ledger.queries import StatementLine, balance, balance_at, balances, statement, totals
from ledger.services import Purpose, post
from tests.factories.ledger import make_account, make_funded, transfer

pytestmark = pytest.mark.django_db


@pytest.fixture
def spent(now: datetime) -> datetime:
    """Ada's 100 come in now; 10 leave each minute of the next five."""
    make_funded(code="ada", minor=100, now=now)
    make_account(code="bob", now=now)
    for minute in range(1, 6):
        at = now + timedelta(minutes=minute)
        post(key=f"t{minute}", kind="transfer", lines=transfer("ada", "bob", 10), now=at)
    return now


@pytest.mark.parametrize(
    ("seconds", "minor"), [(-1, 0), (0, 100), (59, 100), (60, 90), (61, 90), (180, 70), (300, 50), (9999, 50)]
)
def test_balance_at_any_past_time(spent: datetime, seconds: int, minor: int) -> None:
    assert balance_at(code="ada", asset="BTC", at=spent + timedelta(seconds=seconds)) == minor


def test_a_posting_of_a_slow_clock_counts_once_a_later_one_does(spent: datetime) -> None:
    """The account's own order rules: what was entered before an entry is in the balance after it."""
    post(key="late", kind="transfer", lines=transfer("ada", "bob", 1), now=spent + timedelta(seconds=30))

    assert balance_at(code="ada", asset="BTC", at=spent + timedelta(seconds=29)) == 100
    assert balance_at(code="ada", asset="BTC", at=spent + timedelta(seconds=30)) == 49
    assert balance(code="ada", asset="BTC") == 49


def test_balances_of_several_accounts_in_one_query(spent: datetime, now: datetime) -> None:
    make_account(code="ada", asset="ETH", now=now)

    with CaptureQueriesContext(
        connection,
    ) as queries:
        found = balances(["ada", "bob", "nobody"])

    assert found == {("ada", "BTC"): 50, ("ada", "ETH"): 0, ("bob", "BTC"): 50}
    assert len(queries) == 1


def test_a_statement_pages_by_version_newest_first_in_one_query(spent: datetime) -> None:
    with CaptureQueriesContext(connection) as queries:
        first = statement(code="ada", asset="BTC", limit=4)
    second = statement(code="ada", asset="BTC", after=first[-1].version, limit=4)

    assert len(queries) == 1
    assert [(line.version, line.amount, line.balance_after) for line in first + second] == [
        (6, -10, 50),
        (5, -10, 60),
        (4, -10, 70),
        (3, -10, 80),
        (2, -10, 90),
        (1, 100, 100),
    ]
    newest = first[0]
    assert newest == StatementLine(6, newest.posting_id, "t5", "transfer", -10, 50, spent + timedelta(minutes=5))
    assert statement(code="nobody", asset="BTC") == []


def test_totals_are_per_asset_and_purpose(spent: datetime, now: datetime) -> None:
    make_funded(code="ada", minor=7, asset="ETH", now=now)

    assert totals() == {
        ("BTC", Purpose.USER_AVAILABLE): 100,
        ("BTC", Purpose.TREASURY): -100,
        ("ETH", Purpose.USER_AVAILABLE): 7,
        ("ETH", Purpose.TREASURY): -7,
    }


def test_an_account_nobody_opened(now: datetime) -> None:
    with pytest.raises(UnknownAccount, match="nobody BTC"):
        balance(code="nobody", asset="BTC")
    with pytest.raises(UnknownAccount, match="nobody BTC"):
        balance_at(code="nobody", asset="BTC", at=now)
