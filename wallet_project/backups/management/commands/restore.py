"""Bring the four databases back to a moment, into a new folder."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from kit.errors import DomainError
from wallet_project.backups.restoring import Restored, restore
from wallet_project.backups.servers import servers


class Command(BaseCommand):
    help = (
        "Restore the servers of the four databases from BACKUP_FOLDER, as they were at a moment. Touches none that run."
    )
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--to", type=_moment, default=None, help="UTC, as 2026-11-21T03:00:00Z; default: all there is."
        )
        parser.add_argument(
            "--into", type=Path, required=True, help="An empty or new folder; each server gets one in it."
        )
        parser.add_argument("--user", default="", help="As root: whose the files shall be, usually postgres.")
        parser.add_argument("--server", default="", help="Only this one of several, as `backup --list` names it.")

    def handle(self, *args: Any, **options: Any) -> None:
        chosen = [each for each in servers() if options["server"] in {"", each.name}]
        if not chosen:
            raise CommandError(f"There is no server {options['server']}.")
        asked_at = timezone.now()
        try:
            for server in chosen:
                self._tell(
                    restore(server, to=options["to"], into=options["into"].resolve(), user=options["user"]), asked_at
                )
        except DomainError as error:
            raise CommandError(f"{error.what_happened} {error.what_to_do}") from error
        self.stdout.write(
            "Put them where the old ones were and start them. Then, before any worker: manage.py after_restore. "
            "See docs/runbooks/restore.md."
        )

    def _tell(self, done: Restored, asked_at: datetime) -> None:
        last = done.last_at.isoformat() if done.last_at else "nothing since the base backup"
        lost = f"; {(asked_at - done.last_at).total_seconds():,.1f} s before this command began" if done.last_at else ""
        self.stdout.write(f"{done.server.name}: {', '.join(sorted(done.server.databases.values()))} in {done.data}")
        self.stdout.write(f"  last transaction: {last}{lost}")
        self.stdout.write(
            f"  RTO: {done.seconds:.1f} s, of which {done.copied_seconds:.1f} s to copy {done.base.folder}"
        )


def _moment(text: str) -> datetime:
    """Read a moment; one without an offset is in UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
