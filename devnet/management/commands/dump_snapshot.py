"""Write what all migrations make of four empty databases into wallet_project/snapshot, for the next empty database."""

import json
import re
import shutil
import subprocess
from typing import Any

from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections

from wallet_project import snapshot

_FOR_PSQL = re.compile(r"^(\\(un)?restrict .*|SET transaction_timeout = .*)\n", re.MULTILINE)
"""psql's own commands, and a setting that older servers do not know."""
_SET = re.compile(r"^SET (?=\w+ = )", re.MULTILINE)
_SEARCH_PATH = "SELECT pg_catalog.set_config('search_path', '', "
_APPLIED = re.compile(r"^(INSERT INTO public\.django_migrations VALUES \(.*, )'[^']*'\);$", re.MULTILINE)


class Command(BaseCommand):
    help = "Migrate four empty databases step by step and keep the result as SQL files. Refuses any other database."

    def handle(self, *args: Any, **options: Any) -> None:
        if not shutil.which("pg_dump"):
            raise CommandError("pg_dump is needed: it comes with PostgreSQL's client programs.")
        for alias in connections:
            if connections[alias].introspection.table_names():
                raise CommandError(f"{alias} has tables. Run this on empty databases: make snapshot.")
            call_command("migrate", database=alias, step_by_step=True, interactive=False, verbosity=0)
            (snapshot.FOLDER / f"{alias}.sql").write_text(_dump(alias))
            self.stdout.write(f"{alias}: written")
        (snapshot.FOLDER / snapshot.COVERED).write_text(json.dumps(snapshot.digests(), indent=1) + "\n")


def _dump(alias: str) -> str:
    """
    Return a database as SQL that any role and any later server takes.

    What it sets ends with the transaction it is run in: behind a pooler, the connection is somebody else's next.
    """
    settings = connections[alias].settings_dict
    place = f"host={settings['HOST']} port={settings['PORT']} user={settings['USER']} dbname={settings['NAME']}"
    command = ["pg_dump", "--no-owner", "--no-privileges", "--inserts", "--dbname", place]
    done = subprocess.run(
        command, env={"PGPASSWORD": settings["PASSWORD"]}, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise CommandError(done.stderr)
    made = _APPLIED.sub(r"\1now());", _FOR_PSQL.sub("", done.stdout))
    return _SET.sub("SET LOCAL ", made).replace(f"{_SEARCH_PATH}false);", f"{_SEARCH_PATH}true);")
