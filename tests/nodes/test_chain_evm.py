"""What only EVM networks have: contracts, tokens, failed transactions that pay all the same, gas estimates."""

from dataclasses import replace

import pytest
from eth_account import Account
from eth_utils.crypto import keccak

from chains.errors import NodeUnavailable, PayloadInvalid, PaymentImpossible
from chains.values import Outcome, Presence
from tests.factories.chain_nodes import anvil_node
from tests.factories.chain_rigs import EvmRig, connect, spend
from tests.factories.chains import key, public_key, sign
from tests.factories.rpc_servers import Refuse, Relay, rpc_server

TRANSFER_TOPIC = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"
# Logs Transfer(caller, first argument, second argument) and returns true, whatever it is asked.
TOKEN_CODE = (
    "0x" + "602435600052" + "600435" + "33" + f"7f{TRANSFER_TOPIC}" + "6020" + "6000" + "a3" + "600160005260206000f3"
)
REVERTING_CODE = "0x60006000fd"
STORING_CODE = "0x34600055"  # keeps the value it was sent: more than 21,000 gas
TOKEN, STRANGE_TOKEN = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB", "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb"
REVERTING, STORING = "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359", "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


@pytest.fixture(scope="module")
def node():
    with anvil_node() as node:
        for address, code in [
            (TOKEN, TOKEN_CODE),
            (STRANGE_TOKEN, TOKEN_CODE),
            (REVERTING, REVERTING_CODE),
            (STORING, STORING_CODE),
        ]:
            node.call("anvil_setCode", address, code)
        node.mine()
        yield node


@pytest.fixture
def network(node):
    network = EvmRig(node)
    network.fund("alice")
    network.mine()
    return network


@pytest.fixture
def chain(network):
    return connect(network)


def send(network, chain, *, minor, **changes):
    payment = replace(spend(chain, owner="alice", minor=minor), **changes)
    signed = sign(chain, chain.build(payment))
    assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
    network.mine()
    return signed


def test_a_token_deposit_is_found_for_known_contracts_only(network, chain):
    bob = chain.address_of(public_key("bob"))
    ours = send(network, chain, minor=1_234_567, contract=TOKEN)
    send(network, chain, minor=99, contract=STRANGE_TOKEN)
    head = chain.head().height
    found = chain.block(head - 1, frozenset({TOKEN})).movements
    assert [(each.txid, each.index, each.address, each.contract, each.minor) for each in found] == [
        (ours.txid, 1, bob, TOKEN, 1_234_567)
    ]
    assert chain.block(head, frozenset({TOKEN})).movements == ()
    assert chain.block(head - 1).movements == ()


def test_a_transfer_that_fails_moves_nothing_and_pays_its_fee(network, chain):
    before = chain.balance(chain.address_of(public_key("alice")))
    signed = send(network, chain, minor=10**15, gas_limit=50_000, to=REVERTING)
    state = chain.state(signed.txid)
    assert (state.presence, state.succeeded) == (Presence.MINED, False)
    assert state.fee_minor > 0
    assert chain.balance(chain.address_of(public_key("alice"))) == before - state.fee_minor
    block = chain.block(chain.head().height)
    assert (block.movements, block.txids) == ((), (signed.txid,))


def test_gas_is_estimated_with_a_margin_and_a_hopeless_transfer_is_refused(chain):
    payment = spend(chain, owner="alice", minor=10**15)
    assert 21_000 * 5 // 4 < chain.gas_limit(replace(payment, to=STORING)) < 100_000
    assert 21_000 < chain.gas_limit(replace(payment, contract=TOKEN)) < 60_000
    with pytest.raises(PaymentImpossible):
        chain.gas_limit(replace(payment, to=REVERTING))


def test_gas_is_estimated_though_the_sender_has_too_little_yet(network):
    relay = Relay(network.url)
    asked = []

    def poor(method, pass_on):
        """Most nodes look at the sender's balance even for an estimate; the local one does not."""
        if method == "eth_estimateGas":
            asked.append(method)
            if len(asked) == 1:
                raise Refuse(-32000, "insufficient funds for gas * price + value: address 0xAb have 0 want 1")
        return pass_on()

    relay.fault = poor
    with rpc_server(relay) as server:
        chain = connect(network, server.url)
        payment = spend(chain, owner="alice", minor=10**15)
        assert chain.gas_limit(payment) == 21_000
        assert len(asked) == 2
        asked.clear()
        with pytest.raises(PaymentImpossible) as refusal:
            chain.gas_limit(replace(payment, to=REVERTING))
    assert "0xAb" not in str(vars(refusal.value))


