"""Money set aside is spent once or given back once."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from kit.money import Money
from ledger.errors import (
    AlreadyReversed,
    HoldExceeded,
    InsufficientFunds,
    PostingKeyReused,
    Unbalanced,
    UnknownHold,
    UnknownPosting,
)
from ledger.models import Posting
from ledger.queries import balance, get_hold
from ledger.services import Hold, Line, Purpose, expire_holds, post, release, reserve, reverse, settle
from tests.factories.ledger import make_account, make_wallet, transfer
from tests.laws.ledger import check_ledger_laws

pytestmark = pytest.mark.django_db

AVAILABLE, HELD, TRANSIT = "wallet:ada:available", "wallet:ada:held", "network:test:treasury"


@pytest.fixture(autouse=True)
def _wallet(now: datetime) -> None:
    make_wallet(name="ada", minor=1000, now=now)


def hold(minor: int, now: datetime, key: str = "h", expires_at: datetime | None = None) -> Hold:
    money = Money(minor, "BTC")
    return reserve(key=key, available=AVAILABLE, held=HELD, money=money, now=now, expires_at=expires_at)


def pay(minor: int) -> list[Line]:
    return [Line(TRANSIT, Money(minor, "BTC"))]


def get_balances() -> tuple[int, int, int]:
    check_ledger_laws()
    return tuple(balance(code=code, asset="BTC") for code in (AVAILABLE, HELD, TRANSIT))  # type: ignore[return-value]


def test_reserve_sets_aside_and_says_so(now: datetime) -> None:
    made = hold(300, now, expires_at=now + timedelta(hours=1))

    assert made == Hold("h", AVAILABLE, HELD, Money(300, "BTC"), 300, now, now + timedelta(hours=1))
    assert made.is_open
    assert get_balances() == (700, 300, -1000)


def test_reserving_again_is_answered_with_the_hold_as_it_is_now(now: datetime) -> None:
    hold(300, now)
    settle(key="h", posting_key="s", kind="send", lines=pay(100), now=now, is_final=False)

    assert hold(300, now).remaining == 200
    with pytest.raises(PostingKeyReused):
        hold(301, now)
    assert get_balances() == (700, 200, -900)


def test_more_than_is_available_cannot_be_reserved(now: datetime) -> None:
    with transaction.atomic(), pytest.raises(InsufficientFunds):
        hold(1001, now)

    assert get_balances() == (1000, 0, -1000)
    with pytest.raises(UnknownHold):
        get_hold(key="h")


@pytest.mark.parametrize("minor", [0, -5])
def test_a_hold_is_of_something(now: datetime, minor: int) -> None:
    with pytest.raises(Unbalanced):
        hold(minor, now)


def test_settling_finally_gives_the_rest_back_in_the_same_posting(now: datetime) -> None:
    hold(300, now)

    posted = settle(key="h", posting_key="s", kind="send", lines=pay(250), now=now)

    assert posted.is_new
    assert get_balances() == (750, 0, -750)
    assert not get_hold(key="h").is_open
    entries = Posting.objects.get(pk=posted.id).entries.order_by("position")
    assert list(entries.values_list("account__code", "amount")) == [(HELD, -300), (TRANSIT, 250), (AVAILABLE, 50)]


def test_settling_in_parts(now: datetime) -> None:
    hold(300, now)

    settle(key="h", posting_key="s1", kind="send", lines=pay(100), now=now, is_final=False)
    assert get_balances() == (700, 200, -900)
    settle(key="h", posting_key="s2", kind="send", lines=pay(200), now=now, is_final=False)

    assert get_balances() == (700, 0, -700)
    assert not get_hold(key="h").is_open


def test_settling_again_under_the_same_key_is_harmless(now: datetime) -> None:
    hold(300, now)
    first = settle(key="h", posting_key="s", kind="send", lines=pay(250), now=now)

    again = settle(key="h", posting_key="s", kind="send", lines=pay(250), now=now)

    assert (again.id, again.is_new) == (first.id, False)
    for minor, is_final in ((251, True), (250, False)):
        with pytest.raises(PostingKeyReused):
            settle(key="h", posting_key="s", kind="send", lines=pay(minor), now=now, is_final=is_final)
    assert get_balances() == (750, 0, -750)


def test_no_more_than_remains_can_be_settled(now: datetime) -> None:
    hold(300, now)
    hold(100, now, key="other")

    with transaction.atomic(), pytest.raises(HoldExceeded):
        settle(key="h", posting_key="s", kind="send", lines=pay(301), now=now)

    assert get_balances() == (600, 400, -1000)
    assert get_hold(key="h").remaining == 300


@pytest.mark.parametrize(
    "lines",
    [[], [Line(HELD, Money(5, "BTC"))], [Line(TRANSIT, Money(5, "ETH"))], [Line(TRANSIT, Money(-5, "BTC"))]],
)
def test_lines_that_cannot_settle_are_a_bug(now: datetime, lines: list[Line]) -> None:
    hold(300, now)

    with pytest.raises(Unbalanced):
        settle(key="h", posting_key="s", kind="send", lines=lines, now=now)

    assert get_balances() == (700, 300, -1000)


def test_releasing_twice_gives_back_once(now: datetime) -> None:
    hold(300, now)
    settle(key="h", posting_key="s", kind="send", lines=pay(100), now=now, is_final=False)

    release(key="h", now=now)
    release(key="h", now=now)

    assert get_balances() == (900, 0, -900)
    with pytest.raises(HoldExceeded):
        settle(key="h", posting_key="s2", kind="send", lines=pay(1), now=now)
    with pytest.raises(UnknownHold):
        release(key="nothing", now=now)


def test_only_what_is_overdue_expires(now: datetime) -> None:
    hold(100, now, key="soon", expires_at=now + timedelta(minutes=1))
    hold(200, now, key="later", expires_at=now + timedelta(minutes=9))
    hold(300, now, key="never")

    assert expire_holds(now=now + timedelta(seconds=59)) == 0
    assert expire_holds(now=now + timedelta(minutes=1)) == 1
    assert expire_holds(now=now + timedelta(minutes=1)) == 0

    assert get_balances() == (500, 500, -1000)
    assert not get_hold(key="soon").is_open


def test_expiry_takes_no_more_than_its_limit(now: datetime) -> None:
    for number in range(3):
        hold(100, now, key=f"h{number}", expires_at=now + timedelta(minutes=number))

    assert expire_holds(now=now + timedelta(hours=1), limit=2) == 2

    assert get_balances() == (900, 100, -1000)
    assert get_hold(key="h2").is_open


def test_a_hold_past_its_time_can_be_settled_until_it_is_expired(now: datetime) -> None:
    hold(100, now, expires_at=now)

    settle(key="h", posting_key="s", kind="send", lines=pay(100), now=now + timedelta(days=1))

    assert expire_holds(now=now + timedelta(days=1)) == 0
    assert get_balances() == (900, 0, -900)


def test_a_settlement_can_be_reversed_and_the_hold_is_open_again(now: datetime) -> None:
    hold(300, now)
    settle(key="h", posting_key="s", kind="send", lines=pay(300), now=now)

    reverse(key="r", posting_key="s", kind="reorg", now=now)

    assert get_balances() == (700, 300, -1000)
    assert get_hold(key="h").remaining == 300
    release(key="h", now=now)
    assert get_balances() == (1000, 0, -1000)


def test_a_released_hold_opened_again_is_released_again(now: datetime) -> None:
    hold(300, now)
    release(key="h", now=now)
    released = Posting.objects.get(kind="hold_released")
    reverse(key="r", posting_key=released.key, kind="mistake", now=now)

    release(key="h", now=now)

    assert get_balances() == (1000, 0, -1000)


def test_a_posting_is_reversed_once(now: datetime) -> None:
    make_account(code="bob", now=now)
    post(key="t", kind="transfer", lines=transfer(AVAILABLE, "bob", 300), now=now)
    first = reverse(key="r", posting_key="t", kind="mistake", now=now)

    again = reverse(key="r", posting_key="t", kind="mistake", now=now)

    assert (again.id, again.is_new) == (first.id, False)
    with transaction.atomic(), pytest.raises(AlreadyReversed):
        reverse(key="r2", posting_key="t", kind="mistake", now=now)
    with pytest.raises(UnknownPosting):
        reverse(key="r3", posting_key="nothing", kind="mistake", now=now)
    assert get_balances() == (1000, 0, -1000)


def test_what_has_been_spent_since_cannot_be_reversed(now: datetime) -> None:
    make_account(code="bob", now=now)
    make_account(code="cyd", now=now)
    post(key="t", kind="transfer", lines=transfer(AVAILABLE, "bob", 300), now=now)
    post(key="t2", kind="transfer", lines=transfer("bob", "cyd", 1), now=now)

    with transaction.atomic(), pytest.raises(InsufficientFunds):
        reverse(key="r", posting_key="t", kind="mistake", now=now)

    assert get_balances() == (700, 0, -1000)


def test_network_fees_are_settled_from_the_hold(now: datetime) -> None:
    make_account(code="network:test:fees", purpose=Purpose.FEES, now=now)
    hold(300, now)
    lines = [Line(TRANSIT, Money(290, "BTC"))]

    settle(key="h", posting_key="s", kind="send", lines=lines, now=now)
    post(key="fee", kind="fee", lines=transfer("network:test:fees", TRANSIT, 10), now=now)

    assert get_balances() == (710, 0, -700)
