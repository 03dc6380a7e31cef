"""Who does whose work, when several threads ask at the same time."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest

from kit.company import Company, Unanswered

SECONDS = 10


class Works:
    """Work that can be held up; it notes which groups it was given. A negative number is refused."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.is_begun = threading.Event()
        self.may_go_on = threading.Event()
        self.may_go_on.set()
        self.breaks_on = 0

    def __call__(self, items: Sequence[int]) -> list[int | BaseException]:
        self.groups.append(list(items))
        self.is_begun.set()
        assert self.may_go_on.wait(SECONDS)
        if self.breaks_on and self.breaks_on in items:
            raise RuntimeError("broken")
        return [ValueError(str(item)) if item < 0 else item * 10 for item in items]


@contextmanager
def asking(company: Company[int, int], items: Sequence[int], works: Works) -> Iterator[dict[int, Any]]:
    """Ask for the first, which is held up; then for the others in their order, while it is at work; then let it go."""
    answers: dict[int, Any] = {}

    def ask(item: int) -> None:
        try:
            answers[item] = company.ask(item, timeout_seconds=SECONDS)
        except Exception as error:  # noqa: BLE001  # it is the answer
            answers[item] = error

    works.may_go_on.clear()
    threads = [threading.Thread(target=ask, args=(item,)) for item in items]
    threads[0].start()
    assert works.is_begun.wait(SECONDS)
    for number, thread in enumerate(threads[1:], start=1):
        thread.start()
        _wait(partial(_has_queued, company, number))
    yield answers
    works.may_go_on.set()
    for thread in threads:
        thread.join(SECONDS)
    assert not any(thread.is_alive() for thread in threads)


def _has_queued(company: Company[int, int], number: int) -> bool:
    return len(company._queue) == number


def _wait(condition: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(SECONDS * 1000):
        if condition():
            return
        pause.wait(0.001)
    raise AssertionError("it never came to that")


def test_who_comes_alone_works_alone() -> None:
    works = Works()
    company = Company(works, most=8)
    assert [company.ask(item, timeout_seconds=SECONDS) for item in (1, 2)] == [10, 20]
    assert works.groups == [[1], [2]]


def test_who_comes_meanwhile_is_done_together_and_answered_each_by_itself() -> None:
    works = Works()
    with asking(Company(works, most=8), [1, 2, -3, 4], works) as answers:
        pass
    assert works.groups == [[1], [2, -3, 4]]
    assert (answers[1], answers[2], answers[4]) == (10, 20, 40)
    assert isinstance(answers[-3], ValueError)


def test_who_is_coming_is_waited_for_until_it_comes_or_says_that_it_does_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("kit.company.GATHER_SECONDS", SECONDS)
    works = Works()
    company = Company(works, most=8)
    answers: dict[int, int] = {}

    def ask(item: int) -> None:
        answers[item] = company.ask(item, timeout_seconds=SECONDS)

    with company.coming():
        leader = threading.Thread(target=ask, args=(1,))
        leader.start()
        _wait(partial(_has_queued, company, 1))
        assert not works.groups
        ask(2)
    leader.join(SECONDS)
    assert answers == {1: 10, 2: 20}
    assert works.groups == [[1, 2]]
    with company.coming():
        leader = threading.Thread(target=ask, args=(3,))
        leader.start()
        _wait(partial(_has_queued, company, 1))
        company.not_coming()
        leader.join(SECONDS)
        assert works.groups == [[1, 2], [3]]
    assert company._coming == 0


def test_who_does_not_come_holds_nobody_up_for_long() -> None:
    works = Works()
    company = Company(works, most=8)
    with company.coming():
        leader = threading.Thread(target=lambda: company.ask(1, timeout_seconds=SECONDS))
        leader.start()
        leader.join(SECONDS)
    assert works.groups == [[1]]


def test_a_group_has_its_limit() -> None:
    works = Works()
    with asking(Company(works, most=2), [1, 2, 3, 4], works) as answers:
        pass
    assert works.groups == [[1], [2, 3], [4]]
    assert answers == {1: 10, 2: 20, 3: 30, 4: 40}


def test_what_breaks_is_raised_to_all_of_its_group_and_the_next_goes_on() -> None:
    works = Works()
    works.breaks_on = 3
    company = Company(works, most=2)
    with asking(company, [1, 2, 3, 4], works) as answers:
        pass
    assert answers[1] == 10
    assert answers[4] == 40
    assert {type(answers[2]), type(answers[3])} == {RuntimeError}
    assert company.ask(5, timeout_seconds=SECONDS) == 50


def test_who_waits_too_long_is_told_so_and_is_not_done_afterwards() -> None:
    works = Works()
    company = Company(works, most=8)
    with asking(company, [1], works) as answers, pytest.raises(Unanswered):
        company.ask(2, timeout_seconds=0.05)
    assert answers == {1: 10}
    assert works.groups == [[1]]
    assert company.ask(3, timeout_seconds=SECONDS) == 30


def test_many_threads_are_all_answered_and_nothing_is_done_twice() -> None:
    done: list[int] = []

    def work(items: Sequence[int]) -> list[int | BaseException]:
        done.extend(items)
        return [item + 1 for item in items]

    company: Company[int, int] = Company(work, most=5)
    answers: dict[int, int] = {}

    def ask(first: int) -> None:
        for item in range(first, first + 50):
            answers[item] = company.ask(item, timeout_seconds=SECONDS)

    threads = [threading.Thread(target=ask, args=(place * 50,)) for place in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert answers == {item: item + 1 for item in range(800)}
    assert sorted(done) == list(range(800))
