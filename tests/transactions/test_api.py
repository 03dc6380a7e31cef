"""The REST doors of transactions: preview is execution undone, keys answer once, strangers see nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

from custody.models import Key
from events.models import Event, Pending
from kit.money import format_minor, parse_amount
from ledger.models import Account, Entry
from rates.services import NewFee, store_fees
from tests.factories.accounts import make_api_client, make_user
from tests.factories.pages import STRANGER, Past, credit, make_past
from transactions.models import IdempotencyRecord, Status, Transaction
from transactions.services import lifecycle
from wallets.models import Wallet

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=timezone.now())


@pytest.fixture
def client(past: Past) -> APIClient:
    return make_api_client(past.owner)


def body(past: Past, **changes: Any) -> dict[str, Any]:
    return {"type": "send", "wallet_id": past.bitcoin.pk, "asset": "BTC", "amount": "0.015", "to": STRANGER, **changes}


def post(client: APIClient, path: str, data: dict[str, Any] | None = None, key: str | None = "k1") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(f"/api/v1/{path}", data or {}, format="json", headers=headers)


def everything() -> dict[str, Any]:
    return {
        "balances": sorted(Account.objects.values_list("code", "asset_id", "balance", "version")),
        "counts": [model.objects.count() for model in (Entry, Transaction, Pending, Wallet, Key, IdempotencyRecord)],
        "events": Event.objects.count(),
        "statuses": sorted(Transaction.objects.values_list("id", "status")),
    }


# --- preview ------------------------------------------------------------------------------------
@pytest.mark.parametrize("type", ["send", "transfer"])
def test_a_preview_moves_nothing_and_says_what_execution_does(past: Past, client: APIClient, type: str) -> None:
    asked = body(past, to=STRANGER if type == "send" else past.friend.email, type=type)
    before = everything()
    preview = post(client, "transactions/preview", asked, key=None)
    assert preview.status_code == 200
    note = Event.objects.latest("id")
    assert (note.type, note.user_id, note.subject) == (
        "preview.shown",
        past.owner.pk,
        f"wallets.wallet:{past.bitcoin.pk}",
    )
    assert note.data == {"type": type, "network": "bitcoin", "asset": "BTC"}
    assert everything() == before | {"events": before["events"] + 1}  # that it was shown is all that is kept
    shown = preview.json()
    made = post(client, "transactions", asked)
    assert made.status_code == 201
    balance = client.get(f"/api/v1/wallets/{past.bitcoin.pk}/balance").json()["balances"]
    assert [each["available"] for each in balance if each["asset"] == "BTC"] == [shown["balance_after"]]
    assert made.json()["fee"]["max"] == shown["fee"]["max"]
    assert (made.json()["amount"], shown["amount"]) == ("0.015", "0.015")
    transaction = Transaction.objects.get(pk=made.json()["id"])
    total = transaction.amount_minor + transaction.max_fee_minor
    assert shown["total"] == f"{total / 10**8:.8f}".rstrip("0")


def test_a_person_with_the_longest_address_there_can_be_is_paid(past: Past, client: APIClient) -> None:
    longest = f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.example"
    friend = make_user(email=longest)
    asked = body(past, to=longest, type="transfer")
    assert post(client, "transactions/preview", asked, key=None).status_code == 200
    made = post(client, "transactions", asked)
    assert (made.status_code, made.json()["status"], made.json()["to"]) == (201, "completed", longest)
    assert Transaction.objects.get(pk=made.json()["id"]).recipient_user_id == friend.pk


def test_a_preview_of_what_cannot_be_says_why_and_moves_nothing(past: Past, client: APIClient) -> None:
    before = everything()
    answer = post(client, "transactions/preview", body(past, amount="0.5"), key=None)
    assert (answer.status_code, answer.json()["code"]) == (422, "insufficient_funds")
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert everything() == before


# --- the agreed fee -----------------------------------------------------------------------------
def ceiling(past: Past, client: APIClient) -> int:
    """Return what would be held now for the fee of the usual payment, in satoshi."""
    shown = post(client, "transactions/preview", body(past), key=None).json()
    return parse_amount(shown["fee"]["max"], scale=8)


@pytest.mark.parametrize("more", [0, 1, 10**8])
def test_a_fee_within_what_was_agreed_is_held_as_if_nothing_had_been_said(
    past: Past, client: APIClient, more: int
) -> None:
    most = ceiling(past, client)
    asked = body(past, max_fee=format_minor(most + more, scale=8))
    assert post(client, "transactions/preview", asked, key=None).json()["fee"]["max"] == format_minor(most, scale=8)
    made = post(client, "transactions", asked)
    assert (made.status_code, made.json()["fee"]["max"]) == (201, format_minor(most, scale=8))
    assert Transaction.objects.get(pk=made.json()["id"]).max_fee_minor == most


def test_a_fee_above_what_was_agreed_is_refused_and_moves_nothing(past: Past, client: APIClient) -> None:
    most = ceiling(past, client)
    asked = body(past, max_fee=format_minor(most - 1, scale=8))
    before = everything()
    for path in ("transactions/preview", "transactions"):
        answer = post(client, path, asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "fee_above_ceiling"), path
        assert f"{format_minor(most, scale=8)} BTC" in answer.json()["detail"]
        assert everything() == before
    store_fees(network="bitcoin", fees=[NewFee("normal", 5_000, 0, 1_200)], now=timezone.now())
    made = post(client, "transactions", asked)  # the same key: what is refused stores nothing
    assert made.status_code == 201
    assert Transaction.objects.get(pk=made.json()["id"]).max_fee_minor < most


def test_the_agreed_fee_is_part_of_the_request(past: Past, client: APIClient) -> None:
    assert post(client, "transactions", body(past, max_fee="0.1")).status_code == 201
    before = everything()
    for other in (body(past), body(past, max_fee="0.2")):
        answer = post(client, "transactions", other)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert everything() == before


@pytest.mark.parametrize("type", ["send", "transfer"])
@pytest.mark.parametrize("max_fee", ["", "0", "-1", "1e-5", "0.000000001", "NaN", 0.1, None])
def test_an_agreed_fee_that_is_no_amount_is_refused(past: Past, client: APIClient, type: str, max_fee: Any) -> None:
    before = everything()
    asked = body(past, to=STRANGER if type == "send" else past.friend.email, type=type, max_fee=max_fee)
    answer = post(client, "transactions", asked)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["max_fee"])
    assert everything() == before


def test_a_transfer_is_free_and_so_within_every_agreed_fee(past: Past, client: APIClient) -> None:
    made = post(client, "transactions", body(past, type="transfer", to=past.friend.email, max_fee="0.00000001"))
    assert (made.status_code, made.json()["fee"]["max"]) == (201, "0")


# --- idempotency --------------------------------------------------------------------------------
@pytest.mark.parametrize("key", [None, "", "k" * 65, "with space", "ключ", "tab\t"])
def test_without_a_proper_key_nothing_happens(past: Past, client: APIClient, key: str | None) -> None:
    before = everything()
    for path in ("transactions", f"transactions/{past.send.pk}/cancel", f"transactions/{past.send.pk}/speed-up"):
        answer = post(client, path, body(past), key=key)
        assert (answer.status_code, answer.json()["code"]) == (400, "idempotency_key_required"), path
    assert everything() == before


def test_the_same_request_again_is_the_stored_answer(past: Past, client: APIClient) -> None:
    first = post(client, "transactions", body(past))
    assert first.status_code == 201
    assert "Idempotent-Replayed" not in first.headers
    done = everything()
    lifecycle.move(Transaction.objects.get(pk=first.json()["id"]), Status.COMPENSATING, now=timezone.now())
    later = everything()
    again = post(client, "transactions", {**body(past), "priority": "normal", "memo": ""})
    assert (again.status_code, again.headers["Idempotent-Replayed"]) == (201, "true")
    assert again.json() == first.json()
    assert everything() == later != done


@pytest.mark.parametrize(
    "changes", [{"amount": "0.016"}, {"memo": "x"}, {"priority": "fast"}, {"type": "transfer"}, {"to": "friend"}]
)
def test_the_same_key_with_another_body_is_refused(past: Past, client: APIClient, changes: dict[str, str]) -> None:
    assert post(client, "transactions", body(past)).status_code == 201
    before = everything()
    changes = {name: past.friend.email if value == "friend" else value for name, value in changes.items()}
    answer = post(client, "transactions", body(past, **changes))
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert everything() == before


def test_a_key_of_one_route_or_person_is_not_anothers(past: Past, client: APIClient) -> None:
    assert post(client, "transactions", body(past)).status_code == 201
    answer = post(client, f"transactions/{past.send.pk}/cancel")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    friend = make_api_client(past.friend)
    wallet = Wallet.objects.get(user=past.friend)
    theirs = post(friend, "transactions", body(past, to=past.owner.email, type="transfer", wallet_id=wallet.pk))
    assert theirs.status_code == 201
    assert "Idempotent-Replayed" not in theirs.headers


def test_a_refused_request_may_be_tried_again_under_its_key(past: Past, client: APIClient) -> None:
    asked = body(past, amount="0.45")
    assert post(client, "transactions", asked).status_code == 422
    assert not IdempotencyRecord.objects.exists()
    credit(past.bitcoin, minor=90_000_000, height=400, now=timezone.now())
    again = post(client, "transactions", asked)
    assert again.status_code == 201
    assert "Idempotent-Replayed" not in again.headers


@pytest.mark.django_db(transaction=True, databases="__all__")
def test_a_request_in_flight_is_asked_to_come_back(past: Past, client: APIClient) -> None:
    before = everything()
    parameters = connection.get_connection_params()
    names = {name: parameters[name] for name in ("host", "port", "user", "password", "dbname") if parameters.get(name)}
    with psycopg.connect(**names) as other:  # another process is answering it right now
        other.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 1))", [f"idempotency:{past.owner.pk}:k1"])
        answer = post(client, "transactions", body(past))
    assert (answer.status_code, answer.json()["code"]) == (409, "request_in_flight")
    assert int(answer.headers["Retry-After"]) >= 1
    assert everything() == before
    assert post(client, "transactions", body(past)).status_code == 201


def test_a_cancel_is_answered_once(past: Past, client: APIClient) -> None:
    path = f"transactions/{past.send.pk}/cancel"
    first = post(client, path, key="c1")
    assert (first.status_code, first.json()["status"], first.json()["failure"]["code"]) == (200, "failed", "cancelled")
    done = everything()
    again = post(client, path, key="c1")
    assert (again.status_code, again.headers["Idempotent-Replayed"], again.json()) == (200, "true", first.json())
    other = post(client, path, key="c2")
    assert (other.status_code, other.json()["code"]) == (409, "not_cancellable")
    assert everything() == done


# --- whose it is --------------------------------------------------------------------------------
def test_other_peoples_ids_are_unknown_everywhere(past: Past) -> None:
    friend = make_api_client(past.friend)
    before = everything()
    for path in (
        f"transactions/{past.send.pk}",
        f"transactions/{past.arriving.pk}",
        f"wallets/{past.bitcoin.pk}/balance",
        f"wallets/{past.bitcoin.pk}/transactions",
        f"wallets/{past.bitcoin.pk}",
    ):
        assert friend.get(f"/api/v1/{path}").status_code == 404, path
    for path, data in (
        (f"transactions/{past.send.pk}/cancel", {}),
        (f"transactions/{past.send.pk}/speed-up", {}),
        ("transactions", body(past)),
        ("transactions/preview", body(past)),
        ("transactions", body(past, to=past.friend.email, type="transfer")),
    ):
        answer = post(friend, path, data)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found"), path
    assert everything() == before
    listed = friend.get("/api/v1/transactions").json()["results"]
    assert [(each["id"], each["direction"]) for each in listed] == [(past.transfer.pk, "in")]


@pytest.mark.parametrize("method", ["get", "post"])
def test_without_a_person_there_is_no_answer(past: Past, method: str) -> None:
    before = everything()
    nobody = make_api_client()
    paths = ["transactions"] if method == "get" else ["transactions", "transactions/preview"]
    for path in paths:
        assert getattr(nobody, method)(f"/api/v1/{path}").status_code == 401
    assert everything() == before


# --- lists --------------------------------------------------------------------------------------
def ids(client: APIClient, **filters: str) -> list[str]:
    answer = client.get("/api/v1/transactions", filters)
    assert answer.status_code == 200
    return [each["id"] for each in answer.json()["results"]]


def test_filters(past: Past, client: APIClient) -> None:
    everyone = ids(client)
    assert len(everyone) == 5
    assert everyone == sorted(everyone, reverse=True)
    assert ids(client, type="transfer") == [past.transfer.pk]
    assert ids(client, type="send", status="balance_reserved") == [past.send.pk]
    assert len(ids(client, asset="ETH")) == 1
    assert ids(client, type="deposit", asset="BTC", status="blockchain_pending") == [past.arriving.pk]
    assert ids(client, q=past.arriving.txid) == [past.arriving.pk]
    assert ids(client, q="rent") == [past.send.pk]
    assert ids(client, q=past.friend.email) == [past.transfer.pk]
    assert ids(client, q="nothing like it") == []
    edge = past.send.created_at
    assert ids(client, **{"from": edge.isoformat()}) == [past.send.pk]
    assert past.send.pk not in ids(client, to=edge.isoformat())
    assert len(ids(client, **{"from": (edge - timedelta(hours=4)).isoformat()})) == 3


@pytest.mark.parametrize(
    "query",
    [
        *("from=yesterday", "from=2026-11-20", "to=2026-13-01T00:00:00Z", "q=%00", "asset=%00"),
        *("status=bogus", "type=bogus", "type=sweep", "status=Completed", "limit=0", "limit=201", "cursor=x"),
    ],
)
def test_a_filter_that_means_nothing_is_an_error(past: Past, client: APIClient, query: str) -> None:
    answer = client.get(f"/api/v1/transactions?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert list(answer.json()["errors"]) == [query.partition("=")[0]]


def test_a_filter_with_few_values_names_them(past: Past, client: APIClient) -> None:
    types = client.get("/api/v1/transactions?type=bogus").json()["errors"]["type"]
    assert types == ["One of: deposit, send, transfer, refund, on_ramp."]
    (statuses,) = client.get("/api/v1/transactions?status=bogus").json()["errors"]["status"]
    assert statuses == f"One of: {', '.join(Status.values)}."


def test_pages_show_everything_once_while_rows_are_added(past: Past, client: APIClient) -> None:
    everyone = ids(client)
    seen: list[str] = []
    url: str | None = "/api/v1/transactions?limit=2"
    while url:
        page = client.get(url).json()
        assert len(page["results"]) <= 2
        seen += [each["id"] for each in page["results"]]
        url = page["next"]
        credit(past.bitcoin, minor=1_000 + len(seen), height=500 + len(seen), now=timezone.now())
    assert seen == everyone
    assert page["previous"]


def test_the_number_of_queries_does_not_grow_with_the_list(past: Past, client: APIClient) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        return len(captured)

    paths = ["/api/v1/transactions", f"/api/v1/wallets/{past.bitcoin.pk}/transactions", "/api/v1/portfolio"]
    few = [count(path) for path in paths]
    for number in range(10):
        credit(past.bitcoin, minor=2_000 + number, height=600 + 20 * number, now=timezone.now())
    assert [count(path) for path in paths] == few
    assert all(number <= 10 for number in few), few
