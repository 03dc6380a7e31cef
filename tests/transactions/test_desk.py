"""The desk: what is on it and why, and its pages, buttons and refusals."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from kit.ids import new_id
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.back_office import staff
from tests.factories.pages import Past, make_past
from tests.factories.stuck import make_attempt, make_ramp, make_sweep, set_steps
from transactions.models import Deposit, Intervention, RecoveryAttempt, Step, Transaction
from transactions.queries import desk
from transactions.queries.desk import Reason
from transactions.services import interventions

pytestmark = pytest.mark.django_db
NOW = timezone.now()
PAGE = "/admin/transactions/transaction/desk/"


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=NOW)


def be(found: Transaction, **fields: Any) -> Transaction:
    """Put its row where it should stand for the test."""
    Transaction.objects.filter(pk=found.pk).update(**fields)
    found.refresh_from_db()
    return found


def found(**filters: str) -> list[tuple[str, Reason]]:
    return [(each.transaction.pk, each.reason) for each in desk.stuck(now=NOW, **filters)]  # type: ignore[arg-type]


def want(past: Past, actor: str) -> Intervention:
    return interventions.force(
        intervention_id=new_id("itv"),
        transaction_id=past.send.pk,
        step="signed",
        has_happened=False,
        reason="The network is closed.",
        actor=actor,
        now=NOW,
    )


# what is on it
def test_what_goes_its_way_is_not_on_the_desk(past: Past) -> None:
    be(past.send, next_look_at=NOW)
    assert found() == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"sub_status": "waiting_for_liquidity"}, Reason.LIQUIDITY),
        ({"sub_status": "waiting_for_lower_fees"}, Reason.FEES),
        ({"next_look_at": NOW - timedelta(minutes=3)}, Reason.OVERDUE),
        ({"updated_at": NOW - timedelta(minutes=61)}, Reason.MOTIONLESS),
        ({"updated_at": NOW - timedelta(minutes=61), "sub_status": "waiting_for_you"}, Reason.PERSON),
    ],
)
def test_why_a_send_is_on_the_desk(past: Past, fields: dict[str, Any], reason: Reason) -> None:
    be(past.send, **({"next_look_at": NOW} | fields))
    assert found() == [(past.send.pk, reason)]
    (each,) = desk.stuck(now=NOW)
    assert each.why == desk.WORDS[reason]
    assert each.since == (past.send.next_look_at if reason == Reason.OVERDUE else past.send.updated_at)
    assert found(reason=reason.value) == [(past.send.pk, reason)]
    assert found(reason="undoing") == []


def test_what_fails_again_and_again_is_on_the_desk_with_what_was_tried(past: Past) -> None:
    be(past.send, next_look_at=NOW)
    set_steps(past.send, signed={"tries": 4})
    assert found() == []
    set_steps(past.send, signed={"tries": 5})
    for number in range(1, 6):
        RecoveryAttempt.objects.create(
            transaction=past.send, step="signed", number=number, treatment="temporary", code="node", at=NOW
        )
    assert found() == [(past.send.pk, Reason.FAILING)]
    (each,) = desk.stuck(now=NOW)
    assert [attempt.number for attempt in each.tried] == [5, 4, 3]
    assert each.next_move.startswith("tries step signed again")


def test_what_is_being_undone_and_is_not_is_on_the_desk(past: Past) -> None:
    ramp = make_ramp(past, ordered="done", paid="failed", now=NOW)
    be(past.send, next_look_at=NOW)
    be(ramp, status="compensating", failure_code="payment_failed", next_look_at=NOW)
    assert found() == []
    be(ramp, updated_at=NOW - timedelta(minutes=3))
    assert found() == [(ramp.pk, Reason.UNDOING)]


def test_what_a_reorg_dropped_after_settlement_is_on_the_desk(past: Past) -> None:
    attempt = make_attempt(past.send, status="landed", now=NOW - timedelta(hours=2))
    for status in ("provider_selected", "provider_processing", "balance_updated", "completed"):
        be(past.send, status=status)
    be(past.send, next_look_at=NOW, updated_at=NOW - timedelta(hours=2))
    assert found() == [(past.send.pk, Reason.DROPPED)]
    attempt.height = 7
    attempt.save()
    assert found() == []


def test_a_deposit_that_no_block_moves_is_on_the_desk(past: Past) -> None:
    long_ago = NOW - desk.DEPOSIT_SLOW_AFTER - timedelta(minutes=1)
    be(past.arriving, updated_at=long_ago)
    assert found(type="deposit") == []  # its own row says when a block last moved it
    Deposit.objects.filter(transaction=past.arriving).update(updated_at=long_ago)
    assert found(type="deposit") == [(past.arriving.pk, Reason.MOTIONLESS)]


def test_the_desk_is_filtered(past: Past) -> None:
    ramp = make_ramp(past, ordered="done", paid="asking", now=NOW)
    late = NOW - timedelta(hours=2)
    be(past.send, updated_at=late, next_look_at=NOW - timedelta(seconds=5))
    be(ramp, updated_at=late, next_look_at=NOW)
    both = [(past.send.pk, Reason.MOTIONLESS), (ramp.pk, Reason.MOTIONLESS)]
    assert found() == both
    assert found(type="send") == found(network="bitcoin") == both[:1]
    assert found(type="on_ramp") == found(network="ethereum") == found(provider="moonpay") == both[1:]
    assert found(provider="transak") == []
    assert desk.providers() == ["moonpay"]


def test_more_on_the_desk_asks_no_more(past: Past) -> None:
    actor = make_user(role=Role.OPERATOR).pk
    want(past, actor)
    client = staff(Role.OPERATOR)
    be(past.send, updated_at=NOW - timedelta(hours=2))
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            assert client.get(PAGE).status_code == 200
        counts.append(len(asked.captured_queries))
        for _ in range(4):
            make_sweep(past, has_gas_under_way=False, now=NOW)
            be(make_ramp(past, ordered="done", paid="asking", now=NOW), updated_at=NOW - timedelta(hours=2))
        Transaction.objects.filter(type="sweep").update(updated_at=NOW - timedelta(hours=2))
    assert len(desk.stuck(now=NOW)) == 17
    assert counts[0] == counts[1] <= 13


# its pages
def test_the_desk_says_what_is_stuck_and_what_comes_next(past: Past) -> None:
    be(past.send, sub_status="waiting_for_lower_fees", next_look_at=NOW)
    html = staff(Role.OPERATOR).get(PAGE).content.decode()
    for expected in (past.send.pk, "waits for the network&#x27;s fees", "does step signed", "0.1 BTC"):
        assert expected in html
    for kind in ("retry", "compensate", "force"):
        assert reverse("admin:transactions_step_in", args=[past.send.pk, kind]) in html
    assert reverse("admin:transactions_desk") == PAGE
    assert PAGE in staff(Role.OFFICER).get(reverse("admin:index")).content.decode()


@pytest.mark.parametrize("query", ["?type=transfer", "?network=ethereum", "?reason=overdue"])
def test_filters_of_the_page(past: Past, query: str) -> None:
    be(past.send, sub_status="waiting_for_lower_fees", next_look_at=timezone.now())
    client = staff(Role.OFFICER)
    assert past.send.pk in client.get(PAGE + "?type=send&network=bitcoin&reason=fees").content.decode()
    assert past.send.pk not in client.get(PAGE + query).content.decode()
    assert client.get(PAGE + "?type=no-such&provider=x").status_code == 200


def test_an_officer_reads_and_does_nothing(past: Past) -> None:
    wanted = want(past, make_user(role=Role.OPERATOR).pk)
    be(past.send, sub_status="waiting_for_lower_fees")
    officer = staff(Role.OFFICER)
    html = officer.get(PAGE).content.decode()
    assert past.send.pk in html
    assert "step-in" not in html
    for kind in ("retry", "compensate", "force"):
        place = reverse("admin:transactions_step_in", args=[past.send.pk, kind])
        assert officer.get(place).status_code == 403
        assert officer.post(place, {"id": new_id("itv"), "reason": "x", "what": "signed:failed"}).status_code == 403
    place = reverse("admin:transactions_decide", args=[wanted.pk])
    assert officer.post(place, {"decision": "approve"}).status_code == 403
    wanted.refresh_from_db()
    past.send.refresh_from_db()
    assert (wanted.status, past.send.status) == ("wanted", "balance_reserved")
    assert Intervention.objects.count() == 1


def test_people_without_a_role_see_no_desk(past: Past) -> None:
    person = Client()
    sign_in_browser(person, past.owner)
    for client in (person, Client()):
        for place in (PAGE, reverse("admin:transactions_step_in", args=[past.send.pk, "retry"])):
            answer = client.get(place)
            assert answer.status_code in {302, 403}
            assert past.send.pk not in answer.content.decode().replace(place, "")


def press(client: Client, past: Past, kind: str, **more: str) -> Any:
    place = reverse("admin:transactions_step_in", args=[past.send.pk, kind])
    shown = client.get(place)
    assert shown.status_code == 200
    assert past.send.pk in shown.content.decode()
    data = {"id": shown.context["form"].initial["id"], "reason": "It hangs."} | more
    return client.post(place, data), client.post(place, data)


def test_retry_from_the_desk(past: Past) -> None:
    set_steps(past.send, signed={"wake_at": NOW + timedelta(hours=1), "tries": 3})
    once, twice = press(staff(Role.OPERATOR), past, "retry")
    assert (once.status_code, once["Location"]) == (twice.status_code, twice["Location"]) == (302, PAGE)
    wake_at = Step.objects.get(transaction=past.send, name="signed").wake_at
    assert wake_at is not None
    assert wake_at <= timezone.now()
    assert Intervention.objects.get().kind == "retry"


def test_compensate_from_the_desk(past: Past) -> None:
    client = staff(Role.ADMINISTRATOR)
    place = reverse("admin:transactions_step_in", args=[past.send.pk, "compensate"])
    assert "funds_held (sets" in client.get(place).content.decode()
    press(client, past, "compensate")
    past.send.refresh_from_db()
    assert past.send.status == "failed"
    assert "is given up" in client.get(PAGE).content.decode()
    assert Intervention.objects.count() == 1


def test_a_refusal_is_said_before_anything_is_filled_in(past: Past) -> None:
    make_attempt(past.send, status="signed", now=NOW)
    client = staff(Role.OPERATOR)
    for kind in ("compensate", "force"):
        place = reverse("admin:transactions_step_in", args=[past.send.pk, kind])
        html = client.get(place).content.decode()
        assert "This may still go through" in html
        assert "<textarea" not in html
        data = {"id": new_id("itv"), "reason": "It hangs.", "what": "signed:failed"}
        assert "This may still go through" in client.post(place, data).content.decode()
    assert Intervention.objects.count() == 0
    past.send.refresh_from_db()
    assert past.send.status == "balance_reserved"


def test_force_takes_two_people(past: Past) -> None:
    first, second = staff(Role.OPERATOR), staff(Role.OPERATOR)
    once, _ = press(first, past, "force", what="signed:failed")
    assert once.status_code == 302
    wanted = Intervention.objects.get()
    place = reverse("admin:transactions_decide", args=[wanted.pk])
    html = first.get(PAGE).content.decode()
    assert "Step signed never will happen" in html
    assert "Take back" in html
    assert "Approve" not in first.get(place).content.decode()
    refused = first.post(place, {"decision": "approve"}).content.decode()
    assert "Whoever asked for it cannot approve it." in refused
    assert "Approve: it is done at once" in second.get(place).content.decode()
    assert second.post(place, {"decision": "approve"})["Location"] == PAGE
    past.send.refresh_from_db()
    wanted.refresh_from_db()
    assert (past.send.status, wanted.status) == ("failed", "carried_out")
    assert "Carried Out" in second.get(place).content.decode()


def test_a_wish_is_refused(past: Past) -> None:
    wanted = want(past, make_user(role=Role.OPERATOR).pk)
    client = staff(Role.ADMINISTRATOR)
    client.post(reverse("admin:transactions_decide", args=[wanted.pk]), {"decision": "refuse"})
    wanted.refresh_from_db()
    assert wanted.status == "refused"
    assert "was turned down" in client.get(PAGE).content.decode()


def test_what_is_not_there_is_not_found(past: Past) -> None:
    client = staff(Role.OPERATOR)
    for place in (
        reverse("admin:transactions_step_in", args=[new_id("txn"), "retry"]),
        reverse("admin:transactions_step_in", args=[past.send.pk, "complete"]),
        reverse("admin:transactions_decide", args=[new_id("itv")]),
    ):
        assert client.get(place).status_code == 404


def test_a_reason_is_asked_for(past: Past) -> None:
    place = reverse("admin:transactions_step_in", args=[past.send.pk, "compensate"])
    answer = staff(Role.OPERATOR).post(place, {"id": new_id("itv"), "reason": " "})
    assert answer.status_code == 200
    assert "This field is required." in answer.content.decode()
    assert Intervention.objects.count() == 0


def test_a_transaction_tells_what_people_did(past: Past) -> None:
    client = staff(Role.OPERATOR)
    RecoveryAttempt.objects.create(
        transaction=past.send, step="signed", number=1, treatment="temporary", code="node_unavailable", at=NOW
    )
    set_steps(past.send, signed={"tries": 1, "error_code": "node_unavailable", "error_reason": "No node answers."})
    want(past, make_user(role=Role.OPERATOR).pk)
    html = client.get(reverse("admin:transactions_transaction_change", args=[past.send.pk])).content.decode()
    for expected in (
        "waits for a second person&#x27;s approval; tries step signed again",
        "No node answers.",
        "The network is closed.",
        "asked_force",
        "node_unavailable",
    ):
        assert expected in html, expected
