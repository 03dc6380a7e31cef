"""Decisions of two people at the very same moment, and runs that both find one difference: each has its effect once."""

from datetime import datetime

import pytest

import ledger.queries
import ledger.services
from events.models import Event
from kit.ids import new_id
from kit.money import Money
from ledger.models import Posting
from ledger.services import Line
from reconciliation.base import Found, Place
from reconciliation.errors import CorrectionDecided, SecondPersonNeeded
from reconciliation.models import Case, Run
from reconciliation.services import cases, corrections, runs, thresholds
from tests.races.together import do_together
from transactions.errors import HaltDecided
from transactions.errors import SecondPersonNeeded as SecondPersonOfHaltNeeded
from transactions.models import SendHalt
from transactions.services import halts
from transactions.services.accounts import open_network_accounts

pytestmark = pytest.mark.django_db(transaction=True)

PEOPLE = ("usr_two", "usr_three", "usr_four")


@pytest.fixture(autouse=True)
def _books(transactional_db: None, now: datetime) -> None:
    open_network_accounts(network="ethereum", now=now)
    lines = [
        Line("network:ethereum:suspense", Money(1_000, "ETH")),
        Line("network:ethereum:treasury", Money(-1_000, "ETH")),
    ]
    ledger.services.post(key=new_id("pst"), kind="deposit.credit", lines=lines, now=now)
    thresholds.change(asset="ETH", minor=100, actor="system", now=now)


def find(treasury: int, run: Run, now: datetime) -> Case | None:
    found = Found(
        key="network:ethereum:ETH",
        kind="network",
        summary=f"{treasury} too many.",
        network="ethereum",
        asset="ETH",
        place=Place(treasury=treasury),
        evidence={"height": 7, "block_hash": "0xab"},
        corrected_before=0,
    )
    return cases.take(found, run=run, now=now)


def begun(now: datetime) -> Run:
    return runs.begin(subject=Run.Subject.NETWORK, scope=Run.Scope.ROUND, network="ethereum", now=now)


def suspense() -> int:
    return ledger.queries.balance(code="network:ethereum:suspense", asset="ETH")


def test_runs_that_both_find_it_make_one_case_and_one_posting(now: datetime) -> None:
    """Though a lock lets only one of them look: should it fail, nothing is set right twice."""
    run = begun(now)
    found = do_together([lambda: find(60, run, now)] * 4)
    assert [each for each in found if isinstance(each, BaseException)] == []
    assert (
        len([each for each in found if each is None]) == 3
    )  # they come after the correction, and their reading before
    assert (Case.objects.count(), suspense()) == (1, 1_060)
    assert Posting.objects.filter(kind="reconciliation").count() == 1


def test_a_correction_is_approved_by_one_person_and_posted_once(now: datetime) -> None:
    case = find(300, begun(now), now)
    assert case is not None
    wanted = corrections.request(
        correction_id=new_id("cor"), case_id=case.pk, reason="Right.", actor="usr_one", now=now
    )
    given = do_together(
        [
            lambda by=by: corrections.approve(correction_id=wanted.pk, actor=by, now=now)  # type: ignore[misc]
            for by in ("usr_one", *PEOPLE)
        ]
    )
    kinds = [type(each) for each in given]
    assert kinds.count(type(wanted)) == 1
    assert set(kinds[:1]) <= {SecondPersonNeeded, CorrectionDecided}
    assert kinds.count(CorrectionDecided) + kinds.count(SecondPersonNeeded) == 3
    assert (Posting.objects.filter(kind="reconciliation").count(), suspense()) == (1, 1_300)


def test_a_halt_begins_once_and_is_resumed_by_two_and_not_by_one_twice(now: datetime) -> None:
    def stop() -> SendHalt:
        return halts.halt(asset="ETH", reason="missing", missing_minor=5, actor="system", now=now)

    made = do_together([stop] * 3)
    assert len({each.pk for each in made}) == 1
    halt_id = made[0].pk

    def want(by: str) -> SendHalt:
        return halts.want_resume(halt_id=halt_id, reason="seen", missing_minor=5, actor=by, now=now)

    wanted = do_together([lambda by=by: want(by) for by in PEOPLE])  # type: ignore[misc]
    assert [type(each) for each in wanted].count(HaltDecided) == 2
    first = SendHalt.objects.get(pk=halt_id).wanted_by

    def approve(by: str) -> SendHalt:
        return halts.approve_resume(halt_id=halt_id, actor=by, now=now)

    alone = do_together([lambda: approve(first)] * 3)
    assert [type(each) for each in alone] == [SecondPersonOfHaltNeeded] * 3
    assert SendHalt.objects.get(pk=halt_id).status == "resume_wanted"
    given = do_together([lambda by=by: approve(by) for by in PEOPLE])  # type: ignore[misc]
    assert [type(each) for each in given].count(SendHalt) == 1
    ended = SendHalt.objects.get(pk=halt_id)
    assert (ended.status, ended.wanted_by) == ("resumed", first)
    assert ended.approved_by not in {"", first}
    told = Event.objects.filter(type__startswith="sendhalt.").order_by("id").values_list("type", flat=True)
    assert list(told) == ["sendhalt.halted", "sendhalt.resume_wanted", "sendhalt.resumed"]
