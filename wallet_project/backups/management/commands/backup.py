"""Take a base backup of every server that holds one of the four databases."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from kit.errors import DomainError
from wallet_project.backups.servers import servers
from wallet_project.backups.taking import is_archived, list_bases, take


class Command(BaseCommand):
    help = "Take and verify a base backup of the four databases into BACKUP_FOLDER. The key files are not in it."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--keep", type=int, default=7, help="Base backups to keep of each server, default 7.")
        parser.add_argument("--list", action="store_true", help="Take none; say which there are.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["keep"] < 1:
            raise CommandError("--keep must be at least 1.")
        try:
            for server in servers():
                if not options["list"]:
                    base = take(server, keep=options["keep"])
                    size = f"{base.bytes / 2**20:,.0f} MiB in {base.seconds:.1f} s"
                    self.stdout.write(
                        f"{server.name}: {', '.join(sorted(server.databases.values()))}, verified, {size}"
                    )
                    if not is_archived(server):
                        self.stderr.write(
                            f"{server.name}: nobody receives its WAL (manage.py archive_wal): what happens from now on "
                            "can not be restored before the next base backup."
                        )
                for base in list_bases(server):
                    self.stdout.write(f"  {base.folder}: any moment from {base.until.isoformat()} on")
        except DomainError as error:
            raise CommandError(f"{error.what_happened} {error.what_to_do}") from error
