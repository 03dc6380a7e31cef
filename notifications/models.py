"""What people were told, by which ways, and how far this app has read the events."""

from django.db import models

from kit.fields import IdField
from notifications.policy import FORCED, PUNCTUAL, Kind, Pace, Way

KIND_CHOICES = [(kind.value, kind.value) for kind in Kind]
WAY_CHOICES = [(way.value, way.value) for way in Way]
PACE_CHOICES = [(pace.value, pace.value) for pace in Pace]


class Cursor(models.Model):
    """The place in the one order of events up to which a consumer has had its effect; see events.stream."""

    consumer = models.CharField(max_length=32, primary_key=True)
    xid = models.BigIntegerField(default=0)
    number = models.BigIntegerField(default=0, help_text="The event's id.")
    updated_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.consumer} at {self.xid}/{self.number}"


class Poisoned(models.Model):
    """An event that could not be told of. What came after it went on; an operator has it tried again."""

    event = models.OneToOneField("events.Event", on_delete=models.PROTECT, db_constraint=True)
    error = models.CharField(max_length=300, help_text="The kind of mistake and where it happened.")
    tries = models.PositiveIntegerField(default=1)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    solved_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "poisoned events"
        indexes = [models.Index(fields=["id"], condition=models.Q(solved_at=None), name="notifications_poisoned_open")]

    def __str__(self) -> str:
        return f"event {self.event_id}"


class Notification(models.Model):
    """What one person was told of one event, in their language; in the inbox unless they chose not."""

    id = IdField()
    event = models.ForeignKey("events.Event", on_delete=models.PROTECT, db_index=False)  # with the user it has one
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=KIND_CHOICES)
    topic = models.CharField(max_length=32)
    title = models.CharField(max_length=160)
    text = models.CharField(max_length=600)
    path = models.CharField(max_length=120, help_text="Where on this site to look.")
    language = models.CharField(max_length=10)
    is_in_inbox = models.BooleanField()
    read_at = models.DateTimeField(null=True, blank=True)
    happened_at = models.DateTimeField()
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "user"], name="notifications_notification_once"),
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in Kind]), name="notifications_notification_kind"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "-id"], condition=models.Q(is_in_inbox=True), name="notifications_inbox"),
            models.Index(
                fields=["user"],
                condition=models.Q(is_in_inbox=True, read_at=None),
                name="notifications_unread",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} {self.pk}"


class Endpoint(models.Model):
    """
    A person's own address for webhooks. Its secret is not stored: it is derived from the id and the version.

    The previous version signs along until `previous_until`, so that its owner can change over in their own time.
    """

    id = IdField()
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    url = models.CharField(max_length=500)
    description = models.CharField(max_length=80, blank=True)
    is_enabled = models.BooleanField(default=True)
    disabled_reason = models.CharField(max_length=120, blank=True)
    secret_version = models.PositiveIntegerField(default=1)
    previous_until = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "webhook endpoint"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "url"],
                condition=models.Q(removed_at=None),
                name="notifications_endpoint_once",
            )
        ]

    def __str__(self) -> str:
        return self.pk


class Phone(models.Model):
    """
    A telephone number of somebody's, proved by a code before anything else is sent there.

    The code is not stored: it is derived from the id. A row is made with every code, so that codes can be counted.
    """

    id = IdField()
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    number = models.CharField(max_length=16, help_text="E.164: + and up to 15 digits.")
    code_until = models.DateTimeField()
    wrong_codes = models.PositiveSmallIntegerField(default=0)
    send_at = models.DateTimeField(null=True, blank=True, help_text="When the code is to be sent, or tried again.")
    tries = models.PositiveSmallIntegerField(default=0, help_text="Tries to send the code.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When it was first handed over.")
    reference = models.CharField(max_length=64, blank=True, help_text="The company's id of the message with the code.")
    reason = models.CharField(max_length=200, blank=True, help_text="Why the code could not be sent.")
    verified_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(removed_at=None, verified_at__isnull=False),
                name="notifications_phone_one_verified",
            ),
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(removed_at=None, verified_at=None),
                name="notifications_phone_one_pending",
            ),
            models.CheckConstraint(
                condition=models.Q(number__regex=r"^\+[1-9][0-9]{6,14}$"), name="notifications_phone_number"
            ),
        ]
        indexes = [
            models.Index(fields=["user", "created_at"], name="notifications_phone_codes"),
            models.Index(fields=["number", "created_at"], name="notifications_phone_number_at"),
            models.Index(fields=["send_at"], condition=models.Q(send_at__isnull=False), name="notifications_phone_due"),
        ]

    def __str__(self) -> str:
        return self.pk


