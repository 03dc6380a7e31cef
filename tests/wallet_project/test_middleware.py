"""Request ids, what the log shows, and the security headers."""

import re

import pytest
from django.test import Client, RequestFactory

from accounts.models import Role
from events.models import Event
from tests.factories.accounts import PASSWORD, make_user, sign_in_browser
from wallet_project.middleware import RequestLogMiddleware

pytestmark = pytest.mark.django_db


def test_a_sane_request_id_is_kept_and_reaches_the_events():
    answer = Client().post(
        "/api/v1/auth/register",
        {"email": "ada@example.com", "password": PASSWORD},
        content_type="application/json",
        HTTP_X_REQUEST_ID="order-2026.11_20",
    )
    assert answer["X-Request-ID"] == "order-2026.11_20"
    assert set(Event.objects.values_list("request_id", flat=True)) == {"order-2026.11_20"}


@pytest.mark.parametrize(
    "given", ["", "short", "x" * 65, "with space in it", "new\tline-in-it", "<script>alert</script>"]
)
def test_another_request_id_is_replaced(given):
    answer = Client().get("/sign-in/", HTTP_X_REQUEST_ID=given)
    assert re.fullmatch(r"[0-9a-f]{32}", answer["X-Request-ID"])


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/verify-email/lnk_secret:abc/", "GET /verify-email/…/"),
        ("/reset-password/lnk_secret:abc/?x=1", "GET /reset-password/…/"),
        ("/reset-password/", "GET /reset-password/"),
        ("/ws/v1/feed?ticket=secret", "GET /ws/v1/feed"),
    ],
)
def test_the_log_holds_no_mailed_token_and_no_query(path, shown):
    assert RequestLogMiddleware.format_request(RequestFactory().get(path)) == shown


@pytest.mark.parametrize("path", ["/sign-in/", "/sign-up/", "/reset-password/", "/api/v1/auth/me", "/nothing/"])
def test_the_products_own_answers_have_the_strict_policy(path):
    answer = Client().get(path)
    policy = answer["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "base-uri 'none'" in policy
    assert "unsafe" not in policy
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"


def test_only_the_admin_and_the_api_viewer_are_relaxed():
    user, browser = make_user(role=Role.ADMINISTRATOR), Client()
    sign_in_browser(browser, user)
    admin = browser.get("/admin/")
    assert admin.status_code == 200
    assert "script-src 'self' 'unsafe-inline' 'unsafe-eval'" in admin["Content-Security-Policy"]
    viewer = browser.get("/api/v1/docs/")["Content-Security-Policy"]
    assert "script-src 'self';" in viewer
    assert "style-src 'self' 'unsafe-inline'" in viewer
    assert "unsafe" not in browser.get("/security/")["Content-Security-Policy"]
