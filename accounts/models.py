"""People who sign in, the sessions they hold, and what guards both."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from kit.fields import IdField


class Role(models.TextChoices):
    """What a person may do; each is the name of a group."""

    USER = "user", "User"
    OFFICER = "officer", "Compliance officer"
    OPERATOR = "operator", "Operator"
    ADMINISTRATOR = "administrator", "Administrator"


STAFF_ROLES = frozenset({Role.OFFICER, Role.OPERATOR, Role.ADMINISTRATOR})
"""Roles that open the admin."""


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A person, known by e-mail address (stored lower-case)."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "As the device"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    id = IdField()
    email = models.EmailField(max_length=254, unique=True)
    email_verified_at = models.DateTimeField(null=True, blank=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    language = models.CharField(max_length=10, default="en")
    theme = models.CharField(max_length=6, choices=Theme.choices, default=Theme.SYSTEM)
    security_changed_at = models.DateTimeField(
        null=True, blank=True, help_text="When a password or second factor last changed; sends wait after it."
    )
    created_at = models.DateTimeField()

    objects = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = []

    class Meta:
        constraints = [models.CheckConstraint(condition=models.Q(email=Lower("email")), name="accounts_user_lower")]

    def __str__(self) -> str:
        return self.email


class Session(models.Model):
    """One signed-in device: a browser with a cookie, or a client with tokens."""

    class Kind(models.TextChoices):
        BROWSER = "browser", "Browser"
        TOKEN = "token", "App"

    id = IdField()
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="sessions")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    agent = models.CharField(max_length=200, blank=True)
    address = models.CharField(max_length=45, blank=True, help_text="Where it was last seen.")
    refresh_id = models.CharField(max_length=32, blank=True, help_text="The one refresh token that is still good.")
    second_factor_at = models.DateTimeField(null=True, help_text="When its holder last proved a second factor.")
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_reason = models.CharField(max_length=32, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["user", "-created_at"], name="accounts_session_user"),
            models.Index(fields=["expires_at"], name="accounts_session_expiry"),
        ]

    def __str__(self) -> str:
        return self.id


class Attempts(models.Model):
    """How often signing in has failed of late for one account name, or from one address."""

    key = models.CharField(max_length=64, primary_key=True, help_text="account:<hash of e-mail> or address:<address>")
    failures = models.PositiveIntegerField(default=0)
    last_failed_at = models.DateTimeField()
    locked_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name_plural = "attempts"
        indexes = [models.Index(fields=["last_failed_at"], name="accounts_attempts_age")]

    def __str__(self) -> str:
        return self.key


class Link(models.Model):
    """A link mailed to somebody, good for one use; its token is a signature over the id, made when it is mailed."""

    class Purpose(models.TextChoices):
        VERIFY_EMAIL = "verify_email", "Verify an e-mail address"
        CHANGE_EMAIL = "change_email", "Move to another e-mail address"
        RESET_PASSWORD = "reset_password", "Choose a new password"

    id = IdField()
    purpose = models.CharField(max_length=16, choices=Purpose.choices)
    user = models.ForeignKey(
        User, on_delete=models.PROTECT, null=True, help_text="Empty when nobody has the address: nothing is mailed."
    )
    email = models.EmailField(max_length=254)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    claimed_at = models.DateTimeField(null=True, help_text="When a worker took it in hand.")
    sent_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="accounts_link_unsent", condition=models.Q(sent_at=None)),
            models.Index(fields=["user", "purpose"], name="accounts_link_user"),
        ]

    def __str__(self) -> str:
        return self.id


class RecoveryCode(models.Model):
    """One of the codes that stand in for a lost second factor; only its keyed hash is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    code_hash = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "code_hash"], name="accounts_recoverycode_once")]

    def __str__(self) -> str:
        return f"recovery code {self.pk}"


class Ticket(models.Model):
    """Lets one WebSocket connection open within a minute; only its hash is kept."""

    ticket_hash = models.CharField(max_length=64, primary_key=True)
    session = models.ForeignKey(Session, on_delete=models.CASCADE)
    expires_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["expires_at"], name="accounts_ticket_expiry")]

    def __str__(self) -> str:
        return f"ticket of {self.session_id}"
