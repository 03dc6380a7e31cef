"""Deposits that the network shows and then drops or replaces: shown, never credited."""

import pytest

from chains.queries import get_adapter
from tests.factories.world import World
from tests.nodes.spending import Purse
from transactions.models import Deposit, Transaction
from wallets.queries import deposit_address

pytestmark = pytest.mark.django_db(transaction=True, databases="__all__")


class Node:
    """The Bitcoin node as tests/nodes sees it."""

    def __init__(self, world: World) -> None:
        self._world = world

    def __getattr__(self, method: str):
        return lambda *params: self._world.node("bitcoin", method, *params)


def test_a_deposit_replaced_in_the_mempool_is_never_credited(world: World) -> None:
    owner, purse, node = world.person("bitcoin"), Purse(), Node(world)
    coin = purse.funded(node, "0.5")
    address = deposit_address(world.wallet(owner, "bitcoin"))
    first = node.sendrawtransaction(purse.pay([coin], [(address, 49_990_000)]))
    world.work("bitcoin")
    assert world.balance(owner, "bitcoin").pending == 49_990_000
    node.sendrawtransaction(purse.pay([coin], [(purse.address, 49_900_000)]))
    world.mine("bitcoin", 3)
    world.work("bitcoin")
    assert world.balance(owner, "bitcoin").available == 0
    world.pass_time(hours=1)
    world.work("bitcoin")
    deposit = Deposit.objects.get(txid=first)
    assert (deposit.status, deposit.credits) == ("lost", 0)
    assert deposit.transaction.status == "failed"
    balance = world.balance(owner, "bitcoin")
    assert (balance.available, balance.held, balance.pending) == (0, 0, 0)


def test_a_deposit_may_be_dropped_and_land_again_any_number_of_times(world: World) -> None:
    owner, purse, node = world.person("bitcoin"), Purse(), Node(world)
    coin = purse.funded(node, "0.5")
    raw = purse.pay([coin], [(deposit_address(world.wallet(owner, "bitcoin")), 49_990_000)])
    txid = node.sendrawtransaction(raw)
    world.work("bitcoin")
    for times in range(1, 4):
        node.devnet_forget()
        world.pass_time(hours=1)
        world.work("bitcoin")
        assert Deposit.objects.get(txid=txid).status == "lost"
        assert get_adapter("bitcoin").state(txid).presence == "absent"
        node.sendrawtransaction(raw)
        world.mine("bitcoin", 1)
        world.work("bitcoin")
        assert Deposit.objects.get(txid=txid).status == "seen"
        assert Transaction.objects.filter(user=owner).count() == times + 1
        world.reorg("bitcoin", 1, keep=False)
        world.work("bitcoin")
    node.sendrawtransaction(raw)
    world.finalize("bitcoin")
    deposit = Deposit.objects.get(txid=txid)
    assert (deposit.status, deposit.credits, deposit.reversals) == ("final", 1, 0)
    assert world.balance(owner, "bitcoin").available == 49_990_000
