"""Nodes that lie while money is on its way: nothing is credited too much, refunded, or settled before its time."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

import chains.queries
from assets.queries import native_asset
from chains.errors import NodeUnavailable
from events.models import Event
from ledger.models import Posting
from tests.factories.rpc_servers import Refuse, Relay, rpc_server
from tests.factories.world import World
from transactions.flows import deposit
from transactions.models import Attempt, Deposit

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.nodes]
BOTH = pytest.mark.parametrize("network", ["bitcoin", "ethereum"])
Twist = Callable[[Any], Any]


class Liar:
    """Stands before the real node and twists its answers to some calls."""

    def __init__(self, world: World, network: str) -> None:
        self.world, self.network = world, network
        self.url = world.settings.NETWORKS[network].rpc_urls[0]
        self.twists: dict[str, Twist] = {}
        self.relay = Relay(self.url)
        self.relay.fault = self._answer

    def _answer(self, method: str, pass_on: Callable[[], Any]) -> Any:
        result = pass_on()
        return self.twists[method](result) if method in self.twists else result

    def aim(self, *urls: str) -> None:
        config = replace(self.world.settings.NETWORKS[self.network], rpc_urls=urls)
        self.world.settings.NETWORKS = {**self.world.settings.NETWORKS, self.network: config}
        chains.queries.forget()


def scan(world: World, network: str) -> None:
    """Scan as the scanner's task does: a node that makes no sense stops this round and no more."""
    try:
        world.scan(network)
    except NodeUnavailable:
        world.pass_time(seconds=5)


def works(world: World, network: str) -> None:
    scan(world, network)
    world.pump()
    world.pass_time(seconds=5)


@BOTH
def test_a_head_that_jumps_settles_and_credits_nothing_early(world: World, network: str) -> None:
    owner = world.rich(network, "2")
    sending = world.send(owner, network, "0.3", world.stranger(network))
    world.pump()
    world.mine(network)
    world.scan(network)
    liar = Liar(world, network)
    ahead = 1_000
    liar.twists = {
        "eth_blockNumber": lambda number: hex(int(number, 16) + ahead),
        "getrawtransaction": lambda known: (
            {**known, "confirmations": known.get("confirmations", 0) + ahead} if isinstance(known, dict) else known
        ),
    }
    with rpc_server(liar.relay) as server:
        liar.aim(server.url)
        for _ in range(3):
            works(world, network)
        sending.refresh_from_db()
        assert (sending.status, sending.confirmations) == ("blockchain_pending", 1)
        assert sending.attempts.get().status == Attempt.State.SIGNED
        liar.aim(liar.url)
    assert world.finish(sending).status == "completed"
    assert world.chain_balance(network, sending.to_address) == sending.amount_minor


def test_a_receipt_that_says_failed_refunds_nothing_that_landed(world: World) -> None:
    owner = world.rich("ethereum", "2")
    sending = world.send(owner, "ethereum", "0.3", world.stranger("ethereum"))
    world.pump()
    held = world.balance(owner, "ethereum").held
    liar = Liar(world, "ethereum")
    liar.twists = {"eth_getTransactionReceipt": lambda receipt: receipt and {**receipt, "status": "0x0"}}
    with rpc_server(liar.relay) as server:
        world.finalize("ethereum")
        sending_state = Attempt.objects.get(transaction=sending)
        liar.aim(server.url)
        assert sending_state.height is not None
        for _ in range(3):
            works(world, "ethereum")
        liar.aim(liar.url)
    assert held
    assert world.finish(sending).status == "completed"
    assert Attempt.objects.get(transaction=sending).transaction.status == "completed"
    assert world.chain_balance("ethereum", sending.to_address) == sending.amount_minor


def test_a_receipt_that_says_failed_from_the_start_refunds_nothing(world: World) -> None:
    owner = world.rich("ethereum", "2")
    sending = world.send(owner, "ethereum", "0.3", world.stranger("ethereum"))
    world.pump()
    held = world.balance(owner, "ethereum").held
    liar = Liar(world, "ethereum")
    liar.twists = {"eth_getTransactionReceipt": lambda receipt: receipt and {**receipt, "status": "0x0"}}
    with rpc_server(liar.relay) as server:
        liar.aim(server.url)
        for _ in range(world.settings.NETWORKS["ethereum"].final_depth + 4):
            world.mine("ethereum")
            # the receipts of whole blocks are honest, as from a node whose index alone is wrong
            works(world, "ethereum")
            sending.refresh_from_db()
            assert sending.status == "blockchain_pending"
            assert world.balance(owner, "ethereum").held == held
        liar.aim(liar.url)
    assert world.finish(sending).status == "completed"


