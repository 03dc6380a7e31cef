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
        found.next_look_at = now + LEASE
        found.looked_at_count += 1
        found.lease += 1
        found.save(update_fields=["next_look_at", "looked_at_count", "lease"])
    return found


def wake(transaction_id: str, *, now: datetime) -> None:
    """Have it looked at now: what it waits for may have happened. Harmless if it is over."""
    being_done = Q(state__in=[Step.State.ACTIVE, Step.State.ASKING])
    being_undone = Q(state=Step.State.DONE, wake_at__isnull=False)
    # The transaction before its steps, as everybody locks them.
    woken = Transaction.objects.filter(pk=transaction_id, next_look_at__isnull=False).update(next_look_at=now)
    Step.objects.filter(being_done | being_undone, transaction_id=transaction_id).update(wake_at=now)
    if woken:
        jobs.enqueue("transactions.advance", transaction_id=transaction_id)


def wake_waiting(*, network: str, now: datetime) -> None:
    """
    Have everything looked at that waits for coins in this network's paying wallet, inside the caller's transaction.

    What a worker has in hand is left to it, and looks again by itself within its pause: that worker may wait for the
    very accounts that the caller has booked on, and whoever waited for it would wait for ever.
    """
    waiting = Transaction.objects.filter(
        network_id=network, sub_status=SubStatus.WAITING_FOR_LIQUIDITY, next_look_at__isnull=False
    )
    free = waiting.order_by("pk").select_for_update(skip_locked=True, no_key=True)
    woken = list(free.values_list("pk", flat=True))
    Step.objects.filter(transaction_id__in=woken, state=Step.State.ACTIVE).update(wake_at=now)
    if Transaction.objects.filter(pk__in=woken).update(next_look_at=now):
        jobs.enqueue("transactions.pump")
