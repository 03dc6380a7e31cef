"""What only Bitcoin has, against Bitcoin Core's own rules: every kind of address, and many paid at once."""

from collections import Counter
from dataclasses import replace

import pytest

from chains.adapters import bitcoin_address
from chains.adapters.bitcoin_payload import parse_transaction
from chains.values import Outcome, Output, Presence
from devnet.bitcoin.scripts import weight_of
from tests.factories.chain_rigs import connect, rig, spend
from tests.factories.chains import sign

KINDS = {
    "P2PKH": "76a914" + "11" * 20 + "88ac",
    "P2SH": "a914" + "22" * 20 + "87",
    "P2WPKH": "0014" + "33" * 20,
    "P2WSH": "0020" + "44" * 32,
    # BIP-350's key, so that it lies on the curve
    "P2TR": "512079be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
}


@pytest.fixture(scope="module")
def network(tmp_path_factory):
    with rig("bitcoin", tmp_path_factory.mktemp("node") / "data") as network:
        network.mine(2)
        yield network


def test_every_kind_of_address_is_paid_alone_and_with_others_at_the_fee_of_its_size(network):
    chain = connect(network)
    addresses = [str(bitcoin_address.to_address(bytes.fromhex(script), chain="regtest")) for script in KINDS.values()]
    twice = Output(addresses[0], 30_000)
    orders = [[address] for address in addresses] + [addresses]
    for number, paid in enumerate(orders):
        owner = f"payer {number}"
        network.fund(owner)
        network.mine()
        outputs = [Output(address, 20_000 + place) for place, address in enumerate(paid)] + [twice] * 2
        payment = spend(chain, owner=owner, minor=outputs[0].minor, others=tuple(outputs[1:]))
        payment = replace(payment, to=outputs[0].address)
        unsigned = chain.build(payment)
        assert Counter(each for each in unsigned.outputs if each.address != payment.change_address) == Counter(outputs)
        signed = sign(chain, unsigned, owner=owner)
        assert chain.broadcast(signed).outcome is Outcome.SUCCEEDED
        weight = weight_of(parse_transaction(signed.raw))
        # A signature is a byte shorter every other time: a unit of weight, so at most a quarter of a virtual byte.
        assert -(-weight // 4) <= unsigned.max_fee_minor * 1_000 // payment.rate.rate <= -(-(weight + 3) // 4)
        network.mine()
        state = chain.state(signed.txid)
        assert (state.presence, state.fee_minor) == (Presence.MINED, unsigned.max_fee_minor)
        found = [each for each in chain.block(state.height).movements if each.txid == signed.txid]
        assert len({each.index for each in found}) == len(outputs) + 1
        assert [each.minor for each in found if each.address == twice.address].count(30_000) == 2
