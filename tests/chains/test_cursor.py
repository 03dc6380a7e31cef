"""The cursor's guards, without a node: blocks by hand, refusals that move nothing, readers that race."""

from dataclasses import replace
from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import IntegrityError, connections, transaction

from chains.errors import NetworkHalted, ScanLost
from chains.models import BlockRecord, Cursor, Endpoint, FailedBlock
from chains.queries import get_cursor, network_health
from chains.services import failures, hold, pace, record_blocks, record_rollback, watch
from chains.values import Block, BlockRef
from events.models import Event

pytestmark = pytest.mark.django_db(databases="__all__", transaction=True)


def block(height, *, fork="", parent=""):
    return Block(BlockRef(height, f"{fork}{height}", parent or f"{fork}{height - 1}"), 0, ())


@pytest.fixture
def cursor(now):
    for height in (99, 100):
        BlockRecord.objects.create(network="bitcoin", height=height, hash=str(height), parent=str(height - 1))
    return Cursor.objects.create(network="bitcoin", height=100, hash="100", updated_at=now)


def place():
    cursor = Cursor.objects.get(pk="bitcoin")
    kept = list(BlockRecord.objects.order_by("height").values_list("height", "hash"))
    return cursor.height, cursor.hash, kept


def record(now, *blocks):
    with transaction.atomic():
        record_blocks(network="bitcoin", blocks=blocks, now=now)


def test_blocks_that_follow_are_recorded_and_old_ones_forgotten(cursor, now):
    record(now, block(101), block(102))
    assert place() == (102, "102", [(99, "99"), (100, "100"), (101, "101"), (102, "102")])
    record(now, *[block(height) for height in range(103, 108)])
    assert place()[2] == [(height, str(height)) for height in range(101, 108)]  # final_depth is 6


@pytest.mark.parametrize(
    "late",
    [block(100), block(102), block(101, parent="x"), block(101, fork="f")],
    ids=["recorded already", "a gap", "another parent", "another fork"],
)
def test_a_block_that_does_not_follow_moves_nothing(cursor, now, late):
    before = place()
    with pytest.raises(ScanLost):
        record(now, late)
    assert place() == before


def test_blocks_that_do_not_follow_one_another_are_a_bug(cursor, now):
    before = place()
    with pytest.raises(AssertionError, match="does not follow the one before"):
        record(now, block(101), block(103))
    assert place() == before


def test_a_halted_network_takes_no_blocks(cursor, now):
    Cursor.objects.update(halted_at=now, halted_reason="why")
    before = place()
    with pytest.raises(ScanLost):
        record(now, block(101))
    with pytest.raises(ScanLost), transaction.atomic():
        record_rollback(network="bitcoin", fork_height=99, now=now)
    assert place() == before
    assert network_health("bitcoin").halted_reason == "why"


def test_a_halt_has_its_reason(cursor, now):
    with pytest.raises(IntegrityError):
        Cursor.objects.update(halted_at=now)
    with pytest.raises(IntegrityError):
        Cursor.objects.update(halted_reason="why")


def test_a_rollback_forgets_what_was_above(cursor, now):
    record(now, block(101), block(102))
    with transaction.atomic():
        record_rollback(network="bitcoin", fork_height=100, now=now)
    assert place() == (100, "100", [(99, "99"), (100, "100")])
    record(now, block(101, fork="f", parent="100"))
    assert place()[1] == "f101"


@pytest.mark.parametrize("height", [100, 101, 98])
def test_a_rollback_to_where_the_cursor_is_or_never_was_moves_nothing(cursor, now, height):
    before = place()
    with pytest.raises(ScanLost), transaction.atomic():
        record_rollback(network="bitcoin", fork_height=height, now=now)
    assert place() == before
    assert Event.objects.count() == 0


def test_the_cursor_moves_only_in_the_transaction_of_what_it_caused(cursor, now):
    with pytest.raises(AssertionError):
        record_blocks(network="bitcoin", blocks=[block(101)], now=now)
    with pytest.raises(AssertionError):
        record_rollback(network="bitcoin", fork_height=99, now=now)
    assert place()[0] == 100


