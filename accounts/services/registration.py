"""Becoming known: a new person, with an address and a password that are fit to be used."""

from datetime import datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Group
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import IntegrityError, transaction

from accounts.errors import EmailTaken
from accounts.models import Link, Role, User
from accounts.services import links
from events.services import record
from kit.clients import Client
from kit.errors import InvalidInput
from kit.ids import new_id


def register(*, email: str, password: str, client: Client, now: datetime) -> User:
    """
    Create a person with the role of a user, and mail them a link to verify their address.

    :raises InvalidInput: if the address is none, or the password too weak
    :raises EmailTaken: if the address has an account
    """
    email = clean_email(email)
    user = User(id=new_id("usr"), email=email, created_at=now)
    check_new_password(password, user=user)
    user.password = make_password(password)
    with transaction.atomic():
        try:
            with transaction.atomic():
                user.save(force_insert=True)
        except IntegrityError:
            raise EmailTaken(f"{email} already has an account.") from None
        user.groups.add(Group.objects.get(name=Role.USER))
        data = {"address": client.address, "agent": client.agent}
        record(type="user.registered", subject=user, actor=user.id, user_id=user.id, data=data, now=now)
        links.create_link(purpose=Link.Purpose.VERIFY_EMAIL, user=user, email=email, now=now)
    return user


def clean_email(email: str) -> str:
    """
    Return the address as it is stored.

    :raises InvalidInput: if it is none
    """
    email = email.strip().lower()
    try:
        validate_email(email)
        email.rpartition("@")[2].encode("idna")  # what cannot be written into a mail passes for an address, too
    except ValidationError as error:
        raise InvalidInput(fields={"email": list(error.messages)}) from None
    except UnicodeError:
        raise InvalidInput(fields={"email": ["No mail can be sent to this address."]}) from None
    if not email.isprintable():
        raise InvalidInput(fields={"email": ["No mail can be sent to this address."]})
    return email


def check_new_password(password: str, *, user: User, field: str = "password") -> None:
    """
    Pass in silence if the password is long enough, hard to guess, in no breach, and not like the address.

    :raises InvalidInput: otherwise, with the reasons under the field's name
    :raises PasswordCheckUnavailable: if the list of breached passwords cannot be read
    """
    try:
        validate_password(password, user=user)
    except ValidationError as error:
        raise InvalidInput(
            "This password cannot be accepted",
            why=" ".join(error.messages),
            what_to_do="Choose another of at least 12 characters, one that you use nowhere else.",
            alternatives=["Four unrelated words are good.", "Let a password manager make one up."],
            fields={field: list(error.messages)},
        ) from None
