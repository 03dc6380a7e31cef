"""Ask for blocks to be read once more; the workers' next scans do it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kit.errors import DomainError
from transactions.flows import rescan


class Command(BaseCommand):
    help = (
        "Has blocks of a network read once more by the same parser: of one transaction, of a range, or in a range what"
        " pays one address of ours. What is known already stays as it is: nothing is credited twice."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("network")
        parser.add_argument("--transaction", default="", help="The network's id of a transaction: its block.")
        parser.add_argument("--address", default="", help="Only what pays this address of ours, in the blocks named.")
        parser.add_argument("--from", type=int, dest="first", help="The first block.")
        parser.add_argument("--to", type=int, dest="last", help="The last block; else the newest that was read.")
        parser.add_argument("--reason", required=True, help="Why; it is recorded.")
        parser.add_argument("--actor", required=True, help="Who wants it: a person's id; it is recorded.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            planned = rescan.plan(
                network=options["network"],
                txid=options["transaction"],
                address=options["address"],
                first_height=options["first"],
                last_height=options["last"],
                reason=options["reason"],
                actor=options["actor"],
            )
        except DomainError as error:
            raise CommandError(f"{error.what_happened} {error.what_to_do}") from error
        asked = rescan.ask(planned, now=timezone.now())
        self.stdout.write(f"{asked.pk}: blocks {asked.first_height} to {asked.last_height}; the next scan begins.")
