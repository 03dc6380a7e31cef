"""Building trees and renewing them: computed from one moment of the ledger, then written for a snapshot."""

import os
import secrets
from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from random import SystemRandom
from typing import TypeVar

from django.conf import settings
from django.db import connection
from django.db import transaction as database

from kit import sql
from solvency import tree as pure
from solvency.errors import LiabilitiesDiffer
from solvency.models import Leaf, Page, Root, Snapshot, Tree
from solvency.queries import owed
from solvency.queries.pages import pages_of
from solvency.tree import ENTRY, Place

T = TypeVar("T")

SECRET_BYTES = 32
CHUNK = 50_000
"""Rows written in one commit while a new tree is laid down: whoever follows the events waits for no more of it."""

_FREE = """
SELECT place FROM generate_series(0, %s) place
WHERE NOT EXISTS (SELECT FROM solvency_leaf l WHERE l.tree_id = %s AND l.place = place.place)
"""


@dataclass(frozen=True)
class Standing:
    """A person's place in a tree, and what they are owed."""

    person: str
    place: int
    balance: int


@dataclass(frozen=True)
class Draft:
    """What a snapshot makes of one asset's tree; nothing is written yet."""

    asset: str
    tree: Tree
    is_new: bool
    standings: list[Standing]  # of a new tree: all of them; else those that changed or came
    newcomers: frozenset[str]
    pages: dict[Place, bytes]
    root: bytes  # entry
    leaves: int = field(default=0)

    @property
    def liabilities(self) -> int:
        return int.from_bytes(self.root[ENTRY // 2 :])


def draft(asset: str, *, total: int, anew: bool, now: datetime) -> Draft:
    """
    Work out an asset's tree as of the moment that is read: renewed where it can be, else a new one.

    :param total: what the ledger owes people in this asset; the tree must come to the same
    :raises LiabilitiesDiffer: if it does not
    """
    current = Tree.objects.filter(asset_id=asset, is_current=True).first()
    made = None
    if current and not anew and now - current.begun_at < timedelta(days=settings.SOLVENCY_TREE_DAYS):
        made = _renewed(current)
    made = made or _new(asset, now)
    if made.liabilities != total:
        raise LiabilitiesDiffer(f"The leaves of {asset} make {made.liabilities}, the ledger says {total}.")
    return made


def _new(asset: str, now: datetime) -> Draft:
    """Give everybody a place by chance, so that it says nothing about when they came, and a salt of its own."""
    people = owed.everybody(asset)
    tree = Tree(
        asset_id=asset, levels=pure.levels_for(len(people)), secret=secrets.token_bytes(SECRET_BYTES), begun_at=now
    )
    places = _shuffled(1 << tree.levels)[: len(people)]
    standings = [Standing(person, place, balance) for (person, balance), place in zip(people, places, strict=True)]
    secret = bytes(tree.secret)
    taken = {each.place: _entry(tree, each) for each in standings}
    leaves = bytearray().join(taken.get(place) or pure.empty_entry(secret, place) for place in range(1 << tree.levels))
    pages = dict(pure.grow(leaves))
    newcomers = frozenset(each.person for each in standings)
    return Draft(asset, tree, True, standings, newcomers, pages, pure.reduce(pages[pure.top(tree.levels)]))


def _shuffled(count: int) -> list[int]:
    """Return all numbers below `count` in an order that nobody can foresee: sorted by a random number for each."""
    keys = array("Q", os.urandom(8 * count))
    return sorted(range(count), key=keys.__getitem__)


def _renewed(tree: Tree) -> Draft | None:
    """
    Return the tree with the paths renewed above whoever is owed another amount.

    None if it has no room left, or so much changed that a new one is laid down sooner.
    """
    changes = owed.changes(tree)
    if len(changes) > max(CHUNK, 1 << tree.levels - 1):
        return None
    newcomers = frozenset(each.person for each in changes if each.place is None)
    free = _free_places(tree, len(newcomers))
    if free is None:
        return None
    standings = [
        Standing(each.person, next(free) if each.place is None else each.place, each.balance) for each in changes
    ]
    newest = Root.objects.filter(tree=tree).order_by("-snapshot_id").first()
    assert newest is not None, "a current tree has been in a snapshot"
    entries = {each.place: _entry(tree, each) for each in standings}
    pages: dict[Place, bytes] = {}
    root = bytes(newest.root) + newest.liabilities_minor.to_bytes(ENTRY // 2)
    if entries:

        def load(places: Collection[Place]) -> Mapping[Place, bytes]:
            return pages_of(tree.pk, places, snapshot=newest.snapshot_id)

        pages = pure.renew(entries, levels=tree.levels, load=load)
        root = pure.reduce(pages[pure.top(tree.levels)])
    return Draft(tree.asset_id, tree, False, standings, newcomers, pages, root)


def _entry(tree: Tree, standing: Standing) -> bytes:
    """:raises LiabilitiesDiffer: if a balance is negative, or too large for any asset"""
    try:
        return pure.person_entry(
            bytes(tree.secret), asset=tree.asset_id, person=standing.person, balance=standing.balance
        )
    except OverflowError:
        raise LiabilitiesDiffer(f"{standing.person} cannot be owed {standing.balance} {tree.asset_id}.") from None


def _free_places(tree: Tree, count: int) -> Iterator[int] | None:
    """Return so many places that nobody has, by chance; None if there are not so many."""
    if not count:
        return iter(())
    free = [place for (place,) in sql.rows(_FREE, [(1 << tree.levels) - 1, tree.pk])]
    return iter(SystemRandom().sample(free, count)) if len(free) >= count else None


def write(made: Draft, snapshot: Snapshot) -> Root:
    """
    Write a drafted tree for its snapshot.

    What changed of a tree that there is, is one commit with the snapshot's root. A new tree is laid down in many, and
    becomes the current one in the last of them: until then nothing refers to it.
    """
    tree = made.tree
    if made.is_new:
        tree.save(force_insert=True)
        for chunk in _chunks(made.standings, CHUNK):
            with database.atomic():
                _copy_leaves(tree, chunk)
        for pages in _chunks(made.pages.items(), CHUNK // 10):
            with database.atomic():
                _copy_pages(tree, pages, snapshot)
    with database.atomic():
        if made.is_new:
            Tree.objects.filter(asset_id=made.asset, is_current=True).update(is_current=False)
            Tree.objects.filter(pk=tree.pk).update(is_current=True)
        else:
            _copy_leaves(tree, [each for each in made.standings if each.person in made.newcomers])
            _update_leaves(tree, [each for each in made.standings if each.person not in made.newcomers])
            _copy_pages(tree, made.pages.items(), snapshot)
        return Root.objects.create(
            snapshot=snapshot,
            asset_id=made.asset,
            tree=tree,
            root=made.root[: ENTRY // 2],
            liabilities_minor=made.liabilities,
            renewed=len(made.standings),
        )


def forget_unfinished() -> int:
    """Remove trees that no snapshot refers to: those who laid them down have died on the way. Return how many."""
    left = Tree.objects.filter(is_current=False).exclude(pk__in=Root.objects.values("tree"))
    found = list(left.values_list("pk", flat=True))
    for pk in found:
        Page.objects.filter(tree_id=pk).delete()
        Leaf.objects.filter(tree_id=pk).delete()
        Tree.objects.filter(pk=pk).delete()
    return len(found)


def _copy_leaves(tree: Tree, standings: Iterable[Standing]) -> None:
    rows = (f"{tree.pk}\t{each.person}\t{each.place}\t{each.balance}\n" for each in standings)
    _copy("COPY solvency_leaf (tree_id, person, place, balance) FROM STDIN", rows)


def _copy_pages(tree: Tree, pages: Iterable[tuple[Place, bytes]], snapshot: Snapshot) -> None:
    rows = (f"{tree.pk}\t{at.level}\t{at.number}\t{snapshot.pk}\t\\\\x{content.hex()}\n" for at, content in pages)
    _copy("COPY solvency_page (tree_id, level, number, snapshot_id, content) FROM STDIN", rows)


def _copy(statement: str, rows: Iterable[str]) -> None:
    """Copy lines of numbers, ids and hexadecimal digits: nothing in them means anything to COPY."""
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for lines in _chunks(rows, 1_000):
            copy.write("".join(lines))


def _update_leaves(tree: Tree, standings: list[Standing]) -> None:
    sql.rows(
        """
        UPDATE solvency_leaf l SET balance = new.balance
        FROM unnest(%s::integer[], %s::numeric[]) new (place, balance) WHERE l.tree_id = %s AND l.place = new.place
        """,
        [[each.place for each in standings], [each.balance for each in standings], tree.pk],
    )


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
