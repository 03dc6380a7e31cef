"""Statements of our own on the core database, without what Django's cursor adds to each."""

from typing import Any

import psycopg
from django.db import connections


def rows(statement: str, parameters: list[Any]) -> list[Any]:
    """
    Return the statement's rows, inside the caller's transaction if there is one.

    On a bare psycopg cursor with parameters bound by the server, which prepares what it is asked often: Django's own
    takes three times its time, which counts where it runs with every money move.
    """
    core = connections["default"]
    core.ensure_connection()
    core.validate_no_broken_transaction()
    with core.wrap_database_errors, psycopg.Cursor(core.connection) as cursor:
        cursor.execute(statement.encode(), parameters)
        return cursor.fetchall() if cursor.description else []
