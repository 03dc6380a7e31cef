"""
Cases: opened once for a difference, added to while it stays, explained by people, closed when it is gone.

What is minor is set right in the commit that opens its case, so that nobody ever finds one without the other.
"""

import logging
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction as database
from prometheus_client import Counter

import events.services
from events.services import Name
from kit.errors import InvalidInput, NotFound
from kit.ids import new_id
from kit.locks import wait_for_turn
from ledger.errors import InsufficientFunds
from reconciliation import policy
from reconciliation.base import Found, Place
from reconciliation.errors import CaseDecided
from reconciliation.models import Case, Correction, Note, Run, Threshold
from reconciliation.queries.books import corrections
from reconciliation.services import posting

logger = logging.getLogger(__name__)

NOTE_LENGTH = 1000
SYSTEM = "system"
A_DAY = timedelta(days=1)
NAMES = {
    Case.Status.OPEN: "CaseReopened",
    Case.Status.EXPLAINED: "CaseExplained",
    Case.Status.CORRECTED: "CaseCorrected",
    Case.Status.CLOSED: "CaseClosed",
}

_found = Counter(
    "holdfast_reconciliation_differences", "Differences found, new or changed.", ["kind", "network", "asset"]
)
_corrected = Counter("holdfast_reconciliation_corrections", "Differences corrected.", ["network", "asset", "by"])


@database.atomic
def take(found: Found, *, run: Run, now: datetime) -> Case | None:
    """
    Open a case for a difference, or add to the one there is; set it right if it is minor.

    Returns None for a reading that is older than a correction: it has been set right since.
    """
    wait_for_turn(f"reconciliation:case:{found.key}")
    if found.network and corrections(network=found.network).get(found.asset, 0) != found.corrected_before:
        return None
    known = Case.objects.filter(key=found.key, status__in=Case.UNDECIDED).first()
    was_open = known is not None and known.status == Case.Status.OPEN
    case, is_news = _add(known, found, run, now) if known else (_open(found, run, now), True)
    if case.status == Case.Status.OPEN:
        _help_itself(case, now)
    if is_news:
        _tell(case, is_new=not was_open, now=now)
    return case


@database.atomic
def close_gone(*, prefix: str, found: Iterable[Found], where: str, run: Run, now: datetime) -> int:
    """Close the cases whose keys begin so and that were not found any more; return how many. `where`: for the note."""
    still_there = [each.key for each in found]
    gone = Case.objects.filter(key__startswith=prefix, status__in=Case.UNDECIDED).exclude(key__in=still_there)
    locked_ones = list(gone.select_for_update(of=("self",), no_key=True).order_by("pk"))
    for case in locked_ones:
        _note(case, f"Not found any more {where}.", author=SYSTEM, now=now)
        _move(case, Case.Status.CLOSED, actor=SYSTEM, now=now, last_run=run)
        for wanted in case.corrections.filter(status="wanted"):
            posting.refuse(wanted, decided_by=SYSTEM, now=now)
    return len(locked_ones)


@database.atomic
def note(*, case_id: str, text: str, actor: str, now: datetime) -> Case:
    """
    Add a note to a case, whatever its state.

    :raises NotFound: if there is no such case
    :raises InvalidInput: if it says nothing, or too much
    """
    case = locked(case_id)
    _note(case, text, author=actor, now=now)
    return case


@database.atomic
def explain(*, case_id: str, text: str, actor: str, now: datetime) -> Case:
    """
    Say why the books and the world differ; the case stays until the difference is gone, and opens again if it changes.

    The same explanation of a case that is explained already adds a note and nothing else.

    :raises NotFound: if there is no such case
    :raises CaseDecided: if it is over
    :raises InvalidInput: if it says nothing, or too much
    """
    case = locked(case_id)
    check_undecided(case)
    _note(case, text, author=actor, now=now)
    if case.status == Case.Status.OPEN:
        _move(case, Case.Status.EXPLAINED, actor=actor, now=now)
    return case


def locked(case_id: str) -> Case:
    """
    Return the case, locked until the transaction ends.

    :raises NotFound: if there is none
    """
    case = Case.objects.select_for_update(of=("self",), no_key=True).filter(pk=case_id).first()
    if case is None:
        raise NotFound("There is no such case.")
    return case


def check_undecided(case: Case) -> None:
    """:raises CaseDecided: if the case is corrected or closed"""
    if case.status not in Case.UNDECIDED:
        raise CaseDecided


def correct(case: Case, *, actor: str, text: str, now: datetime) -> None:
    """
    Set a case's difference right by the one posting that names it; the case is locked, or nobody else's yet.

    :raises InsufficientFunds: if suspense has less than is missing, or an account less than it should give
    """
    posting.post(case, now=now)
    _note(case, text, author=actor, now=now)
    _move(case, Case.Status.CORRECTED, actor=actor, now=now)
    by = "itself" if actor == SYSTEM else "people"
    database.on_commit(_corrected.labels(case.network, case.asset, by).inc, robust=True)


