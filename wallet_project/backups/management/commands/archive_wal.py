"""Receive the WAL of every server that holds one of the four databases, until told to stop."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kit.errors import DomainError
from wallet_project.backups.archiving import Archive
from wallet_project.backups.servers import servers


class Command(BaseCommand):
    help = "Receive WAL into BACKUP_FOLDER as it is written, so that any moment can be restored. Runs until stopped."
    requires_system_checks = ()

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            Archive(servers(), say=self._say).run()
        except DomainError as error:
            raise CommandError(f"{error.what_happened} {error.what_to_do}") from error

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()
