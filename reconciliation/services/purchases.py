"""What we hold of purchases against what the payment companies say of them, asked one by one."""

import time
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings

import providers.services
from kit.locks import one_at_a_time
from providers.base import RampState
from providers.errors import ProviderRefused, ProviderUnavailable
from reconciliation.base import Found
from reconciliation.errors import Inconclusive
from reconciliation.models import Run
from reconciliation.queries import purchases
from reconciliation.queries.purchases import Ordered
from reconciliation.services import cases, runs

ASK_SECONDS = 60
"""So long companies are asked, the newest purchases first; what is left over is said."""

OVERLAP = timedelta(minutes=5)


def check(*, scope: Run.Scope, now: datetime) -> Run | None:
    """
    Compare purchases with the companies' word: those that changed lately, or all of RECONCILIATION_PURCHASE_DAYS.

    Returns the run, or None if another process is at it.
    """
    with one_at_a_time("reconciliation:purchases") as is_mine:
        if not is_mine:
            return None
        started = time.monotonic()
        last = Run.objects.filter(subject=Run.Subject.PURCHASES, result__in=Run.CONCLUSIVE).first()
        run = runs.begin(subject=Run.Subject.PURCHASES, scope=scope, now=now)
        is_full = run.scope == Run.Scope.FULL
        back = now - timedelta(days=settings.RECONCILIATION_PURCHASE_DAYS)
        since = back if is_full or last is None else max(back, last.started_at - OVERLAP)
        orders = purchases.ordered(since=since, with_waiting=is_full)
        outcome = runs.carry_out(run, lambda: _compare(orders, now), started=started)
        if outcome is None:
            return run
        for found in outcome.found:
            cases.take(found, run=run, now=now)
        if is_full and not outcome.figures["left_over"]:
            where = "when the companies were asked again"
            cases.close_gone(prefix="purchase:", found=outcome.found, where=where, run=run, now=now)
        return runs.end(run, outcome, started=started)


def _compare(orders: Iterable[Ordered], now: datetime) -> runs.Outcome:
    """:raises Inconclusive: if a company does not answer"""
    stop = time.monotonic() + ASK_SECONDS
    found: list[Found] = []
    silent: set[str] = set()
    figures = {"compared": 0, "refused": 0, "left_over": 0}
    for order in orders:
        if time.monotonic() > stop:
            figures["left_over"] += 1
            continue
        if order.provider in silent:
            continue
        try:
            differs = _differs(order, now)
        except ProviderUnavailable:
            silent.add(order.provider)
        except ProviderRefused:
            figures["refused"] += 1
        else:
            figures["compared"] += 1
            found += [differs] if differs else []
    if silent:
        names = ", ".join(sorted(silent))
        raise Inconclusive(f"{names} did not answer; {figures['compared']} purchases were compared.")
    found += purchases.unknown_orders(now=now)
    return runs.Outcome(tuple(found), figures)


def _differs(order: Ordered, now: datetime) -> Found | None:
    """Ask the company, and once more if it says something else than we do; only what it says twice counts."""
    first = _judge(order, now)
    second = _judge(order, now) if first else None
    return second if first and second and first.summary == second.summary else None


def _judge(order: Ordered, now: datetime) -> Found | None:
    state: RampState = providers.services.call(
        provider=order.provider,
        operation="check_payment_status",
        operation_id=order.operation_id,
        subject=f"transactions.transaction:{order.transaction.pk}",
        ask=lambda adapter: adapter.check_payment_status(order.operation_id),
        now=now,
    )
    return purchases.judge(order, state, now=now)
