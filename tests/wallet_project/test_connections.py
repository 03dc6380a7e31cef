"""A connection that stayed open from the last request: what is found out about it, and at what price."""

import time
from typing import Any

import psycopg
import pytest
from django.db import connections

from kit import sql

pytestmark = pytest.mark.django_db(transaction=True)


def _pid() -> int:
    return int(sql.rows("SELECT pg_backend_pid()", [])[0][0])


def _end(pid: int) -> None:
    other = connections["default"].copy()
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s)", [pid])
            while True:
                cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE pid = %s", [pid])
                if cursor.fetchone() == (0,):
                    return
                time.sleep(0.01)
    finally:
        other.close()


def test_one_that_stands_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    core: Any = connections["default"]
    core.ensure_connection()

    def refuse(*_: object, **__: object) -> None:
        pytest.fail("the server was asked")

    monkeypatch.setattr(psycopg.Connection, "execute", refuse)
    assert core.is_usable()


def test_one_that_the_server_ended_is_replaced() -> None:
    core: Any = connections["default"]
    first = _pid()
    _end(first)
    assert not core.is_usable()
    core.health_check_enabled, core.health_check_done = True, False  # as at the beginning of a request
    second = _pid()
    assert second != first
    assert core.is_usable()


def test_one_that_was_closed_here_is_not_used() -> None:
    core: Any = connections["default"]
    core.ensure_connection()
    core.connection.close()
    assert not core.is_usable()
    core.health_check_enabled, core.health_check_done = True, False
    assert _pid()


def test_what_one_statement_left_is_not_seen_by_the_next() -> None:
    assert sql.rows("SELECT 1, 2", []) == [(1, 2)]
    with pytest.raises(Exception, match="division by zero"):
        sql.rows("SELECT 1 / 0", [])
    assert sql.rows("SET LOCAL lock_timeout = '1s'", []) == []
    assert sql.rows("SELECT 3", []) == [(3,)]
