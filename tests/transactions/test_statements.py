"""Monthly statements add up to the ledger exactly, hold every entry once, and are not given where they do not."""

import csv
import io
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

import ledger.queries
import ledger.services
import wallets.services
from accounts.models import User
from assets.queries import get_asset
from events.models import Event
from kit.errors import NotFound
from kit.money import Money
from ledger.services import Line
from tests.factories.accounts import make_api_client, make_user, sign_in_browser
from tests.factories.custody import make_vaults
from tests.factories.pages import make_past
from tests.factories.pdf import read_pages
from tests.factories.wallets import fund
from transactions.errors import ExportTooLarge, StatementRefused
from transactions.services import statement_files, statements
from transactions.services.statements import Month
from wallets.models import Wallet
from wallets.queries import available_account, held_account

pytestmark = pytest.mark.django_db(databases="__all__")

BEGIN = datetime(2025, 12, 15, tzinfo=UTC)
END = datetime(2026, 4, 2, tzinfo=UTC)
TICK = timedelta(microseconds=1)
EDGES = [datetime(2026, month, 1, tzinfo=UTC) + shift for month in (1, 2, 3, 4) for shift in (-TICK, 0 * TICK, TICK)]


@pytest.fixture
def person(settings: Any, tmp_path: Path) -> User:
    """Somebody with two wallets and entries at random moments, out of order, and on the edges of months."""
    make_vaults(settings, tmp_path, now=BEGIN)
    user, chance = make_user(email="ada@example.com", now=BEGIN), random.Random(3)
    own = [wallets.services.create_wallet(user_id=user.pk, network=each, now=BEGIN) for each in ("bitcoin", "ethereum")]
    for wallet, asset in zip(own, ("BTC", "ETH"), strict=True):
        fund(wallet, Money(10**9, asset), now=BEGIN + timedelta(days=1))
        moments = EDGES + [BEGIN + chance.random() * (END - BEGIN) for _ in range(25)]
        chance.shuffle(moments)  # the books take what comes late, too
        for number, moment in enumerate(moments):
            _move(wallet, asset, number, moment, chance)
    return user


def _move(wallet: Wallet, asset: str, number: int, at: datetime, chance: random.Random) -> None:
    available, held, treasury = available_account(wallet.pk), held_account(wallet.pk), "network:test:treasury"
    money = Money(chance.randrange(1, 10**6), asset)
    key = f"test:{wallet.pk}:{number}"
    kind = chance.choice(["in", "out", "hold"])
    if kind == "hold":
        ledger.services.reserve(key=key, available=available, held=held, money=money, now=at)
    else:
        signed = money if kind == "in" else -money
        ledger.services.post(
            key=key, kind="deposit.credit", lines=[Line(treasury, -signed), Line(available, signed)], now=at
        )


def rows_of(user: User, month: Month) -> list[dict[str, str]]:
    statement = statements.issue(user_id=user.pk, month=month, now=END)
    return list(csv.DictReader(io.StringIO("".join(statement_files.as_csv(statement)), newline="")))


def test_every_entry_is_in_one_month_and_all_of_them_add_up_to_the_ledger(person: User) -> None:
    months = statements.months(user_id=person.pk, now=END)
    assert [str(month) for month in months] == ["2026-03", "2026-02", "2026-01", "2025-12"]
    closing: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    entries = 0
    for month in months[::-1]:
        rows = rows_of(person, month)
        for row in rows:
            place = (row["wallet_id"], row["asset"], row["part"])
            balance = Decimal(row["balance"])
            if row["row"] == "opening":
                assert balance == closing[place], "a month opens with what the last one closed with"
            elif row["row"] == "entry":
                entries += 1
                closing[place] += Decimal(row["amount"])
                assert balance == closing[place]
                assert month.begins_at <= datetime.fromisoformat(row["time"]) < month.ends_at
            else:
                assert balance == closing[place]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.code, a.asset_id, sum(e.amount), count(*) FROM ledger_entry e"
            " JOIN ledger_account a ON a.id = e.account_id"
            " WHERE e.posted_at < %s AND a.code LIKE 'wallet:%%' GROUP BY 1, 2",
            [months[0].ends_at],
        )
        booked = cursor.fetchall()
    assert entries == sum(count for *_, count in booked) > 60
    for code, asset, total, _count in booked:
        _, wallet_id, part = code.split(":")
        assert closing[wallet_id, asset, part] == Decimal(total).scaleb(-get_asset(asset).scale)


def test_the_edge_of_a_month_is_exact(person: User) -> None:
    february = rows_of(person, Month(2026, 2))
    times = {datetime.fromisoformat(row["time"]) for row in february if row["row"] == "entry"}
    start, end = Month(2026, 2).begins_at, Month(2026, 2).ends_at
    assert {start, start + TICK, end - TICK} <= times
    assert not {start - TICK, end, end + TICK} & times


def test_a_month_is_given_when_it_is_over_and_no_sooner(person: User) -> None:
    end = Month(2026, 3).ends_at
    for now, newest in (
        (end, "2026-02"),
        (end + timedelta(minutes=59), "2026-02"),
        (end + timedelta(hours=1), "2026-03"),
    ):
        assert str(statements.months(user_id=person.pk, now=now)[0]) == newest
    for text in ("2026-04", "2025-11", "2026-13", "2026-3", "", "0000-00"):
        with pytest.raises(NotFound):
            statements.read_month(text, user_id=person.pk, now=END)
    assert statements.months(user_id=make_user().pk, now=END) == []


