"""Take a proof of solvency now, and print what it says."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from custody.errors import KeysUnavailable
from kit import jobs
from kit.errors import DomainError
from kit.money import format_minor
from solvency.services import snapshots


class Command(BaseCommand):
    help = "Take a snapshot of what people hold and what is there, and publish it. Without keys, have a worker do it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anew", action="store_true", help="Give everybody another place and salt in the trees.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            snapshot = snapshots.take(now=timezone.now(), actor="command", anew=options["anew"])
        except KeysUnavailable:
            jobs.ring("solvency.take_snapshot_now")
            self.stdout.write("This process has no keys: a worker was asked to take one.")
            return
        except DomainError as error:
            raise CommandError(f"{error.what_happened} {error.what_to_do}") from error
        self.stdout.write(f"Snapshot {snapshot.pk}, SHA-256 of its roots {snapshot.digest}")
        for code, asset in json.loads(snapshot.roots)["assets"].items():
            owed, there = (format_minor(int(asset[name]), scale=asset["scale"]) for name in ("liabilities", "assets"))
            self.stdout.write(f"  {code}: owed {owed}, there {there}, ratio {asset['ratio'] or 'none'}")
