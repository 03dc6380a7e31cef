"""Several people step in at the same moment: one of them does it, and it happens once."""

from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import Role
from events.models import Event
from kit.ids import new_id
from tests.factories.accounts import make_user
from tests.factories.pages import Past, make_past
from tests.races.together import do_together
from transactions.models import Intervention
from transactions.queries.totals import balances
from transactions.services import interventions

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")
NOW = timezone.now()


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=NOW)


def operators(count: int) -> list[str]:
    return [make_user(role=Role.OPERATOR).pk for _ in range(count)]


def kinds(results: list[Any]) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def force(past: Past, actor: str, name: str = "") -> Intervention:
    return interventions.force(
        intervention_id=name or new_id("itv"),
        transaction_id=past.send.pk,
        step="signed",
        has_happened=False,
        reason="It hangs.",
        actor=actor,
        now=NOW,
    )


def available(past: Past) -> int:
    return next(each for each in balances([past.bitcoin]) if each.asset == "BTC").available


def test_approvals_at_once_carry_it_out_once(past: Past) -> None:
    first, *others = operators(6)
    before = available(past) + past.send.amount_minor + past.send.max_fee_minor
    wanted = force(past, first)
    calls = [partial(interventions.approve, intervention_id=wanted.pk, actor=actor, now=NOW) for actor in others]
    assert kinds(do_together(calls)) == ["Intervention"] + ["InterventionDecided"] * 4
    wanted.refresh_from_db()
    assert wanted.status == "carried_out"
    assert wanted.approved_by in others
    assert Event.objects.filter(type="intervention.carried_out").count() == 1
    assert Event.objects.filter(type="transaction.failed").count() == 1
    assert available(past) == before


def test_approve_and_refuse_at_once_decide_once(past: Past) -> None:
    first, second, third = operators(3)
    wanted = force(past, first)
    results = do_together(
        [
            lambda: interventions.approve(intervention_id=wanted.pk, actor=second, now=NOW),
            lambda: interventions.refuse(intervention_id=wanted.pk, actor=third, now=NOW),
        ]
    )
    assert kinds(results) == ["Intervention", "InterventionDecided"]
    past.send.refresh_from_db()
    wanted.refresh_from_db()
    assert (past.send.status == "failed") is (wanted.status == "carried_out")


def test_wishes_at_once_leave_one(past: Past) -> None:
    people = operators(5)
    assert kinds(do_together([partial(force, past, actor) for actor in people])) == (
        ["Intervention"] + ["InterventionWaiting"] * 4
    )
    assert Intervention.objects.count() == 1


def test_one_form_sent_many_times_at_once_makes_one(past: Past) -> None:
    (actor,) = operators(1)
    name = new_id("itv")
    results = do_together([lambda: force(past, actor, name)] * 5)
    assert {result.pk for result in results} == {name}
    assert Event.objects.filter(type="intervention.wanted").count() == 1


def test_stops_at_once_give_the_money_back_once(past: Past) -> None:
    before = available(past) + past.send.amount_minor + past.send.max_fee_minor
    stop = partial(interventions.compensate, transaction_id=past.send.pk, reason="It hangs.", now=NOW)
    calls = [partial(stop, intervention_id=new_id("itv"), actor=actor) for actor in operators(5)]
    assert kinds(do_together(calls)) == ["AlreadyOver"] * 4 + ["Intervention"]
    assert available(past) == before
    assert Intervention.objects.count() == 1
