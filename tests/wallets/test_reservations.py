"""Hard, soft and partial reservations: what each does to a balance, who sees it, and how each ends."""

from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from events.models import Event
from kit.errors import NotFound
from kit.money import Money
from ledger.errors import HoldExceeded, InsufficientFunds, UnknownAccount
from ledger.queries import get_hold, standings
from ledger.services import Line, post
from rates.services import record_price
from tests.factories.accounts import make_api_client, make_user, sign_in_browser
from tests.factories.wallets import fund, make_full_wallet
from tests.laws.ledger import check_ledger_laws
from tests.laws.reservations import reservations_are_in_the_books
from wallets.errors import ReservationKeyReused, ReservationOver
from wallets.models import Reservation, Wallet
from wallets.queries import (
    BalanceType,
    Holding,
    ReservedPart,
    available_account,
    balance_type,
    get_reservation,
    held_account,
    hold_keys,
    holdings,
)
from wallets.services.reservations import (
    Kind,
    Name,
    Part,
    convert,
    expire_reservations,
    release,
    reserve,
    settle,
)
from wallets.tasks import expire_reservations as expire_task

pytestmark = pytest.mark.django_db

TREASURY = "network:test:treasury"


@pytest.fixture
def wallet(settings: Any, tmp_path: Path, now: datetime) -> Wallet:
    return make_full_wallet(settings, tmp_path, minor=1000, now=now)


def make(wallet: Wallet, now: datetime, *, key: str = "r", kind: Kind = Kind.HARD, **parts: Any) -> Reservation:
    asked = [Part(Name(name), Money(minor, "BTC")) for name, minor in (parts or {"amount": 300}).items()]
    return reserve(
        key=key,
        wallet=wallet,
        parts=asked,
        kind=kind,
        purpose="a send to bc1qada",
        transaction_id="txn_1",
        now=now,
        expires_at=now + timedelta(hours=1),
    )


def pay(minor: int) -> list[Line]:
    return [Line(TREASURY, Money(minor, "BTC"))]


def settling(now: datetime, minor: int, *, part: Name = Name.AMOUNT, is_final: bool = True, key: str = "s") -> None:
    settle(key="r", posting_key=key, kind="send", lines=pay(minor), part=part, is_final=is_final, now=now)


def get_balance(wallet: Wallet) -> tuple[int, int, int]:
    """Return what is available, what of it is marked, and what is held."""
    check_ledger_laws()
    reservations_are_in_the_books()
    (found,) = holdings([wallet])[wallet.pk]
    return found.available, found.marked, found.held


def get_facts() -> list[str]:
    facts = Event.objects.filter(subject__startswith="wallets.reservation:").order_by("id")
    return list(facts.values_list("type", flat=True))


def test_a_hard_reservation_is_set_aside_entirely(wallet: Wallet, now: datetime) -> None:
    made = make(wallet, now)

    assert get_balance(wallet) == (700, 0, 300)
    seen = get_reservation(key="r")
    assert (seen.id, seen.kind, seen.status, seen.purpose) == (made.pk, "hard", "open", "a send to bc1qada")
    assert (seen.transaction_id, seen.expires_at) == ("txn_1", now + timedelta(hours=1))
    assert seen.parts == (ReservedPart("amount", Money(300, "BTC"), Money(300, "BTC")),)
    assert seen.remaining == [Money(300, "BTC")]
    (key,) = hold_keys(transaction_id="txn_1")
    assert (get_hold(key=key).money, hold_keys(transaction_id="txn_2")) == (Money(300, "BTC"), [])
    assert get_facts() == ["reservation.made"]
    fact = Event.objects.get(type="reservation.made")
    assert fact.user_id == wallet.user_id
    assert fact.data["parts"] == [{"name": "amount", "asset": "BTC", "minor": "300", "settled": "0"}]


def test_a_soft_reservation_is_seen_as_available_and_spent_by_nothing(wallet: Wallet, now: datetime) -> None:
    make(wallet, now, kind=Kind.SOFT)

    assert get_balance(wallet) == (1000, 300, 0)
    lines = [Line(available_account(wallet.pk), Money(-701, "BTC")), *pay(701)]
    with pytest.raises(InsufficientFunds), transaction.atomic():
        post(key="t", kind="transfer", lines=lines, now=now)
    with pytest.raises(InsufficientFunds), transaction.atomic():
        make(wallet, now, key="hard", amount=701)
    with pytest.raises(InsufficientFunds), transaction.atomic():
        make(wallet, now, key="soft", kind=Kind.SOFT, amount=701)
    make(wallet, now, key="rest", amount=700)
    assert get_balance(wallet) == (300, 300, 700)
    assert set(Reservation.objects.values_list("key", flat=True)) == {"r", "rest"}


