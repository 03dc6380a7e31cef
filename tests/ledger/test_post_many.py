"""A batch counts as if posted one by one, and stands or falls as a whole."""

from datetime import datetime

import pytest
from django.db import transaction

from ledger.errors import InsufficientFunds, PostingKeyReused, Unbalanced, UnknownAccount
from ledger.models import Entry, Posting
from ledger.queries import balance
from ledger.services import MAX_BATCH, Line, NewPosting, post, post_many
from tests.factories.ledger import make_account, make_funded, transfer
from tests.laws.ledger import check_ledger_laws

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people(now: datetime) -> None:
    make_funded(code="ada", minor=100, now=now)
    make_account(code="bob", now=now)
    make_account(code="cyd", now=now)


def get_balances() -> tuple[int, int, int]:
    return tuple(balance(code=code, asset="BTC") for code in ("ada", "bob", "cyd"))  # type: ignore[return-value]


def test_each_posting_keeps_its_key_kind_and_order(now: datetime) -> None:
    posted = post_many(
        postings=[
            NewPosting("a", "transfer", transfer("ada", "bob", 60)),
            NewPosting("b", "gift", transfer("bob", "cyd", 50)),
        ],
        now=now,
    )

    assert [(each.key, each.is_new) for each in posted] == [("a", True), ("b", True)]
    assert posted[0].id < posted[1].id
    assert get_balances() == (40, 10, 50)
    assert list(Posting.objects.filter(key__in="ab").order_by("id").values_list("id", "key", "kind")) == [
        (posted[0].id, "a", "transfer"),
        (posted[1].id, "b", "gift"),
    ]
    entries = Entry.objects.filter(posting__key__in="ab").order_by("id")
    assert list(entries.values_list("account__code", "position", "version", "balance_after")) == [
        ("ada", 1, 2, 40),
        ("bob", 2, 1, 60),
        ("bob", 1, 2, 10),
        ("cyd", 2, 1, 50),
    ]
    check_ledger_laws()


def test_known_and_repeated_keys_are_posted_once(now: datetime) -> None:
    first = post(key="a", kind="transfer", lines=transfer("ada", "bob", 10), now=now)

    posted = post_many(
        postings=[
            NewPosting("b", "transfer", transfer("ada", "cyd", 1)),
            NewPosting("a", "transfer", transfer("ada", "bob", 10)),
            NewPosting("b", "transfer", transfer("ada", "cyd", 1)),
            NewPosting("c", "transfer", transfer("ada", "cyd", 2)),
        ],
        now=now,
    )

    assert [each.is_new for each in posted] == [True, False, False, True]
    assert posted[1].id == first.id
    assert posted[2].id == posted[0].id
    assert get_balances() == (87, 10, 3)
    again = post_many(postings=[NewPosting("b", "transfer", transfer("ada", "cyd", 1))], now=now)
    assert [(each.id, each.is_new) for each in again] == [(posted[0].id, False)]
    check_ledger_laws()


@pytest.mark.parametrize(
    "second",
    [NewPosting("known", "transfer", transfer("ada", "bob", 11)), NewPosting("a", "gift", transfer("ada", "bob", 1))],
)
def test_other_content_under_a_known_or_repeated_key_refuses_the_whole_batch(now: datetime, second: NewPosting) -> None:
    post(key="known", kind="transfer", lines=transfer("ada", "bob", 10), now=now)

    with transaction.atomic(), pytest.raises(PostingKeyReused):
        post_many(postings=[NewPosting("a", "transfer", transfer("ada", "bob", 1)), second], now=now)

    assert get_balances() == (90, 10, 0)
    assert not Posting.objects.filter(key="a").exists()


def test_an_overdraft_is_judged_in_the_order_given(now: datetime) -> None:
    early = [
        NewPosting("b", "transfer", transfer("bob", "cyd", 5)),
        NewPosting("a", "transfer", transfer("ada", "bob", 5)),
    ]

    with pytest.raises(InsufficientFunds) as refusal:
        post_many(postings=early, now=now)
    assert get_balances() == (100, 0, 0)
    post_many(postings=early[::-1], now=now)

    assert refusal.value.account == "bob BTC"
    assert get_balances() == (95, 0, 5)


def test_a_posting_known_already_does_not_count_towards_an_overdraft(now: datetime) -> None:
    post(key="all", kind="transfer", lines=transfer("ada", "bob", 100), now=now)

    posted = post_many(
        postings=[
            NewPosting("all", "transfer", transfer("ada", "bob", 100)),
            NewPosting("back", "transfer", transfer("bob", "ada", 100)),
        ],
        now=now,
    )

    assert [each.is_new for each in posted] == [False, True]
    assert get_balances() == (100, 0, 0)


@pytest.mark.parametrize(
    ("lines", "error"),
    [(transfer("ada", "nobody", 1), UnknownAccount), (transfer("ada", "bob", 1)[:1], Unbalanced)],
)
def test_one_wrong_posting_refuses_all(now: datetime, lines: list[Line], error: type[Exception]) -> None:
    with pytest.raises(error):
        post_many(
            postings=[NewPosting("a", "transfer", transfer("ada", "bob", 1)), NewPosting("b", "transfer", lines)],
            now=now,
        )

    assert get_balances() == (100, 0, 0)


def test_an_empty_batch_and_one_too_large(now: datetime) -> None:
    assert post_many(postings=[], now=now) == []
    with pytest.raises(AssertionError, match="at most"):
        post_many(postings=[NewPosting("a", "t", [])] * (MAX_BATCH + 1), now=now)
