"""Who looks at which transaction when. The row is the queue: this is its only reader and writer."""

from datetime import datetime, timedelta

from django.db import transaction as database
from django.db.models import Q

from kit import jobs
from transactions.models import Step, SubStatus, Transaction

LEASE = timedelta(seconds=60)
"""A claimed transaction is left alone for so long; a worker that dies loses it then."""


def claim(*, now: datetime, transaction_id: str | None = None) -> Transaction | None:
    """
    Take one due transaction, for LEASE; None if there is none or another worker has it.

    The lease is numbered: a worker that outlives its own finds another number under the lock,
    and what it was about to write is dropped.
    """
    with database.atomic():
        due = Transaction.objects.filter(next_look_at__lte=now).order_by("next_look_at")
        if transaction_id:
            due = due.filter(pk=transaction_id)
        found = due.select_for_update(skip_locked=True, no_key=True).first()
        if found is None:
            return None
        found.next_look_at = found.leased_until = now + LEASE
        found.looked_at_count += 1
        found.lease += 1
        found.save(update_fields=["next_look_at", "leased_until", "looked_at_count", "lease"])
    return found


def take_back(transaction: Transaction, *, now: datetime) -> None:
    """Let the lease of a locked transaction be lost: what a worker that has it in hand writes holds no more."""
    transaction.lease += 1
    transaction.next_look_at, transaction.leased_until = now, None
    transaction.save(update_fields=["lease", "next_look_at", "leased_until"])


def wake(transaction_id: str, *, now: datetime) -> None:
    """
    Have it looked at now: what it waits for may have happened. Harmless if it is over.

    What a worker has in hand is left to it, or bells that come often would take a slow step from every worker that
    asks for it: that worker finds its steps woken under the lock, and has them looked at again as soon as it ends.
    """
    with database.atomic():
        # The transaction before its steps, as everybody locks them.
        watched = Transaction.objects.filter(pk=transaction_id, next_look_at__isnull=False)
        leases = list(watched.select_for_update(no_key=True).values_list("leased_until", flat=True))
        in_hand = next((until for until in leases if until is not None and until > now), None)
        being_done = Q(state__in=[Step.State.ACTIVE, Step.State.ASKING])
        being_undone = Q(state=Step.State.DONE, wake_at__isnull=False)
        steps = Step.objects.filter(being_done | being_undone, transaction_id=transaction_id)
        steps.update(wake_at=now if in_hand is None else _after_claim(in_hand, now))
        if leases and in_hand is None:
            watched.update(next_look_at=now)
            jobs.enqueue("transactions.advance", transaction_id=transaction_id)


def wake_waiting(*, network: str, now: datetime) -> None:
    """
    Have everything looked at that waits for coins in this network's paying wallet, inside the caller's transaction.

    What a worker has in hand is left to it, and looks again by itself, at the latest within its pause: that worker may
    wait for the very accounts that the caller has booked on, and whoever waited for it would wait for ever.
    """
    waiting = Transaction.objects.filter(
        network_id=network, sub_status=SubStatus.WAITING_FOR_LIQUIDITY, next_look_at__isnull=False
    )
    unlocked = waiting.order_by("pk").select_for_update(skip_locked=True, no_key=True)
    leases = dict(unlocked.values_list("pk", "leased_until"))
    in_hand = {pk: until for pk, until in leases.items() if until is not None and until > now}
    free = leases.keys() - in_hand.keys()
    for pk, until in in_hand.items():  # as many as there are workers, at most
        Step.objects.filter(transaction_id=pk, state=Step.State.ACTIVE).update(wake_at=_after_claim(until, now))
    Step.objects.filter(transaction_id__in=free, state=Step.State.ACTIVE).update(wake_at=now)
    if Transaction.objects.filter(pk__in=free).update(next_look_at=now):
        jobs.enqueue("transactions.pump")


def _after_claim(leased_until: datetime, now: datetime) -> datetime:
    """Return now, or just after the worker's own now if its clock is ahead: it takes what is later as news."""
    return max(now, leased_until - LEASE + timedelta(milliseconds=1))
