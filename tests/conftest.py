"""What every test shares: no socket leaves this machine, and the append-only tables empty between tests."""

import ipaddress
import os
import socket
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import hypothesis
import pytest
from django.db import connections
from django.test import TransactionTestCase

import chains.queries
from tests.factories.event_schemas import schemas_are_kept

hypothesis.settings.register_profile("any_machine", deadline=None)  # a busy one takes a second where nothing is slow
hypothesis.settings.load_profile("any_machine")

RECURSION_LIMIT = sys.getrecursionlimit()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Libraries that tests import raise the limit a hundredfold; the product's processes run with Python's own."""
    sys.setrecursionlimit(RECURSION_LIMIT)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give every test with a database all four of them, unless it asks for its own choice."""
    for item in items:
        mark = item.get_closest_marker("django_db")
        if mark and "databases" not in mark.kwargs:
            item.add_marker(pytest.mark.django_db(*mark.args, **mark.kwargs, databases="__all__"), append=False)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_finish(session: pytest.Session) -> None:
    """
    Put the browser last, before anybody is told what was collected: Playwright leaves an event loop running, in which
    asyncio.run() is refused.

    Where several processes share the tests, the simulation is first: nobody shall be left alone with the longest file.
    """
    is_shared = "PYTEST_XDIST_WORKER" in os.environ
    session.items.sort(
        key=lambda item: ("browser" in item.path.parts, is_shared and "simulation" not in item.path.parts)
    )


@pytest.fixture(autouse=True)
def _public_chains(request: pytest.FixtureRequest) -> Iterator[None]:
    """Tests whose keys and vectors are of the public chains see those, though local networks are lent."""
    path = request.path
    is_of_public_chains = "custody" in path.parts or path.name.startswith("test_custody_")
    if is_of_public_chains:
        settings, patch = request.getfixturevalue("settings"), request.getfixturevalue("monkeypatch")
        for code, chain in (("bitcoin", "main"), ("ethereum", "1")):
            patch.setenv(f"{code.upper()}_CHAIN", chain)  # for the processes they start
            settings.NETWORKS = {**settings.NETWORKS, code: replace(settings.NETWORKS[code], chain=chain)}
        chains.queries.forget()
    yield
    if is_of_public_chains:
        chains.queries.forget()


@pytest.fixture(autouse=True, scope="session")
def _events_have_schemas() -> Iterator[None]:
    """Hold every event that the product records in any test against its schema."""
    with schemas_are_kept():
        yield


@pytest.fixture
def now() -> datetime:
    """The time at which tests happen, unless they say otherwise."""
    return datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


@pytest.fixture(autouse=True, scope="session")
def _loopback_only() -> Iterator[None]:
    """Refuse every connection that would leave this machine."""
    connect = socket.socket.connect
    connect_ex = socket.socket.connect_ex

    def check(address: Any) -> None:
        if isinstance(address, tuple) and not _is_loopback(str(address[0])):
            raise PermissionError(f"tests may speak to this machine only, not to {address}")

    def guarded(self: socket.socket, address: Any) -> None:
        check(address)
        return connect(self, address)

    def guarded_ex(self: socket.socket, address: Any) -> int:
        check(address)
        return connect_ex(self, address)

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded)
    patch.setattr(socket.socket, "connect_ex", guarded_ex)
    yield
    patch.undo()


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host in {"localhost", ""}


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """
    Keep a copy of the rows that migrations made, so that a test which commits can be undone.

    At the end, sessions that a server's threads left open are ended: a database in use cannot be dropped.
    """
    with django_db_blocker.unblock():
        for alias in connections:
            with connections[alias].cursor() as cursor:
                cursor.execute("DROP SCHEMA IF EXISTS seeds CASCADE; CREATE SCHEMA seeds")
                for table in _tables_with_rows(cursor):
                    cursor.execute(f'CREATE TABLE seeds."{table}" AS TABLE public."{table}"')
    yield
    with django_db_blocker.unblock():
        for alias in connections:
            with connections[alias].cursor() as cursor:
                cursor.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )


@pytest.fixture(scope="session")
def live_server(django_db_setup: None, live_server: Any) -> Any:
    """The server stops before its databases are dropped: it would connect to them again."""
    return live_server


def _undo_commits(self: TransactionTestCase) -> None:
    """
    Bring every table back to what the migrations left.

    Django's own flush would TRUNCATE, which append-only tables refuse, and would forget what
    migrations wrote. As a replica, PostgreSQL runs no triggers and checks no foreign keys.
    """
    for alias in self._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
        with connections[alias].cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            for table in _tables_with_rows(cursor):
                cursor.execute(f'DELETE FROM public."{table}"')
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'seeds'")
            for (table,) in cursor.fetchall():
                cursor.execute(f'INSERT INTO public."{table}" SELECT * FROM seeds."{table}"')
            cursor.execute("SET session_replication_role = DEFAULT")


TransactionTestCase._fixture_teardown = _undo_commits  # type: ignore[attr-defined]


def _tables_with_rows(cursor: Any) -> list[str]:
    """Return the public tables that are not empty, the record of migrations apart."""
    cursor.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'django_migrations' ORDER BY 1"
    )
    tables = [row[0] for row in cursor.fetchall()]
    if not tables:
        return []
    cursor.execute(" UNION ALL ".join(f"SELECT '{t}' WHERE EXISTS (SELECT FROM public.\"{t}\")" for t in tables))
    return [row[0] for row in cursor.fetchall()]