def test_a_partial_reservation_has_parts_that_end_each_by_itself(wallet: Wallet, now: datetime) -> None:
    make(wallet, now, kind=Kind.PARTIAL, amount=300, fee=50)
    assert get_balance(wallet) == (650, 0, 350)

    settling(now, 30, part=Name.FEE)
    assert get_balance(wallet) == (670, 0, 300)
    assert get_reservation(key="r").status == "open"
    release(key="r", part=Name.AMOUNT, reason="cancelled", now=now)

    assert get_balance(wallet) == (970, 0, 0)
    assert get_reservation(key="r").status == "settled"
    assert get_facts() == ["reservation.made", "reservation.settled"]


def test_releasing_one_part_leaves_the_other(wallet: Wallet, now: datetime) -> None:
    make(wallet, now, kind=Kind.PARTIAL, amount=300, fee=50)

    for _ in range(2):
        release(key="r", part=Name.FEE, reason="fees fell", now=now)

    assert get_balance(wallet) == (700, 0, 300)
    assert get_reservation(key="r").remaining == [Money(300, "BTC")]
    assert get_facts() == ["reservation.made", "reservation.part_released"]
    release(key="r", now=now)
    assert get_balance(wallet) == (1000, 0, 0)
    assert get_facts()[2:] == ["reservation.released"]


def test_parts_may_be_of_two_assets_and_are_reserved_together_or_not_at_all(
    settings: Any, tmp_path: Path, now: datetime
) -> None:
    wallet = make_full_wallet(settings, tmp_path, minor=1000, network="ethereum", asset="ETH", now=now)
    fund(wallet, Money(500, "EUR"), now=now)
    parts = [Part(Name.AMOUNT, Money(400, "EUR")), Part(Name.FEE, Money(1001, "ETH"))]

    with pytest.raises(InsufficientFunds), transaction.atomic():
        reserve(key="r", wallet=wallet, parts=parts, kind=Kind.PARTIAL, purpose="a send", now=now)
    codes = [available_account(wallet.pk), held_account(wallet.pk)]
    assert {key: found.balance for key, found in standings(codes).items() if key[1] in {"ETH", "EUR"}} == {
        (codes[0], "ETH"): 1000,
        (codes[1], "ETH"): 0,
        (codes[0], "EUR"): 500,
        (codes[1], "EUR"): 0,
    }
    assert not Reservation.objects.exists()
    parts[1] = Part(Name.FEE, Money(1000, "ETH"))
    reserve(key="r", wallet=wallet, parts=parts, kind=Kind.PARTIAL, purpose="a send", now=now)
    assert {key: found.balance for key, found in standings(codes).items() if key[1] in {"ETH", "EUR"}} == {
        (codes[0], "ETH"): 0,
        (codes[1], "ETH"): 1000,
        (codes[0], "EUR"): 100,
        (codes[1], "EUR"): 400,
    }
    with pytest.raises(UnknownAccount), transaction.atomic():
        reserve(key="x", wallet=wallet, parts=[Part(Name.FEE, Money(1, "BTC"))], purpose="x", now=now)
    check_ledger_laws()


def test_converting_sets_aside_what_was_marked_and_once(wallet: Wallet, now: datetime) -> None:
    make(wallet, now, kind=Kind.SOFT, amount=1000)

    for _ in range(2):
        assert convert(key="r", now=now).kind == "hard"

    assert get_balance(wallet) == (0, 0, 1000)
    assert get_facts() == ["reservation.made", "reservation.converted"]
    settling(now, 400)
    assert get_balance(wallet) == (600, 0, 0)
    with pytest.raises(ReservationOver):
        convert(key="r", now=now)