def test_the_balance_of_a_contract_that_is_none_is_no_number(chain):
    with pytest.raises(NodeUnavailable):
        chain.balance(chain.address_of(public_key("alice")), "0x" + "11" * 20)


def test_nonces_count_mined_transactions(network, chain):
    alice = chain.address_of(public_key("alice"))
    before = chain.next_nonce(alice)
    height = chain.head().height
    send(network, chain, minor=10**15)
    assert chain.next_nonce(alice) == before + 1
    assert chain.next_nonce(alice, up_to=height) == before, "whatever was mined while it was asked"
    assert chain.next_nonce(alice, up_to=height + 1) == chain.next_nonce(alice, up_to=height + 100) == before + 1


def test_a_node_without_block_receipts_is_read_transaction_by_transaction(network, chain):
    send(network, chain, minor=10**15)
    height = chain.head().height
    relay = Relay(network.url)

    def older_node(method, pass_on):
        if method == "eth_getBlockReceipts":
            raise Refuse(-32601, "the method eth_getBlockReceipts does not exist")
        return pass_on()

    relay.fault = older_node
    with rpc_server(relay) as server:
        older = connect(network, server.url)
        assert older.block(height) == chain.block(height)
        assert older.block(height - 1) == chain.block(height - 1)
        assert server.calls.count("eth_getBlockReceipts") == 1


def test_receipts_of_another_block_are_not_taken_for_this_ones(network, chain):
    send(network, chain, minor=10**15)
    height = chain.head().height
    relay = Relay(network.url)

    def changed_since(method, pass_on):
        result = pass_on()
        if method == "eth_getBlockReceipts":
            for receipt in result:
                receipt["blockHash"] = "0x" + "ab" * 32
        return result

    relay.fault = changed_since
    with rpc_server(relay) as server, pytest.raises(NodeUnavailable, match="changed while it was read"):
        connect(network, server.url).block(height)


ACCESS = [{"address": TOKEN, "storageKeys": ["0x" + "11" * 32]}, {"address": STORING, "storageKeys": []}]
DYNAMIC = {"maxFeePerGas": 10**11, "maxPriorityFeePerGas": 10**9}
FOREIGN = {
    "list": {"type": 1, "gasPrice": 10**11, "accessList": ACCESS},
    "type 2 with list": {"type": 2, **DYNAMIC, "accessList": ACCESS},
    "creation": {"type": 2, **DYNAMIC, "to": None, "data": "0x" + "00" * 5},
    "old creation": {"gasPrice": 10**11, "to": None},
    "no chain id": {"gasPrice": 10**11, "chainId": None},
    "blobs": {"type": 3, **DYNAMIC, "maxFeePerBlobGas": 10**10},
    "delegation": {"type": 4, **DYNAMIC, "authorizationList": True},
}


def foreign(changes, nonce, chain_id):
    """A transaction of alice's in a form that this house never signs."""
    whole = {"chainId": chain_id, "nonce": nonce, "gas": 200_000, "to": STORING, "value": 5, "data": "0x"} | changes
    private, more = key("alice").secret, {}
    if whole.get("authorizationList"):
        authorization = {"chainId": chain_id, "address": TOKEN, "nonce": nonce + 1}
        whole["authorizationList"] = [Account.sign_authorization(authorization, private)]
    if whole.get("type") == 3:
        more = {"blobs": [bytes(131_072)]}
    return bytes(
        Account.sign_transaction({k: v for k, v in whole.items() if v is not None}, private, **more).raw_transaction
    )


@pytest.mark.parametrize("form", FOREIGN)
def test_a_form_that_we_never_sign_is_given_back_as_it_was_signed_and_is_none_of_ours(network, chain, form):
    raw = foreign(FOREIGN[form], chain.next_nonce(chain.address_of(public_key("alice"))), int(chain.config.chain))
    txid = network._node.call("eth_sendRawTransaction", "0x" + raw.hex())
    network.mine()
    assert chain.state(txid).presence is Presence.MINED
    assert "0x" + keccak(chain.raw(txid)).hex() == txid
    with pytest.raises(PayloadInvalid):
        chain.stated(chain.raw(txid))
