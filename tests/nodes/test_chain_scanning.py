"""Reading a real network block by block: what is new, what a reorganisation undoes, when to stop and how to go on."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction

import chains.queries
from chains.errors import NodeUnavailable, NotHalted, ScanLost
from chains.models import BlockRecord, Cursor, Endpoint
from chains.services import (
    endpoints,
    get_fee_rate,
    read_next,
    record_blocks,
    record_rollback,
    refresh_fee_rates,
    resume,
    start_cursor,
)
from chains.tasks import refresh_fees
from chains.values import Block, Priority
from events.models import Event
from rates.models import ChainFee
from tests.factories.chain_nodes import dead_url
from tests.factories.chain_rigs import SHARE, connect, rig
from tests.factories.chains import public_key
from tests.factories.rpc_servers import Relay, rpc_server

pytestmark = pytest.mark.django_db(databases="__all__")


@pytest.fixture(scope="module", params=["bitcoin", "evm"])
def node(request, tmp_path_factory):
    with rig(request.param, tmp_path_factory.mktemp("node") / "data") as node:
        node.mine(10)
        yield node


@pytest.fixture
def use(node, settings):
    """Let the product speak to the node, or to these endpoints."""

    def use(*urls, **changes):
        config = replace(node.config, rpc_urls=urls or (node.url,), **changes)
        settings.NETWORKS = {**settings.NETWORKS, config.code: config}
        chains.queries.forget()
        return config.code

    yield use
    chains.queries.forget()


@pytest.fixture
def network(use, now):
    code = use()
    start_cursor(network=code, now=now)
    return code


def catch_up(network, now):
    """Record everything there is; return the blocks."""
    seen: list[Block] = []
    while True:
        advance = read_next(network=network, limit=3, now=now)
        if advance.kind != "blocks":
            assert advance.kind == "nothing"
            return seen
        assert len(advance.blocks) <= 3
        with transaction.atomic():
            record_blocks(network=network, blocks=advance.blocks, now=now)
        seen.extend(advance.blocks)


def window(network):
    return list(BlockRecord.objects.filter(network=network).order_by("height").values_list("height", "hash"))


def test_reading_begins_at_the_head_with_the_blocks_below_it_kept(node, network, now):
    head = connect(node).head()
    cursor = Cursor.objects.get(pk=network)
    assert (cursor.height, cursor.hash, cursor.halted_at) == (head.height, head.hash, None)
    assert [height for height, _ in window(network)] == list(range(head.height - 6, head.height + 1))
    node.mine()
    start_cursor(network=network, now=now)
    assert Cursor.objects.get(pk=network).height == head.height


def test_new_blocks_are_read_in_bounded_portions_and_the_window_moves_on(node, network, now):
    assert read_next(network=network, limit=3, now=now).kind == "nothing"
    start = Cursor.objects.get(pk=network).height
    txid = node.fund("reader")
    node.mine(8)
    blocks = catch_up(network, now)
    assert [block.ref.height for block in blocks] == list(range(start + 1, start + 9))
    address = connect(node).address_of(public_key("reader"))
    found = [(each.txid, each.minor) for block in blocks for each in block.movements if each.address == address]
    assert (txid, SHARE[node.name]) in found
    assert [height for height, _ in window(network)] == list(range(start + 2, start + 9))
    assert dict(window(network))[start + 8] == Cursor.objects.get(pk=network).hash


@pytest.mark.parametrize("depth", [1, 3, 6])
def test_a_reorganisation_within_the_window_rolls_back_to_the_fork(node, network, now, depth):
    node.mine(4)
    catch_up(network, now)
    before = dict(window(network))
    tip = Cursor.objects.get(pk=network)
    node.reorg(depth)
    advance = read_next(network=network, limit=3, now=now)
    assert (advance.kind, advance.blocks, advance.fork_height) == ("rollback", (), tip.height - depth)
    assert Cursor.objects.get(pk=network).height == tip.height  # reading alone moves nothing
    with transaction.atomic():
        record_rollback(network=network, fork_height=advance.fork_height, now=now)
    cursor = Cursor.objects.get(pk=network)
    assert (cursor.height, cursor.hash) == (tip.height - depth, before[tip.height - depth])
    event = Event.objects.get(type="chains.rolled_back")
    assert event.data == {
        "from_height": tip.height,
        "from_hash": tip.hash,
        "to_height": cursor.height,
        "to_hash": cursor.hash,
    }
    blocks = catch_up(network, now)
    assert blocks[0].ref.parent == before[cursor.height]
    assert Cursor.objects.get(pk=network).hash == connect(node).head().hash


def test_a_fork_below_the_window_halts_the_network_until_it_is_resumed(node, network, now):
    node.mine(4)
    catch_up(network, now)
    tip = Cursor.objects.get(pk=network)
    oldest = window(network)[0][0]
    node.reorg(7)
    assert read_next(network=network, limit=3, now=now).kind == "halted"
    cursor = Cursor.objects.get(pk=network)
    assert (cursor.height, cursor.hash, cursor.halted_at) == (tip.height, tip.hash, now)
    assert cursor.halted_reason == f"The chain forked more than 6 blocks below {tip.height}."
    assert read_next(network=network, limit=3, now=now).kind == "halted"
    assert Event.objects.filter(type="chains.halted").count() == 1
    with transaction.atomic(), pytest.raises(ScanLost):
        record_rollback(network=network, fork_height=tip.height - 1, now=now)
    height = resume(network=network, actor="usr_operator", now=now)
    assert height == oldest
    event = Event.objects.get(type="chains.resumed")
    assert (event.actor, event.data["from_height"], event.data["to_height"]) == ("usr_operator", tip.height, oldest)
    advance = read_next(network=network, limit=3, now=now)
    assert (advance.kind, advance.fork_height) == ("rollback", oldest)
    with transaction.atomic():
        record_rollback(network=network, fork_height=oldest, now=now)
    blocks = catch_up(network, now)
    assert blocks[0].ref.height == oldest + 1
    assert Cursor.objects.get(pk=network).hash == connect(node).head().hash
    with pytest.raises(NotHalted):
        resume(network=network, actor="usr_operator", now=now)


def test_two_readers_cannot_both_record_a_block(node, network, now):
    node.mine(2)
    advance = read_next(network=network, limit=1, now=now)
    with transaction.atomic():
        record_blocks(network=network, blocks=advance.blocks, now=now)
    kept, cursor = window(network), Cursor.objects.get(pk=network)
    with pytest.raises(ScanLost), transaction.atomic():
        record_blocks(network=network, blocks=advance.blocks, now=now)
    assert window(network) == kept
    assert Cursor.objects.get(pk=network).hash == cursor.hash


def test_a_dead_first_endpoint_is_passed_over_and_reported(node, use, now):
    dead = dead_url()
    network = use(dead, node.url)
    start_cursor(network=network, now=now)
    node.mine()
    assert read_next(network=network, limit=5, now=now).kind == "blocks"
    later = now + timedelta(seconds=5)
    assert read_next(network=network, limit=5, now=later).kind == "blocks"
    rows = {row.name: row for row in Endpoint.objects.filter(network=network)}
    gone = rows[dead.removeprefix("http://")]
    assert (gone.consecutive_failures, gone.last_error, gone.last_ok_at) == (1, "connection", None)
    assert {row.highest_block for row in rows.values()} == {0, connect(node).head().height}
    assert not any("@" in name for name in rows)
    health = chains.queries.network_health(network)
    assert (health.endpoints_well, health.endpoints, health.lag_blocks, health.halted_reason) == (1, 2, 1, "")


def test_an_endpoint_in_the_past_is_passed_over(node, use, now):
    relay = Relay(node.url)
    frozen: dict[str, Any] = {}

    def in_the_past(method, pass_on):
        """Answers about the head as at the first time it was asked."""
        if method in {"getbestblockhash", "eth_getBlockByNumber"}:
            return frozen.setdefault(method, pass_on())
        return pass_on()

    with rpc_server(relay) as server:
        network = use(server.url, node.url)
        relay.fault = in_the_past
        start_cursor_direct(node, network, now)
        frozen.clear()
        assert read_next(network=network, limit=9, now=now).kind == "nothing"
        node.mine(5)
        advance = read_next(network=network, limit=9, now=now)
        assert (advance.kind, len(advance.blocks)) == ("blocks", 5)


def start_cursor_direct(node, network, now):
    """Begin at the head as the healthy node has it."""
    head = connect(node).head()
    Cursor.objects.create(network=network, height=head.height, hash=head.hash, updated_at=now)
    BlockRecord.objects.create(network=network, height=head.height, hash=head.hash, parent=head.parent)


def test_a_switched_off_endpoint_is_asked_no_more(node, use, now):
    with rpc_server(Relay(node.url)) as server:
        network = use(server.url, node.url)
        start_cursor(network=network, now=now)
        read_next(network=network, limit=1, now=now)
        endpoint = Endpoint.objects.get(network=network, name=server.name)
        endpoints.set_enabled(endpoint_id=endpoint.pk, is_enabled=False, actor="usr_operator", now=now)
        endpoints.set_enabled(endpoint_id=endpoint.pk, is_enabled=False, actor="usr_operator", now=now)
        assert Event.objects.filter(type="chains.endpoint_disabled").count() == 1
        before = len(server.calls)
        read_next(network=network, limit=1, now=now)
        assert len(server.calls) == before
        assert not Endpoint.objects.get(pk=endpoint.pk).is_enabled
        endpoints.set_enabled(endpoint_id=endpoint.pk, is_enabled=True, actor="usr_operator", now=now)
        read_next(network=network, limit=1, now=now)
        assert len(server.calls) > before


def test_without_a_node_nothing_is_recorded(use, network, now):
    before = window(network)
    use(dead_url())
    with pytest.raises(NodeUnavailable):
        read_next(network=network, limit=3, now=now)
    assert window(network) == before
    assert Cursor.objects.get(pk=network).halted_at is None


def test_fees_are_kept_and_asked_for_again_when_stale(node, use, network, now):
    asked = refresh_fee_rates(network=network, now=now)
    assert [rate.priority for rate in asked] == [Priority.SLOW, Priority.NORMAL, Priority.FAST]
    use(dead_url())
    fast = get_fee_rate(network=network, priority=Priority.FAST, now=now + timedelta(seconds=30))
    assert fast == asked[2]
    with pytest.raises(NodeUnavailable):
        get_fee_rate(network=network, priority=Priority.FAST, now=now + timedelta(seconds=31))
    use()
    later = now + timedelta(seconds=31)
    assert get_fee_rate(network=network, priority=Priority.SLOW, now=later).priority is Priority.SLOW
    assert set(ChainFee.objects.filter(network=network).values_list("at", flat=True)) == {later}


def test_the_schedule_refreshes_every_network_it_can_reach(node, use, settings):
    network = use()
    other = next(code for code in settings.NETWORKS if code != network)
    dead = replace(settings.NETWORKS[other], rpc_urls=(dead_url(),))
    settings.NETWORKS = {other: dead, network: settings.NETWORKS[network]}
    chains.queries.forget()
    refresh_fees()
    kept = ChainFee.objects.values_list("network", "priority").order_by("priority")
    assert list(kept) == [(network, "fast"), (network, "normal"), (network, "slow")]
