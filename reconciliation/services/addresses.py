"""
Each address against its blocks: what it holds is what it held when all added up, and what blocks have shown since.

The sums of an asset can agree while two addresses do not, and a sum that does not agree says nothing of where. Only
where an address is an account and pays for what it sends by itself, which is on EVM networks: coins are compared one
by one, and an account that all share is one address.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from assets.models import Asset
from assets.queries import get_network
from reconciliation.models import Holding
from reconciliation.queries import holdings, movements


@dataclass(frozen=True)
class Change:
    """What an address holds now, and how much more that is than what is known of it explains."""

    address: str
    minor: int
    before_minor: int
    sound_minor: int
    sound_height: int
    difference: int | None = None  # None: it was not compared

    def is_odd(self, moving: Collection[str], treasury: Collection[str]) -> bool:
        """Say whether it moved without our knowing why, or as far as we know."""
        if self.difference is not None:
            return self.difference != 0
        return self.minor != self.before_minor and (self.address not in moving or self.address in treasury)

    def as_json(self) -> dict[str, Any]:
        found = {"address": self.address, "minor": str(self.minor), "before_minor": str(self.before_minor)}
        if self.difference is None:
            return found
        return {**found, "difference_minor": str(self.difference), "since_height": self.sound_height}


def compare(
    *, asset: Asset, held: Mapping[str, int], own: Mapping[str, bool], height: int, corrected: int
) -> list[Change]:
    """
    Return what became of each address; `own` says of which ones that they are the treasury's.

    What did not add up and has been corrected since is taken as it is: people have looked at it.

    :raises NodeUnavailable: if nodes had to be asked how something of ours ended, and none answered
    """
    network = asset.network_id
    assert network is not None, "what lies on an address lies on a network"
    rows = holdings.known(network=network, asset=asset.code, addresses=held)
    bases: dict[str, tuple[int, int]] = {}
    if get_network(network).family == "evm":
        for address in held:
            base = _base(rows.get(address), own[address], height, corrected)
            bases |= {address: base} if base else {}
    explained: dict[str, int] = {}
    for is_treasury in (True, False):  # the treasury sends a lot, and was read a minute ago
        since = {address: base[1] for address, base in bases.items() if own[address] is is_treasury}
        found = movements.moved(network=network, asset=asset.code, since=since, up_to=height) if since else {}
        explained |= {address: bases[address][0] + minor for address, minor in (found or {}).items()}
    return [
        _change(address, minor, rows.get(address), bases.get(address), explained.get(address), height)
        for address, minor in held.items()
    ]


def _base(row: Holding | None, is_treasury: bool, height: int, corrected: int) -> tuple[int, int] | None:
    """Return what an address held when all of it was known, and at which block; None: it has to be believed now."""
    if row is None:
        return None if is_treasury else (0, 0)  # nobody paid a deposit address before it was made here
    if row.sound_height is None or row.sound_height > height:
        return None
    was_strange = row.sound_height < row.height
    return None if was_strange and row.corrections != corrected else (row.sound_minor, row.sound_height)


def _change(  # noqa: PLR0917  # all of it is one address
    address: str, minor: int, row: Holding | None, base: tuple[int, int] | None, explained: int | None, height: int
) -> Change:
    before = row.minor if row else 0
    if base is None or explained is None:
        return Change(address, minor, before, minor, height)
    if explained == minor:
        return Change(address, minor, before, minor, height, difference=0)
    return Change(address, minor, before, base[0], base[1], difference=minor - explained)
