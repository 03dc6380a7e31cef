"""A password that is easy to guess or known from a breach is refused at every door, and nothing changes."""

import hashlib
import io
import time
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.core.management.base import SystemCheckError
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from accounts import apps, services
from accounts.errors import PasswordCheckUnavailable
from accounts.models import Link, Role, Session, User
from accounts.services import links
from accounts.services.registration import check_new_password
from events.models import Event
from kit.errors import InvalidInput
from tests.factories.accounts import (
    CLIENT,
    PASSWORD,
    make_api_client,
    make_session,
    make_user,
    sign_in_browser,
)

pytestmark = pytest.mark.django_db
BREACHED = "a brass lantern hums"
REASON = "This password has appeared in a data breach"


@pytest.fixture
def breaches(tmp_path, settings):
    """Name a file that lists BREACHED among others."""
    digests = [hashlib.sha1(text.encode()).hexdigest().upper() for text in (BREACHED, "one", "two", "three")]
    file = tmp_path / "pwned-passwords.txt"
    file.write_text("".join(f"{digest}:{at}\r\n" for at, digest in enumerate(sorted(digests), start=1)))
    settings.BREACHED_PASSWORDS_FILE = str(file)
    return file


def _state():
    return {
        "people": list(
            User.objects.order_by("id").values("id", "password", "security_changed_at", "email_verified_at")
        ),
        "sessions": list(Session.objects.order_by("id").values("id", "revoked_at")),
        "links": list(Link.objects.order_by("id").values("id", "used_at")),
        "events": Event.objects.exclude(type="user.sign_in_failed").count(),
    }


def _assert_api_refusal(answer):
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "invalid_input")
    assert list(body["errors"]) == ["password"]
    assert body["errors"]["password"][0].startswith(REASON)
    text = answer.content.decode()
    assert "This password cannot be accepted" in text
    assert "Let a password manager make one up." in text
    assert BREACHED not in text


def test_registering_over_the_api(breaches):
    before = _state()
    body = {"email": "ada@example.com", "password": BREACHED}
    _assert_api_refusal(make_api_client().post("/api/v1/auth/register", body, format="json"))
    assert _state() == before
    assert (User.objects.count(), Event.objects.count()) == (0, 0)
    body["password"] = PASSWORD
    assert make_api_client().post("/api/v1/auth/register", body, format="json").status_code == 201


def test_changing_over_the_api(breaches):
    user = make_user()
    client, _ = make_api_client(user), make_session(user)
    before = _state()
    body = {"current_password": PASSWORD, "password": BREACHED}
    _assert_api_refusal(client.post("/api/v1/auth/password/change", body, format="json"))
    assert _state() == before


def test_resetting_over_the_api_and_the_pages(breaches):
    user = make_user()
    make_session(user)
    services.ask_password_reset(email=user.email, client=CLIENT, now=timezone.now())
    link = Link.objects.get(purpose="reset_password")
    body = {"token": links.token_of(link), "password": BREACHED}
    for refusal in (_reset_by_api, _reset_by_page):
        before = _state()
        refusal(body)
        assert _state() == before
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def _reset_by_api(body):
    _assert_api_refusal(make_api_client().post("/api/v1/auth/password/reset/confirm", body, format="json"))


def _reset_by_page(body):
    _assert_page_refusal(Client().post(f"/reset-password/{body['token']}/", {"password": BREACHED}))


def _assert_page_refusal(answer):
    html = answer.content.decode()
    assert answer.status_code == 400
    assert REASON in html
    assert "Choose one you use nowhere else." in html
    assert BREACHED not in html


def test_signing_up_on_the_pages(breaches):
    _assert_page_refusal(Client().post("/sign-up/", {"email": "ada@example.com", "password": BREACHED}))
    assert (User.objects.count(), Session.objects.count(), Event.objects.count()) == (0, 0, 0)


def test_changing_on_the_pages(breaches):
    user, browser = make_user(), Client()
    sign_in_browser(browser, user)
    make_session(user)
    before = _state()
    form = {"current_password": PASSWORD, "password": BREACHED}
    _assert_page_refusal(browser.post("/security/password/", form))
    assert _state() == before


def test_the_admin_sets_no_passwords(breaches):
    user, browser = make_user(role=Role.ADMINISTRATOR), Client()
    sign_in_browser(browser, user)
    before = _state()
    form = {"password1": BREACHED, "password2": BREACHED, "new_password1": BREACHED, "new_password2": BREACHED}
    own = browser.post("/admin/password_change/", {"old_password": PASSWORD, **form})
    assert (own.status_code, own["Location"]) == (302, "/security/")
    other = make_user()
    before = _state()
    assert browser.post(f"/admin/accounts/user/{other.id}/password/", form).status_code in {302, 404}
    assert browser.post("/admin/accounts/user/add/", {"email": "new@example.com", **form}).status_code == 403
    assert _state() == before
    assert "user_password_change" not in str(get_resolver().reverse_dict)


def test_changepassword_on_the_command_line(breaches, monkeypatch):
    user = make_user()
    before = _state()
    monkeypatch.setattr("getpass.getpass", lambda prompt: BREACHED)
    said = io.StringIO()
    with pytest.raises(CommandError, match="is as it was"):
        call_command("changepassword", user.email, stdout=io.StringIO(), stderr=said)
    assert REASON in said.getvalue()
    assert BREACHED not in said.getvalue()
    assert _state() == before


