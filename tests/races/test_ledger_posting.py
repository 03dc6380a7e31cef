"""Many at once on the same accounts and keys."""

from collections import Counter
from datetime import datetime
from functools import partial
from threading import Event

import pytest
from django.db import transaction

from ledger.errors import AlreadyReversed, InsufficientFunds, PostingKeyReused
from ledger.models import Posting
from ledger.queries import balance
from ledger.services import NewPosting, Posted, post, post_many, reverse
from tests.factories.ledger import make_account, make_funded, transfer
from tests.laws.ledger import check_ledger_laws
from tests.races.together import do_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _people(now: datetime) -> None:
    make_funded(code="ada", minor=1000, now=now)
    make_funded(code="bob", minor=1000, now=now)


def get_balances(*codes: str) -> list[int]:
    return [balance(code=code, asset="BTC") for code in codes]


def count_kinds(outcomes: list[object]) -> Counter[type]:
    return Counter(type(outcome) for outcome in outcomes)


def test_an_account_cannot_be_spent_beyond_its_balance(now: datetime) -> None:
    calls = [
        partial(post, key=f"t{number}", kind="transfer", lines=transfer("ada", "bob", 300), now=now)
        for number in range(8)
    ]

    outcomes = do_together(calls)

    assert count_kinds(outcomes) == {Posted: 3, InsufficientFunds: 5}
    assert get_balances("ada", "bob") == [100, 1900]
    check_ledger_laws()


def test_one_key_at_once_posts_once(now: datetime) -> None:
    call = partial(post, key="t", kind="transfer", lines=transfer("ada", "bob", 300), now=now)

    outcomes = do_together([call] * 8)

    assert count_kinds(outcomes) == {Posted: 8}
    assert len({outcome.id for outcome in outcomes}) == 1
    assert [outcome.is_new for outcome in outcomes].count(True) == 1
    assert get_balances("ada", "bob") == [700, 1300]
    check_ledger_laws()


def test_one_key_on_other_accounts_at_once_is_won_by_one(now: datetime) -> None:
    accounts = [
        (make_funded(code=f"from{n}", minor=5, now=now), make_account(code=f"to{n}", now=now)) for n in range(6)
    ]
    calls = [partial(post, key="t", kind="transfer", lines=transfer(*pair, 5), now=now) for pair in accounts]

    outcomes = do_together(calls)

    assert count_kinds(outcomes) == {Posted: 1, PostingKeyReused: 5}
    assert sum(get_balances(*(to for _, to in accounts))) == 5
    check_ledger_laws()


@pytest.mark.parametrize("is_same", [True, False])
def test_a_batch_waits_for_a_key_that_another_is_posting(now: datetime, is_same: bool) -> None:
    """The other has locked accounts the batch does not touch, so only the unique key brings them together."""
    for code in ("cyd", "eve"):
        make_funded(code=code, minor=10, now=now)
    theirs = transfer("ada", "bob", 5)
    mine = [
        NewPosting("m", "transfer", transfer("cyd", "eve", 3)),
        NewPosting("t", "transfer", transfer("cyd", "eve", 4)),
    ]
    has_posted, may_commit = Event(), Event()

    def post_slowly() -> None:
        with transaction.atomic():
            post(key="t", kind="transfer", lines=transfer("cyd", "eve", 4) if is_same else theirs, now=now)
            has_posted.set()
            may_commit.wait(1)

    def post_batch() -> list[Posted]:
        assert has_posted.wait(10)
        return post_many(postings=mine, now=now)

    _, outcome = do_together([post_slowly, post_batch])

    if is_same:
        assert [each.is_new for each in outcome] == [True, False]
        assert get_balances("ada", "cyd", "eve") == [1000, 3, 17]
    else:
        assert isinstance(outcome, PostingKeyReused)
        assert get_balances("ada", "cyd", "eve") == [995, 10, 10]
    check_ledger_laws()


def test_opposite_transfers_do_not_wait_for_each_other_for_ever(now: datetime) -> None:
    def run(source: str, target: str) -> None:
        for number in range(40):
            post(key=f"{source}{number}", kind="transfer", lines=transfer(source, target, 7), now=now)

    outcomes = do_together([partial(run, "ada", "bob"), partial(run, "bob", "ada")] * 1)

    assert outcomes == [None, None]
    assert get_balances("ada", "bob") == [1000, 1000]
    assert Posting.objects.filter(kind="transfer").count() == 80
    check_ledger_laws()


def test_batches_in_opposite_order_over_the_same_accounts(now: datetime) -> None:
    codes = [make_funded(code=f"p{number}", minor=1000, now=now) for number in range(12)]
    pairs = list(zip(codes, codes[1:] + codes[:1], strict=True))

    def run(name: str, order: list[tuple[str, str]]) -> None:
        for turn in range(5):
            postings = [NewPosting(f"{name}{turn}{pair}", "transfer", transfer(*pair, 1)) for pair in order]
            post_many(postings=postings, now=now)

    outcomes = do_together([partial(run, "x", pairs), partial(run, "y", pairs[::-1]), partial(run, "z", pairs[5:])])

    assert outcomes == [None] * 3
    check_ledger_laws()


def test_a_posting_is_reversed_by_one(now: datetime) -> None:
    post(key="t", kind="transfer", lines=transfer("ada", "bob", 300), now=now)
    calls = [partial(reverse, key=f"r{number}", posting_key="t", kind="mistake", now=now) for number in range(6)]

    outcomes = do_together(calls)

    assert count_kinds(outcomes) == {Posted: 1, AlreadyReversed: 5}
    assert get_balances("ada", "bob") == [1000, 1000]
    check_ledger_laws()
