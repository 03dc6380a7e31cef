"""Which addresses have to be read anew, and what all of them held together."""

from collections.abc import Collection, Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import F, Q, Sum

import custody.queries
from assets.queries import get_network
from custody.base import Purpose
from reconciliation.base import NOWHERE, Place
from reconciliation.models import Holding, Run
from reconciliation.queries.books import coins_shown
from transactions.models import Attempt, Deposit
from transactions.queries import cold


def own_addresses(*, network: str) -> tuple[list[str], list[str]]:
    """Return the treasury's addresses (hot wallet and change) and all deposit addresses, oldest first."""
    hot = custody.queries.list_addresses(network=network, purpose=Purpose.HOT)
    change = custody.queries.list_addresses(network=network, purpose=Purpose.CHANGE)
    return [*hot, *change], custody.queries.list_addresses(network=network, purpose=Purpose.DEPOSIT)


def touched(*, network: str, above: int) -> set[str]:
    """Return the addresses that blocks above this height have shown to move, as far as we know of it."""
    found = set(Deposit.objects.filter(network_id=network, height__gt=above).values_list("address", flat=True))
    moved = Attempt.objects.filter(network_id=network, seen_height__gt=above)
    for sender, to in moved.values_list("sender", "transaction__to_address"):
        found |= {sender, to}
    if found and settings.NETWORKS[network].channels:  # what has a channel's number was paid by another account
        found |= set(custody.queries.list_addresses(network=network, purpose=Purpose.HOT))
    return found


def read_since(*, network: str, asset: str, at: datetime) -> set[str]:
    """Return the addresses that were read at this time or later."""
    rows = Holding.objects.filter(network=network, asset=asset, read_at__gte=at)
    return set(rows.values_list("address", flat=True))


def known(*, network: str, asset: str, addresses: Iterable[str]) -> dict[str, Holding]:
    """Return what these addresses held when they were read last; those never read are left out."""
    rows = Holding.objects.filter(network=network, asset=asset, address__in=list(addresses))
    return {row.address: row for row in rows}


def unexplained(*, network: str, asset: str) -> set[str]:
    """Return the addresses that held something else, when they were read last, than blocks had shown us."""
    rows = Holding.objects.filter(network=network, asset=asset, sound_height__lt=F("height"))
    return set(rows.values_list("address", flat=True))


def total(*, network: str, asset: str) -> Place:
    """Return what all addresses held when each was read last, by where."""
    rows = Holding.objects.filter(network=network, asset=asset)
    sums = rows.aggregate(
        treasury=Sum("minor", filter=Q(is_treasury=True, is_cold=False)),
        deposits=Sum("minor", filter=Q(is_treasury=False)),
        cold=Sum("minor", filter=Q(is_cold=True, address__in=cold.addresses(network))),
    )
    return Place(*(int(sums[name] or 0) for name in Place._fields))


def known_sent(*, network: str, addresses: Collection[str], height: int) -> dict[str, int]:
    """Return how many transactions of ours each address has sent up to this block, as the scanner saw them."""
    found = dict.fromkeys(addresses, 0)
    senders = Attempt.objects.filter(network_id=network, sender__in=list(addresses), seen_height__lte=height)
    for sender in senders.values_list("sender", flat=True):
        found[sender] += 1
    return found


def beyond_blocks(*, network: str) -> Place:
    """
    Return how much more the last full run found among the nodes' coins than blocks have shown us by now.

    Blocks that were read again since may have shown what was missing then.
    """
    full = Run.objects.filter(
        subject=Run.Subject.NETWORK, network=network, scope=Run.Scope.FULL, result__in=Run.CONCLUSIVE
    ).first()
    if full is None or full.height is None:
        return NOWHERE
    there = full.figures["assets"][get_network(network).native_asset]["there"]
    found = Place(treasury=int(there["treasury_minor"]), cold=int(there.get("cold_minor", 0)))
    return found.less(coins_shown(network=network, height=full.height))
