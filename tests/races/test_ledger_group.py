"""Many callers who post in company: exact, each with an answer of its own, and nothing lost whatever dies."""

import multiprocessing
import os
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections, transaction

from kit.errors import BusyElsewhere
from ledger.errors import InsufficientFunds, PostingInDoubt, PostingKeyReused, UnknownAccount
from ledger.models import Account, Posting
from ledger.queries import balance
from ledger.services import Line, Posted, group, post
from ledger.services.group import Waiting, post_in_group
from tests.factories.ledger import make_account, make_funded, transfer
from tests.laws.ledger import check_ledger_laws
from tests.races.together import do_together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _people(now: datetime) -> Iterator[None]:
    make_funded(code="ada", minor=1000, now=now)
    make_funded(code="bob", minor=1000, now=now)
    yield
    group.close()
    check_ledger_laws()


def ask(key: str, lines: list[Line], now: datetime, **more: Any) -> partial[Posted]:
    return partial(post_in_group, key=key, kind="transfer", lines=lines, now=now, **more)


def get_balances(*codes: str) -> list[int]:
    return [balance(code=code, asset="BTC") for code in codes]


def count_kinds(outcomes: list[object]) -> Counter[type]:
    return Counter(type(outcome) for outcome in outcomes)


def test_a_hot_account_is_spent_to_its_last_unit_and_no_further(now: datetime) -> None:
    outcomes = do_together([ask(f"t{number}", transfer("ada", "bob", 30), now) for number in range(60)])

    assert count_kinds(outcomes) == {Posted: 33, InsufficientFunds: 27}
    assert get_balances("ada", "bob") == [10, 1990]
    stand = {outcome.key for outcome in outcomes if isinstance(outcome, Posted)}
    assert set(Posting.objects.filter(kind="transfer").values_list("key", flat=True)) == stand


def test_everyone_gets_an_answer_of_their_own(now: datetime) -> None:
    post(key="known", kind="transfer", lines=transfer("ada", "bob", 1), now=now)
    calls = [ask(f"t{number}", transfer("ada", "bob", 1), now) for number in range(40)]
    wrong = [
        ask("short", transfer("ada", "bob", 5000), now),
        ask("known", transfer("ada", "bob", 2), now),
        ask("lost", transfer("ada", "nobody", 2), now),
        ask("k" * 161, transfer("ada", "bob", 2), now),
        ask("known", transfer("ada", "bob", 1), now),
    ]

    outcomes = do_together([*calls[:20], *wrong, *calls[20:]])

    assert [type(outcome) for outcome in outcomes[20:24]] == [
        InsufficientFunds,
        PostingKeyReused,
        UnknownAccount,
        outcomes[23].__class__,
    ]
    assert "too long" in str(outcomes[23])
    assert not outcomes[24].is_new
    assert count_kinds(outcomes[:20] + outcomes[25:]) == {Posted: 40}
    assert get_balances("ada", "bob") == [959, 1041]


def test_one_key_asked_for_by_many_is_posted_once(now: datetime) -> None:
    outcomes = do_together([ask("t", transfer("ada", "bob", 300), now)] * 20)

    assert len({outcome.id for outcome in outcomes}) == 1
    assert [outcome.is_new for outcome in outcomes].count(True) == 1
    assert get_balances("ada", "bob") == [700, 1300]


