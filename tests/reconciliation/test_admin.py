"""Cases in the back office: evidence to look at, and what each role may do about them."""

from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from events.models import Event
from kit.ids import new_id
from ledger.models import Posting
from reconciliation.models import Case, Correction, Run, Threshold
from reconciliation.services import corrections
from tests.factories.accounts import make_user, sign_in_browser
from tests.factories.back_office import staff
from tests.factories.reconciliation import make_case
from transactions.services.accounts import open_network_accounts

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(now: datetime) -> Case:
    open_network_accounts(network="ethereum", now=now)
    return make_case(now=now, minor=7 * 10**17)


def act(case: Case, kind: str) -> str:
    return reverse("admin:reconciliation_act", args=[case.pk, kind])


def test_a_case_shows_its_evidence(case: Case) -> None:
    html = staff(Role.OFFICER).get(reverse("admin:reconciliation_case_change", args=[case.pk])).content.decode()
    for expected in ("0.7 ETH", "0x" + "cd" * 32, "0x" + "ab" * 20, "send settled above", "DifferenceFound"):
        assert expected in html
    assert ">Explain<" not in html
    run = Run.objects.get()
    html = staff(Role.OFFICER).get(reverse("admin:reconciliation_run_change", args=[run.pk])).content.decode()
    assert case.pk in html
    assert "3.7 ETH" in html


def test_operators_note_and_explain(case: Case) -> None:
    client = staff(Role.OPERATOR)
    assert client.post(act(case, "note"), {"text": ""}).status_code == 200
    assert case.notes.count() == 0
    assert client.post(act(case, "note"), {"text": "I am looking."}).status_code == 302
    assert client.post(act(case, "explain"), {"text": "The company moved it."}).status_code == 302
    case.refresh_from_db()
    assert case.status == "explained"
    assert [note.text for note in case.notes.all()] == ["I am looking.", "The company moved it."]
    types = Event.objects.filter(subject=f"reconciliation.case:{case.pk}").order_by("id").values_list("type", flat=True)
    assert list(types)[2:] == ["case.noted", "case.noted", "case.explained"]


def test_a_larger_correction_takes_two_operators(case: Case) -> None:
    one, two = Client(), Client()
    for client in (one, two):
        sign_in_browser(client, make_user(role=Role.OPERATOR))
    form = {"id": new_id("cor"), "reason": "It came from a contract."}
    for _ in range(2):  # a second press of the button
        assert one.post(act(case, "correct"), form).status_code == 302
    wanted = Correction.objects.get()
    decide = reverse("admin:reconciliation_decide", args=[wanted.pk])
    assert "Take it back" in one.get(decide).content.decode()
    assert one.post(decide, {"decision": "approve"}).status_code == 200
    assert not Posting.objects.exists()
    assert "Approve" in two.get(decide).content.decode()
    assert two.post(decide, {"decision": "approve"}).status_code == 302
    wanted.refresh_from_db()
    case.refresh_from_db()
    assert (wanted.status, case.status) == ("carried_out", "corrected")
    assert Posting.objects.get().key == f"reconciliation:{case.pk}"


@pytest.mark.parametrize("kind", ["note", "explain", "correct"])
def test_officers_only_look(case: Case, kind: str) -> None:
    client = staff(Role.OFFICER)
    assert client.get(act(case, kind)).status_code == 403
    assert client.post(act(case, kind), {"text": "x", "reason": "x", "id": new_id("cor")}).status_code == 403
    assert not case.notes.exists()
    assert not Correction.objects.exists()


def test_what_is_over_is_said_before_a_form_is_filled_in(case: Case, now: datetime) -> None:
    one, two = make_user(), make_user()
    wanted = corrections.request(
        correction_id=new_id("cor"), case_id=case.pk, reason="So", actor=one.pk, now=timezone.now()
    )
    client = staff(Role.OPERATOR)
    assert "waits for a second person already" in client.get(act(case, "correct")).content.decode()
    corrections.approve(correction_id=wanted.pk, actor=two.pk, now=now)
    assert "This case is over" in client.get(act(case, "explain")).content.decode()
    assert client.get(act(case, "gone")).status_code == 404
    assert client.get(reverse("admin:reconciliation_decide", args=["cor_none"])).status_code == 404


def test_administrators_alone_change_a_threshold() -> None:
    path = reverse("admin:reconciliation_threshold", args=["BTC"])
    assert staff(Role.OPERATOR).post(path, {"amount": "1"}).status_code == 403
    assert Threshold.objects.get(pk="BTC").minor == 1_000
    client = staff(Role.ADMINISTRATOR)
    assert client.post(path, {"amount": "-1"}).status_code == 200
    assert client.post(path, {"amount": "0.000000001"}).status_code == 200
    assert Threshold.objects.get(pk="BTC").minor == 1_000
    assert client.post(path, {"amount": "0.00005"}).status_code == 302
    assert Threshold.objects.get(pk="BTC").minor == 5_000
    assert client.post(path, {"amount": "0"}).status_code == 302
    assert Threshold.objects.get(pk="BTC").minor == 0
    fact = Event.objects.filter(type="threshold.changed").latest("id")
    assert fact.data == {"asset": "BTC", "minor": "0", "minor_before": "5000"}
    assert "Change it" in client.get(reverse("admin:reconciliation_threshold_change", args=["BTC"])).content.decode()
