"""Runs, what they found, and what was done about it. None of it decides what anybody owns: the ledger does."""

from django.db import models
from django.db.models import F, Q

from kit.fields import IdField, MinorUnitsField
from kit.states import Flow


class Run(models.Model):
    """One comparison of the books with something outside, or with their own history."""

    class Scope(models.TextChoices):
        ROUND = "round", "round: what changed"
        FULL = "full", "full: everything"

    class Subject(models.TextChoices):
        NETWORK = "network"
        PURCHASES = "purchases"
        HISTORY = "history"

    class Result(models.TextChoices):
        RUNNING = "running"
        CLEAN = "clean"
        DIFFERENT = "different"
        INCONCLUSIVE = "inconclusive"
        UNFINISHED = "unfinished", "unfinished: the next one goes on"

    CONCLUSIVE = (Result.CLEAN, Result.DIFFERENT)

    subject = models.CharField(max_length=12, choices=Subject)
    network = models.CharField(max_length=16, blank=True, help_text="Of a network's run: which one.")
    scope = models.CharField(max_length=8, choices=Scope)
    result = models.CharField(max_length=12, choices=Result, default=Result.RUNNING)
    reason = models.CharField(max_length=300, blank=True, help_text="Why nothing could be said for certain.")
    height = models.PositiveBigIntegerField(null=True, help_text="The final block that was compared.")
    block_hash = models.CharField(max_length=128, blank=True)
    nodes = models.PositiveSmallIntegerField(default=0, help_text="How many nodes said the same.")
    figures = models.JSONField(default=dict, help_text="What was compared; amounts in minor units.")
    since_at = models.DateTimeField(help_text="What was read before this counts as not read yet.")
    since_height = models.PositiveBigIntegerField(null=True, help_text="What changed above this block is read anew.")
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    milliseconds = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["subject", "network", "-id"], name="reconciliation_run_latest")]

    def __str__(self) -> str:
        return f"{self.scope} {self.network or self.subject} {self.started_at:%Y-%m-%d %H:%M:%S}"


