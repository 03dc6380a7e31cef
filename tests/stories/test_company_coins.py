"""Coins that reach the company's own addresses from outside: in the books once final, under suspense."""

import pytest

import ledger.queries
from assets.queries import native_asset
from chains.models import BlockRecord, Cursor
from custody.base import Purpose
from custody.services import allocate_key
from devnet import capital, faucet
from tests.factories.world import World
from transactions.models import Deposit

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


def _suspense(network: str) -> int:
    return ledger.queries.balance(code=f"network:{network}:suspense", asset=native_asset(network).code)


@pytest.mark.parametrize("network", ["bitcoin", "ethereum"])
def test_a_top_up_of_the_hot_wallet_counts_only_once_final(world: World, network: str) -> None:
    asset = native_asset(network).code
    hot = allocate_key(network=network, purpose=Purpose.HOT, now=world.now).address
    faucet.fund(network=network, address=hot, minor=world.minor("0.25", asset))
    world.mine(network, world.settings.NETWORKS[network].final_depth)
    world.turn(1)
    assert _suspense(network) == 0
    assert Deposit.objects.get(network_id=network).status == "seen"

    world.mine(network)
    world.turn(2)
    assert _suspense(network) == world.minor("0.25", asset)
    deposit = Deposit.objects.get(network_id=network)
    assert (deposit.status, deposit.transaction.status) == ("final", "completed")
    assert deposit.wallet is None


def test_coins_somebody_pays_to_a_change_address_are_noticed(world: World) -> None:
    change = allocate_key(network="bitcoin", purpose=Purpose.CHANGE, now=world.now).address
    faucet.fund(network="bitcoin", address=change, minor=world.minor("0.1", "BTC"))
    world.finalize("bitcoin")
    world.turn(2)
    assert _suspense("bitcoin") == world.minor("0.1", "BTC")
    assert Deposit.objects.get(network_id="bitcoin").status == "final"


def test_every_network_is_read_before_anybody_is_shown_an_address(world: World) -> None:
    """What is paid in the first seconds of a house, before its workers have started, is in its books."""
    Cursor.objects.all().delete()
    BlockRecord.objects.all().delete()
    capital.bring_in(now=world.now)
    assert {"bitcoin", "ethereum"} <= set(Cursor.objects.values_list("network", flat=True))
    owner = world.person("bitcoin")
    world.fund(owner, "bitcoin", "0.5")
    world.mine("bitcoin", 3)
    world.finalize("bitcoin")
    world.turn(2)
    assert world.balance(owner, "bitcoin").available == world.minor("0.5", "BTC")
