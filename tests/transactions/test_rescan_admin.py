"""Operators ask for blocks to be read again in the back office; nobody else may, and what is refused leaves no row."""

import pytest
from django.urls import reverse

from accounts.models import Role
from chains.models import BlockRecord, Cursor
from events.models import Event
from tests.factories.back_office import staff
from transactions.models import Rescan

pytestmark = pytest.mark.django_db(databases="__all__")
PAGE = "admin:transactions_rescan_add"


@pytest.fixture
def cursor(now):
    BlockRecord.objects.create(network="bitcoin", height=100, hash="100", parent="99")
    return Cursor.objects.create(network="bitcoin", height=100, hash="100", updated_at=now)


def asked(**changes):
    return {"network": "bitcoin", "first_height": "90", "last_height": "95", "reason": "A call.", **changes}


def test_an_operator_asks_and_it_is_recorded_who_and_why(cursor):
    browser = staff(Role.OPERATOR)
    assert "first block to read again" in browser.get(reverse(PAGE)).content.decode()
    assert browser.post(reverse(PAGE), asked()).status_code == 302
    rescan = Rescan.objects.get()
    assert (rescan.first_height, rescan.last_height, rescan.next_height, rescan.status) == (90, 95, 90, "waiting")
    event = Event.objects.get(type="rescan.waiting")
    assert rescan.requested_by == event.actor != ""
    assert (rescan.reason, event.data["reason"]) == ("A call.", "A call.")
    shown = browser.get(reverse("admin:transactions_rescan_change", args=[rescan.pk])).content.decode()
    assert "A call." in shown
    assert "blocks 90 to 95 of bitcoin" in browser.get(reverse("admin:transactions_rescan_changelist")).content.decode()


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"last_height": "101"}, "has not been read yet"),
        ({"first_height": ""}, "Name the first block."),
        ({"reason": ""}, "This field is required"),
        ({"network": "dogecoin"}, "Select a valid choice"),
        ({"address": "not one"}, "Bitcoin address"),
    ],
)
def test_what_is_refused_is_said_and_not_recorded(cursor, changes, says):
    answer = staff(Role.OPERATOR).post(reverse(PAGE), asked(**changes))
    assert says in answer.content.decode()
    assert not Rescan.objects.exists()


def test_an_officer_looks_and_does_not_ask(cursor):
    browser = staff(Role.OFFICER)
    assert browser.post(reverse(PAGE), asked()).status_code == 403
    assert not Rescan.objects.exists()


def stop(browser, rescan):
    asked = {"action": "stop", "_selected_action": [rescan.pk]}
    return browser.post(reverse("admin:transactions_rescan_changelist"), asked, follow=True).content.decode()


def test_an_operator_stops_one_and_nobody_else_does(cursor):
    operator = staff(Role.OPERATOR)
    operator.post(reverse(PAGE), asked())
    rescan = Rescan.objects.get()
    stop(staff(Role.OFFICER), rescan)
    assert Rescan.objects.get().status == "waiting"
    assert f"{rescan.pk} is stopped." in stop(operator, rescan)
    assert (Rescan.objects.get().status, Rescan.objects.get().problem) == ("stopped", "It was stopped by hand.")
    assert f"{rescan.pk}: " in stop(operator, rescan)
    assert Event.objects.filter(type="rescan.stopped").count() == 1
