"""Who looks at which transaction when. The row is the queue: this is its only reader and writer."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction as database

from transactions.models import Status, Transaction

LEASE = timedelta(seconds=60)
"""A claimed transaction is left alone for so long; a worker that dies loses it then."""


def claim(*, now: datetime, transaction_id: str | None = None) -> Transaction | None:
    """
    Take one due transaction, for LEASE; None if there is none or another worker has it.

    The lease keeps two workers from doing the same work; what keeps the money right when one
    outlives its lease are the row locks and compare-and-swaps of each step.
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
        found.save(update_fields=["next_look_at", "looked_at_count"])
    return found


def look_again(transaction: Transaction, *, now: datetime) -> None:
    """Look at it again after about a fifth of the network's block time, unless it has failed meanwhile."""
    seconds = max(1, settings.NETWORKS[transaction.network_id].block_seconds / 5)
    standing = Transaction.objects.filter(pk=transaction.pk).exclude(status=Status.FAILED)
    standing.update(next_look_at=now + timedelta(seconds=seconds))


def look_never(transaction: Transaction) -> None:
    """There is nothing left to do for it."""
    Transaction.objects.filter(pk=transaction.pk).update(next_look_at=None)
