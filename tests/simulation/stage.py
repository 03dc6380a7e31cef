"""
Workers that take turns: each runs until a moment in which another may go on, and the seed says which one does.

Such a moment is every commit and every call to the outside, before and after. Between two of them a
worker is alone, so one database connection serves them all: no transaction is ever open when they change.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from typing import Any

import greenlet  # type: ignore[import-untyped]
from django.db import connections
from django.db.transaction import Atomic


class Killed(BaseException):
    """The worker's process has died: whatever it had not committed is undone, and nothing of it goes on."""


class Job:
    """One worker's piece of work, stopped at some moment of it."""

    def __init__(self, name: str, work: Callable[[], None], stage: "Stage") -> None:
        self.name = name
        self.at = "begin"
        self.is_dying = False
        self.error: Exception | None = None
        self.moments_left = 0
        self.stalled_until = 0
        self._work = work
        self._greenlet = greenlet.greenlet(self._run, parent=stage.main)

    @property
    def is_over(self) -> bool:
        return bool(self._greenlet.dead)

    def go_on(self, moments: int) -> None:
        """Let it run through so many moments."""
        self.moments_left = moments
        self._greenlet.switch()

    def kill(self) -> None:
        if not self.is_over:
            self.is_dying = True
            if self._greenlet:  # it has begun
                self._greenlet.throw(Killed())
            else:
                self._greenlet.throw(greenlet.GreenletExit())
        for connection in connections.all(initialized_only=True):
            assert not connection.in_atomic_block, "a killed worker has left its transaction open"
            connection.run_on_commit = []

    def _run(self) -> None:
        try:
            self._work()
        except Killed:
            self.at = "killed"
        except Exception as error:  # noqa: BLE001  # whoever steps it looks at this
            self.error = error


class Stage:
    """Runs one job at a time; `pause` is called from within a job, at each of its moments."""

    def __init__(self, rng: Random) -> None:
        self.rng = rng
        self.main = greenlet.getcurrent()
        self.jobs: list[Job] = []
        self.has_committed = False
        self.moments = 0
        self._current: Job | None = None

    def add(self, name: str, work: Callable[[], None]) -> Job:
        job = Job(name, work, self)
        self.jobs.append(job)
        return job

    def step(self, job: Job, moments: int) -> None:
        """Let the job go on for so many moments, or to its end; then forget it if it is over."""
        self._current = job
        try:
            job.go_on(moments)
        finally:
            self._current = None
        if job.is_over:
            self.jobs.remove(job)

    def kill(self, job: Job) -> None:
        self._current = job
        try:
            job.kill()
        finally:
            self._current = None
        self.jobs.remove(job)

    def pause(self, at: str) -> None:
        job = self._current
        self.moments += 1
        if job is None or job.is_dying:
            return
        assert not connections["default"].in_atomic_block, f"asked outside inside a database transaction: {at}"
        job.at = at
        job.moments_left -= 1
        if job.moments_left <= 0:
            self.main.switch()

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Stand behind every commit of the databases."""
        leave = Atomic.__exit__

        def left(atomic: Atomic, kind: Any, error: Any, trace: Any) -> None:
            leave(atomic, kind, error, trace)
            if kind is None and not any(each.in_atomic_block for each in connections.all(initialized_only=True)):
                self.has_committed = True
                self.pause("commit")

        def watch(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
            result = execute(sql, params, many, context)
            if not context["connection"].in_atomic_block and sql.lstrip()[:6].upper() != "SELECT":
                self.has_committed = True
                self.pause("write")
            return result

        Atomic.__exit__ = left  # type: ignore[method-assign]
        connection = connections["default"]
        connection.execute_wrappers.append(watch)
        try:
            yield
        finally:
            Atomic.__exit__ = leave  # type: ignore[method-assign]
            connection.execute_wrappers.remove(watch)
