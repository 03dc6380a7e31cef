"""Give a person a role: the way to the first administrator."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts import queries, services
from accounts.models import Role


class Command(BaseCommand):
    help = "Give a person a role: user, officer, operator or administrator."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=Role.values)

    def handle(self, *args: Any, **options: Any) -> None:
        user = queries.find_user_by_email(options["email"])
        if not user:
            raise CommandError(f"Nobody has the address {options['email']}.")
        services.grant_role(user=user, role=Role(options["role"]), actor="system", now=timezone.now())
        self.stdout.write(f"{user.email} is {options['role']} now.")
