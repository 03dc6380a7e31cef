"""The record: every event once more, where nothing can be changed unseen."""

from django.db import models


class Entry(models.Model):
    """
    One event, chained to the one before it. Append-only (trigger, and a role without UPDATE and DELETE).

    The columns for searching only repeat what stands in `content`: the database refuses others. The last entry's
    `xid` and `event_id` are where copying goes on, so an effect and its place are one row in one commit.
    """

    position = models.BigIntegerField(primary_key=True, help_text="From 1, without gaps.")
    event_id = models.BigIntegerField(unique=True)
    xid = models.BigIntegerField(help_text="The transaction that wrote the event, in the core database.")
    happened_at = models.DateTimeField()
    type = models.CharField(max_length=64)
    category = models.CharField(max_length=12, blank=True)
    name = models.CharField(max_length=64, blank=True)
    subject = models.CharField(max_length=96)
    transaction_id = models.CharField(max_length=32, blank=True, help_text="Which transaction it is about, if any.")
    actor = models.CharField(max_length=48)
    user_id = models.CharField(max_length=32, blank=True)
    content = models.TextField(help_text="The whole event as JSON with sorted keys: the very text that is hashed.")
    previous = models.CharField(max_length=64, help_text="The hash of the entry before; zeros for the first.")
    hash = models.CharField(max_length=64, help_text="SHA-256 over position, previous and content, in hex.")

    class Meta:
        verbose_name_plural = "entries"
        indexes = [
            models.Index(fields=["user_id", "position"], name="audit_entry_user"),
            models.Index(fields=["actor", "position"], name="audit_entry_actor"),
            models.Index(fields=["transaction_id", "position"], name="audit_entry_transaction"),
            models.Index(fields=["subject", "position"], name="audit_entry_subject"),
            models.Index(fields=["type", "position"], name="audit_entry_type"),
            models.Index(fields=["name", "position"], name="audit_entry_name"),
            models.Index(fields=["happened_at"], name="audit_entry_moment"),
        ]

    def __str__(self) -> str:
        return f"#{self.position} {self.type} {self.subject}"


class Checkpoint(models.Model):
    """A signature over a range of entries, empty ones too, and over the checkpoint before it. Append-only."""

    number = models.BigIntegerField(primary_key=True, help_text="From 1, without gaps.")
    first = models.BigIntegerField(help_text="The first position sealed.")
    last = models.BigIntegerField(help_text="The last position sealed; one less than the first if there is none.")
    signed_at = models.DateTimeField()
    content = models.TextField(help_text="What is signed, as JSON with sorted keys.")
    signature = models.CharField(max_length=128, help_text="Ed25519, in hex.")

    class Meta:
        indexes = [models.Index(fields=["last"], name="audit_checkpoint_last")]

    def __str__(self) -> str:
        return f"checkpoint {self.number} up to #{self.last}"


class NetworkAnchor(models.Model):
    """
    A checkpoint's hash as the memo of a transaction of ours on a public network. Append-only.

    Nobody here can take it back there; what stands here only says where to look.
    """

    transaction_id = models.CharField(primary_key=True, max_length=32, help_text="Ours, which has sent it.")
    checkpoint = models.BigIntegerField(null=True, help_text="Its number; empty: the record has none with this hash.")
    hash = models.CharField(max_length=64, help_text="Of the checkpoint's content, SHA-256 in hex: the memo.")
    network = models.CharField(max_length=16)
    chain = models.CharField(max_length=32, help_text="Which of the network's ledgers, as settings name it.")
    account = models.CharField(max_length=128, help_text="Ours: what another one says proves nothing.")
    txid = models.CharField(max_length=128, unique=True)
    height = models.BigIntegerField(help_text="Of the ledger that holds it.")
    recorded_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["checkpoint"], name="audit_network_anchor_of")]

    def __str__(self) -> str:
        return f"checkpoint {self.checkpoint} in {self.network} {self.txid}"
