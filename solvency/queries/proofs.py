"""A person's own proof that their balance is in a published total."""

from typing import Any

from kit.errors import NotFound
from solvency import tree as pure
from solvency.check_inclusion import FORMAT
from solvency.errors import NotInSnapshot
from solvency.models import Leaf, Root, Snapshot
from solvency.queries.pages import pages_of
from solvency.tree import ENTRY

SUM = ENTRY // 2


def proof(*, user_id: str, snapshot: int, asset: str) -> dict[str, Any]:
    """
    Return this person's proof, as check_inclusion.py reads it. It holds their salt: it is for them alone.

    :raises NotFound: if there is no such published snapshot
    :raises NotInSnapshot: if it does not have them, or not this asset
    """
    root = (
        Root.objects.filter(snapshot_id=snapshot, asset_id=asset, snapshot__status=Snapshot.State.PUBLISHED)
        .select_related("tree")
        .first()
    )
    if root is None:
        published = Snapshot.objects.filter(pk=snapshot, status=Snapshot.State.PUBLISHED)
        raise NotInSnapshot if published.exists() else NotFound("There is no such snapshot.")
    place = Leaf.objects.filter(tree_id=root.tree_id, person=user_id).values_list("place", flat=True).first()
    if place is None:
        raise NotInSnapshot
    tree, secret = root.tree, bytes(root.tree.secret)
    way = pure.way(place, levels=tree.levels, load=lambda places: pages_of(tree.pk, places, snapshot=snapshot))
    balance = int.from_bytes(way.entry[SUM:])
    if way.entry != pure.person_entry(secret, asset=asset, person=user_id, balance=balance):
        raise NotInSnapshot  # the place was nobody's yet
    return {
        "format": FORMAT,
        "snapshot": snapshot,
        "asset": asset,
        "person": user_id,
        "balance": str(balance),
        "salt": pure.salt(secret, user_id).hex(),
        "place": place,
        "siblings": [{"hash": each[:SUM].hex(), "sum": str(int.from_bytes(each[SUM:]))} for each in way.siblings],
    }
