"""Write the record, or a part of it, into a file that proves itself."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.services import export
from kit.errors import DomainError


class Command(BaseCommand):
    help = "Write entries and the checkpoints that seal them as JSON lines, for audit/verify.py."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="Where to write; an existing file is not overwritten.")
        parser.add_argument("--from", dest="first", type=int, default=1, help="First position, default 1.")
        parser.add_argument("--to", dest="last", type=int, default=None, help="Last position; default: all signed.")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            lines = export(first=options["first"], last=options["last"])
            with options["file"].open("x", encoding="utf-8", newline="\n") as file:
                count = sum(file.write(line) > 0 for line in lines)
        except DomainError as error:
            raise CommandError(f"{error.what_happened}. {error.what_to_do}") from error
        except FileExistsError:
            raise CommandError(f"{options['file']} is there already.") from None
        self.stdout.write(f"{count} lines are in {options['file']}; check them with audit/verify.py.")
