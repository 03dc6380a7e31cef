"""The Bitcoin node's levers, and that its chain outlives a stop and a kill."""

import signal
import time

import pytest

from devnet import jsonrpc
from tests.nodes.conftest import BitcoinNode, OwnNode
from tests.nodes.spending import Purse

HALF = 50_000_000


def test_a_reorg_puts_transactions_back_to_wait(bitcoin: BitcoinNode) -> None:
    purse = Purse()
    coin = purse.funded(bitcoin, "0.5")
    bitcoin.devnet_mine(2)
    height, old = bitcoin.getblockcount(), bitcoin.getbestblockhash()
    assert bitcoin.devnet_reorg(3) == {"fork_height": height - 3, "height": height + 1}

    assert bitcoin.getblock(old)["confirmations"] == -1
    assert bitcoin.getrawmempool() == [coin.txid]
    assert "confirmations" not in bitcoin.getrawtransaction(coin.txid, True)
    bitcoin.devnet_mine(1)
    assert bitcoin.getrawtransaction(coin.txid, True)["confirmations"] == 1


def test_a_reorg_can_make_a_deposit_vanish(bitcoin: BitcoinNode) -> None:
    purse = Purse()
    coin = purse.funded(bitcoin, "0.5")
    bitcoin.devnet_reorg(1, False)
    assert bitcoin.getrawmempool() == []
    assert bitcoin.refusal("getrawtransaction", coin.txid)[0] == -5
    assert bitcoin.scantxoutset("start", [f"addr({purse.address})"])["unspents"] == []


def test_a_lagging_node_denies_its_last_blocks(bitcoin: BitcoinNode) -> None:
    coin = Purse().funded(bitcoin, "0.5")
    height, tip = bitcoin.getblockcount(), bitcoin.getbestblockhash()
    assert bitcoin.devnet_lag(1) == height - 1
    assert bitcoin.getblockcount() == height - 1
    assert bitcoin.refusal("getblockhash", height)[0] == -8
    assert bitcoin.refusal("getblock", tip)[0] == -5
    assert bitcoin.refusal("getrawtransaction", coin.txid)[0] == -5
    bitcoin.devnet_lag(0)
    assert bitcoin.getbestblockhash() == tip


def test_a_timeout_has_done_the_work_and_a_drop_has_not(bitcoin: BitcoinNode) -> None:
    purse = Purse()
    coin = purse.funded(bitcoin, "0.5")
    raw = purse.pay([coin], [(purse.address, HALF - 1_000)])
    bitcoin.devnet_fault("drop", "sendrawtransaction")
    with pytest.raises(ConnectionError):
        bitcoin.sendrawtransaction(raw)
    assert bitcoin.getrawmempool() == []

    bitcoin.devnet_fault("timeout", "sendrawtransaction")
    with pytest.raises(TimeoutError):
        jsonrpc.call(bitcoin.url, "sendrawtransaction", raw, timeout_seconds=0.3)
    assert len(bitcoin.getrawmempool()) == 1

    bitcoin.devnet_fault("error", "sendrawtransaction")
    assert bitcoin.refusal("sendrawtransaction", raw)[0] == -28
    assert bitcoin.sendrawtransaction(raw) == bitcoin.getrawmempool()[0]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_the_chain_outlives_the_process(own_node: OwnNode, number: signal.Signals) -> None:
    purse = Purse()
    coin = purse.funded(own_node, "0.5")
    own_node.devnet_mine(5)
    own_node.devnet_reorg(2)
    height, tip = own_node.getblockcount(), own_node.getbestblockhash()
    own_node.stop(number)

    started = time.monotonic()
    own_node.start()
    assert time.monotonic() - started < 5
    assert (own_node.getblockcount(), own_node.getbestblockhash()) == (height, tip)
    assert own_node.gettxout(coin.txid, coin.vout)["confirmations"] == 1 + 5 + 1  # the reorg put three in place of two
    own_node.sendrawtransaction(purse.pay([coin], [(purse.address, HALF - 1_000)]))


def test_waiting_transactions_outlive_an_orderly_stop(own_node: OwnNode) -> None:
    txid = own_node.devnet_fund(Purse().address, "0.5")
    own_node.stop()
    own_node.start()
    assert own_node.getrawmempool() == [txid]


def test_a_torn_journal_costs_only_its_last_block(own_node: OwnNode) -> None:
    own_node.devnet_mine(3)
    height = own_node.getblockcount()
    own_node.stop(signal.SIGKILL)
    journal = own_node.folder / "blocks.journal"
    journal.write_bytes(journal.read_bytes()[:-10])
    own_node.start()
    assert height - 1 <= own_node.getblockcount() <= height
    own_node.devnet_mine(2)
    height = own_node.getblockcount()
    own_node.stop(signal.SIGKILL)
    own_node.start()
    assert own_node.getblockcount() == height


def test_a_block_handed_in_twice_is_a_duplicate(own_node: OwnNode) -> None:
    own_node.devnet_mine(1)
    raw = own_node.getblock(own_node.getbestblockhash(), 0)
    assert own_node.submitblock(raw) == "duplicate"
    assert own_node.refusal("submitblock", "00")[0] == -22