def test_what_does_not_add_up_is_not_given_and_alerts(person: User, caplog: pytest.LogCaptureFixture) -> None:
    month = Month(2026, 2)
    wallet = Wallet.objects.filter(user=person).order_by("id")[0]
    with connection.cursor() as cursor:  # as somebody would who passes the books' own laws by
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(
            "UPDATE ledger_entry SET amount = amount + 1 WHERE id = (SELECT min(e.id) FROM ledger_entry e"
            " JOIN ledger_account a ON a.id = e.account_id WHERE a.code = %s AND e.posted_at >= %s)",
            [available_account(wallet.pk), month.begins_at],
        )
        cursor.execute("SET session_replication_role = DEFAULT")
    with pytest.raises(StatementRefused):
        statements.take(user_id=person.pk, month=month, form="csv", now=END)
    (alert,) = Event.objects.filter(type="statement.refused")
    assert (alert.data["month"], alert.data["account"]) == ("2026-02", available_account(wallet.pk))
    assert not Event.objects.filter(type="statement.taken").exists()
    assert [record.levelname for record in caplog.records if record.getMessage() == "statement_refused"] == ["CRITICAL"]


def test_a_month_with_more_than_memory_holds_is_refused_before_it_is_read(
    person: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    month = Month(2026, 1)
    entries = len(list(statements.all_lines(statements.issue(user_id=person.pk, month=month, now=END))))
    monkeypatch.setattr(statements, "MOST_ENTRIES", entries)
    assert statements.issue(user_id=person.pk, month=month, now=END).parts
    monkeypatch.setattr(statements, "MOST_ENTRIES", entries - 1)
    before = Event.objects.count()
    with pytest.raises(ExportTooLarge, match=f"at most {entries - 1:,} entries"):
        statements.take(user_id=person.pk, month=month, form="csv", now=END)
    assert Event.objects.count() == before


def test_the_pdf_says_what_the_csv_says(person: User) -> None:
    month = Month(2026, 1)
    rows = rows_of(person, month)
    statement = statements.issue(user_id=person.pk, month=month, now=END)
    pages = read_pages(statement_files.as_pdf(statement))
    texts = [text for page in pages for text in page]
    assert texts[0] == "Statement of January 2026"
    assert [page[-1] for page in pages] == [f"Page {number} of {len(pages)}" for number in range(1, len(pages) + 1)]
    assert texts.count("Opening balance") == texts.count("Closing balance") == len(statement.parts) == 4
    for row in rows:
        assert row["balance"] in texts
        assert not row["amount"] or row["amount"] in texts
    assert statement_files.as_pdf(statement) == statement_files.as_pdf(statement)


def test_entries_name_their_transactions(settings: Any, tmp_path: Path) -> None:
    now = timezone.now()
    past = make_past(settings, tmp_path, now=now)
    given, sent = (Month(each.created_at.year, each.created_at.month) for each in (past.transfer, past.send))
    issued = [statements.issue(user_id=past.owner.pk, month=month, now=now) for month in {given, sent}]
    named = {(line.kind, line.transaction_id) for each in issued for _, line in statements.all_lines(each)}
    assert ("transfer", past.transfer.pk) in named
    assert ("hold_reserved", past.send.pk) in named
    assert all(transaction_id.startswith("txn_") for _, transaction_id in named)
    received = statements.issue(user_id=past.friend.pk, month=given, now=now)
    assert [(line.transaction_id, line.amount) for _, line in statements.all_lines(received)] == [
        (past.transfer.pk, 2_000_000)
    ]


def test_the_doors_give_ones_own_only(person: User) -> None:
    client, friend = make_api_client(person), make_api_client(make_user())
    url = "/api/v1/statements"
    assert {"month": "2026-02"} in client.get(url).json()["results"]
    assert friend.get(url).json() == {"results": []}
    shown = client.get(f"{url}/2026-02").json()
    assert (shown["begins_at"], shown["ends_at"]) == ("2026-02-01T00:00:00Z", "2026-03-01T00:00:00Z")
    assert {(part["asset"], part["part"]) for part in shown["parts"]} == {
        (asset, part) for asset in ("BTC", "ETH") for part in ("available", "held")
    }
    assert friend.get(f"{url}/2026-02").status_code == 404
    text = b"".join(client.get(f"{url}/2026-02/file?format=csv").streaming_content).decode()  # type: ignore[attr-defined]
    assert text.splitlines()[0] == ",".join(statement_files.HEADER)
    pdf = client.get(f"{url}/2026-02/file?format=pdf")
    assert pdf.headers["Content-Disposition"] == 'attachment; filename="statement-2026-02.pdf"'
    assert b"".join(pdf.streaming_content).startswith(b"%PDF-")  # type: ignore[attr-defined]
    assert client.get(f"{url}/2026-02/file?format=xml").status_code == 400
    assert friend.get(f"{url}/2026-02/file?format=csv").status_code == 404
    assert make_api_client().get(url).status_code == 401
    assert Event.objects.filter(type="statement.taken").count() == 2
    browser = Client()
    sign_in_browser(browser, person)
    assert "February 2026" in browser.get("/activity/statements/").content.decode()
    assert browser.get("/activity/statements/2026-02.pdf").status_code == 200
    assert browser.get("/activity/statements/2026-02.exe").status_code == 404
    assert Client().get("/activity/statements/2026-02.pdf").status_code == 302
