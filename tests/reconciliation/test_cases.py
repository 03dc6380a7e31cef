"""Cases: one for each difference, added to, explained, corrected by two, closed when gone; minor ones by themselves."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

import ledger.queries
import ledger.services
from events.models import Event
from kit.errors import InvalidInput, NotFound
from kit.ids import new_id
from kit.money import Money
from ledger.errors import InsufficientFunds
from ledger.models import Entry, Posting
from ledger.services import Line
from reconciliation.base import Found, Place
from reconciliation.errors import (
    CaseDecided,
    CorrectionDecided,
    CorrectionWaiting,
    DifferenceChanged,
    NotCorrectable,
    SecondPersonNeeded,
)
from reconciliation.models import Case, Correction, Note, Run, Threshold
from reconciliation.services import cases, corrections, runs, thresholds
from tests.factories.reconciliation import make_case
from transactions.services.accounts import open_network_accounts

pytestmark = pytest.mark.django_db

ONE, TWO = "usr_one", "usr_two"
KEY = "network:ethereum:ETH"


@pytest.fixture(autouse=True)
def _accounts(db: None, now: datetime) -> None:
    open_network_accounts(network="ethereum", now=now)
    book(suspense=1_000, now=now)
    thresholds.change(asset="ETH", minor=100, actor="system", now=now)


def book(*, suspense: int, now: datetime) -> None:
    """Give the company coins that belong to nobody yet."""
    lines = [
        Line("network:ethereum:suspense", Money(suspense, "ETH")),
        Line("network:ethereum:treasury", Money(-suspense, "ETH")),
    ]
    ledger.services.post(key=new_id("pst"), kind="deposit.credit", lines=lines, now=now)


def booked() -> tuple[int, int, int]:
    """What the company holds on treasury's and deposit addresses, and what is under suspense."""
    of = [ledger.queries.balance(code=f"network:ethereum:{name}", asset="ETH") for name in ("treasury", "deposits")]
    return -of[0], -of[1], ledger.queries.balance(code="network:ethereum:suspense", asset="ETH")


def find(place: Place, now: datetime, *, corrected_before: int | None = None) -> Case | None:
    run = runs.begin(subject=Run.Subject.NETWORK, scope=Run.Scope.ROUND, network="ethereum", now=now)
    corrected = Case.objects.filter(status="corrected").count() if corrected_before is None else corrected_before
    found = Found(
        key=KEY,
        kind="network",
        summary=f"{place} at block {now}.",
        network="ethereum",
        asset="ETH",
        place=place,
        evidence={"height": 7, "block_hash": "0xab", "seen": str(now)},
        corrected_before=corrected,
    )
    return cases.take(found, run=run, now=now)


def must(case: Case | None) -> Case:
    assert case is not None
    return case


def severities() -> list[tuple[str, bool]]:
    """How severe, and whether the case was new, each time a difference was told of."""
    facts = Event.objects.filter(type="reconciliation.difference_found").order_by("id")
    return [(fact.data["severity"], fact.data["is_new"]) for fact in facts]


def gone(now: datetime) -> int:
    run = Run.objects.latest("id")
    return cases.close_gone(prefix="network:ethereum:", found=[], where="at block 8", run=run, now=now)


def wish(case: Case, now: datetime, *, actor: str = ONE) -> Correction:
    return corrections.request(
        correction_id=new_id("cor"), case_id=case.pk, reason="It is right.", actor=actor, now=now
    )


def told() -> list[str]:
    return list(
        Event.objects.filter(subject__startswith="reconciliation.").order_by("id").values_list("type", flat=True)
    )


@pytest.mark.parametrize(
    ("place", "after"),
    [
        (Place(treasury=100), (1_100, 0, 1_100)),
        (Place(deposits=7), (1_000, 7, 1_007)),
        (Place(treasury=-100), (900, 0, 900)),
        (Place(treasury=-40, deposits=40), (960, 40, 1_000)),
    ],
)
def test_what_is_minor_is_set_right_where_it_lies(place: Place, after: tuple[int, int, int], now: datetime) -> None:
    case = must(find(place, now))
    assert case.status == "corrected"
    assert booked() == after
    posting = Posting.objects.get(kind="reconciliation")
    assert posting.key == f"reconciliation:{case.pk}"
    touched = Entry.objects.filter(posting=posting).values_list("account__purpose", flat=True)
    assert set(touched) <= {"treasury", "deposits", "suspense"}
    assert told()[1:] == ["case.open", "case.corrected", "reconciliation.difference_found"]


