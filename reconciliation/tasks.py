"""Rounds every minute for what changed, and everything once a day; each subject in a task of its own."""

import time

from celery import shared_task
from django.utils import timezone

from assets.queries import get_network, list_available_networks
from kit import jobs
from reconciliation.models import Run
from reconciliation.services import history, networks, purchases, runs

FORGET_SECONDS = 20


@shared_task(name="reconciliation.round")
def round_() -> None:
    """Ring for a look at what changed: on every network, at companies, in the books."""
    for network in list_available_networks():
        jobs.ring("reconciliation.check_network", network=network.code, scope=Run.Scope.ROUND.value)
    jobs.ring("reconciliation.check_purchases", scope=Run.Scope.ROUND.value)
    jobs.ring("reconciliation.replay", scope=Run.Scope.ROUND.value)


@shared_task(name="reconciliation.full")
def full() -> None:
    """Ring for a look at everything where the last one is a day ago; and forget old runs that found nothing."""
    now = timezone.now()
    for network in list_available_networks():
        if runs.is_full_due(subject=Run.Subject.NETWORK, network=network.code, now=now):
            jobs.ring("reconciliation.check_network", network=network.code, scope=Run.Scope.FULL.value)
    if runs.is_full_due(subject=Run.Subject.PURCHASES, now=now):
        jobs.ring("reconciliation.check_purchases", scope=Run.Scope.FULL.value)
    if runs.is_full_due(subject=Run.Subject.HISTORY, now=now):
        jobs.ring("reconciliation.replay", scope=Run.Scope.FULL.value)
    stop = time.monotonic() + FORGET_SECONDS
    while time.monotonic() < stop and runs.forget(now=now):
        pass


@shared_task(name="reconciliation.check_network")
def check_network(network: str, scope: str) -> None:
    """Compare the books with one network; then go on with a full look that had more to read than one run could."""
    get_network(network)
    networks.check(network=network, scope=Run.Scope(scope), now=timezone.now())
    if scope == Run.Scope.ROUND and runs.is_unfinished(network=network):
        networks.check(network=network, scope=Run.Scope.FULL, now=timezone.now())


@shared_task(name="reconciliation.check_purchases")
def check_purchases(scope: str) -> None:
    """Compare purchases with what the payment companies say."""
    purchases.check(scope=Run.Scope(scope), now=timezone.now())


@shared_task(name="reconciliation.replay")
def replay(scope: str) -> None:
    """Compare the books with their own history."""
    history.check(scope=Run.Scope(scope), now=timezone.now())