def test_of_many_readers_one_records_the_block(cursor, now):
    outcomes = []
    together = Barrier(6)

    def read():
        together.wait()
        try:
            record(now, block(101))
            outcomes.append("recorded")
        except ScanLost:
            outcomes.append("lost")
        finally:
            connections.close_all()

    readers = [Thread(target=read) for _ in range(6)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert sorted(outcomes) == ["lost"] * 5 + ["recorded"]
    assert place() == (101, "101", [(99, "99"), (100, "100"), (101, "101")])


def test_of_a_block_and_a_rollback_at_once_one_wins(cursor, now):
    outcomes = []
    together = Barrier(2)

    def race(work):
        together.wait()
        try:
            with transaction.atomic():
                work()
            outcomes.append(work.__name__)
        except ScanLost:
            outcomes.append("lost")
        finally:
            connections.close_all()

    def forward():
        record_blocks(network="bitcoin", blocks=[block(101)], now=now)

    def backward():
        record_rollback(network="bitcoin", fork_height=99, now=now)

    racers = [Thread(target=race, args=(work,)) for work in (forward, backward)]
    for racer in racers:
        racer.start()
    for racer in racers:
        racer.join()
    # Back after forward is no contradiction: the fork is below both. Forward after back is one.
    assert outcomes in (["backward", "lost"], ["lost", "backward"], ["forward", "backward"])
    assert place() == (99, "99", [(99, "99")])


def test_a_network_that_was_never_read_has_no_cursor(cursor):
    assert get_cursor("ethereum") is None
    health = network_health("ethereum")
    assert (health.height, health.lag_blocks, health.endpoints) == (None, 0, 0)


def told():
    facts = Event.objects.filter(type__in=["chains.lagging", "chains.caught_up"]).order_by("id")
    return [(fact.type, fact.subject, fact.data["lag_blocks"], fact.data["lag_seconds"]) for fact in facts]


@pytest.fixture
def public(settings):
    """The public chain's pace: blocks of local ones come faster."""
    settings.NETWORKS = {"bitcoin": replace(settings.NETWORKS["bitcoin"], block_seconds=600)}


def see(now, *, highest):
    Endpoint.objects.update_or_create(network="bitcoin", name="node", defaults={"highest_block": highest})
    watch(now=now)


def test_a_network_that_is_read_late_is_told_of_once_and_once_when_it_is_not(cursor, now, public):
    see(now, highest=102)  # two blocks come together at times
    assert told() == []
    for highest in (103, 104, 110):
        see(now, highest=highest)
    late = ("chains.lagging", "chains.cursor:bitcoin", 3, 1_800)
    assert told() == [late]
    Cursor.objects.update(height=109)
    for _ in range(2):
        see(now, highest=110)
    over = ("chains.caught_up", "chains.cursor:bitcoin", 1, 600)
    assert told() == [late, over]
    see(now, highest=120)
    assert told() == [late, over, ("chains.lagging", "chains.cursor:bitcoin", 11, 6_600)]


def test_blocks_that_come_every_moment_are_late_by_their_time(cursor, now, settings):
    settings.NETWORKS = {"bitcoin": replace(settings.NETWORKS["bitcoin"], block_seconds=1)}
    see(now, highest=399)
    assert told() == []
    see(now, highest=400)
    assert told() == [("chains.lagging", "chains.cursor:bitcoin", 300, 300)]


def test_a_halted_network_was_told_of_already(cursor, now, public):
    Cursor.objects.update(halted_at=now, halted_reason="A deep reorg.")
    see(now, highest=500)
    assert told() == []


def test_a_node_that_is_switched_off_is_not_asked_what_is_missing(cursor, now, public):
    Endpoint.objects.create(network="bitcoin", name="liar", highest_block=9_999, is_enabled=False)
    see(now, highest=100)
    assert told() == []


def test_the_window_is_halved_where_reading_is_slow_and_doubled_where_it_is_fast(cursor, now):
    def after(wanted, seconds):
        pace.adapt(network="bitcoin", wanted=wanted, seconds=seconds)
        return pace.window(network="bitcoin")

    assert pace.window(network="bitcoin") == 20
    assert [after(20, 31), after(10, 31), after(5, 400), after(2, 31), after(1, 31)] == [10, 5, 2, 1, 1]
    assert [after(1, 1.9), after(2, 2), after(2, 30), after(1, 0.1)] == [2, 2, 2, 2]  # one of two says nothing
    assert [after(2**power, 0.1) for power in range(1, 7)] == [4, 8, 16, 32, 64, 100]
    assert [after(100, 0.1), after(100, 31)] == [100, 50]


def test_a_block_that_cannot_be_read_is_waited_for_ever_longer_and_told_of_once(cursor, now):
    assert [failures.wait_seconds(tries=tries) for tries in (1, 4, 5, 6, 7, 11, 12, 500)] == [
        *(0, 0, 4, 8, 16),
        *(256, 300, 300),
    ]
    for tries in range(1, 8):
        failures.put_aside(network="bitcoin", height=101, problem=f"No. {tries}", now=now)
    failed = FailedBlock.objects.get()
    assert (failed.tries, failed.problem, failed.next_try_at) == (7, "No. 7", now + timedelta(seconds=16))
    assert failures.is_put_aside(network="bitcoin", height=101, now=now + timedelta(seconds=15))
    assert not failures.is_put_aside(network="bitcoin", height=101, now=now + timedelta(seconds=16))
    assert failures.in_the_way(network="bitcoin") == 101
    with transaction.atomic():
        record_blocks(network="bitcoin", blocks=[block(101)], now=now)
    failed.refresh_from_db()
    assert failed.read_at == now
    assert failures.in_the_way(network="bitcoin") is None
    told = Event.objects.filter(type__startswith="chains.block_").order_by("id")
    assert [(each.type, each.data["reason"]) for each in told] == [
        ("chains.block_failed", "No. 5"),
        ("chains.block_read", "No. 7"),
    ]


def test_a_block_of_a_branch_that_was_given_up_is_waited_for_no_more(cursor, now):
    failures.put_aside(network="bitcoin", height=101, problem="No.", now=now)
    with transaction.atomic():
        record_rollback(network="bitcoin", fork_height=99, now=now)
    assert not FailedBlock.objects.exists()


def test_only_a_block_that_was_read_is_held(cursor, now):
    with transaction.atomic():
        hold(network="bitcoin", block=BlockRef(100, "100", "99"))
        hold(network="bitcoin", block=BlockRef(1, "whatever", "0"))  # older than those kept: nodes vouch for it
    for height, name in ((101, "101"), (100, "another")):
        with transaction.atomic(), pytest.raises(ScanLost):
            hold(network="bitcoin", block=BlockRef(height, name, "?"))
    Cursor.objects.update(halted_at=now, halted_reason="A deep reorg.")
    with transaction.atomic(), pytest.raises(NetworkHalted):
        hold(network="bitcoin", block=BlockRef(100, "100", "99"))
