"""How far each network has been read, the blocks that may still change, and its endpoints as operators see them."""

from django.db import models


class Cursor(models.Model):
    """The last block of a network whose effects are recorded here."""

    network = models.CharField(max_length=16, primary_key=True)
    height = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=80)
    halted_at = models.DateTimeField(null=True, blank=True, help_text="Reading stopped then, until it is resumed.")
    halted_reason = models.CharField(max_length=200, blank=True)
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


class BlockRecord(models.Model):
    """One block of the window that a reorganisation may still replace."""

    network = models.CharField(max_length=16)
    height = models.PositiveBigIntegerField()
    hash = models.CharField(max_length=80)
    parent = models.CharField(max_length=80)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "height"], name="chains_block_one_per_height")]

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
