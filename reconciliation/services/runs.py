"""Runs: begun, ended with a result, and found again by whoever comes next."""

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from prometheus_client import Counter

from chains.errors import NodeUnavailable
from chains.values import BlockRef
from kit.errors import DomainError
from providers.errors import ProviderUnavailable
from reconciliation.base import Found
from reconciliation.errors import Inconclusive, Unfinished
from reconciliation.models import Run

logger = logging.getLogger(__name__)

OBSTACLES: tuple[type[DomainError], ...] = (Inconclusive, NodeUnavailable, ProviderUnavailable)
"""What keeps a run from a judgement without being a bug."""

FULL_EVERY = timedelta(hours=23)
"""A day, less what beat may be early by."""

FORGET_BATCH = 5_000

_runs = Counter("holdfast_reconciliation_runs", "Runs, by how they ended.", ["subject", "network", "scope", "result"])


@dataclass(frozen=True)
class Outcome:
    """What one run came to."""

    found: tuple[Found, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    block: BlockRef | None = None
    nodes: int = 0


def begin(
    *, subject: Run.Subject, scope: Run.Scope, now: datetime, network: str = "", height: int | None = None
) -> Run:
    """
    Begin a run, and end those that died. The first look is at everything; one that was not finished is gone on with.

    `height`: the newest final block, where there is one. To be called by one process at a time for each subject.
    """
    own = Run.objects.filter(subject=subject, network=network)
    own.filter(result=Run.Result.RUNNING).update(
        result=Run.Result.INCONCLUSIVE, reason="It did not come to its end.", ended_at=now
    )
    full = own.filter(scope=Run.Scope.FULL)
    conclusive = own.filter(result__in=Run.CONCLUSIVE).first()
    run = Run(subject=subject, network=network, scope=scope, since_at=now, since_height=height, started_at=now)
    if scope == Run.Scope.ROUND and conclusive and full.filter(result__in=Run.CONCLUSIVE).exists():
        run.since_height = conclusive.height
    else:
        run.scope = Run.Scope.FULL
        last = full.exclude(result=Run.Result.INCONCLUSIVE).first()
        if last and last.result == Run.Result.UNFINISHED:
            run.since_at, run.since_height = last.since_at, last.since_height
    run.save()
    return run


def is_unfinished(*, network: str) -> bool:
    """Say whether a full look at the network has more to read."""
    full = Run.objects.filter(subject=Run.Subject.NETWORK, network=network, scope=Run.Scope.FULL)
    last = full.exclude(result=Run.Result.INCONCLUSIVE).first()
    return last is not None and last.result == Run.Result.UNFINISHED


def is_full_due(*, subject: Run.Subject, network: str = "", now: datetime) -> bool:
    """Say whether the last full run that could be judged is a day ago, or none was."""
    judged = Run.objects.filter(
        subject=subject, network=network, scope=Run.Scope.FULL, result__in=Run.CONCLUSIVE
    ).first()
    return judged is None or now - judged.started_at >= FULL_EVERY


def carry_out(run: Run, compare: Callable[[], Outcome], *, started: float) -> Outcome | None:
    """Compare, and write down how it ended if it came to nothing; None then. Whoever gets an outcome ends the run."""
    try:
        return compare()
    except Unfinished as error:
        _end(run, Run.Result.UNFINISHED, reason=error.what_happened, started=started)
    except OBSTACLES as error:
        logger.warning(
            "reconciliation_inconclusive",
            extra={"subject": run.subject, "network": run.network, "reason": error.what_happened, "code": error.code},
        )
        _end(run, Run.Result.INCONCLUSIVE, reason=error.what_happened, started=started)
    return None


def end(run: Run, outcome: Outcome, *, started: float) -> Run:
    """Write down what a run that could be judged came to; `started` by the monotonic clock."""
    run.height = outcome.block.height if outcome.block else None
    run.block_hash = outcome.block.hash if outcome.block else ""
    run.nodes = outcome.nodes
    run.figures = dict(outcome.figures)
    return _end(run, Run.Result.DIFFERENT if outcome.found else Run.Result.CLEAN, reason="", started=started)


def forget(*, now: datetime) -> int:
    """Delete one batch of old runs that found nothing; return how many."""
    old = Run.objects.filter(
        started_at__lt=now - timedelta(days=settings.RECONCILIATION_RUN_DAYS),
        result__in=[Run.Result.CLEAN, Run.Result.INCONCLUSIVE, Run.Result.UNFINISHED],
        first_found__isnull=True,
        last_found__isnull=True,
    )
    return Run.objects.filter(pk__in=list(old.values_list("pk", flat=True)[:FORGET_BATCH])).delete()[0]


def _end(run: Run, result: Run.Result, *, reason: str, started: float) -> Run:
    taken = time.monotonic() - started
    run.result, run.reason = result, reason[:300]
    run.milliseconds = round(taken * 1_000)
    run.ended_at = run.started_at + timedelta(seconds=taken)
    run.save()
    _runs.labels(run.subject, run.network, run.scope, result).inc()
    return run
