"""Every refusal of the API has one form, whatever refused."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.test import Client
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.views import APIView

from kit.errors import BusyElsewhere, InvalidInput
from tests.factories.accounts import make_api_client, make_session, make_user, sign_in_browser

pytestmark = pytest.mark.django_db

PARTS = {
    "type", "title", "status", "detail", "code", "what_happened", "why", "what_to_do", "alternatives", "severity",
    "request_id",
}  # fmt: skip


def check(answer: Any, status: int, code: str) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(answer.content)
    assert (answer.status_code, body["code"]) == (status, code)
    assert answer["Content-Type"] == "application/problem+json"
    assert set(body) >= PARTS
    assert body["status"] == status
    assert body["type"] == f"urn:holdfast:problem:{code}"
    assert body["severity"] in {"critical", "high", "medium", "low"}
    assert body["request_id"] == answer["X-Request-ID"]
    return body


@pytest.mark.parametrize("client", [APIClient(), Client()])
def test_not_signed_in(client):
    answer = client.get("/api/v1/auth/me")
    check(answer, 401, "not_authenticated")
    assert answer["WWW-Authenticate"] == 'Bearer realm="api"'


def test_an_address_at_which_there_is_nothing():
    for path in ("/api/v1/nothing", "/api/", "/api/v2/auth/me", "/api/v1/auth/sessions/"):
        check(Client().get(path), 404, "not_found")
        check(Client().post(path), 404, "not_found")


def test_an_address_of_the_pages_stays_a_page():
    answer = Client().get("/nothing/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("body", ["{", "", "\xff", '"text"', "[1]", "null", "1"])
def test_a_body_that_is_no_object(body):
    answer = APIClient().post("/api/v1/auth/login", body.encode("latin-1"), content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["code"] in {"malformed_body", "invalid_input"}


def test_a_method_or_a_body_of_another_kind():
    client = make_api_client(make_user())
    check(client.put("/api/v1/auth/me"), 405, "method_not_allowed")
    check(client.post("/api/v1/auth/2fa/verify", "a=b", content_type="text/plain"), 415, "unsupported_media_type")
    check(client.get("/api/v1/auth/me", HTTP_ACCEPT="image/png"), 406, "not_acceptable")


def test_fields_are_named():
    body = check(APIClient().post("/api/v1/auth/login", {}, format="json"), 400, "invalid_input")
    assert body["errors"] == {"email": ["This field is required."], "password": ["This field is required."]}


def test_the_cookie_needs_its_csrf_token():
    user, browser = make_user(), Client(enforce_csrf_checks=True)
    session = sign_in_browser(browser, user)
    assert browser.get("/api/v1/auth/me").json()["id"] == user.id
    check(browser.post("/api/v1/auth/logout", content_type="application/json"), 403, "csrf_failed")
    session.refresh_from_db()
    assert session.revoked_at is None
    token = browser.get("/settings/").cookies["csrftoken"].value
    answer = browser.post("/api/v1/auth/logout", content_type="application/json", HTTP_X_CSRFTOKEN=token)
    assert answer.status_code == 204
    session.refresh_from_db()
    assert session.revoked_reason == "signed_out"


def test_a_session_of_an_app_is_no_browsers():
    user, browser = make_user(), Client()
    store = browser.session
    store["session_id"] = make_session(user).id
    store.save()
    assert browser.get("/api/v1/auth/me").status_code == 401


class _Nested(serializers.Serializer[Any]):
    memo = serializers.IntegerField()


class _Outer(serializers.Serializer[Any]):
    to = _Nested()
    rows = _Nested(many=True)


def _raise(error: Exception) -> Any:
    class View(APIView):
        authentication_classes = []
        permission_classes = []
        throttle_classes = []

        def get(self, request: Any) -> Response:
            raise error

    return View.as_view()(APIRequestFactory().get("/api/v1/x")).render()


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Http404("secret path"), 404, "not_found"),
        (PermissionDenied("secret reason"), 403, "permission_denied"),
        (BusyElsewhere(), 409, "busy_elsewhere"),
        (InvalidInput(fields={"to": ["No."]}), 400, "invalid_input"),
        (ZeroDivisionError("secret detail"), 500, "internal_error"),
        (AssertionError("secret detail"), 500, "internal_error"),
    ],
)
def test_whatever_a_view_raises(error, status, code):
    answer = _raise(error)
    body = json.loads(answer.content)
    assert (answer.status_code, body["code"]) == (status, code)
    assert "secret" not in answer.content.decode()
    assert "Traceback" not in answer.content.decode()
    if isinstance(error, BusyElsewhere):
        assert answer["Retry-After"] == "1"


def test_nested_fields_are_named_with_dots():
    serializer = _Outer(data={"to": {"memo": "x"}, "rows": [{"memo": 1}, {}]})
    serializer.is_valid()
    body = json.loads(_raise(serializers.ValidationError(serializer.errors)).content)
    assert body["errors"] == {"to.memo": ["A valid integer is required."], "rows.1.memo": ["This field is required."]}


def test_an_unforeseen_error_is_not_explained_to_the_caller(monkeypatch):
    monkeypatch.setattr("accounts.queries.role_names", lambda user: 1 / 0)
    client = make_api_client(make_user())
    client.raise_request_exception = False
    body = check(client.get("/api/v1/auth/me"), 500, "internal_error")
    assert "division" not in json.dumps(body)
    client.raise_request_exception = True
    with pytest.raises(ZeroDivisionError):
        client.get("/api/v1/auth/me")
