"""The pages, as a browser without JavaScript uses them."""

import re
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.models import Link, Session, User
from accounts.services import links
from accounts.tasks import send_waiting_links
from events.models import Event
from tests.factories.accounts import PASSWORD, code, make_factor, make_session, make_user, sign_in_browser

pytestmark = pytest.mark.django_db


def test_signing_up_signs_in_with_a_session_that_is_recorded():
    browser = Client()
    page = browser.get("/sign-up/")
    assert page.status_code == 200
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    assert "default-src 'none'" in page["Content-Security-Policy"]
    answer = browser.post("/sign-up/?next=/settings/", {"email": "Ada@example.com", "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/settings/")
    session = Session.objects.get()
    assert (session.kind, session.user.email) == ("browser", "ada@example.com")
    page = browser.get("/settings/")
    assert "ada@example.com" in page.content.decode()
    assert "no-store" in page["Cache-Control"]


def test_a_weak_password_is_refused_beside_its_field_and_the_address_is_kept():
    answer = Client().post("/sign-up/", {"email": "ada@example.com", "password": "password1234"})
    assert answer.status_code == 400
    html = answer.content.decode()
    assert "too common" in html
    assert 'value="ada@example.com"' in html
    assert "password1234" not in html
    assert User.objects.count() == 0


def test_signing_in_and_out():
    user, browser = make_user(), Client()
    assert browser.get("/security/")["Location"] == "/sign-in/?next=/security/"
    answer = browser.post("/sign-in/", {"email": user.email, "password": PASSWORD, "next": "/security/"})
    assert answer["Location"] == "/security/"
    assert browser.get("/security/").status_code == 200
    assert browser.get("/sign-out/").status_code == 405
    assert browser.post("/sign-out/")["Location"] == "/sign-in/"
    assert browser.get("/security/").status_code == 302
    assert Session.objects.get().revoked_reason == "signed_out"


@pytest.mark.parametrize("target", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_signing_in_never_leads_to_another_site(target):
    user = make_user()
    answer = Client().post("/sign-in/", {"email": user.email, "password": PASSWORD, "next": target})
    assert answer["Location"] == "/"


def test_a_wrong_password_is_refused_in_four_parts():
    user, browser = make_user(), Client()
    answer = browser.post("/sign-in/", {"email": user.email, "password": "wrong"})
    assert answer.status_code == 401
    html = answer.content.decode()
    assert "E-mail or password is wrong" in html
    assert "What you can do:" in html
    assert Session.objects.count() == 0
    assert browser.get("/security/").status_code == 302


def test_the_second_factor_has_a_page_of_its_own():
    user, browser, now = make_user(), Client(), timezone.now()
    make_factor(user, at=now)
    answer = browser.post("/sign-in/", {"email": user.email, "password": PASSWORD, "next": "/security/"})
    assert answer["Location"] == "/sign-in/second-factor/"
    assert browser.get("/security/").status_code == 302, "the password alone opens nothing"
    assert browser.get("/sign-in/second-factor/").status_code == 200
    assert browser.post("/sign-in/second-factor/", {"otp": "000000"}).status_code == 401
    answer = browser.post("/sign-in/second-factor/", {"otp": code(user, at=now)})
    assert answer["Location"] == "/security/"
    session = Session.objects.get(kind="browser")
    assert session.second_factor_at is not None
    assert browser.get("/security/").status_code == 200


def test_nobody_enters_a_code_before_a_password():
    assert Client().post("/sign-in/second-factor/", {"otp": "123456"})["Location"] == "/sign-in/"


def test_turning_a_factor_on_shows_qr_and_codes_once_and_off_again():
    user, browser = make_user(), Client()
    sign_in_browser(browser, user)
    html = browser.post("/security/factor/enable/").content.decode()
    assert "<svg" in html
    codes = re.findall(r"<code>([0-9a-z]{4}(?:-[0-9a-z]{4}){3})</code>", html)
    assert len(codes) == 10
    wrong = browser.post("/security/factor/confirm/", {"otp": "000000"})
    assert wrong.status_code == 422
    assert codes[0] not in wrong.content.decode()
    right = browser.post("/security/factor/confirm/", {"otp": code(user, at=timezone.now())})
    assert right["Location"] == "/security/"
    page = browser.get("/security/").content.decode()
    assert "You have 10 recovery codes left." in page
    renewed = browser.post("/security/factor/recovery-codes/", {"otp": codes[0]}).content.decode()
    fresh = re.findall(r"<code>([0-9a-z-]{19})</code>", renewed)
    assert len(fresh) == 10
    assert not set(fresh) & set(codes)
    assert browser.post("/security/factor/disable/", {"otp": codes[1]}).status_code == 422
    assert browser.post("/security/factor/disable/", {"otp": fresh[0].upper().replace("-", " ")}).status_code == 302
    assert "Turn on" in browser.get("/security/").content.decode()


def test_a_session_revoked_elsewhere_is_out_at_once():
    user, here, there = make_user(), Client(), Client()
    sign_in_browser(here, user)
    other = sign_in_browser(there, user)
    assert there.get("/security/").status_code == 200
    assert here.post(f"/security/sessions/{other.id}/revoke/")["Location"] == "/security/"
    assert there.get("/security/").status_code == 302
    assert here.get("/security/").status_code == 200


def test_nobody_revokes_anothers_session():
    user, stranger, browser = make_user(), make_user(), Client()
    sign_in_browser(browser, user)
    foreign = make_session(stranger)
    assert browser.post(f"/security/sessions/{foreign.id}/revoke/").status_code == 404
    foreign.refresh_from_db()
    assert foreign.revoked_at is None


def test_signing_out_everywhere():
    user, browser = make_user(), Client()
    sign_in_browser(browser, user)
    make_session(user)
    assert browser.post("/security/sessions/revoke/")["Location"] == "/sign-in/"
    assert Session.objects.filter(revoked_at=None).count() == 0


def test_changing_the_password_keeps_this_browser_and_ends_the_others():
    user, browser = make_user(), Client()
    sign_in_browser(browser, user)
    other = make_session(user)
    form = {"current_password": PASSWORD, "password": "an even better horse"}
    assert browser.post("/security/password/", {**form, "current_password": "wrong"}).status_code == 401
    other.refresh_from_db()
    assert other.revoked_at is None
    assert browser.post("/security/password/", form).status_code == 302
    assert browser.get("/security/").status_code == 200
    other.refresh_from_db()
    assert other.revoked_reason == "password_changed"
    user.refresh_from_db()
    assert user.check_password("an even better horse")
    assert user.security_changed_at is not None


def test_the_mailed_link_verifies_only_on_a_click():
    user, browser = make_user(), Client()
    send_waiting_links()
    assert mail.outbox[0].to == [user.email]
    path = re.findall(r"http://localhost:8000(/verify-email/\S+/)", str(mail.outbox[0].body))[0]
    assert browser.get(path).status_code == 200
    user.refresh_from_db()
    assert user.email_verified_at is None
    assert "Thank you" in browser.post(path).content.decode()
    assert User.objects.filter(pk=user.pk, email_verified_at=None).count() == 0
    assert browser.post(path).status_code == 400, "once"


def test_a_forgotten_password_is_replaced_by_mail():
    user, browser = make_user(), Client()
    known = browser.post("/reset-password/", {"email": user.email}).content
    unknown = browser.post("/reset-password/", {"email": "nobody@example.com"}).content
    strip = re.compile(rb'(csrfmiddlewaretoken" value="|Reference).*?[">]')
    assert strip.sub(b"", known) == strip.sub(b"", unknown)
    token = links.token_of(Link.objects.get(purpose="reset_password", user=user))
    session = make_session(user)
    assert browser.post(f"/reset-password/{token}/", {"password": "short"}).status_code == 400
    answer = browser.post(f"/reset-password/{token}/", {"password": "an even better horse"})
    assert answer["Location"] == "/sign-in/"
    user.refresh_from_db()
    session.refresh_from_db()
    assert user.check_password("an even better horse")
    assert session.revoked_reason == "password_reset"
    assert browser.post(f"/reset-password/{token}/", {"password": "yet another horse"}).status_code == 400


def test_settings_are_kept():
    user, browser = make_user(), Client()
    sign_in_browser(browser, user)
    answer = browser.post("/settings/", {"language": "en", "theme": "dark"})
    assert answer.cookies["theme"].value == "dark"
    user.refresh_from_db()
    assert user.theme == "dark"
    assert browser.post("/settings/", {"language": "xx", "theme": "dark"}).status_code == 400


def test_a_new_address_counts_once_its_link_was_followed():
    user, browser = make_user(email="old@example.com"), Client()
    sign_in_browser(browser, user)
    form = {"email": "New@example.com", "current_password": PASSWORD}
    assert browser.post("/settings/email/", {**form, "current_password": "wrong"}).status_code == 401
    assert browser.post("/settings/email/", form).status_code == 302
    user.refresh_from_db()
    assert user.email == "old@example.com"
    token = links.token_of(Link.objects.get(purpose="change_email"))
    browser.post(f"/verify-email/{token}/")
    user.refresh_from_db()
    assert user.email == "new@example.com"
    assert Event.objects.filter(type="user.email_changed", user_id=user.id).count() == 1


def test_using_the_pages_keeps_the_cookie_alive():
    user, browser = make_user(), Client()
    session = sign_in_browser(browser, user)
    assert "sessionid" not in browser.get("/settings/").cookies
    Session.objects.filter(pk=session.pk).update(last_seen_at=timezone.now() - timedelta(minutes=2))
    assert "sessionid" in browser.get("/settings/").cookies
    session.refresh_from_db()
    assert session.address == "127.0.0.1"


def test_a_post_without_a_csrf_token_changes_nothing():
    user, browser = make_user(), Client(enforce_csrf_checks=True)
    sign_in_browser(browser, user)
    assert browser.post("/security/sessions/revoke/").status_code == 403
    assert Session.objects.get().revoked_at is None


def test_the_admin_has_no_door_of_its_own():
    assert Client().get("/admin/login/?next=/admin/")["Location"] == "/sign-in/?next=/admin/"
    user, browser = make_user(), Client()
    sign_in_browser(browser, user)
    assert browser.get("/sign-in/?next=/admin/")["Location"] == "/"
