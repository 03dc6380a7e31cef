"""What the hot wallet lacks, asked for from cold: two people approve, keys kept elsewhere sign."""

from django.db import models
from django.db.models import F, Q

from kit.fields import IdField, MinorUnitsField
from kit.states import Flow
from transactions.models.transaction import Transaction


class Refill(models.Model):
    """
    A request that so much come from the cold address to the hot wallet, at so high a fee at most.

    Both are what people approve; whatever comes back signed pays exactly that, or it is refused. One of an asset is
    open at a time.
    """

    class State(models.TextChoices):
        WANTED = "wanted", "wanted: waits for two people"
        SECONDED = "seconded", "seconded: waits for a second person"
        APPROVED = "approved", "approved: waits for the cold key's signature"
        IMPORTED = "imported", "imported: on its way"
        DONE = "done"
        FAILED = "failed", "failed: what was signed can never land, or the network refused it"
        REFUSED = "refused"

    FLOW = Flow(
        {
            State.WANTED: [State.SECONDED, State.REFUSED],
            State.SECONDED: [State.APPROVED, State.REFUSED],
            State.APPROVED: [State.IMPORTED, State.REFUSED],
            State.IMPORTED: [State.DONE, State.FAILED],
            State.DONE: [],
            State.FAILED: [],
            State.REFUSED: [],
        }
    )
    OPEN = (State.WANTED, State.SECONDED, State.APPROVED, State.IMPORTED)
    UNDECIDED = (State.WANTED, State.SECONDED, State.APPROVED)

    id = IdField()
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT, db_index=False, related_name="+")
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
    amount_minor = MinorUnitsField()
    max_fee_minor = MinorUnitsField(help_text="In the network's own coin, which the cold address pays.")
    from_address = models.CharField(max_length=128)
    to_address = models.CharField(max_length=128)
    reason = models.CharField(max_length=300, help_text="What the hot wallet held, and what it should.")
    status = models.CharField(max_length=12, choices=State, default=State.WANTED)
    seconded_by = models.CharField(max_length=48, blank=True, help_text="Who approved first.")
    approved_by = models.CharField(max_length=48, blank=True, help_text="Who approved then.")
    refused_by = models.CharField(max_length=48, blank=True)
    refused_reason = models.CharField(max_length=400, blank=True)
    transaction = models.OneToOneField(
        Transaction, on_delete=models.PROTECT, null=True, related_name="refill", help_text="What was imported."
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["asset"],
                condition=Q(status__in=["wanted", "seconded", "approved", "imported"]),
                name="transactions_refill_one_open_for_each_asset",
            ),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("seconded_by")), name="transactions_refill_two_people"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["wanted", "seconded", "refused"]) | (~Q(seconded_by="") & ~Q(approved_by="")),
                name="transactions_refill_approved_by_two",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["imported", "done", "failed"], transaction__isnull=False)
                | (~Q(status__in=["imported", "done", "failed"]) & Q(transaction__isnull=True)),
                name="transactions_refill_imported_is_there",
            ),
            models.CheckConstraint(
                condition=Q(amount_minor__gt=0, max_fee_minor__gt=0), name="transactions_refill_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"refill {self.pk}"