@pytest.mark.parametrize(
    "lie", [{"status": None}, {"effectiveGasPrice": hex(10**30)}, {"gasUsed": "-0x1"}, {"blockNumber": 1.5}]
)
def test_a_receipt_that_cannot_be_only_delays(world: World, lie: dict[str, Any]) -> None:
    owner = world.rich("ethereum", "2")
    sending = world.send(owner, "ethereum", "0.3", world.stranger("ethereum"))
    world.pump()
    held = world.balance(owner, "ethereum").held
    liar = Liar(world, "ethereum")
    liar.twists = {"eth_getTransactionReceipt": lambda receipt: receipt and {**receipt, **lie}}
    with rpc_server(liar.relay) as server:
        liar.aim(server.url)
        world.mine("ethereum", 3)
        for _ in range(3):
            works(world, "ethereum")
        sending.refresh_from_db()
        assert sending.status in {"provider_processing", "blockchain_pending"}
        assert world.balance(owner, "ethereum").held == held
        liar.aim(liar.url)
    assert world.finish(sending).status == "completed"


def test_a_nonce_far_too_high_from_one_of_two_nodes_leaves_no_gap(world: World) -> None:
    owner = world.rich("ethereum", "2")
    liar = Liar(world, "ethereum")
    liar.twists = {"eth_getTransactionCount": lambda count: hex(int(count, 16) + 1_000)}
    with rpc_server(liar.relay) as server:
        liar.aim(server.url, liar.url)
        sending = world.send(owner, "ethereum", "0.3", world.stranger("ethereum"))
        assert world.finish(sending).status == "completed"
        liar.aim(liar.url)


def test_one_of_two_nodes_alone_cannot_call_bytes_dead(world: World) -> None:
    owner = world.rich("ethereum", "2")
    sending = world.send(owner, "ethereum", "0.3", world.stranger("ethereum"))
    world.pump()
    held = world.balance(owner, "ethereum").held
    liar = Liar(world, "ethereum")
    liar.twists = {
        "eth_getTransactionCount": lambda count: hex(int(count, 16) + 1_000),
        "eth_getTransactionReceipt": lambda receipt: None,
        "eth_getTransactionByHash": lambda known: None,
    }
    world.node("ethereum", "anvil_dropTransaction", sending.attempts.get().txid)
    with rpc_server(liar.relay) as server:
        liar.aim(server.url, liar.url)
        for _ in range(3):
            works(world, "ethereum")
            sending.refresh_from_db()
            assert sending.status == "blockchain_pending"
            assert world.balance(owner, "ethereum").held == held
        liar.aim(liar.url)
    assert world.finish(sending).status == "completed"


FORGOTTEN: dict[str, Refuse | None] = {
    "getrawtransaction": Refuse(-5, "No such mempool or blockchain transaction."),
    "getmempoolentry": Refuse(-5, "Transaction not in mempool"),
    "eth_getTransactionReceipt": None,
    "eth_getTransactionByHash": None,
}
"""What a node says of every transaction while its index is lost or being built."""


def without_index(world: World, network: str) -> Liar:
    """Stand before the real node and find no transaction any more; its blocks are read as ever."""
    liar = Liar(world, network)

    def forgetful(method: str, pass_on: Callable[[], Any]) -> Any:
        answer = FORGOTTEN.get(method)
        if answer:
            raise answer
        return None if method in FORGOTTEN else pass_on()

    liar.relay.fault = forgetful
    return liar


@BOTH
def test_a_mined_send_that_no_node_finds_any_more_is_never_refunded(world: World, network: str) -> None:
    owner = world.rich(network, "1")
    liar = without_index(world, network)
    sending = world.send(owner, network, "0.1", world.stranger(network))
    world.pump()
    held = world.balance(owner, network).held
    with rpc_server(liar.relay) as server:
        liar.aim(server.url)
        for _ in range(3):
            world.finalize(network)
            sending.refresh_from_db()
            assert sending.status == "blockchain_pending"
            assert sending.attempts.get().status == Attempt.State.SIGNED
            assert world.balance(owner, network).held == held
    liar.aim(liar.url)
    assert world.finish(sending).status == "completed"
    assert world.chain_balance(network, sending.to_address) == sending.amount_minor


