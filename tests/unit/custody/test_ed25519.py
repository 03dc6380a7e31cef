"""SLIP-10, SEP-5, RFC 8032 and the statements of ownership on ed25519, against the official vectors."""

import base64
import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from embit import base58, bip39

from custody.base import Purpose
from custody.errors import KeyMismatch
from custody.signers import derivation, ed25519, ownership
from kit.crypto import Secret

# SLIP-0010, "Test vector 1 for ed25519" and "Test vector 2 for ed25519": seed, path, private, public (without its 00).
ONE = "000102030405060708090a0b0c0d0e0f"
TWO = (
    "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a2"
    "9f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542"
)
SLIP10 = [
    (
        ONE,
        "m",
        "2b4be7f19ee27bbf30c667b642d5f4aa69fd169872f8fc3059c08ebae2eb19e7",
        "a4b2856bfec510abab89753fac1ac0e1112364e7d250545963f135f2a33188ed",
    ),
    (
        ONE,
        "m/0'",
        "68e0fe46dfb67e368c75379acec591dad19df3cde26e63b93a8e704f1dade7a3",
        "8c8a13df77a28f3445213a0f432fde644acaa215fc72dcdf300d5efaa85d350c",
    ),
    (
        ONE,
        "m/0'/1'",
        "b1d0bad404bf35da785a64ca1ac54b2617211d2777696fbffaf208f746ae84f2",
        "1932a5270f335bed617d5b935c80aedb1a35bd9fc1e31acafd5372c30f5c1187",
    ),
    (
        ONE,
        "m/0'/1'/2'",
        "92a5b23c0b8a99e37d07df3fb9966917f5d06e02ddbd909c7e184371463e9fc9",
        "ae98736566d30ed0e9d2f4486a64bc95740d89c7db33f52121f8ea8f76ff0fc1",
    ),
    (
        ONE,
        "m/0'/1'/2'/2'",
        "30d1dc7e5fc04c31219ab25a27ae00b50f6fd66622f6e9c913253d6511d1e662",
        "8abae2d66361c879b900d204ad2cc4984fa2aa344dd7ddc46007329ac76c429c",
    ),
    (
        ONE,
        "m/0'/1'/2'/2'/1000000000'",
        "8f94d394a8e8fd6b1bc2f3f49f5c47e385281d5c17e65324b0f62483e37e8793",
        "3c24da049451555d51a7014a37337aa4e12d41e485abccfa46b47dfb2af54b7a",
    ),
    (
        TWO,
        "m",
        "171cb88b1b3c1db25add599712e36245d75bc65a1a5c9e18d76f9f2b1eab4012",
        "8fe9693f8fa62a4305a140b9764c5ee01e455963744fe18204b4fb948249308a",
    ),
    (
        TWO,
        "m/0'",
        "1559eb2bbec5790b0c65d8693e4d0875b1747f4970ae8b650486ed7470845635",
        "86fab68dcb57aa196c77c5f264f215a112c22a912c10d123b0d03c3c28ef1037",
    ),
    (
        TWO,
        "m/0'/2147483647'",
        "ea4f5bfe8694d8bb74b7b59404632fd5968b774ed545e810de9c32a4fb4192f4",
        "5ba3b9ac6e90e83effcd25ac4e58a1365a9e35a3d3ae5eb07b9e4d90bcf7506d",
    ),
    (
        TWO,
        "m/0'/2147483647'/1'",
        "3757c7577170179c7868353ada796c839135b3d30554bbb74a4b1e4a5a58505c",
        "2e66aa57069c86cc18249aecf5cb5a9cebbfd6fadeab056254763874a9352b45",
    ),
    (
        TWO,
        "m/0'/2147483647'/1'/2147483646'",
        "5837736c89570de861ebc173b1086da4f505d4adb387c6a1b1342d5e4ac9ec72",
        "e33c0f7d81d843c572275f287498e8d408654fdf0d1e065b84e2e6f157aab09b",
    ),
    (
        TWO,
        "m/0'/2147483647'/1'/2147483646'/2'",
        "551d333177df541ad876a60ea71f00447931c0a9da16f227c11ea080d7391b8d",
        "47150c75db263559a70d5778bf36abbab30fb061ad69f69ece61a72b0cfa4fc0",
    ),
]

