"""Reading about networks: their adapters, how far each is read, how its endpoints do."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from assets.queries import get_network, list_assets, list_networks
from chains.base import ChainAdapter
from chains.endpoints import believed_height
from chains.errors import NetworkHalted
from chains.models import BlockRecord, Cursor, Endpoint, FoundSend, ServerRun
from chains.registry import ADAPTERS
from chains.values import BlockRef


@dataclass(frozen=True)
class NetworkHealth:
    """How one network does: what is read, and what its nodes have."""

    network: str
    height: int | None  # None: not started
    highest_block: int
    lag_blocks: int
    halted_reason: str
    updated_at: datetime | None
    endpoints_well: int
    endpoints: int
    reported_at: datetime | None  # when a worker last wrote down how the endpoints do
    well_by_endpoint: tuple[tuple[str, bool], ...]


@cache
def get_adapter(network: str) -> ChainAdapter:
    """
    Return the adapter of a network; one per process, because it remembers how its endpoints do.

    :raises UnknownNetwork: if there is no such network
    """
    get_network(network)
    config = settings.NETWORKS[network]
    return ADAPTERS.get(config.adapter)(config)


def token_contracts(network: str) -> frozenset[str]:
    """Return the contracts of the tokens that can be held on this network, in checksum form."""
    return frozenset(asset.contract for asset in list_assets() if asset.network_id == network and asset.contract)


def get_cursor(network: str) -> Cursor | None:
    return Cursor.objects.filter(network=network).first()


def scanned_height(*, network: str) -> int:
    """Return the height of the last block taken in; 0 before the first."""
    return Cursor.objects.filter(network=network).values_list("height", flat=True).first() or 0


def scanned_depth(*, network: str, height: int, block_hash: str) -> int:
    """
    Return how many blocks we have read ourselves from this one on, itself too; 0 if we have read another there.

    What a node says of its own head is not asked: blocks count once they were read and linked.
    """
    kept = BlockRecord.objects.filter(network=network, height=height).values_list("hash", flat=True).first()
    if kept is not None and kept != block_hash:
        return 0
    return max(0, scanned_height(network=network) - height + 1)


def final_block(*, network: str) -> BlockRef | None:
    """Return the newest block read that no reorg within the window replaces; None before there is one."""
    height = scanned_height(network=network) - settings.NETWORKS[network].final_depth
    row = BlockRecord.objects.filter(network=network, height=height).first()
    return BlockRef(row.height, row.hash, row.parent) if row else None


def newest_block(*, network: str) -> BlockRef | None:
    """Return the last block taken in; None before the first."""
    row = BlockRecord.objects.filter(network=network).order_by("-height").first()
    return BlockRef(row.height, row.hash, row.parent, row.number) if row else None


def counted_to(*, network: str, height: int) -> int:
    """
    Return how many blocks there are up to a height that we have read: the height itself, where heights have no gaps.

    0 where it is not known any more: then nothing follows from it.
    """
    row = BlockRecord.objects.filter(network=network, height=height).first()
    return (row.number or row.height) if row else 0


def block_number(*, network: str, block_hash: str) -> int | None:
    """Return which block it is, counted from the first, if we have read it lately; else None."""
    rows = BlockRecord.objects.filter(network=network, hash=block_hash)
    return rows.values_list("number", flat=True).first()


def check_not_halted(network: str) -> None:
    """
    Pass in silence unless an operator has yet to look at the network.

    :raises NetworkHalted: if reading has stopped after too deep a reorg: what we know of the chain may be wrong; or if
        the database came back at an earlier moment: what we have sent may not be in our books
    """
    if Cursor.objects.filter(pk=network).filter(Q(halted_at__isnull=False) | ~Q(compared_on=ServerRun())).exists():
        raise NetworkHalted


def server_run() -> str:
    """Return which run of which database server this is; another one once it was restored."""
    found = Cursor.objects.annotate(run=ServerRun()).values_list("run", flat=True).first()
    return str(found or "")


def is_compared(network: str) -> bool:
    """Say whether our books are known to have what we sent: False once the database was restored, until `compared`."""
    return not Cursor.objects.filter(pk=network).exclude(compared_on=ServerRun()).exists()


def found_send(subject: str) -> FoundSend | None:
    """Return what the network already has of it, though our books did not know; None: nothing, as nearly always."""
    return FoundSend.objects.filter(Q(subject=subject) | Q(others__contains=[subject])).first()


def found_among(subjects: Collection[str]) -> set[str]:
    """Return those of them of which the network already has something that our books did not know."""
    found = FoundSend.objects.filter(Q(subject__in=subjects) | Q(others__overlap=list(subjects)))
    return {each for row in found for each in (row.subject, *row.others) if each in subjects}


def found_subject(*, network: str, txid: str) -> str | None:
    """
    Return what a transaction of ours was signed for that was found on the network after a restore.

    Empty: nobody knows any more. None: it is no such transaction.
    """
    return FoundSend.objects.filter(network=network, txid=txid).values_list("subject", flat=True).first()


def found_unasked(*, network: str, senders: Collection[str] | None = None) -> list[FoundSend]:
    """Return what was found on the network after a restore that nothing in our books asks for; without its bytes."""
    found = FoundSend.objects.filter(network=network, subject="").defer("raw", "outputs")
    return list(found if senders is None else found.filter(sender__in=senders))


def network_health(network: str) -> NetworkHealth:
    """Return how one network does; two queries."""
    return _health(network, _cursors().filter(pk=network).first(), list(Endpoint.objects.filter(network=network)))


def networks_health() -> list[NetworkHealth]:
    """Return how every network does, in the order of lists; two queries however many there are."""
    cursors = _cursors().in_bulk()
    endpoints = defaultdict(list)
    for endpoint in Endpoint.objects.all():
        endpoints[endpoint.network].append(endpoint)
    return [_health(network.code, cursors.get(network.code), endpoints[network.code]) for network in list_networks()]


def _health(network: str, cursor: Cursor | None, endpoints: Sequence[Endpoint]) -> NetworkHealth:
    enabled = [endpoint for endpoint in endpoints if endpoint.is_enabled]
    highest = believed_height(endpoint.highest_block for endpoint in enabled)
    return NetworkHealth(
        network=network,
        height=cursor.height if cursor else None,
        highest_block=highest,
        lag_blocks=max(0, highest - cursor.height) if cursor else 0,
        halted_reason=_why_halted(cursor) if cursor else "",
        updated_at=cursor.updated_at if cursor else None,
        endpoints_well=sum(map(_is_well, enabled)),
        endpoints=len(enabled),
        reported_at=max((endpoint.reported_at for endpoint in endpoints if endpoint.reported_at), default=None),
        well_by_endpoint=tuple((endpoint.name, _is_well(endpoint)) for endpoint in enabled),
    )


def _cursors() -> QuerySet[Any]:
    return Cursor.objects.annotate(run=ServerRun())


def _why_halted(cursor: Any) -> str:
    if cursor.halted_reason or cursor.compared_on == cursor.run:
        return str(cursor.halted_reason)
    return "The database was restored: run manage.py after_restore."


def _is_well(endpoint: Endpoint) -> bool:
    return not endpoint.consecutive_failures and endpoint.last_ok_at is not None


def forget() -> None:
    """Build every adapter anew; for tests and for code that has just changed settings.NETWORKS."""
    get_adapter.cache_clear()
