from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kit.errors import DomainError
from providers.base import Kind
from providers.services import describe

_LISTS = ("countries", "fiats", "assets")


class Command(BaseCommand):
    help = "Add a provider, or change where it works, between which limits and at what cost. What is not named stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("code")
        parser.add_argument("--kind", choices=[kind.value for kind in Kind])
        parser.add_argument("--adapter", help="its name in the registry of its kind")
        parser.add_argument("--name", help="as people know it")
        for name in _LISTS:
            parser.add_argument(f"--{name}", help="comma-separated; empty: no restriction")
        parser.add_argument("--limit", action="append", help="FIAT:least:most, for each fiat; either may be empty")
        parser.add_argument("--cost", action="append", help="FIAT:fixed:bps, or *:fixed:bps for all others")
        parser.add_argument("--usual-seconds", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        fields = {
            name: options[name] for name in ("kind", "adapter", "name", "usual_seconds") if options[name] is not None
        }
        fields |= {name: list(filter(None, options[name].split(","))) for name in _LISTS if options[name] is not None}
        if options["limit"] is not None:
            fields["limits"] = _table(options["limit"], "least", "most")
        if options["cost"] is not None:
            fields["costs"] = _table(options["cost"], "fixed", "bps")
        try:
            row = describe(provider=options["code"], actor="system", now=timezone.now(), **fields)
        except DomainError as error:
            wrong = "; ".join(f"{name}: {' '.join(why)}" for name, why in error.fields.items())
            raise CommandError(f"{error.what_happened}. {wrong}") from None
        self.stdout.write(f"{row.name} ({row.kind}) is as described.")


def _table(rows: list[str], first: str, second: str) -> dict[str, dict[str, str]]:
    table = {}
    for row in rows:
        fiat, *amounts = row.split(":")
        if len(amounts) != 2:
            raise CommandError(f"{row!r} must be FIAT:{first}:{second}.")
        table[fiat] = {name: amount for name, amount in zip((first, second), amounts, strict=True) if amount}
    return table