def test_changepassword_on_the_command_line_ends_every_session(monkeypatch):
    user, other = make_user(), make_user()
    for person in (user, user, other):
        make_session(person)
    typed = iter(["a good new password", "another one", "a good new password", "a good new password"])
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    said = io.StringIO()
    call_command("changepassword", user.email, stdout=said, stderr=io.StringIO())
    user.refresh_from_db()
    assert user.check_password("a good new password")
    assert [each.user_id for each in Session.objects.filter(revoked_at=None)] == [other.id]
    assert Event.objects.get(type="user.password_changed").actor == "system"
    assert "a good new password" not in said.getvalue()


def test_create_demo_on_the_command_line(breaches, monkeypatch):
    monkeypatch.setattr("secrets.token_urlsafe", lambda size: BREACHED)
    with pytest.raises(InvalidInput) as refusal:
        call_command("create_demo", stdout=io.StringIO())
    assert refusal.value.fields["password"][0].startswith(REASON)
    assert User.objects.count() == 0


@pytest.mark.parametrize("content", [None, "<html>not the list</html>\n"])
def test_with_a_broken_list_no_password_is_taken_unchecked(breaches, content, caplog):
    user = make_user()
    client = make_api_client(user)
    breaches.unlink() if content is None else breaches.write_text(content)
    before = _state()
    body = {"current_password": PASSWORD, "password": "another good password"}
    answer = client.post("/api/v1/auth/password/change", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (503, "password_check_unavailable")
    page = Client().post("/sign-up/", {"email": "ada@example.com", "password": "another good password"})
    assert page.status_code == 503
    assert "New passwords cannot be checked right now" in page.content.decode()
    with pytest.raises(PasswordCheckUnavailable):
        check_new_password("another good password", user=user)
    assert _state() == before
    assert "breach_list_broken" in caplog.text
    assert "another good password" not in caplog.text
    assert hashlib.sha1(b"another good password").hexdigest().upper() not in caplog.text.upper()


def test_without_a_list_the_built_in_ones_are_used(settings):
    assert settings.BREACHED_PASSWORDS_FILE == ""
    check_new_password(BREACHED, user=User(email="ada@example.com"))


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("password1234", "too common"),
        ("P@ssw0rd1234", "common words, names or passwords"),
        ("qwertyuiopasdf", "easy to guess"),
        ("asdfghjkl;'qwe", "keys beside each other"),
        ("monkeydragon", "common words, names or passwords"),
        ("correcthorse", "common words, names or passwords"),
        ("abcabcabcabc", "repeats"),
        ("abcdefghijklmnop", "sequences"),
        ("jennifer19901104", "dates"),
        ("drowssapdrowssap", "repeats"),
        ("holdfast-2024", "easy to guess"),
        ("a" * 256, "repeats"),
        ("x" * 256, "repeats"),
    ],
)
def test_passwords_that_are_easy_to_guess_are_refused_by_what_they_are_made_of(password, reason, now):
    with pytest.raises(InvalidInput) as refusal:
        services.register(email="ada@example.com", password=password, client=CLIENT, now=now)
    assert reason in " ".join(refusal.value.fields["password"])
    assert password not in " ".join([refusal.value.why, *refusal.value.fields["password"]])
    assert User.objects.count() == 0


@pytest.mark.parametrize(
    "password",
    [
        PASSWORD,
        "kE8vX2mQ9tLb",
        "yet another horse",
        "Zürich-Öl-Straße",
        "鍵は机の中にはない本棚の上",
        "kE8vX2mQ9tLb" * 20,
    ],
)
def test_good_ones_are_taken(password, now):
    services.register(email="ada@example.com", password=password, client=CLIENT, now=now)
    assert User.objects.get(email="ada@example.com").check_password(password)


def test_hostile_ones_are_judged_in_bounded_time():
    hostile = "4@8({[<369!1|0$5+7%2" * 12
    began = time.process_time()
    check_new_password(hostile, user=User(email="ada@example.com"))
    assert time.process_time() - began < 5


def test_the_check_passes_a_good_list_and_stops_at_a_bad_one(breaches, settings, tmp_path):
    whole = [f"{number:03X}{'0' * 37}:1\n" for number in range(0x1000)]
    breaches.write_text("".join(whole))
    assert apps.check_breached_passwords(None) == []
    breaches.write_text("".join(whole[:900]))
    assert [message.id for message in apps.check_breached_passwords(None)] == ["accounts.W001"]
    for bad in ("", "".join(reversed(whole)), "password\n"):
        breaches.write_text(bad)
        (message,) = apps.check_breached_passwords(None)
        assert (message.id, message.is_serious()) == ("accounts.E001", True)
    settings.BREACHED_PASSWORDS_FILE = str(Path(tmp_path) / "none.txt")
    with pytest.raises(SystemCheckError, match="No such file"):
        call_command("check", stdout=io.StringIO())
    settings.ROLE = "worker"
    assert apps.check_breached_passwords(None) == [], "no password is set there"
    settings.ROLE, settings.BREACHED_PASSWORDS_FILE = "web", ""
    assert apps.check_breached_passwords(None) == []
