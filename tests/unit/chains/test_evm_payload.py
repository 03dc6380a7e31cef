import os
import subprocess
import sys

import pytest
import rlp
from coincurve import PrivateKey
from eth_account import Account
from eth_utils.address import to_checksum_address
from hypothesis import given
from hypothesis import strategies as st

from chains.adapters import evm_payload
from chains.adapters.evm_node import _checksummed
from chains.errors import AddressInvalid, PayloadInvalid, PaymentImpossible
from chains.values import Output, Payment
from devnet.places import ROOT
from tests.factories.chains import adapter, key, payment, public_key, rate, sign

# EIP-55, "Test Cases"
EIP_55 = [
    "0x52908400098527886E0F7030069857D2E4169EE7",
    "0x8617E340B3D01FA5F11F306F4090FD50E238070D",
    "0xde709f2102306220921060314715629080e2fb77",
    "0x27b1fdb04752bbc536007a920d24acb045561c26",
    "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed",
    "0xfB6916095ca1df60bB79Ce92cE3Ea74c37c5d359",
    "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB",
    "0xD1220A0cf47c7B9Be7A2E6BA89F429762e7b9aDb",
]
# Type-2 transactions signed with one key on chain 7822 (ethereumjs, packages/tx/test/json/eip1559.json)
SIGNER = PrivateKey(bytes.fromhex("8f2a55949038a9610f50fb23b5883af3b4ecb3c3bb792cbcefbd1542c692be63"))
SIGNED = [  # nonce, value, gas, tip, max fee, raw
    (
        *(819, 43_203_529, 35_552, 75_853, 121_212),
        "02f870821e8e8203338301284d8301d97c828ae094000000000000000000000000000000000000aaaa8402933bc980c080a0d067f2167008c"
        "59219652f91cbf8788dbca5f771f6e91e2b7657e85b78b472e0a01d305af9fe81fdba43f0dfcd400ed24dcace0a7e30d4e85701dcaaf484cd"
        "079e",
    ),
    (
        *(353, 61_901_619, 32_593, 38_850, 136_295),
        "02f86f821e8e8201618297c283021467827f5194000000000000000000000000000000000000aaaa8403b08b3380c001a004205678f13fc1d"
        "7b10feea6513dfa76e24418b6e08097d95c6f93a3b64e536da01d45ad61bfece43862de2cce7d2575a8c1d08c26c87f3cb5f26d7b0be54a91"
        "b2",
    ),
    (
        *(119, 65_456_115, 62_341, 24_721, 107_729),
        "02f86d821e8e778260918301a4d182f38594000000000000000000000000000000000000aaaa8403e6c7f380c001a0e38e239770801eb9954"
        "98c821e55ac9c19ae09184bb27b34be105e02fe3b7615a067c64ca6bd6d9107e85fd581ab2e70a14b637eb36505bb40861ef9d6e800cab6",
    ),
]
TO = "0x000000000000000000000000000000000000aaaa"
TOKEN = "0xdbF03B407c01E7cD3CBea99509d93f8DDDC8C6FB"


@pytest.mark.parametrize("address", EIP_55)
def test_addresses_of_eip_55(address):
    chain = adapter("evm")
    assert chain.check_address(address) == address
    assert chain.check_address(address.lower()) == address
    assert chain.check_address("0x" + address[2:].upper()) == address


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "checksum"),
        ("0x5AAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "checksum"),
        ("5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x and 40"),
        ("0X5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "0x and 40"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAe", "0x and 40"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAedd", "0x and 40"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeg", "0x and 40"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed\n", "0x and 40"),
        ("", "0x and 40"),
        ("vitalik.eth", "0x and 40"),
        ("0x" + "0" * 40, "zero address"),
    ],
)
def test_other_texts_are_refused(text, says):
    with pytest.raises(AddressInvalid, match=says):
        adapter("evm").check_address(text)


def test_the_address_of_a_public_key():
    # private key 1: the best-known address of all
    one = PrivateKey((1).to_bytes(32)).public_key.format()
    assert adapter("evm").address_of(one) == "0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf"


@pytest.mark.parametrize(("nonce", "value", "gas", "tip", "max_fee", "raw"), SIGNED)
def test_known_transactions_are_built_signed_and_explained(nonce, value, gas, tip, max_fee, raw):
    chain = adapter("evm", chain="7822")
    public = SIGNER.public_key.format()
    sender = chain.address_of(public)
    unsigned = chain.build(
        payment(
            *("evm",),
            to=TO,
            minor=value,
            sender=sender,
            nonce=nonce,
            gas_limit=gas,
            rate=rate("ethereum", per_unit=max_fee, tip=tip),
        )
    )
    signature = SIGNER.sign_recoverable(chain.digests(unsigned.payload)[0], hasher=None)
    signed = chain.attach(unsigned.payload, [signature], [public])
    assert signed.raw.hex() == raw
    assert chain.explain(signed.raw) == (signed.txid, (f"{sender}:{nonce}",))
    assert Account.recover_transaction(signed.raw) == sender
    assert unsigned.max_fee_minor == gas * max_fee


