"""Every narrowing and search of a list gives exactly the rows that looking at each one gives, page by page."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db import transaction as database
from django.test import Client
from django.test.utils import CaptureQueriesContext

import wallets.services
from accounts.models import User
from assets.queries import get_asset
from kit.errors import InvalidInput
from tests.factories.accounts import make_api_client, make_user, sign_in_browser
from tests.factories.custody import make_vaults
from transactions.models import Status, Transaction
from transactions.queries import listing_sql
from transactions.queries.listing import OPEN, History, Narrowing
from transactions.services import lifecycle
from wallets.models import Wallet
from wallets.queries import deposit_address

pytestmark = pytest.mark.django_db(databases="__all__")

T, S = Transaction.Type, Status
BEGIN = datetime(2026, 1, 31, 22, 0, tzinfo=UTC)
FATES: list[list[Status]] = [
    [S.BALANCE_RESERVED],
    [S.BALANCE_RESERVED, S.PROVIDER_SELECTED, S.PROVIDER_PROCESSING, S.BALANCE_UPDATED, S.COMPLETED],
    [S.BALANCE_RESERVED, S.PROVIDER_SELECTED, S.PROVIDER_PROCESSING, S.BLOCKCHAIN_PENDING],
    [S.BALANCE_RESERVED, S.COMPENSATING, S.FAILED],
]
NOTES = ["", "Rent, March", "rent for the flat", "Lunch & coffee", "Invoice 2026-0042", "größe Übersicht", "renter's"]


@dataclass
class Room:
    me: User
    friend: User
    mine: list[Wallet]
    theirs: Wallet
    rows: list[Transaction]


@pytest.fixture
def room(settings: Any, tmp_path: Any) -> Room:
    make_vaults(settings, tmp_path, now=BEGIN)
    me, friend, stranger = (make_user(email=f"{name}@example.com") for name in ("ada", "grace", "mallory"))

    def open_wallet(user: User, network: str) -> Wallet:
        return wallets.services.create_wallet(user_id=user.pk, network=network, now=BEGIN)

    mine = [open_wallet(me, network) for network in ("bitcoin", "bitcoin", "ethereum")]
    theirs, others = open_wallet(friend, "bitcoin"), open_wallet(stranger, "bitcoin")
    chance = random.Random(7)
    for number in range(110):
        payer = chance.choice([*mine, *mine, theirs, others])
        payees = [each for each in (*mine, theirs, others) if each.network_id == payer.network_id and each != payer]
        _make(number, payer, chance.choice(payees) if payees else None, chance)
    rows = list(Transaction.objects.select_related("user"))
    own = [each for each in rows if me.pk in (each.user_id, each.recipient_user_id)]
    return Room(me, friend, mine, theirs, sorted(own, key=lambda each: (each.created_at, each.pk), reverse=True))


def _make(number: int, payer: Wallet, payee: Wallet | None, chance: random.Random) -> None:
    """Open a transaction through its service, and bring it to some status along the table of moves."""
    now = BEGIN + timedelta(minutes=30 * chance.randrange(200))  # several at one moment, and in no order of their ids
    kind = chance.choice([T.SEND, T.SEND, T.DEPOSIT, T.ON_RAMP] + ([T.TRANSFER, T.REFUND] if payee else []))
    asset = get_asset("BTC" if payer.network_id == "bitcoin" else "ETH")
    fields: dict[str, Any] = {"to_address": chance.choice(["addr-a", "addr-b"]), "txid": f"tx{number}"}
    if payee and kind in (T.TRANSFER, T.REFUND):
        fields = {"recipient_user_id": payee.user_id, "recipient_wallet": payee, "to_address": payee.user.email}
    if kind == T.DEPOSIT:
        fields["to_address"] = deposit_address(payer)
    if kind == T.ON_RAMP:
        fields |= {"source_currency": "EUR", "source_minor": 10_000}
    fate = chance.choice(FATES)
    is_open = fate[-1] not in (S.COMPLETED, S.FAILED)
    with database.atomic():
        made = lifecycle.open_transaction(
            now=now,
            actor="system",
            key=f"test:{number}",
            type=kind,
            user_id=payer.user_id,
            wallet=payer,
            network_id=payer.network_id,
            asset=asset,
            fee_asset=asset,
            amount_minor=chance.choice([1, 9, 10, 99_999, 100_000, 250_000_000, 10**19]),
            memo=chance.choice(NOTES),
            next_look_at=now if is_open else None,
            **fields,
        )
        failed: dict[str, Any] = {"failure_code": "declined"} if fate[-1] == S.FAILED else {}
        lifecycle.walk(made, fate, now=now, **failed)


def _incoming(row: Transaction, me: str) -> bool:
    return row.type in (T.DEPOSIT, T.ON_RAMP) or (row.recipient_user_id == me and row.user_id != me)


def _amount(row: Transaction) -> Decimal:
    return Decimal(row.amount_minor).scaleb(-get_asset(row.asset_id).scale)


Check = Callable[[Transaction, Room], bool]
CASES: dict[str, tuple[Callable[[Room], Narrowing], Check]] = {
    "everything": (lambda _: Narrowing(), lambda row, room: True),
    "type": (lambda _: Narrowing(types=(T.SEND,)), lambda row, room: row.type == T.SEND),
    "completed": (lambda _: Narrowing(statuses=(S.COMPLETED,)), lambda row, room: row.status == S.COMPLETED),
    "failed": (lambda _: Narrowing(statuses=(S.FAILED,)), lambda row, room: row.status == S.FAILED),
    "open": (lambda _: Narrowing(statuses=OPEN), lambda row, room: row.status in OPEN),
    "pending": (
        lambda _: Narrowing(statuses=(S.BLOCKCHAIN_PENDING,)),
        lambda row, room: row.status == S.BLOCKCHAIN_PENDING,
    ),
    "asset": (lambda _: Narrowing(asset="ETH"), lambda row, room: row.asset_id == "ETH"),
    "network": (lambda _: Narrowing(network="bitcoin"), lambda row, room: row.network_id == "bitcoin"),
    "in": (lambda _: Narrowing(direction="in"), lambda row, room: _incoming(row, room.me.pk)),
    "out": (lambda _: Narrowing(direction="out"), lambda row, room: not _incoming(row, room.me.pk)),
    "wallet": (
        lambda room: Narrowing(wallet=room.mine[1].pk),
        lambda row, room: room.mine[1].pk in (row.wallet_id, row.recipient_wallet_id),
    ),
    "wallet, in": (
        lambda room: Narrowing(wallet=room.mine[1].pk, direction="in"),
        lambda row, room: room.mine[1].pk in (row.wallet_id, row.recipient_wallet_id) and _incoming(row, room.me.pk),
    ),
    "wallet, out, open": (
        lambda room: Narrowing(wallet=room.mine[1].pk, direction="out", statuses=OPEN),
        lambda row, room: (
            room.mine[1].pk in (row.wallet_id, row.recipient_wallet_id)
            and not _incoming(row, room.me.pk)
            and row.status in OPEN
        ),
    ),
    "wallet, out": (
        lambda room: Narrowing(wallet=room.mine[0].pk, direction="out"),
        lambda row, room: (
            room.mine[0].pk in (row.wallet_id, row.recipient_wallet_id) and not _incoming(row, room.me.pk)
        ),
    ),
    "a stranger's wallet": (lambda room: Narrowing(wallet=room.theirs.pk), lambda row, room: False),
    "dates": (
        lambda _: Narrowing(since=BEGIN + timedelta(hours=10), until=BEGIN + timedelta(hours=40)),
        lambda row, room: BEGIN + timedelta(hours=10) <= row.created_at < BEGIN + timedelta(hours=40),
    ),
    "amounts": (
        lambda _: Narrowing(least=Decimal("0.001"), most=Decimal("2.5")),
        lambda row, room: Decimal("0.001") <= _amount(row) <= Decimal("2.5"),
    ),
    "amounts between minor units": (
        lambda _: Narrowing(asset="BTC", least=Decimal("0.0000000901"), most=Decimal("0.0000001")),
        lambda row, room: row.asset_id == "BTC" and row.amount_minor == 10,
    ),
    "exactly so much": (
        lambda _: Narrowing(least=Decimal("0.00099999"), most=Decimal("0.00099999")),
        lambda row, room: _amount(row) == Decimal("0.00099999"),
    ),
    "much at once": (
        lambda room: Narrowing(
            types=(T.TRANSFER, T.SEND), asset="BTC", direction="out", statuses=(S.COMPLETED,), most=Decimal("1")
        ),
        lambda row, room: (
            row.type in (T.TRANSFER, T.SEND)
            and row.asset_id == "BTC"
            and not _incoming(row, room.me.pk)
            and row.status == S.COMPLETED
            and _amount(row) <= 1
        ),
    ),
    "an id": (lambda room: Narrowing(text=room.rows[9].pk), lambda row, room: row.pk == room.rows[9].pk),
    "an address": (
        lambda _: Narrowing(text="addr-a"),
        lambda row, room: row.to_address == "addr-a",
    ),
    "one's own address": (
        lambda room: Narrowing(text=deposit_address(room.mine[0])),
        lambda row, room: row.to_address == deposit_address(room.mine[0]),
    ),
    "a person": (
        lambda _: Narrowing(text="Grace@Example.com"),
        lambda row, room: room.friend.pk in (row.user_id, row.recipient_user_id),
    ),
    "oneself": (
        lambda _: Narrowing(text="ada@example.com"),
        lambda row, room: row.user_id == row.recipient_user_id,
    ),
    "how a word begins": (lambda _: Narrowing(text="REN"), lambda row, room: "ren" in row.memo.lower()),
    "not within a word": (lambda _: Narrowing(text="ent"), lambda row, room: False),
    "two words in any order": (
        lambda _: Narrowing(text="mar rent"),
        lambda row, room: row.memo == "Rent, March",
    ),
    "a number": (lambda _: Narrowing(text="0042"), lambda row, room: "0042" in row.memo),
    "another script": (lambda _: Narrowing(text="größe"), lambda row, room: "größe" in row.memo),
    "signs only": (lambda _: Narrowing(text="&%_'"), lambda row, room: False),
    "words of what failed": (
        lambda _: Narrowing(text="rent", statuses=(S.FAILED,), types=(T.SEND, T.TRANSFER)),
        lambda row, room: "ren" in row.memo.lower() and row.status == S.FAILED and row.type in (T.SEND, T.TRANSFER),
    ),
    "a person, out, ETH": (
        lambda _: Narrowing(text="grace@example.com", direction="out", asset="BTC", most=Decimal("0.00099999")),
        lambda row, room: row.recipient_user_id == room.friend.pk and _amount(row) <= Decimal("0.00099999"),
    ),
    "nothing like it": (lambda _: Narrowing(text="nothinglikeit"), lambda row, room: False),
}


def ids(rows: list[Transaction]) -> list[str]:
    return [row.pk for row in rows]


@pytest.mark.parametrize("common", [5_000, 3])
def test_every_list_is_what_looking_at_each_row_gives(room: Room, common: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing_sql, "COMMON_WORD", common)
    empty = set()
    for name, (narrowing, check) in CASES.items():
        expected = [row.pk for row in room.rows if check(row, room)]
        history = History(room.me.pk, narrowing(room))
        assert ids(history.page(limit=500)) == expected, name
        assert ids(list(itertools.chain.from_iterable(history.batches(7)))) == expected, name
        if len(expected) > 20:
            above = history.page(limit=6, before=expected[15])
            assert ids(above) == expected[9:15], name
        if not expected:
            empty.add(name)
    assert empty == {"a stranger's wallet", "not within a word", "signs only", "nothing like it"}


def test_a_strangers_rows_and_places_stay_theirs(room: Room) -> None:
    stranger = make_user()
    foreign = next(row for row in room.rows if row.user_id == room.me.pk)
    for text in (foreign.pk, foreign.txid or "tx1", foreign.to_address, "rent"):
        assert History(stranger.pk, Narrowing(text=text)).page(limit=5) == []
    assert History(stranger.pk, Narrowing(wallet=room.mine[0].pk)).page(limit=5) == []
    with pytest.raises(InvalidInput):
        History(stranger.pk).page(limit=5, after=foreign.pk)


def test_a_page_costs_the_same_however_deep(room: Room) -> None:
    def count(**place: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            History(room.me.pk).page(limit=10, **place)
        return len(captured)

    assert count() == count(after=room.rows[60].pk) == 2  # the rows and their steps; the ids are asked for below Django


def test_the_api_narrows_and_pages_both_ways(room: Room) -> None:
    client = make_api_client(room.me)

    def read(url: str) -> Any:
        answer = client.get(url)
        assert answer.status_code == 200, answer.content
        return answer.json()

    expected = [row.pk for row in room.rows if row.asset_id == "BTC" and _incoming(row, room.me.pk)]
    first = read("/api/v1/transactions?asset=BTC&direction=in&limit=8")
    second = read(first["next"])
    assert [each["id"] for each in first["results"]] == expected[:8]
    assert [each["id"] for each in second["results"]] == expected[8:16]
    assert read(second["previous"])["results"] == first["results"]
    assert first["previous"] is None
    amounts = read("/api/v1/transactions?min_amount=0.001&max_amount=0.001&network=bitcoin&limit=200")["results"]
    assert {each["amount"] for each in amounts} == {"0.001"}
    wallet = read(f"/api/v1/transactions?wallet_id={room.mine[2].pk}&limit=200")["results"]
    assert wallet == read(f"/api/v1/wallets/{room.mine[2].pk}/transactions?limit=200")["results"]
    for query, name in (
        ("min_amount=1e3", "min_amount"),
        ("max_amount=-1", "max_amount"),
        ("direction=up", "direction"),
    ):
        refused = client.get(f"/api/v1/transactions?{query}")
        assert (refused.status_code, list(refused.json()["errors"])) == (400, [name])
    cursor = client.get(first["next"].replace("cursor=", "cursor=x"))
    assert (cursor.status_code, list(cursor.json()["errors"])) == (400, ["cursor"])


def test_the_page_has_every_filter(room: Room) -> None:
    browser = Client()
    sign_in_browser(browser, room.me)

    def shown(query: str) -> list[str]:
        return [row.id for row in browser.get(f"/activity/?{query}").context["rows"]]

    def expect(check: Callable[[Transaction], bool]) -> list[str]:
        return [row.pk for row in room.rows if check(row)][:25]

    assert shown("direction=in&network=ethereum") == expect(
        lambda row: row.network_id == "ethereum" and _incoming(row, room.me.pk)
    )
    assert shown(f"wallet={room.mine[1].pk}&least=0.001") == expect(
        lambda row: room.mine[1].pk in (row.wallet_id, row.recipient_wallet_id) and _amount(row) >= Decimal("0.001")
    )
    assert shown(f"wallet={room.theirs.pk}") == expect(lambda row: True)  # not one of the choices, and said so
    assert shown("q=grace@example.com&type=transfer") == expect(
        lambda row: row.type == T.TRANSFER and room.friend.pk in (row.user_id, row.recipient_user_id)
    )
    assert shown("status=open") == expect(lambda row: row.status in OPEN)
