"""A group comes out as if its postings had been posted one by one, each refused or standing by itself."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from kit.money import Money
from ledger.models import Entry, Posting
from ledger.queries import balance
from ledger.services import Line, post, reserve
from ledger.services.group import Waiting, post_in_group, write_group
from tests.factories.ledger import make_account, make_funded, make_wallet, transfer
from tests.laws.ledger import check_ledger_laws

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people(now: datetime) -> None:
    make_funded(code="ada", minor=100, now=now)
    make_account(code="bob", now=now)
    make_account(code="cyd", now=now)


def write(*asked: tuple[str, list[Line]], now: datetime) -> list[str]:
    """Write the group and return what became of each: new, known, or its problem."""
    rows = write_group([Waiting(key, "transfer", lines, now) for key, lines in asked], is_patient=True)
    for (key, _), (posting_id, _, problem, _) in zip(asked, rows, strict=True):
        if problem is None:
            assert Posting.objects.get(key=key).pk == posting_id
        else:
            assert posting_id is None
    return [problem or ("new" if is_new else "known") for _, is_new, problem, _ in rows]


def get_balances() -> tuple[int, int, int]:
    check_ledger_laws()
    return tuple(balance(code=code, asset="BTC") for code in ("ada", "bob", "cyd"))  # type: ignore[return-value]


def test_each_has_its_own_key_time_and_entries(now: datetime) -> None:
    later = now + timedelta(seconds=3)
    group = [
        Waiting("a", "transfer", transfer("ada", "bob", 60), later),
        Waiting("b", "gift", transfer("bob", "cyd", 50), now),
    ]

    (first, _, _, _), (second, _, _, _) = write_group(group, is_patient=False)

    assert get_balances() == (40, 10, 50)
    rows = Posting.objects.filter(key__in="ab").order_by("id").values_list("id", "key", "kind", "posted_at")
    assert list(rows) == [(first, "a", "transfer", later), (second, "b", "gift", now)]
    entries = Entry.objects.filter(posting__in=[first, second]).order_by("id")
    assert list(entries.values_list("account__code", "position", "version", "balance_after", "posted_at")) == [
        ("ada", 1, 2, 40, later),
        ("bob", 2, 1, 60, later),
        ("bob", 1, 2, 10, now),
        ("cyd", 2, 1, 50, now),
    ]


def test_one_that_is_short_is_refused_and_the_others_stand(now: datetime) -> None:
    came = write(
        ("a", transfer("ada", "bob", 60)),
        ("b", transfer("ada", "cyd", 60)),
        ("c", transfer("ada", "cyd", 40)),
        ("d", transfer("ada", "cyd", 1)),
        now=now,
    )

    assert came == ["new", "insufficient_funds", "new", "insufficient_funds"]
    assert get_balances() == (0, 60, 40)
    assert not Posting.objects.filter(key__in="bd").exists()


def test_money_that_comes_in_before_can_be_spent_and_what_comes_after_cannot(now: datetime) -> None:
    came = write(
        ("a", transfer("bob", "cyd", 5)),
        ("b", transfer("ada", "bob", 5)),
        ("c", transfer("bob", "cyd", 5)),
        now=now,
    )

    assert came == ["insufficient_funds", "new", "new"]
    assert get_balances() == (95, 0, 5)


def test_what_a_refused_posting_would_have_brought_is_not_there_for_the_next(now: datetime) -> None:
    three = [*transfer("ada", "bob", 100), *transfer("cyd", "ada", 1)]

    came = write(("a", three), ("b", transfer("bob", "cyd", 1)), ("c", transfer("ada", "cyd", 100)), now=now)

    assert came == ["insufficient_funds", "insufficient_funds", "new"]
    assert get_balances() == (0, 0, 100)


def test_a_key_is_posted_once_and_stands_for_one_content(now: datetime) -> None:
    post(key="k", kind="transfer", lines=transfer("ada", "bob", 10), now=now)

    came = write(
        ("k", transfer("ada", "bob", 10)),
        ("k", transfer("ada", "bob", 11)),
        ("n", transfer("ada", "cyd", 1)),
        ("n", transfer("ada", "cyd", 1)),
        ("n", transfer("ada", "cyd", 2)),
        now=now,
    )

    assert came == ["known", "key_reused", "new", "known", "key_reused"]
    assert get_balances() == (89, 10, 1)


def test_a_key_whose_first_posting_was_refused_is_still_free(now: datetime) -> None:
    came = write(
        ("k", transfer("bob", "cyd", 5)),
        ("a", transfer("ada", "bob", 5)),
        ("k", transfer("bob", "cyd", 5)),
        ("k", transfer("bob", "cyd", 5)),
        ("k", transfer("bob", "cyd", 4)),
        ("z", transfer("bob", "cyd", 1)),
        now=now,
    )

    assert came == ["insufficient_funds", "new", "new", "known", "key_reused", "insufficient_funds"]
    assert get_balances() == (95, 0, 5)


def test_known_postings_do_not_count_towards_what_there_is(now: datetime) -> None:
    post(key="all", kind="transfer", lines=transfer("ada", "bob", 100), now=now)

    came = write(("all", transfer("ada", "bob", 100)), ("back", transfer("bob", "ada", 100)), now=now)
    assert came == ["known", "new"]
    came = write(
        ("all", transfer("ada", "bob", 100)),
        ("x", transfer("bob", "ada", 1)),
        ("y", transfer("ada", "bob", 100)),
        now=now,
    )
    assert came == ["known", "insufficient_funds", "new"]
    assert get_balances() == (0, 100, 0)


def test_an_unknown_account_is_a_matter_of_its_own_posting(now: datetime) -> None:
    came = write(
        ("a", transfer("ada", "nobody", 5)),
        ("b", transfer("ada", "bob", 5)),
        ("a", transfer("ada", "cyd", 5)),
        ("c", transfer("noone", "nobody", 5)),
        now=now,
    )

    assert came == ["unknown_account", "new", "new", "unknown_account"]
    assert get_balances() == (90, 5, 5)
    assert write(("c", transfer("noone", "nobody", 5)), now=now) == ["unknown_account"]


def test_the_company_cannot_be_overdrawn_either(now: datetime) -> None:
    came = write(
        ("a", transfer("ada", "network:test:treasury", 60)),
        ("b", transfer("bob", "network:test:treasury", 1)),
        ("c", transfer("network:test:treasury", "bob", 5)),
        ("d", [*transfer("network:test:treasury", "cyd", 1), *transfer("ada", "network:test:treasury", 41)]),
        now=now,
    )

    assert came == ["new", "insufficient_funds", "new", "insufficient_funds"]
    assert get_balances() == (40, 5, 0)


def test_held_money_cannot_be_moved_through_a_group(now: datetime) -> None:
    available, held = make_wallet(name="eve", minor=50, now=now)
    reserve(key="h", available=available, held=held, money=Money(50, "BTC"), now=now)

    with pytest.raises(Exception, match="not balanced or not complete"), transaction.atomic():
        write(("a", transfer(held, "bob", 5)), now=now)

    assert get_balances() == (100, 0, 0)
    assert balance(code=held, asset="BTC") == 50


def test_a_caller_with_a_transaction_of_its_own_is_turned_away(now: datetime) -> None:
    with pytest.raises(AssertionError, match="outside your transaction"):
        post_in_group(key="a", kind="transfer", lines=transfer("ada", "bob", 5), now=now)

    assert get_balances() == (100, 0, 0)
