"""What nobody sends by accident: it is refused and never a server error, and what one person is told stays theirs."""

import subprocess
import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from accounts.models import Role
from kit.pagination import encode_cursor
from rates.services import record_price
from tests.factories.accounts import make_api_client, make_user, sign_in_browser
from tests.factories.pages import STRANGER, Past, make_past
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(databases="__all__")

MOMENT = {"t": "2026-01-01T00:00:00+00:00"}
CURSORS = [
    ["\ud800"],
    ["a", "b"],
    [5, 5],
    [MOMENT, "\ud800"],
    ["a", MOMENT],
    [{"t": "0001-01-01T00:00:00+14:00"}, "a"],
    [{"t": "9999-12-31T23:59:59-14:00"}, "a"],
]


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=timezone.now())


@pytest.fixture
def client(past: Past) -> APIClient:
    return make_api_client(past.owner)


@pytest.fixture
def shallow() -> Iterator[None]:
    """The depth that Python starts with: libraries of other tests raise it."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1_000)
    yield
    sys.setrecursionlimit(before)


@pytest.mark.parametrize("path", ["transactions", "wallets", "payees", "auth/sessions"])
@pytest.mark.parametrize("values", CURSORS, ids=repr)
def test_a_forged_cursor_is_never_our_fault(client: APIClient, path: str, values: list[Any]) -> None:
    for direction in "np":
        response = client.get(f"/api/v1/{path}", {"cursor": encode_cursor(direction, values)})
        assert response.status_code in {200, 400}


@pytest.mark.parametrize(
    "query",
    [
        "type=%00",
        "status=%00",
        "asset=%00",
        "cursor=%00",
        "from=0001-01-01T00:00:00%2B23:59",
        "to=9999-12-31T23:59:59-23:59",
    ],
)
def test_a_forged_filter_is_refused(client: APIClient, query: str) -> None:
    response = client.get(f"/api/v1/transactions?{query}")
    assert (response.status_code, response.headers["Content-Type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", "wallets/a%00b"),
        ("get", "wallets/a%00b/balance"),
        ("get", "transactions/a%00b"),
        ("post", "transactions/a%00b/cancel"),
        ("delete", "auth/sessions/a%00b"),
    ],
)
def test_an_id_with_a_nul_is_refused(client: APIClient, method: str, path: str) -> None:
    assert getattr(client, method)(f"/api/v1/{path}", headers={"Idempotency-Key": "k"}).status_code == 400


@pytest.mark.parametrize("path", ["/wallets/a%00b/", "/activity/a%00/", "/activity/?q=%00", "/admin/?q=%00"])
def test_a_page_with_a_nul_in_its_address_is_refused(past: Past, path: str) -> None:
    browser = Client()
    sign_in_browser(browser, past.owner)
    assert browser.get(path).status_code == 400


def test_the_last_day_there_is_can_be_asked_for(past: Past) -> None:
    browser = Client()
    sign_in_browser(browser, past.owner)
    assert browser.get("/activity/?since=0001-01-01&until=9999-12-31").status_code == 200


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 50_000, b'{"network":"\\ud800"}', b'{"\\udfff":1}', b'{"a":[{"b":"\\ud800"}]}']
)
@pytest.mark.parametrize("path", ["transactions", "wallets", "auth/login", "payees"])
@pytest.mark.usefixtures("shallow")
def test_json_that_means_nothing_is_refused(client: APIClient, path: str, body: bytes) -> None:
    response = client.post(
        f"/api/v1/{path}", body, content_type="application/json", headers={"Idempotency-Key": uuid4().hex}
    )
    assert (response.status_code, response.json()["code"]) == (400, "malformed_body")


def test_nothing_the_product_loads_lets_json_nest_deeper_than_the_stack() -> None:
    """Beyond Python's own limit, an anonymous call with deeply nested JSON would end the process."""
    program = (
        "import os, sys, json, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'wallet_project.settings.test';"
        "django.setup(); import wallet_project.urls, chains.adapters.evm_web3;"
        "sys.exit(sys.getrecursionlimit() > 1000)"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0


@pytest.mark.parametrize(("asset", "to"), [("BTC", STRANGER), ("ETH", "0x00000000000000000000000000000000DeaDBeef")])
@pytest.mark.parametrize("digits", [12, 30, 60, 69, 70, 78])
@pytest.mark.parametrize("type", ["send", "transfer"])
def test_an_amount_beyond_all_there_is_is_refused(
    past: Past, client: APIClient, asset: str, to: str, digits: int, type: str
) -> None:
    wallet = past.bitcoin if asset == "BTC" else past.ethereum
    to = past.friend.email if type == "transfer" else to
    before = Transaction.objects.count()
    asked = {"type": type, "wallet_id": wallet.pk, "asset": asset, "amount": "9" * digits, "to": to}
    response = client.post("/api/v1/transactions", asked, format="json", headers={"Idempotency-Key": "k"})
    assert response.status_code in {400, 422, 503}
    assert Transaction.objects.count() == before


@pytest.mark.parametrize("digits", [12, 25, 30, 60, 69])
def test_an_amount_beyond_all_there_is_is_above_every_limit(
    past: Past, client: APIClient, settings: Any, digits: int
) -> None:
    settings.SEND_LIMIT_USD = 2_000
    record_price(base="BTC", quote="USD", price=Decimal("50000.12"), source="tests", now=timezone.now())
    asked = {"type": "send", "wallet_id": past.bitcoin.pk, "asset": "BTC", "amount": "9" * digits, "to": STRANGER}
    before = Transaction.objects.count()
    for path in ("transactions", "transactions/preview"):
        response = client.post(f"/api/v1/{path}", asked, format="json", headers={"Idempotency-Key": "k"})
        assert (response.status_code, response.json()["code"]) == (422, "limit_exceeded")
    assert Transaction.objects.count() == before


def test_a_body_too_large_is_said_to_be(client: APIClient) -> None:
    body = b'{"a":"' + b"x" * 3_000_000 + b'"}'
    response = client.post("/api/v1/transactions/preview", body, content_type="application/json")
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")


@pytest.mark.parametrize(
    "path", ["/", "/wallets/", "/activity/", "/send/", "/receive/", "/security/", "/api/v1/wallets"]
)
def test_what_one_person_is_told_stays_in_no_cache(past: Past, path: str) -> None:
    browser = Client()
    sign_in_browser(browser, past.owner)
    assert "no-store" in browser.get(path).headers["Cache-Control"]


def test_another_address_in_the_body_gives_no_new_tries(settings: Any) -> None:
    settings.CACHES = {"default": {**settings.CACHES["default"], "KEY_PREFIX": uuid4().hex}}
    settings.THROTTLE_LIMITS = {"credentials": 3}
    client = make_api_client(make_user())
    answers = [
        client.post("/api/v1/auth/verify-email/resend", {"email": f"other{number}@example.com"}, format="json")
        for number in range(5)
    ]
    assert [answer.status_code for answer in answers] == [202, 202, 202, 429, 429]


def test_the_back_office_has_no_second_way_to_change_a_password_or_to_leave() -> None:
    browser, officer = Client(), make_user(role=Role.ADMINISTRATOR)
    session = sign_in_browser(browser, officer)
    assert browser.post("/admin/password_change/", {"old_password": "x"}).headers["Location"] == "/security/"
    assert browser.post("/admin/logout/").status_code == 302
    session.refresh_from_db()
    assert session.revoked_reason == "signed_out"
