"""The outbox: what happened, written in the transaction in which it happened."""

from collections.abc import Mapping
from typing import Any

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

    private: Mapping[str, Any] = {}
    """What its feed message shows beside live_data, on the instance that is just recorded; no column keeps it here."""

    class Meta:
        # By all three officers search for events (audit.admin): a transfer's dozen rows pay for it.
        indexes = [
            models.Index(fields=["subject", "id"], name="events_event_subject"),
            models.Index(fields=["type", "id"], name="events_event_type"),
            models.Index(fields=["user_id", "id"], name="events_event_user"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.subject}"


class Pending(models.Model):
    """
    An event the relay has not passed on yet: written with it, deleted with its effect.

    `private` goes into its owner's feed with the event's live_data; the event itself does not have it.
    """

    event = models.OneToOneField(Event, on_delete=models.PROTECT, primary_key=True)
    private = models.JSONField(null=True)

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


class Listener(models.Model):
    """
    How far a consumer has had the effect of what happened: moved in the commit of the effect.

    Everything up to its place, and in the contexts that are ahead (on a bus with a stream for each) further.
    """

    name = models.CharField(max_length=64, primary_key=True)
    xid = models.BigIntegerField(default=0)
    number = models.BigIntegerField(default=0, help_text="The event's id.")
    ahead = models.JSONField(default=dict, help_text="Context to its transaction's and its own id.")
    moved_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True, help_text="Since when an event that failed stops it.")

    def __str__(self) -> str:
        return f"{self.name} at {self.xid}/{self.number}"


class Poisoned(models.Model):
    """An event that failed with one consumer. An operator has it tried again, or passes it over."""

    listener = models.ForeignKey(Listener, on_delete=models.PROTECT, related_name="poisoned")
    event = models.ForeignKey(Event, on_delete=models.PROTECT, related_name="+")
    xid = models.BigIntegerField(help_text="The event's transaction: with its id, its place.")
    error = models.CharField(max_length=300, help_text="The kind of mistake and where it happened.")
    is_stopping = models.BooleanField(default=False, help_text="Nothing behind it is read before it is solved.")
    tries = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    solved_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=12, blank=True, help_text="done or passed_over.")

    class Meta:
        verbose_name_plural = "poisoned events"
        constraints = [models.UniqueConstraint(fields=["listener", "event"], name="events_poisoned_once")]
        indexes = [models.Index(fields=["id"], condition=models.Q(solved_at=None), name="events_poisoned_open")]

    def __str__(self) -> str:
        return f"event {self.event_id} for {self.listener_id}"


class Carried(models.Model):
    """The last event of a context that was brought to the bus outside this database."""

    context = models.CharField(max_length=32, primary_key=True)
    xid = models.BigIntegerField()
    number = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.context} at {self.xid}/{self.number}"
