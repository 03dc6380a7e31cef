"""The pool under many hands: each key to one, none twice, and nothing half made when a worker is killed."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from custody.base import KeyRef, Purpose
from custody.errors import KeyPoolEmpty
from custody.models import Branch, Key
from custody.services import allocate_key
from custody.services.pool import fill_all
from tests.factories.crash import Reaper, run_process
from tests.factories.custody import NOW, make_vaults
from tests.factories.island import ISLAND, add_island, forget
from tests.races.together import do_together

pytestmark = pytest.mark.django_db(transaction=True)

POOL = 12


@pytest.fixture(autouse=True)
def _island(settings: Any, monkeypatch: pytest.MonkeyPatch, db: None, tmp_path: Path) -> Iterator[None]:
    add_island(settings, monkeypatch, pool=POOL)
    monkeypatch.setattr("kit.jobs.ring", lambda task, **ids: None)
    make_vaults(settings, tmp_path)
    yield
    forget()


def allocate() -> KeyRef:
    return allocate_key(network=ISLAND, purpose=Purpose.DEPOSIT, now=NOW)


def test_of_many_who_ask_at_once_each_gets_another_key() -> None:
    results = do_together([allocate] * POOL)
    assert {type(result) for result in results} == {KeyRef}
    assert len({result.id for result in results}) == POOL
    assert [type(result) for result in do_together([allocate] * 4)] == [KeyPoolEmpty] * 4


def test_who_asks_does_not_wait_for_another_that_has_not_committed() -> None:
    with transaction.atomic():
        mine = allocate()
        other = do_together([allocate])[0]
    assert isinstance(other, KeyRef)
    assert other.path == "m/44'/501'/0'/1'"
    assert mine.path == "m/44'/501'/0'/0'"


def test_taking_and_filling_at_once_lose_and_double_nothing() -> None:
    def take_some() -> list[str]:
        found = []
        for _ in range(6):
            try:
                found.append(allocate().id)
            except KeyPoolEmpty:
                fill_all(now=NOW)
        return found

    results = do_together([take_some] * 4 + [lambda: fill_all(now=NOW)] * 3)
    given = [key for result in results[:4] for key in result]
    assert len(given) == len(set(given)) == Key.objects.filter(purpose=Purpose.DEPOSIT, taken_at__isnull=False).count()
    fill_all(now=NOW)
    keys = Key.objects.filter(network=ISLAND, purpose=Purpose.DEPOSIT)
    assert sorted(keys.values_list("index", flat=True)) == list(range(keys.count()))
    assert keys.filter(taken_at__isnull=True).count() >= POOL


def test_many_workers_fill_it_once() -> None:
    for _ in range(5):
        allocate()
    made = do_together([lambda: fill_all(now=NOW)] * 5)
    assert sum(made) == 5
    assert Key.objects.filter(network=ISLAND, purpose=Purpose.DEPOSIT).count() == POOL + 5


def test_a_worker_killed_before_its_commit_has_made_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The keys are derived and sealed, and then the process dies: the next one makes the same ones."""
    for _ in range(4):
        allocate()
    before = list(Key.objects.order_by("pk").values())

    def die_before_commit(reaper: Reaper) -> None:
        original = Key.objects.bulk_create

        def bulk_create(keys: list[Key], **options: Any) -> list[Key]:
            made = original(keys, **options)
            assert len(made) == 4
            reaper.pass_by("derived, not committed")
            return made

        monkeypatch.setattr(Key.objects, "bulk_create", bulk_create)
        fill_all(now=NOW)

    assert run_process(die_before_commit, kill_at=1, networks=[]).moment == "derived, not committed"
    assert list(Key.objects.order_by("pk").values()) == before
    assert fill_all(now=NOW) == 4
    assert [key.path for key in Key.objects.filter(purpose=Purpose.DEPOSIT).order_by("index")] == [
        f"m/44'/501'/0'/{index}'" for index in range(POOL + 4)
    ]


def test_a_worker_killed_after_its_commit_has_made_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("custody.services.pool.BATCH", 3)
    for _ in range(POOL):
        allocate()
    outcome = run_process(lambda reaper: void(fill_all(now=NOW)), kill_at=2, networks=[])
    assert outcome.moment == "commit"
    assert Key.objects.filter(network=ISLAND, taken_at__isnull=True).count() == 6
    assert Branch.objects.get(vault__network=ISLAND, purpose=Purpose.DEPOSIT).next_index == POOL + 6
    assert fill_all(now=NOW) == POOL - 6


def void(_: object) -> None:
    """Nothing comes back from a process."""
