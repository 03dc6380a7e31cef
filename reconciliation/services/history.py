"""The books against their own history: what changed lately in a round, everything once a day."""

import time
from datetime import UTC, datetime, timedelta

from kit.locks import one_at_a_time
from reconciliation.base import Found
from reconciliation.models import Run
from reconciliation.queries import history
from reconciliation.services import cases, runs

OVERLAP = timedelta(minutes=5)
"""A round looks back further than the last one began: by the clock of whoever wrote, and until it was committed."""

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


def check(*, scope: Run.Scope, now: datetime) -> Run | None:
    """Replay what changed, or everything; returns the run, or None if another process is at it."""
    with one_at_a_time("reconciliation:history") as is_mine:
        if not is_mine:
            return None
        started = time.monotonic()
        last = Run.objects.filter(subject=Run.Subject.HISTORY, result__in=Run.CONCLUSIVE).first()
        run = runs.begin(subject=Run.Subject.HISTORY, scope=scope, now=now)
        is_full = run.scope == Run.Scope.FULL
        since = BEGINNING if is_full or last is None else last.started_at - OVERLAP
        outcome = runs.carry_out(run, lambda: _replay(is_full=is_full, since=since), started=started)
        if outcome is None:
            return run
        for found in outcome.found:
            cases.take(found, run=run, now=now)
        if is_full and len(outcome.found) < history.MOST:
            where = "when all of history was replayed"
            cases.close_gone(prefix="history:", found=outcome.found, where=where, run=run, now=now)
        return runs.end(run, outcome, started=started)


def _replay(*, is_full: bool, since: datetime) -> runs.Outcome:
    """What is found is looked for a second time: a row may have moved between two of the questions."""
    found = _look(is_full=is_full, since=since)
    if found:
        again = {each.key for each in _look(is_full=is_full, since=since)}
        found = [each for each in found if each.key in again]
    return runs.Outcome(tuple(found[: history.MOST]), {"since": since.isoformat(), "found": len(found)})


def _look(*, is_full: bool, since: datetime) -> list[Found]:
    return [*(history.verify() if is_full else []), *history.replay(since=since)]
