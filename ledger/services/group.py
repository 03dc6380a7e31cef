"""
Posting in company: what many callers ask for at the same time is written by one statement and one fsync.

A caller hands its posting in and waits; a thread of this process, the leader, takes whatever has gathered, has
PostgreSQL judge each posting by itself, and answers when all of it is durable. One caller's refusal is nobody
else's. It helps where many threads post at once, most of all to one account; see docs/decisions/0009.

Accounts that someone outside has locked never hold up the others: their postings are handed to a second leader,
the patient one, which waits for the lock.
"""

import logging
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import psycopg
from django.db import DatabaseError, InterfaceError, OperationalError, connections

from kit.errors import BusyElsewhere
from ledger.errors import PostingInDoubt
from ledger.models import fingerprint
from ledger.services import Line, NewPosting, Posted, check_balanced, refusal

logger = logging.getLogger(__name__)

GATHER_SECONDS = 0.002
"""How long a leader that had company in its last group waits for more of it."""

MOST = 128
"""Most postings in one group: while it is written, the next one gathers."""

IDLE_SECONDS = 5.0
"""A leader without work for so long gives its connection back; the next posting starts another."""

TRIES = 3
"""How often a group is tried that lost its connection or was chosen to end a deadlock."""

_GIVEN = (
    "%b::text[], %b::bytea[], %b::text[], %b::int[], %b::timestamptz[],"
    " %b::int[], %b::int[], %b::text[], %b::text[], %b::text[]::numeric[]"
)
_CALL = f"SELECT * FROM ledger_post_group({_GIVEN}, %s)"  # noqa: S608  # names of parameters
_CALL_EACH = f"SELECT * FROM ledger_post_each({_GIVEN})"  # noqa: S608  # likewise
"""Lists go in binary: in text every part of them is looked through for what has to be escaped."""


class Waiting:
    """One caller's posting, and the place where its answer is left."""

    __slots__ = ("answer", "content", "done", "is_taken", "key", "kind", "lines", "now")

    def __init__(self, key: str, kind: str, lines: Sequence[Line], now: datetime) -> None:
        self.key = key
        self.kind = kind
        self.lines = lines
        self.now = now
        self.content = fingerprint(kind, [(line.account, line.money.asset, line.money.minor) for line in lines])
        self.is_taken = False
        self.answer: Posted | BaseException | None = None
        self.done = threading.Lock()  # the cheapest thing to wait on
        self.done.acquire()

    def resolve(self, answer: Posted | BaseException) -> None:
        if self.answer is None:
            self.answer = answer
            self.done.release()


