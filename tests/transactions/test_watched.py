"""Addresses are seen by every process from the moment they were committed, however their transactions cross."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import IntegrityError, connection, transaction

import custody.queries
from kit.commits import Snapshot, snapshot
from tests.factories.accounts import make_user
from tests.factories.custody import make_vaults
from transactions.queries import watched
from wallets.models import Address, Wallet
from wallets.queries import Owner

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


@pytest.fixture
def wallet(settings, tmp_path, now) -> Wallet:
    make_vaults(settings, tmp_path)
    user = make_user(now=now)
    return Wallet.objects.create(id="wal_" + "0" * 26, user=user, network_id="bitcoin", created_at=now)


@pytest.fixture
def watch(monkeypatch):
    """A process of its own, as far as addresses go."""
    watched._watch.cache_clear()
    yield watched._watch("bitcoin")
    watched._watch.cache_clear()


def give(wallet: Wallet, address: str, now) -> None:
    Address.objects.create(wallet=wallet, network_id="bitcoin", address=address, key_id=address, created_at=now)


def ours(*addresses: str) -> list[str]:
    return sorted(watched.owners_among(network="bitcoin", addresses=addresses))


@contextmanager
def in_another_session(work) -> Iterator[threading.Event]:
    """Let somebody else do this in a transaction that is committed once the block ends."""
    written, go_on = threading.Event(), threading.Event()

    def run() -> None:
        try:
            with transaction.atomic():
                work()
                written.set()
                assert go_on.wait(30)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    assert written.wait(30)
    try:
        yield written
    finally:
        go_on.set()
        thread.join(30)


def test_an_address_is_seen_with_its_owner_once_it_is_committed_and_strangers_are_not(wallet, watch, now):
    assert ours("a", "b") == []
    with in_another_session(lambda: give(wallet, "a", now)):
        assert ours("a", "b") == []
    assert ours("a", "b") == ["a"]
    hot = custody.queries.hot_address(network="bitcoin")
    found = watched.owners_among(network="bitcoin", addresses=["a", hot, "b"])
    assert found == {"a": Owner(wallet.pk, wallet.user_id), hot: None}


def test_one_that_took_its_number_first_and_committed_last_is_not_missed(wallet, watch, now):
    ours("any")
    with in_another_session(lambda: give(wallet, "early", now)):
        give(wallet, "late", now)
        for _ in range(3):
            assert ours("early", "late") == ["late"]  # a mark by the highest id would stand above "early" now
    early, late = Address.objects.get(address="early"), Address.objects.get(address="late")
    assert early.pk < late.pk
    assert early.made_by < late.made_by
    assert ours("early", "late") == ["early", "late"]


def test_what_commits_while_everything_is_read_is_read_with_the_next_look(wallet, watch, now):
    """Everything is read after the mark is taken, so that what lands in between counts as new."""
    before = snapshot()
    give(wallet, "between", now)
    watch._read_all(before)
    give(wallet, "after", now)
    assert ours("between", "after") == ["after", "between"]


def test_many_at_once_and_more_than_there_was_room_for_are_read_anew(wallet, watch, now, monkeypatch):
    monkeypatch.setattr(watched, "FEW", 3)
    ours("any")
    first = watch._sieve
    for name in ("a", "b", "c", "d"):
        give(wallet, name, now)
    assert ours("a", "b", "c", "d", "e") == ["a", "b", "c", "d"]
    assert watch._sieve is not first
    watch._sieve.room = watch._sieve.count
    give(wallet, "e", now)
    second = watch._sieve
    assert ours("e") == ["e"]
    assert watch._sieve is not second


@pytest.mark.parametrize(
    "then",
    [
        lambda known: Snapshot(2**62, 2**62, known.run),  # the server has gone back to an earlier moment
        lambda known: Snapshot(known.complete_below, known.begins_at, "another server"),
    ],
)
def test_after_a_restore_everything_is_read_anew(wallet, watch, now, then):
    ours("any")
    give(wallet, "restored", now)
    watch._known = then(watch._known)
    assert ours("restored") == ["restored"]
    assert watch._known.run == snapshot().run


def test_rows_from_a_dump_with_numbers_of_the_future_are_there_and_new_ones_too(wallet, watch, now):
    give(wallet, "new", now)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO wallets_address (wallet_id, network_id, address, key_id, created_at, made_by)"
            " VALUES (%s, 'bitcoin', 'old', 'old', %s, 9000000000000)",
            [wallet.pk, now],
        )
    assert ours("old", "new") == ["new", "old"]
    give(wallet, "newer", now)
    assert ours("old", "new", "newer") == ["new", "newer", "old"]


def test_an_address_cannot_be_changed_behind_the_watch(wallet, now):
    give(wallet, "a", now)
    with pytest.raises(IntegrityError, match="stays what and where it is"), transaction.atomic():
        Address.objects.filter(address="a").update(address="b")
    assert Address.objects.get().address == "a"
