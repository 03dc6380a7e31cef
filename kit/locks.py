"""Named locks in PostgreSQL, for work that one process at a time may do."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connections


@contextmanager
def one_at_a_time(name: str, *, using: str = "default") -> Iterator[bool]:
    """
    Yield True to the one process that holds the named lock and False to all others, at once.

    A session-level advisory lock: it spans many short transactions, and PostgreSQL frees it
    by itself when the holder's connection dies. It is a courtesy that saves double work,
    never the guard of a money move: those have unique keys and compare-and-swap.
    """
    key = _key(name)
    held = _try(key, using)
    try:
        yield held
    finally:
        if held:
            _unlock(key, using)


def _try(key: int, using: str) -> bool:
    """Take the lock if it is free; where nobody can say whether it was, the connection goes, and the lock with it."""
    try:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
            row = cursor.fetchone()
    except BaseException:
        connections[using].close()
        raise
    return bool(row and row[0])


def _unlock(key: int, using: str) -> None:
    """Give the lock back; where that cannot be done, with the connection, which its process would keep otherwise."""
    try:
        with connections[using].cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [key])
    except BaseException:
        connections[using].close()
        raise


def wait_for_turn(name: str, *, using: str = "default") -> None:
    """Hold the named lock until the current transaction ends, waiting for it if need be."""
    with connections[using].cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_key(name)])


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
