import base64
import hashlib
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stellar_sdk import (
    Asset,
    ChangeTrust,
    Keypair,
    LedgerBounds,
    ManageData,
    Preconditions,
    TimeBounds,
    Transaction,
    TransactionBuilder,
    TransactionEnvelope,
)
from stellar_sdk import Payment as PaymentOperation

from chains.adapters import stellar_address, stellar_payload
from chains.errors import AddressInvalid, MemoInvalid, PayloadInvalid, PaymentImpossible
from chains.values import TRUSTLINE, TRUSTLINE_MINOR, Output
from tests.factories.chains import adapter, address_of, payment, public_key, rate, sign

# SEP-23, "Valid test cases" and "Invalid test cases"
KEY = "3f0c34bf93ad0d9971d04ccc90f705511c838aad9734a4a2fb0d7a03fc7fe89a"
ACCOUNT = "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZ"
MUXED = {
    0: "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ",
    2**63: "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLK",
}
INVALID = [
    "GAAAAAAAACGC6",
    "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUR",
    "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVSGZA",
    "GA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUACUSI",
    "G47QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVP2I",
    "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJVAAAAAAAAAAAAAJLKA",
    "M47QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUQ",
    "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUK===",
    "MA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUAAAAAAAAAAAACJUO",
    "BAAD6DBUX6J22DMZOHIEZTEQ64CVCHEDRKWZONFEUL5Q26QD7R76RGR4TU",
    "CA7QYNF7SOWQ3GLR2BGMZEHXAVIRZA4KVWLTJJFC7MGXUA74P7UJUWDA",
]
# SEP-5, "Test 1": the first account of twelve words
SEP_5 = "GDRXE2BQUC3AZNPVFSCEZ76NJ3WWL25FYFK6RGZGIEKWE4SOOHSUJUJ6"
PASSPHRASE = stellar_payload.PASSPHRASES["devnet"]
USDC = f"USDC:{ACCOUNT}"


def test_accounts_of_sep_23():
    chain = adapter("stellar")
    assert chain.address_of(bytes.fromhex(KEY)) == chain.check_address(ACCOUNT) == ACCOUNT


@pytest.mark.parametrize(("number", "address"), MUXED.items())
def test_muxed_accounts_of_sep_23(number, address):
    assert adapter("stellar").tagged_address(ACCOUNT, number) == address
    assert adapter("stellar").check_address(address) == address
    assert stellar_address.account_of(address) == ACCOUNT


@pytest.mark.parametrize("address", INVALID)
def test_what_sep_23_calls_invalid_or_is_no_account_is_refused(address):
    with pytest.raises(AddressInvalid):
        adapter("stellar").check_address(address)


@pytest.mark.parametrize("minor", [1, 9, 10, 10_000_000, 2**63 - 1])
def test_a_stroop_is_built_and_read_as_a_stroop(minor):
    """The library writes it as 1E-7 units, which is no amount to anybody else."""
    asked = payment("stellar", minor=minor)
    unsigned = adapter("stellar").build(asked)
    assert unsigned.outputs == (Output(asked.to, minor),)


def test_a_secret_key_and_a_contract_are_named_as_what_they_are():
    with pytest.raises(AddressInvalid, match="secret key"):
        adapter("stellar").check_address(Keypair.random().secret)
    with pytest.raises(AddressInvalid, match="contract"):
        adapter("stellar").check_address(INVALID[-1])


@pytest.mark.parametrize(
    ("said", "canonical"),
    [
        ("", ""),
        ("  ", ""),
        ("7", "id:7"),
        (str(2**64 - 1), "id:18446744073709551615"),
        ("007", "text:007"),
        ("text:7", "text:7"),
        (" for you ", "text:for you"),
        ("rent: May", "text:rent: May"),
        ("ünïcödé is 28 bytes!!!", "text:ünïcödé is 28 bytes!!!"),
        ("hash:" + "ab" * 32, "hash:" + "ab" * 32),
        ("return:" + "cd" * 32, "return:" + "cd" * 32),
    ],
)
def test_memos_have_one_form(said, canonical):
    assert adapter("stellar").check_memo(ACCOUNT, said) == canonical


