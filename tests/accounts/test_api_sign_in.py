"""auth/register, login, refresh, logout, me and sessions, as a client sees them."""

import pytest
from django.test import Client
from django.utils import timezone

from accounts import services
from accounts.models import Attempts, Link, Session, User
from events.models import Event
from kit.errors import InvalidInput
from tests.factories.accounts import CLIENT, PASSWORD, code, make_api_client, make_factor, make_session, make_user

pytestmark = pytest.mark.django_db


def test_registering_gives_tokens_that_work():
    client = make_api_client()
    answer = client.post("/api/v1/auth/register", {"email": "Ada@Example.com", "password": PASSWORD}, format="json")
    assert answer.status_code == 201, answer.content
    body = answer.json()
    assert set(body) == {"access", "refresh", "user"}
    assert body["user"]["email"] == "ada@example.com"
    assert body["user"]["roles"] == ["user"]
    assert body["user"]["second_factor"] is False
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {body['access']}")
    assert client.get("/api/v1/auth/me").json()["id"] == body["user"]["id"]


@pytest.mark.parametrize(
    ("email", "password", "field"),
    [
        ("no address", PASSWORD, "email"),
        ("ada@example.com", "short", "password"),
        ("ada@example.com", "password1234", "password"),
        ("ada@example.com", "123456789012", "password"),
        ("ada.lovelace@example.com", "ada.lovelace@example", "password"),
        ("ada@example.com", None, "password"),
    ],
)
def test_registering_with_a_bad_field_is_refused_and_creates_nobody(email, password, field):
    answer = make_api_client().post("/api/v1/auth/register", {"email": email, "password": password}, format="json")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "invalid_input"
    assert list(answer.json()["errors"]) == [field]
    assert (User.objects.count(), Session.objects.count(), Event.objects.count()) == (0, 0, 0)


@pytest.mark.parametrize("address", ["a@\u202ebank.example", "a@ba\u00adnk.example", "a@xn--\u00fc.example"])
def test_an_address_that_no_mail_can_be_written_to_is_refused_at_every_door(address, now):
    """Django takes each of them for one; whoever signed up with it could never be told anything."""
    body = {"email": address, "password": PASSWORD}
    answer = make_api_client().post("/api/v1/auth/register", body, format="json")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert answer.json()["errors"] == {"email": ["No mail can be sent to this address."]}
    page = Client().post("/sign-up/", body)
    assert (page.status_code, "No mail can be sent to this address." in page.content.decode()) == (400, True)
    assert (User.objects.count(), Session.objects.count(), Link.objects.count(), Event.objects.count()) == (0, 0, 0, 0)
    user = make_user(now=now)
    before = (user.email, Link.objects.count(), Event.objects.count())
    with pytest.raises(InvalidInput):
        services.ask_email_change(user=user, email=address, password=PASSWORD, client=CLIENT, now=now)
    user.refresh_from_db()
    assert (user.email, Link.objects.count(), Event.objects.count()) == before