@pytest.mark.parametrize("reorged", [False, True])
def test_a_failed_send_that_no_node_finds_any_more_is_not_refunded_whole(world: World, reorged: bool) -> None:
    """It moved nothing, so only the list of what its block holds shows that its fee is paid."""
    owner = world.rich("ethereum", "1")
    liar = without_index(world, "ethereum")
    contract = world.stranger("ethereum")
    start = world.balance(owner, "ethereum").available
    sending = world.send(owner, "ethereum", "0.1", contract)
    world.pump()
    before = world.balance(owner, "ethereum")
    world.node("ethereum", "anvil_setCode", contract, "0x60006000fd")  # refuses everything from now on
    with rpc_server(liar.relay) as server:
        liar.aim(server.url)
        if reorged:
            world.mine("ethereum", 2)
            world.work("ethereum")
            assert sending.attempts.get().seen_height is not None
            world.reorg("ethereum", 2)
            world.work("ethereum")
            assert sending.attempts.get().seen_height is None
        for _ in range(3):
            world.finalize("ethereum")
            attempt = sending.attempts.get()
            assert (attempt.status, attempt.height) == (Attempt.State.SIGNED, None)  # nothing shows that it succeeded
            assert attempt.seen_height is not None
            sending.refresh_from_db()
            assert sending.status == "blockchain_pending"
            assert world.balance(owner, "ethereum") == before
    liar.aim(liar.url)
    assert world.finish(sending).failure_code == "failed_on_network"
    assert sending.fee_minor
    after = world.balance(owner, "ethereum")
    assert (after.available, after.held, after.pending) == (start - sending.fee_minor, 0, 0)
    assert not Posting.objects.filter(kind="send.return").exists()


def test_an_amount_heard_in_the_mempool_is_not_what_is_credited(world: World) -> None:
    owner = world.person("ethereum")
    liar = Liar(world, "ethereum")

    def a_thousandfold(block: Any) -> Any:
        transactions = [
            {**each, "value": hex(int(each["value"], 16) * 1_000)} if isinstance(each, dict) else each
            for each in (block or {}).get("transactions", [])
        ]
        return block and {**block, "transactions": transactions}

    with rpc_server(liar.relay) as server:
        liar.aim(server.url)
        world.fund(owner, "ethereum", "0.5")
        liar.twists = {"eth_getBlockByNumber": a_thousandfold}
        deposit.see_pending(network="ethereum", now=world.now)
        liar.twists = {}
        minor = world.minor("0.5", native_asset("ethereum").code)
        assert Deposit.objects.get(wallet__user=owner).amount_minor == 1_000 * minor
        world.finalize("ethereum")
        liar.aim(liar.url)
    seen = Deposit.objects.get(wallet__user=owner)
    assert (seen.amount_minor, seen.transaction.amount_minor) == (minor, minor)
    assert world.balance(owner, "ethereum").available == minor
    assert Event.objects.get(type="deposit.contradicted").data["severity"] == "critical"


def test_transactions_that_do_not_belong_to_a_bitcoin_block_are_not_read(world: World) -> None:
    owner = world.person("bitcoin")
    liar = Liar(world, "bitcoin")
    real: list[str] = []

    def stuffed(block: Any) -> Any:
        """A true header with somebody else's transactions under it."""
        real.append(block)
        return block[:160] + real[0][160:]

    with rpc_server(liar.relay) as server:
        liar.aim(server.url)
        world.fund(owner, "bitcoin", "0.5")
        world.mine("bitcoin")
        liar.twists = {"getblock": stuffed}
        world.scan("bitcoin")
        assert Deposit.objects.count() == 1
        height = chains.queries.scanned_height(network="bitcoin")
        world.mine("bitcoin", 3)
        scan(world, "bitcoin")
        assert chains.queries.scanned_height(network="bitcoin") == height
        assert Deposit.objects.count() == 1
        liar.aim(liar.url)
    world.finalize("bitcoin")
    assert world.balance(owner, "bitcoin").available == world.minor("0.5", "BTC")


@pytest.mark.parametrize("value", ["-0x5", hex(2**256), 1.5, None, "many"])
def test_a_block_with_an_amount_that_cannot_be_is_read_once_it_is_told_rightly(world: World, value: Any) -> None:
    owner = world.person("ethereum")
    liar = Liar(world, "ethereum")

    def twisted(block: Any) -> Any:
        transactions = (block or {}).get("transactions", [])
        return block and {
            **block,
            "transactions": [{**each, "value": value} if isinstance(each, dict) else each for each in transactions],
        }

    with rpc_server(liar.relay) as server:
        liar.aim(server.url)
        world.fund(owner, "ethereum", "0.5")
        world.mine("ethereum")
        liar.twists = {"eth_getBlockByNumber": twisted}
        for _ in range(3):
            scan(world, "ethereum")
        assert Deposit.objects.count() == 0
        liar.aim(liar.url)
    world.finalize("ethereum")
    assert world.balance(owner, "ethereum").available == world.minor("0.5", "ETH")
