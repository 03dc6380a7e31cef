"""Transactions put where a test needs them, past the laws that forbid to jump there."""

from django.db import connection

from transactions.models import Status, Transaction


def put_in(transaction: Transaction, status: Status) -> Transaction:
    """Return it in this status, whatever the table of moves says; as a replica, PostgreSQL runs no triggers."""
    assert connection.in_atomic_block, "the role would outlive the test"
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        Transaction.objects.filter(pk=transaction.pk).update(status=status, next_look_at=None)
        cursor.execute("SET LOCAL session_replication_role = origin")
    return Transaction.objects.get(pk=transaction.pk)
