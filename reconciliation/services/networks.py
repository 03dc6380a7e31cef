"""
The books against a network, at one final block: read both, explain item by item, believe only what is seen twice.

A node that lies, lags or is silent never makes a case: nodes have to agree, be enough of them, and show the same
difference again; otherwise the run is inconclusive and says why.
"""

import time
from datetime import datetime
from typing import Any

from django.conf import settings

import chains.queries
from assets.queries import get_asset
from chains.values import BlockRef
from kit.locks import one_at_a_time
from kit.money import format_minor
from reconciliation.base import NOWHERE, Found, Item, Place
from reconciliation.errors import Inconclusive
from reconciliation.models import Case, Run
from reconciliation.queries import books, holdings
from reconciliation.queries.books import Snapshot
from reconciliation.services import cases, runs
from reconciliation.services.reading import MOST_NAMED, Reading, read
from transactions.queries import cold


def check(*, network: str, scope: Run.Scope, now: datetime) -> Run | None:
    """
    Compare the books with one network, open cases for what differs, close those that are gone.

    Returns the run, or None if another process is at it. `now` is when it begins.
    """
    with one_at_a_time(f"reconciliation:{network}") as is_mine:
        if not is_mine:
            return None
        started = time.monotonic()
        block = chains.queries.final_block(network=network)
        height = block.height if block else None
        run = runs.begin(subject=Run.Subject.NETWORK, scope=scope, network=network, height=height, now=now)
        outcome = runs.carry_out(run, lambda: _compare(run, now), started=started)
        if outcome is None:
            return run
        for found in outcome.found:
            cases.take(found, run=run, now=now)
        where = f"at block {outcome.block.height}" if outcome.block else ""
        cases.close_gone(prefix=f"network:{network}:", found=outcome.found, where=where, run=run, now=now)
        return runs.end(run, outcome, started=started)


def _compare(run: Run, now: datetime) -> runs.Outcome:
    """:raises Inconclusive, NodeUnavailable: if nothing can be said for certain"""
    seen = _measure(run, now=now)
    if seen.found:
        again = _measure(run, earlier=seen.reading, now=now)
        if _by_key(again.found) != _by_key(seen.found):
            raise Inconclusive("Two readings did not find the same difference.")
        _check_believable(again)
        seen = again
    figures = {
        "assets": seen.figures,
        "unsettled": len(seen.snapshot.unsettled),
        "beyond_blocks_minor": str(seen.reading.beyond_blocks),
    }
    return runs.Outcome(tuple(seen.found), figures, seen.snapshot.block, seen.reading.nodes)


class _Seen:
    """One look at both sides."""

    def __init__(self, snapshot: Snapshot, items: tuple[Item, ...], reading: Reading) -> None:
        self.snapshot = snapshot
        self.reading = reading
        self.figures: dict[str, Any] = {}
        self.found: list[Found] = []
        for asset in snapshot.booked:
            self._compare(asset, [item for item in items if item.asset == asset])

    def _compare(self, asset: str, items: list[Item]) -> None:
        snapshot, there = self.snapshot, self.reading.held.get(asset, NOWHERE)
        wanted = books.expected(snapshot, items, asset)
        difference = there.less(wanted)
        self.figures[asset] = {
            "booked": snapshot.booked[asset].as_json(),
            "in_transit_minor": str(snapshot.in_transit[asset]),
            "expected": wanted.as_json(),
            "there": there.as_json(),
            "difference": difference.as_json(),
            "items": [item.as_json() for item in items[:MOST_NAMED]],
            "items_count": len(items),
        }
        if difference != NOWHERE:
            self.found.append(self._found(asset, difference))
            return
        for address, minor in sorted(self.reading.strange.get(asset, {}).items())[:MOST_NAMED]:
            self.found.append(self._found_on(asset, address, minor))

    def _found(self, asset: str, difference: Place) -> Found:
        odd = self.reading.odd_of(asset)
        return Found(
            key=f"network:{self.snapshot.network}:{asset}",
            kind=Case.Kind.NETWORK,
            summary=f"{_summary(asset, difference, self.snapshot.block)}{_where(asset, odd)}"[:300],
            network=self.snapshot.network,
            asset=asset,
            place=difference,
            corrected_before=self.snapshot.corrections.get(asset, 0),
            evidence={**self._seen_at(), **self.figures[asset], "odd": odd},
        )

    def _found_on(self, asset: str, address: str, minor: int) -> Found:
        """The sum is as booked, and this address has more than came, or less than is left."""
        block, odd = self.snapshot.block, self.reading.odd_of(asset)
        is_treasury = address in holdings.own_addresses(network=self.snapshot.network)[0]
        place = Place(treasury=minor) if is_treasury else Place(deposits=minor)
        if address in cold.addresses(self.snapshot.network):
            place = Place(cold=minor)
        return Found(
            key=f"network:{self.snapshot.network}:{asset}:{address}",
            kind=Case.Kind.ADDRESS,
            summary=f"{_more(asset, minor)} on {address} than its blocks have shown, at block {block.height}.",
            network=self.snapshot.network,
            asset=asset,
            place=place,
            corrected_before=self.snapshot.corrections.get(asset, 0),
            evidence={
                **self._seen_at(),
                "address": address,
                "difference_minor": str(minor),
                "odd": [each for each in odd if each.get("address") == address],
            },
        )

    def _seen_at(self) -> dict[str, Any]:
        block = self.snapshot.block
        return {
            "network": self.snapshot.network,
            "height": block.height,
            "block_hash": block.hash,
            "nodes": self.reading.nodes,
        }


