"""Marked money is there, is seen, and is spent by nobody; whoever posts, and however."""

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from kit.money import Money
from ledger.errors import HoldExceeded, InsufficientFunds, PostingKeyReused, Unbalanced, UnknownAccount, UnknownMark
from ledger.models import Account
from ledger.queries import Standing, get_hold, get_mark, spendable, standings, verify
from ledger.services import NewPosting, post, post_many, release, reserve, reverse, settle
from ledger.services.group import Waiting, write_group
from ledger.services.marks import convert, mark, unmark
from tests.factories.ledger import make_account, make_wallet, transfer
from tests.laws.ledger import check_ledger_laws

pytestmark = pytest.mark.django_db

AVAILABLE, HELD = "wallet:ada:available", "wallet:ada:held"


@pytest.fixture(autouse=True)
def _wallet(now: datetime) -> None:
    make_wallet(name="ada", minor=1000, now=now)
    make_account(code="bob", now=now)


def put_mark(minor: int, now: datetime, key: str = "m") -> None:
    mark(key=key, account=AVAILABLE, money=Money(minor, "BTC"), now=now)


def get_standing() -> tuple[int, int, int]:
    """Return what is available, how much of it is marked, and what is held."""
    check_ledger_laws()
    found = standings([AVAILABLE, HELD])
    ada = found[AVAILABLE, "BTC"]
    return ada.balance, ada.marked, found[HELD, "BTC"].balance


def test_a_mark_moves_nothing_and_promises(now: datetime) -> None:
    put_mark(300, now)

    assert get_standing() == (1000, 300, 0)
    assert spendable(code=AVAILABLE, asset="BTC") == 700
    found = get_mark(key="m")
    assert (found.account, found.money, found.remaining, found.marked_at) == (AVAILABLE, Money(300, "BTC"), 300, now)


def test_no_way_of_spending_reaches_into_what_is_marked(now: datetime) -> None:
    put_mark(300, now)
    too_much = transfer(AVAILABLE, "bob", 701)

    with pytest.raises(InsufficientFunds):
        post(key="a", kind="transfer", lines=too_much, now=now)
    with pytest.raises(InsufficientFunds):
        post_many(postings=[NewPosting("b", "transfer", too_much)], now=now)
    ((_, _, problem, _),) = write_group([Waiting("c", "transfer", too_much, now)], is_patient=True)
    assert problem == "insufficient_funds"
    with pytest.raises(InsufficientFunds):
        reserve(key="d", available=AVAILABLE, held=HELD, money=Money(701, "BTC"), now=now)
    with pytest.raises(InsufficientFunds):
        put_mark(701, now, "e")

    assert get_standing() == (1000, 300, 0)
    post(key="f", kind="transfer", lines=transfer(AVAILABLE, "bob", 700), now=now)
    assert get_standing() == (300, 300, 0)


def test_a_group_judges_by_what_is_marked(now: datetime) -> None:
    put_mark(300, now)

    rows = write_group(
        [
            Waiting(f"t{n}", "transfer", transfer(AVAILABLE, "bob", minor), now)
            for n, minor in enumerate((400, 400, 300))
        ],
        is_patient=False,
    )

    assert [problem for _, _, problem, _ in rows] == [None, "insufficient_funds", None]
    assert get_standing() == (300, 300, 0)


def test_a_deposit_cannot_be_reversed_out_of_what_is_marked(now: datetime) -> None:
    post(key="t", kind="transfer", lines=transfer(AVAILABLE, "bob", 300), now=now)
    mark(key="m", account="bob", money=Money(1, "BTC"), now=now)

    with pytest.raises(InsufficientFunds), transaction.atomic():
        reverse(key="r", posting_key="t", kind="mistake", now=now)

    assert get_standing() == (700, 0, 0)


def test_marking_again_is_answered_with_the_mark_as_it_is_now(now: datetime) -> None:
    put_mark(300, now)
    unmark(key="m")

    again = mark(key="m", account=AVAILABLE, money=Money(300, "BTC"), now=now + timedelta(hours=1))

    assert (again.remaining, again.marked_at) == (0, now)
    assert get_standing() == (1000, 0, 0)
    for account, minor in ((AVAILABLE, 301), (make_account(code="cyd", now=now), 300)):
        with pytest.raises((PostingKeyReused, InsufficientFunds)):
            mark(key="m", account=account, money=Money(minor, "BTC"), now=now)
    assert get_standing() == (1000, 0, 0)


