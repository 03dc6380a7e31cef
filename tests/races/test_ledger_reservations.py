"""Reservations that several want at once: promised once, set aside once, given back once."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from kit.money import Money
from ledger.errors import HoldExceeded, InsufficientFunds
from ledger.models import Posting
from ledger.services import Line, Posted, post
from ledger.services.group import close as close_group
from ledger.services.group import post_in_group
from tests.factories.wallets import make_full_wallet
from tests.laws.ledger import check_ledger_laws
from tests.laws.reservations import reservations_are_in_the_books
from tests.races.together import do_together
from wallets.errors import ReservationOver
from wallets.models import Reservation, Wallet
from wallets.queries import available_account, get_reservation, holdings
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

pytestmark = pytest.mark.django_db(transaction=True)

TREASURY = "network:test:treasury"


@pytest.fixture
def wallet(transactional_db: None, settings: Any, tmp_path: Path, now: datetime) -> Wallet:
    return make_full_wallet(settings, tmp_path, minor=1000, now=now)


def making(wallet: Wallet, now: datetime, minor: int, kind: Kind = Kind.SOFT, key: str = "r") -> Callable[[], Any]:
    parts = [Part(Name.AMOUNT, Money(minor, "BTC"))]
    return partial(reserve, key=key, wallet=wallet, parts=parts, kind=kind, purpose="a send", now=now, expires_at=now)


def paying(minor: int) -> list[Line]:
    return [Line(TREASURY, Money(minor, "BTC"))]


def spending(wallet: Wallet, now: datetime, minor: int, key: str, how: Callable[..., Any] = post) -> Callable[[], Any]:
    lines = [Line(available_account(wallet.pk), Money(-minor, "BTC")), *paying(minor)]
    return partial(how, key=key, kind="transfer", lines=lines, now=now)


def get_balance(wallet: Wallet) -> tuple[int, int, int]:
    check_ledger_laws()
    reservations_are_in_the_books()
    (found,) = holdings([wallet])[wallet.pk]
    return found.available, found.marked, found.held


def count_kinds(outcomes: list[object]) -> Counter[type]:
    return Counter(type(outcome) for outcome in outcomes)


def test_no_more_is_promised_than_there_is(wallet: Wallet, now: datetime) -> None:
    kinds = [Kind.SOFT, Kind.HARD] * 4

    outcomes = do_together([making(wallet, now, 300, kind, f"r{n}") for n, kind in enumerate(kinds)])

    assert count_kinds(outcomes) == {Reservation: 3, InsufficientFunds: 5}
    available, marked, held = get_balance(wallet)
    assert (available + held, marked + held) == (1000, 900)
    assert Reservation.objects.count() == 3


def test_one_key_reserves_once(wallet: Wallet, now: datetime) -> None:
    outcomes = do_together([making(wallet, now, 300)] * 6)

    assert count_kinds(outcomes) == {Reservation: 6}
    assert len({outcome.pk for outcome in outcomes}) == 1
    assert get_balance(wallet) == (1000, 300, 0)


def test_promising_and_spending_at_once_never_take_the_same_money(wallet: Wallet, now: datetime) -> None:
    spends = [spending(wallet, now, 200, f"t{n}", post if n % 2 else post_in_group) for n in range(6)]

    outcomes = do_together([*spends, *(making(wallet, now, 200, key=f"r{n}") for n in range(6))])
    close_group()

    kinds = count_kinds(outcomes)
    assert kinds[Posted] + kinds[Reservation] == 5
    assert kinds[InsufficientFunds] == 7
    assert get_balance(wallet) == (1000 - 200 * kinds[Posted], 200 * kinds[Reservation], 0)


def test_two_converts_set_aside_once(wallet: Wallet, now: datetime) -> None:
    making(wallet, now, 600)()

    outcomes = do_together([partial(convert, key="r", now=now)] * 5)

    assert [outcome.kind for outcome in outcomes] == ["hard"] * 5
    assert get_balance(wallet) == (400, 0, 600)
    assert Posting.objects.filter(kind="hold_reserved").count() == 1


def test_converting_lets_no_spender_in_between(wallet: Wallet, now: datetime) -> None:
    making(wallet, now, 900)()
    spends = [spending(wallet, now, 100, f"t{n}", post if n % 2 else post_in_group) for n in range(8)]

    outcomes = do_together([*spends[:4], partial(convert, key="r", now=now), *spends[4:]])
    close_group()

    assert count_kinds(outcomes) == {Posted: 1, InsufficientFunds: 7, Reservation: 1}
    assert get_balance(wallet) == (0, 0, 900)


@pytest.mark.parametrize("attempt", range(4))
def test_expiry_and_settlement_have_one_winner(wallet: Wallet, now: datetime, attempt: int) -> None:
    making(wallet, now, 300, Kind.HARD)()
    later = now + timedelta(days=1)
    settling = partial(settle, key="r", posting_key="s", kind="send", lines=paying(300), now=later)

    settled, expired = do_together([settling, partial(expire_reservations, now=later)])

    if isinstance(settled, Posted):
        assert expired == 0
        assert get_reservation(key="r").status == "settled"
        assert get_balance(wallet) == (700, 0, 0)
    else:
        assert isinstance(settled, HoldExceeded)
        assert expired == 1
        assert get_reservation(key="r").status == "expired"
        assert get_balance(wallet) == (1000, 0, 0)


@pytest.mark.parametrize("attempt", range(4))
def test_expiry_and_conversion_have_one_winner(wallet: Wallet, now: datetime, attempt: int) -> None:
    making(wallet, now, 300)()
    later = now + timedelta(days=1)

    converted, _ = do_together([partial(convert, key="r", now=later), partial(expire_reservations, now=later)])

    status = get_reservation(key="r").status
    if isinstance(converted, ReservationOver):
        assert status == "expired"
        assert get_balance(wallet) == (1000, 0, 0)
    else:  # converted first, and then perhaps found overdue as a hard one
        assert get_balance(wallet) == ((700, 0, 300) if status == "open" else (1000, 0, 0))


def test_giving_back_at_once_gives_back_once(wallet: Wallet, now: datetime) -> None:
    making(wallet, now, 300, Kind.HARD)()

    outcomes = do_together(
        [partial(release, key="r", now=now)] * 4 + [partial(expire_reservations, now=now + timedelta(days=1))] * 2
    )

    assert not [outcome for outcome in outcomes if isinstance(outcome, Exception)]
    assert Posting.objects.filter(kind="hold_released").count() == 1
    assert get_balance(wallet) == (1000, 0, 0)
