"""Django's own command, which fills an empty database from one file before it looks for what is left to do."""

from typing import Any

from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as Migrate
from django.db import connections

from wallet_project import snapshot


class Command(Migrate):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--step-by-step", action="store_true", help="Run every migration, on an empty database too."
        )

    def handle(self, *args: Any, **options: Any) -> None:
        is_part = options["app_label"] or options["plan"] or options["check_unapplied"] or options["fake"]
        if not is_part and not options["step_by_step"]:
            snapshot.load_if_empty(connections[options["database"]])
        super().handle(*args, **options)
