"""Proving that an e-mail address is one's own, and moving to another."""

from datetime import datetime

from django.db import IntegrityError, transaction

from accounts.errors import EmailTaken, LinkInvalid
from accounts.models import Link, User
from accounts.services import links
from accounts.services.passwords import prove_password
from accounts.services.registration import clean_email
from events.services import record
from kit.clients import Client
from kit.errors import InvalidInput


def ask_verification(*, user: User, now: datetime) -> None:
    """Mail the link again, unless the address is verified already."""
    if user.email_verified_at:
        return
    with transaction.atomic():
        links.create_link(purpose=Link.Purpose.VERIFY_EMAIL, user=user, email=user.email, now=now)


def ask_email_change(*, user: User, email: str, password: str, client: Client, now: datetime) -> None:
    """
    Mail a link to the new address; nothing changes until it is followed.

    :raises CredentialsInvalid: if the password is wrong
    :raises TooManyAttempts: if it was wrong too often
    :raises InvalidInput: if it is no address
    :raises EmailTaken: if it has an account
    """
    prove_password(user=user, password=password, client=client, now=now)
    email = clean_email(email)
    if email == user.email:
        raise InvalidInput(fields={"email": ["This is your address already."]})
    if User.objects.filter(email=email).exists():
        raise EmailTaken(f"{email} already has an account.")
    with transaction.atomic():
        links.create_link(purpose=Link.Purpose.CHANGE_EMAIL, user=user, email=email, now=now)
        data = {"address": client.address, "agent": client.agent}
        record(type="user.email_change_asked", subject=user, actor=user.id, user_id=user.id, data=data, now=now)


def verify_email(*, token: str, client: Client, now: datetime) -> User:
    """
    Take the mailed token as proof that the address is the person's own; a new address takes effect now.

    :raises LinkInvalid: if the token is not good (any more)
    :raises EmailTaken: if someone else has taken the new address meanwhile
    """
    purposes = {Link.Purpose.VERIFY_EMAIL, Link.Purpose.CHANGE_EMAIL}
    link = links.find_link(token=token, purposes=purposes, now=now)
    try:
        with transaction.atomic():
            return _take_as_proof(link, client=client, now=now)
    except IntegrityError:
        raise EmailTaken(f"{link.email} already has an account.") from None


def _take_as_proof(link: Link, *, client: Client, now: datetime) -> User:
    user = links.use_link(link, now=now)
    is_change = link.purpose == Link.Purpose.CHANGE_EMAIL
    if not is_change and link.email != user.email:
        raise LinkInvalid("This link was for an address you no longer use.")
    user.email, user.email_verified_at = link.email, now
    if is_change:
        user.security_changed_at = now
    user.save(update_fields=["email", "email_verified_at", "security_changed_at"])
    kind = "user.email_changed" if is_change else "user.email_verified"
    data = {"address": client.address, "agent": client.agent}
    record(type=kind, subject=user, actor=user.id, user_id=user.id, data=data, now=now)
    return user
