"""
The second factor: an authenticator app (RFC 6238), and recovery codes for when it is lost.

Every check locks the device's row and remembers the time step it used, so a code is good for
one use even if it arrives twice in the same instant.
"""

import base64
import secrets
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlencode

from django.db import transaction
from django.utils.crypto import salted_hmac
from django_otp.oath import TOTP
from django_otp.plugins.otp_totp.models import TOTPDevice

from accounts import queries
from accounts.errors import CodeInvalid, FactorAlreadyEnabled, FactorNotEnabled
from accounts.models import RecoveryCode, Session, User
from accounts.services import attempts, sessions
from events.services import record
from kit.clients import Client

ISSUER = "Holdfast"
RECOVERY_CODES = 10
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True)
class Enrolment:
    """What is shown once, when a factor is being set up; all of it is secret."""

    secret: str
    otpauth_url: str
    recovery_codes: tuple[str, ...]


def enable_factor(*, user: User, now: datetime) -> Enrolment:
    """
    Prepare a factor, which guards nothing until its first code is confirmed. Doing it again starts afresh.

    :raises FactorAlreadyEnabled: if one is on
    """
    with transaction.atomic():
        # The person's row stands in for the device's, which may not exist yet.
        User.objects.select_for_update(no_key=True).get(pk=user.pk)
        if queries.has_factor(user_id=user.id):
            raise FactorAlreadyEnabled
        TOTPDevice.objects.filter(user=user).delete()
        device = TOTPDevice.objects.create(user=user, name="authenticator", confirmed=False)
        codes = _new_recovery_codes(user, now=now)
    secret = base64.b32encode(device.bin_key).decode()
    return Enrolment(secret=secret, otpauth_url=otpauth_url(email=user.email, secret=secret), recovery_codes=codes)


def confirm_factor(*, user: User, otp: str, session: Session, client: Client, now: datetime) -> None:
    """
    Turn the prepared factor on: its holder has shown the first code. All other sessions end.

    :raises FactorNotEnabled: if none was prepared
    :raises FactorAlreadyEnabled: if it is on already
    :raises CodeInvalid: if the code is wrong
    :raises TooManyAttempts: if codes were wrong too often
    """
    if queries.has_factor(user_id=user.id):
        raise FactorAlreadyEnabled
    if not TOTPDevice.objects.filter(user=user).exists():
        raise FactorNotEnabled
    attempts.begin(email=user.email, client=client, now=now)
    with transaction.atomic():
        device = _lock_device(user, confirmed=False)
        is_right = bool(device and _spend_totp(device, otp, now=now))
        if device and is_right:
            device.confirmed = True
            device.save(update_fields=["confirmed"])
            Session.objects.filter(pk=session.pk).update(second_factor_at=now)
            sessions.revoke_all_sessions(
                user=user, actor=user.id, reason="factor_enabled", now=now, except_id=session.pk
            )
            _changed("user.factor_enabled", user, actor=user.id, client=client, now=now)
    _end_attempt(user, is_right=is_right, client=client, now=now)


def disable_factor(*, user: User, otp: str, client: Client, now: datetime) -> None:
    """
    Turn the factor off, and forget its recovery codes.

    :raises FactorNotEnabled: if none is on
    :raises CodeInvalid: if the code is wrong
    :raises TooManyAttempts: if codes were wrong too often
    """
    _prove(user, otp, client=client, now=now)
    with transaction.atomic():
        remove_factor(user=user, actor=user.id, client=client, now=now)


def remove_factor(*, user: User, actor: str, client: Client, now: datetime) -> None:
    """Turn the factor off without a code, inside the caller's transaction; no factor, no effect."""
    removed, _ = TOTPDevice.objects.filter(user=user).delete()
    user.recovery_codes.all().delete()
    if removed:
        _changed("user.factor_disabled", user, actor=actor, client=client, now=now)


