"""What the hot wallet holds of an asset by the books, and what it has yet to sign for."""

from django.db.models import QuerySet, Sum

import ledger.queries
from assets.models import Asset
from transactions.models import Status, Transaction

_PAID_BY_HOT = (Transaction.Type.SEND, Transaction.Type.TOP_UP)


def hot(asset: Asset) -> int:
    """Return what lies in the hot wallet, settled, in minor units."""
    return _booked(asset, "treasury")


def in_cold(asset: Asset) -> int:
    """Return what lies on cold addresses, settled, in minor units."""
    return _booked(asset, "cold")


def queued() -> "QuerySet[Transaction]":
    """Return what the hot wallet is to pay and has not signed yet, the oldest first."""
    open_ones = Transaction.objects.filter(next_look_at__isnull=False, type__in=_PAID_BY_HOT)
    return open_ones.filter(status__in=[Status.INITIATED, Status.BALANCE_RESERVED]).order_by("id")


def owed_to_queue(asset: Asset) -> int:
    """Return what these take of an asset at most, amounts and highest fees, in minor units."""
    rows = queued().order_by()
    amounts = rows.filter(asset=asset).aggregate(total=Sum("amount_minor"))["total"]
    fees = rows.filter(fee_asset=asset).aggregate(total=Sum("max_fee_minor"))["total"]
    return int(amounts or 0) + int(fees or 0)


def free(asset: Asset) -> int:
    """Return what the hot wallet holds beyond what its queue takes; below zero: the queue lacks so much."""
    return hot(asset) - owed_to_queue(asset)


def between_hot_and_cold(asset: Asset) -> "QuerySet[Transaction]":
    """Return what moves between the hot wallet and cold addresses now: one at most, a constraint says so."""
    ways = (Transaction.Type.OVERFLOW, Transaction.Type.REFILL)
    found = Transaction.objects.filter(type__in=ways, network_id=asset.network_id, asset=asset)
    return found.exclude(status__in=[Status.COMPLETED, Status.FAILED])


def _booked(asset: Asset, name: str) -> int:
    code = f"network:{asset.network_id}:{name}"  # as services/accounts.py names it
    return -ledger.queries.balances([code]).get((code, asset.code), 0)
