"""Posting: what is asked happens once, completely, or not at all."""

from datetime import datetime

import pytest
from django.db import transaction

from kit.money import Money
from ledger.errors import InsufficientFunds, PostingKeyReused, Unbalanced, UnknownAccount
from ledger.models import Entry, Posting
from ledger.queries import balance
from ledger.services import Line, Purpose, open_account, post
from tests.factories.ledger import make_account, make_funded, transfer

pytestmark = pytest.mark.django_db


def test_money_moves_and_each_entry_knows_the_balance_after_it(now: datetime) -> None:
    ada = make_funded(code="ada", minor=1000, now=now)
    bob = make_account(code="bob", now=now)

    posted = post(key="t1", kind="transfer", lines=transfer(ada, bob, 300), now=now)

    assert posted.is_new
    assert balance(code="ada", asset="BTC") == 700
    assert balance(code="bob", asset="BTC") == 300
    entries = Entry.objects.filter(posting_id=posted.id).order_by("position")
    assert [(e.account.code, e.version, e.amount, e.balance_after) for e in entries] == [
        ("ada", 2, -300, 700),
        ("bob", 1, 300, 300),
    ]


def test_same_key_and_content_is_answered_with_the_first_posting(now: datetime) -> None:
    ada, bob = make_funded(code="ada", minor=1000, now=now), make_account(code="bob", now=now)
    first = post(key="t1", kind="transfer", lines=transfer(ada, bob, 300), now=now)

    again = post(key="t1", kind="transfer", lines=list(reversed(transfer(ada, bob, 300))), now=now)

    assert (again.id, again.is_new) == (first.id, False)
    assert balance(code="bob", asset="BTC") == 300


@pytest.mark.parametrize(("kind", "minor"), [("transfer", 301), ("gift", 300)])
def test_same_key_with_other_content_is_refused(now: datetime, kind: str, minor: int) -> None:
    ada, bob = make_funded(code="ada", minor=1000, now=now), make_account(code="bob", now=now)
    post(key="t1", kind="transfer", lines=transfer(ada, bob, 300), now=now)

    with pytest.raises(PostingKeyReused):
        post(key="t1", kind=kind, lines=transfer(ada, bob, minor), now=now)

    assert (balance(code="ada", asset="BTC"), balance(code="bob", asset="BTC")) == (700, 300)
    assert Posting.objects.count() == 2


def test_overdraft_is_refused_nothing_moves_and_the_transaction_goes_on(now: datetime) -> None:
    ada, bob = make_funded(code="ada", minor=1000, now=now), make_account(code="bob", now=now)

    with transaction.atomic():
        with pytest.raises(InsufficientFunds) as refusal:
            post(key="t1", kind="transfer", lines=transfer(ada, bob, 1001), now=now)
        assert (balance(code="ada", asset="BTC"), balance(code="bob", asset="BTC")) == (1000, 0)
        assert Posting.objects.count() == 1
        post(key="t2", kind="transfer", lines=transfer(ada, bob, 1000), now=now)

    assert refusal.value.account == "ada BTC"
    assert (balance(code="ada", asset="BTC"), balance(code="bob", asset="BTC")) == (0, 1000)


def test_a_treasury_cannot_give_what_it_has_not(now: datetime) -> None:
    make_funded(code="ada", minor=1000, now=now)
    make_account(code="network:test:fees", purpose=Purpose.FEES, now=now)
    lines = transfer("network:test:fees", "network:test:treasury", 1001)

    with pytest.raises(InsufficientFunds):
        post(key="t1", kind="fee", lines=lines, now=now)

    assert balance(code="network:test:treasury", asset="BTC") == -1000
    assert balance(code="network:test:fees", asset="BTC") == 0


def test_lines_are_carried_out_in_order_and_none_may_overdraw(now: datetime) -> None:
    ada, bob = make_funded(code="ada", minor=10, now=now), make_funded(code="bob", minor=10, now=now)
    there_and_back = [*transfer(ada, bob, 15), *transfer(bob, ada, 15)]

    with pytest.raises(InsufficientFunds):
        post(key="t1", kind="swap", lines=there_and_back, now=now)
    posted = post(key="t2", kind="swap", lines=[*transfer(ada, bob, 7), *transfer(bob, ada, 7)], now=now)

    after = Entry.objects.filter(posting_id=posted.id).order_by("position").values_list("balance_after", flat=True)
    assert list(after) == [3, 17, 10, 10]


def test_several_assets_in_one_posting(now: datetime) -> None:
    for asset, minor in (("BTC", 5), ("ETH", 10**24)):
        make_funded(code="ada", minor=minor, asset=asset, now=now)
        make_funded(code="bob", minor=minor, asset=asset, now=now)

    post(key="t1", kind="swap", lines=[*transfer("ada", "bob", 5), *transfer("bob", "ada", 10**24, "ETH")], now=now)

    assert balance(code="ada", asset="BTC") == 0
    assert balance(code="ada", asset="ETH") == 2 * 10**24
    assert balance(code="bob", asset="BTC") == 10


@pytest.mark.parametrize(
    "lines",
    [
        [],
        [Line("ada", Money(-5, "BTC")), Line("bob", Money(4, "BTC"))],
        [Line("ada", Money(-5, "BTC")), Line("bob", Money(5, "ETH"))],
        [Line("ada", Money(0, "BTC")), Line("bob", Money(0, "BTC"))],
    ],
)
def test_unbalanced_lines_are_a_bug(now: datetime, lines: list[Line]) -> None:
    with pytest.raises(Unbalanced):
        post(key="t1", kind="transfer", lines=lines, now=now)

    assert not Posting.objects.exists()


def test_an_unknown_account_is_named(now: datetime) -> None:
    make_funded(code="ada", minor=10, now=now)

    with pytest.raises(UnknownAccount, match="nobody BTC"):
        post(key="t1", kind="transfer", lines=transfer("ada", "nobody", 5), now=now)

    assert balance(code="ada", asset="BTC") == 10


def test_opening_twice_is_harmless_but_not_for_another_purpose(now: datetime) -> None:
    make_account(code="ada", now=now)
    make_account(code="ada", now=now)

    with pytest.raises(UnknownAccount, match="user_available"):
        open_account(code="ada", asset="BTC", purpose=Purpose.TREASURY, now=now)


def test_amounts_reach_the_largest_uint256(now: datetime) -> None:
    most = 2**256 - 1
    make_funded(code="ada", minor=most, asset="ETH", now=now)

    assert balance(code="ada", asset="ETH") == most
