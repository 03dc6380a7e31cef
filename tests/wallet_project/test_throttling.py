"""Limits in each quarter of an hour, counted in the real cache."""

from uuid import uuid4

import pytest
from django.test import Client

from accounts.models import Attempts, Session
from tests.factories.accounts import PASSWORD, make_api_client, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _counts_of_its_own(settings):
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid4().hex}}


def _login(client, email, password="wrong", address="198.51.100.1"):
    return client.post("/api/v1/auth/login", {"email": email, "password": password}, format="json", REMOTE_ADDR=address)


def test_credentials_are_limited_by_address_and_account(settings):
    settings.THROTTLE_LIMITS = {"credentials": 3}
    user, client = make_user(), make_api_client()
    assert [_login(client, user.email).status_code for _ in range(3)] == [401] * 3
    attempts = Attempts.objects.get(key__startswith="account:").failures
    refused = _login(client, user.email, PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert 1 <= int(refused["Retry-After"]) <= 900
    assert Attempts.objects.get(key__startswith="account:").failures == attempts
    assert Session.objects.count() == 0
    assert _login(client, "other@example.com").status_code == 401
    assert _login(client, user.email, PASSWORD, address="203.0.113.1").status_code == 200


def test_the_sign_in_page_counts_with_the_api(settings):
    settings.THROTTLE_LIMITS = {"credentials": 2}
    user = make_user()
    assert _login(make_api_client(), user.email).status_code == 401
    form = {"email": user.email.upper(), "password": "wrong"}
    assert Client().post("/sign-in/", form, REMOTE_ADDR="198.51.100.1").status_code == 401
    refused = Client().post("/sign-in/", {**form, "password": PASSWORD}, REMOTE_ADDR="198.51.100.1")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0
    assert Session.objects.count() == 0


def test_strangers_are_limited_by_address_and_people_by_person(settings):
    settings.THROTTLE_LIMITS = {"anonymous": 2, "user": 3}
    stranger = make_api_client()
    codes = [_login(stranger, f"person-{number}@example.com").status_code for number in range(3)]
    assert codes == [401, 401, 429]
    person = make_api_client(make_user())
    assert [person.get("/api/v1/auth/me").status_code for _ in range(4)] == [200, 200, 200, 429]
    assert make_api_client(make_user()).get("/api/v1/auth/me").status_code == 200


def test_what_the_caller_writes_into_x_forwarded_for_changes_nothing(settings):
    settings.THROTTLE_LIMITS = {"anonymous": 1}
    client = make_api_client()
    for forged in ("1.1.1.1", "2.2.2.2"):
        answer = client.post(
            "/api/v1/auth/login",
            {"email": "a@example.com", "password": "x"},
            format="json",
            HTTP_X_FORWARDED_FOR=forged,
        )
    assert answer.status_code == 429
    settings.TRUSTED_PROXIES = 1
    answer = client.post(
        "/api/v1/auth/login", {"email": "a@example.com", "password": "x"}, format="json",
        HTTP_X_FORWARDED_FOR="9.9.9.9, 3.3.3.3",
    )  # fmt: skip
    assert answer.status_code == 401
    assert Attempts.objects.filter(key="address:3.3.3.3").exists()
    assert not Attempts.objects.filter(key="address:9.9.9.9").exists()


def test_without_its_cache_it_lets_everyone_through(settings):
    settings.THROTTLE_LIMITS = {"anonymous": 1, "credentials": 1}
    settings.CACHES = {
        "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    }
    client = make_api_client()
    assert [_login(client, "a@example.com").status_code for _ in range(3)] == [401] * 3
