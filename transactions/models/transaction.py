"""The Transaction: every movement of money, and the steps it goes through."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Cast, Length

from kit.fields import IdField, MinorUnitsField
from transactions.models.states import Status, SubStatus


class Transaction(models.Model):
    """
    One movement of money from start to end.

    `key` is what makes a repeat harmless. `max_fee_minor` is the ceiling that was held for
    the network's fee, `fee_minor` what it really was; both in `fee_asset`.
    """

    class Type(models.TextChoices):
        DEPOSIT = "deposit"
        SEND = "send"
        TRANSFER = "transfer"
        SWEEP = "sweep"
        TOP_UP = "top_up"
        REFUND = "refund"
        ON_RAMP = "on_ramp"
        OPENING = "opening"
        ANCHOR = "anchor"
        OVERFLOW = "overflow"
        REFILL = "refill"
        BUMP = "bump"

    id = IdField()
    key = models.CharField(max_length=160, unique=True)
    type = models.CharField(max_length=16, choices=Type)
    status = models.CharField(max_length=24, choices=Status, default=Status.INITIATED)
    sub_status = models.CharField(max_length=32, choices=SubStatus, blank=True, default=SubStatus.NONE)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, db_index=False, related_name="transactions"
    )
    wallet = models.ForeignKey(
        "wallets.Wallet", on_delete=models.PROTECT, null=True, db_index=False, related_name="transactions"
    )
    recipient_user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="received_transfers",
    )
    recipient_wallet = models.ForeignKey(
        "wallets.Wallet", on_delete=models.PROTECT, null=True, db_index=False, related_name="received_transfers"
    )
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT, db_index=False)
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, db_index=False, related_name="+")
    amount_minor = MinorUnitsField()
    fee_asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, db_index=False, related_name="+")
    max_fee_minor = MinorUnitsField(default=0)
    fee_minor = MinorUnitsField(null=True)  # type: ignore[misc]  # the field type knows no null
    from_address = models.CharField(max_length=128, blank=True, help_text="Of a sweep: the address it empties.")
    to_address = models.CharField(max_length=254, blank=True, help_text="Of a transfer: how the recipient was named.")
    memo = models.CharField(max_length=140, blank=True)
    priority = models.CharField(max_length=8, default="normal")
    txid = models.CharField(max_length=128, blank=True)
    confirmations = models.PositiveIntegerField(default=0)
    required_confirmations = models.PositiveIntegerField(default=0)
    failure_code = models.CharField(max_length=48, blank=True)
    failure_reason = models.CharField(max_length=200, blank=True)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        db_index=False,
        related_name="children",
        help_text="Of a refund: what is given back. Of a top-up: the sweep that needs the gas.",
    )
    source_currency = models.CharField(max_length=3, blank=True, help_text="Of an on-ramp: what the person pays in.")
    source_minor = MinorUnitsField(default=0, help_text="How much of it, in its minor units (cents).")
    provider = models.CharField(max_length=32, blank=True, help_text="The outside company chosen for it.")
    choice = models.JSONField(default=dict, help_text="Why that one: every candidate's figures and reasons.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    next_look_at = models.DateTimeField(null=True, help_text="When a worker looks at it again; empty: nothing to do.")
    looked_at_count = models.PositiveIntegerField(default=0)
    begun: "list[Step] | None" = None
    """The steps as they were just written, on the instance that was just opened; on any other, None."""

    is_booked = False
    """The ledger has booked it in this commit, together with others, before its flow came to do so."""

    lease = models.PositiveIntegerField(default=0, help_text="Counts the claims: a worker's writes hold only its own.")
    leased_until = models.DateTimeField(null=True, help_text="A worker has it in hand, until then; empty: none.")

    class Meta:
        ordering = ["-id"]
        indexes = [
            # A list: every type, asset and number of digits in the order of time (transactions/queries/listing.py).
            # Nothing in these ever changes, so that a change of status writes none of them again.
            *(
                models.Index(
                    F(end),
                    F("type"),
                    F("asset"),
                    Length(Cast("amount_minor", models.TextField())),
                    F("created_at"),
                    F("id"),
                    include=["amount_minor", "parent"],
                    name=f"transactions_list_{short}",
                    condition=condition,
                )
                for end, short, condition in (
                    ("user", "user", Q(user__isnull=False)),
                    ("wallet", "wallet", Q(wallet__isnull=False)),
                    ("recipient_user", "to_user", Q(recipient_user__isnull=False) & ~Q(recipient_user=F("user"))),
                    ("recipient_wallet", "to_wallet", Q(recipient_wallet__isnull=False)),
                )
            ),
            models.Index(
                fields=["user", "recipient_user", "created_at", "id"],
                name="transactions_between_people",
                condition=Q(recipient_user__isnull=False),
            ),
            models.Index(
                fields=["user", "to_address", "created_at", "id"],
                name="transactions_to_address",
                condition=~Q(to_address="") & Q(recipient_user__isnull=True),
            ),
            *(
                models.Index(fields=[end, "created_at", "id"], name=f"transactions_{name}_{short}", condition=condition)
                for end, short in (("user", "sent"), ("recipient_user", "given"))
                for name, condition in (("failed", ~Q(failure_code="")), ("open", Q(next_look_at__isnull=False)))
            ),
            models.Index(fields=["network"], name="transactions_sweeps", condition=Q(type="sweep")),
            # Few among millions, and looked for every few seconds.
            models.Index(
                fields=["type", "network"],
                name="transactions_companys",
                condition=Q(type__in=["opening", "anchor", "overflow", "refill", "bump"]),
            ),
            models.Index(fields=["next_look_at"], name="transactions_due", condition=Q(next_look_at__isnull=False)),
            models.Index(fields=["txid"], name="transactions_by_txid", condition=~Q(txid="")),
            models.Index(fields=["parent"], name="transactions_of_parent", condition=Q(parent__isnull=False)),
            models.Index(fields=["from_address"], name="transactions_from_address", condition=~Q(from_address="")),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transactions_amount_positive"),
            models.CheckConstraint(condition=Q(max_fee_minor__gte=0), name="transactions_max_fee_not_negative"),
            models.CheckConstraint(
                condition=Q(fee_minor__isnull=True) | Q(fee_minor__lte=models.F("max_fee_minor")),
                name="transactions_fee_within_ceiling",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | Q(next_look_at__isnull=True), name="transactions_failed_is_over"
            ),
            models.UniqueConstraint(
                fields=["asset"],
                condition=Q(type__in=["overflow", "refill"]) & ~Q(status__in=["completed", "failed"]),
                name="transactions_one_between_hot_and_cold",
            ),
            models.CheckConstraint(condition=Q(source_minor__gte=0), name="transactions_source_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class Step(models.Model):
    """
    One step of a transaction's flow: what the engine goes by, and what its timeline shows.

    `memo` holds what the step found out, for later steps: facts, never secrets. A step that asks
    the person something is `asking` until it is answered or its deadline has passed.
    """

    class Kind(models.TextChoices):
        VALIDATION = "validation"
        RESERVATION = "reservation"
        PROVIDER = "provider"
        BLOCKCHAIN = "blockchain"
        UPDATE = "update"
        NOTIFICATION = "notification"

    class State(models.TextChoices):
        WAITING = "waiting"
        ACTIVE = "active"
        ASKING = "asking"
        DONE = "done"
        FAILED = "failed"
        SKIPPED = "skipped"
        UNDONE = "undone"

    transaction = models.ForeignKey(  # with its name it has an index already
        Transaction, on_delete=models.PROTECT, related_name="steps", db_index=False
    )
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    tries = models.PositiveIntegerField(default=0, help_text="How often in a row it could not be done.")
    wake_at = models.DateTimeField(null=True, help_text="Not tried again before; empty: at once.")
    error_code = models.CharField(max_length=48, blank=True)
    error_reason = models.CharField(max_length=200, blank=True)
    question = models.CharField(max_length=200, blank=True)
    deadline_at = models.DateTimeField(null=True)
    answer = models.JSONField(null=True)
    memo = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["transaction", "name"], name="transactions_step_unique")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"
