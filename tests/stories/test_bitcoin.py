"""What only Bitcoin has: many outputs in one transaction, to us and from us."""

import pytest

from tests.factories.world import World
from tests.nodes.spending import Purse
from tests.stories.test_dropped_deposits import Node
from transactions.models import Deposit
from wallets.queries import deposit_address

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]


def test_each_output_to_us_is_credited_once_however_many_there_are_in_one_transaction(world: World) -> None:
    ada, bob, purse, node = world.person("bitcoin"), world.person("bitcoin"), Purse(), Node(world)
    to_ada, to_bob = (deposit_address(world.wallet(each, "bitcoin")) for each in (ada, bob))
    coin = purse.funded(node, "1")
    paid = [(to_ada, 10_000_000), (purse.address, 52_990_000), (to_bob, 20_000_000), (to_ada, 10_000_000)]
    paid.append((to_ada, 7_000_000))
    raw = purse.pay([coin], paid)
    txid = node.sendrawtransaction(raw)
    world.work("bitcoin")
    assert [world.balance(each, "bitcoin").pending for each in (ada, bob)] == [27_000_000, 20_000_000]

    # A reorg that leaves it out, and the same transaction in another block: each is credited, taken back, credited.
    world.mine("bitcoin", 2)
    world.work("bitcoin")
    assert [world.balance(each, "bitcoin").available for each in (ada, bob)] == [27_000_000, 20_000_000]
    world.reorg("bitcoin", 2, keep=False)
    world.work("bitcoin")
    assert [world.balance(each, "bitcoin").available for each in (ada, bob)] == [0, 0]
    node.sendrawtransaction(raw)
    world.finalize("bitcoin")
    world.finalize("bitcoin")
    assert [world.balance(each, "bitcoin").available for each in (ada, bob)] == [27_000_000, 20_000_000]
    found = Deposit.objects.filter(txid=txid).order_by("index")
    assert [(each.index, each.amount_minor, each.status) for each in found] == [
        (0, 10_000_000, "final"),
        (2, 20_000_000, "final"),
        (3, 10_000_000, "final"),
        (4, 7_000_000, "final"),
    ]
    assert all((each.credits, each.reversals) == (2, 1) for each in found)
