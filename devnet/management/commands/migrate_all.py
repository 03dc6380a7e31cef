"""Migrate all four databases in one go."""

from typing import Any

from django.conf import settings
from django.core.management import BaseCommand, call_command


class Command(BaseCommand):
    help = "Migrate the core, identity, rates and audit databases."

    def handle(self, *args: Any, **options: Any) -> None:
        for alias in settings.DATABASES:
            call_command("migrate", database=alias, verbosity=0, interactive=False)
            self.stdout.write(f"{alias}: migrated")