def replace_recovery_codes(*, user: User, otp: str, client: Client, now: datetime) -> tuple[str, ...]:
    """
    Return new recovery codes; the old ones stop working.

    :raises FactorNotEnabled: if no factor is on
    :raises CodeInvalid: if the code is wrong
    :raises TooManyAttempts: if codes were wrong too often
    """
    _prove(user, otp, client=client, now=now)
    with transaction.atomic():
        _lock_device(user, confirmed=True)
        codes = _new_recovery_codes(user, now=now)
        _changed("user.recovery_codes_replaced", user, actor=user.id, client=client, now=now)
    return codes


def spend_code(*, user: User, otp: str, client: Client, now: datetime) -> bool:
    """Spend a code of the authenticator, or a recovery code, and say whether it was good."""
    otp = "".join(otp.split()).replace("-", "").lower()
    with transaction.atomic():
        device = _lock_device(user, confirmed=True)
        if not device:
            return False
        if _spend_totp(device, otp, now=now):
            return True
        unused = user.recovery_codes.filter(code_hash=_hash(user, otp), used_at=None)
        if not unused.update(used_at=now):
            return False
        left = queries.recovery_codes_left(user=user)
        data = {"address": client.address, "agent": client.agent, "left": left}
        record(type="user.recovery_code_used", subject=user, actor=user.id, user_id=user.id, data=data, now=now)
        return True


def otpauth_url(*, email: str, secret: str) -> str:
    """Return the key URI an authenticator app reads from a QR code (Google Authenticator's Key URI Format)."""
    label = quote(f"{ISSUER}:{email}")
    parameters = {"secret": secret, "issuer": ISSUER, "algorithm": "SHA1", "digits": "6", "period": "30"}
    return f"otpauth://totp/{label}?{urlencode(parameters)}"


def _prove(user: User, otp: str, *, client: Client, now: datetime) -> None:
    if not queries.has_factor(user_id=user.id):
        raise FactorNotEnabled
    attempts.begin(email=user.email, client=client, now=now)
    is_right = spend_code(user=user, otp=otp, client=client, now=now)
    _end_attempt(user, is_right=is_right, client=client, now=now)


def _end_attempt(user: User, *, is_right: bool, client: Client, now: datetime) -> None:
    if is_right:
        attempts.give_back(email=user.email, client=client)
        return
    attempts.fail(email=user.email, user=user, client=client, reason="second_factor", now=now)
    raise CodeInvalid


def _lock_device(user: User, *, confirmed: bool) -> TOTPDevice | None:
    device: TOTPDevice | None = (
        TOTPDevice.objects.select_for_update(no_key=True).filter(user=user, confirmed=confirmed).first()
    )
    return device


def _spend_totp(device: TOTPDevice, otp: str, *, now: datetime) -> bool:
    # django-otp's own verify_token() reads the clock, locks nothing and cannot be told the time.
    if not (otp.isascii() and otp.isdigit() and len(otp) == device.digits):
        return False
    totp = TOTP(device.bin_key, device.step, device.t0, device.digits, device.drift)
    totp.time = int(now.timestamp())
    if not totp.verify(int(otp), device.tolerance, device.last_t + 1):
        return False
    device.last_t, device.drift, device.last_used_at = totp.t(), totp.drift, now
    device.save(update_fields=["last_t", "drift", "last_used_at"])
    return True


def _new_recovery_codes(user: User, *, now: datetime) -> tuple[str, ...]:
    user.recovery_codes.all().delete()
    codes = ["".join(secrets.choice(_ALPHABET) for _ in range(16)) for _ in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        [RecoveryCode(user=user, code_hash=_hash(user, code), created_at=now) for code in codes]
    )
    return tuple("-".join(code[i : i + 4] for i in range(0, 16, 4)) for code in codes)


def _hash(user: User, code: str) -> str:
    # 80 random bits cannot be tried out, so a keyed hash serves where a password would need Argon2.
    return salted_hmac("accounts.recovery_code", f"{user.id}:{code}", algorithm="sha256").hexdigest()


def _changed(type: str, user: User, *, actor: str, client: Client, now: datetime) -> None:
    User.objects.filter(pk=user.pk).update(security_changed_at=now)
    user.security_changed_at = now
    data = {"address": client.address, "agent": client.agent}
    record(type=type, subject=user, actor=actor, user_id=user.id, data=data, now=now)
