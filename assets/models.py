"""What exists: networks, and the assets that live on them."""

from django.db import models


class Network(models.Model):
    """A public network. How to reach it is configuration (settings.NETWORKS), not a row."""

    class Family(models.TextChoices):
        BITCOIN = "bitcoin"
        EVM = "evm"
        SOLANA = "solana"
        STELLAR = "stellar"
        SUI = "sui"

    code = models.CharField(max_length=16, primary_key=True)
    name = models.CharField(max_length=48)
    family = models.CharField(max_length=16, choices=Family)
    native_asset = models.CharField(max_length=16, help_text="Code of the asset its fees are paid in.")
    position = models.PositiveSmallIntegerField(help_text="Order in lists.")

    class Meta:
        ordering = ["position"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_pooled(self) -> bool:
        """Coins of people are spent where they arrive: nothing is swept."""
        return self.family in {self.Family.BITCOIN, self.Family.STELLAR}

    @property
    def is_numbered(self) -> bool:
        """The transactions of each sender are numbered, and at most one with a number can ever land."""
        return self.family in {self.Family.EVM, self.Family.STELLAR}


class Asset(models.Model):
    """One thing that can be held, on exactly one network; fiat money lives on none."""

    class Kind(models.TextChoices):
        NATIVE = "native"
        TOKEN = "token"  # noqa: S105  # a kind of asset
        FIAT = "fiat"

    code = models.CharField(max_length=16, primary_key=True)
    name = models.CharField(max_length=48)
    kind = models.CharField(max_length=8, choices=Kind)
    scale = models.PositiveSmallIntegerField(help_text="Decimals: one unit is 10**scale minor units.")
    network = models.ForeignKey(Network, on_delete=models.PROTECT, null=True, blank=True, related_name="assets")
    contract = models.CharField(max_length=128, blank=True, help_text="Of a token: its contract on the network.")
    takes_fee = models.BooleanField(
        default=False, help_text="A transfer of it delivers less than was sent: what arrives is credited, none is sent."
    )
    position = models.PositiveSmallIntegerField(help_text="Order in lists.")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind="fiat", network=None)
                | models.Q(kind__in=["native", "token"], network__isnull=False),
                name="assets_asset_lives_where_its_kind_does",
            ),
            models.UniqueConstraint(fields=["network", "contract"], name="assets_asset_contract_unique"),
        ]

    def __str__(self) -> str:
        return self.code
