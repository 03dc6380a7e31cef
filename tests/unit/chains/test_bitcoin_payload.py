from dataclasses import replace

import pytest
from bitcoin.core import CMutableTransaction
from embit.ec import PublicKey as EmbitKey
from embit.psbt import PSBT, DerivationPath
from embit.script import Script, Witness
from embit.transaction import Transaction, TransactionInput, TransactionOutput

from chains.adapters import bitcoin_address, bitcoin_payload
from chains.adapters.bitcoin_coins import fee_for
from chains.errors import PayloadInvalid
from chains.values import Output
from tests.factories.chains import adapter, coin, key, payment, public_key, rate, sign

# BIP-143, "Native P2WPKH"
BIP_143_UNSIGNED = (
    "0100000002fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000000eeffffff"
    "ef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff"
    "02202cb206000000001976a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac"
    "9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac11000000"
)
BIP_143_SIGNED = (
    "01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f00000000494830450221008b9d1dc26ba6a9c"
    "b62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194ba3f9281a99f2b1c0a19c0489bc22ede944ccf4ecbab4cc618ef3"
    "ed01eeffffffef51e1b804cc89d182d279655c3aa89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976"
    "a9148280b37df378db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0167faa815988ac"
    "000247304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc44a0220573a954c4518331561406f90300e8f335"
    "8f51928d43c212a8caed02de67eebee0121025476c2e83188368da1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee635711000000"
)
# BIP-174, "The following are invalid PSBTs": a network transaction; missing outputs; a filled scriptSig
BIP_174_INVALID = [
    "0200000001268171371edff285e937adeea4b37b78000c0566cbb3ad64641713ca42171bf6000000006a473044022070b2245123e6bf474d60"
    "c5b50c043d4c691a5d2435f09a34a7662a9dc251790a022001329ca9dacf280bdf30740ec0390422422c81cb45839457aeb76fc12edd95b301"
    "2102657d118d3357b8e0f4c2cd46db7b39f6d9c38d9a70abcb9b2de5dc8dbfe4ce31feffffff02d3dff505000000001976a914d0c59903c5ba"
    "c2868760e90fd521a4665aa7652088ac00e1f5050000000017a9143545e6e33b832c47050f24d3eeb93c9c03948bc787b32e1300",
    "70736274ff0100750200000001268171371edff285e937adeea4b37b78000c0566cbb3ad64641713ca42171bf60000000000feffffff02d3df"
    "f505000000001976a914d0c59903c5bac2868760e90fd521a4665aa7652088ac00e1f5050000000017a9143545e6e33b832c47050f24d3eeb9"
    "3c9c03948bc787b32e1300000100fda5010100000000010289a3c71eab4d20e0371bbba4cc698fa295c9463afa2e397f8533ccb62f9567e501"
    "00000017160014be18d152a9b012039daf3da7de4f53349eecb985ffffffff86f8aa43a71dff1448893a530a7237ef6b4608bbb2dd2d0171e6"
    "3aec6a4890b40100000017160014fe3e9ef1a745e974d902c4355943abcb34bd5353ffffffff0200c2eb0b000000001976a91485cff1097fd9"
    "e008bb34af709c62197b38978a4888ac72fef84e2c00000017a914339725ba21efd62ac753a9bcd067d6c7a6a39d05870247304402202712be"
    "22e0270f394f568311dc7ca9a68970b8025fdd3b240229f07f8a5f3a240220018b38d7dcd314e734c9276bd6fb40f673325bc4baa144c800d2"
    "f2f02db2765c012103d2e15674941bad4a996372cb87e1856d3652606d98562fe39c5e9e7e413f210502483045022100d12b852d85dcd961d2"
    "f5f4ab660654df6eedcc794c0c33ce5cc309ffb5fce58d022067338a8e0e1725c197fb1a88af59f51e44e4255b20167c8684031c05d1f2592a"
    "01210223b72beef0965d10be0778efecd61fcac6f79a4ea169393380734464f84f2ab30000000000",
    "70736274ff0100fd0a010200000002ab0949a08c5af7c49b8212f417e2f15ab3f5c33dcf153821a8139f877a5b7be4000000006a4730440220"
    "4759661797c01b036b25928948686218347d89864b719e1f7fcf57d1e511658702205309eabf56aa4d8891ffd111fdf1336f3a29da866d7f84"
    "86d75546ceedaf93190121035cdc61fc7ba971c0b501a646a2a83b102cb43881217ca682dc86e2d73fa88292feffffffab0949a08c5af7c49b"
    "8212f417e2f15ab3f5c33dcf153821a8139f877a5b7be40100000000feffffff02603bea0b000000001976a914768a40bbd740cbe81d988e71"
    "de2a4d5c71396b1d88ac8e240000000000001976a9146f4620b553fa095e721b9ee0efe9fa039cca459788ac00000000000001012000e1f505"
    "0000000017a9143545e6e33b832c47050f24d3eeb93c9c03948bc787010416001485d13537f2e265405a34dbafa9e3dda01fb82308000000",
]