def test_registering_a_taken_address_is_refused_and_changes_nothing():
    user = make_user(email="ada@example.com")
    answer = make_api_client().post(
        "/api/v1/auth/register", {"email": "ADA@example.com", "password": "another good password"}, format="json"
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert User.objects.get() == user
    assert User.objects.get().password == user.password
    assert Session.objects.count() == 0


def test_signing_in_and_out():
    user = make_user()
    client = make_api_client()
    answer = client.post("/api/v1/auth/login", {"email": user.email, "password": PASSWORD}, format="json")
    assert answer.status_code == 200
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {answer.json()['access']}")
    assert client.get("/api/v1/auth/me").status_code == 200
    assert client.post("/api/v1/auth/logout").status_code == 204
    refused = client.get("/api/v1/auth/me")
    assert (refused.status_code, refused.json()["code"]) == (401, "session_ended")
    assert refused["WWW-Authenticate"] == 'Bearer realm="api"'
    types = list(Event.objects.filter(user_id=user.id).order_by("id").values_list("type", flat=True))
    assert types == ["user.registered", "user.signed_in", "user.signed_out"]


def test_the_refusal_is_the_same_whether_the_account_exists():
    user = make_user()
    client = make_api_client()
    known = client.post("/api/v1/auth/login", {"email": user.email, "password": "wrong"}, format="json")
    unknown = client.post("/api/v1/auth/login", {"email": "nobody@example.com", "password": "wrong"}, format="json")
    assert known.status_code == unknown.status_code == 401
    bodies = [{**answer.json(), "request_id": ""} for answer in (known, unknown)]
    assert bodies[0] == bodies[1]
    assert bodies[0]["code"] == "credentials_invalid"
    assert Session.objects.count() == 0


def test_a_second_factor_is_asked_for_then_taken_once():
    user, now = make_user(), timezone.now()
    make_factor(user, at=now)
    otp = code(user, at=now)
    client, credentials = make_api_client(), {"email": user.email, "password": PASSWORD}
    asked = client.post("/api/v1/auth/login", credentials, format="json")
    assert (asked.status_code, asked.json()["code"]) == (401, "second_factor_required")
    taken = client.post("/api/v1/auth/login", {**credentials, "otp": otp}, format="json")
    assert taken.status_code == 200
    assert taken.json()["user"]["second_factor"] is True
    again = client.post("/api/v1/auth/login", {**credentials, "otp": otp}, format="json")
    assert (again.status_code, again.json()["code"]) == (401, "second_factor_invalid")
    assert Attempts.objects.get(key__startswith="account:").failures == 1


def test_refreshing_replaces_both_tokens_and_an_old_one_ends_the_session():
    user = make_user()
    session = make_session(user)
    first = services.issue_tokens(session=session, now=timezone.now())
    client = make_api_client()
    second = client.post("/api/v1/auth/refresh", {"refresh": first.refresh}, format="json").json()
    assert second["refresh"] != first.refresh
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {second['access']}")
    assert client.get("/api/v1/auth/me").status_code == 200
    reused = client.post("/api/v1/auth/refresh", {"refresh": first.refresh}, format="json")
    assert (reused.status_code, reused.json()["code"]) == (401, "refresh_reused")
    assert client.get("/api/v1/auth/me").json()["code"] == "session_ended"
    late = client.post("/api/v1/auth/refresh", {"refresh": second["refresh"]}, format="json")
    assert (late.status_code, late.json()["code"]) == (401, "session_ended")
    session.refresh_from_db()
    assert session.revoked_reason == "refresh_reused"
    assert Event.objects.filter(type="session.refresh_reused", user_id=user.id).count() == 1


@pytest.mark.parametrize("token", ["", "x", "a.b.c"])
def test_a_token_that_is_none_is_refused(token):
    client = make_api_client()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    answer = client.get("/api/v1/auth/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_a_refresh_token_is_no_access_token_and_the_other_way_round():
    tokens = services.issue_tokens(session=make_session(make_user()), now=timezone.now())
    client = make_api_client()
    assert client.post("/api/v1/auth/refresh", {"refresh": tokens.access}, format="json").status_code == 401
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.refresh}")
    assert client.get("/api/v1/auth/me").json()["code"] == "token_invalid"


def test_sessions_are_listed_and_ended_one_by_one_or_all():
    user, stranger = make_user(), make_user()
    client = make_api_client(user)
    other, foreign = make_session(user), make_session(stranger)
    rows = client.get("/api/v1/auth/sessions").json()["results"]
    assert {row["id"] for row in rows} == {s.id for s in Session.objects.filter(user=user)}
    assert [row["is_current"] for row in rows].count(True) == 1
    assert not {"refresh_id", "refresh_jti"} & set(rows[0])
    assert client.delete(f"/api/v1/auth/sessions/{foreign.id}").status_code == 404
    foreign.refresh_from_db()
    assert foreign.revoked_at is None
    assert client.delete(f"/api/v1/auth/sessions/{other.id}").status_code == 204
    assert client.delete(f"/api/v1/auth/sessions/{other.id}").status_code == 404
    assert client.delete("/api/v1/auth/sessions").status_code == 204
    assert client.get("/api/v1/auth/me").json()["code"] == "session_ended"
    assert Session.objects.filter(user=user, revoked_at=None).count() == 0
    assert Event.objects.filter(type="session.revoked", user_id=user.id).count() == 2
