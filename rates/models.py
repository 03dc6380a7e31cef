"""What things cost, as last heard. Lives in a database of its own: losing it loses no money."""

from django.db import models


class ChainFee(models.Model):
    """The last known price of block space on a network, per priority."""

    network = models.CharField(max_length=16)
    priority = models.CharField(max_length=8)
    rate = models.DecimalField(max_digits=78, decimal_places=0, help_text="Wei per gas, or satoshi per 1,000 vbytes.")
    tip = models.DecimalField(max_digits=78, decimal_places=0, help_text="Of the rate, what the miner gets (EVM).")
    seconds = models.PositiveIntegerField(help_text="Usual wait until the first confirmation.")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["network", "priority"], name="rates_chain_fee_one_per_priority"),
            models.CheckConstraint(
                condition=models.Q(rate__gt=0, tip__gte=0, tip__lte=models.F("rate")), name="rates_chain_fee_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.network} {self.priority}"


class Price(models.Model):
    """What one unit of `base` costs in `quote`, as last heard."""

    base = models.CharField(max_length=16)
    quote = models.CharField(max_length=16)
    price = models.DecimalField(max_digits=38, decimal_places=18)
    source = models.CharField(max_length=32)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "quote"], name="rates_price_one_per_pair"),
            models.CheckConstraint(condition=models.Q(price__gt=0), name="rates_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote}"
