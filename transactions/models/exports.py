"""Files that people asked for: what is to be in them, how far they are, and how long they are kept."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from kit.fields import IdField
from kit.states import Flow


class Export(models.Model):
    """
    A list of somebody's transactions as a file, written by a worker.

    The row is the queue: a worker claims it with a numbered lease, and writes only as long as that is its own. `wanted`
    is the narrowing of the list, as it was asked for.
    """

    class Form(models.TextChoices):
        CSV = "csv", "CSV"
        JSON = "json", "JSON"
        PDF = "pdf", "PDF"

    class State(models.TextChoices):
        WAITING = "waiting"
        WRITING = "writing"
        READY = "ready"
        FAILED = "failed"
        DELETED = "deleted", "deleted: kept for as long as files are"

    FLOW = Flow(
        {
            State.WAITING: [State.WRITING, State.FAILED],
            State.WRITING: [State.READY, State.FAILED],
            State.READY: [State.DELETED],
            State.FAILED: [],
            State.DELETED: [],
        }
    )

    id = IdField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, db_index=False, related_name="exports")
    form = models.CharField(max_length=4, choices=Form)
    wanted = models.JSONField(default=dict)
    status = models.CharField(max_length=8, choices=State, default=State.WAITING)
    rows_total = models.PositiveIntegerField(null=True, help_text="Empty: not counted yet.")
    rows_done = models.PositiveIntegerField(default=0)
    size_bytes = models.PositiveBigIntegerField(default=0)
    failure_code = models.CharField(max_length=48, blank=True)
    failure_reason = models.CharField(max_length=200, blank=True)
    lease = models.PositiveSmallIntegerField(default=0, help_text="Counts the claims: a worker writes under its own.")
    leased_until = models.DateTimeField(null=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "id"], name="transactions_export_of_user"),
            models.Index(
                fields=["id"], name="transactions_export_open", condition=Q(status__in=["waiting", "writing", "ready"])
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(rows_total__isnull=True) | Q(rows_done__lte=models.F("rows_total")),
                name="transactions_export_rows",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.form} {self.pk}"

    @property
    def progress(self) -> int:
        """How much of it is written, 0 to 100."""
        if self.status in (self.State.READY, self.State.DELETED):
            return 100
        return self.rows_done * 100 // self.rows_total if self.rows_total else 0