def _measure(run: Run, *, earlier: Reading | None = None, now: datetime) -> _Seen:
    """Look at both sides; `earlier`: what was read just before, of which the odd is read again and kept."""
    odd = earlier.odd if earlier else {}
    also = [each["address"] for named in odd.values() for each in named]
    snapshot = books.look(network=run.network)
    adapter = chains.queries.get_adapter(run.network)
    paid = adapter.paid(snapshot.to_ask) if snapshot.to_ask else {}
    items = books.settle(snapshot, paid)
    reading = read(run, snapshot=snapshot, also=also, now=now)
    reading.odd = {asset: odd.get(asset) or named for asset, named in reading.odd.items()}
    return _Seen(snapshot, items, reading)


def _by_key(found: list[Found]) -> dict[str, Place]:
    return {each.key: each.place for each in found}


def _check_believable(seen: _Seen) -> None:
    """
    Pass in silence if enough nodes show the difference, and none contradicts itself.

    :raises Inconclusive: if not
    """
    needed, nodes = settings.RECONCILIATION_WITNESSES, seen.reading.nodes
    if nodes < needed:
        texts = " ".join(each.summary for each in seen.found)
        raise Inconclusive(f"Only {nodes} of the {needed} nodes needed to believe it could be asked. {texts}")
    if nodes > 1 or all(each.difference >= 0 for each in seen.found):
        return
    _check_was_sent(seen.snapshot.network, seen.snapshot.block, seen)


def _check_was_sent(network: str, block: BlockRef, seen: _Seen) -> None:
    """One node alone shows too little: coins of an account go by a transaction of its key, and it must show one."""
    odd = {each["address"] for named in seen.reading.odd.values() for each in named if "address" in each}
    treasury, _ = holdings.own_addresses(network=network)
    asked = sorted(odd | set(treasury[:MOST_NAMED]) | set(cold.addresses(network)))
    sent = chains.queries.get_adapter(network).sent_counts(asked, block=block)
    known = holdings.known_sent(network=network, addresses=asked, height=block.height)
    if sent and all(count <= known[address] for address, count in sent.items()):
        raise Inconclusive("The only node shows less than the books say, and no transaction that took it away.")


def _summary(asset: str, difference: Place, block: BlockRef) -> str:
    if difference.total == 0:
        minor = format_minor(max(map(abs, difference)), scale=get_asset(asset).scale)
        return f"{minor} {asset} lie elsewhere among our addresses than the books say, at block {block.height}."
    return f"{_more(asset, difference.total)} on our addresses than the books say, at block {block.height}."


def _where(asset: str, odd: list[dict[str, Any]]) -> str:
    """Name the first address that holds something else than its blocks have shown."""
    for each in odd:
        if "difference_minor" in each:
            return f" {_more(asset, int(each['difference_minor']))} on {each['address']}."
        if each.get("is") == "not known":
            return f" {_more(asset, int(each['minor']))} on {each['address']}."
    return ""


def _more(asset: str, minor: int) -> str:
    return f"{format_minor(abs(minor), scale=get_asset(asset).scale)} {asset} {'more' if minor > 0 else 'less'}"
