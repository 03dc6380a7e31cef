"""Make the private key that checkpoints are signed with. Prints its public key and nothing secret."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.services.keys import create_key_file, public_key, signing_key
from kit.errors import DomainError


class Command(BaseCommand):
    help = "Make the key file AUDIT_KEY_FILE names, if there is none, and print its public key for auditors."
    requires_system_checks = ()  # keys are looked after even when the pages are broken

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--quiet", action="store_true", help="Say nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.AUDIT_KEY_FILE:
            raise CommandError("AUDIT_KEY_FILE names no file.")
        try:
            is_there = Path(settings.AUDIT_KEY_FILE).exists()
            public = public_key(signing_key()) if is_there else create_key_file(Path(settings.AUDIT_KEY_FILE))
        except DomainError as error:
            raise CommandError(f"{error.what_happened} {error.what_to_do}") from error
        if not options["quiet"]:
            self.stdout.write(f"Public key, for audit/verify.py: {public}")
