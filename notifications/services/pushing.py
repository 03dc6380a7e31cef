"""Browsers that show notifications: subscribed, looked after, forgotten; and the key that push services know us by."""

import base64
import os
import stat
from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from django.conf import settings
from django.db import transaction

from accounts.models import Session, User
from events.services import record
from kit.errors import InvalidInput
from kit.ids import new_id
from notifications import queries
from notifications.errors import NoPush, PushKeyRefused, TooManyBrowsers
from notifications.models import PushSubscription
from notifications.services.endpoints import check_is_public

MOST_BROWSERS = 10
SESSION_ENDED = "The session in which the browser subscribed was ended."
POINT_BYTES, AUTH_BYTES = 65, 16


def subscribe(
    *, user_id: str, session_id: str, url: str, p256dh: str, auth: str, agent: str, now: datetime
) -> PushSubscription:
    """
    Let this browser show notifications, as long as the session lasts that it is signed in with.

    A browser that somebody else had subscribed before is theirs no longer: it is the same screen.

    :raises NoPush: if push messages are not set up here
    :raises EndpointUrlRefused: if nothing is sent to its push service from here
    :raises InvalidInput: if its keys are none
    :raises TooManyBrowsers: if the person has enough
    """
    if not public_key():
        raise NoPush
    check_is_public(url)
    _check_keys(p256dh, auth)
    with transaction.atomic():
        User.objects.select_for_update(no_key=True).get(pk=user_id)
        known = PushSubscription.objects.select_for_update(no_key=True).filter(url=url, removed_at=None).first()
        if known is not None and known.user_id == user_id and (known.p256dh, known.auth) == (p256dh, auth):
            PushSubscription.objects.filter(pk=known.pk).update(session_id=session_id, updated_at=now)
            return known
        if known is not None:
            _remove(known, "Somebody subscribed in the same browser.", actor=user_id, now=now)
        if queries.push_subscriptions(user_id=user_id).count() >= MOST_BROWSERS:
            raise TooManyBrowsers
        subscription = PushSubscription.objects.create(
            id=new_id("psh"),
            user_id=user_id,
            session_id=session_id,
            url=url,
            p256dh=p256dh,
            auth=auth,
            agent=agent[:200],
            created_at=now,
            updated_at=now,
        )
        data = {"agent": subscription.agent}
        record(type="push_subscription.added", subject=subscription, actor=user_id, user_id=user_id, now=now, data=data)
    return subscription


def unsubscribe(*, subscription: PushSubscription, now: datetime) -> None:
    """Show nothing there any more."""
    with transaction.atomic():
        _remove(subscription, "Its owner turned it off.", actor=subscription.user_id, now=now)


def forget_browser(subscription: PushSubscription, reason: str, *, now: datetime) -> None:
    """Show nothing there any more, since nobody is there; in the caller's transaction."""
    _remove(subscription, reason, actor="system", now=now)


def forget_browsers(*, session_id: str, now: datetime) -> set[str]:
    """Show nothing any more where this session was signed in, in the caller's transaction; return their ids."""
    found = list(PushSubscription.objects.filter(session_id=session_id, removed_at=None).order_by("pk"))
    for subscription in found:
        _remove(subscription, SESSION_ENDED, actor="system", now=now)
    return {subscription.pk for subscription in found}


def is_over(subscription: PushSubscription) -> bool:
    """Say whether the session that the browser subscribed in was ended; one that ran out says nothing against it."""
    return Session.objects.filter(pk=subscription.session_id, revoked_at__isnull=False).exists()


def public_key() -> str:
    """Return the key that browsers are given (an uncompressed point, base64url); empty: push is not set up."""
    path = settings.VAPID_PUBLIC_KEY_FILE
    try:
        return Path(path).read_text(encoding="ascii").strip() if path else ""
    except (OSError, ValueError):
        return ""


def signing_key() -> str:
    """
    Return the private key in PEM.

    :raises PushKeyRefused: if this process has none, or others can read it
    """
    if not settings.VAPID_KEY_FILE:
        raise PushKeyRefused("This process has no VAPID_KEY_FILE.")
    try:
        mode = os.stat(settings.VAPID_KEY_FILE).st_mode
        if not stat.S_ISREG(mode) or stat.S_IMODE(mode) != 0o600:
            raise PushKeyRefused(f"The key file must have mode 0600, not {stat.S_IMODE(mode):04o}.")
        return Path(settings.VAPID_KEY_FILE).read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        raise PushKeyRefused(f"The key file cannot be read: {type(error).__name__}.") from None


def create_push_key(*, private: Path, public: Path) -> str:
    """
    Write a fresh key pair, the private one with mode 0600, and return the public key.

    :raises PushKeyRefused: if there is a private key already
    """
    key = ec.generate_private_key(ec.SECP256R1())
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    written = base64.urlsafe_b64encode(point).rstrip(b"=").decode()
    private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        descriptor = os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise PushKeyRefused(f"There is a key already: {private}.") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    public.write_text(written + "\n", encoding="ascii")
    return written


def _check_keys(p256dh: str, auth: str) -> None:
    wrong = {}
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), _bytes(p256dh, POINT_BYTES))
    except ValueError:
        wrong["p256dh"] = ["This is no key."]
    try:
        _bytes(auth, AUTH_BYTES)
    except ValueError:
        wrong["auth"] = ["This is no secret."]
    if wrong:
        raise InvalidInput(fields=wrong)


def _bytes(text: str, length: int) -> bytes:
    """:raises ValueError: if it is not so many bytes in base64url"""
    found = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    if len(found) != length:
        raise ValueError(text)
    return found


def _remove(subscription: PushSubscription, reason: str, *, actor: str, now: datetime) -> None:
    gone = PushSubscription.objects.filter(pk=subscription.pk, removed_at=None)
    if gone.update(removed_at=now, removed_reason=reason[:120], updated_at=now):
        record(
            type="push_subscription.removed",
            subject=subscription,
            actor=actor,
            user_id=subscription.user_id,
            now=now,
            data={"reason": reason},
        )
