"""How reconciliation stands: cases that wait for people, and when each subject was last judged."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max

from reconciliation.models import Case, Correction, Run


@dataclass(frozen=True)
class Standing:
    """How one subject stands: its last run that could be judged, and the last of all."""

    subject: str
    network: str
    judged_at: datetime | None
    last_result: str
    last_reason: str


def open_count() -> dict[str, int]:
    """Return how many cases are open, by kind."""
    rows = Case.objects.filter(status=Case.Status.OPEN).values_list("kind").annotate(count=Count("pk")).order_by()
    return dict(rows)


def open_cases(*, limit: int = 100) -> list[Case]:
    """Return the cases that wait for people, the oldest first."""
    return list(Case.objects.filter(status=Case.Status.OPEN).order_by("id")[:limit])


def standings() -> list[Standing]:
    """Return how every subject stands that was ever looked at."""
    rows = Run.objects.filter(result__in=Run.CONCLUSIVE).values_list("subject", "network").order_by()
    judged = {(subject, network): at for subject, network, at in rows.annotate(at=Max("started_at"))}
    newest = Run.objects.order_by("subject", "network", "-id").distinct("subject", "network")
    return [
        Standing(run.subject, run.network, judged.get((run.subject, run.network)), run.result, run.reason)
        for run in newest
    ]


def wanted(case: Case) -> Correction | None:
    """Return the correction of a case that waits for a second person, if any."""
    return case.corrections.filter(status=Correction.Status.WANTED).first()
