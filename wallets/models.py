"""What a person holds: wallets, their deposit addresses, what is reserved of it, and saved payees."""

from django.conf import settings
from django.db import models

from kit.commits import WrittenBy
from kit.fields import IdField, MinorUnitsField
from kit.states import Flow


class Wallet(models.Model):
    """One person's holdings on one network. The balances themselves are in the ledger."""

    id = IdField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="wallets")
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT)
    label = models.CharField(max_length=48, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["user", "id"], name="wallets_wallet_of_user")]

    def __str__(self) -> str:
        return f"{self.label or self.network_id} {self.id}"


class Address(models.Model):
    """Where coins for a wallet arrive. Kept for ever: an old address still receives."""

    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="addresses")
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT)
    address = models.CharField(max_length=128)
    key_id = models.CharField(  # noqa: DJ001 - unique, and several have none
        max_length=32, unique=True, null=True, help_text="Custody's key; empty where wallets share an account."
    )
    tag = models.BigIntegerField(null=True, help_text="The wallet's number within the account that wallets share.")
    made_by = models.BigIntegerField(db_default=WrittenBy(), help_text="PostgreSQL's number of that transaction.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "address"], name="wallets_address_unique"),
            models.UniqueConstraint(fields=["network", "tag"], name="wallets_address_tag_unique"),
            models.CheckConstraint(
                condition=models.Q(key_id__isnull=False, tag__isnull=True) | models.Q(key_id__isnull=True, tag__gt=0),
                name="wallets_address_by_key_or_tag",
            ),
        ]

        indexes = [models.Index(fields=["network", "made_by"], name="wallets_address_made")]

    def __str__(self) -> str:
        return self.address


class Reservation(models.Model):
    """
    Part of a wallet's money that is spoken for, and what for. How much of it is left, the ledger says.

    hard: one part, set aside entirely. soft: marked, still shown as available, and spendable by nothing else.
    partial: parts for amount and fees that are settled and released each by itself.
    """

    class Kind(models.TextChoices):
        HARD = "hard"
        SOFT = "soft"
        PARTIAL = "partial"

    class State(models.TextChoices):
        OPEN = "open"
        SETTLED = "settled", "Settled (something was paid from it)"
        RELEASED = "released"
        EXPIRED = "expired"

    FLOW = Flow(
        {
            State.OPEN: [State.SETTLED, State.RELEASED, State.EXPIRED],
            State.SETTLED: [],
            State.RELEASED: [],
            State.EXPIRED: [],
        }
    )

    id = IdField()
    key = models.CharField(max_length=96, unique=True, help_text="Whoever reserves twice under one key reserves once.")
    wallet = models.ForeignKey(Wallet, on_delete=models.PROTECT, related_name="reservations")
    kind = models.CharField(max_length=8, choices=Kind)
    status = models.CharField(max_length=8, choices=State)
    purpose = models.CharField(max_length=200, help_text="What for, as its owner reads it: a send to bc1q….")
    transaction_id = models.CharField(max_length=32, blank=True, help_text="Of the movement it serves, if any.")
    expires_at = models.DateTimeField(null=True, help_text="What is left then goes back by itself.")
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(purpose=""), name="wallets_reservation_says_what_for"),
        ]
        indexes = [
            models.Index(fields=["wallet", "id"], name="wallets_reservation_open", condition=models.Q(status="open")),
            models.Index(
                fields=["expires_at"],
                name="wallets_reservation_expiring",
                condition=models.Q(status="open", expires_at__isnull=False),
            ),
            models.Index(
                fields=["transaction_id"],
                name="wallets_reservation_serves",
                condition=~models.Q(transaction_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class ReservationPart(models.Model):
    """What of one asset a reservation took, and what it was for: the amount itself or its fee."""

    class Name(models.TextChoices):
        AMOUNT = "amount"
        FEE = "fee"

    reservation = models.ForeignKey(Reservation, on_delete=models.PROTECT, related_name="parts")
    name = models.CharField(max_length=8, choices=Name)
    asset = models.ForeignKey("assets.Asset", on_delete=models.PROTECT, related_name="+")
    minor = MinorUnitsField()
    settled_minor = MinorUnitsField(default=0)
    raised_count = models.PositiveSmallIntegerField(default=0, help_text="How often more was set aside for it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reservation", "name"], name="wallets_reservationpart_once"),
            models.CheckConstraint(
                condition=models.Q(minor__gt=0, settled_minor__gte=0, settled_minor__lte=models.F("minor")),
                name="wallets_reservationpart_in_bounds",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.reservation_id}"

    @property
    def ledger_key(self) -> str:
        """Under this key the ledger keeps the part: as a hold, or as a mark while it is soft."""
        own = f"reservation:{self.reservation_id}:{self.name}"
        return f"{own}:{self.raised_count}" if self.raised_count else own


class Payee(models.Model):
    """A destination a person has saved."""

    id = IdField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="payees")
    network = models.ForeignKey("assets.Network", on_delete=models.PROTECT)
    address = models.CharField(max_length=128, help_text="In canonical form.")
    label = models.CharField(max_length=48)
    created_at = models.DateTimeField()
    usable_from = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "network", "address"], name="wallets_payee_unique")]

    def __str__(self) -> str:
        return f"{self.label} {self.address}"
