"""Blocks that an operator wants read once more, and how far that has come."""

from django.db import models
from django.db.models import F, Q

from kit.fields import IdField
from kit.states import Flow


class Rescan(models.Model):
    """
    Blocks that were read already, to be read again by the same parser: what is known already stays as it is.

    Of one transaction, of a range of blocks, or in such a range what pays one address of ours.
    """

    class State(models.TextChoices):
        WAITING = "waiting", "waiting: the next scans carry it on"
        DONE = "done"
        STOPPED = "stopped", "stopped: by hand, or what was asked for is not there"

    FLOW = Flow({State.WAITING: [State.DONE, State.STOPPED], State.DONE: [], State.STOPPED: []})

    id = IdField()
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=8, choices=State)
    txid = models.CharField(max_length=128, blank=True, help_text="A transaction of the network, instead of blocks.")
    address = models.CharField(max_length=128, blank=True, help_text="Only what pays this address of ours.")
    first_height = models.PositiveBigIntegerField(null=True, blank=True, help_text="The first block to read again.")
    last_height = models.PositiveBigIntegerField(null=True, blank=True, help_text="The last one, itself included.")
    next_height = models.PositiveBigIntegerField()
    found_count = models.PositiveIntegerField(default=0, help_text="Deposits that were not known before.")
    problem = models.CharField(max_length=300, blank=True, help_text="What was in the way the last time.")
    reason = models.CharField(max_length=400)
    requested_by = models.CharField(max_length=48)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(first_height__isnull=False, last_height__gte=F("first_height")),
                name="transactions_rescan_has_blocks",
            ),
            models.CheckConstraint(condition=~Q(reason="") & ~Q(requested_by=""), name="transactions_rescan_says_why"),
        ]
        indexes = [
            models.Index(fields=["network", "id"], name="transactions_rescan_waiting", condition=Q(status="waiting"))
        ]

    def __str__(self) -> str:
        what = self.txid or f"blocks {self.first_height} to {self.last_height}"
        return f"{what} of {self.network_id}"
