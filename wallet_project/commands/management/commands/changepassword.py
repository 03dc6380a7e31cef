"""Set a person's password; in place of Django's own command, which leaves whoever is signed in signed in."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import queries
from accounts.services import passwords
from kit.errors import InvalidInput

MAX_TRIES = 3


class Command(BaseCommand):
    help = "Change a person's password and end all of their sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> str:
        user = queries.find_user_by_email(options["email"])
        if user is None:
            raise CommandError(f"Nobody has the address {options['email']}.")
        for _ in range(MAX_TRIES):
            new = getpass.getpass("New password: ")
            if new != getpass.getpass("The same again: "):
                self.stderr.write("The two differ.")
                continue
            try:
                passwords.set_by_operator(user=user, new=new, now=timezone.now())
            except InvalidInput as error:
                self.stderr.write("\n".join(reason for reasons in error.fields.values() for reason in reasons))
                continue
            return f"The password of {user.email} is changed, and all sessions are ended."
        raise CommandError(f"The password of {user.email} is as it was.")
