"""Refills in the back office: two operators approve, officers look, and the database keeps what was agreed."""

from datetime import datetime

import pytest
from django.db import DatabaseError, IntegrityError
from django.db import transaction as database
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Role
from events.models import Event
from ledger.models import Posting
from tests.factories.back_office import staff
from tests.factories.treasury import approve, make_refill
from transactions.errors import RefillDecided, SecondPersonNeeded
from transactions.models import Refill, Transaction
from transactions.services import refills

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def refill(now: datetime) -> Refill:
    return make_refill(now=now)


def act(refill: Refill, what: str) -> str:
    return reverse("admin:transactions_refill_act", args=[refill.pk, what])


def page(client: Client, refill: Refill) -> str:
    return client.get(reverse("admin:transactions_refill_change", args=[refill.pk])).content.decode()


def state(refill: Refill) -> str:
    refill.refresh_from_db()
    return str(refill.status)


def test_two_operators_approve_and_one_cannot_do_it_twice(refill: Refill) -> None:
    one, two = staff(Role.OPERATOR), staff(Role.OPERATOR)
    assert "Approve…" in page(one, refill)
    assert one.post(act(refill, "approve"), {"act": "approve"}).status_code == 302
    assert state(refill) == "seconded"
    assert "Approve…" not in page(one, refill)
    again = one.post(act(refill, "approve"), {"act": "approve"})
    assert again.status_code == 200
    assert "This takes a second person" in again.content.decode()
    assert (state(refill), refill.approved_by) == ("seconded", "")
    assert two.post(act(refill, "approve"), {"act": "approve"}).status_code == 302
    assert state(refill) == "approved"
    assert len({refill.seconded_by, refill.approved_by, ""}) == 3
    assert "Export the unsigned transaction" in page(one, refill)
    types = (
        Event.objects.filter(subject=f"transactions.refill:{refill.pk}").order_by("id").values_list("type", flat=True)
    )
    assert list(types) == ["refill.seconded", "refill.approved"]
    assert not Transaction.objects.exists()
    assert not Posting.objects.exists()


def test_officers_look_and_can_do_nothing(refill: Refill) -> None:
    officer = staff(Role.OFFICER)
    html = page(officer, refill)
    assert "2 ETH" in html
    assert "Approve…" not in html
    for what in ("approve", "refuse", "import"):
        assert officer.get(act(refill, what)).status_code == 403
        assert officer.post(act(refill, what), {"reason": "no", "content": "00"}).status_code == 403
    export = reverse("admin:transactions_refill_export", args=[refill.pk])
    assert officer.post(export).status_code == 403
    assert state(refill) == "wanted"
    assert staff(Role.OPERATOR).get(export).status_code == 403


def test_people_who_are_no_staff_see_nothing(refill: Refill) -> None:
    for client in (Client(), staff(Role.USER)):
        for address in (act(refill, "approve"), reverse("admin:transactions_refill_changelist")):
            assert client.get(address).status_code in {302, 403}
            assert client.post(address).status_code in {302, 403}
    assert state(refill) == "wanted"


def test_it_is_refused_with_a_reason_and_stays_so(refill: Refill, now: datetime) -> None:
    operator = staff(Role.OPERATOR)
    assert operator.post(act(refill, "refuse"), {"reason": ""}).status_code == 200
    assert state(refill) == "wanted"
    assert operator.post(act(refill, "refuse"), {"reason": "The cold key is away."}).status_code == 302
    assert (state(refill), refill.refused_reason) == ("refused", "The cold key is away.")
    for what in ("approve", "import"):
        assert operator.post(act(refill, what), {"content": "00"}).status_code == 200
    assert state(refill) == "refused"
    with pytest.raises(RefillDecided):
        refills.approve(refill_id=refill.pk, actor="usr_1", now=now)


def test_nothing_is_exported_before_two_have_approved(refill: Refill, now: datetime) -> None:
    operator = staff(Role.OPERATOR)
    export = reverse("admin:transactions_refill_export", args=[refill.pk])
    for times in (0, 1):
        approve(refill, times=times, now=now)
        answer = operator.post(export, follow=True)
        assert "It is not approved by two people yet" in answer.content.decode()
    assert not Event.objects.filter(type="refill.exported").exists()


def test_a_repeated_approval_changes_nothing(refill: Refill, now: datetime) -> None:
    refills.approve(refill_id=refill.pk, actor="usr_1", now=now)
    with pytest.raises(SecondPersonNeeded):
        refills.approve(refill_id=refill.pk, actor="usr_1", now=now)
    for _ in range(2):
        refills.approve(refill_id=refill.pk, actor="usr_2", now=now)
    with pytest.raises(RefillDecided):
        refills.approve(refill_id=refill.pk, actor="usr_3", now=now)
    assert Event.objects.filter(type="refill.approved").count() == 1


def refused_by_the_database(**fields: object) -> None:
    with pytest.raises(DatabaseError), database.atomic():
        Refill.objects.update(**fields)


def test_the_database_keeps_what_was_agreed(refill: Refill, now: datetime) -> None:
    refused_by_the_database(amount_minor=1)
    refused_by_the_database(max_fee_minor=1)
    refused_by_the_database(to_address="0x" + "22" * 20)
    refused_by_the_database(from_address="0x" + "22" * 20)
    refused_by_the_database(status="approved", seconded_by="usr_1", approved_by="usr_2")
    refused_by_the_database(seconded_by="usr_1", approved_by="usr_1")
    with pytest.raises(DatabaseError), database.atomic():
        refill.delete()
    with pytest.raises(IntegrityError), database.atomic():
        make_refill(now=timezone.now())
    approve(refill, times=2, now=now)
    refused_by_the_database(status="imported")
    refused_by_the_database(status="done")
    refused_by_the_database(status="wanted")
