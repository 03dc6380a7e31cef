"""What was published, and how solvency was last seen."""

from collections.abc import Sequence

from django.db.models import QuerySet

from kit.errors import NotFound
from solvency.models import Leaf, Reading, Root, Snapshot


def published() -> QuerySet[Snapshot]:
    """Return every published snapshot, the newest first, without its files."""
    return Snapshot.objects.filter(status=Snapshot.State.PUBLISHED).order_by("-number").defer("roots", "reserves")


def get_published(number: int | None = None) -> Snapshot:
    """
    Return a published snapshot with its files; without a number the newest.

    :raises NotFound: if there is none
    """
    found = Snapshot.objects.filter(status=Snapshot.State.PUBLISHED)
    snapshot = found.filter(pk=number).first() if number is not None else found.order_by("-number").first()
    if snapshot is None:
        raise NotFound("There is no such snapshot.")
    return snapshot


def assets_of(*, user_id: str, snapshot: Snapshot) -> list[str]:
    """Return the assets of which this person may have a proof in the snapshot."""
    trees = {root.tree_id: root.asset_id for root in Root.objects.filter(snapshot=snapshot).select_related("asset")}
    own = Leaf.objects.filter(person=user_id, tree_id__in=trees).values_list("tree_id", flat=True)
    return sorted(trees[tree_id] for tree_id in own)


def readings(asset: str, *, limit: int) -> Sequence[Reading]:
    """Return the last readings of an asset, the newest first."""
    return list(Reading.objects.filter(asset_id=asset).order_by("-id")[:limit])


def last_reading(asset: str) -> Reading | None:
    return next(iter(readings(asset, limit=1)), None)
