"""Runs: begun, ended, gone on with, and forgotten; and the command that says how it stands."""

from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection

import chains.queries
from assets.queries import get_asset
from chains.models import BlockRecord, Cursor
from chains.values import BlockRef
from kit import locks
from reconciliation import tasks
from reconciliation.errors import Unfinished
from reconciliation.models import Case, Holding, Run
from reconciliation.queries import cases
from reconciliation.services import history, networks, purchases, reading, runs
from tests.factories.custody import make_vaults
from tests.factories.reconciliation import make_case

pytestmark = pytest.mark.django_db

NETWORK, ROUND, FULL = Run.Subject.NETWORK, Run.Scope.ROUND, Run.Scope.FULL


def begin(now: datetime, scope: Run.Scope = ROUND, height: int = 100) -> Run:
    return runs.begin(subject=NETWORK, scope=scope, network="ethereum", height=height, now=now)


def end(run: Run, result: Run.Result, height: int | None = None) -> None:
    run.result, run.height = result, height
    run.save()


def test_the_first_look_is_at_everything_and_the_next_at_what_changed(now: datetime) -> None:
    first = begin(now)
    assert (first.scope, first.since_height) == (FULL, 100)
    end(first, Run.Result.CLEAN, 100)
    second = begin(now, height=130)
    assert (second.scope, second.since_height) == (ROUND, 100)
    end(second, Run.Result.INCONCLUSIVE)
    assert begin(now, height=140).since_height == 100


def test_what_was_not_finished_is_gone_on_with_and_rounds_do_not_wait(now: datetime) -> None:
    end(begin(now), Run.Result.CLEAN, 90)
    end(begin(now, FULL, height=100), Run.Result.UNFINISHED)
    assert runs.is_unfinished(network="ethereum")
    later = now + timedelta(minutes=1)
    between = begin(later, ROUND, height=104)
    assert (between.scope, between.since_height) == (ROUND, 90)
    end(between, Run.Result.CLEAN, 104)
    end(begin(later, FULL, height=105), Run.Result.INCONCLUSIVE)
    again = begin(later, FULL, height=105)
    assert (again.scope, again.since_at, again.since_height) == (FULL, now, 100)
    end(again, Run.Result.DIFFERENT, 105)
    assert not runs.is_unfinished(network="ethereum")
    after = begin(later, ROUND, height=107)
    assert (after.scope, after.since_height) == (ROUND, 105)


def test_a_first_look_that_was_not_finished_is_gone_on_with_by_rounds(now: datetime) -> None:
    end(begin(now), Run.Result.UNFINISHED)
    again = begin(now + timedelta(minutes=1), ROUND, height=105)
    assert (again.scope, again.since_at, again.since_height) == (FULL, now, 100)


def test_a_run_that_died_is_ended_by_the_next(now: datetime) -> None:
    dead = begin(now)
    begin(now)
    dead.refresh_from_db()
    assert (dead.result, dead.reason) == ("inconclusive", "It did not come to its end.")


def test_a_full_look_is_due_once_a_day(now: datetime) -> None:
    assert runs.is_full_due(subject=NETWORK, network="ethereum", now=now)
    end(begin(now), Run.Result.CLEAN, 100)
    assert not runs.is_full_due(subject=NETWORK, network="ethereum", now=now + timedelta(hours=22))
    assert runs.is_full_due(subject=NETWORK, network="ethereum", now=now + timedelta(hours=23))


def test_old_runs_that_found_nothing_are_forgotten_and_the_others_stay(now: datetime) -> None:
    case = make_case(now=now)
    old = begin(now)
    end(old, Run.Result.CLEAN, 100)
    assert runs.forget(now=now + timedelta(days=89)) == 0
    assert runs.forget(now=now + timedelta(days=91)) == 1
    assert set(Run.objects.all()) == {case.first_run}