def test_the_signature_hash_of_bip_143():
    transaction = CMutableTransaction.deserialize(bytes.fromhex(BIP_143_UNSIGNED))
    script = bytes.fromhex("00141d0f172a0ecb48aee1be1f2687d2963ae33f71a1")
    digest = bitcoin_payload.witness_digest(transaction, 1, script, 600_000_000)
    assert digest.hex() == "c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670"


def test_a_signed_transaction_of_bip_143_is_explained():
    txid, tokens = bitcoin_payload.explain(bytes.fromhex(BIP_143_SIGNED))
    assert txid == "e8151a2af31c368a35053ddd4bdb285a8595c769a3ad83e0fa02314a602d4609"
    assert tokens == (
        "9f96ade4b41d5433f4eda31e1738ec2b36f6e7d1420d94a6af99801a88f7f7ff:0",
        "8ac60eb9575db5b2d987e29f301b5b819ea83a5c6579d282d189cc04b8e151ef:1",
    )


@pytest.mark.parametrize("hexadecimal", BIP_174_INVALID)
def test_invalid_psbts_of_bip_174_are_refused(hexadecimal):
    with pytest.raises(PayloadInvalid):
        adapter("bitcoin").decode(bytes.fromhex(hexadecimal))


def test_a_payment_is_built_with_its_change_and_exact_fee():
    chain = adapter("bitcoin")
    unsigned = chain.build(payment("bitcoin"))
    to, own = chain.address_of(public_key("bob")), chain.address_of(public_key("alice"))
    assert unsigned.payload.startswith(b"psbt\xff")
    assert set(unsigned.outputs) == {Output(to, 25_000), Output(own, 100_000 - 25_000 - 705)}
    assert unsigned.max_fee_minor == 705  # 140.5 virtual bytes, rounded up, at 5 satoshi
    assert unsigned.senders == (own,)
    assert unsigned.replay_tokens == (str(coin(100_000).outpoint),)


def test_building_again_gives_the_same_bytes_and_change_is_at_either_place():
    chain = adapter("bitcoin")
    own = chain.address_of(public_key("alice"))
    places = set()
    for minor in range(25_000, 25_040):
        unsigned = chain.build(payment("bitcoin", minor=minor))
        assert chain.build(payment("bitcoin", minor=minor)) == unsigned
        places.add([output.address for output in unsigned.outputs].index(own))
    assert places == {0, 1}


def test_the_real_transaction_is_no_larger_than_was_paid_for():
    chain = adapter("bitcoin")
    coins = tuple(coin(10_000, number=number) for number in range(7))
    unsigned = chain.build(payment("bitcoin", minor=60_000, coins=coins, rate=rate(per_unit=1_000)))
    raw = sign(chain, unsigned).raw
    without_witness = len(raw) - 2 - sum(1 + 1 + raw_signature for raw_signature in _witness_items(raw))
    vbytes = (without_witness * 3 + len(raw) + 3) // 4
    assert vbytes <= unsigned.max_fee_minor <= vbytes + len(coins)


def _witness_items(raw):
    transaction = bitcoin_payload.parse_transaction(raw)
    return [len(witness.scriptWitness.serialize()) - 2 for witness in transaction.wit.vtxinwit]


def _psbt(*, sequence=0xFFFFFFFD, version=2, locktime=0, pay=None, minor=90_000, coins=(), unknown=None):
    chain = adapter("bitcoin")
    coins = coins or (coin(100_000),)
    own = chain.address_of(public_key("alice"))
    script = bitcoin_address.to_script(own, chain="regtest")
    inputs = [
        TransactionInput(bytes.fromhex(each.outpoint.txid), each.outpoint.vout, sequence=sequence) for each in coins
    ]
    outputs = [TransactionOutput(minor, Script(pay if pay is not None else script))]
    psbt = PSBT(Transaction(version=version, vin=inputs, vout=outputs, locktime=locktime))
    for scope, each in zip(psbt.inputs, coins, strict=True):
        scope.witness_utxo = TransactionOutput(each.minor, Script(script))
        if unknown:
            scope.unknown = dict(unknown)
    return psbt


def test_the_plain_form_is_accepted():
    assert adapter("bitcoin").decode(_psbt().serialize()).max_fee_minor == 10_000


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"sequence": 0xFFFFFFFF}, "more than a plain"),
        ({"version": 1}, "version or locktime"),
        ({"locktime": 17}, "version or locktime"),
        ({"pay": b"\x6a\x04memo"}, "an output's amount or script"),
        ({"pay": b""}, "an output's amount or script"),
        ({"minor": 0}, "an output's amount or script"),
        ({"minor": 100_001}, "more is paid out"),
        ({"minor": 2**63}, "an output's amount or script"),
        ({"coins": (coin(50_000), coin(50_000))}, "spent twice"),
        ({"unknown": {b"\xfc\x01": b"x"}}, "more than a plain"),
    ],
)
def test_a_psbt_that_this_house_would_not_build_is_refused(changes, says):
    with pytest.raises(PayloadInvalid, match=says):
        adapter("bitcoin").decode(_psbt(**changes).serialize())