def test_a_token_transfer_shows_its_recipient_amount_and_contract():
    chain = adapter("evm")
    unsigned = chain.build(payment("evm", contract=TOKEN, minor=1_234_567))
    assert unsigned.outputs == (Output(chain.address_of(public_key("bob")), 1_234_567, TOKEN),)
    assert unsigned.max_fee_minor == 100_000 * 3_000_000_000


def test_emptying_an_address_takes_the_fee_out_of_the_amount():
    unsigned = adapter("evm").build(payment("evm", minor=10**15, subtract_fee=True))
    assert unsigned.outputs[0].minor + unsigned.max_fee_minor == 10**15


@pytest.mark.parametrize(
    "changes",
    [{"minor": 0}, {"minor": 2**256}, {"minor": 21_000 * 3_000_000_000, "subtract_fee": True}, {"minor": -5}],
)
def test_impossible_payments_are_refused(changes):
    with pytest.raises(PaymentImpossible):
        adapter("evm").build(payment("evm", **changes))


def _payload(**changes):
    """A payload with fields this house may not have chosen."""
    fields = {
        "chain_id": 31_337,
        "nonce": 7,
        "tip": 10**9,
        "max_fee": 3 * 10**9,
        "gas": 21_000,
        "to": bytes.fromhex(TO[2:]),
        "value": 10**15,
        "data": b"",
        "access_list": [],
    } | changes
    sender = bytes.fromhex(adapter("evm").address_of(public_key("alice"))[2:])
    return sender + b"\x02" + rlp.encode(list(fields.values()))


def _transfer(address=b"\x11" * 20, minor=5, selector=evm_payload.TRANSFER, pad=b"\0" * 12):
    return selector + pad + address + minor.to_bytes(32)


def test_the_plain_forms_are_accepted():
    assert adapter("evm").decode(_payload()).outputs[0].minor == 10**15
    assert adapter("evm").decode(_payload(value=0, data=_transfer())).outputs[0].minor == 5


@pytest.mark.parametrize(
    "changes",
    [
        {"chain_id": 1},
        {"to": b""},
        {"to": b"\x11" * 19},
        {"value": 0},
        {"value": 2**256},
        {"gas": 0},
        {"gas": 2**64},
        {"nonce": 2**64},
        {"tip": 4 * 10**9},
        {"access_list": [[b"\x11" * 20, []]]},
        {"data": b"\x00"},
        {"data": _transfer()},  # with a value beside it
        {"value": 0, "data": _transfer(selector=bytes.fromhex("095ea7b3"))},  # approve
        {"value": 0, "data": _transfer() + b"\0"},
        {"value": 0, "data": _transfer()[:-1]},
        {"value": 0, "data": _transfer(minor=0)},
        {"value": 0, "data": _transfer(pad=b"\0" * 11 + b"\x01")},
    ],
)
def test_a_payload_that_this_house_would_not_build_is_refused(changes):
    with pytest.raises(PayloadInvalid):
        adapter("evm").decode(_payload(**changes))


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\x02",
        b"\x11" * 20,
        _payload()[:20] + b"\x01" + _payload()[21:],
        _payload() + b"\x00",
        _payload()[:-1],
        _payload()[:20] + b"\x02" + rlp.encode([b"\x00\x01"] + [b""] * 8),
        b"\x11" * 20 + b"\x02\xc0",
    ],
)
def test_bytes_that_are_no_payload_are_refused(payload):
    with pytest.raises(PayloadInvalid):
        adapter("evm").decode(payload)


def test_a_payload_that_names_another_sender_is_never_signed_into_a_transaction():
    chain = adapter("evm")
    payload = chain.build(payment("evm")).payload
    stranger = bytes.fromhex(chain.address_of(public_key("mallory"))[2:]) + payload[20:]
    signature = key("alice").sign_recoverable(chain.digests(stranger)[0], hasher=None)
    with pytest.raises(PayloadInvalid, match="not the sender's"):
        chain.attach(stranger, [signature], [public_key("alice")])
    with pytest.raises(PayloadInvalid, match="does not fit"):
        chain.attach(stranger, [signature], [public_key("mallory")])


