"""Make the transaction summary again from the events: after a mended mistake, or a restored core database."""

from typing import Any

from django.core.management.base import BaseCommand

from analytics import services


class Command(BaseCommand):
    help = "Make rates_db.transaction_summary, and what stands beside it, again from the first event on."

    def handle(self, *args: Any, **options: Any) -> None:
        taken = services.rebuild()
        self.stdout.write(f"Made again from {taken} events.")