# SEP-0005, "Test 1" and "Test 3": words, then each account's address and secret seed.
ILLNESS = "illness spike retreat truth genius clock brain pass fit cave bargain toe"
BENCH = (
    "bench hurt jump file august wise shallow faculty impulse spring exact slush "
    "thunder author capable act festival slice deposit sauce coconut afford frown better"
)
SEP5 = [
    (
        ILLNESS,
        0,
        "GDRXE2BQUC3AZNPVFSCEZ76NJ3WWL25FYFK6RGZGIEKWE4SOOHSUJUJ6",
        "SBGWSG6BTNCKCOB3DIFBGCVMUPQFYPA2G4O34RMTB343OYPXU5DJDVMN",
    ),
    (
        ILLNESS,
        1,
        "GBAW5XGWORWVFE2XTJYDTLDHXTY2Q2MO73HYCGB3XMFMQ562Q2W2GJQX",
        "SCEPFFWGAG5P2VX5DHIYK3XEMZYLTYWIPWYEKXFHSK25RVMIUNJ7CTIS",
    ),
]


def strkey_content(text: str) -> bytes:
    """The 32 bytes of a StrKey, without its version byte and checksum."""
    return base64.b32decode(text)[1:-2]


def seed_of(words: str) -> Secret:
    return Secret(bytearray(bip39.mnemonic_to_seed(words)))


@pytest.mark.parametrize(("seed", "path", "private", "public"), SLIP10)
def test_slip10(seed: str, path: str, private: str, public: str) -> None:
    key = ed25519.derive(Secret(bytearray.fromhex(seed)), path)
    assert key.reveal().hex() == private
    assert ed25519.public_key_of(key).hex() == public


@pytest.mark.parametrize(("words", "index", "address", "secret"), SEP5)
def test_sep5(words: str, index: int, address: str, secret: str) -> None:
    key = ed25519.derive(seed_of(words), f"m/44'/148'/{index}'")
    assert bytes(key.reveal()) == strkey_content(secret)
    assert ed25519.public_key_of(key) == strkey_content(address)
    entropy = Secret(bytearray(bip39.mnemonic_to_bytes(words)))
    assert ed25519.private_key_at(entropy, f"m/44'/148'/{index}'").reveal() == key.reveal()


def test_the_hot_key_of_stellar_is_sep5s_first_account() -> None:
    account = derivation.account_path(family="stellar", chain="", purpose=Purpose.HOT)
    path = derivation.hardened_path(account, 0, family="stellar", purpose=Purpose.HOT)
    assert path == "m/44'/148'/0'"


@pytest.mark.parametrize(
    ("family", "purpose", "path"),
    [
        ("solana", Purpose.DEPOSIT, "m/44'/501'/0'/7'"),
        ("solana", Purpose.HOT, "m/44'/501'/1'/7'"),
        ("stellar", Purpose.DEPOSIT, "m/44'/148'/1'/7'"),
        ("sui", Purpose.DEPOSIT, "m/44'/784'/0'/0'/7'"),
        ("sui", Purpose.HOT, "m/44'/784'/1'/0'/7'"),
    ],
)
def test_paths(family: str, purpose: Purpose, path: str) -> None:
    account = derivation.account_path(family=family, chain="main", purpose=purpose)
    assert derivation.hardened_path(account, 7, family=family, purpose=purpose) == path


def test_no_two_purposes_of_a_family_share_a_path() -> None:
    for family in ("solana", "stellar", "sui"):
        paths = {
            derivation.hardened_path(
                derivation.account_path(family=family, chain="main", purpose=purpose),
                index,
                family=family,
                purpose=purpose,
            )
            for purpose in Purpose
            for index in range(1 if purpose is Purpose.HOT else 5)
        }
        assert len(paths) == 11


