"""An empty database filled from the snapshot is the one that all migrations make, to the last trigger and row."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connections

from wallet_project import snapshot

VARIABLES = {
    "default": "CORE_DATABASE_URL",
    "kyc": "KYC_DATABASE_URL",
    "rates": "RATES_DATABASE_URL",
    "audit": "AUDIT_DATABASE_URL",
}
_SCHEMA = """
SELECT format('%s.%s %s %s %s %s', c.relname, attname, format_type(atttypid, atttypmod), attnotnull, attidentity,
              pg_get_expr(adbin, adrelid))
  FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
 WHERE relkind = 'r' AND attnum > 0 AND NOT attisdropped AND relnamespace = 'public'::regnamespace
UNION ALL SELECT format('%s %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
 WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT format('%s %s', tgenabled, pg_get_triggerdef(oid)) FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT pg_get_functiondef(oid) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
UNION ALL SELECT format('%s %s', viewname, definition) FROM pg_views WHERE schemaname = 'public'
UNION ALL SELECT format('%s %s %s', sequencename, increment_by, last_value) FROM pg_sequences
UNION ALL SELECT format('%s %s', relname, reloptions) FROM pg_class WHERE relnamespace = 'public'::regnamespace
"""
_CASTS = re.compile(r"::(text|character varying)(\[\])?|[()]")
"""PostgreSQL writes a list of words back with its casts elsewhere than it read them."""
_SETTINGS = "SELECT name, setting FROM pg_settings ORDER BY name"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"


@pytest.fixture
def empty() -> Iterator[dict[str, str]]:
    """Four empty databases beside those of the tests: their URLs by alias."""
    server = os.environ[VARIABLES["default"]].rpartition("/")[0]
    names = {alias: f"snapshot_{alias}_{os.getpid()}" for alias in VARIABLES}
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        for name in names.values():
            connection.execute(f'CREATE DATABASE "{name}"'.encode())
        try:
            yield {alias: f"{server}/{name}" for alias, name in names.items()}
        finally:
            for name in names.values():
                connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def test_every_migration_is_in_the_snapshot() -> None:
    assert snapshot.covered() == snapshot.digests(), "run `make snapshot`: a new database would migrate step by step"


def test_the_snapshot_is_what_all_migrations_make(empty: dict[str, str]) -> None:
    """Of the core database, where nearly everything is; `make snapshot` writes all four in the same way."""
    migrate("default", empty, "--step-by-step")
    by_steps = describe(empty["default"])
    wipe(empty["default"])
    migrate("default", empty)
    assert describe(empty["default"]) == by_steps


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_has_changed_makes_the_snapshot_useless(tmp_path: Path, empty: dict[str, str]) -> None:
    digests = dict(snapshot.covered())
    shutil.copytree(snapshot.FOLDER, tmp_path, dirs_exist_ok=True)
    (tmp_path / snapshot.COVERED).write_text(json.dumps(digests | {"ledger.0002_laws": "0" * 64}))
    assert not snapshot.is_true(folder=tmp_path)
    (tmp_path / snapshot.COVERED).write_text(json.dumps(digests | {"ledger.0099_gone": "0" * 64}))
    assert not snapshot.is_true(folder=tmp_path)
    copy = connection_to(empty["default"], "default")
    assert not snapshot.load_if_empty(copy, folder=tmp_path)
    assert snapshot.load_if_empty(copy)
    assert not snapshot.load_if_empty(copy), "it has tables now"
    copy.close()


@pytest.mark.django_db(transaction=True)
def test_what_the_file_sets_ends_with_it(empty: dict[str, str]) -> None:
    """Behind a pooler that lends connections by transaction, the next to be lent this one is somebody else."""
    copy = connection_to(empty["rates"], "rates")
    with copy.cursor() as cursor:
        cursor.execute(_SETTINGS)
        before = cursor.fetchall()
    closes, copy.close = copy.close, lambda: None
    assert snapshot.load_if_empty(copy)
    with copy.cursor() as cursor:
        cursor.execute(_SETTINGS)
        assert cursor.fetchall() == before
        cursor.execute("SELECT count(*) FROM rates_price")  # found along the path there is
    closes()


@pytest.mark.django_db(transaction=True)
def test_tables_that_are_kept_elsewhere_are_tables(empty: dict[str, str]) -> None:
    """A deployment may keep its own in another schema, as its URL's search path says."""
    with psycopg.connect(empty["rates"]) as connection:
        connection.execute("CREATE SCHEMA holdfast")
    for path in ("holdfast", "holdfast,public", "public,holdfast", "missing"):
        if path == "public,holdfast":
            with psycopg.connect(empty["rates"]) as connection:
                connection.execute("CREATE TABLE holdfast.django_migrations ()")
        copy = connection_to(empty["rates"], "rates", options=f"-csearch_path={path}")
        assert not snapshot.load_if_empty(copy), path
        copy.close()
    with psycopg.connect(empty["rates"]) as connection:
        assert connection.execute(_TABLES).fetchall() == []
        connection.execute("DROP SCHEMA public CASCADE")
    copy = connection_to(empty["rates"], "rates")
    assert not snapshot.load_if_empty(copy)
    copy.close()


def connection_to(url: str, alias: str, **options: str) -> Any:
    copy: Any = connections[alias].copy(alias)
    copy.settings_dict["NAME"] = url.rpartition("/")[2]
    copy.settings_dict["OPTIONS"] |= options
    return copy


def migrate(alias: str, urls: dict[str, str], *options: str) -> None:
    command = [sys.executable, "manage.py", "migrate", "--database", alias, "--noinput", "--verbosity", "0", *options]
    environment = os.environ | {VARIABLES[each]: url for each, url in urls.items()} | {"HOLDFAST_ROLE": "command"}
    subprocess.run(command, env=environment, check=True, cwd=Path(__file__).parents[2])


def describe(url: str) -> list[str]:
    """Return everything about a database but the time at which its rows were written."""
    with psycopg.connect(url) as connection:
        found = sorted(_CASTS.sub("", row[0]) for row in connection.execute(_SCHEMA))
        for (table,) in sorted(connection.execute(_TABLES).fetchall()):
            found += sorted(
                _row(table, row) for (row,) in connection.execute(f"SELECT to_jsonb(t) FROM {table} t".encode())
            )
    return found


def wipe(url: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")


def _row(table: str, row: dict[str, Any]) -> str:
    times = {"applied", "created_at", "updated_at", "opened_at"}
    return f"{table} {json.dumps({name: value for name, value in row.items() if name not in times}, sort_keys=True)}"