class PushSubscription(models.Model):
    """One browser that shows notifications, as its push service gave it. It ends when its session is signed out."""

    id = IdField()
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    session_id = models.CharField(max_length=30, help_text="Of accounts.Session; sessions are deleted some day.")
    url = models.CharField(max_length=1000, help_text="Whoever knows it and our key can make it show something.")
    p256dh = models.CharField(max_length=100, help_text="The browser's public key.")
    auth = models.CharField(max_length=40, help_text="What the browser and we alone know.")
    agent = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_reason = models.CharField(max_length=120, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["url"], condition=models.Q(removed_at=None), name="notifications_push_subscription_once"
            )
        ]
        indexes = [models.Index(fields=["user"], condition=models.Q(removed_at=None), name="notifications_push_of")]

    def __str__(self) -> str:
        return self.pk


class Delivery(models.Model):
    """One notification on its way by one channel. Kept for good, and sent again on request under the same id."""

    class Status(models.TextChoices):
        WAITING = "waiting"
        GATHERED = "gathered"  # told with others in one mail: beyond the limit, or as its reader wants it
        SENT = "sent"
        FAILED = "failed"

    id = IdField()
    notification = models.ForeignKey(Notification, on_delete=models.PROTECT, related_name="deliveries")
    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=KIND_CHOICES)
    channel = models.CharField(max_length=12, choices=WAY_CHOICES)
    endpoint = models.ForeignKey(
        Endpoint, on_delete=models.PROTECT, null=True, blank=True, related_name="deliveries", help_text="Of a webhook."
    )
    subscription = models.ForeignKey(
        PushSubscription,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="deliveries",
        help_text="Of a push message.",
    )
    status = models.CharField(max_length=8, choices=Status, default=Status.WAITING)
    tries = models.PositiveIntegerField(default=0, help_text="Since it was made, or last asked for again.")
    asked_at = models.DateTimeField(null=True, blank=True, help_text="When it was first handed over.")
    reference = models.CharField(max_length=64, blank=True, help_text="The company's own id of it.")
    report = models.CharField(max_length=12, blank=True, help_text="What the company says became of it.")
    report_at = models.DateTimeField(null=True, blank=True, help_text="When the company is asked about it.")
    reports = models.PositiveSmallIntegerField(default=0, help_text="How often the company was asked.")
    next_try_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [
            models.UniqueConstraint(
                fields=["notification", "channel"],
                condition=models.Q(endpoint=None, subscription=None),
                name="notifications_delivery_once",
            ),
            models.UniqueConstraint(
                fields=["notification", "subscription"],
                condition=models.Q(subscription__isnull=False),
                name="notifications_delivery_once_pushed",
            ),
            models.UniqueConstraint(
                fields=["notification", "endpoint"],
                condition=models.Q(endpoint__isnull=False),
                name="notifications_delivery_once_each",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["waiting", "gathered"], next_try_at__isnull=False)
                | models.Q(status__in=["sent", "failed"], next_try_at=None),
                name="notifications_delivery_status",
            ),
            models.CheckConstraint(
                condition=models.Q(channel="webhook", endpoint__isnull=False, subscription=None)
                | models.Q(channel="push", endpoint=None, subscription__isnull=False)
                | models.Q(channel__in=["email", "sms"], endpoint=None, subscription=None),
                name="notifications_delivery_target",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_try_at"],
                condition=models.Q(next_try_at__isnull=False),
                name="notifications_delivery_due",
            ),
            models.Index(fields=["user", "kind", "channel", "created_at"], name="notifications_delivery_recent"),
            models.Index(fields=["endpoint", "-id"], name="notifications_delivery_of"),
            models.Index(fields=["reference"], condition=~models.Q(reference=""), name="notifications_delivery_ref"),
            models.Index(
                fields=["report_at"],
                condition=models.Q(report_at__isnull=False),
                name="notifications_delivery_report",
            ),
        ]

    def __str__(self) -> str:
        return self.pk


class Attempt(models.Model):
    """One try to deliver, as it ended. Nothing that was sent stands in it, nor who it went to."""

    delivery = models.ForeignKey(Delivery, on_delete=models.PROTECT, related_name="attempts")
    is_ok = models.BooleanField()
    status = models.PositiveSmallIntegerField(null=True, help_text="The HTTP status, where there is one.")
    reason = models.CharField(max_length=200, blank=True)
    milliseconds = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"try of {self.delivery_id}"


class Preference(models.Model):
    """A person's choice for one kind by one channel; without a row policy.wants_by_default says it."""

    user = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=KIND_CHOICES)
    channel = models.CharField(max_length=12, choices=WAY_CHOICES)
    is_on = models.BooleanField()
    pace = models.CharField(max_length=8, choices=PACE_CHOICES, default=Pace.AT_ONCE, help_text="Of mails.")
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["user", "kind", "channel"], name="notifications_preference_once"),
            models.CheckConstraint(
                condition=models.Q(pace=Pace.AT_ONCE.value)
                | models.Q(channel=Way.EMAIL.value) & ~models.Q(kind__in=[kind.value for kind in PUNCTUAL]),
                name="notifications_preference_pace",
            ),
            models.CheckConstraint(
                condition=models.Q(is_on=True)
                | ~models.Q(kind=Kind.SECURITY.value, channel__in=sorted(way.value for _, way in FORCED)),
                name="notifications_security_stays_on",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} {self.kind} {self.channel}"
