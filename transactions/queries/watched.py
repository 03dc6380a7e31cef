"""
Which of a block's addresses are ours, at the same cost however many we have.

Each process keeps a sieve of all addresses of a network and asks the database only of what passes it. What was made
since is added first, in the scan itself and so after the block was read: no address anyone was shown can be missing.
"""

from collections.abc import Collection, Iterator
from functools import cache
from threading import Lock

import custody.queries
import wallets.queries
from kit import sql
from kit.commits import Snapshot, snapshot
from kit.sieve import Sieve
from transactions.queries import cold
from wallets.queries import Owner

FEW = 20_000
"""More than so many new ones at once are not added: everything is read anew, some at a time."""


_SIGNED = "SELECT 1 FROM transactions_attempt WHERE network_id = %s AND txid = ANY(string_to_array(%s, ' ')) LIMIT 1"
"""One text for the thousands of transactions of a block: psycopg writes a list value by value."""


class _Watch:
    """The addresses of one network as this process knows them."""

    def __init__(self, network: str) -> None:
        self._network = network
        self._lock = Lock()
        self._sieve = Sieve(expected=0)
        self._known = Snapshot(0, 0, "")

    def passing(self, addresses: Collection[str]) -> list[str]:
        """Return those that may be ours; every one that was committed before this is asked."""
        with self._lock:
            self._learn()
            return self._sieve.passing(addresses)

    def _learn(self) -> None:
        now = snapshot()
        if now.run != self._known.run or now.begins_at < self._known.begins_at:
            self._read_all(now)  # the first time; or the server is another one, or has gone back
            return
        fresh = list(self._made(self._known.complete_below, now.begins_at, limit=FEW))
        if len(fresh) >= FEW or self._sieve.count + len(fresh) > self._sieve.room:
            self._read_all(now)
            return
        self._sieve.add(fresh)
        self._known = now

    def _read_all(self, now: Snapshot) -> None:
        network = self._network
        expected = wallets.queries.count_addresses(network=network) + custody.queries.count_treasury(network=network)
        sieve = Sieve(expected=expected)
        sieve.add(wallets.queries.all_addresses(network=network))
        sieve.add(custody.queries.all_treasury(network=network))
        self._sieve, self._known = sieve, now

    def _made(self, since: int, until: int, *, limit: int) -> Iterator[str]:
        yield from wallets.queries.addresses_made(network=self._network, since=since, until=until)[:limit]
        yield from custody.queries.treasury_made(network=self._network, since=since, until=until)[:limit]


def owners_among(*, network: str, addresses: Collection[str]) -> dict[str, Owner | None]:
    """Return whose each of the addresses is; None stands for the company: hot wallet, change and cold."""
    if not addresses:
        return {}
    likely = _watch(network).passing(addresses)
    owners: dict[str, Owner | None] = dict.fromkeys(set(cold.addresses(network)).intersection(addresses))
    if not likely:
        return owners
    owners.update(wallets.queries.owners_of(network=network, addresses=likely))
    owners.update(dict.fromkeys(custody.queries.treasury_addresses(network=network, among=likely)))
    return owners


def likely_ours(*, network: str, addresses: Collection[str]) -> list[str]:
    """Return those of the addresses that may be ours; none that is can be missing."""
    return _watch(network).passing(addresses) if addresses else []


def holds_a_send(*, network: str, txids: Collection[str]) -> bool:
    """Say whether one of these transactions is something that we have signed."""
    return bool(sql.rows(_SIGNED, [network, " ".join(txids)]))


def prepare(network: str) -> None:
    """Read the addresses now, where that has not been done: outside any transaction, for it may take seconds."""
    _watch(network).passing(())


@cache
def _watch(network: str) -> _Watch:
    return _Watch(network)
