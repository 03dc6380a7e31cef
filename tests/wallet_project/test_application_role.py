"""The role the application signs in with can move money, and cannot switch off what keeps the books."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from django.db import DatabaseError, connection, transaction

import ledger.queries
from kit.money import Money
from ledger.services import Line, post
from tests.factories.ledger import make_account, make_funded

pytestmark = pytest.mark.django_db(transaction=True)

GRANTS = Path(__file__).resolve().parents[2] / "deploy" / "application-role" / "grants.sql"


@pytest.fixture
def as_application(transactional_db: None) -> Iterator[None]:
    """Act as the role that deploy/ makes, with what deploy/ grants it."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE ROLE holdfast_app")
        cursor.execute(GRANTS.read_text())
        cursor.execute("SET ROLE holdfast_app")
    yield
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; DROP OWNED BY holdfast_app; DROP ROLE holdfast_app")


def test_it_moves_money(as_application: None, now: datetime) -> None:
    payer = make_funded(code="wallet:payer:available", minor=100, now=now)
    payee = make_account(code="wallet:payee:available", now=now)
    post(key="k", kind="transfer", lines=[Line(payer, Money(-40, "BTC")), Line(payee, Money(40, "BTC"))], now=now)
    assert ledger.queries.balance(code=payee, asset="BTC") == 40


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "ALTER TABLE ledger_entry DISABLE TRIGGER ALL",
        "TRUNCATE ledger_entry CASCADE",
        "TRUNCATE events_event CASCADE",
        "DROP FUNCTION ledger_post_many",
        "CREATE OR REPLACE FUNCTION events_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end'",
        "DELETE FROM ledger_entry",
        "UPDATE ledger_account SET balance = balance + 1",
    ],
)
def test_it_cannot_break_the_books(as_application: None, now: datetime, statement: str) -> None:
    code = make_funded(code="wallet:owner:available", minor=100, now=now)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert ledger.queries.balance(code=code, asset="BTC") == 100
