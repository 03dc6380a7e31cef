"""How far each network has been read, the blocks that may still change, and its endpoints as operators see them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models


class ServerRun(models.Func):
    """
    Which run of which database server this is: its identity, and the timeline of its WAL.

    A server that comes back at an earlier moment begins a new timeline, and so does a standby that is promoted.
    """

    template = (
        "((pg_control_system()).system_identifier::text || '/' ||"
        " left(pg_walfile_name(pg_current_wal_insert_lsn()), 8))"
    )
    output_field = models.CharField(max_length=40)


class Cursor(models.Model):
    """The last block of a network whose effects are recorded here."""

    network = models.CharField(max_length=16, primary_key=True)
    height = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=80)
    halted_at = models.DateTimeField(null=True, blank=True, help_text="Reading stopped then, until it is resumed.")
    halted_reason = models.CharField(max_length=200, blank=True)
    compared_on = models.CharField(
        max_length=40,
        db_default=ServerRun(),
        help_text="The run of the database server on which our books were known to have what we sent.",
    )
    first_compared_on = models.CharField(
        max_length=40,
        db_default="",
        default="",
        help_text="The run of the server on which it was first compared after a restore; empty: never restored.",
    )
    first_compared_at = models.PositiveBigIntegerField(
        db_default=0, default=0, help_text="The network's newest block then: nothing lost was signed at a later one."
    )
    window = models.PositiveSmallIntegerField(
        default=20, db_default=20, help_text="Blocks asked for at once: fewer where the network is slow."
    )
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(halted_at=None, halted_reason="")
                | models.Q(models.Q(halted_at__isnull=False), ~models.Q(halted_reason="")),
                name="chains_cursor_halted_with_reason",
            )
        ]

    def __str__(self) -> str:
        return f"{self.network} at {self.height}"


class FoundSend(models.Model):
    """
    A transaction that our keys have signed and our books did not have: found on the network after a restore.

    `subject` is what it was signed for, where that still waits in our books: whoever would sign for it takes these
    bytes instead.
    """

    network = models.CharField(max_length=16)
    txid = models.CharField(max_length=128)
    height = models.PositiveBigIntegerField(help_text="Of the block it was found in.")
    raw = models.BinaryField()
    sender = models.CharField(max_length=128, help_text="On Bitcoin the address of its first input.")
    replay_tokens = ArrayField(models.CharField(max_length=160))
    outputs = models.JSONField(help_text="What it paid: address, minor units as text, contract, index and memo.")
    subject = models.CharField(max_length=64, blank=True)
    others = ArrayField(
        models.CharField(max_length=64), default=list, help_text="Who else is paid by it, of whom our books know."
    )
    found_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "txid"], name="chains_foundsend_txid"),
            models.UniqueConstraint(
                fields=["subject"], condition=~models.Q(subject=""), name="chains_foundsend_one_for_each"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network} {self.txid}"


class BlockRecord(models.Model):
    """One block of the window that a reorganisation may still replace, or that a transaction may be bound to."""

    network = models.CharField(max_length=16)
    height = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=80)
    parent = models.CharField(max_length=80)
    number = models.PositiveBigIntegerField(default=0, help_text="Blocks before it, where heights have gaps; else 0.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "height"], name="chains_block_one_per_height")]

    def __str__(self) -> str:
        return f"{self.network} {self.height}"


class FailedBlock(models.Model):
    """A block that could not be read: no node gave it in a form that can be. The cursor waits below it."""

    network = models.CharField(max_length=16)
    height = models.PositiveBigIntegerField()
    tries = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=200, blank=True, help_text="What was wrong the last time.")
    first_failed_at = models.DateTimeField()
    last_failed_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True, help_text="Not before then; empty: with the next scan.")
    told_at = models.DateTimeField(null=True, help_text="When operators were told.")
    read_at = models.DateTimeField(null=True, help_text="When it was read after all.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "height"], name="chains_failedblock_once")]

    def __str__(self) -> str:
        return f"{self.network} {self.height}"


class Endpoint(models.Model):
    """One RPC endpoint, named by host and port: credentials stay in configuration. Its numbers are hints."""

    network = models.CharField(max_length=16)
    name = models.CharField(max_length=128)
    is_enabled = models.BooleanField(default=True)
    consecutive_failures = models.PositiveIntegerField(default=0)
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_error = models.CharField(max_length=32, blank=True)
    latency_ms = models.PositiveIntegerField(default=0)
    success_rate = models.FloatField(default=1, help_text="Measured share of answered calls, 0 to 1.")
    cooling_until = models.DateTimeField(null=True, blank=True, help_text="The reporting process asks others first.")
    highest_block = models.PositiveBigIntegerField(default=0)
    reported_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["network", "name"]
        constraints = [models.UniqueConstraint(fields=["network", "name"], name="chains_endpoint_name_unique")]

    def __str__(self) -> str:
        return f"{self.network} {self.name}"
