"""What addresses held at a block, as real nodes say: at that block and no other, all alike or not at all."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from chains.base import ChainAdapter
from chains.errors import NodesDisagree, NodeUnavailable
from chains.values import BlockRef
from tests.factories.chain_nodes import dead_url
from tests.factories.chain_rigs import SHARE, Rig, connect, rig, spend
from tests.factories.chains import adapter, public_key, sign
from tests.factories.rpc_servers import Refuse, Relay, rpc_server

pytestmark = pytest.mark.nodes


@pytest.fixture(scope="module", params=["bitcoin", "evm"])
def there(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder: Path = tmp_path_factory.mktemp("node")
    with rig(request.param, folder) as found:
        yield found


def block_of(chain: ChainAdapter, below: int = 0) -> BlockRef:
    found = chain.block_ref(chain.head().height - below)
    assert found is not None
    return found


def own(there: Rig, owner: str) -> str:
    return adapter(there.name).address_of(public_key(owner))


def test_what_was_there_at_a_block_and_at_no_other(there: Rig) -> None:
    chain = connect(there)
    alice, bob = own(there, "alice"), own(there, "bob")
    there.fund("alice")
    there.mine()
    before = chain.holdings([alice, bob], block=block_of(chain))
    payment = spend(chain, owner="alice", minor=SHARE[there.name] // 5)
    unsigned = chain.build(payment)
    signed = sign(chain, unsigned)
    chain.broadcast(signed)
    with pytest.raises(NodeUnavailable):
        chain.paid([signed.txid])
    there.mine(2)
    paid = chain.paid([signed.txid])[signed.txid]
    assert (paid.succeeded, paid.fee_minor) == (True, chain.state(signed.txid).fee_minor)
    after = chain.holdings([alice, bob], block=block_of(chain))
    assert chain.holdings([alice, bob], block=block_of(chain, 2)) == before
    assert after.minor[bob] == before.minor[bob] + payment.minor
    assert before.minor[alice] - after.minor[alice] >= payment.minor
    assert before.nodes == 1
    if there.name == "bitcoin":
        assert sum(coin.minor for coin in after.coins) == sum(after.minor.values())
        assert before.minor[alice] - after.minor[alice] == payment.minor + unsigned.max_fee_minor
    else:
        sent = [chain.sent_counts([alice], block=block_of(chain, below))[alice] for below in (2, 0)]
        assert sent[1] == sent[0] + 1


def test_what_is_not_there_is_nothing(there: Rig) -> None:
    chain = connect(there)
    nobody = own(there, "nobody")
    assert chain.holdings([nobody], block=block_of(chain)).minor == {nobody: 0}


def test_a_block_that_is_not_of_this_chain_is_not_read(there: Rig) -> None:
    chain = connect(there)
    there.mine(2)
    gone = block_of(chain, 1)
    assert chain.witnesses(gone) == 1
    there.reorg(2)
    with pytest.raises(NodesDisagree):
        chain.witnesses(gone)
    with pytest.raises(NodeUnavailable):
        chain.holdings([own(there, "alice")], block=gone)
    above = replace(block_of(chain), height=chain.head().height + 9)
    with pytest.raises(NodeUnavailable):
        chain.holdings([own(there, "alice")], block=above)
    with pytest.raises(NodeUnavailable) as silence:
        chain.witnesses(above)
    assert silence.value.code == "network_unavailable"


def lie(method: str, result: Any) -> Any:
    if method == "eth_getBalance":
        return hex(int(result, 16) + 1)
    if method == "scantxoutset":
        return {**result, "unspents": result["unspents"][1:]}
    return result


def test_two_nodes_say_the_same_or_nothing_is_believed(there: Rig) -> None:
    alice = own(there, "alice")
    there.fund("alice")
    there.mine(1)
    relay = Relay(there.url)
    with rpc_server(relay) as server:
        chain = connect(there, there.url, server.url)
        assert chain.holdings([alice], block=block_of(chain)).nodes == 2
        relay.fault = lambda method, pass_on: lie(method, pass_on())
        with pytest.raises(NodesDisagree):
            chain.holdings([alice], block=block_of(chain))


def test_a_node_that_does_not_know_is_no_witness(there: Rig) -> None:
    alice = own(there, "alice")

    def refuse(method: str, pass_on: Any) -> Any:
        if method in ("eth_getBalance", "scantxoutset"):
            raise Refuse(-32000, "missing trie node")
        return pass_on()

    relay = Relay(there.url)
    relay.fault = refuse
    with rpc_server(relay) as server:
        chain = connect(there, there.url, server.url)
        assert chain.holdings([alice], block=block_of(chain)).nodes == 1
        one_of_three = connect(there, there.url, server.url, dead_url())
        with pytest.raises(NodeUnavailable):
            one_of_three.holdings([alice], block=block_of(chain))
        alone = connect(there, server.url)
        with pytest.raises(NodeUnavailable):
            alone.holdings([alice], block=block_of(alone))


def test_a_tip_that_changes_while_blocks_are_read_changes_nothing(there: Rig) -> None:
    if there.name != "bitcoin":
        pytest.skip("an account's balance is asked for by the block's hash")
    alice = own(there, "alice")
    there.mine(3)
    relay = Relay(there.url)
    with rpc_server(relay) as server:
        chain = connect(there, server.url)
        wanted = block_of(chain, 3)
        calm = chain.holdings([alice], block=wanted)

        def reorg_after_scan(method: str, pass_on: Any) -> Any:
            result = pass_on()
            if method == "scantxoutset":
                there.reorg(2)
            return result

        relay.fault = reorg_after_scan
        assert chain.holdings([alice], block=wanted) == calm
