"""Cases that wait for people."""

from reconciliation.models import Case, Correction


def open_cases(*, limit: int = 100) -> list[Case]:
    """Return the cases that wait for people, the oldest first."""
    return list(Case.objects.filter(status=Case.Status.OPEN).order_by("id")[:limit])


def wanted(case: Case) -> Correction | None:
    """Return the correction of a case that waits for a second person, if any."""
    return case.corrections.filter(status=Correction.Status.WANTED).first()
