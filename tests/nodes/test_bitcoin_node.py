"""The Bitcoin node does what bitcoind does: deposits, replacement, refusals by their codes."""

import base64
import urllib.error
import urllib.request
from decimal import Decimal

import pytest

from tests.nodes.conftest import BitcoinNode
from tests.nodes.spending import FINAL, Purse, satoshi

TAPROOT = "bcrt1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqc8gma6"
HALF = 50_000_000


def test_a_deposit_is_seen_in_the_mempool_and_then_in_a_block(bitcoin: BitcoinNode) -> None:
    purse = Purse()
    height = bitcoin.getblockcount()
    txid = bitcoin.devnet_fund(purse.address, "0.5")
    assert txid in bitcoin.getrawmempool()
    assert bitcoin.gettxout(txid, purse.output_of(bitcoin, txid).vout, False) is None
    (block_hash,) = bitcoin.devnet_mine(1)

    block = bitcoin.getblock(block_hash, 2)
    assert (block["height"], block["confirmations"]) == (height + 1, 1)
    assert block["previousblockhash"] == bitcoin.getblockhash(height)
    mined = next(each for each in block["tx"] if each["txid"] == txid)
    arrived = [each for each in mined["vout"] if each["scriptPubKey"].get("address") == purse.address]
    assert [each["value"] for each in arrived] == [Decimal("0.50000000")]
    assert satoshi(mined["fee"]) == 5 * 166
    scan = bitcoin.scantxoutset("start", [f"addr({purse.address})"])
    assert [satoshi(each["amount"]) for each in scan["unspents"]] == [HALF]
    assert bitcoin.getrawtransaction(txid, True)["confirmations"] == 1


def test_every_kind_of_address_can_be_paid(bitcoin: BitcoinNode) -> None:
    for address in (TAPROOT, "mrCDrCybB6J1vRfbwM5hemdJz73FwDBC8r", "2N2JD6wb56AfK4tfmM6PwdVmoYk2dCKf4Br"):
        txid = bitcoin.devnet_fund(address, "0.01")
        addresses = [each["scriptPubKey"].get("address") for each in bitcoin.getrawtransaction(txid, True)["vout"]]
        assert address in addresses


def test_a_replacement_pays_more_and_evicts_what_it_replaces(bitcoin: BitcoinNode) -> None:
    purse, other = Purse(), Purse()
    coin = purse.funded(bitcoin, "0.5")
    first = bitcoin.sendrawtransaction(purse.pay([coin], [(other.address, HALF - 1_000)]))
    too_little = purse.pay([coin], [(other.address, HALF - 1_050)])
    code, message = bitcoin.refusal("sendrawtransaction", too_little)
    assert code == -26
    assert message.startswith("insufficient fee, rejecting replacement")
    assert "not enough additional fees to relay; 0.0000005 < 0.00000" in message or "new feerate" in message
    assert bitcoin.getrawmempool() == [first]

    second = bitcoin.sendrawtransaction(purse.pay([coin], [(other.address, HALF - 5_000)]))
    assert bitcoin.getrawmempool() == [second]
    assert bitcoin.refusal("getmempoolentry", first) == (-5, "Transaction not in mempool")
    bitcoin.devnet_mine(1)
    assert bitcoin.refusal("getrawtransaction", first)[0] == -5


def test_what_does_not_signal_replacement_is_not_replaced(bitcoin: BitcoinNode) -> None:
    purse = Purse()
    coin = purse.funded(bitcoin, "0.5")
    first = bitcoin.sendrawtransaction(purse.pay([coin], [(purse.address, HALF - 1_000)], sequence=FINAL))
    assert bitcoin.getmempoolentry(first)["bip125-replaceable"] is False
    dearer = purse.pay([coin], [(purse.address, HALF - 9_000)])
    assert bitcoin.refusal("sendrawtransaction", dearer) == (-26, "txn-mempool-conflict")
    assert bitcoin.getrawmempool() == [first]


