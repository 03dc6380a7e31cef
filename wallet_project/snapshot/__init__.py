"""
What all migrations so far make of an empty database, kept as one SQL file for each of the four.

Django renders its models anew after every migration: a minute for hundreds of them. The files take a second.
`make snapshot` writes them. They are used for an empty database only, and only while every migration they cover is,
byte by byte, the one they were made from; newer migrations run after them as everywhere else.
"""

import functools
import hashlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations.loader import MigrationLoader

FOLDER = Path(__file__).parent
COVERED = "covered.json"
_IS_EMPTY = """
SELECT coalesce(current_schema() = 'public', false) AND NOT EXISTS (
    SELECT FROM pg_class JOIN pg_namespace AS place ON place.oid = relnamespace
     WHERE relkind = 'r' AND place.nspname = ANY (current_schemas(false)))
"""
"""The files name the schema public: where the connection's search path begins elsewhere, they would fill another."""


def load_if_empty(connection: BaseDatabaseWrapper, *, folder: Path = FOLDER) -> bool:
    """Make the tables and first rows of an empty database; return False, having done nothing, for any other."""
    file = folder / f"{connection.alias}.sql"
    if not file.exists() or not _is_empty(connection) or not is_true(folder=folder):
        return False
    with connection.cursor() as cursor:
        # no parameters: all statements in one implicit transaction, with which ends whatever they SET LOCAL
        cursor.execute(file.read_text())
    return True


def is_true(*, folder: Path = FOLDER) -> bool:
    """Return whether every migration that the files cover is still the one they were made from."""
    now = digests()
    return all(now.get(name) == digest for name, digest in covered(folder=folder).items())


def covered(*, folder: Path = FOLDER) -> Mapping[str, str]:
    """Return the digest each migration had when the files were written, by "app.name"."""
    found: dict[str, str] = json.loads((folder / COVERED).read_text())
    return found


@functools.cache
def digests() -> Mapping[str, str]:
    """Return the SHA-256 of each migration's file, by "app.name", in that order."""
    loader: Any = MigrationLoader(None)
    return {
        f"{app}.{name}": hashlib.sha256(Path(str(sys.modules[migration.__module__].__file__)).read_bytes()).hexdigest()
        for (app, name), migration in sorted(loader.disk_migrations.items())
    }


def _is_empty(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute(_IS_EMPTY)
        return bool(cursor.fetchone()[0])
