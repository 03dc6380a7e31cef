"""Sends of an asset that are stopped until two people let them go on."""

from django.db import models
from django.db.models import F, Q

from kit.fields import IdField, MinorUnitsField
from kit.states import Flow


class SendHalt(models.Model):
    """
    Nothing of an asset leaves while one of these is not over: no send is taken on, and none that waits is signed.

    It begins by itself or at one operator's word, and ends at the word of two. They accept with it what is missing
    (`accepted_minor`): whoever halts by itself may do so again only once more than that is missing.
    """

    class State(models.TextChoices):
        HALTED = "halted"
        RESUME_WANTED = "resume_wanted", "resume wanted: waits for a second person"
        RESUMED = "resumed"

    FLOW = Flow(
        {
            State.HALTED: [State.RESUME_WANTED],
            State.RESUME_WANTED: [State.RESUMED, State.HALTED],
            State.RESUMED: [],
        }
    )

    id = IdField()
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=16, choices=State)
    reason = models.CharField(max_length=400)
    missing_minor = MinorUnitsField(help_text="What was missing as far as is known; 0: it is not known.")
    halted_by = models.CharField(max_length=48, help_text="A person's id, or system.")
    wanted_by = models.CharField(max_length=48, blank=True)
    wanted_reason = models.CharField(max_length=400, blank=True)
    accepted_minor = MinorUnitsField(default=0, help_text="What they know to be missing and let sends go on with.")
    approved_by = models.CharField(max_length=48, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["asset"], condition=~Q(status="resumed"), name="transactions_sendhalt_one_for_each_asset"
            ),
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=F("wanted_by")), name="transactions_sendhalt_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(status="resumed") | (~Q(wanted_by="") & ~Q(approved_by="")),
                name="transactions_sendhalt_resumed_by_two",
            ),
            models.CheckConstraint(
                condition=Q(missing_minor__gte=0, accepted_minor__gte=0), name="transactions_sendhalt_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"sends of {self.asset_id} halted {self.created_at:%Y-%m-%d %H:%M}"
