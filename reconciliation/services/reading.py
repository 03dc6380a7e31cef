"""Reading what our addresses hold at a block: of accounts one by one, of coins all at once."""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Q

import chains.queries
from assets.models import Asset
from assets.queries import get_network, list_assets
from chains.values import BlockRef, Coin
from reconciliation.base import Place
from reconciliation.errors import Unfinished
from reconciliation.models import Holding, Run
from reconciliation.queries import holdings
from reconciliation.queries.books import Snapshot
from reconciliation.services import addresses
from transactions.models import Coin as CoinRow
from transactions.queries import cold

CHUNK = 100
"""So many addresses are asked for at a time; what was read is kept, so that the next run goes on from there."""

READ_SECONDS = 30
MOST_NAMED = 50
"""Evidence names no more than so many addresses or coins."""


@dataclass
class Reading:
    """
    What our addresses held at a block, by asset; `odd` is what moved without our knowing why, for the evidence.

    `strange`: by asset and address, how much more it holds than its blocks have shown to come and go.
    `beyond_blocks`: of coins, how much more nodes have than blocks have shown us (a miner's reward, say).
    """

    held: dict[str, Place]
    nodes: int
    odd: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    strange: dict[str, dict[str, int]] = field(default_factory=dict)
    beyond_blocks: int = 0
    seek_odd: Callable[[], list[dict[str, Any]]] | None = None  # of coins: looked for only where there is a difference

    def odd_of(self, asset: str) -> list[dict[str, Any]]:
        """Return what moved of this asset without our knowing why."""
        return self.seek_odd() if self.seek_odd else self.odd.get(asset, [])


def read(run: Run, *, snapshot: Snapshot, also: Iterable[str], now: datetime) -> Reading:
    """
    Read what has to be read for this run, and add it up with what is known.

    Of coins a round takes the word of blocks, for nodes vouch for the last one, and adds what the last full run found
    beyond them.
    `also`: addresses to be read in any case.

    :raises NodesDisagree, NodeUnavailable: if nodes contradict each other or our block, or none answered
    :raises Unfinished: if the time of one run is over
    """
    adapter, block = chains.queries.get_adapter(run.network), snapshot.block
    if get_network(run.network).family == "bitcoin":
        found = _read_coins(run, block, snapshot.coins)
    else:
        found = _read_accounts(run, snapshot, set(also), now)
    found.nodes = min(found.nodes, adapter.witnesses(block))  # asked last: a reorg meanwhile shows
    chains.queries.check_not_halted(run.network)
    return found


def _read_coins(run: Run, block: BlockRef, shown: Place) -> Reading:
    adapter = chains.queries.get_adapter(run.network)
    asset = get_network(run.network).native_asset
    if run.scope == Run.Scope.ROUND:
        held = shown.plus(holdings.beyond_blocks(network=run.network))
        return Reading({asset: held}, adapter.witnesses(block), seek_odd=lambda: _taken_coins(run, block))
    treasury, deposits = holdings.own_addresses(network=run.network)
    kept_cold = cold.addresses(run.network)
    seen = adapter.holdings(list(dict.fromkeys([*treasury, *deposits, *kept_cold])), block=block)
    in_cold = sum(minor for address, minor in seen.minor.items() if address in kept_cold)
    held = Place(sum(seen.minor.values()) - in_cold, cold=in_cold)
    return Reading(
        {asset: held},
        seen.nodes,
        beyond_blocks=held.total - shown.total,
        seek_odd=lambda: [*_odd_coins(run.network, seen.coins, block), *_taken_coins(run, block)][:MOST_NAMED],
    )


def _odd_coins(network: str, seen: tuple[Coin, ...], block: BlockRef) -> Iterator[dict[str, Any]]:
    """Yield the coins that nodes have and our blocks have not shown, and the other way round."""
    unspent = Q(spent_height__isnull=True) | Q(spent_height__gt=block.height)
    ours = {str(row): row for row in CoinRow.objects.filter(unspent, network_id=network, height__lte=block.height)}
    theirs = {str(coin.outpoint): coin for coin in seen}
    for name in sorted(theirs.keys() - ours.keys()):
        yield {"coin": name, "address": theirs[name].address, "minor": str(theirs[name].minor), "is": "not known"}
    for name in sorted(ours.keys() - theirs.keys()):
        yield {"coin": name, "address": ours[name].address, "minor": str(ours[name].minor), "is": "not there"}


