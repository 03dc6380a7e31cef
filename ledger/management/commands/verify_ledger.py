from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ledger.queries import count_verified, verify


class Command(BaseCommand):
    help = "Replay every entry, and stop with an error at the first difference, naming account and entry."

    def handle(self, *args: Any, **options: Any) -> None:
        for difference in verify():
            raise CommandError(str(difference))
        self.stdout.write(f"The books agree: {count_verified()}")
