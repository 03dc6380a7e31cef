"""Compare the books with networks, companies and their own history, now; say what came of it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from assets.queries import list_available_networks
from reconciliation.models import Run
from reconciliation.queries.cases import open_cases
from reconciliation.services import history, networks, purchases

DIFFERENT, INCONCLUSIVE = 1, 2


class Command(BaseCommand):
    help = (
        "Compares the books with every network at its last final block, with payment companies, and with history."
        " Exit code 1: there are open differences. 2: something could not be judged, and nothing is open."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--round", action="store_true", help="Only what changed since the last time.")
        parser.add_argument("--network", default="", help="Only this network, and neither companies nor history.")

    def handle(self, *args: Any, **options: Any) -> None:
        scope = Run.Scope.ROUND if options["round"] else Run.Scope.FULL
        codes = [network.code for network in list_available_networks() if options["network"] in ("", network.code)]
        found = [_check(code, scope) for code in codes]
        if not options["network"]:
            found += [
                purchases.check(scope=scope, now=timezone.now()),
                history.check(scope=scope, now=timezone.now()),
            ]
        for run in found:
            self.stdout.write("another process is at it" if run is None else _line(run))
        cases = open_cases()
        for case in cases:
            self.stdout.write(f"OPEN {case.pk} since {case.opened_at:%Y-%m-%d %H:%M}: {case.summary}")
        if cases:
            raise SystemExit(DIFFERENT)
        if any(run is None or run.result not in Run.CONCLUSIVE for run in found):
            raise SystemExit(INCONCLUSIVE)


def _check(network: str, scope: Run.Scope) -> Run | None:
    """Compare one network, in as many runs as it takes."""
    while True:
        run = networks.check(network=network, scope=scope, now=timezone.now())
        if run is None or run.result != Run.Result.UNFINISHED:
            return run


def _line(run: Run) -> str:
    where = f" at block {run.height} ({run.nodes} nodes)" if run.height is not None else ""
    why = f": {run.reason}" if run.reason else ""
    return f"{run.network or run.subject}, {run.scope}: {run.result}{where}, {run.milliseconds} ms{why}"
