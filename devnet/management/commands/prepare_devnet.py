"""Everything a devnet's databases need before the product starts, in one process because each start costs seconds."""

from typing import Any

from django.core.management import BaseCommand, call_command
from django.utils import timezone

from devnet import capital


class Command(BaseCommand):
    help = "Migrate the four databases and set up keys and the company's own coins. Harmless twice."

    def handle(self, *args: Any, **options: Any) -> None:
        call_command("migrate_all", stdout=self.stdout)
        call_command("init_custody", create_key_file=True, stdout=self.stdout)
        call_command("create_audit_key", stdout=self.stdout)
        call_command("create_push_key", stdout=self.stdout)
        for network in capital.bring_in(now=timezone.now()):
            self.stdout.write(f"{network}: the company has coins of its own to pay gas with")
