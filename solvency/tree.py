"""
The tree over one asset's balances: pure arithmetic on entries, kept in pages so that a part of it can be renewed.

An entry is a hash and a sum, 64 bytes; what a leaf and a node are, check_inclusion.py says, the script people check
with. A page holds the entries of up to 64 neighbours; the page above holds one entry for each such page: the root of
its little tree. Nodes in between are not kept, because 63 hashes make them again. So a proof reads one page of each
level, and a changed balance renews one page of each level.
"""

import hmac
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import NamedTuple

from solvency.check_inclusion import WIDTH, leaf, node

ENTRY = 2 * WIDTH
PAGE_LEVELS = 6
PAGE_ENTRIES = 1 << PAGE_LEVELS
LEAST_LEVELS = PAGE_LEVELS
"""Even a house with one customer has 64 places, so that the size of the tree says little about it."""

_NOTHING = bytes(WIDTH)


class Place(NamedTuple):
    """Where a page is: its level, 0 for the leaves, and its number from the left."""

    level: int
    number: int


class Way(NamedTuple):
    """A leaf's entry and what stands beside it on each step up to the root."""

    entry: bytes
    siblings: list[bytes]


Load = Callable[[Collection[Place]], Mapping[Place, bytes]]
"""Returns the pages at these places."""


def levels_for(people: int) -> int:
    """Return how many levels a tree needs so that so many people have a place each."""
    return max(LEAST_LEVELS, (people - 1).bit_length())


def salt(secret: bytes, person: str) -> bytes:
    """Return what hides a person's balance in their leaf's hash: theirs alone, and another one in every tree."""
    return hmac.digest(secret, b"salt\n" + person.encode(), "sha256")


def person_entry(secret: bytes, *, asset: str, person: str, balance: int) -> bytes:
    """
    Return the leaf of a person.

    :raises OverflowError: if the balance is negative, or wider than a sum may be
    """
    return leaf(asset=asset, person=person, salt=salt(secret, person), balance=balance)


def empty_entry(secret: bytes, place: int) -> bytes:
    """Return the leaf of a place nobody has: zero, and a hash that looks like any other."""
    return hmac.digest(secret, b"nobody\n" + place.to_bytes(8, "big"), "sha256") + _NOTHING


def reduce(page: bytes) -> bytes:
    """Return the root of a page's little tree. :raises OverflowError: if a sum does not fit"""
    entries = [page[start : start + ENTRY] for start in range(0, len(page), ENTRY)]
    while len(entries) > 1:
        entries = [node(entries[at], entries[at + 1]) for at in range(0, len(entries), 2)]
    return entries[0]


def page_levels(levels: int) -> int:
    """Return how many levels of pages a tree of so many levels has."""
    return -(-levels // PAGE_LEVELS)


def grow(leaves: bytearray | bytes) -> Iterator[tuple[Place, bytes]]:
    """
    Yield every page of a new tree, the leaves' first; the last one is the top.

    :param leaves: the entries of all places, a power of two of them
    :raises OverflowError: if a sum does not fit
    """
    level, size, entries = 0, PAGE_ENTRIES * ENTRY, memoryview(leaves)
    while True:
        above = bytearray()
        for number, start in enumerate(range(0, len(entries), size)):
            page = bytes(entries[start : start + size])
            yield Place(level, number), page
            above += reduce(page)
        if len(above) == ENTRY:
            return
        level, entries = level + 1, memoryview(above)


def renew(changes: Mapping[int, bytes], *, levels: int, load: Load) -> dict[Place, bytes]:
    """
    Return the pages that other leaves change, up to the top: what is in no page returned stays as it is.

    :param changes: place to its new entry
    :raises OverflowError: if a sum does not fit
    """
    renewed: dict[Place, bytes] = {}
    for level in range(page_levels(levels)):
        by_page: dict[Place, dict[int, bytes]] = {}
        for place, entry in changes.items():
            by_page.setdefault(Place(level, place // PAGE_ENTRIES), {})[place % PAGE_ENTRIES] = entry
        above: dict[int, bytes] = {}
        for at, before in load(by_page.keys()).items():
            page = bytearray(before)
            for position, entry in by_page[at].items():
                page[position * ENTRY : (position + 1) * ENTRY] = entry
            renewed[at] = bytes(page)
            above[at.number] = reduce(renewed[at])
        assert renewed.keys() >= by_page.keys(), "a page of the tree is missing"
        changes = above
    return renewed


def top(levels: int) -> Place:
    """Return where the page is whose root is the tree's."""
    return Place(page_levels(levels) - 1, 0)


def way(place: int, *, levels: int, load: Load) -> Way:
    """Return a leaf's entry with its siblings, the lowest first."""
    places = [Place(level, place >> PAGE_LEVELS * (level + 1)) for level in range(page_levels(levels))]
    pages = load(places)
    siblings: list[bytes] = []
    for at in places:
        entries = [pages[at][start : start + ENTRY] for start in range(0, len(pages[at]), ENTRY)]
        position = (place >> PAGE_LEVELS * at.level) % PAGE_ENTRIES
        if at.level == 0:
            entry = entries[position]
        while len(entries) > 1:
            siblings.append(entries[position ^ 1])
            entries = [node(entries[i], entries[i + 1]) for i in range(0, len(entries), 2)]
            position >>= 1
    return Way(entry, siblings)
