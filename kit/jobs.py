"""Wake a worker by task name, after commit. The database row is the queue; this is only the bell."""

import logging
from dataclasses import dataclass

from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)


def enqueue(task: str, **ids: str) -> None:
    """
    Ring for this task once the current transaction has committed.

    Arguments are ids only: never amounts, addresses or anything secret. A bell that cannot
    be rung is logged and forgotten, because beat finds every waiting row again by itself.
    """
    connection = transaction.get_connection()
    bell = _Bell(task, tuple(sorted(ids.items())))
    if bell not in [waiting[1] for waiting in connection.run_on_commit]:  # once per transaction is enough
        transaction.on_commit(bell, robust=True)


@dataclass(frozen=True)
class _Bell:
    task: str
    ids: tuple[tuple[str, str], ...]

    def __call__(self) -> None:
        ring(self.task, **dict(self.ids))


def ring(task: str, **ids: str) -> None:
    """Ring at once, for a caller that has written nothing."""
    try:
        current_app.send_task(task, kwargs=ids, ignore_result=True, retry=False)
    except (OperationalError, OSError) as error:
        logger.warning("bell_not_rung", extra={"task": task, "error": type(error).__name__})