def test_a_soft_reservation_with_parts_becomes_a_partial_one(wallet: Wallet, now: datetime) -> None:
    make(wallet, now, kind=Kind.SOFT, amount=300, fee=50)
    release(key="r", part=Name.FEE, now=now)
    assert get_balance(wallet) == (1000, 300, 0)

    assert convert(key="r", now=now).kind == "partial"

    assert get_balance(wallet) == (700, 0, 300)
    with pytest.raises(HoldExceeded), transaction.atomic():
        settling(now, 1, part=Name.FEE)
    release(key="r", now=now)
    assert get_balance(wallet) == (1000, 0, 0)
    assert get_reservation(key="r").status == "released"


def test_nothing_is_paid_from_a_soft_reservation(wallet: Wallet, now: datetime) -> None:
    make(wallet, now, kind=Kind.SOFT)

    with pytest.raises(AssertionError, match="soft"), transaction.atomic():
        settling(now, 300)

    assert get_balance(wallet) == (1000, 300, 0)


@pytest.mark.parametrize("kind", [Kind.HARD, Kind.SOFT])
def test_reserving_again_is_answered_with_what_is_there_now(wallet: Wallet, now: datetime, kind: Kind) -> None:
    first = make(wallet, now, kind=kind)
    release(key="r", now=now)

    again = make(wallet, now, kind=kind)

    assert (again.pk, again.status) == (first.pk, "released")
    assert get_balance(wallet) == (1000, 0, 0)
    others: list[Any] = [{"amount": 301}, {"fee": 300}]
    for parts in others:
        with pytest.raises(ReservationKeyReused), transaction.atomic():
            make(wallet, now, kind=kind, **parts)
    assert get_facts() == ["reservation.made", "reservation.released"]


def test_settling_pays_in_parts_and_gives_the_rest_back(wallet: Wallet, now: datetime) -> None:
    make(wallet, now)

    settling(now, 100, is_final=False)
    settling(now, 100, is_final=False)
    assert get_balance(wallet) == (700, 0, 200)
    with pytest.raises(HoldExceeded), transaction.atomic():
        settling(now, 201, key="s2")
    settling(now, 150, key="s2")

    assert get_balance(wallet) == (750, 0, 0)
    row = Reservation.objects.get().parts.get()
    assert (row.minor, row.settled_minor) == (300, 250)
    assert get_reservation(key="r").status == "settled"
    settling(now, 150, key="s2")
    with pytest.raises(HoldExceeded), transaction.atomic():
        settling(now, 1, key="s3")
    assert get_balance(wallet) == (750, 0, 0)
    assert get_facts() == ["reservation.made", "reservation.settled"]


@pytest.mark.parametrize(("kind", "parts"), [("hard", {}), ("soft", {}), ("partial", {"amount": 200, "fee": 100})])
def test_what_is_left_goes_back_when_its_time_has_passed(wallet: Wallet, now: datetime, kind: str, parts: Any) -> None:
    make(wallet, now, kind=Kind(kind), **parts)
    later = now + timedelta(hours=1)

    assert expire_reservations(now=later - timedelta(seconds=1)) == 0
    assert [expire_reservations(now=later), expire_reservations(now=later)] == [1, 0]

    assert get_balance(wallet) == (1000, 0, 0)
    assert get_reservation(key="r").status == "expired"
    assert get_facts() == ["reservation.made", "reservation.expired"]
    release(key="r", now=later)
    assert get_facts() == ["reservation.made", "reservation.expired"]
    if kind != "soft":
        with pytest.raises(HoldExceeded), transaction.atomic():
            settling(later, 1)
    with pytest.raises(ReservationOver), transaction.atomic():
        convert(key="r", now=later)


def test_the_bell_finds_what_is_overdue(wallet: Wallet, now: datetime) -> None:
    make(wallet, now - timedelta(days=400))

    expire_task()

    assert get_balance(wallet) == (1000, 0, 0)


def test_an_unknown_key_is_not_found(wallet: Wallet, now: datetime) -> None:
    for call in (convert, release):
        with pytest.raises(NotFound):
            call(key="nothing", now=now)
    with pytest.raises(NotFound):
        get_reservation(key="nothing")


@pytest.mark.parametrize(("kind", "parts"), [("hard", {"amount": 1, "fee": 1}), ("soft", [])])
def test_a_reservation_has_the_parts_of_its_kind(wallet: Wallet, now: datetime, kind: str, parts: Any) -> None:
    with pytest.raises(AssertionError):
        reserve(
            key="r",
            wallet=wallet,
            parts=[Part(Name(name), Money(1, "BTC")) for name in parts],
            kind=Kind(kind),
            purpose="a send",
            now=now,
        )
    assert get_balance(wallet) == (1000, 0, 0)


