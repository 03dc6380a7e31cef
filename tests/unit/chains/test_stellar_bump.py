"""Fee bumps of Stellar: the library's own bytes, what is within untouched, one place of replay, nothing in disguise."""

import base64
from dataclasses import replace

import pytest
from stellar_sdk import (
    Asset,
    BumpSequence,
    FeeBumpTransactionEnvelope,
    Keypair,
    LedgerBounds,
    Operation,
    Preconditions,
    TransactionBuilder,
    TransactionEnvelope,
    xdr,
)
from stellar_sdk import Payment as PaymentOperation
from stellar_sdk.fee_bump_transaction import FeeBumpTransaction
from stellar_sdk.transaction import Transaction

from chains.adapters.stellar_node import spendable
from chains.adapters.stellar_payload import PASSPHRASES
from chains.errors import NotReplaceable, PayloadInvalid, PaymentImpossible
from chains.values import Output, Replacing, Signed, Unsigned
from tests.factories.chains import adapter, address_of, edwards_key, payment, public_key, rate, signature

PASSPHRASE = PASSPHRASES["devnet"]
CHAIN = adapter("stellar")
ALICE, BOB, CHANNEL = (address_of(CHAIN, name) for name in ("alice", "bob", "channel"))
NAMES = {ALICE: "alice", BOB: "bob", CHANNEL: "channel"}
LOW = rate("stellar", per_unit=1)


def signed_round(payload: bytes) -> Signed:
    unsigned = CHAIN.decode(payload)
    names = [NAMES[each] for each in unsigned.senders]
    made = [signature(name, each, CHAIN.curve) for name, each in zip(names, CHAIN.digests(payload), strict=True)]
    return CHAIN.attach(payload, made, [public_key(name, CHAIN.curve) for name in names])


def sign(unsigned: Unsigned) -> Signed:
    """As custody does: what is within first, then what is around it."""
    signed = signed_round(unsigned.payload)
    outer = CHAIN.around(unsigned.payload, signed)
    return signed_round(outer) if outer else signed


def plain(**changes: object) -> tuple[Unsigned, Signed]:
    unsigned = CHAIN.build(payment("stellar", **changes))
    return unsigned, sign(unsigned)


def channelled(**changes: object) -> tuple[Unsigned, Signed]:
    return plain(channel=CHANNEL, **changes)


def read(signed: Signed) -> FeeBumpTransactionEnvelope:
    return FeeBumpTransactionEnvelope.from_xdr(base64.b64encode(signed.raw).decode(), PASSPHRASE)


def keypair(name: str) -> Keypair:
    return Keypair.from_raw_ed25519_seed(edwards_key(name).private_bytes_raw())


# --- Over what is signed
def test_the_library_makes_the_same_fee_bump():
    unsigned, first = plain()
    again, offered = CHAIN.replace(Replacing(first.raw, LOW))
    second = sign(again)
    inner = TransactionEnvelope.from_xdr(base64.b64encode(first.raw).decode(), PASSPHRASE)
    theirs = TransactionBuilder.build_fee_bump_transaction(ALICE, 1_000, inner, PASSPHRASE)
    theirs.sign(keypair("alice"))
    assert (base64.b64encode(second.raw).decode(), second.txid) == (theirs.to_xdr(), theirs.hash().hex())
    assert again.payload == theirs.signature_base()
    assert (again.max_fee_minor, offered.rate) == (2_000, 1_000)
    assert again == replace(unsigned, payload=again.payload, max_fee_minor=2_000)
    assert CHAIN.explain(second.raw) == (second.txid, unsigned.replay_tokens)


def test_what_is_within_stays_as_it_is_however_often_it_is_bumped():
    _, first = plain(memo="text:rent")
    raw, rates = first.raw, []
    for asked in (1, 1, 50_000):
        again, offered = CHAIN.replace(Replacing(raw, rate("stellar", per_unit=asked)))
        second = sign(again)
        assert base64.b64decode(read(second).transaction.inner_transaction_envelope.to_xdr()) == first.raw
        raw = second.raw if asked == 1 else raw
        rates.append((offered.rate, again.max_fee_minor))
    assert rates[0] == (1_000, 2_000)
    assert rates[1] == (10_000, 20_000)
    assert CHAIN.stated(raw) == ((Output(BOB, 25_000_000),), 20_000)
    with pytest.raises(NotReplaceable):
        CHAIN.replace(Replacing(raw, rate("stellar", per_unit=CHAIN.config.fee_cap + 1)))


def test_a_rate_above_ten_times_is_offered_as_it_is():
    _, first = plain()
    assert CHAIN.replace(Replacing(first.raw, rate("stellar", per_unit=1_001)))[0].max_fee_minor == 2_002