def _taken_coins(run: Run, block: BlockRef) -> list[dict[str, Any]]:
    """Return the coins that blocks show to be spent by something that is not ours."""
    spent = CoinRow.objects.filter(network_id=run.network, spent_height__lte=block.height, reserved_by__isnull=True)
    return [
        {
            "coin": str(row),
            "address": row.address,
            "minor": str(row.minor),
            "is": f"spent by a stranger in block {row.spent_height}",
        }
        for row in spent.order_by("-spent_height", "id")[:MOST_NAMED]
    ]


def _read_accounts(run: Run, snapshot: Snapshot, also: set[str], now: datetime) -> Reading:
    treasury, deposits = holdings.own_addresses(network=run.network)
    kept_cold = cold.addresses(run.network)
    own = dict.fromkeys(kept_cold, True) | dict.fromkeys(treasury, True) | dict.fromkeys(deposits, False)
    moving = holdings.touched(network=run.network, above=run.since_height or 0)
    anyway = {address for address in {*treasury, *kept_cold, *moving, *also} if address in own}
    stop = time.monotonic() + READ_SECONDS
    reading = Reading({}, chains.queries.get_adapter(run.network).witnesses(snapshot.block))
    for asset in (each for each in list_assets() if each.network_id == run.network):
        wanted = anyway | (holdings.unexplained(network=run.network, asset=asset.code) & own.keys())
        if run.scope == Run.Scope.FULL:
            wanted |= own.keys() - holdings.read_since(network=run.network, asset=asset.code, at=run.since_at)
        odd, strange = reading.odd.setdefault(asset.code, []), reading.strange.setdefault(asset.code, {})
        for chunk in _chunks(sorted(wanted), asset, stop):
            nodes, changes = _read_chunk(run, asset, {address: own[address] for address in chunk}, snapshot, now)
            reading.nodes = min(reading.nodes, nodes)
            strange |= {each.address: each.difference for each in changes if each.difference}
            odd += [each.as_json() for each in changes if each.is_odd(moving, [*treasury, *kept_cold])]
        reading.odd[asset.code] = odd[:MOST_NAMED]
        reading.held[asset.code] = holdings.total(network=run.network, asset=asset.code)
    return reading


def _chunks(wanted: list[str], asset: Asset, stop: float) -> Iterator[list[str]]:
    for first in range(0, len(wanted), CHUNK):
        if time.monotonic() > stop:
            raise Unfinished(f"{len(wanted) - first} addresses of {asset.code} are still to be read.")
        yield wanted[first : first + CHUNK]


def _read_chunk(
    run: Run, asset: Asset, own: dict[str, bool], snapshot: Snapshot, now: datetime
) -> tuple[int, list[addresses.Change]]:
    """Read these addresses and keep what they hold; return how many nodes said so, and what changed of it."""
    adapter, block = chains.queries.get_adapter(run.network), snapshot.block
    seen = adapter.holdings(list(own), block=block, contract=asset.contract)
    corrected = snapshot.corrections.get(asset.code, 0)
    kept_cold = cold.addresses(run.network)
    changes = addresses.compare(asset=asset, held=seen.minor, own=own, height=block.height, corrected=corrected)
    rows = [
        Holding(
            network=run.network,
            asset=asset.code,
            address=each.address,
            is_treasury=own[each.address],
            is_cold=each.address in kept_cold,
            minor=each.minor,
            height=block.height,
            read_at=now,
            sound_minor=each.sound_minor,
            sound_height=each.sound_height,
            corrections=corrected,
        )
        for each in changes
    ]
    Holding.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["network", "asset", "address"],
        update_fields=["is_cold", "minor", "height", "read_at", "sound_minor", "sound_height", "corrections"],
    )
    return seen.nodes, changes
