"""Files in the background: whole or not there, for one person only, taken up again when a worker dies, and deleted."""

import csv
import io
import json
import os
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings as django_settings
from django.core import signing
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

import transactions.queries.export as writing
from events.models import Event
from events.queries import feed_after
from events.services import relay
from tests.factories.accounts import make_api_client, make_user, sign_in_browser
from tests.factories.event_schemas import e_mail_addresses_in
from tests.factories.pages import Past, credit, make_past
from tests.factories.pdf import read_pages
from transactions.errors import ExportNotReady, LinkRefused
from transactions.models import Export
from transactions.queries.listing import Narrowing
from transactions.services import exports

pytestmark = pytest.mark.django_db(databases="__all__")

URL = "/api/v1/exports"


@pytest.fixture
def past(settings: Any, tmp_path: Path) -> Past:
    settings.EXPORTS_FOLDER = str(tmp_path / "exports")
    return make_past(settings, tmp_path, now=timezone.now())


@pytest.fixture
def client(past: Past) -> APIClient:
    return make_api_client(past.owner)


def clock() -> datetime:
    return timezone.now()


def ask(client: APIClient, **body: str) -> str:
    answer = client.post(URL, body, format="json")
    assert answer.status_code == 201, answer.content
    found: str = answer.json()["id"]
    return found


def download(client: APIClient, export_id: str) -> bytes:
    shown = client.get(f"{URL}/{export_id}").json()
    assert (shown["status"], shown["progress"]) == ("ready", 100)
    parts = urlsplit(shown["download_url"])
    answer = client.get(f"{parts.path}?{parts.query}")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"].startswith("private, no-store")
    return b"".join(answer.streaming_content)  # type: ignore[attr-defined]


def told(export_id: str) -> list[str]:
    return [each.type for each in Event.objects.filter(subject=f"transactions.export:{export_id}").order_by("id")]


def test_a_file_holds_what_the_list_shows(past: Past, client: APIClient) -> None:
    listed = client.get("/api/v1/transactions?direction=out").json()["results"]
    waiting = {form: ask(client, format=form, direction="out") for form in ("csv", "json", "pdf")}
    shown = client.get(f"{URL}/{waiting['csv']}").json()
    assert (shown["status"], shown["rows"], shown["download_url"]) == ("waiting", None, None)
    assert shown["filters"] == {"direction": "out"}
    while exports.write_next(clock=clock):
        pass
    assert json.loads(download(client, waiting["json"])) == listed
    rows = list(csv.DictReader(io.StringIO(download(client, waiting["csv"]).decode(), newline="")))
    assert [(row["id"], row["amount"]) for row in rows] == [(each["id"], each["amount"]) for each in listed]
    texts = [text for page in read_pages(download(client, waiting["pdf"])) for text in page]
    assert "Page 1 of 1" in texts
    for each in listed:
        assert f"-{each['amount']} {each['asset']}" in texts
    assert [each["id"] for each in client.get(URL).json()["results"]] == list(waiting.values())[::-1]
    path = Path(django_settings.EXPORTS_FOLDER)
    assert {oct(each.stat().st_mode & 0o777) for each in path.iterdir()} == {"0o600"}
    assert oct(path.stat().st_mode & 0o777) == "0o700"
    assert told(waiting["csv"])[:2] == ["export.requested", "export.writing"]
    assert told(waiting["csv"])[-2:] == ["export.ready", "export.taken"]


def test_progress_is_shown_live(past: Past, client: APIClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "BATCH", 2)
    export_id = ask(client, format="csv")
    exports.write_next(clock=clock)
    live = Event.objects.filter(live_type="export.updated", user_id=past.owner.pk).order_by("id")
    assert [(each.live_data["status"], each.live_data["progress"]) for each in live if each.live_data] == [
        ("writing", 0),
        ("writing", 40),
        ("writing", 80),
        ("writing", 100),
        ("ready", 100),
    ]
    assert {each.live_data["id"] for each in live if each.live_data} == {export_id}


def test_the_words_looked_for_are_in_no_event(past: Past, client: APIClient) -> None:
    export_id = ask(client, format="csv", q=past.friend.email, direction="out")
    exports.write_next(clock=clock)
    facts = list(Event.objects.filter(subject=f"transactions.export:{export_id}").order_by("id"))
    assert [each for fact in facts for each in e_mail_addresses_in(fact)] == []
    assert facts[0].data == {"form": "csv", "wanted": {"direction": "out"}, "is_searched": True}
    relay()
    seen = [item["data"] for item in feed_after(user_id=past.owner.pk, sequence=0) if item["type"] == "export.updated"]
    assert seen[-1]["filters"] == {"direction": "out", "text": past.friend.email}


