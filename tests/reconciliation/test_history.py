"""The books against their own history: what somebody changed past everybody is found, and named."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from reconciliation.models import Case, Run
from reconciliation.services import history
from tests.factories.pages import Past, make_past

pytestmark = pytest.mark.django_db


@pytest.fixture
def past(settings: Any, tmp_path: Path, now: datetime) -> Past:
    return make_past(settings, tmp_path, now=now)


@contextmanager
def past_the_laws() -> Iterator[Any]:
    """Change rows as somebody with the database's password may: no trigger runs."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        yield cursor
        cursor.execute("SET session_replication_role = DEFAULT")


def check(now: datetime, scope: Run.Scope = Run.Scope.FULL) -> Run:
    run = history.check(scope=scope, now=now)
    assert run is not None
    return run


def test_nothing_is_found_where_nothing_was_changed(past: Past, now: datetime) -> None:
    for scope in (Run.Scope.FULL, Run.Scope.ROUND):
        assert check(now, scope).result == "clean"
    assert not Case.objects.exists()


TAMPERED = {
    "a deposit's amount": (
        "UPDATE transactions_deposit SET amount_minor = amount_minor + 1 WHERE credits > reversals",
        "deposit and postings",
    ),
    "a transfer's amount": (
        "UPDATE transactions_transaction SET amount_minor = amount_minor + 1 WHERE type = 'transfer'",
        "transfer and postings",
    ),
    "a deposit's asset": (
        "UPDATE transactions_deposit SET asset_id = 'USDC.ETH' WHERE credits > reversals AND asset_id = 'ETH'",
        "deposit and postings",
    ),
    "a transfer's asset": (
        "UPDATE transactions_transaction SET asset_id = 'ETH' WHERE type = 'transfer'",
        "transfer and postings",
    ),
    "a status": (
        "UPDATE transactions_transaction SET status = 'failed' WHERE type = 'transfer'",
        "status without its fact",
    ),
    "a fact": (
        "UPDATE events_event SET type = 'transaction.failed' WHERE type = 'transaction.completed'",
        "status without its fact",
    ),
    "an entry": (
        "UPDATE ledger_entry SET amount = amount + 1, balance_after = balance_after + 1"
        " WHERE id = (SELECT max(id) FROM ledger_entry)",
        "",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_was_changed_is_found_and_named_once(past: Past, now: datetime, name: str) -> None:
    statement, what = TAMPERED[name]
    with past_the_laws() as cursor:
        cursor.execute(statement)
        assert cursor.rowcount > 0
    assert check(now).result == "different"
    found = Case.objects.filter(status="open", kind="history")
    assert found
    assert any(case.key.startswith(f"history:{what}") for case in found)
    count = found.count()
    assert check(now).result == "different"
    assert Case.objects.count() == count
    assert {case.found_count for case in Case.objects.all()} == {2}


def test_a_case_closes_when_history_is_right_again(past: Past, now: datetime) -> None:
    change = "UPDATE transactions_transaction SET amount_minor = amount_minor + (%s) WHERE type = 'transfer'"
    with past_the_laws() as cursor:
        cursor.execute(change, [5])
    check(now)
    case = Case.objects.get()
    with past_the_laws() as cursor:
        cursor.execute(change, [-5])
    assert check(now, Run.Scope.ROUND).result == "clean"
    case.refresh_from_db()
    assert case.status == "open"  # a round has not looked at everything
    assert check(now).result == "clean"
    case.refresh_from_db()
    assert case.status == "closed"


def test_a_round_looks_at_what_changed_since(past: Past, now: datetime) -> None:
    check(now + timedelta(days=1))
    with past_the_laws() as cursor:
        cursor.execute("UPDATE transactions_transaction SET amount_minor = amount_minor + 1 WHERE type = 'transfer'")
    later = now + timedelta(days=2)
    assert check(later, Run.Scope.ROUND).result == "clean"
    assert check(later, Run.Scope.FULL).result == "different"