def test_what_calls_off_does_nothing_under_the_same_number_until_the_same_ledger():
    unsigned, first = plain(memo="id:7")
    again, _ = CHAIN.replace(Replacing(first.raw, LOW, cancels=True))
    assert (again.outputs, again.memo, again.senders) == ((), "", (ALICE,))
    assert (again.replay_tokens, again.last_height) == (unsigned.replay_tokens, unsigned.last_height)
    made = read(sign(again)).transaction.inner_transaction_envelope
    assert made.transaction.operations == [BumpSequence(0)]
    assert (made.transaction.fee, made.transaction.sequence) == (0, 7)
    keypair("alice").verify(made.hash(), made.signatures[0].signature)


# --- Under a channel's number
def test_a_channels_number_pays_from_the_senders_account_and_the_sender_pays_the_fee():
    unsigned, signed = channelled(memo="id:7")
    assert unsigned.senders == (CHANNEL, ALICE)
    assert unsigned.outputs == (Output(BOB, 25_000_000),)
    assert (unsigned.max_fee_minor, unsigned.memo, unsigned.last_height) == (200, "id:7", 1_000)
    assert unsigned.replay_tokens == (f"{CHANNEL}:7", f"{CHANNEL}:7:payer")
    bump = read(signed)
    inner = bump.transaction.inner_transaction_envelope
    assert inner.transaction.source.account_id == CHANNEL
    assert inner.transaction.operations == [PaymentOperation(BOB, Asset.native(), "2.5", ALICE)]
    assert (inner.transaction.fee, bump.transaction.fee, bump.transaction.fee_source.account_id) == (0, 200, ALICE)
    for name, made in zip(("channel", "alice"), inner.signatures, strict=True):
        keypair(name).verify(inner.hash(), made.signature)
    keypair("alice").verify(bump.hash(), bump.signatures[0].signature)
    assert CHAIN.explain(signed.raw) == (bump.hash().hex(), unsigned.replay_tokens)
    assert CHAIN.stated(signed.raw) == (unsigned.outputs, 200)


def test_a_channelled_payment_is_sped_up_and_called_off_in_the_same_place():
    unsigned, first = channelled()
    again, _ = CHAIN.replace(Replacing(first.raw, LOW))
    assert (again.senders, again.replay_tokens) == ((ALICE,), unsigned.replay_tokens[1:])
    assert again.max_fee_minor == 2_000
    assert CHAIN.explain(sign(again).raw)[1] == unsigned.replay_tokens
    off, _ = CHAIN.replace(Replacing(first.raw, LOW, cancels=True))
    assert (off.senders, off.outputs, off.replay_tokens) == (unsigned.senders, (), unsigned.replay_tokens)
    assert read(sign(off)).transaction.inner_transaction_envelope.transaction.operations == [BumpSequence(0, ALICE)]


@pytest.mark.parametrize("changes", [{"minor": 0}, {"to": "nobody"}, {"nonce": 0}, {"creates": True, "minor": 1}])
def test_what_no_ledger_would_take_is_not_built(changes):
    with pytest.raises(PaymentImpossible):
        CHAIN.build(payment("stellar", channel=CHANNEL, **changes))


# --- In disguise
OURS = Preconditions(ledger_bounds=LedgerBounds(0, 1_001), min_sequence_number=0)
FROM_ALICE = PaymentOperation(BOB, Asset.native(), "2.5", ALICE)


def forged(
    *operations: Operation,
    source: str = CHANNEL,
    payer: str = ALICE,
    fee: int = 200,
    own: int = 0,
    by: tuple[str, ...] = (),
) -> bytes:
    transaction = Transaction(source, 7, own, list(operations) or [FROM_ALICE], preconditions=OURS)
    inner = TransactionEnvelope(transaction, PASSPHRASE)
    for name in by:
        inner.sign(keypair(name))
    bump = FeeBumpTransaction(payer, fee, inner)
    return FeeBumpTransactionEnvelope(bump, PASSPHRASE).signature_base()


def test_what_is_forged_is_ours_but_for_what_is_forged():
    CHAIN.decode(forged())
    CHAIN.decode(forged(by=("channel", "alice")))


@pytest.mark.parametrize(
    "payload",
    [
        forged(payer=BOB),
        forged(own=100),
        forged(fee=0),
        forged(own=101, by=("channel", "alice")),
        forged(by=("channel",)),
        forged(by=("alice", "channel")),
        forged(by=("channel", "alice", "bob")),
        forged(by=("channel", "bob")),
        forged(FROM_ALICE, FROM_ALICE),
        forged(BumpSequence(1)),
        forged(PaymentOperation(BOB, Asset.native(), "2.5", BOB)),
        forged() + b"\0\0\0\0",
        forged()[:-4],
    ],
    ids=[
        "somebody else pays",
        "unsigned, it could land alone",
        "nothing offered",
        "less than within",
        "one has not signed",
        "in another order",
        "one too many",
        "another key",
        "two operations",
        "a number used up beyond",
        "another's money",
        "more bytes",
        "fewer bytes",
    ],
)
def test_nothing_but_our_own_form_is_signed(payload):
    with pytest.raises(PayloadInvalid):
        CHAIN.decode(payload)


