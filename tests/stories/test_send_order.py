"""What must come before what: stored before heard of, beyond every reorg before money is given back."""

import threading
from typing import Any

import pytest
from django.db import connection, connections

import chains.queries
import custody.queries
from chains.values import Signed
from tests.factories.world import World
from transactions.flows import deposit, sweep
from transactions.models import Attempt, Transaction

pytestmark = [pytest.mark.django_db(transaction=True, databases="__all__"), pytest.mark.timeout(300)]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])


def is_committed(txid: str) -> bool:
    """Look for the bytes as another process would."""
    found: list[bool] = []

    def look() -> None:
        found.append(Attempt.objects.filter(txid=txid, status=Attempt.State.SIGNED).exists())
        connections.close_all()

    thread = threading.Thread(target=look)
    thread.start()
    thread.join(10)
    return found == [True]


@BOTH
def test_bytes_are_stored_before_any_network_hears_of_them(
    world: World, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = world.rich(network, "1")
    adapter = chains.queries.get_adapter(network)
    broadcast = adapter.broadcast
    heard: list[tuple[bool, bool]] = []

    def listening(signed: Signed) -> Any:
        heard.append((is_committed(signed.txid), connection.in_atomic_block))
        return broadcast(signed)

    monkeypatch.setattr(adapter, "broadcast", listening)
    sending = world.send(owner, network, "0.1", world.stranger(network))
    world.pump()
    assert heard == [(True, False)]
    assert world.finish(sending).status == "completed"


def test_money_of_a_refused_send_comes_back_only_beyond_every_reorg(world: World) -> None:
    owner = world.rich("ethereum", "1")
    contract = world.stranger("ethereum")
    sending = world.send(owner, "ethereum", "0.1", contract)
    world.work("ethereum")
    world.node("ethereum", "anvil_setCode", contract, "0x60006000fd")
    for _ in range(world.settings.NETWORKS["ethereum"].final_depth):
        world.mine("ethereum")
        world.work("ethereum")
        sending.refresh_from_db()
        assert sending.status == "blockchain_pending"
        assert world.balance(owner, "ethereum").held == sending.amount_minor + sending.max_fee_minor
    world.finalize("ethereum")
    sending.refresh_from_db()
    assert (sending.status, sending.failure_code) == ("failed", "failed_on_network")
    assert world.balance(owner, "ethereum").held == 0


def test_the_networks_count_of_nonces_is_a_floor(world: World) -> None:
    owner = world.rich("ethereum", "1")
    hot = custody.queries.hot_address(network="ethereum")
    coins = world.chain_balance("ethereum", hot)
    world.node("ethereum", "anvil_impersonateAccount", hot)
    for nonce in range(2):  # by hand, past this product
        world.node("ethereum", "eth_sendTransaction", {"from": hot, "to": hot, "value": "0x0", "nonce": hex(nonce)})
    world.node("ethereum", "anvil_stopImpersonatingAccount", hot)
    world.mine("ethereum")
    world.node("ethereum", "anvil_setBalance", hot, hex(coins))
    sending = world.send(owner, "ethereum", "0.1", world.stranger("ethereum"))
    world.pump()
    assert sending.attempts.get().nonce == 2
    assert world.finish(sending).status == "completed"


def test_one_sweep_at_a_time_is_on_its_way_from_an_address(world: World) -> None:
    owner = world.person("ethereum")

    def deposit_finally() -> None:
        world.fund(owner, "ethereum", "0.5")
        world.mine("ethereum", world.settings.NETWORKS["ethereum"].final_depth + 1)
        while deposit.scan(network="ethereum", now=world.now):
            deposit.progress(network="ethereum", now=world.now)
        deposit.progress(network="ethereum", now=world.now)

    deposit_finally()
    assert sweep.find(network="ethereum", now=world.now) == 1
    deposit_finally()
    assert sweep.find(network="ethereum", now=world.now) == 0
    first = Transaction.objects.get(type="sweep")
    assert world.finish(first).status == "completed"
    for _ in range(3):
        world.finalize("ethereum")
    assert list(Transaction.objects.filter(type="sweep").values_list("status", flat=True)) == ["completed"] * 2
