"""
Accounts of our own whose numbers sends take, so that several are on their way side by side (Stellar).

The account of all wallets pays, and pays the fee; a channel lends its number, and both sign. One channel is one lane:
nothing is signed in it before it is known what became of the one before. It holds its reserve, which is the company's.
"""

import zlib
from collections import defaultdict

from django.conf import settings

import chains.queries
import custody.queries
from assets.queries import get_asset
from chains.values import CHANNEL_MINOR, Output
from custody.base import Purpose
from transactions.models import Attempt, Status, Transaction
from transactions.services import lanes

MOST_TRIES = 3
"""Channels that are asked for, of which none may be usable; then the send takes a number of the paying account."""


def pick(transaction: Transaction) -> str:
    """
    Return the channel whose number a send shall take; empty: the paying account's own.

    Asks the network, so it runs outside any database transaction. Another worker may be faster: then its lane is busy.

    :raises NodeUnavailable: if the network could not be asked
    """
    network = transaction.network_id
    if not settings.NETWORKS[network].channels:
        return ""
    adapter = chains.queries.get_adapter(network)
    free = _free(network)
    first = zlib.crc32(transaction.pk.encode()) % max(1, len(free))  # so that workers who look at once do not all meet
    for channel in [*free[first:], *free[:first]][:MOST_TRIES]:
        if adapter.balance(channel) >= CHANNEL_MINOR:
            return channel
    return ""


def keys(*, network: str) -> list[str]:
    """Return the accounts that are to be channels, the oldest first; open or not."""
    addresses = custody.queries.list_addresses(network=network, purpose=Purpose.CHANGE)
    return addresses[: settings.NETWORKS[network].channels]


def under_way(*, network: str) -> tuple[Output, ...]:
    """Return what is signed to leave the paying account and in no block that we have read, by contract."""
    if not settings.NETWORKS[network].channels:
        return ()
    leaving: dict[str, int] = defaultdict(int)
    waiting = Attempt.objects.filter(network_id=network, status=Attempt.State.SIGNED, seen_height__isnull=True)
    for attempt in waiting.filter(replaces__isnull=True).select_related("transaction").defer("raw"):
        found = attempt.transaction
        leaving[""] += found.max_fee_minor
        leaving[get_asset(found.asset_id).contract] += found.amount_minor
    return tuple(Output("", minor, contract) for contract, minor in leaving.items())


def _free(network: str) -> list[str]:
    """Return the channels that are open and whose lane nothing is in."""
    wanted = keys(network=network)
    opened = Transaction.objects.filter(status=Status.COMPLETED, type=Transaction.Type.OPENING, network_id=network)
    usable = set(opened.filter(to_address__in=wanted).values_list("to_address", flat=True))
    busy = lanes.busy(network=network, senders=usable, head=chains.queries.scanned_height(network=network))
    return [each for each in wanted if each in usable - busy]
