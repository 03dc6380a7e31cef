"""The Transaction: every movement of money, with what was signed for it and what arrived."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from kit.fields import IdField, MinorUnitsField
from kit.states import Flow


class Status(models.TextChoices):
    """The universal states; `STATUS_FLOW` holds the only moves there are."""

    INITIATED = "initiated"
    BALANCE_RESERVED = "balance_reserved"
    PROVIDER_SELECTED = "provider_selected"
    PROVIDER_PROCESSING = "provider_processing"
    PROVIDER_FAILOVER = "provider_failover"
    BLOCKCHAIN_PENDING = "blockchain_pending"
    BLOCKCHAIN_CONFIRMED = "blockchain_confirmed"
    BALANCE_UPDATED = "balance_updated"
    COMPLETED = "completed"
    FAILED = "failed"
    COMPENSATING = "compensating"


STATUS_FLOW = Flow(
    {
        Status.INITIATED: [Status.BALANCE_RESERVED, Status.FAILED],
        Status.BALANCE_RESERVED: [Status.PROVIDER_SELECTED, Status.COMPENSATING],
        Status.PROVIDER_SELECTED: [Status.PROVIDER_PROCESSING, Status.PROVIDER_FAILOVER, Status.COMPENSATING],
        Status.PROVIDER_PROCESSING: [
            Status.BLOCKCHAIN_PENDING,
            Status.BALANCE_UPDATED,
            Status.PROVIDER_FAILOVER,
            Status.COMPENSATING,
        ],
        Status.PROVIDER_FAILOVER: [Status.PROVIDER_SELECTED, Status.COMPENSATING],
        Status.BLOCKCHAIN_PENDING: [Status.BLOCKCHAIN_CONFIRMED, Status.FAILED, Status.COMPENSATING],
        Status.BLOCKCHAIN_CONFIRMED: [Status.BALANCE_UPDATED, Status.COMPENSATING],
        Status.BALANCE_UPDATED: [Status.COMPLETED],
        Status.COMPENSATING: [Status.FAILED, Status.COMPLETED],
        Status.COMPLETED: [],
        Status.FAILED: [],
    }
)


class SubStatus(models.TextChoices):
    """Where within its status a transaction is."""

    NONE = ""
    WAITING_FOR_LIQUIDITY = "waiting_for_liquidity"
    WAITING_FOR_LOWER_FEES = "waiting_for_lower_fees"
    TRANSACTION_BUILDING = "transaction_building"
    TRANSACTION_SIGNING = "transaction_signing"
    TRANSACTION_BROADCASTING = "transaction_broadcasting"
    MEMPOOL_PENDING = "mempool_pending"
    BLOCK_CONFIRMATION_PENDING = "block_confirmation_pending"
    CONFIRMATION_COMPLETED = "confirmation_completed"


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

    id = IdField()
    key = models.CharField(max_length=160, unique=True)
    type = models.CharField(max_length=16, choices=Type)
    status = models.CharField(max_length=24, choices=Status, default=Status.INITIATED)
    sub_status = models.CharField(max_length=32, choices=SubStatus, blank=True, default=SubStatus.NONE)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="transactions")
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT, null=True, related_name="transactions")
    recipient_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="received_transfers"
    )
    recipient_wallet = models.ForeignKey(
        "wallets.Wallet", on_delete=models.PROTECT, null=True, related_name="received_transfers"
    )
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT)
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
    amount_minor = MinorUnitsField()
    fee_asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
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
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    next_look_at = models.DateTimeField(null=True, help_text="When a worker looks at it again; empty: nothing to do.")
    looked_at_count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["user", "-id"], name="transactions_of_user"),
            models.Index(fields=["recipient_user", "-id"], name="transactions_to_user"),
            models.Index(fields=["wallet", "-id"], name="transactions_of_wallet"),
            models.Index(fields=["recipient_wallet", "-id"], name="transactions_to_wallet"),
            models.Index(fields=["next_look_at"], name="transactions_due", condition=Q(next_look_at__isnull=False)),
            models.Index(fields=["txid"], name="transactions_by_txid", condition=~Q(txid="")),
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
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class Step(models.Model):
    """One step of a transaction's story, for its timeline."""

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
        DONE = "done"
        FAILED = "failed"
        SKIPPED = "skipped"

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=Kind)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["transaction", "name"], name="transactions_step_unique")]

    def __str__(self) -> str:
        return f"{self.name} {self.state}"