class Lane:
    """A queue and its leader: a thread with a connection of its own, there only while there is work."""

    def __init__(self, name: str, *, is_patient: bool, overflow: Callable[[list[Waiting]], None]) -> None:
        self._name = name
        self._is_patient = is_patient
        self._overflow = overflow
        self._queue: deque[Waiting] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._enough = 0  # the leader sleeps until so many wait; 0: it does not sleep
        self._leader: threading.Thread | None = None
        self._is_closed = False
        self._last_size = 0

    def add(self, waiting: Sequence[Waiting]) -> None:
        """
        Put them at the end of the queue, and see that somebody leads.

        :raises BusyElsewhere: if the lane has been closed
        """
        with self._changed:
            if self._is_closed:
                raise BusyElsewhere("This process is shutting down.")
            self._queue.extend(waiting)
            self._see_to_leader()
            if 0 < self._enough <= len(self._queue):
                self._enough = 0
                self._changed.notify()

    def withdraw(self, waiting: Waiting) -> bool:
        """Take a posting out again; say False if a leader has it already."""
        with self._changed:
            if waiting.is_taken:
                return False
            try:
                self._queue.remove(waiting)
            except ValueError:
                return False
            return True

    def close(self) -> None:
        """Take nothing more, and return when what was taken has been answered."""
        with self._changed:
            self._is_closed = True
            self._enough = 0
            self._changed.notify()
            leader = self._leader
        if leader:
            leader.join()

    def _see_to_leader(self) -> None:
        if self._leader is None or not self._leader.is_alive():
            self._leader = threading.Thread(target=self._lead, name=self._name, daemon=True)
            self._leader.start()

    def _lead(self) -> None:
        taken: list[Waiting] = []
        try:
            while taken := self._take():
                self._write(taken)
                taken = []
        except BaseException as error:  # whatever it is, nobody may wait for ever
            logger.exception("group_leader_died", extra={"lane": self._name})
            for each in taken:
                each.resolve(_doubt(error))
        finally:
            connections.close_all()
            with self._changed:
                self._leader = None
                if self._queue:
                    self._see_to_leader()

    def _take(self) -> list[Waiting]:
        """Return the next group, first come, first served; an empty one if there has been nothing for long."""
        with self._changed:
            if not self._queue and not self._is_closed:
                self._sleep(1, IDLE_SECONDS)
            if self._last_size > 1 and len(self._queue) < self._last_size and not self._is_closed:
                self._sleep(min(self._last_size, MOST), GATHER_SECONDS)
            taken = [self._queue.popleft() for _ in range(min(MOST, len(self._queue)))]
            for each in taken:
                each.is_taken = True
            self._last_size = len(taken)
            return taken

    def _sleep(self, enough: int, seconds: float) -> None:
        """Wait until so many are queued, but no longer than this. The lock is held before and after."""
        self._enough = enough
        self._changed.wait(seconds)
        self._enough = 0

    def _write(self, group: list[Waiting]) -> None:
        """Post the group and answer everyone in it; where something breaks, find out whose it is by halving."""
        try:
            rows = write_group(group, is_patient=self._is_patient)
        except psycopg.errors.LockNotAvailable:
            rows = [(None, False, "busy", "")] * len(group)
            if self._is_patient and len(group) > 1:
                self._halve(group)
                return
        except (psycopg.Error, DatabaseError, ValueError, TypeError) as error:
            if len(group) > 1 and not _is_connection_lost(error):
                self._halve(group)
                return
            for each in group:
                each.resolve(_doubt(error) if _is_connection_lost(error) else error)
            return
        self._answer(group, rows)

    def _halve(self, group: list[Waiting]) -> None:
        middle = len(group) // 2
        self._write(group[:middle])
        self._write(group[middle:])

    def _answer(self, group: list[Waiting], rows: list[tuple[Any, ...]]) -> None:
        busy = []
        for each, (posting_id, is_new, problem, detail) in zip(group, rows, strict=True):
            if problem is None:
                each.resolve(Posted(posting_id, each.key, is_new))
            elif problem == "busy":
                busy.append(each)
            else:
                each.resolve(refusal(problem, detail))
        if busy:
            self._overflow(busy)


class GroupPoster:
    """The two lanes of one process."""

    def __init__(self) -> None:
        self._patient = Lane("ledger-group-patient", is_patient=True, overflow=_refuse_busy)
        self._quick = Lane("ledger-group", is_patient=False, overflow=self._hand_over)

    def post(self, waiting: Waiting, *, timeout_seconds: float) -> Posted:
        self._quick.add([waiting])
        if not waiting.done.acquire(timeout=timeout_seconds):
            if self._quick.withdraw(waiting) or self._patient.withdraw(waiting):
                raise BusyElsewhere("Too much is being booked right now. Nothing was written.")
            raise PostingInDoubt
        if isinstance(waiting.answer, Posted):
            return waiting.answer
        assert waiting.answer is not None
        raise waiting.answer

    def close(self) -> None:
        """Answer what was taken, then refuse everything."""
        self._quick.close()
        self._patient.close()

    def _hand_over(self, busy: list[Waiting]) -> None:
        for each in busy:
            each.is_taken = False
        self._patient.add(busy)


def post_in_group(
    *, key: str, kind: str, lines: Sequence[Line], now: datetime, timeout_seconds: float = 10.0
) -> Posted:
    """
    Do what ledger.services.post does, together with whatever else this process posts at the moment.

    Durable when it returns. For callers outside any database transaction only: it commits by itself, on another
    connection. `is_new` may be False for the first call, too, if the connection was lost and the group tried again.

    :raises InsufficientFunds, PostingKeyReused, Unbalanced, UnknownAccount: as post does, to this caller only
    :raises BusyElsewhere: if somebody else keeps an account locked, or nobody got to it in time; nothing was written
    :raises PostingInDoubt: if it may or may not stand; ask again with the same key
    """
    assert not connections["default"].in_atomic_block, "a grouped posting commits by itself, outside your transaction"
    check_balanced(key, lines)
    return _poster().post(Waiting(key, kind, lines, now), timeout_seconds=timeout_seconds)


