"""
Trees over what people are owed, snapshots of them with the coins that cover it, and readings in between.

A tree's leaves and pages are working data: a change of them is found by whoever checks a proof against what was
published. What was published itself is kept by triggers (migration 0002).
"""

from django.db import models
from django.db.models import Q

from kit.fields import MinorUnitsField
from kit.states import Flow


class Tree(models.Model):
    """
    One asset's tree for a time: who has which place in it, by chance, and the secret that hides their balances.

    While it is current, a snapshot renews only what changed. A new one begins, with another secret and other places,
    when it is full or old.
    """

    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
    levels = models.PositiveSmallIntegerField()
    secret = models.BinaryField(help_text="32 random bytes, of which every salt is made; as secret as balances are.")
    is_current = models.BooleanField(default=False)
    begun_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["asset"], condition=Q(is_current=True), name="solvency_tree_one_current"),
            models.CheckConstraint(condition=Q(levels__gte=1, levels__lte=40), name="solvency_tree_levels"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} since {self.begun_at:%Y-%m-%d}"


class Leaf(models.Model):
    """Where a person stands in a tree, and what they were owed in its last snapshot: once in each tree."""

    tree = models.ForeignKey(Tree, on_delete=models.PROTECT, related_name="leaves", db_index=False)
    person = models.CharField(max_length=32)
    place = models.PositiveIntegerField()
    balance = MinorUnitsField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["tree", "person"], name="solvency_leaf_one_per_person"),
            models.UniqueConstraint(fields=["tree", "place"], name="solvency_leaf_one_per_place"),
            models.CheckConstraint(condition=Q(balance__gte=0), name="solvency_leaf_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.place} of {self.tree_id}"


class Snapshot(models.Model):
    """What was owed and what was there at one moment, as it was published."""

    class State(models.TextChoices):
        BUILDING = "building"
        PUBLISHED = "published"
        ABANDONED = "abandoned"

    FLOW = Flow({State.BUILDING: [State.PUBLISHED, State.ABANDONED], State.PUBLISHED: [], State.ABANDONED: []})

    number = models.BigAutoField(primary_key=True)
    status = models.CharField(max_length=12, choices=State, default=State.BUILDING)
    roots = models.TextField(blank=True, help_text="The published file of totals and roots, byte for byte.")
    reserves = models.TextField(blank=True, help_text="The published file of addresses with their signatures.")
    digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of the file of roots.")
    abandoned_reason = models.CharField(max_length=400, blank=True)
    taken_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="published") | ~(Q(roots="") | Q(reserves="") | Q(digest="")),
                name="solvency_snapshot_published_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"snapshot {self.number}"


class Root(models.Model):
    """One asset's tree as of one snapshot."""

    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="trees", db_index=False)
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
    tree = models.ForeignKey(Tree, on_delete=models.PROTECT, related_name="+")
    root = models.BinaryField()
    liabilities_minor = MinorUnitsField()
    renewed = models.PositiveIntegerField(help_text="How many leaves differ from the snapshot before.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["snapshot", "asset"], name="solvency_root_one_per_asset"),
            models.CheckConstraint(condition=Q(liabilities_minor__gte=0), name="solvency_root_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.asset_id} in snapshot {self.snapshot_id}"


class Page(models.Model):
    """Up to 64 neighbours of one level of a tree, as of the snapshot that last changed one of them."""

    tree = models.ForeignKey(Tree, on_delete=models.PROTECT, related_name="pages", db_index=False)
    level = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    snapshot = models.ForeignKey(Snapshot, on_delete=models.PROTECT, related_name="+", db_index=False)
    content = models.BinaryField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tree", "level", "number", "snapshot"], name="solvency_page_one_per_snapshot"
            ),
        ]

    def __str__(self) -> str:
        return f"page {self.level}/{self.number} of {self.tree_id}"


class Reading(models.Model):
    """One look at whether what is there covers what is owed."""

    class Verdict(models.TextChoices):
        COVERED = "covered"
        SHORT = "short"
        UNKNOWN = "unknown", "unknown: the nodes could not say, or not the same"

    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
    verdict = models.CharField(max_length=8, choices=Verdict)
    liabilities_minor = MinorUnitsField()
    assets_minor = MinorUnitsField(  # type: ignore[misc]  # the field type knows no null
        null=True, help_text="Of the two blocks looked at, the lower; empty: unknown."
    )
    missing_minor = MinorUnitsField(default=0)
    height = models.PositiveBigIntegerField(null=True, help_text="Of the block at which it was lowest.")
    block_hash = models.CharField(max_length=80, blank=True)
    nodes = models.PositiveSmallIntegerField(default=0, help_text="How many said it, all alike.")
    figures = models.JSONField(default=dict)
    reason = models.CharField(max_length=400, blank=True)
    taken_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["asset", "-id"], name="solvency_readings_of_asset")]

    def __str__(self) -> str:
        return f"{self.asset_id} {self.verdict}"
