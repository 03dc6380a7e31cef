"""The outbox: what happened, written in the transaction in which it happened."""

from django.db import models


class Event(models.Model):
    """One fact. Append-only (trigger). `id` is the order of writing, not of commit."""

    id = models.BigAutoField(primary_key=True)
    type = models.CharField(max_length=64, help_text="What happened, e.g. transaction.completed.")
    category = models.CharField(max_length=12, blank=True, help_text="command, domain or integration; empty: unnamed.")
    name = models.CharField(max_length=64, blank=True, help_text="What the architecture calls it: BalanceReserved, …")
    subject = models.CharField(max_length=96, help_text="What it happened to, e.g. transactions.transaction:txn_…")
    actor = models.CharField(max_length=48, help_text="Who did it: a user id, or system.")
    user_id = models.CharField(max_length=32, blank=True, help_text="Whose business it is; empty if nobody's.")
    version = models.SmallIntegerField(
        default=1, db_default=1, help_text="Of its type's schema (docs/events.md) in which its data stand."
    )
    data = models.JSONField(default=dict)
    live_type = models.CharField(max_length=32, blank=True, help_text="The live feed's name for it; empty: not shown.")
    live_data = models.JSONField(null=True)
    request_id = models.CharField(max_length=64, blank=True)
    happened_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["subject", "id"], name="events_event_subject"),
            models.Index(fields=["type", "id"], name="events_event_type"),
            models.Index(fields=["user_id", "id"], name="events_event_user"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class Pending(models.Model):
    """An event the relay has not passed on yet: written with it, deleted with its effect."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True)

    def __str__(self) -> str:
        return f"pending {self.pk}"


class FeedHead(models.Model):
    """The last sequence number given out in one person's live feed."""

    user_id = models.CharField(max_length=32, primary_key=True)
    sequence = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.user_id} at {self.sequence}"


class FeedItem(models.Model):
    """One message of a person's live feed; sequences start at 1 and have no gaps."""

    user_id = models.CharField(max_length=32)
    sequence = models.BigIntegerField()
    event = models.OneToOneField(Event, on_delete=models.PROTECT)
    type = models.CharField(max_length=32)
    data = models.JSONField()
    happened_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "sequence"], name="events_feeditem_sequence")]

    def __str__(self) -> str:
        return f"{self.user_id} #{self.sequence} {self.type}"