def test_an_account_that_someone_has_locked_holds_up_nobody_else(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for code in ("cyd", "eve"):
        make_funded(code=code, minor=10, now=now)
    call = group._call
    waits: list[tuple[str, bool]] = []

    def note(asked: Sequence[Waiting], *, is_patient: bool) -> Any:
        waits.extend((each.key, is_patient) for each in asked)
        return call(asked, is_patient=is_patient)

    monkeypatch.setattr(group, "_call", note)
    has_locked, may_go = threading.Event(), threading.Event()

    def lock() -> None:
        with transaction.atomic():
            list(Account.objects.filter(code="ada").select_for_update(no_key=True))
            has_locked.set()
            assert may_go.wait(10)

    def post_elsewhere() -> list[Posted]:
        assert has_locked.wait(10)
        time.sleep(0.1)  # the one on the locked account is waiting by now
        try:
            return [ask(f"e{number}", transfer("cyd", "eve", 1), now, timeout_seconds=5)() for number in range(5)]
        finally:
            may_go.set()

    def post_there() -> Posted:
        assert has_locked.wait(10)
        posted = ask("a", transfer("ada", "bob", 5), now)()
        assert may_go.is_set()
        return posted

    _, elsewhere, there = do_together([lock, post_elsewhere, post_there])

    assert [posted.is_new for posted in elsewhere] == [True] * 5
    assert isinstance(there, Posted)
    assert get_balances("ada", "bob", "cyd", "eve") == [995, 1005, 5, 15]
    assert {key for key, is_patient in waits if is_patient} == {"a"}
    assert {key for key, is_patient in waits if not is_patient} == {"a", "e0", "e1", "e2", "e3", "e4"}


def test_an_account_locked_for_long_is_refused_and_nothing_moves(now: datetime) -> None:
    make_funded(code="cyd", minor=10, now=now)
    with transaction.atomic():
        list(Account.objects.filter(code="ada").select_for_update(no_key=True))
        outcomes = do_together(
            [ask("a", transfer("ada", "bob", 5), now), ask("b", transfer("cyd", "ada", 5), now)]
            + [ask(f"c{number}", transfer("cyd", "bob", 1), now) for number in range(3)]
        )

    assert count_kinds(outcomes) == {BusyElsewhere: 2, Posted: 3}
    assert get_balances("ada", "bob", "cyd") == [1000, 1003, 7]
    assert ask("a", transfer("ada", "bob", 5), now)().is_new


def test_groups_and_others_in_opposite_order_end(now: datetime) -> None:
    codes = [make_funded(code=f"p{number}", minor=1000, now=now) for number in range(8)]
    pairs = list(zip(codes, codes[1:] + codes[:1], strict=True))

    def alone(name: str) -> None:
        for number, (source, target) in enumerate(pairs * 5):
            post(key=f"{name}{number}", kind="transfer", lines=transfer(target, source, 1), now=now)

    def in_company(name: str, order: list[tuple[str, str]]) -> None:
        for number, pair in enumerate(order * 5):
            ask(f"{name}{number}", transfer(*pair, 1), now)()

    outcomes = do_together(
        [partial(in_company, f"g{number}:", pairs[number:] + pairs[:number]) for number in range(8)]
        + [partial(in_company, "r:", pairs[::-1]), partial(alone, "a:"), partial(alone, "b:")]
    )

    assert outcomes == [None] * 11
    assert Posting.objects.filter(kind="transfer").count() == 11 * 40
    assert sum(get_balances(*codes)) == 8000


def test_a_leader_that_dies_leaves_doubt_and_the_next_one_leads(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    call, deaths = group._call, iter([True])

    def die_once(*arguments: Any, **more: Any) -> Any:
        if next(deaths, False):
            raise SystemExit("killed")
        return call(*arguments, **more)

    monkeypatch.setattr(group, "_call", die_once)
    begun = time.monotonic()
    outcomes = do_together(
        [ask(f"t{number}", transfer("ada", "bob", 1), now, timeout_seconds=60) for number in range(30)]
    )

    assert time.monotonic() - begun < 30, "somebody was forgotten"
    kinds = count_kinds(outcomes)
    assert kinds[PostingInDoubt] + kinds[Posted] == 30
    assert kinds[PostingInDoubt] > 0
    again = do_together([ask(f"t{number}", transfer("ada", "bob", 1), now) for number in range(30)])
    assert count_kinds(again) == {Posted: 30}
    assert get_balances("ada", "bob") == [970, 1030]


def test_a_connection_that_breaks_is_replaced(now: datetime) -> None:
    ask("a", transfer("ada", "bob", 1), now)()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND query LIKE '%ledger_post_group(%' AND pid <> pg_backend_pid()"
        )
        assert cursor.fetchall() == [(True,)]

    assert ask("b", transfer("ada", "bob", 1), now)().is_new
    assert get_balances("ada", "bob") == [998, 1002]


def test_who_cannot_wait_is_told_whether_it_may_stand(now: datetime) -> None:
    """The leader waits for a key that another is posting; one caller is in its hands, the next still in the queue."""
    make_funded(code="cyd", minor=10, now=now)
    make_account(code="dan", now=now)
    with transaction.atomic():
        post(key="t", kind="transfer", lines=transfer("cyd", "dan", 4), now=now)
        second = ask("u", transfer("ada", "bob", 1), now, timeout_seconds=0.1)
        taken, waiting = do_together(
            [ask("t", transfer("ada", "bob", 4), now, timeout_seconds=0.3), partial(_after, 0.1, second)]
        )

    assert isinstance(taken, PostingInDoubt)
    assert isinstance(waiting, BusyElsewhere)
    group.close()
    assert not Posting.objects.filter(key="u").exists()
    with pytest.raises(PostingKeyReused):
        ask("t", transfer("ada", "bob", 4), now)()
    assert get_balances("ada", "bob", "cyd", "dan") == [1000, 1000, 6, 4]


def test_closing_answers_what_was_asked_and_the_next_call_opens_another(now: datetime) -> None:
    outcomes = do_together(
        [ask(f"t{number}", transfer("ada", "bob", 1), now) for number in range(30)]
        + [partial(_after, 0.005, group.close)]
    )

    kinds = count_kinds(outcomes[:30])
    assert kinds[Posted] + kinds[BusyElsewhere] == 30
    assert get_balances("ada") == [1000 - kinds[Posted]]
    assert ask("after", transfer("ada", "bob", 1), now)().is_new


def test_a_leader_without_work_gives_its_connection_back(now: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group, "IDLE_SECONDS", 0.05)
    ask("a", transfer("ada", "bob", 1), now)()

    deadline = time.monotonic() + 5
    while any(thread.name == "ledger-group" for thread in threading.enumerate()) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not [thread for thread in threading.enumerate() if thread.name == "ledger-group"]
    assert ask("b", transfer("ada", "bob", 1), now)().is_new


@pytest.mark.parametrize("patience_seconds", [0.05, 0.3, 0.8])
def test_what_was_acknowledged_before_kill_9_is_found(now: datetime, tmp_path: Path, patience_seconds: float) -> None:
    """The process starts its own leader though its parent has one already."""
    ask("parents", transfer("ada", "bob", 1), now)()
    path = tmp_path / "acknowledged"
    connections.close_all()
    child = multiprocessing.get_context("fork").Process(target=_post_for_ever, args=(path, now))
    with group._poster()._quick._changed:  # as another thread may have it at any moment
        child.start()
    deadline = time.monotonic() + 30
    while not (path.exists() and path.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.005)
    time.sleep(patience_seconds)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    child.join()

    acknowledged = path.read_text().split("\n")[:-1]
    time.sleep(0.2)  # what PostgreSQL still had in hand
    assert acknowledged
    assert Posting.objects.filter(key__in=acknowledged).count() == len(acknowledged)
    written = Posting.objects.filter(kind="transfer").count() - 1
    assert len(acknowledged) <= written <= len(acknowledged) + group.MOST
    assert get_balances("ada", "bob") == [999 - written, 1001 + written]


def _after(seconds: float, call: Any) -> Any:
    time.sleep(seconds)
    return call()


def _post_for_ever(path: Path, now: datetime) -> None:
    def run(name: int) -> None:
        with path.open("a", buffering=1) as file:
            for number in range(20):
                key = f"{name}:{number}"
                ask(key, transfer("ada", "bob", 1), now)()
                file.write(f"{key}\n")
                time.sleep(0.02)

    threads = [threading.Thread(target=run, args=(name,)) for name in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    signal.pause()
