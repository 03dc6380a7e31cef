"""Whatever is posted, in whatever order, the laws hold, and a simple model in Python says the same."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kit.money import Money
from ledger.errors import HoldExceeded, InsufficientFunds
from ledger.queries import balances, get_hold, get_mark, standings
from ledger.services import Line, NewPosting, expire_holds, post, post_many, release, reserve, settle
from ledger.services.group import Waiting, write_group
from ledger.services.marks import convert, mark, unmark
from tests.factories.ledger import make_wallet
from tests.laws.ledger import check_ledger_laws

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
NAMES = ("ada", "bob", "cyd")
names = st.sampled_from(NAMES)
assets = st.sampled_from(("BTC", "ETH"))
amounts = st.integers(1, 400) | st.integers(1, 2**90)
moves = st.tuples(names, names, assets, amounts)
steps = st.one_of(
    st.tuples(st.just("post"), st.lists(moves, min_size=1, max_size=3)),
    st.tuples(st.just("batch"), st.lists(moves, min_size=1, max_size=6)),
    st.tuples(st.just("group"), st.lists(moves, min_size=1, max_size=8)),
    st.tuples(st.just("reserve"), moves),
    st.tuples(st.just("settle"), st.tuples(st.integers(0, 5), names, amounts, st.booleans())),
    st.tuples(st.just("release"), st.integers(0, 5)),
    st.tuples(st.just("expire"), st.just(None)),
    st.tuples(st.just("mark"), moves),
    st.tuples(st.just("unmark"), st.integers(0, 3)),
    st.tuples(st.just("convert"), st.integers(0, 3)),
)


class Model:
    """What the balances should be, kept as simply as can be: one dict, all or nothing."""

    def __init__(self) -> None:
        self.balances: dict[tuple[str, str], int] = defaultdict(int)
        self.holds: list[tuple[str, str, str]] = []
        self.marked: dict[tuple[str, str], int] = defaultdict(int)
        self.marks: list[tuple[str, str, str]] = []
        for asset in ("BTC", "ETH"):
            for name in NAMES:
                make_wallet(name=name, minor=1000, asset=asset, now=NOW)
                self.balances[f"wallet:{name}:available", asset] = 1000

    def apply(self, lines: list[Line]) -> bool:
        """Carry the lines out in order; say False, and change nothing, where one overdraws."""
        after = self.balances.copy()
        for account, money in lines:
            after[account, money.asset] += money.minor
            if after[account, money.asset] < self.marked[account, money.asset]:
                return False
        self.balances = after
        return True


def to_lines(move: tuple[str, str, str, int]) -> list[Line]:
    source, target, asset, minor = move
    return [
        Line(f"wallet:{source}:available", Money(-minor, asset)),
        Line(f"wallet:{target}:available", Money(minor, asset)),
    ]


@given(st.lists(steps, max_size=14))
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_books_agree_with_a_simple_model(steps: list[tuple[str, Any]]) -> None:
    with transaction.atomic():
        model = Model()
        for number, (what, content) in enumerate(steps):
            globals()[f"_{what}"](model, f"k{number}", content)
            wanted = {key: minor for key, minor in model.balances.items() if minor}
            codes = [f"wallet:{name}:{part}" for name in NAMES for part in ("available", "held")]
            assert {key: minor for key, minor in balances(codes).items() if minor} == wanted
            promised = {key: minor for key, minor in model.marked.items() if minor}
            assert {key: found.marked for key, found in standings(codes).items() if found.marked} == promised
            assert all(found.spendable >= 0 for found in standings(codes).values())
        check_ledger_laws()
        transaction.set_rollback(True)


def _post(model: Model, key: str, content: list[Any]) -> None:
    lines = [line for move in content for line in to_lines(move)]
    _expect(model.apply(lines), InsufficientFunds, lambda: post(key=key, kind="x", lines=lines, now=NOW))


def _batch(model: Model, key: str, content: list[Any]) -> None:
    postings = [NewPosting(f"{key}:{number}", "x", to_lines(move)) for number, move in enumerate(content)]
    is_possible = model.apply([line for posting in postings for line in posting.lines])
    _expect(is_possible, InsufficientFunds, lambda: post_many(postings=postings, now=NOW))


def _group(model: Model, key: str, content: list[Any]) -> None:
    """Each key is asked for twice, so that what was refused first may come to stand later."""
    asked = [Waiting(f"{key}:{number % 3}:{move}", "x", to_lines(move), NOW) for number, move in enumerate(content * 2)]
    known: set[str] = set()
    wanted = []
    for each in asked:
        wanted.append(
            "known" if each.key in known else "new" if model.apply(list(each.lines)) else "insufficient_funds"
        )
        known |= {each.key} if wanted[-1] == "new" else set()
    rows = write_group(asked, is_patient=False)
    assert [problem or ("new" if is_new else "known") for _, is_new, problem, _ in rows] == wanted


def _reserve(model: Model, key: str, content: Any) -> None:
    name, _, asset, minor = content
    available, held = f"wallet:{name}:available", f"wallet:{name}:held"
    is_possible = model.apply([Line(available, Money(-minor, asset)), Line(held, Money(minor, asset))])
    money, expires_at = Money(minor, asset), NOW + timedelta(hours=1)

    def call() -> None:
        reserve(key=key, available=available, held=held, money=money, now=NOW, expires_at=expires_at)

    _expect(is_possible, InsufficientFunds, call)
    if is_possible:
        model.holds.append((key, name, asset))


def _settle(model: Model, key: str, content: Any) -> None:
    number, target, minor, is_final = content
    if number >= len(model.holds):
        return
    hold, name, asset = model.holds[number]
    remaining = get_hold(key=hold).remaining
    lines = [Line(f"wallet:{target}:available", Money(minor, asset))]
    is_possible = minor <= remaining
    if is_possible:
        rest = remaining - minor if is_final else 0
        back = Line(f"wallet:{name}:available", Money(rest, asset))
        assert model.apply([Line(f"wallet:{name}:held", Money(-minor - rest, asset)), *lines, back])

    def call() -> None:
        settle(key=hold, posting_key=key, kind="x", lines=lines, now=NOW, is_final=is_final)

    _expect(is_possible, HoldExceeded, call)


def _release(model: Model, key: str, content: int) -> None:
    if content < len(model.holds):
        _forget(model, *model.holds[content])
        release(key=model.holds[content][0], now=NOW)


def _expire(model: Model, key: str, content: None) -> None:
    open_holds = sum(_forget(model, *hold) for hold in model.holds)
    assert expire_holds(now=NOW + timedelta(hours=1)) == open_holds


def _mark(model: Model, key: str, content: Any) -> None:
    name, _, asset, minor = content
    account = f"wallet:{name}:available"
    is_possible = model.balances[account, asset] - model.marked[account, asset] >= minor
    _expect(is_possible, InsufficientFunds, lambda: mark(key=key, account=account, money=Money(minor, asset), now=NOW))
    if is_possible:
        model.marked[account, asset] += minor
        model.marks.append((key, name, asset))


def _unmark(model: Model, key: str, content: int) -> None:
    if content < len(model.marks):
        made, name, asset = model.marks[content]
        model.marked[f"wallet:{name}:available", asset] -= unmark(key=made)


def _convert(model: Model, key: str, content: int) -> None:
    if content >= len(model.marks):
        return
    made, name, asset = model.marks[content]
    available, held, left = f"wallet:{name}:available", f"wallet:{name}:held", get_mark(key=made).remaining
    if left:
        model.marked[available, asset] -= left
        assert model.apply([Line(available, Money(-left, asset)), Line(held, Money(left, asset))])
        model.holds.append((key, name, asset))

    def call() -> None:
        convert(key=made, hold_key=key, held=held, now=NOW, expires_at=NOW + timedelta(hours=1))

    _expect(left > 0, HoldExceeded, call)


def _forget(model: Model, hold: str, name: str, asset: str) -> bool:
    remaining = get_hold(key=hold).remaining
    held, available = f"wallet:{name}:held", f"wallet:{name}:available"
    assert model.apply([Line(held, Money(-remaining, asset)), Line(available, Money(remaining, asset))])
    return remaining > 0


def _expect(is_possible: bool, error: type[Exception], call: Any) -> None:
    if is_possible:
        call()
    else:
        with pytest.raises(error):
            call()
