"""
Larger corrections: one operator asks, another one approves, and what is posted is what both have seen.

The case's row is locked first, so whoever comes second finds what the first one left. Each request has an id of its
own, made by its form: the same one again answers with what it made before.
"""

from datetime import datetime

from django.db import transaction as database

import events.services
from events.services import Name
from kit.errors import InvalidInput, NotFound
from kit.ids import is_id
from reconciliation.errors import (
    CorrectionDecided,
    CorrectionWaiting,
    DifferenceChanged,
    NotCorrectable,
    SecondPersonNeeded,
)
from reconciliation.models import Case, Correction
from reconciliation.services import cases, posting

REASON_LENGTH = 400


@database.atomic
def request(*, correction_id: str, case_id: str, reason: str, actor: str, now: datetime) -> Correction:
    """
    Ask that the case's difference, as it is now, be set right by a posting; a second person decides.

    :raises NotFound: if there is no such case
    :raises CaseDecided: if it is over
    :raises NotCorrectable: if it is not one of coins
    :raises CorrectionWaiting: if another one waits for a second person
    :raises InvalidInput: without a reason
    """
    if not is_id(correction_id, "cor"):
        raise InvalidInput("A correction's id begins with cor_.")
    reason = reason.strip()
    if not reason or len(reason) > REASON_LENGTH:
        raise InvalidInput("Say why.", fields={"reason": [f"Between 1 and {REASON_LENGTH} characters."]})
    case = cases.locked(case_id)
    repeated = Correction.objects.filter(pk=correction_id, case=case, requested_by=actor).first()
    if repeated:
        return repeated
    check_correctable(case)
    wanted = Correction.objects.create(
        id=correction_id,
        case=case,
        treasury_minor=case.treasury_minor,
        deposits_minor=case.deposits_minor,
        cold_minor=case.cold_minor,
        reason=reason,
        requested_by=actor,
        created_at=now,
        updated_at=now,
    )
    events.services.record(
        type="correction.wanted",
        name=Name("command", "CorrectDifferenceCommand"),
        subject=wanted,
        actor=actor,
        now=now,
        data=posting.facts(wanted),
    )
    return wanted


@database.atomic
def approve(*, correction_id: str, actor: str, now: datetime) -> Correction:
    """
    Post what another person wants; the same approval again changes nothing.

    :raises NotFound: if there is no such correction
    :raises CorrectionDecided: if somebody else has decided it
    :raises SecondPersonNeeded: if it is the approver's own
    :raises CaseDecided: if the case is over
    :raises DifferenceChanged: if the case shows another difference now; then it still waits
    :raises InsufficientFunds: if suspense has less than is missing: the company has to bring in coins first
    """
    wanted, case = _locked(correction_id)
    if wanted.status == Correction.Status.CARRIED_OUT and wanted.decided_by == actor:
        return wanted
    if wanted.status != Correction.Status.WANTED:
        raise CorrectionDecided
    if wanted.requested_by == actor:
        raise SecondPersonNeeded
    cases.check_undecided(case)
    if (wanted.treasury_minor, wanted.deposits_minor, wanted.cold_minor) != case.place_minor:
        raise DifferenceChanged
    posting.move(wanted, Correction.Status.CARRIED_OUT, "CorrectionCarriedOut", decided_by=actor, now=now)
    cases.correct(case, actor=actor, text=f"Corrected as {wanted.requested_by} asked: {wanted.reason}", now=now)
    return wanted


@database.atomic
def refuse(*, correction_id: str, actor: str, now: datetime) -> Correction:
    """
    Turn down what another person wants, or take back one's own wish; the same refusal again changes nothing.

    :raises NotFound: if there is no such correction
    :raises CorrectionDecided: if it was carried out, or somebody else has refused it
    """
    wanted, _ = _locked(correction_id)
    if wanted.status == Correction.Status.REFUSED and wanted.decided_by == actor:
        return wanted
    if wanted.status != Correction.Status.WANTED:
        raise CorrectionDecided
    posting.refuse(wanted, decided_by=actor, now=now)
    return wanted


def check_correctable(case: Case) -> None:
    """
    Pass in silence if a correction of this case can be asked for.

    :raises CaseDecided, NotCorrectable, CorrectionWaiting: if not
    """
    cases.check_undecided(case)
    if case.kind != Case.Kind.NETWORK:
        raise NotCorrectable
    if case.corrections.filter(status=Correction.Status.WANTED).exists():
        raise CorrectionWaiting


def _locked(correction_id: str) -> tuple[Correction, Case]:
    """Lock the case first, as everybody does, then the correction."""
    found = Correction.objects.filter(pk=correction_id).first()
    if found is None:
        raise NotFound("There is no such correction.")
    case = cases.locked(found.case_id)
    return Correction.objects.select_for_update(of=("self",), no_key=True).get(pk=correction_id), case