def post_each(*, postings: Sequence[NewPosting], now: datetime) -> list[Posted | Exception]:
    """
    Post in one statement, inside the caller's transaction, all that can be; each is answered by itself, in this order.

    A refusal is returned as the exception that post would raise, and BusyElsewhere where somebody else keeps one of its
    accounts locked: for half a second he is waited for, and then left out. Each counts as if posted after those before
    it.
    """
    assert connections["default"].in_atomic_block, "what goes with the postings is written in the same transaction"
    for posting in postings:
        check_balanced(posting.key, posting.lines)
    group = [Waiting(posting.key, posting.kind, posting.lines, now) for posting in postings]
    core = connections["default"]
    core.validate_no_broken_transaction()
    answers: list[Posted | Exception] = []
    with core.wrap_database_errors:
        rows = _call(group, is_patient=None)
    for each, (posting_id, is_new, problem, detail) in zip(group, rows, strict=True):
        if problem is None:
            answers.append(Posted(posting_id, each.key, is_new))
        else:
            answers.append(BusyElsewhere() if problem == "busy" else refusal(problem, detail))
    return answers


def close() -> None:
    """End this process's group poster in good order; the next posting starts another."""
    global _current  # one per process
    with _starting:
        current, _current = _current, None
    if current:
        current.close()


_current: GroupPoster | None = None
_starting = threading.Lock()


def _poster() -> GroupPoster:
    global _current  # noqa: PLW0603  # one per process
    current = _current
    if current is None:
        with _starting:
            current = _current = _current or GroupPoster()
    return current


def _forget() -> None:
    """A forked process has none of its parent's threads: it starts its own."""
    global _current, _starting  # one per process
    _current, _starting = None, threading.Lock()


os.register_at_fork(after_in_child=_forget)


def write_group(group: Sequence[Waiting], *, is_patient: bool) -> list[tuple[Any, ...]]:
    """
    Post each that can be, as if one by one in this order, and return id, is_new, problem and detail of each.

    A problem is a refusal of that posting alone, or "busy" where, not being patient, it found an account locked.
    """
    for attempt in range(1, TRIES + 1):
        try:
            return _call(group, is_patient=is_patient)
        except (psycopg.Error, DatabaseError) as error:
            is_lost = _is_connection_lost(error)
            if attempt == TRIES or not (is_lost or _state(error) in ("40001", "40P01")):
                raise
            if is_lost:  # it may have been written; under the same keys it cannot be written twice
                connections["default"].close()
                time.sleep(0.05 * attempt)
    raise AssertionError("unreachable")


def _call(group: Sequence[Waiting], *, is_patient: bool | None) -> list[tuple[Any, ...]]:
    """Call the function that waits for no account, or half a second and then fails, or then leaves it out (None)."""
    core = connections["default"]
    core.ensure_connection()
    owners: list[int] = []
    positions: list[int] = []
    codes: list[str] = []
    assets: list[str] = []
    amounts: list[str] = []
    for owner, each in enumerate(group, 1):
        for position, (account, money) in enumerate(each.lines, 1):
            owners.append(owner)
            positions.append(position)
            codes.append(account)
            assets.append(money.asset)
            amounts.append(str(money.minor))
    with psycopg.Cursor(core.connection) as cursor:
        row: Any = cursor.execute(
            _CALL_EACH if is_patient is None else _CALL,
            [
                [each.key for each in group],
                [each.content for each in group],
                [each.kind for each in group],
                [len(each.lines) for each in group],
                [each.now for each in group],
                owners,
                positions,
                codes,
                assets,
                amounts,
                *([] if is_patient is None else [is_patient]),
            ],
        ).fetchone()
    return list(zip(*row, strict=True))


def _is_connection_lost(error: BaseException) -> bool:
    kinds = (psycopg.OperationalError, psycopg.InterfaceError, OperationalError, InterfaceError)
    return isinstance(error, kinds) and _state(error)[:2] in ("", "08", "57")


def _state(error: BaseException) -> str:
    """Return PostgreSQL's code of the error; empty if it has none, as when the connection broke."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    return getattr(cause, "sqlstate", None) or ""


def _doubt(error: BaseException) -> PostingInDoubt:
    doubt = PostingInDoubt()
    doubt.__cause__ = error
    return doubt


def _refuse_busy(busy: list[Waiting]) -> None:
    for each in busy:
        each.resolve(BusyElsewhere("Another movement on this account takes long. Nothing was written."))
