"""AES-256-GCM against published vectors, and secrets that do not show themselves."""

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.crypto import SealBroken, Secret, bind, seal, unseal

# McGrew and Viega, "The Galois/Counter Mode of Operation", the submission NIST SP 800-38D rests on:
# test cases 14, 15 and 16, the ones with a 256-bit key and a 96-bit nonce.
# Each is key, nonce, plaintext, context, ciphertext, tag.
KEY = "feffe9928665731c6d6a8f9467308308" * 2
NONCE = "cafebabefacedbaddecaf888"
PLAIN = (
    "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
    "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b391aafd255"
)
CIPHER = (
    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662898015ad"
)
VECTORS = [
    ("00" * 32, "00" * 12, "00" * 16, "", "cea7403d4d606b6e074ec5d3baf39d18", "d0d1c8a799996bf0265b98b5d48ab919"),
    (KEY, NONCE, PLAIN, "", CIPHER, "b094dac5d93471bdec1a502270e3cc6c"),
    (
        KEY,
        NONCE,
        PLAIN[:120],
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        CIPHER[:120],
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
]


def secret(text: str | bytes) -> Secret:
    return Secret(bytearray(text if isinstance(text, bytes) else bytes.fromhex(text)))


@pytest.mark.parametrize(("key", "nonce", "plain", "context", "cipher", "tag"), VECTORS)
def test_published_vectors(key: str, nonce: str, plain: str, context: str, cipher: str, tag: str) -> None:
    sealed = bytes.fromhex(nonce + cipher + tag)
    assert unseal(sealed, key=secret(key), context=bytes.fromhex(context)).reveal() == bytes.fromhex(plain)


@given(st.binary(min_size=1, max_size=200), st.binary(max_size=50))
def test_what_is_sealed_is_unsealed(content: bytes, context: bytes) -> None:
    key = Secret.random()
    sealed = seal(secret(content), key=key, context=context)
    assert unseal(sealed, key=key, context=context).reveal() == content
    assert len(sealed) == len(content) + 28
    assert content not in sealed or len(content) < 4


def test_every_sealing_has_a_fresh_nonce() -> None:
    key, content = Secret.random(), secret(b"the same")
    sealed = {seal(content, key=key, context=b"") for _ in range(100)}
    assert len({one[:12] for one in sealed}) == 100


@given(st.integers(min_value=0, max_value=(12 + 4 + 16) * 8 - 1))
def test_a_single_changed_bit_is_noticed(position: int) -> None:
    key = Secret.random()
    sealed = bytearray(seal(secret(b"four"), key=key, context=b"here"))
    sealed[position // 8] ^= 1 << position % 8
    with pytest.raises(SealBroken):
        unseal(bytes(sealed), key=key, context=b"here")


@pytest.mark.parametrize("size", [0, 11, 12, 28])
def test_a_cut_ciphertext_is_refused(size: int) -> None:
    key = Secret.random()
    with pytest.raises(SealBroken):
        unseal(seal(secret(b"four"), key=key, context=b"")[:size], key=key, context=b"")


def test_another_key_or_context_is_refused() -> None:
    key = Secret.random()
    sealed = seal(secret(b"four"), key=key, context=b"here")
    with pytest.raises(SealBroken):
        unseal(sealed, key=Secret.random(), context=b"here")
    with pytest.raises(SealBroken):
        unseal(sealed, key=key, context=b"there")


@given(st.lists(st.text(max_size=5), max_size=5), st.lists(st.text(max_size=5), max_size=5))
def test_no_two_lists_bind_to_the_same_context(one: list[str], two: list[str]) -> None:
    assert (bind(*one) == bind(*two)) == (one == two)


def test_a_secret_shows_itself_nowhere() -> None:
    hidden = secret(b"correct horse")
    assert repr(hidden) == str(hidden) == f"{hidden}" == "<secret>"
    assert "horse" not in repr([hidden]) + repr({"key": hidden})
    with pytest.raises(TypeError):
        pickle.dumps(hidden)
    with pytest.raises(TypeError):
        copy.deepcopy(hidden)


def test_a_secret_is_overwritten_when_its_block_ends() -> None:
    content = bytearray(b"correct horse")
    with Secret(content) as hidden:
        assert hidden.reveal() is content
    assert content == bytes(13)
    with pytest.raises(AssertionError):
        hidden.reveal()
