"""Bells and rounds: each finds its work in the database and can be rung any number of times."""

import logging
import time

import structlog
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from assets.queries import get_network, list_networks
from chains.errors import NodeUnavailable, ScanLost
from kit import jobs
from kit.errors import BusyElsewhere
from kit.locks import one_at_a_time
from kit.states import IllegalMove
from providers.services import inbox
from transactions.engine import run as engine
from transactions.flows import bump, deposit, opening, overflow, refill, rescan, restored, sweep
from transactions.services import exports, idempotency, schedule, webhooks

logger = logging.getLogger(__name__)

ROUND_SECONDS = 30
"""A round stops taking up new work after so long; the next one goes on."""

OBSTACLES = (NodeUnavailable, BusyElsewhere, IllegalMove, ScanLost)
"""What may stop a scan without being a bug: the next one goes on."""


@shared_task(name="transactions.advance")
def advance(transaction_id: str) -> None:
    """Take one transaction a step on, if it is due and no other worker has it."""
    _advance_one(transaction_id)


@shared_task(name="transactions.pump")
def pump() -> None:
    """Take every due transaction a step on: the one recovery loop."""
    structlog.contextvars.unbind_contextvars("request_id")  # what it finds is not that request's doing
    stop = time.monotonic() + ROUND_SECONDS
    while time.monotonic() < stop:
        try:
            if not _advance_one(None):
                return
        except Exception:  # a bug with one row; it keeps its lease, and the others do not wait for it
            logger.exception("advance_failed")


@shared_task(name="transactions.scan_all")
def scan_all() -> None:
    """Ring for every network's scan, each in a task of its own: a slow network delays no other."""
    for network in list_networks():
        if settings.NETWORKS[network.code].rpc_urls:  # else there is nobody to ask
            jobs.ring("transactions.scan", network=network.code)


@shared_task(name="transactions.scan")
def scan(network: str) -> None:
    """Take in new blocks, move the deposits that are due, show the mempool, open sweeps, overflows and refills."""
    get_network(network)
    with one_at_a_time(f"transactions.scan:{network}") as mine:
        if not mine:
            return
        try:
            deposit.begin(network=network, now=timezone.now())
            stop = time.monotonic() + ROUND_SECONDS
            while time.monotonic() < stop:
                read = deposit.scan(network=network, now=timezone.now())
                if not deposit.is_behind(network=network, read=read):
                    break
                deposit.progress(network=network, now=timezone.now())
            rescan.carry_on(network=network, now=timezone.now())
            deposit.progress(network=network, now=timezone.now())
            deposit.see_pending(network=network, now=timezone.now())
            restored.book_rest(network=network, now=timezone.now())
            rescan.peek(network=network, now=timezone.now())
            sweep.find(network=network, now=timezone.now())
            opening.find(network=network, now=timezone.now())
            overflow.find(network=network, now=timezone.now())
            refill.find(network=network, now=timezone.now())
            bump.find(network=network, now=timezone.now())
        except OBSTACLES as obstacle:
            logger.warning("scan_interrupted", extra={"network": network, "code": obstacle.code})


@shared_task(name="transactions.take_webhooks")
def take_webhooks() -> None:
    """Ring for the transactions that providers' webhooks are about; park what is about none yet."""
    stop = time.monotonic() + ROUND_SECONDS
    while time.monotonic() < stop and (items := inbox.waiting(now=timezone.now(), limit=50)):
        for item in items:
            try:
                webhooks.take(item, now=timezone.now())
            except IllegalMove as obstacle:  # another worker has taken it
                logger.warning("webhook_taken", extra={"code": obstacle.code})
            except Exception:  # a bug with one; it is handed out again, and those behind it do not wait for it
                logger.exception("webhook_failed", extra={"webhook_id": item.pk})


@shared_task(name="transactions.forget_answers")
def forget_answers() -> None:
    """Forget the answers to Idempotency-Keys that were kept long enough."""
    stop = time.monotonic() + ROUND_SECONDS
    while time.monotonic() < stop and idempotency.forget(now=timezone.now()):
        pass


@shared_task(name=exports.TASK)
def write_exports() -> None:
    """Write the files that wait; one worker at a time, so that the others stay free for what moves money."""
    stop = time.monotonic() + ROUND_SECONDS
    with one_at_a_time(exports.TASK) as mine:
        while mine and time.monotonic() < stop and exports.write_next(clock=timezone.now):
            pass


@shared_task(name="transactions.forget_exports")
def forget_exports() -> None:
    """Delete the files that were kept long enough."""
    stop = time.monotonic() + ROUND_SECONDS
    while time.monotonic() < stop and exports.forget(now=timezone.now()):
        pass


def _advance_one(transaction_id: str | None) -> bool:
    """Claim and advance; say whether there was anything to claim."""
    now = timezone.now()
    transaction = schedule.claim(now=now, transaction_id=transaction_id)
    if transaction is None:
        return False
    structlog.contextvars.bind_contextvars(transaction_id=transaction.pk)
    engine.advance(transaction, now=now)
    structlog.contextvars.unbind_contextvars("transaction_id")  # not after a bug: its traceback is logged with it
    return True
