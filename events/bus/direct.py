"""
A connection to the core database that is nobody else's: for LISTEN and for locks that outlive a transaction.

Both belong to a session of the server, which a pooler lends to another client after each transaction.
"""

import hashlib
from typing import Any

import psycopg
from django.conf import settings
from django.db import connections

CHANNEL = "holdfast_events"
_NOT_PSYCOPGS = ("cursor_factory", "context", "prepare_threshold", "client_encoding")


class DirectConnection:
    """
    One session of the server, for one thread.

    All of its methods raise psycopg.OperationalError once it is lost: then its locks are free, and it heard no more.
    """

    def __init__(self) -> None:
        if settings.EVENTS_LISTEN_URL:
            self._session: psycopg.Connection[Any] = psycopg.connect(settings.EVENTS_LISTEN_URL, autocommit=True)
            return
        given = connections["default"].get_connection_params()
        options = {name: value for name, value in given.items() if name not in _NOT_PSYCOPGS}
        self._session = psycopg.connect(**options, autocommit=True)

    def lock(self, name: str) -> bool:
        """Hold the named lock until this connection ends; return False if somebody else does."""
        key = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True)
        row = self._session.execute("SELECT pg_try_advisory_lock(%s)", [key]).fetchone()
        return bool(row and row[0])

    def listen(self) -> None:
        """Hear from now on whenever somebody knocks."""
        self._session.execute(f"LISTEN {CHANNEL}".encode())

    def wait(self, *, timeout_seconds: float) -> None:
        """Return when somebody knocked since the last call, at the latest when the time is over."""
        for _ in self._session.notifies(timeout=timeout_seconds, stop_after=1):
            pass

    def close(self) -> None:
        self._session.close()
