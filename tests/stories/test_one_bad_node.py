"""One of three nodes lies, lags, is stuck, forgets or is dead: everything goes on, to the last unit."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import chains.errors
import chains.queries
import ledger.queries
from assets.queries import native_asset
from devnet.faults.server import Controls, FaultProxy
from devnet.places import free_port
from tests.factories.faults import spoiled
from tests.factories.world import World, living_world
from transactions.services.accounts import network_account

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.nodes]
NETWORKS = ["bitcoin", "ethereum"]
LIE = {
    "bitcoin": {"height": 1_000, "block": 1, "receipt": 1_000, "balance": 1_000, "fee": 100},
    "ethereum": {"height": 1_000, "block": 1_000, "receipt": 1, "balance": 10**24, "nonce": 1_000, "fee": 100},
}


def lie(controls: Controls, network: str) -> None:
    for about, by in LIE[network].items():
        controls.devnet_lie(about, by)


def lag(controls: Controls, network: str) -> None:
    controls.devnet_lag(2)  # not so much that it is left alone


def stall(controls: Controls, network: str) -> None:
    controls.devnet_stall()


def forget(controls: Controls, network: str) -> None:
    controls.devnet_drop(1_000)


def lose_answers(controls: Controls, network: str) -> None:
    controls.devnet_fault("drop", count=1_000)


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def world(network: str, transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[World]:
    with living_world(settings, tmp_path, [network]) as made:
        yield made


@pytest.fixture
def proxy(world: World, network: str) -> Iterator[FaultProxy]:
    with spoiled(world.settings.NETWORKS[network]) as made:
        yield made


def aim(world: World, network: str, *urls: str) -> None:
    config = replace(world.settings.NETWORKS[network], rpc_urls=urls)
    world.settings.NETWORKS = {**world.settings.NETWORKS, network: config}
    chains.queries.forget()


def the_whole_story(world: World, network: str) -> None:
    """A deposit arrives, is credited and gathered, and leaves again; the books are the network's."""
    owner = world.rich(network, "2")
    asset = native_asset(network).code
    to = world.stranger(network)
    sent = world.finish(world.send(owner, network, "0.5", to))
    assert sent.status == "completed"
    assert world.chain_balance(network, to) == sent.amount_minor
    left = world.balance(owner, network)
    assert left.available == world.minor("2", asset) - sent.amount_minor - sent.fee_minor
    assert (left.held, left.pending) == (0, 0)
    assert ledger.queries.balance(code=network_account(network, "in_transit"), asset=asset) == 0
    assert sent.attempts.count() == 1


@pytest.mark.parametrize("harm", [lie, lag, stall, forget, lose_answers])
def test_one_of_three_nodes_cannot_stop_or_change_anything(
    world: World, network: str, proxy: FaultProxy, harm: Any
) -> None:
    well = world.settings.NETWORKS[network].rpc_urls[0]
    aim(world, network, well, proxy.url, well)
    harm(proxy.controls, network)
    the_whole_story(world, network)
    aim(world, network, well)


def test_one_of_three_nodes_may_be_dead(world: World, network: str) -> None:
    well = world.settings.NETWORKS[network].rpc_urls[0]
    aim(world, network, well, f"http://127.0.0.1:{free_port()}", well)
    the_whole_story(world, network)
    aim(world, network, well)


def test_a_liar_among_two_stops_what_it_contradicts_or_is_found_out(
    world: World, network: str, proxy: FaultProxy
) -> None:
    well = world.settings.NETWORKS[network].rpc_urls[0]
    owner = world.person(network)
    aim(world, network, well, proxy.url)
    proxy.controls.devnet_lie("block", 1_000)
    world.fund(owner, network, "1")
    height = chains.queries.scanned_height(network=network)
    world.mine(network, 3)
    if network == "bitcoin":  # its block does not belong at that height: so it is left alone, and the other believed
        world.scan(network)
        assert world.adapter(network).health()[1].last_error == "broken"
    else:
        with pytest.raises(chains.errors.NodesDisagree):
            world.scan(network)
        assert chains.queries.scanned_height(network=network) == height
        assert world.balance(owner, network).available == 0
    proxy.controls.devnet_reset()
    world.finalize(network)
    assert world.balance(owner, network).available == world.minor("1", native_asset(network).code)
    aim(world, network, well)