def test_unmarking_gives_back_once(now: datetime) -> None:
    put_mark(300, now)

    assert [unmark(key="m"), unmark(key="m")] == [300, 0]
    assert get_standing() == (1000, 0, 0)
    with pytest.raises(UnknownMark):
        unmark(key="nothing")


def test_a_mark_becomes_a_hold_in_one_step(now: datetime) -> None:
    put_mark(1000, now)

    hold = convert(key="m", hold_key="h", held=HELD, now=now)

    assert (hold.money, hold.remaining) == (Money(1000, "BTC"), 1000)
    assert get_standing() == (0, 0, 1000)
    assert convert(key="m", hold_key="h", held=HELD, now=now) == hold
    settle(key="h", posting_key="s", kind="send", lines=transfer("x", "network:test:treasury", 400)[1:], now=now)
    assert convert(key="m", hold_key="h", held=HELD, now=now).remaining == 0
    assert get_standing() == (600, 0, 0)


def test_what_was_unmarked_does_not_become_a_hold(now: datetime) -> None:
    put_mark(300, now)
    unmark(key="m")

    with pytest.raises(HoldExceeded):
        convert(key="m", hold_key="h", held=HELD, now=now)

    assert get_standing() == (1000, 0, 0)


def test_a_hold_under_the_key_that_is_another_is_refused(now: datetime) -> None:
    put_mark(300, now)
    reserve(key="h", available=AVAILABLE, held=HELD, money=Money(5, "BTC"), now=now)

    with pytest.raises(PostingKeyReused), transaction.atomic():
        convert(key="m", hold_key="h", held=HELD, now=now)

    assert get_standing() == (995, 300, 5)
    release(key="h", now=now)
    assert get_hold(key="h").remaining == 0


@pytest.mark.parametrize("minor", [0, -5])
def test_a_mark_is_of_something_that_exists(now: datetime, minor: int) -> None:
    with pytest.raises(Unbalanced):
        put_mark(minor, now)
    with pytest.raises(UnknownAccount):
        mark(key="m", account="nobody", money=Money(5, "BTC"), now=now)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_account SET marked = 0",
        "UPDATE ledger_mark SET remaining = remaining + 1",
        "UPDATE ledger_mark SET remaining = 0, amount = amount + 1",
        "UPDATE ledger_mark SET remaining = 0, account_id = (SELECT id FROM ledger_account WHERE code = 'bob')",
        "UPDATE ledger_mark SET remaining = -1",
        "DELETE FROM ledger_mark",
        "TRUNCATE ledger_mark",
        "INSERT INTO ledger_mark (key, account_id, amount, remaining, marked_at)"
        " SELECT 'x', account_id, 5, 4, now() FROM ledger_mark",
        "INSERT INTO ledger_mark (key, account_id, amount, remaining, marked_at)"
        " SELECT 'x', account_id, 701, 701, now() FROM ledger_mark",
        "INSERT INTO ledger_mark (key, account_id, amount, remaining, marked_at)"
        " SELECT 'x', id, 5, 5, now() FROM ledger_account WHERE code = 'network:test:treasury'",
        "INSERT INTO ledger_account (code, asset_id, purpose, normal_side, balance, marked, version, opened_at)"
        " VALUES ('x', 'BTC', 'user_available', 'credit', 0, 1, 0, now())",
    ],
)
def test_the_database_itself_keeps_the_promise(now: datetime, statement: str) -> None:
    put_mark(300, now)

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)

    assert get_standing() == (1000, 300, 0)
    assert get_mark(key="m").remaining == 300


def test_verifying_finds_a_promise_without_its_mark(now: datetime) -> None:
    put_mark(300, now)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE ledger_mark SET remaining = 299")
        cursor.execute("SET session_replication_role = DEFAULT")

    assert [str(difference) for difference in verify()] == [
        f"marked is not the sum of its marks, or more than there is: account {AVAILABLE} BTC"
    ]
    assert Account.objects.get(code=AVAILABLE).marked == 300


def test_an_account_says_what_can_be_spent() -> None:
    assert Standing(1000, 300).spendable == 700
