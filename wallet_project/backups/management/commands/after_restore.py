"""What a restored instance must know before it may sign again: nothing is signed until an operator has run this."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

import audit.queries
import chains.queries
from audit.errors import ChainBroken
from audit.services.anchors import anchor
from events import stream
from events.stream import Place, StreamBroken
from kit.errors import DomainError
from transactions.flows import restored
from transactions.flows.restored import Comparison

SKIPPED = 1_000


class Command(BaseCommand):
    help = "After a restore: compare what was sent with the networks, and let them be read and signed for again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reopen", metavar="NETWORK", help="Let this network be read and signed for again.")
        parser.add_argument("--by", default="", help="With --reopen: who says so; kept in the record.")
        parser.add_argument("--reason", default="", help="With --reopen: about sends that are in no book.")
        parser.add_argument(
            "--skip",
            type=int,
            default=SKIPPED,
            help="Addresses of each kind that may have been given out since that moment: nobody gets them again.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["reopen"]:
            self._reopen(options["reopen"], by=options["by"], reason=options["reason"], skip=options["skip"])
            return
        self._look_at_the_record()
        for network in settings.NETWORKS:
            self._look_at(network, skip=options["skip"])

    def _reopen(self, network: str, *, by: str, reason: str, skip: int) -> None:
        if network not in settings.NETWORKS or not by.strip() or skip < 0:
            raise CommandError("Name a network of ours, and with --by who says so.")
        try:
            made = restored.reopen(network=network, skip=skip, reason=reason, actor=by[:48], now=timezone.now())
        except DomainError as error:
            raise CommandError(f"{error.what_happened} {error.what_to_do}") from error
        self._tell(made)
        self.stdout.write(f"{network} is read and signed for again.")

    def _look_at_the_record(self) -> None:
        last = audit.queries.last_entry()
        try:
            stream.after(Place(last.xid, last.event_id) if last else stream.START, limit=1)
            self.stdout.write(f"record: {last.position if last else 0} entries, none ahead of the core database")
        except StreamBroken:
            self.stdout.write("record: AHEAD of the core database. Restore the audit database to an earlier moment.")
        try:
            anchor()
        except ChainBroken as error:
            self.stdout.write(f"anchor file: {error.what_happened} Keep it as evidence; name a new AUDIT_ANCHOR_FILE.")

    def _look_at(self, network: str, *, skip: int) -> None:
        if chains.queries.get_cursor(network) is None:
            self.stdout.write(f"{network}: never read")
            return
        if chains.queries.is_compared(network):
            self.stdout.write(f"{network}: open; its books are those of this run of the server")
            return
        try:
            self._tell(restored.compare(network=network, skip=skip, actor="system", now=timezone.now()))
        except DomainError as error:
            self.stdout.write(f"{network}: HALTED; it could not be compared: {error.what_happened}")
            return
        self.stdout.write(f"{network}: HALTED until --reopen {network}")

    def _tell(self, made: Comparison) -> None:
        self.stdout.write(f"{made.network}: blocks {made.first} to {made.last} compared")
        for each in made.taken_over:
            self.stdout.write(f"  {each} was sent already; it goes on from what the network has, and is not sent again")
        for each, why in made.not_yet.items():
            self.stdout.write(f"  {each} was sent already; taken over later, in place of being signed: {why}")
        for each in made.waiting:
            self.stdout.write(f"  {each} may be in the mempool: compare again once that is mined")
        for each in made.unsure:
            self.stdout.write(f"  {each} may have been signed and lost: that can land up to block {made.until}")
        for found in made.unknown:
            self.stdout.write(f"  UNKNOWN {found.txid} in block {found.height}, by {found.sender}:")
            for address, minor, contract, *_ in found.outputs:
                self.stdout.write(f"    {minor} {contract or 'native minor units'} to {address}")
