"""Set up the keys of every network that has none yet. Prints nothing secret."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from custody.providers.local import create_key_file
from custody.services import setup_vaults
from kit.errors import DomainError


class Command(BaseCommand):
    help = "Set up a vault, its branches and the hot key for every network that has none. Harmless twice."
    requires_system_checks = ()  # keys are looked after even when the pages are broken

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--create-key-file", action="store_true", help="Make the key file KEY_FILE names, if there is none."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["create_key_file"] and settings.KEY_FILE and not Path(settings.KEY_FILE).exists():
                create_key_file(Path(settings.KEY_FILE))
                self.stdout.write(f"Created the key file {settings.KEY_FILE}. Keep a copy apart from the database's.")
            created = setup_vaults(now=timezone.now())
        except DomainError as error:
            raise CommandError(f"{error.what_happened} {error.what_to_do}") from error
        self.stdout.write(f"New vaults: {', '.join(created) or 'none, all networks have theirs'}.")
