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
from chains.base import BlockRef, Coin
from reconciliation.base import Place
from reconciliation.errors import Unfinished
from reconciliation.models import Holding, Run
from reconciliation.queries import holdings
from transactions.models import Coin as CoinRow

CHUNK = 100
"""So many addresses are asked for at a time; what was read is kept, so that the next run goes on from there."""

READ_SECONDS = 30
MOST_NAMED = 50
"""Evidence names no more than so many addresses or coins."""


@dataclass
class Reading:
    """
    What our addresses held at a block, by asset; `odd` is what moved without our knowing why, for the evidence.

    `beyond_blocks`: of coins, how much more nodes have than blocks have shown us (a miner's reward, say).
    """

    held: dict[str, Place]
    nodes: int
    odd: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    beyond_blocks: int = 0
    seek_odd: Callable[[], list[dict[str, Any]]] | None = None  # of coins: looked for only where there is a difference

    def odd_of(self, asset: str) -> list[dict[str, Any]]:
        """Return what moved of this asset without our knowing why."""
        return self.seek_odd() if self.seek_odd else self.odd.get(asset, [])


def read(run: Run, *, block: BlockRef, coins_minor: int, also: Iterable[str], now: datetime) -> Reading:
    """
    Read what has to be read for this run, and add it up with what is known.

    `coins_minor`: what blocks have shown of our coins; a round takes their word, for nodes vouch for the block, and
    adds what the last full run found beyond them.
    `also`: addresses to be read in any case.

    :raises NodesDisagree, NodeUnavailable: if nodes contradict each other or our block, or none answered
    :raises Unfinished: if the time of one run is over
    """
    adapter = chains.queries.get_adapter(run.network)
    if get_network(run.network).family == "bitcoin":
        found = _read_coins(run, block, coins_minor)
    else:
        found = _read_accounts(run, block, set(also), now)
    found.nodes = min(found.nodes, adapter.witnesses(block))  # asked last: a reorg meanwhile shows
    chains.queries.check_not_halted(run.network)
    return found


def _read_coins(run: Run, block: BlockRef, coins_minor: int) -> Reading:
    adapter = chains.queries.get_adapter(run.network)
    asset = get_network(run.network).native_asset
    if run.scope == Run.Scope.ROUND:
        held = Place(coins_minor + holdings.beyond_blocks(network=run.network))
        return Reading({asset: held}, adapter.witnesses(block), seek_odd=lambda: _taken_coins(run, block))
    treasury, deposits = holdings.own_addresses(network=run.network)
    seen = adapter.holdings([*treasury, *deposits], block=block)
    held = Place(sum(seen.minor.values()))
    return Reading(
        {asset: held},
        seen.nodes,
        beyond_blocks=held.total - coins_minor,
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


def _read_accounts(run: Run, block: BlockRef, also: set[str], now: datetime) -> Reading:
    treasury, deposits = holdings.own_addresses(network=run.network)
    own = dict.fromkeys(treasury, True) | dict.fromkeys(deposits, False)
    moving = holdings.touched(network=run.network, above=run.since_height or 0)
    anyway = {address for address in {*treasury, *moving, *also} if address in own}
    stop = time.monotonic() + READ_SECONDS
    reading = Reading({}, chains.queries.get_adapter(run.network).witnesses(block))
    for asset in (each for each in list_assets() if each.network_id == run.network):
        wanted = anyway
        if run.scope == Run.Scope.FULL:
            wanted = anyway | (own.keys() - holdings.read_since(network=run.network, asset=asset.code, at=run.since_at))
        odd = reading.odd.setdefault(asset.code, [])
        for chunk in _chunks(sorted(wanted), asset, stop):
            nodes, changed = _read_chunk(run, asset, {address: own[address] for address in chunk}, block, now)
            reading.nodes = min(reading.nodes, nodes)
            odd += [each for each in changed if each["address"] not in moving or each["address"] in treasury]
        reading.odd[asset.code] = odd[:MOST_NAMED]
        reading.held[asset.code] = holdings.total(network=run.network, asset=asset.code)
    return reading


def _chunks(wanted: list[str], asset: Asset, stop: float) -> Iterator[list[str]]:
    for first in range(0, len(wanted), CHUNK):
        if time.monotonic() > stop:
            raise Unfinished(f"{len(wanted) - first} addresses of {asset.code} are still to be read.")
        yield wanted[first : first + CHUNK]


def _read_chunk(
    run: Run, asset: Asset, own: dict[str, bool], block: BlockRef, now: datetime
) -> tuple[int, list[dict[str, Any]]]:
    """Read these addresses and keep what they hold; return how many nodes said so, and what changed of it."""
    adapter = chains.queries.get_adapter(run.network)
    seen = adapter.holdings(list(own), block=block, contract=asset.contract)
    before = holdings.known(network=run.network, asset=asset.code, addresses=own)
    changed = [
        {"address": address, "minor": str(minor), "before_minor": str(before.get(address, 0))}
        for address, minor in seen.minor.items()
        if minor != before.get(address, 0)
    ]
    rows = [
        Holding(
            network=run.network,
            asset=asset.code,
            address=address,
            is_treasury=own[address],
            minor=minor,
            height=block.height,
            read_at=now,
        )
        for address, minor in seen.minor.items()
    ]
    Holding.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["network", "asset", "address"],
        update_fields=["minor", "height", "read_at"],
    )
    return seen.nodes, changed
