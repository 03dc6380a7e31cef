"""The journeys of accounts in a browser: signing up, a second factor, signing in with it, mailed links."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser

from accounts.models import Link, User
from accounts.services import links
from tests.browser.looking import LOOKS, Eye, looking
from tests.factories.accounts import PASSWORD, code, make_factor, make_session, make_user, sign_in_browser

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")

looks = pytest.mark.parametrize(("width", "scheme"), LOOKS)


@looks
def test_turning_a_second_factor_on(browser: Browser, live_server: Any, width: int, scheme: str) -> None:
    user, client = make_user(), Client()
    sign_in_browser(client, user)
    make_session(user)
    cookies = {"sessionid": client.cookies["sessionid"].value}
    with looking(browser, live_server.url, width=width, scheme=scheme, cookies=cookies) as eye:
        eye.open("/security/")
        _see(eye, f"security-off-{width}-{scheme}")
        eye.page.get_by_role("button", name="Turn on").click()
        eye.page.get_by_role("heading", name="Keep these recovery codes").wait_for()
        _see(eye, f"factor-enable-{width}-{scheme}")
        eye.page.get_by_label("Code", exact=True).fill(code(user, at=timezone.now()))
        eye.page.get_by_role("button", name="Turn on").click()
        eye.page.get_by_text("You have 10 recovery codes left.").wait_for()
        _see(eye, f"security-on-{width}-{scheme}")


@looks
def test_signing_in_with_a_second_factor(browser: Browser, live_server: Any, width: int, scheme: str) -> None:
    user = make_user()
    make_factor(user, at=timezone.now())
    with looking(browser, live_server.url, width=width, scheme=scheme) as eye:
        eye.open("/sign-in/?next=/settings/")
        eye.page.get_by_label("E-mail").fill(user.email)
        eye.page.get_by_label("Password").fill("wrong")
        eye.page.get_by_role("button", name="Sign in").click()
        eye.page.get_by_role("alert").wait_for()
        assert eye.page.get_by_label("E-mail").input_value() == user.email
        _see(eye, f"sign-in-refused-{width}-{scheme}", status="401")
        eye.page.get_by_label("Password").fill(PASSWORD)
        eye.page.get_by_role("button", name="Sign in").click()
        eye.page.get_by_role("heading", name="Enter your code").wait_for()
        _see(eye, f"second-factor-{width}-{scheme}")
        eye.page.get_by_label("Code", exact=True).fill(code(user, at=timezone.now()))
        eye.page.get_by_role("button", name="Sign in").click()
        eye.page.get_by_role("heading", name="Settings").wait_for()
        _see(eye, f"settings-after-{width}-{scheme}")


@looks
def test_following_mailed_links(browser: Browser, live_server: Any, width: int, scheme: str) -> None:
    user = make_user()
    with looking(browser, live_server.url, width=width, scheme=scheme) as eye:
        eye.open("/reset-password/")
        eye.page.get_by_label("E-mail").fill(user.email)
        eye.page.get_by_role("button", name="Send the link").click()
        eye.page.get_by_role("heading", name="Look in your mail").wait_for()
        _see(eye, f"mail-sent-{width}-{scheme}")
        eye.open(f"/reset-password/{links.token_of(Link.objects.get(purpose='reset_password'))}/")
        _see(eye, f"reset-password-{width}-{scheme}")
        eye.page.get_by_label("New password").fill("short")
        eye.page.get_by_role("button", name="Change password").click()
        eye.page.get_by_text("too short").wait_for()
        _see(eye, f"reset-password-refused-{width}-{scheme}", status="400")
        eye.page.get_by_label("New password").fill("an even better horse")
        eye.page.get_by_role("button", name="Change password").click()
        eye.page.get_by_role("heading", name="Sign in").wait_for()
        token = links.token_of(Link.objects.get(purpose="verify_email"))
        eye.open(f"/verify-email/{token}/")
        _see(eye, f"confirm-email-{width}-{scheme}")
        eye.page.get_by_role("button", name="Confirm").click()
        eye.page.get_by_role("heading", name="Thank you").wait_for()
        _see(eye, f"confirmed-email-{width}-{scheme}")
        eye.open(f"/verify-email/{token}/")
        eye.page.get_by_role("button", name="Confirm").click()
        eye.page.get_by_role("alert").wait_for()
        _see(eye, f"link-used-{width}-{scheme}", status="400")
    user.refresh_from_db()
    assert user.check_password("an even better horse")
    assert user.email_verified_at is not None


def test_signing_up_without_scripts(browser: Browser, live_server: Any) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_server.url}/sign-up/?next=/settings/")
    page.get_by_label("E-mail").fill("ada@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.get_by_role("heading", name="Settings", exact=True).wait_for()
    assert page.get_by_text("Not confirmed yet").is_visible()
    assert User.objects.get().email == "ada@example.com"
    context.close()


def _see(eye: Eye, name: str, *, status: str = "") -> None:
    """Take a picture and look for faults; a refusal's own status is not one."""
    eye.photograph(name)
    if status:
        eye.complaints[:] = [text for text in eye.complaints if status not in text]
    eye.check()
