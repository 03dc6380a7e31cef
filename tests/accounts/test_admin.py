"""The back office shows people to the roles that may see them, and secrets to nobody."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts import queries
from accounts.models import Role, Session, User
from accounts.policy import is_allowed
from events.models import Event
from tests.factories.accounts import make_factor, make_session, make_user, sign_in_browser

pytestmark = pytest.mark.django_db


def _browser(role: Role | None) -> tuple[Client, User]:
    user, browser = make_user(role=role), Client()
    sign_in_browser(browser, user)
    return browser, user


@pytest.mark.parametrize(
    ("role", "status"), [(None, 302), (Role.OFFICER, 200), (Role.OPERATOR, 200), (Role.ADMINISTRATOR, 200)]
)
def test_staff_roles_open_the_admin(role, status):
    browser, user = _browser(role)
    assert browser.get("/admin/").status_code == status
    assert browser.get("/admin/accounts/user/").status_code == status
    assert browser.get(f"/admin/accounts/user/{user.id}/change/").status_code == status


def test_no_secret_is_shown(now):
    browser, _ = _browser(Role.ADMINISTRATOR)
    person = make_user()
    enrolment = make_factor(person, at=now)
    html = browser.get(f"/admin/accounts/user/{person.id}/change/").content.decode()
    assert person.email in html
    assert person.password not in html
    assert enrolment.secret not in html
    refresh_ids = Session.objects.exclude(refresh_id="").values_list("refresh_id", flat=True)
    assert not any(refresh_id in html for refresh_id in refresh_ids)
    for hidden in ("otp_totp/totpdevice", "auth/group", "accounts/recoverycode", "accounts/link", "accounts/ticket"):
        assert browser.get(f"/admin/{hidden}/").status_code == 404


def _act(browser, action, person):
    return browser.post("/admin/accounts/user/", {"action": action, "_selected_action": [person.id]})


@pytest.mark.parametrize("role", [Role.OFFICER, Role.OPERATOR])
@pytest.mark.parametrize("action", ["close", "sign_out_everywhere", "make_administrator", "take_roles"])
def test_only_administrators_act_on_people(role, action):
    browser, _ = _browser(role)
    person = make_user()
    session = make_session(person)
    _act(browser, action, person)
    person.refresh_from_db()
    session.refresh_from_db()
    assert (person.is_active, person.is_staff, session.revoked_at) == (True, False, None)


def test_administrators_act_through_the_services():
    browser, administrator = _browser(Role.ADMINISTRATOR)
    person = make_user()
    session = make_session(person)
    _act(browser, "sign_out_everywhere", person)
    session.refresh_from_db()
    assert session.revoked_reason == "by_administrator"
    _act(browser, "make_officer", person)
    person.refresh_from_db()
    assert (queries.role_names(person), person.is_staff) == (["officer", "user"], True)
    _act(browser, "take_roles", person)
    person.refresh_from_db()
    assert (queries.role_names(person), person.is_staff) == (["user"], False)
    _act(browser, "close", person)
    _act(browser, "close", administrator)
    assert User.objects.filter(is_active=False).get() == person
    _act(browser, "reopen", person)
    assert User.objects.filter(is_active=False).count() == 0
    facts = Event.objects.filter(actor=administrator.id, user_id=person.id).order_by("id")
    assert list(facts.values_list("type", flat=True)) == [
        "session.revoked",
        "user.role_granted",
        "user.roles_revoked",
        "user.closed",
        "user.reopened",
    ]


def test_nobody_edits_adds_or_deletes_a_person_by_hand():
    browser, _ = _browser(Role.ADMINISTRATOR)
    person = make_user()
    assert browser.get("/admin/accounts/user/add/").status_code == 403
    assert browser.post(f"/admin/accounts/user/{person.id}/delete/", {"post": "yes"}).status_code == 403
    assert browser.post(f"/admin/accounts/user/{person.id}/change/", {"email": "x@example.com"}).status_code == 403
    assert User.objects.filter(pk=person.pk, email=person.email).exists()


def test_what_each_role_may():
    asked = ["ledger.view_posting", "chains.change_endpoint", "accounts.change_user", "ledger.change_posting"]
    allowed = {role: [is_allowed(frozenset({role}), perm) for perm in asked] for role in Role}
    assert allowed == {
        Role.USER: [False, False, False, False],
        Role.OFFICER: [True, False, False, False],
        Role.OPERATOR: [True, True, False, False],
        Role.ADMINISTRATOR: [True, True, True, True],
    }


def test_the_first_administrator_is_made_on_the_command_line(capsys):
    user = make_user()
    call_command("grant_role", user.email, "administrator")
    assert capsys.readouterr().out == f"{user.email} is administrator now.\n"
    assert queries.role_names(user) == ["administrator", "user"]
    with pytest.raises(CommandError):
        call_command("grant_role", "nobody@example.com", "administrator")