@pytest.mark.parametrize("place", [Place(treasury=101), Place(treasury=-101), Place(treasury=500, deposits=-500)])
def test_what_is_larger_waits_for_people(place: Place, now: datetime) -> None:
    case = must(find(place, now))
    assert case.status == "open"
    assert booked() == (1_000, 0, 1_000)
    alert = Event.objects.get(type="reconciliation.difference_found")
    assert (alert.category, alert.data["severity"]) == ("domain", "critical")


def test_many_minor_ones_together_are_not_minor(now: datetime) -> None:
    assert must(find(Place(treasury=60), now)).status == "corrected"
    second = must(find(Place(treasury=-41), now))
    assert second.status == "open"
    assert booked() == (1_060, 0, 1_060)
    tomorrow = now + timedelta(days=1, seconds=1)
    assert must(find(Place(treasury=-41), tomorrow)).status == "corrected"
    assert booked() == (1_019, 0, 1_019)


def test_an_asset_without_a_threshold_helps_itself_never(now: datetime) -> None:
    Threshold.objects.all().delete()
    assert must(find(Place(treasury=1), now)).status == "open"


def test_what_suspense_cannot_cover_waits_for_people(now: datetime) -> None:
    thresholds.change(asset="ETH", minor=10**6, actor="system", now=now)
    case = must(find(Place(treasury=-1_001), now))
    assert (case.status, booked()) == ("open", (1_000, 0, 1_000))
    assert Event.objects.get(type="reconciliation.difference_found").data["severity"] == "critical"
    assert not Note.objects.exists()
    book(suspense=1_001, now=now)
    assert must(find(Place(treasury=-1_001), now)).status == "corrected"
    assert booked() == (1_000, 0, 1_000)


def test_the_same_difference_again_adds_to_its_case(now: datetime) -> None:
    first = must(find(Place(treasury=500), now))
    evidence = first.evidence
    later = now + timedelta(minutes=1)
    again = must(find(Place(treasury=500), later))
    assert (again.pk, again.found_count, again.found_at, again.opened_at) == (first.pk, 2, later, now)
    assert again.evidence == evidence
    assert again.latest_evidence["seen"] == str(later)
    assert not Note.objects.exists()
    assert told().count("reconciliation.difference_found") == 1
    changed = must(find(Place(treasury=600), later))
    assert (changed.pk, changed.difference_minor) == (first.pk, 600)
    assert told().count("reconciliation.difference_found") == 2
    assert Note.objects.count() == 1


def test_an_explained_case_stays_and_opens_again_if_it_changes(now: datetime) -> None:
    case = must(find(Place(treasury=500), now))
    for _ in range(2):
        cases.explain(case_id=case.pk, text="Moved to cold storage.", actor=ONE, now=now)
    assert must(find(Place(treasury=500), now)).status == "explained"
    assert must(find(Place(treasury=501), now)).status == "open"
    assert told().count("case.explained") == 1
    assert Case.objects.count() == 1


def test_a_case_closes_when_the_difference_is_gone(now: datetime) -> None:
    case = must(find(Place(treasury=500), now))
    wanted = wish(case, now)
    assert gone(now) == 1
    case.refresh_from_db()
    wanted.refresh_from_db()
    assert (case.status, wanted.status) == ("closed", "refused")
    assert gone(now) == 0
    with pytest.raises(CaseDecided):
        cases.explain(case_id=case.pk, text="Too late", actor=ONE, now=now)
    assert must(find(Place(treasury=500), now)).pk != case.pk


def test_a_reading_older_than_a_correction_changes_nothing(now: datetime) -> None:
    """Two processes have seen the same dust; the second one comes when the first has set it right."""
    assert must(find(Place(treasury=50), now, corrected_before=0)).status == "corrected"
    assert find(Place(treasury=50), now, corrected_before=0) is None
    assert Posting.objects.filter(kind="reconciliation").count() == Case.objects.count() == 1
    assert booked() == (1_050, 0, 1_050)


def test_two_people_correct_what_is_larger(now: datetime) -> None:
    case = must(find(Place(treasury=300, deposits=200), now))
    wanted = wish(case, now)
    with pytest.raises(CorrectionWaiting):
        wish(case, now, actor=TWO)
    with pytest.raises(SecondPersonNeeded):
        corrections.approve(correction_id=wanted.pk, actor=ONE, now=now)
    assert booked() == (1_000, 0, 1_000)
    for _ in range(2):
        corrections.approve(correction_id=wanted.pk, actor=TWO, now=now)
    case.refresh_from_db()
    assert (case.status, booked()) == ("corrected", (1_300, 200, 1_500))
    for act in (corrections.approve, corrections.refuse):
        with pytest.raises(CorrectionDecided):
            act(correction_id=wanted.pk, actor="usr_three", now=now)
    with pytest.raises(CaseDecided):
        wish(case, now)
    assert Posting.objects.filter(kind="reconciliation").count() == 1


