"""What is made of the answers to a broadcast: a guess is never a failure."""

import pytest

from chains.adapters import bitcoin_node, evm_node, refusals
from chains.endpoints import EndpointDown, Reply, RpcRefused
from chains.values import Outcome

LOST = Reply("a", error=EndpointDown("timeout", has_left=True))
NEVER_LEFT = Reply("b", error=EndpointDown("connection", has_left=False))


def refused(message):
    return Reply("c", error=RpcRefused(-1, message))


# geth, erigon, nethermind, besu, reth, anvil
@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("nonce too low: next nonce 5, tx nonce 4", "nonce_too_low"),
        ("nonce too low", "nonce_too_low"),
        ("OldNonce, Current nonce: 5, nonce of rejected tx: 4", "nonce_too_low"),
        ("insufficient funds for gas * price + value: balance 1, tx cost 2", "insufficient_funds"),
        ("Insufficient funds for gas * price + value", "insufficient_funds"),
        ("InsufficientFunds, Account balance: 0", "insufficient_funds"),
        ("replacement transaction underpriced", "conflict"),
        ("transaction underpriced: tip needed 2, tip permitted 1", "fee_too_low"),
        ("max fee per gas less than block base fee: address 0x…, maxFeePerGas: 1", "fee_too_low"),
        ("FeeTooLow, MaxFeePerGas too low", "fee_too_low"),
        ("intrinsic gas too low: gas 20000, minimum needed 21000", "invalid"),
        ("invalid chain id for signer: have 1 want 2", "invalid"),
        ("exceeds block gas limit", "invalid"),
    ],
)
def test_words_of_evm_nodes(message, code):
    found = refusals.verdict([refused(message)], evm_node._REFUSALS)
    assert (found.outcome, found.code, found.reason) == (Outcome.FAILED, code, message)


# Bitcoin Core
@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("bad-txns-inputs-missingorspent", "inputs_spent"),
        ("Missing inputs", "inputs_spent"),
        ("txn-mempool-conflict", "conflict"),
        ("insufficient fee, rejecting replacement 12ab; new feerate 0.00001 <= old feerate 0.00002", "fee_too_low"),
        ("min relay fee not met, 100 < 141", "fee_too_low"),
        ("mempool min fee not met, 100 < 141", "fee_too_low"),
        ("dust", "invalid"),
        (
            "mandatory-script-verify-flag-failed (Signature must be zero for failed CHECK(MULTI)SIG operation)",
            "invalid",
        ),
        ("bad-txns-in-belowout, value in (0.1) < value out (0.2)", "invalid"),
        ("TX decode failed. Make sure the tx has at least one input.", "invalid"),
        ("Fee exceeds maximum configured by user (e.g. -maxtxfee, maxfeerate)", "invalid"),
    ],
)
def test_words_of_bitcoin_core(message, code):
    found = refusals.verdict([refused(message)], bitcoin_node._REFUSALS)
    assert (found.outcome, found.code) == (Outcome.FAILED, code)


@pytest.mark.parametrize(
    ("phrases", "message", "is_there"),
    [
        (evm_node._ALREADY_THERE, "already known", True),
        (evm_node._ALREADY_THERE, "AlreadyKnown", True),
        (evm_node._ALREADY_THERE, "unknown transaction type", False),
        (bitcoin_node._ALREADY_THERE, "Transaction outputs already in utxo set", True),
        (bitcoin_node._ALREADY_THERE, "Transaction already in block chain", True),
        (bitcoin_node._ALREADY_THERE, "txn-already-in-mempool", True),
        (bitcoin_node._ALREADY_THERE, "txn-mempool-conflict", False),
    ],
)
def test_words_that_mean_it_is_there(phrases, message, is_there):
    assert refusals.is_there(refused(message), phrases) is is_there


@pytest.mark.parametrize(
    "replies",
    [
        [],
        [LOST],
        [NEVER_LEFT],
        [refused("nonce too low"), LOST],
        [refused("the moon is in the wrong house")],
        [refused("nonce too low"), refused("txpool is full")],
        [refused("internal error")],
    ],
)
def test_a_silence_or_an_unheard_word_is_unknown(replies):
    assert refusals.verdict(replies, evm_node._REFUSALS).outcome is Outcome.UNKNOWN


def test_a_node_that_never_got_it_does_not_weaken_a_clear_no():
    found = refusals.verdict([NEVER_LEFT, refused("nonce too low")], evm_node._REFUSALS)
    assert (found.outcome, found.code) == (Outcome.FAILED, "nonce_too_low")
