"""Accounts to look around with: two people, a compliance officer and an administrator."""

import secrets
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction
from django.utils import timezone

import accounts.services
from accounts.models import Link, Role, User
from accounts.queries import find_user_by_email
from accounts.services.registration import check_new_password
from devnet.memory import EMAILS, REMINDER
from kit.clients import Client

PEOPLE = dict(
    zip(
        EMAILS,
        (
            (Role.USER, "a person with wallets"),
            (Role.USER, "someone to send to"),
            (Role.OFFICER, "compliance officer, /admin/"),
            (Role.ADMINISTRATOR, "administrator, /admin/"),
        ),
        strict=True,
    )
)
PASSWORD_BYTES = 12


class Command(BaseCommand):
    help = "Create the demo accounts that do not exist yet, and print their passwords this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-passwords", action="store_true", help="Give those that exist new passwords too.")

    def handle(self, *args: Any, **options: Any) -> None:
        lines = [
            line
            for email, (role, what) in PEOPLE.items()
            if (line := _make(email, role, what, is_renewed=options["new_passwords"]))
        ]
        if lines:
            self.stdout.write("Sign in with (shown only now):")
            self.stdout.write("\n".join(lines))
        else:
            self.stdout.write("\n".join(REMINDER))


@transaction.atomic
def _make(email: str, role: Role, what: str, *, is_renewed: bool) -> str:
    """Return a line with the new password, or "" where nothing was done."""
    password, now = secrets.token_urlsafe(PASSWORD_BYTES), timezone.now()
    user = find_user_by_email(email)
    if user and not is_renewed:
        return ""
    if user is None:
        user = accounts.services.register(email=email, password=password, client=Client(), now=now)
        if role != Role.USER:
            accounts.services.grant_role(user=user, role=role, actor="devnet", now=now)
        User.objects.filter(pk=user.pk).update(email_verified_at=now)
        Link.objects.filter(user=user).delete()  # no mail asks for what is done already
    else:
        check_new_password(password, user=user)
        user.set_password(password)
        user.save(update_fields=["password"])
    return f"  {email:<32} {password}   {what}"