class Case(models.Model):
    """
    One difference, from when it was found until it is explained, corrected or gone.

    `key` says what differs, and not by how much: found again, it is the same case. Differences are signed, minor
    units: above zero there is more than the books say.
    """

    class Kind(models.TextChoices):
        NETWORK = "network", "network: coins and books"
        ADDRESS = "address", "address: what it holds and what blocks showed"
        PURCHASE = "purchase", "purchase: a company's word and ours"
        HISTORY = "history", "history: the books and themselves"

    class Status(models.TextChoices):
        OPEN = "open"
        EXPLAINED = "explained", "explained: somebody said why; it is still there"
        CORRECTED = "corrected", "corrected: by a posting that names it"
        CLOSED = "closed", "closed: it is gone"

    FLOW = Flow(
        {
            Status.OPEN: [Status.EXPLAINED, Status.CORRECTED, Status.CLOSED],
            Status.EXPLAINED: [Status.OPEN, Status.CORRECTED, Status.CLOSED],
            Status.CORRECTED: [],
            Status.CLOSED: [],
        }
    )
    UNDECIDED = (Status.OPEN, Status.EXPLAINED)

    id = IdField()
    key = models.CharField(max_length=200)
    kind = models.CharField(max_length=12, choices=Kind)
    network = models.CharField(max_length=16, blank=True)
    asset = models.CharField(max_length=16, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.OPEN)
    summary = models.CharField(max_length=300)
    difference_minor = MinorUnitsField(default=0)
    treasury_minor = MinorUnitsField(default=0, help_text="The part of it that lies on the treasury's addresses.")
    deposits_minor = MinorUnitsField(default=0, help_text="The part of it that lies on deposit addresses.")
    cold_minor = MinorUnitsField(default=0, db_default=0, help_text="The part of it that lies on cold addresses.")
    evidence = models.JSONField(help_text="What was seen when it was found.")
    latest_evidence = models.JSONField(help_text="What was seen when it was found last.")
    found_count = models.PositiveIntegerField(default=1)
    first_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="first_found")
    last_run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="last_found")
    opened_at = models.DateTimeField()
    found_at = models.DateTimeField(help_text="When it was found last.")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["key"], condition=Q(status__in=["open", "explained"]), name="reconciliation_one_case_each"
            ),
            models.CheckConstraint(
                condition=Q(difference_minor=F("treasury_minor") + F("deposits_minor") + F("cold_minor"))
                | ~Q(kind="network"),
                name="reconciliation_case_parts_add_up",
            ),
        ]
        indexes = [
            models.Index(fields=["status"], name="reconciliation_case_open", condition=Q(status="open")),
            models.Index(fields=["kind", "network", "asset", "-id"], name="reconciliation_case_of"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def place_minor(self) -> tuple[int, int, int]:
        """Where the difference lies: treasury, deposit addresses, cold addresses."""
        return self.treasury_minor, self.deposits_minor, self.cold_minor


class Note(models.Model):
    """What somebody, or the house itself, has to say about a case. Append-only (trigger)."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="notes")
    author = models.CharField(max_length=48, help_text="A person's id, or system.")
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(condition=~Q(text=""), name="reconciliation_note_says_something")]

    def __str__(self) -> str:
        return f"{self.case_id} {self.at:%Y-%m-%d %H:%M}"


class Correction(models.Model):
    """A posting that one person wants and another one has to approve; it names what it corrects."""

    class Status(models.TextChoices):
        WANTED = "wanted", "wanted: waits for a second person"
        CARRIED_OUT = "carried_out"
        REFUSED = "refused"

    FLOW = Flow({Status.WANTED: [Status.CARRIED_OUT, Status.REFUSED], Status.CARRIED_OUT: [], Status.REFUSED: []})

    id = IdField()
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="corrections")
    treasury_minor = MinorUnitsField()
    deposits_minor = MinorUnitsField()
    cold_minor = MinorUnitsField(default=0, db_default=0)
    reason = models.CharField(max_length=400)
    status = models.CharField(max_length=12, choices=Status, default=Status.WANTED)
    requested_by = models.CharField(max_length=48)
    decided_by = models.CharField(max_length=48, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(status="carried_out") | (~Q(decided_by="") & ~Q(decided_by=F("requested_by"))),
                name="reconciliation_correction_two_people",
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(status="wanted"), name="reconciliation_one_wanted_correction"
            ),
        ]

    def __str__(self) -> str:
        return f"correction of {self.case_id}"


class Holding(models.Model):
    """What an address held when it was read last: a copy of what nodes said, so that a round reads what changed."""

    network = models.CharField(max_length=16)
    asset = models.CharField(max_length=16)
    address = models.CharField(max_length=128)
    is_treasury = models.BooleanField(help_text="The hot wallet, change or cold; else a deposit address.")
    is_cold = models.BooleanField(default=False, db_default=False, help_text="A cold address.")
    minor = MinorUnitsField()
    height = models.PositiveBigIntegerField(help_text="At the end of which block.")
    read_at = models.DateTimeField()
    sound_minor = MinorUnitsField(
        default=0, db_default=0, help_text="What it held when blocks had last shown all of it."
    )
    sound_height = models.PositiveBigIntegerField(
        null=True, help_text="At the end of which block that was; empty: never."
    )
    corrections = models.PositiveIntegerField(
        default=0, db_default=0, help_text="How many differences of the asset had been corrected when it was read."
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "asset", "address"], name="reconciliation_holding_once"),
            models.CheckConstraint(condition=Q(minor__gte=0), name="reconciliation_holding_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.address} {self.asset}"


class Threshold(models.Model):
    """
    Up to which difference the house helps itself; beyond it two people decide.

    It counts for one difference and for all that were corrected by themselves within a day together. An asset
    without a row has none: nothing is corrected by itself.
    """

    asset = models.CharField(max_length=16, primary_key=True)
    minor = MinorUnitsField(help_text="In the asset's minor units (satoshi, wei).")
    updated_by = models.CharField(max_length=48, blank=True)
    updated_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["asset"]
        constraints = [models.CheckConstraint(condition=Q(minor__gte=0), name="reconciliation_threshold_not_negative")]

    def __str__(self) -> str:
        return f"{self.asset} {self.minor}"