def _open(found: Found, run: Run, now: datetime) -> Case:
    case = Case.objects.create(
        id=new_id("rec"),
        key=found.key,
        kind=found.kind,
        network=found.network,
        asset=found.asset,
        summary=found.summary[:300],
        difference_minor=found.difference,
        treasury_minor=found.place.treasury,
        deposits_minor=found.place.deposits,
        cold_minor=found.place.cold,
        evidence=dict(found.evidence),
        latest_evidence=dict(found.evidence),
        first_run=run,
        last_run=run,
        opened_at=now,
        found_at=now,
        updated_at=now,
    )
    events.services.record(
        type="case.open", subject=case, actor=SYSTEM, now=now, name=Name("domain", "CaseOpened"), data=_facts(case)
    )
    return case


def _add(case: Case, found: Found, run: Run, now: datetime) -> tuple[Case, bool]:
    """Add what was found again; where it is another amount now, say so, and have an explanation looked at anew."""
    case = locked(case.pk)
    before = _says(case.summary, case.kind, Place(*case.place_minor))
    changed = before != _says(found.summary, found.kind, found.place)
    case.found_count += 1
    case.found_at, case.last_run, case.latest_evidence = now, run, dict(found.evidence)
    case.summary = found.summary[:300]
    case.difference_minor = found.difference
    case.treasury_minor, case.deposits_minor, case.cold_minor = found.place
    case.save()
    if changed:
        _note(case, f"It is another one now. {found.summary}"[:NOTE_LENGTH], author=SYSTEM, now=now)
        if case.status == Case.Status.EXPLAINED:
            _move(case, Case.Status.OPEN, actor=SYSTEM, now=now)
    return case, changed


def _says(summary: str, kind: str, place: Place) -> object:
    """Return what makes a difference the same one: its amounts, and where it has none, its words."""
    return place if kind in {Case.Kind.NETWORK, Case.Kind.ADDRESS} else summary[:300]


def _help_itself(case: Case, now: datetime) -> None:
    """Set it right where it is minor; where the money for it is not there, people have to look."""
    place = Place(*case.place_minor)
    if case.kind != Case.Kind.NETWORK or not policy.may_help_itself(
        place, threshold=_threshold(case.asset), corrected_lately=_corrected_lately(case, now)
    ):
        return
    try:
        with database.atomic():
            correct(case, actor=SYSTEM, text=f"Minor, and set right by itself. {case.summary}"[:NOTE_LENGTH], now=now)
    except InsufficientFunds as error:
        case.refresh_from_db()
        logger.warning("reconciliation_not_corrected", extra={"case": case.pk, "code": error.code})


def _threshold(asset: str) -> int:
    found = Threshold.objects.filter(pk=asset).values_list("minor", flat=True).first()
    return found or 0


def _corrected_lately(case: Case, now: datetime) -> int:
    """Return the weight of what was corrected by itself within a day: many small ones are not minor together."""
    lately = Case.objects.filter(
        kind=Case.Kind.NETWORK,
        network=case.network,
        asset=case.asset,
        status=Case.Status.CORRECTED,
        updated_at__gt=now - A_DAY,
    ).exclude(corrections__status=Correction.Status.CARRIED_OUT)
    parts = lately.values_list("treasury_minor", "deposits_minor", "cold_minor")
    return sum(policy.weight(Place(*each)) for each in parts)


def _tell(case: Case, *, is_new: bool, now: datetime) -> None:
    """Alert, unless it has set itself right: a fact, a line in the log that nobody overlooks, and a count."""
    is_over = case.status == Case.Status.CORRECTED
    events.services.record(
        type="reconciliation.difference_found",
        subject=case,
        actor=SYSTEM,
        now=now,
        name=Name("domain", "DifferenceFound"),
        data={
            **_facts(case),
            "severity": "low" if is_over else "critical",
            "summary": case.summary,
            "is_new": is_new,
        },
    )
    known = {"case": case.pk, "difference": case.summary, "key": case.key}
    log = logger.warning if is_over else logger.critical
    database.on_commit(lambda: log("reconciliation_difference_found", extra=known), robust=True)
    database.on_commit(_found.labels(case.kind, case.network, case.asset).inc, robust=True)


def _move(case: Case, to: Case.Status, *, actor: str, now: datetime, **fields: Any) -> None:
    events.services.move(
        case,
        to,
        flow=Case.FLOW,
        actor=actor,
        now=now,
        name=Name("domain", NAMES[to]),
        data=_facts(case),
        **fields,
    )


def _note(case: Case, text: str, *, author: str, now: datetime) -> None:
    text = text.strip()
    if not text or len(text) > NOTE_LENGTH:
        raise InvalidInput("Say it in words.", fields={"text": [f"Between 1 and {NOTE_LENGTH} characters."]})
    Note.objects.create(case=case, author=author, text=text, at=now)
    if author != SYSTEM:
        data = {**_facts(case), "text": text}
        events.services.record(type="case.noted", subject=case, actor=author, now=now, data=data)


def _facts(case: Case) -> dict[str, Any]:
    """Return what events keep of it; amounts as minor units in text."""
    return {
        "case": case.pk,
        "key": case.key,
        "kind": case.kind,
        "network": case.network,
        "asset": case.asset,
        "difference_minor": str(case.difference_minor),
        "height": str(case.latest_evidence.get("height", "")),
        "block_hash": case.latest_evidence.get("block_hash", ""),
    }
