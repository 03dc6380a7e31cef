"""
What operators look at: sums over the events, kept beside how far the events were read. Lives in the rates database.

Everything here can be made again from the events (`manage.py rebuild_transaction_summary`): losing it loses no money.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from analytics.policy import COUNTERS, Outcome, Period
from kit.fields import IdField, MinorUnitsField


class TransactionSummary(models.Model):
    """
    What came of the transactions of one kind in one hour or one day (UTC).

    `opened` rows stand in the period in which they were opened; all others in the one in which they ended.
    `unused` ones count no transactions, but people who were shown a price and left it at that.
    """

    period = models.CharField(max_length=2, choices=[(each.value, each.value) for each in Period])
    starts_at = models.DateTimeField(help_text="UTC, included.")
    type = models.CharField(max_length=16)
    network = models.CharField(max_length=16)
    asset = models.CharField(max_length=16)
    fee_asset = models.CharField(max_length=16, blank=True, help_text="Of fee_minor; empty: there was no fee.")
    provider = models.CharField(max_length=32, blank=True, help_text="The outside company it ended with, if any.")
    outcome = models.CharField(max_length=12, choices=[(each.value, each.value) for each in Outcome])
    cause = models.CharField(max_length=48, blank=True, help_text="The failure's code.")
    transactions = models.BigIntegerField()
    amount_minor = MinorUnitsField(help_text="Of `asset`, all together.")
    fee_minor = MinorUnitsField(help_text="The networks' fees, all together.")
    overpaid_bps = models.BigIntegerField(help_text="Basis points above the cheapest company's price, all together.")
    milliseconds = models.BigIntegerField(help_text="From opening to end, all together.")
    buckets = ArrayField(models.BigIntegerField(), help_text="How many took how long: see policy.BUCKET_SECONDS.")
    confirmed = models.BigIntegerField(help_text="Of how many the network's confirmation was waited for.")
    confirm_milliseconds = models.BigIntegerField(help_text="From the network's pending to confirmed, all together.")

    class Meta:
        db_table = "transaction_summary"
        verbose_name_plural = "transaction summaries"
        constraints = [
            models.UniqueConstraint(
                fields=["period", "starts_at", "type", "network", "asset", "fee_asset", "provider", "outcome", "cause"],
                name="transaction_summary_once",
            ),
            models.CheckConstraint(
                condition=Q(transactions__gt=0, **{f"{name}__gte": 0 for name in COUNTERS if name != "transactions"}),
                name="transaction_summary_positive",
            ),
            models.CheckConstraint(
                condition=Q(outcome__in=["completed", "opened", "unused"], cause="")
                | Q(outcome__in=["failed", "abandoned"]),
                name="transaction_summary_cause",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.starts_at:%Y-%m-%d %H:%M} {self.type} {self.outcome}"


class Cursor(models.Model):
    """The place in the one order of events up to which the sums below are true; see events.stream."""

    consumer = models.CharField(max_length=32, primary_key=True)
    xid = models.BigIntegerField(default=0)
    number = models.BigIntegerField(default=0, help_text="The event's id.")

    def __str__(self) -> str:
        return f"{self.consumer} at {self.xid}/{self.number}"


class OpenTransaction(models.Model):
    """A transaction that has not ended, and what must be known of it when it does."""

    id = IdField()
    type = models.CharField(max_length=16)
    provider = models.CharField(max_length=32, blank=True)
    opened_at = models.DateTimeField()
    pending_at = models.DateTimeField(null=True, help_text="When it was on the network; empty: not yet.")
    confirm_milliseconds = models.BigIntegerField(null=True, help_text="From then to confirmed; empty: not yet.")

    class Meta:
        indexes = [models.Index(fields=["opened_at"], name="analytics_open_since")]

    def __str__(self) -> str:
        return f"{self.type} {self.pk}"


class ShownPrice(models.Model):
    """What a person was shown a price for last and has not done since, of one type of transaction."""

    user_id = models.CharField(max_length=32)
    type = models.CharField(max_length=16)
    network = models.CharField(max_length=16)
    asset = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user_id", "type"], name="analytics_shown_price_once")]
        indexes = [models.Index(fields=["at"], name="analytics_shown_since")]

    def __str__(self) -> str:
        return f"{self.type} {self.user_id}"


class ActivePerson(models.Model):
    """Who opened a transaction of which type on which day."""

    day = models.DateField()
    type = models.CharField(max_length=16)
    user_id = models.CharField(max_length=32)

    class Meta:
        verbose_name_plural = "active people"
        constraints = [models.UniqueConstraint(fields=["day", "type", "user_id"], name="analytics_active_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.type} {self.user_id}"


class EventCount(models.Model):
    """How many events of one type there were on one day."""

    day = models.DateField()
    type = models.CharField(max_length=64)
    events = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["day", "type"], name="analytics_event_count_once")]

    def __str__(self) -> str:
        return f"{self.day} {self.type}: {self.events}"


class Skipped(models.Model):
    """An event that could not be read: it is in no sum until the mistake is mended and the sums are made again."""

    event_id = models.BigIntegerField(unique=True)
    type = models.CharField(max_length=64)
    error = models.CharField(max_length=300, help_text="The kind of mistake and where it happened.")

    class Meta:
        verbose_name_plural = "skipped events"

    def __str__(self) -> str:
        return f"event {self.event_id}"


class Figures(models.Model):
    """What the last look found, for whoever scrapes: one row, so that no scrape sums anything up."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    at = models.DateTimeField()
    data = models.JSONField()

    class Meta:
        verbose_name_plural = "figures"
        constraints = [models.CheckConstraint(condition=Q(id=1), name="analytics_figures_one")]

    def __str__(self) -> str:
        return f"figures of {self.at:%Y-%m-%d %H:%M:%S}"


class Sample(models.Model):
    """How the work went in one minute: the worst that was seen of each gauge in it. Kept for a week."""

    at = models.DateTimeField(unique=True, help_text="The minute's beginning.")
    gauges = models.JSONField()

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M}"
