"""A person's hand on a stuck transaction: what it does, by whom, and everything it refuses."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import Role
from events.models import Event
from kit.errors import DomainError, InvalidInput, NotFound
from kit.ids import new_id
from tests.factories.accounts import make_user
from tests.factories.pages import Past, make_past
from tests.factories.stuck import make_attempt, make_ramp, make_sweep, set_steps
from transactions.engine import run as engine
from transactions.errors import (
    AlreadyOver,
    IdempotencyKeyReused,
    InterventionDecided,
    InterventionWaiting,
    MayStillDeliver,
    MayStillLand,
    NotForcible,
    NotStoppable,
    SecondPersonNeeded,
    StepMovedOn,
)
from transactions.models import Intervention, Step, Transaction, UserAction
from transactions.queries.totals import balances
from transactions.services import interventions, schedule

pytestmark = pytest.mark.django_db

NOW = timezone.now()
KEPT = ("transactions_transaction", "transactions_step", "transactions_intervention", "transactions_attempt")
BOOKED = ("ledger_posting", "ledger_entry", "ledger_hold", "events_event", "transactions_useraction")


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=NOW)


@pytest.fixture
def operator() -> str:
    return make_user(role=Role.OPERATOR).pk


@pytest.fixture
def second() -> str:
    return make_user(role=Role.ADMINISTRATOR).pk


def everything() -> list[Any]:
    """Return every row that an intervention could touch."""
    rows: list[Any] = []
    with connection.cursor() as cursor:
        for table in (*KEPT, *BOOKED):
            cursor.execute(f"SELECT to_jsonb(t) FROM {table} t ORDER BY to_jsonb(t)::text")
            rows.append((table, cursor.fetchall()))
    return rows


def refused(error: type[DomainError], act: Callable[[], Any]) -> None:
    """See it refused, and that nothing at all has moved."""
    before = everything()
    with pytest.raises(error), transaction.atomic():
        act()
    assert everything() == before


def ask(kind: str, found: Transaction, actor: str, **more: Any) -> Intervention:
    act: Callable[..., Intervention] = getattr(interventions, kind)
    known: dict[str, Any] = {"intervention_id": new_id("itv"), "reason": "It hangs.", "now": NOW} | more
    return act(transaction_id=found.pk, actor=actor, **known)


def pause(found: Transaction, step: str, *, until: datetime) -> None:
    set_steps(found, **{step: {"wake_at": until, "tries": 6}})
    Transaction.objects.filter(pk=found.pk).update(next_look_at=until)


def held(past: Past) -> tuple[int, int]:
    balance = next(each for each in balances([past.bitcoin]) if each.asset == "BTC")
    return balance.available, balance.held


# retry
def test_retry_ends_the_pause_and_rings(past: Past, operator: str) -> None:
    pause(past.send, "signed", until=NOW + timedelta(minutes=20))
    done = ask("retry", past.send, operator)
    assert (done.kind, done.status, done.requested_by, done.approved_by) == ("retry", "carried_out", operator, "")
    assert done.step == "signed"
    past.send.refresh_from_db()
    step = past.send.steps.get(name="signed")
    assert (step.wake_at, step.tries, past.send.next_look_at) == (NOW, 6, NOW)
    assert schedule.claim(now=NOW, transaction_id=past.send.pk) is not None


def test_what_is_being_undone_is_retried_too(past: Past, operator: str) -> None:
    ramp = make_ramp(past, ordered="done", paid="failed", now=NOW)
    set_steps(ramp, ordered={"wake_at": NOW + timedelta(hours=1), "tries": 9})
    Transaction.objects.filter(pk=ramp.pk).update(status="compensating", failure_code="payment_failed")
    assert ask("retry", ramp, operator).step == "ordered"
    ramp.refresh_from_db()
    assert (ramp.steps.get(name="ordered").wake_at, ramp.next_look_at) == (NOW, NOW)


def test_a_deposit_is_seen_again(past: Past, operator: str) -> None:
    assert ask("retry", past.arriving, operator).step == "confirmed"
    past.arriving.refresh_from_db()
    assert past.arriving.status == "blockchain_pending"  # its block is not deep enough yet


def test_there_is_nothing_to_retry_when_it_is_over(past: Past, operator: str) -> None:
    refused(AlreadyOver, lambda: ask("retry", past.transfer, operator))
    ask("compensate", past.send, operator)
    refused(AlreadyOver, lambda: ask("retry", past.send, operator))


# compensate
def test_compensate_undoes_it_and_gives_the_money_back(past: Past, operator: str) -> None:
    available, on_hold = held(past)
    assert on_hold > past.send.amount_minor
    done = ask("compensate", past.send, operator, reason="The network is closed for good.")
    past.send.refresh_from_db()
    assert (past.send.status, past.send.failure_code, past.send.next_look_at) == ("failed", "stopped_by_hand", None)
    assert held(past) == (available + on_hold, 0)
    assert (done.status, done.approved_by) == ("carried_out", "")
    action = UserAction.objects.get(transaction=past.send, type="asked_compensate")
    assert (action.actor, action.data["reason"]) == (operator, "The network is closed for good.")
    named = Event.objects.filter(subject=f"transactions.intervention:{done.pk}").order_by("pk")
    assert [(event.category, event.name, event.actor) for event in named] == [
        ("command", "CompensateTransactionCommand", operator),
        ("domain", "ManualInterventionCarriedOut", operator),
    ]
    moved = Event.objects.filter(subject=f"transactions.transaction:{past.send.pk}").order_by("pk")
    assert [(event.name, event.actor) for event in moved][-3:] == [
        ("CompensationStarted", operator),
        ("BalanceReservationReleased", operator),
        ("TransactionFailed", operator),
    ]


@pytest.mark.parametrize("state", ["signed", "landed", "final"])
def test_what_is_signed_is_never_undone_at_a_word(past: Past, operator: str, state: str) -> None:
    make_attempt(past.send, status=state, now=NOW)
    refused(MayStillLand, lambda: ask("compensate", past.send, operator))


def test_bytes_that_are_proved_dead_hold_nothing_up(past: Past, operator: str) -> None:
    make_attempt(past.send, status="dead", now=NOW)
    ask("compensate", past.send, operator)
    past.send.refresh_from_db()
    assert past.send.status == "failed"


def test_what_a_block_shows_is_not_undone_at_a_word(past: Past, operator: str) -> None:
    refused(MayStillLand, lambda: ask("compensate", past.arriving, operator))


def test_what_is_over_or_being_undone_is_not_undone_again(past: Past, operator: str) -> None:
    refused(AlreadyOver, lambda: ask("compensate", past.transfer, operator))
    ramp = make_ramp(past, ordered="done", paid="failed", now=NOW)
    Transaction.objects.filter(pk=ramp.pk).update(status="compensating", failure_code="payment_failed")
    refused(NotStoppable, lambda: ask("compensate", ramp, operator))


@pytest.mark.parametrize(
    ("ordered", "paid", "delivered"),
    [
        ("active", "waiting", "waiting"),  # it is being opened: who knows whether it is
        ("done", "active", "waiting"),  # a payment may be under way
        ("done", "done", "active"),  # it is paid: coins may be on their way
    ],
)
def test_an_order_that_may_be_delivered_is_not_undone_at_a_word(
    past: Past, operator: str, ordered: str, paid: str, delivered: str
) -> None:
    ramp = make_ramp(past, ordered=ordered, paid=paid, delivered=delivered, now=NOW)
    refused(MayStillDeliver, lambda: ask("compensate", ramp, operator))


def test_an_unpaid_order_is_given_up_and_followed_until_the_company_says_it_is_over(past: Past, operator: str) -> None:
    ramp = make_ramp(past, ordered="done", paid="asking", now=NOW)
    ask("compensate", ramp, operator)
    ramp.refresh_from_db()
    assert (ramp.status, ramp.failure_code) == ("compensating", "stopped_by_hand")
    assert (ramp.steps.get(name="ordered").state, ramp.next_look_at) == ("done", NOW)


def test_a_sweep_waits_for_its_gas_before_it_is_undone(past: Past, operator: str) -> None:
    sweep, gas = make_sweep(past, has_gas_under_way=True, now=NOW)
    assert gas is not None
    refused(MayStillLand, lambda: ask("compensate", sweep, operator))
    ask("compensate", gas, operator)
    ask("compensate", sweep, operator)
    sweep.refresh_from_db()
    assert sweep.status == "failed"
    assert not sweep.swept_deposits.exists()


# force
def test_two_people_force_a_step_that_never_will_happen(past: Past, operator: str, second: str) -> None:
    available, on_hold = held(past)
    before = past.send.steps.get(name="signed").state
    wanted = ask("force", past.send, operator, step="signed", has_happened=False)
    assert (wanted.status, wanted.outcome, wanted.step) == ("wanted", "failed", "signed")
    past.send.refresh_from_db()
    assert (past.send.status, past.send.steps.get(name="signed").state) == ("balance_reserved", before)
    assert held(past) == (available, on_hold)

    done = interventions.approve(intervention_id=wanted.pk, actor=second, now=NOW)
    assert (done.status, done.requested_by, done.approved_by) == ("carried_out", operator, second)
    past.send.refresh_from_db()
    assert (past.send.status, past.send.failure_code) == ("failed", "given_up")
    assert held(past) == (available + on_hold, 0)
    assert list(UserAction.objects.filter(transaction=past.send).order_by("pk").values_list("type", "actor")) == [
        ("asked", past.owner.pk),
        ("asked_force", operator),
        ("approved_force", second),
    ]
    event = Event.objects.get(type="intervention.carried_out")
    assert (event.name, event.actor, event.data["outcome"]) == ("ManualInterventionCarriedOut", second, "failed")


def test_two_people_vouch_for_a_step(past: Past, operator: str, second: str) -> None:
    sweep, _ = make_sweep(past, has_gas_under_way=False, now=NOW)
    wanted = ask("force", sweep, operator, step="gas_ready", has_happened=True)
    interventions.approve(intervention_id=wanted.pk, actor=second, now=NOW)
    assert sweep.steps.get(name="gas_ready").state == "done"
    assert sweep.steps.get(name="signed").state == "active"
    sweep.refresh_from_db()
    assert sweep.status == "balance_reserved"


def test_two_people_say_that_the_money_is_back(past: Past, operator: str, second: str) -> None:
    ramp = make_ramp(past, ordered="done", paid="failed", now=NOW)
    Transaction.objects.filter(pk=ramp.pk).update(status="compensating", failure_code="payment_failed")
    refused(NotForcible, lambda: ask("force", ramp, operator, step="ordered", has_happened=False))
    wanted = ask("force", ramp, operator, step="ordered", has_happened=True)
    interventions.approve(intervention_id=wanted.pk, actor=second, now=NOW)
    ramp.refresh_from_db()
    assert (ramp.status, ramp.failure_code, ramp.next_look_at) == ("failed", "payment_failed", None)


def test_two_people_say_that_a_company_never_will_deliver(past: Past, operator: str, second: str) -> None:
    ramp = make_ramp(past, ordered="done", paid="done", delivered="active", now=NOW)
    wanted = ask("force", ramp, operator, step="delivered", has_happened=False)
    interventions.approve(intervention_id=wanted.pk, actor=second, now=NOW)
    ramp.refresh_from_db()
    assert ramp.status == "compensating"  # and the order is still followed until it is over
    assert ramp.steps.get(name="ordered").state == "done"


@pytest.mark.parametrize("has_happened", [True, False])
def test_force_never_beats_proof(past: Past, operator: str, has_happened: bool) -> None:
    make_attempt(past.send, status="signed", now=NOW)
    refused(MayStillLand, lambda: ask("force", past.send, operator, step="signed", has_happened=has_happened))


@pytest.mark.parametrize("has_happened", [True, False])
def test_nobody_vouches_for_what_a_network_shows(past: Past, operator: str, has_happened: bool) -> None:
    refused(NotForcible, lambda: ask("force", past.arriving, operator, step="confirmed", has_happened=has_happened))


def test_nobody_vouches_for_a_signature(past: Past, operator: str) -> None:
    refused(NotForcible, lambda: ask("force", past.send, operator, step="signed", has_happened=True))


@pytest.mark.parametrize("step", ["funds_held", "settled", "no_such_step"])
def test_only_the_step_at_hand_can_be_forced(past: Past, operator: str, step: str) -> None:
    refused(StepMovedOn, lambda: ask("force", past.send, operator, step=step, has_happened=False))


def test_failed_stays_failed(past: Past, operator: str) -> None:
    ask("compensate", past.send, operator)
    for happened in (True, False):
        refused(AlreadyOver, partial(ask, "force", past.send, operator, step="signed", has_happened=happened))


def test_nobody_approves_their_own(past: Past, operator: str, second: str) -> None:
    wanted = ask("force", past.send, operator, step="signed", has_happened=False)
    refused(SecondPersonNeeded, lambda: interventions.approve(intervention_id=wanted.pk, actor=operator, now=NOW))
    with pytest.raises(IntegrityError), transaction.atomic():
        Intervention.objects.filter(pk=wanted.pk).update(approved_by=operator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Intervention.objects.filter(pk=wanted.pk).update(status="carried_out", approved_by="")
    with pytest.raises(IntegrityError), transaction.atomic():
        Intervention.objects.filter(pk=wanted.pk).update(status="carried_out", approved_by=operator)


def test_a_second_person_refuses(past: Past, operator: str, second: str) -> None:
    wanted = ask("force", past.send, operator, step="signed", has_happened=False)
    done = interventions.refuse(intervention_id=wanted.pk, actor=second, now=NOW)
    assert (done.status, done.approved_by) == ("refused", second)
    assert interventions.refuse(intervention_id=wanted.pk, actor=second, now=NOW).status == "refused"
    refused(InterventionDecided, lambda: interventions.approve(intervention_id=wanted.pk, actor=second, now=NOW))
    past.send.refresh_from_db()
    assert past.send.status == "balance_reserved"
    assert Event.objects.get(type="intervention.refused").name == "ManualInterventionRefused"
    ask("force", past.send, operator, step="signed", has_happened=False)  # another may be wanted now


def test_a_wish_is_taken_back(past: Past, operator: str) -> None:
    wanted = ask("force", past.send, operator, step="signed", has_happened=False)
    done = interventions.refuse(intervention_id=wanted.pk, actor=operator, now=NOW)
    assert (done.status, done.approved_by) == ("refused", "")
    assert UserAction.objects.filter(type="took_back_force", actor=operator).count() == 1


def test_one_is_wanted_at_a_time(past: Past, operator: str, second: str) -> None:
    wanted = ask("force", past.send, operator, step="signed", has_happened=False)
    refused(InterventionWaiting, lambda: ask("force", past.send, second, step="signed", has_happened=False))
    refused(InterventionWaiting, lambda: ask("compensate", past.send, second))
    refused(InterventionWaiting, lambda: ask("retry", past.send, second))
    wanted.pk = new_id("itv")
    with pytest.raises(IntegrityError), transaction.atomic():
        wanted.save(force_insert=True)


def test_what_moved_on_meanwhile_is_not_forced(past: Past, operator: str, second: str) -> None:
    wanted = ask("force", past.send, operator, step="signed", has_happened=False)
    make_attempt(past.send, status="signed", now=NOW)
    refused(MayStillLand, lambda: interventions.approve(intervention_id=wanted.pk, actor=second, now=NOW))
    set_steps(past.send, signed={"state": "done"}, broadcast={"state": "active"})
    refused(StepMovedOn, lambda: interventions.approve(intervention_id=wanted.pk, actor=second, now=NOW))
    wanted.refresh_from_db()
    assert wanted.status == "wanted"
    interventions.refuse(intervention_id=wanted.pk, actor=second, now=NOW)


# asked twice
def test_the_same_request_again_answers_with_what_it_made(past: Past, operator: str, second: str) -> None:
    name = new_id("itv")
    first = ask("force", past.send, operator, step="signed", has_happened=False, intervention_id=name)
    before = everything()
    assert ask("force", past.send, operator, step="signed", has_happened=False, intervention_id=name).pk == first.pk
    assert everything() == before
    refused(IdempotencyKeyReused, lambda: ask("retry", past.send, operator, intervention_id=name))
    refused(IdempotencyKeyReused, lambda: ask("retry", past.arriving, second, intervention_id=name))
    interventions.approve(intervention_id=name, actor=second, now=NOW)
    before = everything()
    assert interventions.approve(intervention_id=name, actor=second, now=NOW).status == "carried_out"
    assert everything() == before
    other = make_user(role=Role.OPERATOR).pk
    refused(InterventionDecided, lambda: interventions.approve(intervention_id=name, actor=other, now=NOW))
    refused(InterventionDecided, lambda: interventions.refuse(intervention_id=name, actor=other, now=NOW))


@pytest.mark.parametrize("kind", ["retry", "compensate"])
def test_a_button_pressed_twice_acts_once(past: Past, operator: str, kind: str) -> None:
    name = new_id("itv")
    ask(kind, past.send, operator, intervention_id=name)
    before = everything()
    ask(kind, past.send, operator, intervention_id=name)
    assert everything() == before


@pytest.mark.parametrize("reason", ["", "   ", "x" * 401])
def test_a_reason_is_given(past: Past, operator: str, reason: str) -> None:
    refused(InvalidInput, lambda: ask("compensate", past.send, operator, reason=reason))
    refused(InvalidInput, lambda: ask("retry", past.send, operator, reason=reason))
    refused(InvalidInput, lambda: ask("retry", past.send, operator, intervention_id="txn_" + "0" * 26))


def test_what_is_not_there_is_not_found(past: Past, operator: str) -> None:
    missing = Transaction(pk=new_id("txn"))
    for kind in ("retry", "compensate"):
        refused(NotFound, partial(ask, kind, missing, operator))
    refused(NotFound, lambda: interventions.approve(intervention_id=new_id("itv"), actor=operator, now=NOW))
    refused(NotFound, lambda: interventions.refuse(intervention_id=new_id("itv"), actor=operator, now=NOW))


def test_a_worker_that_asked_before_the_stop_changes_nothing_after_it(past: Past, operator: str) -> None:
    """Its answer is about a step that is no longer the one to do."""
    claimed = schedule.claim(now=NOW, transaction_id=past.send.pk)
    assert claimed is not None
    ask("compensate", past.send, operator)
    before = everything()
    engine.advance(claimed, now=NOW)
    assert everything() == before
    assert set(Step.objects.filter(transaction=past.send).values_list("state", flat=True)) <= {
        "done",
        "undone",
        "failed",
        "skipped",
    }
