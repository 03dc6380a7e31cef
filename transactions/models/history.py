"""What happened to a transaction besides its steps: recoveries, providers, people."""

from django.db import models
from django.db.models import Q

from kit.fields import IdField
from kit.states import Flow
from transactions.models.transaction import Transaction


class RecoveryAttempt(models.Model):
    """One time that a step could not be done, and what the engine decided. Append-only (trigger)."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="recoveries")
    step = models.CharField(max_length=32)
    number = models.PositiveIntegerField()
    treatment = models.CharField(max_length=16, help_text="temporary, permanent or person")
    code = models.CharField(max_length=48)
    reason = models.CharField(max_length=200)
    decided = models.CharField(max_length=64, help_text="What happens next: retry, compensate, ask, go back.")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["transaction", "id"], name="transactions_recoveries")]

    def __str__(self) -> str:
        return f"{self.step} {self.number}: {self.code}"


class ProviderInteraction(models.Model):
    """One call to an outside company for a transaction, and how it ended. Append-only (trigger)."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="interactions")
    step = models.CharField(max_length=32)
    provider = models.CharField(max_length=32)
    operation = models.CharField(max_length=32)
    operation_id = models.CharField(max_length=64, help_text="Ours, and their idempotency key.")
    outcome = models.CharField(max_length=16, help_text="succeeded, failed or unknown")
    detail = models.CharField(max_length=200, blank=True)
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["transaction", "id"], name="transactions_interactions"),
            models.Index(fields=["operation_id"], name="transactions_interaction_id"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.operation} {self.outcome}"


class UserAction(models.Model):
    """What a person did to a transaction: asked for it, answered, cancelled, stepped in. Append-only (trigger)."""

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="actions")
    type = models.CharField(max_length=32)
    actor = models.CharField(max_length=48)
    data = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["transaction", "id"], name="transactions_actions")]

    def __str__(self) -> str:
        return f"{self.type} by {self.actor}"


class Intervention(models.Model):
    """
    An operator's hand on a stuck transaction.

    Retry and compensate are one person's to do. Force says that a step did happen (`done`) or never
    will (`failed`) where no machine can tell, and takes a second person: never the first one again. So does
    assign, which says whose a deposit is that named nobody.
    """

    class Kind(models.TextChoices):
        RETRY = "retry"
        COMPENSATE = "compensate"
        FORCE = "force"
        ASSIGN = "assign", "assign: the deposit is this wallet's"

    class State(models.TextChoices):
        WANTED = "wanted", "wanted: waits for a second person"
        CARRIED_OUT = "carried_out"
        REFUSED = "refused"

    FLOW = Flow(
        {
            State.WANTED: [State.CARRIED_OUT, State.REFUSED],
            State.CARRIED_OUT: [],
            State.REFUSED: [],
        }
    )

    id = IdField()
    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="interventions")
    kind = models.CharField(max_length=12, choices=Kind)
    step = models.CharField(max_length=32)
    outcome = models.CharField(max_length=8, blank=True, help_text="Of force: done or failed.")
    wallet = models.ForeignKey(
        "wallets.Wallet", on_delete=models.PROTECT, null=True, related_name="+", help_text="Of assign: whose it is."
    )
    reason = models.CharField(max_length=400)
    status = models.CharField(max_length=12, choices=State, default=State.WANTED)
    requested_by = models.CharField(max_length=48)
    approved_by = models.CharField(max_length=48, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by="") | ~Q(approved_by=models.F("requested_by")),
                name="transactions_intervention_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(kind__in=["force", "assign"], status="carried_out") | ~Q(approved_by=""),
                name="transactions_force_needs_two",
            ),
            models.CheckConstraint(
                condition=Q(kind="assign", wallet__isnull=False) | (~Q(kind="assign") & Q(wallet__isnull=True)),
                name="transactions_assign_names_a_wallet",
            ),
            models.UniqueConstraint(
                fields=["transaction"], condition=Q(status="wanted"), name="transactions_one_wanted_intervention"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.transaction_id}"
