"""The answers to requests that moved money."""

from django.conf import settings
from django.db import models


class IdempotencyRecord(models.Model):
    """The answer to a request that moved money, written in the same commit as its effect."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False)  # the key has one
    key = models.CharField(max_length=64)
    route = models.CharField(max_length=64)
    body_hash = models.BinaryField(help_text="SHA-256 of the canonical JSON body.")
    status_code = models.PositiveSmallIntegerField()
    response = models.JSONField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="transactions_idempotency_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.key}"