def test_totals_of_a_pdf_are_those_of_its_rows(past: Past, client: APIClient) -> None:
    for height in range(400, 400 + 70):
        credit(past.ethereum, minor=10**18 + height, height=height, now=timezone.now())
    export_id = ask(client, format="pdf")
    exports.write_next(clock=clock)
    pages = read_pages(download(client, export_id))
    assert [page[-1] for page in pages] == [f"Page {number} of {len(pages)}" for number in range(1, len(pages) + 1)]
    assert len(pages) > 1
    listed = client.get("/api/v1/transactions?limit=200&status=completed").json()["results"]
    sums = {
        (each["asset"], direction): sum(
            (
                Decimal(other["amount"])
                for other in listed
                if (other["asset"], other["direction"]) == (each["asset"], direction)
            ),
            Decimal(0),
        )
        for each in listed
        for direction in ("in", "out")
    }
    texts = [text for page in pages for text in page]
    end = texts[texts.index("Totals of what is completed") :]
    for (asset, _), total in sums.items():
        assert f"{total:f}" in end[end.index(asset) :]
    assert "ada@example.com" in texts[0]


def test_a_link_is_one_persons_and_for_minutes(past: Past, client: APIClient, now: datetime) -> None:
    export = exports.request(user_id=past.owner.pk, form="csv", wanted=Narrowing(), now=now)
    exports.write_next(clock=lambda: now)
    export.refresh_from_db()
    token = exports.token(export, now=now)
    other = exports.request(user_id=past.owner.pk, form="csv", wanted=Narrowing(), now=now)

    def open_it(token: str = token, user: str = past.owner.pk, export_id: str = export.pk, after: int = 0) -> Path:
        at = now + timedelta(seconds=after)
        return exports.open_file(user_id=user, export_id=export_id, token=token, now=at)[1]

    assert open_it(after=899).exists()
    taken = told(export.pk).count("export.taken")
    for refused, said in (
        ({"after": 900}, "expired"),
        ({"user": past.friend.pk}, "another person"),
        ({"export_id": other.pk}, "another person or file"),
        ({"token": token[:-1] + ("A" if token[-1] != "A" else "B")}, "changed"),
        ({"token": signing.Signer(salt="another").sign(token.rpartition(":")[0])}, "changed"),
        ({"token": ""}, "changed"),
    ):
        with pytest.raises(LinkRefused, match=said):
            open_it(**refused)
    with pytest.raises(ExportNotReady):
        open_it(token=exports.token(other, now=now), export_id=other.pk)
    assert told(export.pk).count("export.taken") == taken
    friend = make_api_client(past.friend)
    fresh = exports.token(export, now=timezone.now())
    assert friend.get(f"{URL}/{export.pk}/file?token={fresh}").json()["code"] == "link_refused"
    assert friend.get(f"{URL}/{export.pk}").status_code == 404
    assert make_api_client().get(f"{URL}/{export.pk}/file?token={fresh}").status_code == 401
    assert Client().get(f"/activity/exports/{export.pk}/file/?token={fresh}").status_code == 302
    assert [each["id"] for each in friend.get(URL).json()["results"]] == []