def test_refusals_have_the_codes_of_bitcoin_core(bitcoin: BitcoinNode) -> None:
    purse, stranger = Purse(), Purse()
    coin = purse.funded(bitcoin, "0.5")
    forged = purse.pay([coin], [(stranger.address, HALF - 1_000)], key=stranger.key)
    code, message = bitcoin.refusal("sendrawtransaction", forged)
    assert code == -26
    assert message.startswith("mandatory-script-verify-flag-failed")
    dust = purse.pay([coin], [(stranger.address, 293), (purse.address, HALF - 5_000)])
    assert bitcoin.refusal("sendrawtransaction", dust) == (-26, "dust")
    free = purse.pay([coin], [(stranger.address, HALF)])
    code, message = bitcoin.refusal("sendrawtransaction", free)
    assert code == -26
    assert message.startswith("min relay fee not met, 0 < 1")
    more = purse.pay([coin], [(stranger.address, HALF + 1)])
    assert bitcoin.refusal("sendrawtransaction", more) == (-26, "bad-txns-in-belowout")
    absurd = purse.pay([coin], [(stranger.address, HALF // 2)])
    assert bitcoin.refusal("sendrawtransaction", absurd)[0] == -25
    assert bitcoin.refusal("sendrawtransaction", "00")[0] == -22
    assert bitcoin.refusal("getblockhash", 10**7) == (-8, "Block height out of range")
    assert bitcoin.refusal("getblock", "00" * 32) == (-5, "Block not found")
    assert bitcoin.refusal("nothing") == (-32601, "Method not found")
    assert bitcoin.getrawmempool() == []


def test_sending_again_is_harmless_and_says_where_it_is(bitcoin: BitcoinNode) -> None:
    purse = Purse()
    coin = purse.funded(bitcoin, "0.5")
    raw = purse.pay([coin], [(purse.address, HALF - 1_000)])
    txid = bitcoin.sendrawtransaction(raw)
    assert bitcoin.sendrawtransaction(raw) == txid
    assert bitcoin.testmempoolaccept([raw])[0]["reject-reason"] == "txn-already-in-mempool"
    bitcoin.devnet_mine(1)
    assert bitcoin.refusal("sendrawtransaction", raw) == (-27, "Transaction outputs already in utxo set")
    spent = purse.output_of(bitcoin, txid)
    bitcoin.sendrawtransaction(purse.pay([spent], [(Purse().address, spent.satoshi - 1_000)]))
    bitcoin.devnet_mine(1)
    assert bitcoin.refusal("sendrawtransaction", raw) == (-25, "bad-txns-inputs-missingorspent")


def test_a_child_pays_for_its_parent(bitcoin: BitcoinNode) -> None:
    purse = Purse()
    coin = purse.funded(bitcoin, "0.5")
    bitcoin.devnet_min_rate(10_000)
    parent = bitcoin.sendrawtransaction(purse.pay([coin], [(purse.address, HALF - 200)]))
    bitcoin.devnet_mine(1)
    assert bitcoin.getrawmempool() == [parent]
    change = purse.output_of(bitcoin, parent)
    child = bitcoin.sendrawtransaction(purse.pay([change], [(purse.address, change.satoshi - 20_000)]))
    entry = bitcoin.getmempoolentry(child)
    assert (entry["ancestorcount"], satoshi(entry["fees"]["ancestor"])) == (2, 20_200)
    assert entry["depends"] == [parent]
    bitcoin.devnet_mine(1)
    assert bitcoin.getrawmempool() == []


def test_a_chain_of_waiting_transactions_has_an_end(bitcoin: BitcoinNode) -> None:
    purse = Purse()
    coin = purse.funded(bitcoin, "0.5")
    for _ in range(25):
        txid = bitcoin.sendrawtransaction(purse.pay([coin], [(purse.address, coin.satoshi - 500)]))
        coin = purse.output_of(bitcoin, txid)
    code, message = bitcoin.refusal("sendrawtransaction", purse.pay([coin], [(purse.address, coin.satoshi - 500)]))
    assert code == -26
    assert message.startswith("too-long-mempool-chain")
    assert len(bitcoin.getrawmempool()) == 25


def test_fee_estimates_differ_by_target_and_can_be_absent(bitcoin: BitcoinNode) -> None:
    rates = [satoshi(bitcoin.estimatesmartfee(target)["feerate"]) for target in (2, 6, 144)]
    assert rates == [5_000, 3_000, 1_000]
    bitcoin.devnet_fee(None)
    assert bitcoin.estimatesmartfee(2)["errors"] == ["Insufficient data or no feerate found"]
    assert bitcoin.refusal("estimatesmartfee", 0)[0] == -8


@pytest.mark.parametrize("credentials", ["", "devnet:wrong"])
def test_a_call_without_the_password_is_refused(bitcoin: BitcoinNode, credentials: str) -> None:
    address = "http://" + bitcoin.url.rpartition("@")[2]
    header = {"Authorization": "Basic " + base64.b64encode(credentials.encode()).decode()} if credentials else {}
    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(urllib.request.Request(address, b"{}", header), timeout=5)
    with caught.value:
        assert caught.value.code == 401