@given(
    minor=st.integers(1, 2**256 - 1),
    nonce=st.integers(0, 2**63),
    per_unit=st.integers(1, 10**12),
    gas=st.integers(21_000, 10**7),
    contract=st.sampled_from(["", TOKEN]),
)
def test_what_is_built_is_read_back(minor, nonce, per_unit, gas, contract):
    chain = adapter("evm")
    fee = rate("ethereum", per_unit=per_unit, tip=per_unit // 2)
    wanted = payment("evm", minor=minor, nonce=nonce, rate=fee, gas_limit=gas, contract=contract)
    unsigned = chain.build(wanted)
    assert unsigned.outputs == (Output(wanted.to, minor, contract),)
    assert unsigned.max_fee_minor == gas * per_unit
    assert unsigned.replay_tokens == (f"{wanted.sender}:{nonce}",)
    signed = sign(chain, unsigned)
    assert chain.explain(signed.raw) == (signed.txid, unsigned.replay_tokens)


def test_who_only_checks_addresses_does_not_wait_for_web3():
    program = (
        "import sys; from chains.registry import ADAPTERS; from chains.values import NetworkConfig\n"
        "config = NetworkConfig('ethereum', 'evm', (), '1', 1, 1, 1, 1, 1)\n"
        "ADAPTERS.get('evm')(config).check_address('0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed')\n"
        "sys.exit('web3' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0


# EIP-155, "Example"
EIP_155_KEY = PrivateKey(b"\x46" * 32)
EIP_155_TO = "0x3535353535353535353535353535353535353535"
EIP_155_SIGNED_DATA = "ec098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a764000080018080"
EIP_155_DIGEST = "daf5a779ae972f972197303d7b574746c7ef83eadac0f2791ad23db92e4c8e53"
EIP_155_RAW = (
    "f86c098504a817c800825208943535353535353535353535353535353535353535880de0b6b3a76400008025a028ef61340bd939bc2195fe53"
    "7567866003e1a15d3c71ff63e1590620aa636276a067cbe9d8997f761aecb703304b3800ccf555c9f3dc64214b297fb1966a3b6d83"
)


def test_the_example_of_eip_155():
    chain = adapter("bsc", chain="1")
    own = EIP_155_KEY.public_key.format()
    price = rate("bsc", per_unit=20 * 10**9)
    wanted = Payment(EIP_155_TO, 10**18, "", price, sender=chain.address_of(own), nonce=9, gas_limit=21_000)
    unsigned = chain.build(wanted)
    assert unsigned.payload[20:].hex() == EIP_155_SIGNED_DATA
    (content,) = chain.digests(unsigned.payload)
    assert content.hex() == EIP_155_DIGEST
    signed = chain.attach(unsigned.payload, [EIP_155_KEY.sign_recoverable(content, hasher=None)], [own])
    assert signed.raw.hex() == EIP_155_RAW
    assert chain.explain(signed.raw) == (signed.txid, (f"{chain.address_of(own)}:9",))
    assert unsigned.max_fee_minor == 21_000 * 20 * 10**9


@pytest.mark.parametrize("contract", ["", TOKEN])
def test_a_gas_price_is_signed_as_another_library_signs_it(contract):
    chain = adapter("bsc")
    signed = sign(chain, chain.build(payment("bsc", contract=contract, minor=12_345)))
    to = chain.address_of(public_key("bob"))
    data = "0x" + (evm_payload.TRANSFER + bytes.fromhex(to[2:]).rjust(32, b"\0") + (12_345).to_bytes(32)).hex()
    fields = {"to": to, "value": 12_345, "data": "0x", "gas": evm_payload.NATIVE_GAS}
    if contract:
        fields = {"to": contract, "value": 0, "data": data, "gas": evm_payload.TOKEN_GAS}
    theirs = Account.sign_transaction(
        {**fields, "nonce": 7, "gasPrice": 3 * 10**9, "chainId": 56}, key("alice").to_hex().rjust(64, "0")
    )
    assert signed.raw == bytes(theirs.raw_transaction)


def test_each_network_has_one_form_and_refuses_the_other():
    for own, other in (("evm", "bsc"), ("bsc", "evm")):
        chain, stranger = adapter(own), adapter(other, chain=adapter(own).config.chain)
        with pytest.raises(PayloadInvalid, match="a form of transaction that the network does not have"):
            chain.decode(stranger.build(payment(own)).payload)


def test_what_is_signed_without_a_chain_id_is_refused():
    for v in (27, 28):
        raw = rlp.encode([9, 20 * 10**9, 21_000, b"\x35" * 20, 10**18, b"", v, 2**200, 2**200])
        with pytest.raises(PayloadInvalid, match="no chain id"):
            evm_payload.explain(raw)


def test_a_signature_has_no_place_in_what_is_to_be_signed():
    unsigned = adapter("bsc").build(payment("bsc")).payload
    signed = rlp.encode([*rlp.decode(unsigned[20:])[:7], b"\x01", b"\x01"])
    with pytest.raises(PayloadInvalid, match="a signature where none belongs"):
        adapter("bsc").decode(unsigned[:20] + signed)


def test_addresses_are_written_as_another_program_writes_them():
    for raw in (bytes(20), b"\xff" * 20, *(os.urandom(20) for _ in range(200))):
        assert _checksummed(raw) == to_checksum_address(raw)
