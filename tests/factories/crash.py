"""Processes that are killed (SIGKILL) at a chosen moment of their work, as a machine or an operator may do."""

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

import chains.queries

WORK_SECONDS = 60


class Reaper:
    """
    Counts the moments after which the world is another one: every commit, every statement that
    commits by itself, and the broadcast, before and after. At the chosen one it kills its process.

    Between two of these moments nothing is kept anywhere, so to die there is to die at the first.
    """

    def __init__(self, at: int | None, seen: Any) -> None:
        self._at = at
        self._seen = seen
        self._passed = 0
        self.is_watching = True

    def pass_by(self, moment: str) -> None:
        if not self.is_watching:
            return
        self._passed += 1
        if self._passed == self._at:
            self._seen.value = moment.encode()[:100]
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(self, networks: list[str]) -> None:
        """Stand behind every connection and every adapter of this process."""
        commit = BaseDatabaseWrapper._commit  # type: ignore[attr-defined]

        def reaped_commit(connection: BaseDatabaseWrapper) -> None:
            commit(connection)
            self.pass_by("commit")

        BaseDatabaseWrapper._commit = reaped_commit  # type: ignore[attr-defined]
        connections["default"].execute_wrappers.append(self._execute)
        for network in networks:
            adapter = chains.queries.get_adapter(network)
            adapter.broadcast = self._around(adapter.broadcast)  # type: ignore[method-assign]

    def _execute(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        result = execute(sql, params, many, context)
        if not context["connection"].in_atomic_block and not sql.lstrip().upper().startswith("SELECT"):
            self.pass_by(f"autocommit {sql}")
        return result

    def _around(self, broadcast: Callable[..., Any]) -> Callable[..., Any]:
        def reaped(signed: Any) -> Any:
            self.pass_by("before broadcast")
            result = broadcast(signed)
            self.pass_by("after broadcast, before its outcome is written down")
            return result

        return reaped


class Outcome:
    """How a process ended: `moment` says where it was killed, and is empty if it came to its end."""

    def __init__(self, moment: str) -> None:
        self.moment = moment

    @property
    def is_done(self) -> bool:
        return not self.moment


def run_process(work: Callable[[Reaper], None], *, kill_at: int | None, networks: list[str]) -> Outcome:
    """Do the work in a process of its own, and kill that at its `kill_at`-th moment; None: never."""
    connections.close_all()  # a forked connection would be shared
    context = multiprocessing.get_context("fork")
    seen = context.Array(ctypes.c_char, 101)
    child = context.Process(target=_live, args=(work, kill_at, networks, seen))
    child.start()
    child.join(WORK_SECONDS)
    assert child.exitcode is not None, "the process did not end"
    if child.exitcode == -signal.SIGKILL:
        return Outcome(bytes(seen[:]).rstrip(b"\0").decode())
    assert child.exitcode == 0, "the process failed; its traceback is on stderr"
    return Outcome("")


def _live(work: Callable[[Reaper], None], kill_at: int | None, networks: list[str], seen: Any) -> None:
    chains.queries.forget()
    reaper = Reaper(kill_at, seen)
    reaper.watch(networks)
    work(reaper)
    connections.close_all()