def test_a_worker_that_dies_leaves_nothing_half_written(
    past: Past, client: APIClient, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exports.request(user_id=past.owner.pk, form="csv", wanted=Narrowing(), now=now)
    monkeypatch.setattr(writing, "BATCH", 2)

    def die(batches: Iterator[Any], *, form: str) -> Iterator[str]:
        yield next(whole(batches, form=form))
        raise KeyboardInterrupt  # as good as SIGKILL: nothing that catches errors sees it

    whole = writing.texts
    with monkeypatch.context() as patch:
        patch.setattr(writing, "texts", die)
        with pytest.raises(KeyboardInterrupt):
            exports.write_next(clock=lambda: now)
    export.refresh_from_db()
    assert (export.status, export.lease) == ("writing", 1)
    assert list(Path(django_settings.EXPORTS_FOLDER).glob("*.csv")) == []
    assert not exports.write_next(clock=lambda: now + timedelta(minutes=1))  # its lease still runs
    assert exports.write_next(clock=lambda: now + timedelta(minutes=3))
    export.refresh_from_db()
    assert (export.status, export.lease, export.rows_done, export.rows_total) == ("ready", 2, 5, 5)
    text = (Path(django_settings.EXPORTS_FOLDER) / f"{export.pk}.csv").read_text()
    assert len(list(csv.reader(io.StringIO(text)))) == 6


def test_a_worker_that_was_thought_dead_writes_nothing_more(
    past: Past, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exports.request(user_id=past.owner.pk, form="json", wanted=Narrowing(), now=now)
    whole, later = writing.texts, now + timedelta(minutes=3)

    def stall(batches: Iterator[Any], *, form: str) -> Iterator[str]:
        monkeypatch.setattr(writing, "texts", whole)
        assert exports.write_next(clock=lambda: later)  # another worker takes it over meanwhile, and is done
        yield from whole(batches, form=form)

    monkeypatch.setattr(writing, "texts", stall)
    assert exports.write_next(clock=lambda: now)
    export.refresh_from_db()
    assert (export.status, export.lease, export.updated_at) == ("ready", 2, later)
    assert told(export.pk).count("export.ready") == 1
    assert [each.name for each in Path(django_settings.EXPORTS_FOLDER).iterdir()] == [f"{export.pk}.json"]


def test_a_writer_stops_as_soon_as_another_has_begun(
    past: Past, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    export = exports.request(user_id=past.owner.pk, form="csv", wanted=Narrowing(), now=now)
    whole = writing.texts

    def stall(batches: Iterator[Any], *, form: str) -> Iterator[str]:
        assert exports._claim(now=now + timedelta(minutes=3))
        yield from whole(batches, form=form)

    monkeypatch.setattr(writing, "texts", stall)
    assert exports.write_next(clock=lambda: now)
    export.refresh_from_db()
    assert (export.status, export.lease, export.rows_done) == ("writing", 2, 0)
    assert list(Path(django_settings.EXPORTS_FOLDER).iterdir()) == []


def test_what_cannot_be_written_is_given_up_and_says_why(past: Past, client: APIClient, settings: Any) -> None:
    settings.EXPORT_MOST_ROWS = 4
    too_large = ask(client, format="csv")
    exports.write_next(clock=clock)
    shown = client.get(f"{URL}/{too_large}").json()
    assert (shown["status"], shown["failure"]["code"], shown["download_url"]) == ("failed", "export_too_large", None)
    assert "4" in shown["failure"]["reason"]
    settings.EXPORT_MOST_ROWS = 5
    stuck = ask(client, format="csv")
    Export.objects.filter(pk=stuck).update(
        status="writing", lease=3, leased_until=timezone.now() - timedelta(seconds=1)
    )
    assert not exports.write_next(clock=clock)
    assert client.get(f"{URL}/{stuck}").json()["failure"]["code"] == "not_written"
    assert not list(Path(settings.EXPORTS_FOLDER).glob("*"))


def test_files_are_deleted_after_their_days(past: Past, client: APIClient, settings: Any) -> None:
    export_id = ask(client, format="csv")
    exports.write_next(clock=clock)
    folder = Path(settings.EXPORTS_FOLDER)
    left = folder / "exp_x.1.part"
    left.write_text("of a writer that died")
    old = (timezone.now() - timedelta(days=2)).timestamp()
    os.utime(left, (old, old))
    assert exports.forget(now=timezone.now() + timedelta(days=settings.EXPORT_DAYS - 1)) == 0
    assert (folder / f"{export_id}.csv").exists()
    assert exports.forget(now=timezone.now() + timedelta(days=settings.EXPORT_DAYS, seconds=1)) == 1
    assert list(folder.iterdir()) == []
    shown = client.get(f"{URL}/{export_id}").json()
    assert (shown["status"], shown["download_url"]) == ("deleted", None)


def test_there_is_a_limit_for_each_person(past: Past, client: APIClient, settings: Any) -> None:
    for _ in range(exports.AT_ONCE):
        ask(client, format="csv")
    refused = client.post(URL, {"format": "csv"}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_exports")
    assert ask(make_api_client(past.friend), format="csv")
    while exports.write_next(clock=clock):
        pass
    settings.EXPORTS_PER_DAY = exports.AT_ONCE
    assert client.post(URL, {"format": "csv"}, format="json").status_code == 429
    assert Export.objects.filter(user=past.owner).count() == exports.AT_ONCE


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "format"),
        ({"format": "xml"}, "format"),
        ({"format": "csv", "type": "sweep"}, "type"),
        ({"format": "csv", "from": "yesterday"}, "from"),
        ({"format": "csv", "min_amount": "-1"}, "min_amount"),
    ],
)
def test_what_means_nothing_is_refused(past: Past, client: APIClient, body: dict[str, str], field: str) -> None:
    answer = client.post(URL, body, format="json")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [field])
    assert not Export.objects.exists()


def test_what_a_file_is_narrowed_to_is_kept_as_it_was(now: datetime) -> None:
    wanted = Narrowing(
        types=("send", "deposit"),
        statuses=("failed",),
        asset="BTC",
        wallet="wal_1",
        since=now,
        until=now + timedelta(days=1),
        least=Decimal(0),
        most=Decimal("0.00000001"),
        text="rent",
    )
    assert exports.from_json(json.loads(json.dumps(exports.to_json(wanted)))) == wanted
    assert exports.to_json(Narrowing()) == {}


def test_the_page_asks_and_hands_out(past: Past) -> None:
    browser = Client()
    sign_in_browser(browser, past.owner)
    empty = browser.get("/activity/exports/?type=send&status=open")
    assert "No files yet" in empty.content.decode()
    assert "Type: Sent; Status: On its way" in empty.content.decode()
    assert browser.post("/activity/exports/?type=send&status=open", {"form": "csv"}).status_code == 302
    (export,) = Export.objects.all()
    assert (export.form, export.wanted["types"]) == ("csv", ["send"])
    exports.write_next(clock=clock)
    (row,) = browser.get("/activity/exports/").context["rows"]
    rows = list(csv.DictReader(io.StringIO(b"".join(browser.get(row["link"]).streaming_content).decode(), newline="")))  # type: ignore[attr-defined]
    assert [each["id"] for each in rows] == [past.send.pk]
    stranger = Client()
    sign_in_browser(stranger, make_user())
    refused = stranger.get(row["link"])
    assert (refused.status_code, "another person" in refused.content.decode()) == (403, True)
