"""What a person holds: wallets, their deposit addresses, and saved payees."""

from django.conf import settings
from django.db import models

from kit.fields import IdField


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
    key_id = models.CharField(max_length=32, unique=True, help_text="Custody's key; only custody can use it.")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["network", "address"], name="wallets_address_unique")]

    def __str__(self) -> str:
        return self.address


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
