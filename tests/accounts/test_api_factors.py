"""auth/2fa/*, ticket, verify-email and password/*, as a client sees them."""

import pytest
from django.utils import timezone

from accounts import queries, services
from accounts.models import Link, Session, Ticket
from accounts.services import links
from tests.factories.accounts import PASSWORD, code, make_api_client, make_factor, make_session, make_user

pytestmark = pytest.mark.django_db
NEW = "an even better horse"


def test_a_factor_from_enable_to_disable():
    user = make_user()
    client = make_api_client(user)
    enrolment = client.post("/api/v1/auth/2fa/enable").json()
    assert set(enrolment) == {"secret", "otpauth_url", "recovery_codes"}
    wrong = client.post("/api/v1/auth/2fa/verify", {"otp": "000000"}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (422, "second_factor_invalid")
    otp = code(user, at=timezone.now())
    assert client.post("/api/v1/auth/2fa/verify", {"otp": otp}, format="json").json()["second_factor"] is True
    again = client.post("/api/v1/auth/2fa/enable")
    assert (again.status_code, again.json()["code"]) == (409, "factor_already_enabled")
    reused = client.post("/api/v1/auth/2fa/disable", {"otp": otp}, format="json")
    assert reused.status_code == 422
    assert queries.has_factor(user_id=user.id)
    codes = client.post(
        "/api/v1/auth/2fa/recovery-codes", {"otp": enrolment["recovery_codes"][0]}, format="json"
    ).json()["recovery_codes"]
    assert len(codes) == 10
    old = client.post("/api/v1/auth/2fa/disable", {"otp": enrolment["recovery_codes"][1]}, format="json")
    assert old.status_code == 422
    assert client.post("/api/v1/auth/2fa/disable", {"otp": codes[0]}, format="json").json()["second_factor"] is False
    off = client.post("/api/v1/auth/2fa/disable", {"otp": codes[1]}, format="json")
    assert (off.status_code, off.json()["code"]) == (409, "factor_not_enabled")


def test_a_recovery_code_stands_in_for_the_second_factor():
    user, now = make_user(), timezone.now()
    recovery = make_factor(user, at=now).recovery_codes[0]
    body = {"email": user.email, "password": PASSWORD, "otp": recovery}
    assert make_api_client().post("/api/v1/auth/login", body, format="json").status_code == 200
    assert make_api_client().post("/api/v1/auth/login", body, format="json").status_code == 401


def test_a_ticket_speaks_for_its_session():
    user = make_user()
    client = make_api_client(user)
    body = client.post("/api/v1/auth/ticket").json()
    assert body["expires_in_seconds"] == 60
    assert Ticket.objects.count() == 1
    assert services.redeem_ticket(ticket=body["ticket"], now=timezone.now()) == user.id
    assert Ticket.objects.count() == 0
    assert make_api_client().post("/api/v1/auth/ticket").status_code == 401


def test_verifying_an_address():
    user = make_user()
    client = make_api_client(user)
    token = links.token_of(Link.objects.get(user=user))
    bad = client.post("/api/v1/auth/verify-email", {"token": token[:-2]}, format="json")
    assert (bad.status_code, bad.json()["code"]) == (400, "link_invalid")
    assert client.get("/api/v1/auth/me").json()["email_verified_at"] is None
    assert client.post("/api/v1/auth/verify-email", {"token": token}, format="json").status_code == 204
    assert client.get("/api/v1/auth/me").json()["email_verified_at"] is not None
    assert client.post("/api/v1/auth/verify-email/resend").status_code == 202
    assert Link.objects.filter(user=user).count() == 1, "a verified address needs no other link"


def test_resetting_a_password():
    user = make_user()
    client = make_api_client()
    answers = [
        client.post("/api/v1/auth/password/reset", {"email": email}, format="json")
        for email in (user.email, "nobody@example.com", "no address")
    ]
    assert [(answer.status_code, answer.content) for answer in answers] == [(202, b"")] * 3
    token = links.token_of(Link.objects.get(user=user, purpose="reset_password"))
    weak = client.post("/api/v1/auth/password/reset/confirm", {"token": token, "password": "short"}, format="json")
    assert (weak.status_code, list(weak.json()["errors"])) == (400, ["password"])
    good = client.post("/api/v1/auth/password/reset/confirm", {"token": token, "password": NEW}, format="json")
    assert good.status_code == 204
    body = {"email": user.email, "password": NEW}
    assert client.post("/api/v1/auth/login", body, format="json").status_code == 200


def test_changing_a_password():
    user = make_user()
    client = make_api_client(user)
    other = make_session(user)
    wrong = client.post("/api/v1/auth/password/change", {"current_password": "wrong", "password": NEW}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "credentials_invalid")
    assert Session.objects.filter(user=user, revoked_at=None).count() == 2
    right = client.post("/api/v1/auth/password/change", {"current_password": PASSWORD, "password": NEW}, format="json")
    assert right.status_code == 204
    other.refresh_from_db()
    assert other.revoked_reason == "password_changed"
    assert client.get("/api/v1/auth/me").status_code == 200