def test_a_look_that_takes_too_long_goes_on_where_it_stood(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime
) -> None:
    make_vaults(settings, tmp_path)
    monkeypatch.setattr(reading, "READ_SECONDS", -1)
    run = begin(now)
    with pytest.raises(Unfinished):
        list(reading._chunks(["a"], get_asset("ETH"), stop=0.0))
    outcome = runs.carry_out(run, lambda: (_ for _ in ()).throw(Unfinished("2 are left.")), started=0.0)
    run.refresh_from_db()
    assert (outcome, run.result, run.reason) == (None, "unfinished", "2 are left.")
    assert not Holding.objects.exists()


def test_a_network_that_was_never_read_is_inconclusive(now: datetime) -> None:
    run = networks.check(network="ethereum", scope=ROUND, now=now)
    assert run is not None
    assert (run.result, run.reason) == ("inconclusive", "No block of it is final yet.")


def test_the_final_block_is_the_newest_beyond_the_window(now: datetime, settings: Any) -> None:
    depth = settings.NETWORKS["bitcoin"].final_depth
    assert chains.queries.final_block(network="bitcoin") is None
    Cursor.objects.create(network="bitcoin", height=100, hash="h100", updated_at=now)
    for height in range(100 - depth, 101):
        BlockRecord.objects.create(network="bitcoin", height=height, hash=f"h{height}", parent=f"h{height - 1}")
    found = chains.queries.final_block(network="bitcoin")
    assert found == BlockRef(100 - depth, f"h{100 - depth}", f"h{99 - depth}")


def test_the_command_says_what_is_open(now: datetime) -> None:
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", "--round", stdout=said)
    assert ended.value.code == 2
    assert "ethereum, full: inconclusive" in said.getvalue()
    case = make_case(now=now)
    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", stdout=said)
    assert ended.value.code == 1
    assert f"OPEN {case.pk}" in said.getvalue()
    assert [each.kind for each in cases.open_cases()] == ["network"]
    Case.objects.filter(pk=case.pk).update(status="explained")
    with pytest.raises(SystemExit) as ended:
        call_command("reconcile", "--network", "bitcoin", stdout=said)
    assert ended.value.code == 2


def test_rounds_ring_for_each_subject(monkeypatch: pytest.MonkeyPatch) -> None:
    rung: list[tuple[str, dict[str, str]]] = []
    monkeypatch.setattr("kit.jobs.ring", lambda task, **ids: rung.append((task, ids)))
    tasks.round_()
    assert ("reconciliation.check_network", {"network": "bitcoin", "scope": "round"}) in rung
    assert {task for task, _ in rung} == {
        "reconciliation.check_network",
        "reconciliation.check_purchases",
        "reconciliation.replay",
    }
    rung.clear()
    tasks.full()
    assert {ids["scope"] for _, ids in rung} == {"full"}
    tasks.replay("full")
    tasks.check_purchases("full")
    tasks.check_network("bitcoin", "round")
    last = {(run.subject, run.network): run.result for run in Run.objects.order_by("id")}
    assert last == {("history", ""): "clean", ("purchases", ""): "clean", ("network", "bitcoin"): "inconclusive"}
    rung.clear()
    tasks.full()
    assert {task for task, _ in rung} == {"reconciliation.check_network"}


@pytest.mark.django_db(transaction=True)
def test_of_two_runs_at_once_one_looks_and_the_other_leaves_it_to_that_one(now: datetime) -> None:
    """Of each subject."""
    names = ("reconciliation:ethereum", "reconciliation:purchases", "reconciliation:history")
    other = connection.copy()
    try:
        with other.cursor() as cursor:
            for name in names:
                cursor.execute("SELECT pg_advisory_lock(%s)", [locks._key(name)])
        assert networks.check(network="ethereum", scope=FULL, now=now) is None
        assert purchases.check(scope=FULL, now=now) is None
        assert history.check(scope=FULL, now=now) is None
    finally:
        other.close()
    assert not Run.objects.exists()