@pytest.mark.parametrize("said", [str(2**64), "id:x", "id:", "text:", "x" * 29, "hash:ab", "return:" + "AB" * 32])
def test_memos_that_fit_nowhere_are_refused(said):
    with pytest.raises(MemoInvalid):
        adapter("stellar").check_memo(ACCOUNT, said)


def test_beside_a_muxed_address_there_is_no_memo():
    with pytest.raises(MemoInvalid, match="by itself"):
        adapter("stellar").check_memo(MUXED[0], "7")
    assert adapter("stellar").check_memo(MUXED[0], "") == ""


@given(
    minor=st.integers(10_000_000, 2**63 - 1),
    nonce=st.integers(1, 2**63 - 1),
    fee=st.integers(100, 2**32 - 1),
    last=st.integers(1, 2**32 - 2),
    memo=st.sampled_from(["", "id:0", f"id:{2**64 - 1}", "text:hello", "hash:" + "01" * 32, "return:" + "02" * 32]),
    tag=st.none() | st.integers(0, 2**64 - 1),
    contract=st.sampled_from(["", USDC, f"LONGERCODE12:{SEP_5}"]),
    creates=st.booleans(),
)
def test_every_payment_is_read_back_whole(minor, nonce, fee, last, memo, tag, contract, creates):
    chain = adapter("stellar")
    to = ACCOUNT if tag is None else chain.tagged_address(ACCOUNT, tag)
    creates = creates and not contract and tag is None
    wanted = payment(
        "stellar",
        to=to,
        minor=minor,
        nonce=nonce,
        rate=rate("stellar", per_unit=fee),
        last_height=last,
        memo=memo,
        contract=contract,
        creates=creates,
    )
    unsigned = chain.build(wanted)
    assert unsigned.outputs == (Output(to, minor, contract),)
    assert (unsigned.max_fee_minor, unsigned.memo, unsigned.last_height) == (fee, memo, last)
    assert unsigned.replay_tokens == (f"{wanted.sender}:{nonce}",)
    signed = sign(chain, unsigned)
    envelope = TransactionEnvelope.from_xdr(base64.b64encode(signed.raw).decode(), PASSPHRASE)
    assert envelope.hash().hex() == signed.txid
    Keypair.from_public_key(wanted.sender).verify(envelope.hash(), envelope.signatures[0].signature)


@pytest.mark.parametrize(
    "changes",
    [
        {"minor": 0},
        {"minor": 2**63},
        {"last_height": 0},
        {"nonce": 0},
        {"to": "not an address"},
        {"contract": "USDC"},
        {"contract": "USDC:" + MUXED[0]},
        {"creates": True, "minor": 9_999_999},
        {"creates": True, "contract": USDC},
        {"creates": True, "to": MUXED[0]},
        {"to": "trustline:USDC", "minor": TRUSTLINE_MINOR},
        {"to": f"trustline:{USDC}", "minor": TRUSTLINE_MINOR + 1},
        {"to": f"trustline:{USDC}", "minor": TRUSTLINE_MINOR, "contract": USDC},
        {"to": f"trustline:{USDC}", "minor": TRUSTLINE_MINOR, "memo": "id:7"},
    ],
)
def test_what_no_ledger_would_take_is_not_built(changes):
    with pytest.raises(PaymentImpossible):
        adapter("stellar").build(payment("stellar", **changes))


def built(*operations, passphrase=PASSPHRASE, **bounds) -> bytes:
    """The payload of any transaction of alice's, by Stellar's own library."""
    owner = address_of(adapter("stellar"), "alice")
    transaction = Transaction(owner, 7, 100, operations, preconditions=Preconditions(**bounds))
    return TransactionEnvelope(transaction, passphrase).signature_base()