@pytest.mark.parametrize("path", ["", "m/", "44'/501'", "m/0", "m/0'/1", "m/2147483648'", "m/00'", "m/-1'", "m/1''"])
def test_steps_that_are_not_hardened_are_refused(path: str) -> None:
    with pytest.raises(KeyMismatch) as refused:
        ed25519.derive(Secret(bytearray(32)), path)
    assert refused.value.__cause__ is None


# RFC 8032, 7.1, TEST 2 and TEST 3: secret, public, message, signature.
RFC8032 = [
    (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7",
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]


@pytest.mark.parametrize(("secret", "public", "message", "signature"), RFC8032)
def test_rfc8032(secret: str, public: str, message: str, signature: str) -> None:
    key = Secret(bytearray.fromhex(secret))
    made = ed25519.sign(key, bytes.fromhex(message), public_key=bytes.fromhex(public))
    assert made.hex() == signature
    with pytest.raises(KeyMismatch):
        ed25519.check_signature(made, bytes.fromhex(message) + b"!", public_key=bytes.fromhex(public))


def test_nothing_is_signed_for_another_public_key() -> None:
    """With the wrong public key in the hash, two signatures of one message would give the private key away."""
    other = ed25519.public_key_of(Secret.random())
    with pytest.raises(KeyMismatch):
        ed25519.sign(Secret.random(), b"message", public_key=other)


def test_a_private_key_of_another_length_is_refused_without_showing_it() -> None:
    with pytest.raises(KeyMismatch) as refused:
        ed25519.public_key_of(Secret(bytearray(b"x" * 31)))
    assert refused.value.__cause__ is None


def test_the_off_chain_message_of_solana() -> None:
    """The vector of the offchain-message crate, test_offchain_message_ascii; and a text of several lines."""
    assert list(ownership.offchain_message("Test Message")) == [
        *(255, 115, 111, 108, 97, 110, 97, 32, 111, 102, 102, 99, 104, 97, 105, 110),
        *(0, 0, 12, 0),
        *(84, 101, 115, 116, 32, 77, 101, 115, 115, 97, 103, 101),
    ]
    assert ownership.offchain_message("a\nb")[16:] == b"\0\x01\x03\0a\nb"


def test_sep53() -> None:
    """The example of SEP-53."""
    secret = strkey_content("SAKICEVQLYWGSOJS4WW7HZJWAHZVEEBS527LHK5V4MLJALYKICQCJXMW")
    public = strkey_content("GBXFXNDLV4LSWA4VB7YIL5GBD7BVNR22SGBTDKMO2SBZZHDXSKZYCP7L")
    signature = ed25519.sign(Secret(bytearray(secret)), ownership.sep53_digest("Hello, World!"), public_key=public)
    assert ownership.encode(signature, family="stellar", public_key=public) == (
        "fO5dbYhXUhBMhe6kId/cuVq/AfEnHRHEvsP8vXh03M1uLpi5e46yO2Q8rEBzu3feXQewcQE5GArp88u6ePK6BA=="
    )


def test_a_personal_message_of_sui_says_its_length_first() -> None:
    """In ULEB128, so that 128 bytes and more take a second byte of length."""
    short, long = ownership.intent_digest("a"), ownership.intent_digest("a" * 300)
    assert short == hashlib.blake2b(b"\3\0\0\x01a", digest_size=32).digest()
    assert long == hashlib.blake2b(b"\3\0\0\xac\x02" + b"a" * 300, digest_size=32).digest()


def test_how_signatures_are_written() -> None:
    key = Secret.random()
    public = ed25519.public_key_of(key)
    signature = ed25519.sign(key, b"content", public_key=public)
    assert base58.decode(ownership.encode(signature, family="solana", public_key=public)) == signature
    written = base64.b64decode(ownership.encode(signature, family="sui", public_key=public))
    assert written == b"\0" + signature + public
    Ed25519PublicKey.from_public_bytes(public).verify(signature, b"content")