def test_a_strangers_fee_bump_costs_us_nothing_and_one_nobody_of_us_has_signed_is_none_of_ours():
    for unsigned, first in (plain(), channelled()):
        raw = first.raw
        within = xdr.TransactionEnvelope.from_xdr_bytes(raw)
        inner_raw = raw if within.v1 else base64.b64decode(read(first).transaction.inner_transaction_envelope.to_xdr())
        inner = TransactionEnvelope.from_xdr(base64.b64encode(inner_raw).decode(), PASSPHRASE)
        outer = TransactionBuilder.build_fee_bump_transaction(keypair("mallory"), 5_000, inner, PASSPHRASE)
        outer.sign(keypair("mallory"))
        theirs = base64.b64decode(outer.to_xdr())
        assert CHAIN.explain(theirs) == (outer.hash().hex(), unsigned.replay_tokens)
        assert CHAIN.stated(theirs) == (unsigned.outputs, 0)
        inner.signatures.clear()
        inner.sign(keypair("mallory"))
        with pytest.raises(PayloadInvalid):
            CHAIN.stated(base64.b64decode(inner.to_xdr()))


def test_what_is_under_way_is_not_there_to_be_spent_again():
    native = {"asset_type": "native", "balance": "10.0000000"}
    line = {"asset_type": "credit_alphanum4", "asset_code": "USDC", "asset_issuer": BOB, "balance": "5.0000000"}
    account, usdc = {"balances": [native, line], "subentry_count": 1}, f"USDC:{BOB}"
    wanted = payment("stellar", minor=10_000_000)
    assert spendable(account, wanted) == 75_000_000 - 100
    assert spendable(account, replace(wanted, channel=CHANNEL)) == 75_000_000 - 200
    busy = replace(wanted, under_way=(Output("", 74_999_900), Output("", 40_000_001, usdc)))
    assert spendable(account, busy) == 0
    assert spendable(account, replace(busy, contract=usdc)) == -1
    assert spendable(account, replace(busy, contract=usdc, under_way=busy.under_way[1:], minor=9_999_999)) == 0


def test_neither_signer_can_be_another():
    payload = CHAIN.build(payment("stellar", channel=CHANNEL)).payload
    contents = CHAIN.digests(payload)
    made = [signature(name, each, CHAIN.curve) for name, each in zip(("alice", "channel"), contents, strict=True)]
    keys = [public_key(name, CHAIN.curve) for name in ("alice", "channel")]
    with pytest.raises(PayloadInvalid):
        CHAIN.attach(payload, made, keys)
    with pytest.raises(PayloadInvalid):
        CHAIN.attach(payload, made[:1], keys[:1])


SDK_VECTOR = (
    "AAAABQAAAADgSJG2GOUMy/H9lHyjYZOwyuyytH8y0wWaoc596L+bEgAAAAAAAAGQAAAAAgAAAAAcVPE+R/n1VnbIrAK3tu5yVfTkhkqVz04ShWk2"
    "SrF3wAAAAMgAAAAAAAAACAAAAAEAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAEAAAAAAAAAAQAAAADgSJG2GOUMy/H9lHyjYZOwyuyytH8y0wWaoc59"
    "6L+bEgAAAAAAAAAEqBfIAAAAAAAAAAABSrF3wAAAAEAordQh63kT50muRLVYaWW7Pgtt8i1tc4t9Bv9MWFWFN3WfTHSU2Jxv7hedjZEyfBPvaS/Xnwv"
    "YJFcHgPDd1JkNAAAAAAAAAAHov5sSAAAAQKu/RuArXn/P13IIJ8WlnVDStwOquXM0CsWzA4ooZY6gqJ3k1EfmMVIJ0cir0bMTJD9r+g2IUZCANU7wdC38"
    "PA0="
)
"""stellar-sdk, tests/test_fee_bump_transaction.py (test_to_xdr): on the test network."""

SDK_PAYER = "SB7ZMPZB3YMMK5CUWENXVLZWBK4KYX4YU5JBXQNZSK2DP2Q7V3LVTO5V"


def test_the_librarys_own_vector_is_signed_to_the_same_bytes():
    """Its transaction is of another form than ours, and so nothing that custody signs; its envelope is the same."""
    envelope = FeeBumpTransactionEnvelope.from_xdr(SDK_VECTOR, PASSPHRASES["testnet"])
    payload, payer = envelope.signature_base(), Keypair.from_secret(SDK_PAYER)
    [content] = CHAIN.digests(payload)
    made = CHAIN.attach(payload, [payer.sign(content)], [payer.raw_public_key()])
    assert (base64.b64encode(made.raw).decode(), made.txid) == (SDK_VECTOR, envelope.hash().hex())
    with pytest.raises(PayloadInvalid):
        adapter("stellar", chain="testnet").decode(payload)
