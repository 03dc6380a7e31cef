"""The outside companies we rely on, how they do, and every call made to them."""

from django.db import models

from providers.base import Kind


class Provider(models.Model):
    """
    One company in one role. How to reach it is configuration (settings.PROVIDERS[code]), not a row.

    An empty list means that there is no restriction.
    """

    code = models.CharField(max_length=32, primary_key=True)
    kind = models.CharField(max_length=16, choices=[(kind.value, kind.value) for kind in Kind])
    adapter = models.CharField(max_length=32, help_text="Its name in the registry of its kind.")
    name = models.CharField(max_length=48, help_text="As people know it.")
    is_enabled = models.BooleanField(default=True)
    is_pinned = models.BooleanField(default=False, help_text="Chosen before all others of its kind, if it can do it.")
    countries = models.JSONField(default=list, blank=True, help_text="ISO 3166-1 alpha-2 codes it serves.")
    fiats = models.JSONField(default=list, blank=True, help_text="ISO 4217 codes it takes or pays.")
    assets = models.JSONField(default=list, blank=True, help_text="Our codes of the assets it deals in.")
    limits = models.JSONField(
        default=dict, blank=True, help_text='By fiat: {"USD": {"least": "30", "most": "30000"}}, major units.'
    )
    costs = models.JSONField(
        default=dict,
        blank=True,
        help_text='What using it costs beside what its offers say, by fiat or "*": {"fixed": "0.50", "bps": "25"}.',
    )
    usual_seconds = models.PositiveIntegerField(default=0, help_text="Usual time until it is done; 0: at once.")
    updated_at = models.DateTimeField()

    class Meta:
        ordering = ["kind", "code"]
        constraints = [
            models.CheckConstraint(condition=models.Q(kind__in=[kind.value for kind in Kind]), name="providers_kind"),
            models.UniqueConstraint(
                fields=["kind"], condition=models.Q(is_pinned=True), name="providers_one_pinned_per_kind"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Health(models.Model):
    """How one operation of one provider does. The weights are numbers of calls, halved with every half-life."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="health")
    operation = models.CharField(max_length=48)
    failures = models.PositiveIntegerField(default=0, help_text="In a row.")
    last_error = models.CharField(max_length=16, blank=True)
    cooling_until = models.DateTimeField(null=True, blank=True, help_text="Not asked before then.")
    probing_until = models.DateTimeField(null=True, blank=True, help_text="One call tries it until then.")
    last_ok_at = models.DateTimeField(null=True, blank=True)
    last_failed_at = models.DateTimeField(null=True, blank=True)
    ok_weight = models.FloatField(default=0, help_text="Calls that were answered, decayed.")
    all_weight = models.FloatField(default=0, help_text="All calls, decayed.")
    latency_ms = models.FloatField(default=0, help_text="Mean time to an answer, decayed.")
    weighed_at = models.DateTimeField(null=True, blank=True, help_text="The weights are as of then.")

    class Meta:
        ordering = ["provider", "operation"]
        verbose_name_plural = "health"
        constraints = [
            models.UniqueConstraint(fields=["provider", "operation"], name="providers_health_one_per_operation")
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.operation}"


class Call(models.Model):
    """One call to a provider, redacted. Written before it is made: one that never came back stays `asked`."""

    class Outcome(models.TextChoices):
        ASKED = "asked"  # under way, or its process died: nobody knows
        ANSWERED = "answered"
        REFUSED = "refused"  # an answer too
        UNAVAILABLE = "unavailable"
        CRASHED = "crashed"  # our own mistake

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="calls")
    operation = models.CharField(max_length=48)
    operation_id = models.CharField(max_length=96, help_text="Ours, and the provider's idempotency key.")
    subject = models.CharField(max_length=96, blank=True, help_text="What it was for.")
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.ASKED)
    error = models.CharField(max_length=16, blank=True, help_text="The class of error.")
    has_left = models.BooleanField(null=True, help_text="Of an unavailable one: it may have been acted upon.")
    reason = models.CharField(max_length=300, blank=True)
    milliseconds = models.PositiveIntegerField(null=True)
    exchanges = models.JSONField(default=list, help_text="What was said, without secrets.")
    asked_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["operation_id"], name="providers_call_operation"),
            models.Index(fields=["subject"], name="providers_call_subject"),
            models.Index(fields=["provider", "id"], name="providers_call_provider"),
            models.Index(fields=["asked_at"], name="providers_call_asked_at"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.operation} {self.operation_id}"


class Webhook(models.Model):
    """One webhook whose signature was right, with the very bytes that came, kept before anything is done about it."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        PARKED = "parked"  # nobody knows its operation yet; tried again, in the end by an operator
        HANDLED = "handled"
        REFUSED = "refused"  # rightly signed, and it says nothing that we understand

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="webhooks")
    event_id = models.CharField(max_length=200, help_text="The vendor's, or made of what is unique about it.")
    type = models.CharField(max_length=64, help_text="The vendor's name of it; it says nothing about the state.")
    operation_id = models.CharField(max_length=96, blank=True, help_text="Ours; empty: it concerns none.")
    raw = models.BinaryField()
    headers = models.JSONField(default=dict, help_text="Those that the signature needs, and who sent it.")
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    tries = models.PositiveIntegerField(default=0, help_text="How often it was handed out.")
    repeats = models.PositiveIntegerField(default=0, help_text="How often it came again.")
    next_try_at = models.DateTimeField(null=True, blank=True, help_text="Not handed out before; empty: not by itself.")
    reason = models.CharField(max_length=300, blank=True)
    received_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "event_id"], name="providers_webhook_once"),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "parked", "handled", "refused"]),
                name="providers_webhook_status",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "parked"]) | models.Q(next_try_at__isnull=True),
                name="providers_webhook_done_is_done",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(next_try_at__isnull=False),
                name="providers_webhook_due",
            ),
            models.Index(fields=["operation_id"], name="providers_webhook_operation"),
            models.Index(fields=["received_at"], name="providers_webhook_received"),
        ]

    def __str__(self) -> str:
        return f"{self.provider_id} {self.type} {self.event_id}"
