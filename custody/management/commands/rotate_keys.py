"""Put a new key-encryption key above all data keys, while everything runs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from custody.services import retire_key_versions, rotate_keys
from kit.errors import DomainError


class Command(BaseCommand):
    help = "Add a version of the key-encryption key and re-wrap every data key; run again, it finishes what was begun."
    requires_system_checks = ()  # keys are looked after even when the pages are broken

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch-size", type=int, default=100, help="Rows per database transaction.")
        parser.add_argument(
            "--retire", action="store_true", help="Only forget the versions that no row needs any more."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        try:
            if options["retire"]:
                retired = retire_key_versions(now=now)
                self.stdout.write(f"Versions forgotten: {', '.join(map(str, retired)) or 'none'}.")
                return
            rotation = rotate_keys(now=now, batch_size=options["batch_size"])
        except DomainError as error:
            raise CommandError(f"{error.what_happened} {error.what_to_do}") from error
        self.stdout.write(f"Version {rotation.version} is active; {rotation.rewrapped} data keys wrapped anew.")
        if rotation.broken:
            raise CommandError(f"These rows cannot be opened: {', '.join(rotation.broken)}.")
