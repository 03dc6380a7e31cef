"""Links sent by e-mail: signed, expiring, good for one use."""

from datetime import datetime, timedelta

from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils.translation import gettext, override

from accounts.errors import LinkInvalid
from accounts.models import Link, User
from kit import jobs
from kit.ids import is_id, new_id

LIFETIME = {
    Link.Purpose.VERIFY_EMAIL: timedelta(days=3),
    Link.Purpose.CHANGE_EMAIL: timedelta(hours=24),
    Link.Purpose.RESET_PASSWORD: timedelta(hours=1),
}

CLAIM_LAPSES_AFTER = timedelta(minutes=5)
"""A worker that took a mail in hand and died is taken to have failed after this."""

_PATHS = {
    Link.Purpose.VERIFY_EMAIL: "/verify-email/{token}/",
    Link.Purpose.CHANGE_EMAIL: "/verify-email/{token}/",
    Link.Purpose.RESET_PASSWORD: "/reset-password/{token}/",
}


def create_link(*, purpose: Link.Purpose, user: User | None, email: str, now: datetime) -> Link:
    """Prepare a link and ring for its mail; without a user the row is kept and nothing is mailed."""
    link = Link.objects.create(
        id=new_id("lnk"), purpose=purpose, user=user, email=email, created_at=now, expires_at=now + LIFETIME[purpose]
    )
    jobs.enqueue("accounts.send_link", link_id=link.id)
    return link


def token_of(link: Link) -> str:
    """Return the secret that stands in the mail; it can be made again and is stored nowhere."""
    return signing.Signer(salt=_SALT).sign(link.id)


def find_link(*, token: str, purposes: set[Link.Purpose], now: datetime) -> Link:
    """
    Return the unused link this token belongs to.

    :raises LinkInvalid: if there is none for these purposes
    """
    try:
        link_id = signing.Signer(salt=_SALT).unsign(token)
    except signing.BadSignature:
        raise LinkInvalid from None
    link = Link.objects.filter(pk=link_id, purpose__in=purposes, used_at=None, expires_at__gt=now).first()
    if not link or not link.user_id:
        raise LinkInvalid
    return link


def use_link(link: Link, *, now: datetime) -> User:
    """
    Spend the link, inside the caller's transaction, and return its user, locked.

    :raises LinkInvalid: if someone else spent it first
    """
    if not Link.objects.filter(pk=link.pk, used_at=None).update(used_at=now):
        raise LinkInvalid
    assert link.user_id
    return User.objects.select_for_update(no_key=True).get(pk=link.user_id)


def deliver_link(*, link_id: str, now: datetime) -> bool:
    """
    Send the link's mail if it is still waiting and nobody else is at it; say whether it was sent now.

    A mail may go out twice if a worker dies at the wrong moment, never not at all.
    """
    if not is_id(link_id, "lnk") or not _claim(link_id=link_id, now=now):
        return False
    link = Link.objects.select_related("user").get(pk=link_id)
    if link.user:
        _mail(link, link.user)
    Link.objects.filter(pk=link_id).update(sent_at=now)
    return link.user is not None


def waiting_links(*, now: datetime, limit: int) -> list[str]:
    """Return the ids of links whose mail has been waiting, the oldest first."""
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_LAPSES_AFTER)
    waiting = Link.objects.filter(free, sent_at=None, expires_at__gt=now).order_by("created_at")
    return list(waiting.values_list("pk", flat=True)[:limit])


_SALT = "accounts.link"


def _claim(*, link_id: str, now: datetime) -> bool:
    free = Q(claimed_at=None) | Q(claimed_at__lt=now - CLAIM_LAPSES_AFTER)
    waiting = Link.objects.filter(free, pk=link_id, sent_at=None, expires_at__gt=now)
    return waiting.update(claimed_at=now) == 1


def _mail(link: Link, user: User) -> None:
    path = _PATHS[Link.Purpose(link.purpose)].format(token=token_of(link))
    context = {"url": settings.PUBLIC_URL + path, "email": link.email, "purpose": link.purpose}
    with override(user.language):
        subject = {
            Link.Purpose.VERIFY_EMAIL: gettext("Confirm your e-mail address"),
            Link.Purpose.CHANGE_EMAIL: gettext("Confirm your new e-mail address"),
            Link.Purpose.RESET_PASSWORD: gettext("Choose a new password"),
        }[Link.Purpose(link.purpose)]
        body = render_to_string(f"accounts/mail/{link.purpose}.txt", context)
    send_mail(subject, body, settings.DEFAULT_FROM_EMAIL, [link.email])
