"""What was signed for a transaction, and what arrived on a network."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

from kit.fields import IdField, MinorUnitsField
from kit.states import Flow
from transactions.models.transaction import Transaction


class Batch(models.Model):
    """
    One transaction of a network that pays several sends (docs/decisions/0027).

    Each of them has an attempt of its own with these bytes, and its share of the fee as the most it can cost.
    """

    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT)
    txid = models.CharField(max_length=128)
    subject = models.ForeignKey(
        Transaction, on_delete=models.PROTECT, related_name="+", help_text="The send that custody knows it by."
    )
    fee_minor = MinorUnitsField(help_text="What it costs, exactly: the shares of all that it pays.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "txid"], name="transactions_batch_txid")]

    def __str__(self) -> str:
        return f"batch {self.txid}"


class Attempt(models.Model):
    """
    One signed set of bytes for a transaction, stored before any network heard of it.

    Its replay tokens are what at most one transaction can ever use up. Nothing is signed beside it while it might still
    land, but what `replaces` it: that uses up one of the same tokens, so at most one of them all lands. Which one, the
    network says; the newest is booked as on its way (docs/decisions/0024).
    """

    class State(models.TextChoices):
        SIGNED = "signed", "signed: may be on the network, or possibly; never refund from here without proof"
        LANDED = "landed", "landed: mined deep enough to be settled"
        FINAL = "final", "final: mined beyond every reorg"
        DEAD = "dead", "dead: proved that it can never land"

    FLOW = Flow(
        {
            State.SIGNED: [State.LANDED, State.DEAD],
            State.LANDED: [State.FINAL, State.DEAD],
            State.FINAL: [],
            State.DEAD: [],
        }
    )

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="attempts")
    number = models.PositiveSmallIntegerField()
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT)
    status = models.CharField(max_length=8, choices=State, default=State.SIGNED)
    txid = models.CharField(max_length=128)
    batch = models.ForeignKey(
        Batch,
        on_delete=models.PROTECT,
        null=True,
        related_name="attempts",
        help_text="Others are paid by the same bytes; empty: nobody is.",
    )
    raw = models.BinaryField()
    sender = models.CharField(max_length=128)
    nonce = models.BigIntegerField(null=True, help_text="The sender's number it uses up: EVM, Stellar.")
    replay_tokens = ArrayField(models.CharField(max_length=160))
    last_block = models.PositiveBigIntegerField(
        null=True, help_text="The last block that can hold it, as the network counts blocks; empty: any can."
    )
    max_fee_minor = MinorUnitsField()
    rate = MinorUnitsField(
        default=0, help_text="What it offers for a unit of block space, as FeeRate.rate; 0: unknown."
    )
    replaces = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        related_name="replaced_by",
        help_text="The first that was signed in its place of replay; empty: it is that one.",
    )
    cancels = models.BooleanField(default=False, help_text="It pays nobody: if it lands, the payment never does.")
    is_booked = models.BooleanField(
        default=True,
        help_text="Its most was booked as on its way: all but what a restore had lost (services/overtaken).",
    )
    broadcast_count = models.PositiveIntegerField(default=0)
    last_broadcast_at = models.DateTimeField(null=True)
    last_outcome = models.CharField(max_length=16, blank=True)
    last_code = models.CharField(max_length=48, blank=True)
    height = models.PositiveIntegerField(
        null=True, help_text="Of the block the scanner saw it succeed in; empty: in none."
    )
    seen_height = models.PositiveIntegerField(
        null=True, help_text="Of the block the scanner found it in, whether it succeeded or failed; empty: in none."
    )
    conflict_height = models.PositiveIntegerField(
        null=True,
        help_text="Of the block in which something else used up one of its places of replay; empty: none. Sui.",
    )
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["transaction", "number"], name="transactions_attempt_number"),
            models.UniqueConstraint(
                fields=["network", "txid"], condition=Q(batch__isnull=True), name="transactions_attempt_txid"
            ),
            models.UniqueConstraint(fields=["batch", "transaction"], name="transactions_attempt_in_batch"),
            models.UniqueConstraint(
                fields=["network", "sender", "nonce"],
                condition=Q(replaces__isnull=True),
                name="transactions_attempt_nonce",
            ),
            models.UniqueConstraint(
                fields=["transaction"],
                condition=~Q(status="dead") & Q(replaces__isnull=True),
                name="transactions_one_live_attempt",
            ),
            models.CheckConstraint(
                condition=Q(cancels=False) | Q(replaces__isnull=False), name="transactions_cancels_something"
            ),
        ]
        indexes = [
            models.Index(
                fields=["network", "sender"],
                name="transactions_attempt_live",
                condition=Q(status__in=["signed", "landed"]),
            ),
            models.Index(fields=["network", "txid"], name="transactions_attempt_by_txid"),
            GinIndex(
                fields=["replay_tokens"], name="transactions_attempt_tokens", condition=Q(last_block__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"attempt {self.number} of {self.transaction_id}"

    def share_of(self, fee_minor: int) -> int:
        """Return what of the fee that its bytes cost falls on this send: all of it, where they pay no other."""
        return fee_minor if self.batch_id is None else int(self.max_fee_minor)


class Replacement(models.Model):
    """
    What its owner asked for while it was on its way: a higher fee, or to call it off. A worker signs it.

    It says what they agreed to: the rate and with it the fee at most. Once it is signed or too late, it is over.
    """

    transaction = models.ForeignKey(Transaction, on_delete=models.PROTECT, related_name="replacements")
    key = models.CharField(max_length=160, unique=True, help_text="Whoever asks twice under one key asks once.")
    cancels = models.BooleanField()
    of = models.ForeignKey(Attempt, on_delete=models.PROTECT, related_name="+", help_text="The newest one then.")
    rate = MinorUnitsField()
    tip = MinorUnitsField()
    max_fee_minor = MinorUnitsField()
    attempt = models.OneToOneField(
        Attempt, on_delete=models.PROTECT, null=True, related_name="+", help_text="What was signed; empty: not yet."
    )
    asked_by = models.CharField(max_length=48)
    created_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True, help_text="When it was signed or found to be too late; empty: it waits.")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["transaction"], condition=Q(over_at__isnull=True), name="transactions_one_waiting_replacement"
            ),
            models.CheckConstraint(
                condition=Q(attempt__isnull=True) | Q(over_at__isnull=False),
                name="transactions_replacement_signed_is_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{'cancel' if self.cancels else 'speed up'} {self.transaction_id}"


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
    memo = models.CharField(max_length=80, blank=True, help_text="What its sender wrote on the network besides.")
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
                fields=["wallet"], name="transactions_deposit_arriving", condition=Q(status__in=["seen", "confirmed"])
            ),
            models.Index(
                fields=["network", "address"],
                name="transactions_deposit_unswept",
                condition=Q(sweep__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.txid}:{self.index}"
