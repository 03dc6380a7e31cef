"""
Waking who listens, once events are committed: NOTIFY, from a thread of its own.

A NOTIFY inside the transaction of the change would make all such commits of the database wait for one another
(docs/decisions/0017). So the writer only leaves a sign, which costs it nothing; the thread knocks for everybody who
left one meanwhile, in a transaction that waits for no disk. A knock that is lost costs the listener a second.
"""

import os
import threading
import time

import structlog
from django.conf import settings
from django.db import Error, connections, transaction

from events.bus.direct import CHANNEL

logger = structlog.get_logger(__name__)

GATHER_SECONDS = 0.005
"""Between two knocks of one process: however many commit, nobody is woken more often by it."""

IDLE_SECONDS = 60.0
"""A thread that had nothing to do for so long ends, and its connection with it."""

_KNOCK = "SELECT set_config('synchronous_commit', 'off', true), pg_notify(%s, '')"


def knock_after_commit() -> None:
    """Wake who listens once the current transaction has committed."""
    if not settings.EVENTS_KNOCK:
        return
    connection = transaction.get_connection()
    if knock not in [waiting[1] for waiting in connection.run_on_commit]:  # once per transaction is enough
        transaction.on_commit(knock, robust=True)


def knock() -> None:
    """Have who listens woken, within milliseconds; this returns at once."""
    _knocker().knock()


class _Knocker:
    """This process's thread, which starts with the first knock and after a pause."""

    def __init__(self) -> None:
        self.process = os.getpid()
        self._sign = threading.Event()
        self._lock = threading.Lock()
        self._is_running = False

    def knock(self) -> None:
        self._sign.set()
        if self._is_running:
            return
        with self._lock:
            if not self._is_running:
                self._is_running = True
                threading.Thread(target=self._run, name="knocker", daemon=True).start()

    def _run(self) -> None:
        try:
            while self._sign.wait(IDLE_SECONDS):
                self._sign.clear()
                with connections["default"].cursor() as cursor:
                    cursor.execute(_KNOCK, [CHANNEL])
                time.sleep(GATHER_SECONDS)
        except Error as error:  # the database is away: who listens looks by themselves
            logger.warning("knock_lost", error=type(error).__name__)
        finally:
            connections.close_all()
            self._is_running = False
        if self._sign.is_set():  # left while this ended
            self.knock()


_known = _Knocker()


def _knocker() -> _Knocker:
    """Return this process's own: a fork has the parent's object, and not its thread."""
    global _known  # noqa: PLW0603
    if _known.process != os.getpid():
        _known = _Knocker()
    return _known
