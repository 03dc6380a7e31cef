"""
The books. Amounts are signed and credit is positive: what we owe people is above zero, what we hold below.

PostgreSQL itself keeps the laws (migrations 0002 and 0003): balances move only with entries, entries and
postings are append-only, each posting is complete and sums to zero per asset, nothing is ever overdrawn.
"""

import hashlib
from collections.abc import Iterable

from django.db import models
from django.db.models import F, Q

from kit.fields import MinorUnitsField


class Purpose(models.TextChoices):
    """What an account is for; it decides the side on which the account's balance lies."""

    USER_AVAILABLE = "user_available"
    USER_HELD = "user_held"
    TREASURY = "treasury", "Treasury (what we hold in our own wallets)"
    DEPOSITS = "deposits", "Deposits (on deposit addresses, not yet swept)"
    COLD = "cold", "Cold (on addresses whose keys are kept elsewhere)"
    IN_TRANSIT = "in_transit", "In transit (signed and on its way)"
    FEES = "fees", "Fees (network fees we paid)"
    RECEIVABLE = "receivable", "Receivable (spent by people, then taken back by a reorg)"
    SUSPENSE = "suspense", "Suspense (received, owner not yet known)"


class Side(models.TextChoices):
    """The sign of an account's balance: credit is never below zero, debit never above."""

    CREDIT = "credit"
    DEBIT = "debit"


CREDIT_PURPOSES = (Purpose.USER_AVAILABLE, Purpose.USER_HELD, Purpose.SUSPENSE)


class Account(models.Model):
    """One code in one asset. The balance is a copy of its last entry's, kept by a trigger."""

    code = models.CharField(max_length=96)
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, db_index=False, related_name="+")
    purpose = models.CharField(max_length=16, choices=Purpose)
    normal_side = models.CharField(max_length=8, choices=Side)
    balance = MinorUnitsField(default=0)
    marked = MinorUnitsField(default=0, db_default=0, help_text="The sum of its open marks; no balance goes below.")
    version = models.BigIntegerField(default=0, help_text="How many entries it has; the version of the last one.")
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["code", "asset"], name="ledger_account_code_asset"),
            models.CheckConstraint(
                condition=Q(normal_side=Side.CREDIT, balance__gte=0) | Q(normal_side=Side.DEBIT, balance__lte=0),
                name="ledger_account_not_overdrawn",
            ),
            models.CheckConstraint(
                condition=Q(normal_side=Side.CREDIT, purpose__in=CREDIT_PURPOSES)
                | Q(normal_side=Side.DEBIT, purpose__in=[p for p in Purpose if p not in CREDIT_PURPOSES]),
                name="ledger_account_side_of_purpose",
            ),
            models.CheckConstraint(
                condition=Q(marked=0) | Q(purpose=Purpose.USER_AVAILABLE, marked__gt=0, marked__lte=F("balance")),
                name="ledger_account_marks_are_there",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.asset_id}"


class Hold(models.Model):
    """Money set aside under a key. What remains is the sum of its postings on the held account (trigger)."""

    key = models.CharField(max_length=96)
    available = models.ForeignKey(Account, on_delete=models.PROTECT, db_index=False, related_name="+")
    held = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="holds")
    amount = MinorUnitsField()
    remaining = MinorUnitsField(default=0)
    expires_at = models.DateTimeField(null=True)
    reserved_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ledger_hold_key"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, remaining__gte=0, remaining__lte=F("amount")), name="ledger_hold_in_bounds"
            ),
        ]
        indexes = [
            models.Index(fields=["expires_at"], name="ledger_hold_expiring", condition=Q(remaining__gt=0)),
        ]

    def __str__(self) -> str:
        return self.key


class Mark(models.Model):
    """Money that stays in its account and is promised under a key: it can be seen, and not spent (trigger)."""

    key = models.CharField(max_length=96)
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="marks")
    amount = MinorUnitsField()
    remaining = MinorUnitsField()
    marked_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ledger_mark_key"),
            models.CheckConstraint(
                condition=Q(amount__gt=0, remaining__gte=0, remaining__lte=F("amount")), name="ledger_mark_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return self.key


class Posting(models.Model):
    """One indivisible movement of money under a unique key. Append-only."""

    key = models.CharField(max_length=160)
    fingerprint = models.BinaryField(help_text="SHA-256 of what was asked; a repeat must ask for the same.")
    kind = models.CharField(max_length=48)
    entry_count = models.PositiveSmallIntegerField()
    reverses = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="reversals"
    )
    hold = models.ForeignKey(
        Hold, on_delete=models.PROTECT, null=True, db_index=False, db_constraint=False, related_name="postings"
    )
    posted_at = models.DateTimeField(help_text="When it happened, by the clock of whoever posted it.")
    written_at = models.DateTimeField(db_default=models.functions.Now(), help_text="PostgreSQL's own clock.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key"], name="ledger_posting_key"),
            models.UniqueConstraint(
                fields=["reverses"], name="ledger_posting_one_reversal", condition=Q(reverses__isnull=False)
            ),
            models.CheckConstraint(condition=Q(entry_count__gte=2), name="ledger_posting_has_entries"),
        ]
        indexes = [models.Index(fields=["hold", "id"], name="ledger_posting_hold", condition=Q(hold__isnull=False))]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class Entry(models.Model):
    """One line of a posting as it moved one account: version by version, without a gap. Append-only."""

    posting = models.ForeignKey(
        Posting, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="entries"
    )
    position = models.PositiveSmallIntegerField(help_text="Its place in the posting, from 1.")
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_index=False, db_constraint=False, related_name="entries"
    )
    version = models.BigIntegerField(help_text="Its place in the account, from 1.")
    amount = MinorUnitsField()
    balance_after = MinorUnitsField()
    posted_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "entries"
        constraints = [
            models.UniqueConstraint(fields=["account", "version"], include=["posted_at"], name="ledger_entry_version"),
            models.UniqueConstraint(fields=["posting", "position"], name="ledger_entry_position"),
            models.CheckConstraint(condition=~Q(amount=0), name="ledger_entry_moves_something"),
        ]

    def __str__(self) -> str:
        return f"{self.account_id} v{self.version}: {self.amount}"


def fingerprint(kind: str, lines: Iterable[tuple[str, str, int]], more: str = "") -> bytes:
    """
    Return the SHA-256 over what a posting says, in canonical form.

    :param lines: account code, asset and signed minor units; sorted here, since their order moves no money
    :param more: what else was asked, such as which posting it reverses
    """
    rows = sorted([f"{code}\x1f{asset}\x1f{minor}" for code, asset, minor in lines])
    return hashlib.sha256("\x1e".join([kind, more, *rows]).encode()).digest()
