"""Between the hot wallet and cold: what is too much leaves, what is lacking comes back at the word of two people."""

from typing import Any

import pytest

import custody.queries
import ledger.queries
from assets.queries import native_asset
from tests.factories.cold import approve, cold_key, export, keep_cold
from tests.factories.reconciliation import is_clean
from tests.factories.world import World
from transactions.flows import cold_signing, overflow
from transactions.models import Refill, Transaction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


def booked(network: str, name: str, asset: str = "") -> int:
    code = asset or native_asset(network).code
    return -ledger.queries.balance(code=f"network:{network}:{name}", asset=code)


def settled(world: World, found: Transaction) -> Transaction:
    """Return it completed, and beyond every reorg."""
    assert world.finish(found, turns=40).status == "completed"
    world.finalize(found.network_id)
    found.refresh_from_db()
    return found


@BOTH
def test_what_is_too_much_goes_to_cold(world: World, network: str) -> None:
    asset = native_asset(network).code
    key = cold_key(network)
    keep_cold(world, network, key.address, native="1/2/3")
    world.fund_hot_wallet(network, "5")

    found = Transaction.objects.get(type="overflow")
    assert (found.to_address, found.user_id) == (key.address, None)
    fee = found.max_fee_minor
    assert found.amount_minor == world.minor("3", asset) - fee
    is_clean(world, network)
    settled(world, found)

    assert found.fee_minor is not None
    assert world.chain_balance(network, key.address) == booked(network, "cold") == found.amount_minor
    assert booked(network, "treasury") == world.minor("5", asset) - found.amount_minor - found.fee_minor
    assert (booked(network, "fees"), booked(network, "in_transit")) == (found.fee_minor, 0)
    is_clean(world, network)
    assert Transaction.objects.filter(type="overflow").count() == 1


@BOTH
def test_a_refill_comes_full_circle(world: World, network: str) -> None:
    asset = native_asset(network).code
    key = cold_key(network)
    keep_cold(world, network, key.address, native="1/2/3")
    world.fund_hot_wallet(network, "5")
    settled(world, Transaction.objects.get(type="overflow"))
    cold = booked(network, "cold")

    keep_cold(world, network, key.address, native="3/4/6")
    world.work(network)
    refill = Refill.objects.get()
    assert (refill.status, refill.from_address) == ("wanted", key.address)
    assert refill.to_address == custody.queries.hot_address(network=network)
    before = booked(network, "treasury")
    assert refill.amount_minor == world.minor("4", asset) - before
    approve(world, refill)
    signed = key.sign(export(world, refill))
    assert Transaction.objects.filter(type="refill").count() == 0

    found = cold_signing.take(refill_id=refill.pk, content=signed, actor="usr_1", now=world.now)
    is_clean(world, network)
    settled(world, found)
    refill.refresh_from_db()
    assert refill.status == "done"
    assert found.fee_minor is not None
    assert booked(network, "treasury") == before + refill.amount_minor == world.minor("4", asset)
    assert booked(network, "cold") == cold - refill.amount_minor - found.fee_minor
    assert world.chain_balance(network, key.address) == booked(network, "cold")
    assert booked(network, "in_transit") == 0
    is_clean(world, network)
    assert Refill.objects.count() == 1
