"""Make the keys that push services know this installation by. Prints the public one and nothing secret."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from kit.errors import DomainError
from notifications import services


class Command(BaseCommand):
    help = "Make the key files VAPID_KEY_FILE and VAPID_PUBLIC_KEY_FILE name, if there are none."
    requires_system_checks = ()  # keys are looked after even when the pages are broken

    def handle(self, *args: Any, **options: Any) -> None:
        private, public = settings.VAPID_KEY_FILE, settings.VAPID_PUBLIC_KEY_FILE
        if not private or not public:
            raise CommandError("VAPID_KEY_FILE and VAPID_PUBLIC_KEY_FILE must name the files.")
        try:
            is_there = Path(private).exists()
            key = services.public_key() if is_there else ""
            key = key or services.create_push_key(private=Path(private), public=Path(public))
        except DomainError as error:
            raise CommandError(f"{error.what_happened} {error.what_to_do}") from error
        self.stdout.write(f"Public key, for browsers: {key}")