OURS = {"ledger_bounds": LedgerBounds(0, 1_001), "min_sequence_number": 0}
PLAIN = PaymentOperation(ACCOUNT, Asset.native(), "2.5")


def test_the_library_builds_the_same_bytes():
    wanted = payment("stellar", to=ACCOUNT)
    assert adapter("stellar").build(wanted).payload == built(PLAIN, **OURS)


@pytest.mark.parametrize(
    "payload",
    [
        built(PLAIN, PLAIN, **OURS),
        built(PLAIN, ManageData("name", b"value"), **OURS),
        built(ManageData("name", b"value"), **OURS),
        built(ChangeTrust(Asset("USDC", ACCOUNT), "5"), **OURS),
        built(PaymentOperation(ACCOUNT, Asset.native(), "2.5", source=SEP_5), **OURS),
        built(PLAIN, **OURS, passphrase=stellar_payload.PASSPHRASES["public"]),
        built(PLAIN, min_sequence_number=0),
        built(PLAIN, ledger_bounds=LedgerBounds(0, 1_001)),
        built(PLAIN, ledger_bounds=LedgerBounds(5, 1_001), min_sequence_number=0),
        built(PLAIN, **OURS, time_bounds=TimeBounds(0, 2**40)),
        built(PLAIN, **OURS) + b"\0\0\0\0",
    ],
    ids=[
        "two",
        "payment and more",
        "no payment",
        "a limit of trust",
        "another source",
        "network",
        "no bound",
        "no minimum",
        "least",
        *"tx",
    ],
)
def test_nothing_but_our_own_form_is_signed(payload):
    with pytest.raises(PayloadInvalid):
        adapter("stellar").decode(payload)


def test_a_trustline_is_read_back_as_nothing_but_that():
    chain = adapter("stellar")
    wanted = payment("stellar", to=f"{TRUSTLINE}{USDC}", minor=TRUSTLINE_MINOR)
    unsigned = chain.build(wanted)
    assert unsigned.outputs == (Output(f"{TRUSTLINE}{USDC}", TRUSTLINE_MINOR, ""),)
    envelope = TransactionEnvelope.from_xdr(base64.b64encode(sign(chain, unsigned).raw).decode(), PASSPHRASE)
    [operation] = envelope.transaction.operations
    assert operation == ChangeTrust(Asset("USDC", ACCOUNT), "922337203685.4775807")
    with pytest.raises(AddressInvalid):
        chain.check_address(wanted.to)  # no person can ask for one


def test_an_envelope_is_explained_whoever_signed_it():
    chain = adapter("stellar")
    signed = sign(chain, chain.build(payment("stellar")))
    envelope = TransactionEnvelope.from_xdr(base64.b64encode(signed.raw).decode(), PASSPHRASE)
    outer = TransactionBuilder.build_fee_bump_transaction(Keypair.random(), 500, envelope, PASSPHRASE)
    raw = base64.b64decode(outer.to_xdr())
    assert chain.explain(raw) == (outer.hash().hex(), chain.explain(signed.raw)[1])
    with pytest.raises(PayloadInvalid):
        chain.explain(signed.raw + b"\0\0\0\0")


def test_a_transaction_is_one_of_one_network_alone():
    chain, other = adapter("stellar"), adapter("stellar", chain="testnet")
    unsigned = chain.build(payment("stellar"))
    with pytest.raises(PayloadInvalid, match="another network"):
        other.decode(unsigned.payload)
    assert other.build(payment("stellar")).payload[32:] == unsigned.payload[32:]
    assert unsigned.payload[:32] == hashlib.sha256(PASSPHRASE.encode()).digest()


def test_the_source_signs_and_nobody_else():
    chain = adapter("stellar")
    unsigned = chain.build(replace(payment("stellar"), sender=address_of(chain, "carol")))
    with pytest.raises(PayloadInvalid, match="another key"):
        chain.attach(unsigned.payload, [b"\1" * 64], [public_key("alice", chain.curve)])
