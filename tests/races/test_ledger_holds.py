"""Holds that several want to end at once."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from kit.money import Money
from ledger.errors import HoldExceeded, InsufficientFunds
from ledger.models import Posting
from ledger.queries import balance, get_hold
from ledger.services import Hold, Line, Posted, expire_holds, release, reserve, settle
from tests.factories.ledger import make_wallet
from tests.laws.ledger import check_ledger_laws
from tests.races.together import do_together

pytestmark = pytest.mark.django_db(transaction=True)

AVAILABLE, HELD, TREASURY = "wallet:ada:available", "wallet:ada:held", "network:test:treasury"


@pytest.fixture(autouse=True)
def _wallet(now: datetime) -> None:
    make_wallet(name="ada", minor=1000, now=now)


def hold(minor: int, now: datetime, key: str = "h") -> Hold:
    money = Money(minor, "BTC")
    return reserve(key=key, available=AVAILABLE, held=HELD, money=money, now=now, expires_at=now)


def settling(now: datetime, key: str = "s", minor: int = 300, is_final: bool = True) -> Callable[[], Any]:
    lines = [Line(TREASURY, Money(minor, "BTC"))]
    return partial(settle, key="h", posting_key=key, kind="send", lines=lines, now=now, is_final=is_final)


def get_balances() -> list[int]:
    check_ledger_laws()
    return [balance(code=code, asset="BTC") for code in (AVAILABLE, HELD, TREASURY)]


def count_kinds(outcomes: list[object]) -> Counter[type]:
    return Counter(type(outcome) for outcome in outcomes)


def test_no_more_is_reserved_than_there_is(now: datetime) -> None:
    outcomes = do_together([partial(hold, 300, now, f"h{number}") for number in range(6)])

    assert count_kinds(outcomes) == {Hold: 3, InsufficientFunds: 3}
    assert get_balances() == [100, 900, -1000]


def test_one_key_reserves_once(now: datetime) -> None:
    outcomes = do_together([partial(hold, 300, now)] * 6)

    assert count_kinds(outcomes) == {Hold: 6}
    assert get_balances() == [700, 300, -1000]


def test_releasing_at_once_gives_back_once(now: datetime) -> None:
    hold(300, now)

    outcomes = do_together([partial(release, key="h", now=now)] * 4 + [partial(expire_holds, now=now)] * 2)

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert get_balances() == [1000, 0, -1000]
    assert Posting.objects.filter(kind__in=["hold_released", "hold_expired"]).count() == 1


@pytest.mark.parametrize("attempt", range(4))
def test_settling_and_expiry_at_once_have_one_winner(now: datetime, attempt: int) -> None:
    hold(300, now)
    later = now + timedelta(days=1)

    settled, expired = do_together([settling(later), partial(expire_holds, now=later)])

    if isinstance(settled, Posted):
        assert get_balances() == [700, 0, -700]
        assert expired == 0
    else:
        assert isinstance(settled, HoldExceeded)
        assert get_balances() == [1000, 0, -1000]
        assert expired == 1
    assert get_hold(key="h").remaining == 0


def test_two_settlements_of_all_of_it_have_one_winner(now: datetime) -> None:
    hold(300, now)

    outcomes = do_together([settling(now, "s1"), settling(now, "s2"), settling(now, "s3")])

    assert count_kinds(outcomes) == {Posted: 1, HoldExceeded: 2}
    assert get_balances() == [700, 0, -700]


def test_one_settlement_asked_for_at_once_happens_once(now: datetime) -> None:
    hold(300, now)

    outcomes = do_together([settling(now)] * 5)

    assert count_kinds(outcomes) == {Posted: 5}
    assert len({outcome.id for outcome in outcomes}) == 1
    assert get_balances() == [700, 0, -700]


def test_parts_settled_at_once_never_exceed_the_hold(now: datetime) -> None:
    hold(300, now)

    outcomes = do_together([settling(now, f"s{number}", 70, is_final=False) for number in range(6)])

    assert count_kinds(outcomes) == {Posted: 4, HoldExceeded: 2}
    assert get_balances() == [700, 20, -720]
    assert get_hold(key="h").remaining == 20