def test_what_changed_since_is_not_approved(now: datetime) -> None:
    case = must(find(Place(treasury=500), now))
    wanted = wish(case, now)
    find(Place(treasury=505), now)
    with pytest.raises(DifferenceChanged):
        corrections.approve(correction_id=wanted.pk, actor=TWO, now=now)
    assert booked() == (1_000, 0, 1_000)
    corrections.refuse(correction_id=wanted.pk, actor=TWO, now=now)
    corrections.approve(correction_id=wish(must(Case.objects.get()), now).pk, actor=TWO, now=now)
    assert booked() == (1_505, 0, 1_505)


def test_a_shortage_that_suspense_cannot_cover_is_not_approved(now: datetime) -> None:
    wanted = wish(must(find(Place(treasury=-1_001), now)), now)
    with pytest.raises(InsufficientFunds):
        corrections.approve(correction_id=wanted.pk, actor=TWO, now=now)
    wanted.refresh_from_db()
    assert (wanted.status, Case.objects.get().status, booked()) == ("wanted", "open", (1_000, 0, 1_000))


def test_only_coins_can_be_corrected(now: datetime) -> None:
    run = runs.begin(subject=Run.Subject.HISTORY, scope=Run.Scope.FULL, now=now)
    found = Found(key="history:a:b", kind="history", summary="a", evidence={})
    case = must(cases.take(found, run=run, now=now))
    with pytest.raises(NotCorrectable):
        wish(case, now)
    assert not Correction.objects.exists()


def test_what_makes_no_sense_is_refused(now: datetime) -> None:
    case = must(find(Place(treasury=500), now))
    for text in ("", "  ", "x" * 1_001):
        with pytest.raises(InvalidInput):
            cases.note(case_id=case.pk, text=text, actor=ONE, now=now)
    with pytest.raises(NotFound):
        cases.note(case_id="rec_none", text="a", actor=ONE, now=now)
    with pytest.raises(NotFound):
        corrections.approve(correction_id="cor_none", actor=ONE, now=now)
    with pytest.raises(InvalidInput):
        corrections.request(correction_id="cor_x", case_id=case.pk, reason="a", actor=ONE, now=now)
    with pytest.raises(InvalidInput):
        corrections.request(correction_id=new_id("cor"), case_id=case.pk, reason=" ", actor=ONE, now=now)
    with pytest.raises(InvalidInput):
        thresholds.change(asset="ETH", minor=-1, actor=ONE, now=now)
    assert not Note.objects.exists()
    assert Threshold.objects.get(pk="ETH").minor == 100


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE reconciliation_note SET text = 'other'",
        "DELETE FROM reconciliation_note",
        "TRUNCATE reconciliation_note CASCADE",
        "DELETE FROM reconciliation_case",
        "UPDATE reconciliation_case SET evidence = '{}'",
        "UPDATE reconciliation_case SET status = 'corrected' WHERE status = 'closed'",
        "UPDATE reconciliation_correction SET status = 'carried_out', decided_by = requested_by",
        "UPDATE reconciliation_correction SET status = 'carried_out'",
        "DELETE FROM reconciliation_correction",
    ],
)
def test_postgresql_keeps_the_laws(statement: str, now: datetime) -> None:
    case = must(find(Place(treasury=500), now))
    cases.note(case_id=case.pk, text="a", actor=ONE, now=now)
    gone(now)
    wish(must(find(Place(treasury=500), now)), now)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_one_undecided_case_for_each_key(now: datetime) -> None:
    case = make_case(now=now)
    copy = {field.name: getattr(case, field.name) for field in Case._meta.concrete_fields}
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.create(**{**copy, "id": new_id("rec")})


def test_a_case_is_new_once_until_it_is_over_or_explained_and_changes(now: datetime) -> None:
    case = must(find(Place(500, 0), now))
    find(Place(500, 0), now)
    find(Place(600, 0), now)
    assert severities() == [("critical", True), ("critical", False)]
    cases.explain(case_id=case.pk, text="A refund that we know of.", actor=ONE, now=now)
    find(Place(600, 0), now)
    find(Place(700, 0), now)
    assert severities()[2:] == [("critical", True)]
    gone(now)
    find(Place(700, 0), now)
    assert severities()[3:] == [("critical", True)]
