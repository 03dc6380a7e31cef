"""The one posting that sets a difference right: between suspense and where the coins lie, never a person's account."""

from datetime import datetime

import events.services
import ledger.services
from events.services import Name
from kit.money import Money
from reconciliation.models import Case, Correction
from transactions.services.accounts import line


def post(case: Case, *, now: datetime) -> None:
    """
    Book what is there and was not booked, or the other way round, under a key that names the case.

    What is too much is owed to somebody unknown, so it comes under suspense; what is too little is taken from there.

    :raises InsufficientFunds: if suspense has less than is missing, or an account less than it should give
    """
    treasury = Money(case.treasury_minor, case.asset)
    deposits = Money(case.deposits_minor, case.asset)
    cold = Money(case.cold_minor, case.asset)
    ledger.services.post(
        key=f"reconciliation:{case.pk}",
        kind="reconciliation",
        lines=[
            *line(case.network, "treasury", -treasury),
            *line(case.network, "deposits", -deposits),
            *line(case.network, "cold", -cold),
            *line(case.network, "suspense", treasury + deposits + cold),
        ],
        now=now,
    )


def refuse(wanted: Correction, *, decided_by: str, now: datetime) -> None:
    """Turn a wanted correction down, with its fact, in the caller's transaction."""
    move(wanted, Correction.Status.REFUSED, "CorrectionRefused", decided_by=decided_by, now=now)


def move(wanted: Correction, to: Correction.Status, name: str, *, decided_by: str, now: datetime) -> None:
    """Decide on a wanted correction, with its fact, in the caller's transaction."""
    events.services.move(
        wanted,
        to,
        flow=Correction.FLOW,
        actor=decided_by,
        now=now,
        name=Name("domain", name),
        data=facts(wanted),
        decided_by=decided_by,
    )


def facts(wanted: Correction) -> dict[str, str]:
    """Return what events keep of it; amounts as minor units in text."""
    return {
        "case": wanted.case_id,
        "treasury_minor": str(wanted.treasury_minor),
        "deposits_minor": str(wanted.deposits_minor),
        **({"cold_minor": str(wanted.cold_minor)} if wanted.cold_minor else {}),
        "reason": wanted.reason,
    }
