"""Deposits that the network shows and then drops or replaces: shown, never credited."""

from typing import Any

import pytest
from eth_account import Account

from chains.queries import get_adapter
from devnet import faucet
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


class Stranger:
    """Somebody with ether and a key of their own, who may replace what they have sent."""

    def __init__(self, world: World) -> None:
        self._world, self._key = world, Account.create()
        faucet.fund(network="ethereum", address=self._key.address, minor=5 * 10**18)
        world.mine("ethereum")
        self._chain = int(world.node("ethereum", "eth_chainId"), 16)

    def signed(self, to: str, minor: int, *, nonce: int, gwei: int) -> str:
        fields: dict[str, Any] = {"to": to, "value": minor, "nonce": nonce, "gasPrice": gwei * 10**9, "gas": 21_000}
        return str(self._key.sign_transaction({**fields, "chainId": self._chain}).raw_transaction.to_0x_hex())

    def send(self, raw: str) -> str:
        """Hand it to the node, and let the scanner see it wait."""
        txid = self._world.node("ethereum", "eth_sendRawTransaction", raw)
        self._world.work("ethereum")
        return str(txid)


def test_ether_that_is_replaced_dropped_or_lands_again_is_credited_once_or_not_at_all(world: World) -> None:
    network, depth = "ethereum", world.settings.NETWORKS["ethereum"].confirmations
    owner, stranger = world.person(network), Stranger(world)
    address = deposit_address(world.wallet(owner, network))

    def figures() -> tuple[int, int]:
        balance = world.balance(owner, network)
        return balance.available, balance.pending

    def forgotten(txid: str) -> bool:
        world.pass_time(hours=1)
        world.work(network)
        found = Deposit.objects.get(txid=txid)
        return (found.status, found.credits, found.transaction.failure_code) == ("lost", 0, "replaced")

    replaced = stranger.send(stranger.signed(address, 700, nonce=0, gwei=50))
    assert figures() == (0, 700)
    kept = stranger.send(stranger.signed(address, 600, nonce=0, gwei=100))  # the same nonce: one of the two can land
    world.mine(network, depth)
    world.work(network)
    assert figures()[0] == 600
    assert forgotten(replaced)
    assert figures() == (600, 0)

    taken_back = stranger.send(stranger.signed(address, 500, nonce=1, gwei=50))
    stranger.send(stranger.signed(world.stranger(network), 500, nonce=1, gwei=100))
    world.mine(network, depth)
    assert forgotten(taken_back)
    assert figures() == (600, 0)

    raw = stranger.signed(address, 400, nonce=2, gwei=50)
    dropped = stranger.send(raw)
    world.node(network, "anvil_dropAllTransactions")
    assert forgotten(dropped)
    stranger.send(raw)
    world.mine(network, depth)
    world.work(network)
    first = Deposit.objects.get(txid=dropped).height
    assert figures() == (1_000, 0)
    world.reorg(network, depth, keep=False)  # its block is gone, and no node knows it
    world.work(network)
    assert figures() == (600, 400)
    stranger.send(raw)
    world.finalize(network)
    again = Deposit.objects.get(txid=dropped)
    assert (again.status, again.credits, again.reversals) == ("final", 2, 1)
    assert (again.height or 0) > (first or 0)
    assert figures() == (1_000, 0)
    assert Deposit.objects.get(txid=kept).credits == 1
    assert Deposit.objects.count() == 4
