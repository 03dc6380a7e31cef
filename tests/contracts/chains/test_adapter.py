"""What every network's adapter must do, whatever the network. A new adapter inherits these."""

import pytest

from chains.errors import AddressInvalid, NodeUnavailable, PayloadInvalid, SignedRefused
from chains.registry import ADAPTERS
from chains.values import Curve, Unsigned
from tests.factories.chains import CONFIGS, adapter, address_of, payment, public_key, sign, signature

HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


GROUP_ORDER = 2**252 + 27742317777372353535851937790883648493
"""Of ed25519's base point."""


@pytest.fixture(params=sorted({*ADAPTERS.names(), *CONFIGS}))
def name(request):
    return request.param


@pytest.fixture
def chain(name):
    return adapter(name)


def signatures(chain, payload, owner="alice"):
    return [signature(owner, content, chain.curve) for content in chain.digests(payload)]


def own_key(chain, owner="alice"):
    return public_key(owner, chain.curve)


def test_own_addresses_are_canonical(chain):
    address = address_of(chain, "alice")
    assert chain.check_address(address) == address
    assert address_of(chain, "alice") == address
    assert address_of(chain, "bob") != address


@pytest.mark.parametrize("text", ["", " ", "x", "0", "not an address", "\N{SNOWMAN}" * 30, "1" * 500, "0x", "bc1"])
def test_what_is_no_address_is_refused_in_words(chain, text):
    with pytest.raises(AddressInvalid) as refusal:
        chain.check_address(text)
    assert refusal.value.status == 422
    assert refusal.value.what_happened.endswith(".")


def test_one_wrong_character_is_found(name, chain):
    if name == "solana":
        pytest.skip("its addresses have no checksum: nothing can tell one from another")
    address = address_of(chain, "alice")
    for place in range(6, len(address), 5):
        wrong = address[:place] + ("q" if address[place] != "q" else "p") + address[place + 1 :]
        with pytest.raises(AddressInvalid):
            chain.check_address(wrong)


def test_what_is_built_is_read_back_from_the_bytes_alone(name, chain):
    wanted = payment(name)
    unsigned = chain.build(wanted)
    assert chain.decode(unsigned.payload) == unsigned
    assert unsigned.network == chain.config.code
    assert (wanted.to, wanted.minor, wanted.contract) in {
        (output.address, output.minor, output.contract) for output in unsigned.outputs
    }
    assert unsigned.max_fee_minor > 0
    assert unsigned.replay_tokens


def test_building_twice_gives_the_same_bytes(name, chain):
    assert chain.build(payment(name)).payload == chain.build(payment(name)).payload


def test_one_digest_per_sender(name, chain):
    unsigned = chain.build(payment(name))
    digests = chain.digests(unsigned.payload)
    assert len(digests) == len(unsigned.senders)
    assert chain.curve is Curve.ED25519 or all(len(digest) == 32 for digest in digests)


def test_signing_keeps_the_replay_tokens_and_is_deterministic(name, chain):
    unsigned = chain.build(payment(name))
    signed = sign(chain, unsigned)
    assert chain.explain(signed.raw) == (signed.txid, unsigned.replay_tokens)
    assert sign(chain, unsigned) == signed


def test_nothing_is_signed_around_a_plain_payment(name, chain):
    unsigned = chain.build(payment(name))
    assert chain.around(unsigned.payload, sign(chain, unsigned)) == b""


def test_a_signature_of_another_key_is_refused(name, chain):
    unsigned = chain.build(payment(name))
    count = len(unsigned.senders)
    with pytest.raises(PayloadInvalid):
        chain.attach(unsigned.payload, signatures(chain, unsigned.payload, "bob"), [own_key(chain, "bob")] * count)
    with pytest.raises(PayloadInvalid):
        chain.attach(unsigned.payload, signatures(chain, unsigned.payload, "bob"), [own_key(chain)] * count)


def test_a_signature_of_another_transaction_is_refused(name, chain):
    unsigned, other = chain.build(payment(name)), chain.build(payment(name, minor=26_000))
    with pytest.raises(PayloadInvalid):
        chain.attach(unsigned.payload, signatures(chain, other.payload), [own_key(chain)] * len(unsigned.senders))


def test_a_malleated_signature_is_refused(name, chain):
    """The same signature written otherwise would be another transaction by its id."""
    unsigned = chain.build(payment(name))
    high = [malleated(each, chain.curve) for each in signatures(chain, unsigned.payload)]
    with pytest.raises(PayloadInvalid, match="low-s" if chain.curve is Curve.SECP256K1 else None):
        chain.attach(unsigned.payload, high, [own_key(chain)] * len(high))


def malleated(signature, curve):
    if curve is Curve.ED25519:
        s = int.from_bytes(signature[32:], "little") + GROUP_ORDER
        return signature[:32] + s.to_bytes(32, "little")
    s = ORDER - int.from_bytes(signature[32:64])
    assert s > HALF_ORDER
    return signature[:32] + s.to_bytes(32) + bytes([signature[64] ^ 1])


@pytest.mark.parametrize("broken", [[], [b""], [b"\0" * 65], [b"\xff" * 65], [b"\x01" * 64]])
def test_what_is_no_signature_is_refused(name, chain, broken):
    unsigned = chain.build(payment(name))
    with pytest.raises(PayloadInvalid):
        chain.attach(unsigned.payload, broken, [own_key(chain)] * len(broken))


def test_no_change_of_a_single_byte_goes_unnoticed(name, chain):
    unsigned = chain.build(payment(name))
    for place in range(0, len(unsigned.payload), 3):
        changed = bytearray(unsigned.payload)
        changed[place] ^= 0x01
        try:
            assert chain.decode(bytes(changed)) != unsigned
            assert chain.digests(bytes(changed)) != chain.digests(unsigned.payload) or (
                chain.decode(bytes(changed)).senders != unsigned.senders
            )
        except PayloadInvalid:
            continue


@pytest.mark.parametrize("payload", [b"", b"\x00", b"\x02", b"psbt\xff", b"\xff" * 300, b"{}"])
def test_bytes_that_are_nothing_are_refused(chain, payload):
    for read in (chain.decode, chain.digests, chain.explain):
        with pytest.raises(PayloadInvalid):
            read(payload)


def test_without_an_endpoint_every_question_says_so(name, chain):
    for ask in (chain.head, chain.fee_rates, lambda: chain.block(1), lambda: chain.state("00" * 32)):
        with pytest.raises(NodeUnavailable):
            ask()
    assert chain.broadcast(sign(chain, chain.build(payment(name)))).outcome == "unknown"
    assert chain.health() == ()


NO_TRANSACTIONS = (
    "",
    " ",
    "0x",
    "00",
    "zz",
    "cHNidP8=",
    "cHNidP8BAA==",
    "70736274ff",
    "0x02c0",
    "f" * 400_000,
    "\0",
    "\u00e9",
)


def test_what_is_signed_elsewhere_is_read_strictly_or_not_at_all(chain):
    """Whatever is brought back that is no signed payment of this network is refused in words, and never a bug."""
    if not chain.takes_signed:
        with pytest.raises(SignedRefused):
            chain.to_be_signed(Unsigned("", b"", (), (), 0, ()))
    for content in NO_TRANSACTIONS:
        with pytest.raises(SignedRefused) as refusal:
            chain.read_signed(content, ())
        assert refusal.value.what_happened.endswith(".")