def test_owners_see_what_is_held_and_what_for(wallet: Wallet, now: datetime) -> None:
    make(wallet, now, key="old")
    release(key="old", now=now)
    make(wallet, now, kind=Kind.PARTIAL, amount=300, fee=50)
    settling(now, 30, part=Name.FEE)
    client = make_api_client(wallet.user)
    path = f"/api/v1/wallets/{wallet.pk}/reservations"

    (shown,) = client.get(path).json()["results"]

    assert shown == {
        "id": get_reservation(key="r").id,
        "kind": "partial",
        "status": "open",
        "purpose": "a send to bc1qada",
        "transaction_id": "txn_1",
        "parts": [
            {"name": "amount", "asset": "BTC", "amount": "0.000003", "remaining": "0.000003"},
            {"name": "fee", "asset": "BTC", "amount": "0.0000005", "remaining": "0"},
        ],
        "created_at": "2026-11-20T12:00:00+00:00",
        "expires_at": "2026-11-20T13:00:00+00:00",
    }
    assert [each["status"] for each in client.get(f"{path}?all=true").json()["results"]] == ["open", "released"]
    assert make_api_client(make_user(now=now)).get(path).status_code == 404


def test_a_balance_says_what_of_it_is_marked(wallet: Wallet, now: datetime) -> None:
    make(wallet, now, kind=Kind.SOFT)

    answer = make_api_client(wallet.user).get(f"/api/v1/wallets/{wallet.pk}/balance").json()

    assert answer["balances"] == [
        {
            "wallet_id": wallet.pk,
            "asset": "BTC",
            "available": "0.00001",
            "held": "0",
            "pending": "0",
            "marked": "0.000003",
        }
    ]
    assert holdings([wallet]) == {wallet.pk: [Holding("BTC", available=1000, held=0, marked=300)]}


def test_which_balance_an_asset_belongs_to() -> None:
    from assets.models import Asset

    assert balance_type(Asset(code="USD", kind="fiat")) == BalanceType.AVAILABLE
    assert balance_type(Asset(code="USDC.SOL", kind="token")) == BalanceType.AVAILABLE
    assert balance_type(Asset(code="USDC.ETH", kind="token")) == BalanceType.INVESTED
    assert balance_type(Asset(code="BTC", kind="native")) == BalanceType.INVESTED


def test_the_wallet_page_says_what_is_held_for_what_and_until_when(wallet: Wallet, now: datetime) -> None:
    client = Client()
    sign_in_browser(client, wallet.user)
    assert "Held for" not in client.get(f"/wallets/{wallet.pk}/").content.decode()
    make(wallet, now)
    make(wallet, now, key="soft", kind=Kind.SOFT, amount=200)

    page = " ".join(client.get(f"/wallets/{wallet.pk}/").content.decode().split())

    assert page.count("Held for a send to bc1qada") == 2
    assert "Still counted as available; nothing else can spend it" in page
    assert "0.000003" in page
    assert '<a class="row-link-plain" href="/activity/txn_1/">' in page


def test_the_portfolio_has_three_balances_with_what_is_held_of_each(wallet: Wallet, now: datetime) -> None:
    fund(wallet, Money(99_999_000, "BTC"), now=now)
    make(wallet, now, amount=25_000_000)
    record_price(base="BTC", quote="USD", price=Decimal(40_000), source="test", now=timezone.now())
    answer = make_api_client(wallet.user).get("/api/v1/portfolio").json()

    assert answer["balances"] == [
        {"type": "available", "value": "0", "held_value": "0", "assets": []},
        {
            "type": "invested",
            "value": "40000.00",
            "held_value": "10000.00",
            "assets": [{"asset": "BTC", "available": "0.75", "held": "0.25", "marked": "0"}],
        },
        {"type": "strategy", "value": "0", "held_value": "0", "assets": []},
    ]
    client = Client()
    sign_in_browser(client, wallet.user)
    page = client.get("/").content.decode()
    for word in ("Invested", "Strategies", "10,000.00"):
        assert word in page


def test_a_balance_without_a_price_says_so(wallet: Wallet) -> None:
    (available, invested, _) = make_api_client(wallet.user).get("/api/v1/portfolio").json()["balances"]

    assert (available["value"], invested["value"], invested["held_value"]) == ("0", None, None)
