"""Looking people and their sessions up. Nothing here writes."""

import base64
from collections.abc import Sequence
from datetime import datetime

from django.db.models import QuerySet
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts.models import Session, User
from kit import sql

_SESSION = "SELECT {s}, {u} FROM accounts_session s JOIN accounts_user u ON u.id = s.user_id WHERE s.id = %s"


def get_user(user_id: str) -> User:
    """
    Return the person with this id.

    :raises User.DoesNotExist: if there is none
    """
    return User.objects.get(pk=user_id)


def find_user_by_email(email: str) -> User | None:
    """Return the person with this e-mail address, whatever its capitals."""
    return User.objects.filter(email=email.strip().lower()).first()


def open_sessions(*, user_id: str, now: datetime) -> QuerySet[Session]:
    """Return the sessions that could act right now, the latest first."""
    return Session.objects.filter(user_id=user_id, revoked_at=None, expires_at__gt=now).order_by("-last_seen_at")


def find_open_session(*, session_id: str, now: datetime) -> Session | None:
    """Return the session with its user if it may act right now, else None."""
    rows = sql.read(_SESSION, [session_id], s=Session, u=User)
    if not rows:
        return None
    found: Session
    found, found.user = rows[0]
    if found.revoked_at is not None or found.expires_at <= now or not found.user.is_active:
        return None
    return found


def open_session_ids(session_ids: Sequence[str], *, now: datetime) -> set[str]:
    """Return those of these sessions that may act right now; one query."""
    sessions = Session.objects.filter(pk__in=session_ids, revoked_at=None, expires_at__gt=now, user__is_active=True)
    return set(sessions.values_list("pk", flat=True))


def has_factor(*, user_id: str) -> bool:
    """Say whether a second factor guards this account."""
    found: bool = TOTPDevice.objects.filter(user_id=user_id, confirmed=True).exists()
    return found


def find_prepared_secret(*, user_id: str) -> str:
    """Return the secret, in base 32, of a second factor that is being set up, or "" if none is."""
    device = TOTPDevice.objects.filter(user_id=user_id, confirmed=False).first()
    return base64.b32encode(device.bin_key).decode() if device else ""


def recovery_codes_left(*, user: User) -> int:
    return user.recovery_codes.filter(used_at=None).count()


def role_names(user: User) -> Sequence[str]:
    """Return the names of the person's roles, sorted."""
    return sorted(user.groups.values_list("name", flat=True))
