"""What things cost, as last heard and as it was. Lives in a database of its own: losing it loses no money."""

from django.db import models


class ChainFee(models.Model):
    """The last known price of block space on a network, per priority."""

    network = models.CharField(max_length=16)
    priority = models.CharField(max_length=8)
    rate = models.DecimalField(max_digits=78, decimal_places=0, help_text="Wei per gas, or satoshi per 1,000 vbytes.")
    tip = models.DecimalField(max_digits=78, decimal_places=0, help_text="Of the rate, what the miner gets (EVM).")
    seconds = models.PositiveIntegerField(help_text="Usual wait until the first confirmation.")
    source = models.CharField(max_length=32, blank=True, help_text="What of the node's it was read from.")
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
    """What one unit of `base` costs in `quote`, as last agreed upon by enough sources."""

    base = models.CharField(max_length=16)
    quote = models.CharField(max_length=16)
    price = models.DecimalField(max_digits=38, decimal_places=18)
    source = models.CharField(max_length=32, help_text="The one source, or how it was made of several: median.")
    sources = models.JSONField(default=list, help_text="What each source said and what became of it.")
    at = models.DateTimeField(help_text="When it was so, by the oldest of its sources' own times.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "quote"], name="rates_price_one_per_pair"),
            models.CheckConstraint(condition=models.Q(price__gt=0), name="rates_price_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote}"


class PriceRound(models.Model):
    """One round of asking for one pair: the price it gave, or None where too few sources agreed."""

    base = models.CharField(max_length=16)
    quote = models.CharField(max_length=16)
    asked_at = models.DateTimeField()
    price = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    at = models.DateTimeField(null=True, help_text="As Price.at.")
    sources = models.JSONField(default=list, help_text="As Price.sources.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "quote", "asked_at"], name="rates_round_once"),
            models.CheckConstraint(
                condition=models.Q(price=None, at=None) | models.Q(price__gt=0, at__isnull=False),
                name="rates_round_price_positive",
            ),
        ]
        indexes = [models.Index(fields=["asked_at"], name="rates_round_asked_at")]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.asked_at:%Y-%m-%d %H:%M:%S}"


class Candle(models.Model):
    """First, highest, lowest and last price of the rounds from `opens_at` (UTC, included) for one period."""

    class Period(models.TextChoices):
        MINUTE = "1m"
        FIVE_MINUTES = "5m"
        HOUR = "1h"
        DAY = "1d"

    base = models.CharField(max_length=16)
    quote = models.CharField(max_length=16)
    period = models.CharField(max_length=2, choices=Period)
    opens_at = models.DateTimeField()
    open = models.DecimalField(max_digits=38, decimal_places=18)
    high = models.DecimalField(max_digits=38, decimal_places=18)
    low = models.DecimalField(max_digits=38, decimal_places=18)
    close = models.DecimalField(max_digits=38, decimal_places=18)
    rounds = models.PositiveIntegerField(help_text="How many prices it is made of.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["base", "quote", "period", "opens_at"], name="rates_candle_once"),
            models.CheckConstraint(
                condition=models.Q(low__gt=0, rounds__gt=0)
                & models.Q(low__lte=models.F("open"))
                & models.Q(low__lte=models.F("close"))
                & models.Q(high__gte=models.F("open"))
                & models.Q(high__gte=models.F("close")),
                name="rates_candle_is_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.base}/{self.quote} {self.period} {self.opens_at:%Y-%m-%d %H:%M}"