def test_an_input_of_another_kind_is_refused():
    psbt = _psbt()
    psbt.inputs[0].witness_utxo = TransactionOutput(100_000, Script(b"\x51\x20" + b"\x01" * 32))
    with pytest.raises(PayloadInvalid, match="not a P2WPKH input"):
        adapter("bitcoin").decode(psbt.serialize())
    psbt.inputs[0].witness_utxo = None
    with pytest.raises(PayloadInvalid, match="without its amount"):
        adapter("bitcoin").decode(psbt.serialize())


def test_a_false_amount_makes_the_signature_worthless():
    chain = adapter("bitcoin")
    honest, lying = _psbt(), _psbt()
    lying.inputs[0].witness_utxo.value = 95_000
    signature = key("alice").sign_recoverable(chain.digests(lying.serialize())[0], hasher=None)
    with pytest.raises(PayloadInvalid, match="does not fit"):
        chain.attach(honest.serialize(), [signature], [public_key("alice")])


def test_processes_on_another_chain_do_not_disturb_this_one():
    mainnet = adapter("bitcoin", chain="main")
    own = mainnet.address_of(public_key("alice"))
    coins = (replace(coin(100_000), address=own),)
    unsigned = mainnet.build(payment("bitcoin", to=own, coins=coins, change_address=own))
    assert {output.address for output in unsigned.outputs} == {own}
    assert own.startswith("bc1q")


def test_fee_of_many_outputs_counts_their_number():
    assert fee_for(inputs=300, scripts=[b"\x00\x14" + b"\x01" * 20], rate=1_000) == 20_444


def _set(of, **fields):
    """Return what fills in a field of the PSBT itself, its first input or its first output."""

    def fill(psbt):
        scope = {"all": psbt, "input": psbt.inputs[0], "output": psbt.outputs[0]}[of]
        for name, value in fields.items():
            assert hasattr(scope, name)
            setattr(scope, name, value)

    return fill


OWN_KEY = EmbitKey.parse(public_key("alice"))
DERIVATION = DerivationPath(b"\x01\x02\x03\x04", [0, 1])
SCRIPT = Script(b"\x51")


@pytest.mark.parametrize(
    "fill",
    [
        _set("all", unknown={b"\xfc\x05hello": b"x"}),
        _set("all", unknown={b"\x01" + b"\x04" * 78: b"\x01\x02\x03\x04"}),
        _set("input", unknown={b"\x0f": b"x"}),
        _set("input", sighash_type=0x01),
        _set("input", sighash_type=0x83),  # SINGLE | ANYONECANPAY: others could add to it
        _set("input", partial_sigs={OWN_KEY: b"\x30" * 70}),
        _set("input", bip32_derivations={OWN_KEY: DERIVATION}),
        _set("input", redeem_script=SCRIPT),
        _set("input", witness_script=SCRIPT),
        _set("input", final_scriptsig=SCRIPT),
        _set("input", final_scriptwitness=Witness([b"\x01", b"\x02"])),
        _set("input", non_witness_utxo=Transaction(vin=[TransactionInput(b"\x01" * 32, 0)], vout=[])),
        _set("output", unknown={b"\xfc\x05hello": b"x"}),
        _set("output", bip32_derivations={OWN_KEY: DERIVATION}),
        _set("output", redeem_script=SCRIPT),
        _set("output", witness_script=SCRIPT),
    ],
)
def test_any_field_of_bip_174_that_we_do_not_write_is_refused(fill):
    psbt = _psbt()
    plain = psbt.serialize()
    fill(psbt)
    filled = psbt.serialize()
    assert filled != plain
    for read in (adapter("bitcoin").decode, adapter("bitcoin").digests):
        with pytest.raises(PayloadInvalid):
            read(filled)


def test_a_psbt_written_otherwise_is_refused():
    plain = _psbt().serialize()
    end_of_global = plain.index(b"\x00\x01\x01\x1f")  # the end of the first map, then the amount of the input
    utxo = plain[end_of_global + 1 : end_of_global + 1 + 2 + 1 + 31]
    hostile = {
        "more after its end": plain + b"\x00",
        "less than all": plain[:-1],
        "another magic": b"psbt\xfe" + plain[5:],
        "a field twice": plain[: end_of_global + 1] + utxo + plain[end_of_global + 1 :],
        "twice": plain + plain,
    }
    for what, payload in hostile.items():
        with pytest.raises(PayloadInvalid):
            assert adapter("bitcoin").decode(payload) is None, what