class Attempt(models.Model):
    """
    One signed set of bytes for a transaction, stored before any network heard of it.

    Never signed anew while it might still land. Its replay tokens are what at most one
    transaction can ever use up.
    """

    class State(models.TextChoices):
        SIGNED = "signed", "signed: may be on the network, or possibly; never refund from here without proof"
        LANDED = "landed", "landed: mined deep enough to be settled"
        FINAL = "final", "final: mined beyond every reorg"
        DEAD = "dead", "dead: proved that it can never land"

    FLOW = Flow(
        {
            State.SIGNED: [State.LANDED, State.DEAD],
            State.LANDED: [State.FINAL],
            State.FINAL: [],
            State.DEAD: [],
        }
    )

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT)
    status = models.CharField(max_length=8, choices=State, default=State.SIGNED)
    txid = models.CharField(max_length=128)
    raw = models.BinaryField()
    sender = models.CharField(max_length=128)
    nonce = models.BigIntegerField(null=True, help_text="EVM: the sender's nonce it uses up.")
    replay_tokens = ArrayField(models.CharField(max_length=160))
    max_fee_minor = MinorUnitsField()
    broadcast_count = models.PositiveIntegerField(default=0)
    last_broadcast_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=16, blank=True)
    last_code = models.CharField(max_length=48, blank=True)
    height = models.PositiveIntegerField(null=True, help_text="Of the block the scanner found it in; empty: in none.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transaction", "number"], name="transactions_attempt_number"),
            models.UniqueConstraint(fields=["network", "txid"], name="transactions_attempt_txid"),
            models.UniqueConstraint(fields=["network", "sender", "nonce"], name="transactions_attempt_nonce"),
            models.UniqueConstraint(
                fields=["transaction"], condition=~Q(status="dead"), name="transactions_one_live_attempt"
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.transaction_id}"


class NonceLane(models.Model):
    """
    The lock that one EVM sender's sends take their nonces under.

    `next_nonce` is for people to read: what counts are the attempts and, as a floor, the network.
    """

    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT)
    sender = models.CharField(max_length=128)
    next_nonce = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "sender"], name="transactions_noncelane_unique"),
            models.CheckConstraint(condition=Q(next_nonce__gte=0), name="transactions_nonce_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.sender} next {self.next_nonce}"


class Coin(models.Model):
    """A Bitcoin output (UTXO) paying one of our keys."""

    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT)
    txid = models.CharField(max_length=64)
    vout = models.PositiveIntegerField()
    address = models.CharField(max_length=128)
    minor = MinorUnitsField()
    is_change = models.BooleanField(help_text="Made by one of our own sends.")
    height = models.PositiveIntegerField(null=True, help_text="Of the block it is in; empty: in none.")
    reserved_by = models.ForeignKey(Attempt, on_delete=models.PROTECT, null=True, related_name="coins")
    spent_height = models.PositiveIntegerField(null=True, help_text="Of the block that spends it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "txid", "vout"], name="transactions_coin_unique"),
            models.CheckConstraint(condition=Q(minor__gt=0), name="transactions_coin_positive"),
        ]
        indexes = [
            models.Index(
                fields=["network", "height"],
                name="transactions_coin_spendable",
                condition=Q(reserved_by__isnull=True, spent_height__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.txid}:{self.vout}"


class Deposit(models.Model):
    """
    One arrival at one of our addresses, known by (network, txid, index) for ever.

    `credits` counts how often it was credited and `reversals` how often that was taken back
    by a reorg: it is credited now if they differ by one, and not if they are equal.
    """

    class State(models.TextChoices):
        SEEN = "seen", "seen: shown, not spendable"
        CONFIRMED = "confirmed", "confirmed: credited"
        FINAL = "final", "final: credited for good"
        LOST = "lost", "lost: replaced or dropped, never credited or taken back"

    FLOW = Flow(
        {
            State.SEEN: [State.CONFIRMED, State.LOST],
            State.CONFIRMED: [State.FINAL, State.SEEN],
            State.LOST: [State.SEEN],
            State.FINAL: [],
        }
    )

    id = IdField()
    transaction = models.OneToOneField(Transaction, on_delete=models.PROTECT, related_name="deposit")
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT)
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
    wallet = models.ForeignKey("wallets.Wallet", on_delete=models.PROTECT, null=True, help_text="Empty: the company's.")
    txid = models.CharField(max_length=128)
    index = models.PositiveIntegerField()
    address = models.CharField(max_length=128)
    amount_minor = MinorUnitsField()
    status = models.CharField(max_length=12, choices=State, default=State.SEEN)
    height = models.PositiveIntegerField(null=True, help_text="Of the block it is in; empty: in none.")
    block_hash = models.CharField(max_length=128, blank=True)
    credits = models.PositiveIntegerField(default=0)
    reversals = models.PositiveIntegerField(default=0)
    owed_minor = MinorUnitsField(default=0, help_text="Taken back by a reorg after the person had spent it.")
    sweep = models.ForeignKey(Transaction, on_delete=models.PROTECT, null=True, related_name="swept_deposits")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "txid", "index"], name="transactions_deposit_unique"),
            models.CheckConstraint(condition=Q(amount_minor__gt=0), name="transactions_deposit_positive"),
            models.CheckConstraint(
                condition=Q(owed_minor__gte=0, owed_minor__lte=models.F("amount_minor")),
                name="transactions_deposit_owed_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["confirmed", "final"], credits=models.F("reversals") + 1)
                | Q(status__in=["seen", "lost"], credits=models.F("reversals")),
                name="transactions_deposit_credited_at_most_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["network", "height"],
                name="transactions_deposit_open",
                condition=Q(status__in=["seen", "confirmed"]),
            ),
            models.Index(
                fields=["network", "address"],
                name="transactions_deposit_unswept",
                condition=Q(sweep__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.txid}:{self.index}"


class IdempotencyRecord(models.Model):
    """The answer to a request that moved money, written in the same commit as its effect."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
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
