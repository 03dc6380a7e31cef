"""Wake a worker by task name, after commit. The database row is the queue; this is only the bell."""

import logging
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from celery import Task, current_app
from django.core.cache import cache
from django.db import transaction
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

SHARED_SECONDS = 2
"""A shared bell that nobody has answered for so long is rung again: its message may be lost."""


def enqueue(task: str, **ids: str) -> None:
    """
    Ring for this task once the current transaction has committed.

    Arguments are ids only: never amounts, addresses or anything secret. A bell that cannot
    be rung is logged and forgotten, because beat finds every waiting row again by itself.
    """
    _enqueue(_Bell(task, tuple(sorted(ids.items()))))


def enqueue_shared(task: str) -> None:
    """
    Ring for this task once the current transaction has committed, unless a bell of somebody else's still waits.

    For a task that finds everything there is to do, and calls `take_up` before it looks: what was committed before
    a bell that was left out is then seen by the task that the waiting bell starts.
    """
    _enqueue(_Bell(task, (), is_shared=True))


def take_up(task: str) -> None:
    """Let the next shared bell ring; called by the task before it looks for its work."""
    with suppress(RedisError, OSError):  # then the sign expires
        cache.delete(_waiting(task))


def _enqueue(bell: "_Bell") -> None:
    connection = transaction.get_connection()
    if bell not in [waiting[1] for waiting in connection.run_on_commit]:  # once per transaction is enough
        transaction.on_commit(bell, robust=True)


@dataclass(frozen=True)
class _Bell:
    task: str
    ids: tuple[tuple[str, str], ...]
    is_shared: bool = False

    def __call__(self) -> None:
        if not self.is_shared or _is_first(self.task):
            ring(self.task, **dict(self.ids))


def _is_first(task: str) -> bool:
    """Tell whether no shared bell for this task waits, and leave the sign that one does now."""
    try:
        return cache.add(_waiting(task), 1, timeout=SHARED_SECONDS)
    except (RedisError, OSError):
        return True


def _waiting(task: str) -> str:
    return f"bell:{task}"


def ring(task: str, **ids: str) -> None:
    """Ring at once, for a caller that has written nothing. The request's id goes along, for the logs."""
    request_id = structlog.contextvars.get_contextvars().get("request_id")
    headers = {"request_id": str(request_id)} if request_id else {}
    try:
        current_app.send_task(task, kwargs=ids, headers=headers, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("bell_not_rung", extra={"task": task, "error": type(error).__name__})


class NamedWork(Task):  # type: ignore[type-arg]  # only the stubs are generic
    """Every task: what it logs and records carries its name and the id of the request that rang for it."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not self.request.called_directly:
            names = {"task": self.name, "task_id": self.request.id, "request_id": self.request.get("request_id")}
            structlog.contextvars.clear_contextvars()  # of what ran before in this process
            # Bound until the next task: Celery's own line about a failure is written after this has ended.
            structlog.contextvars.bind_contextvars(**{name: value for name, value in names.items() if value})
        return super().__call__(*args, **kwargs)
