"""BIP-39, BIP-32, BIP-44 and BIP-84 against the official vectors, and libsecp256k1 against RFC 6979's."""

from hashlib import sha256

import pytest
from coincurve import PrivateKey
from django.conf import settings
from embit import bip32, bip39

from chains.registry import ADAPTERS
from custody.base import Purpose
from custody.errors import KeyMismatch
from custody.signers import derivation, secp256k1
from kit.crypto import Secret

# trezor/python-mnemonic, vectors.json: entropy, words, seed with the passphrase TREZOR.
WORDS = [
    (
        "00" * 16,
        "abandon " * 11 + "about",
        "c55257c360c07c72029aebc1b53c05ed0362ada38ead3e3e9efa3708e5349553"
        "1f09a6987599d18264c1e1c92f2cf141630c7a3c4ab7c81b2f001698e7463b04",
    ),
    (
        "7f" * 16,
        "legal winner thank year wave sausage worth useful legal winner thank yellow",
        "2e8905819b8723fe2c1d161860e5ee1830318dbf49a83bd451cfb8440c28bd6f"
        "a457fe1296106559a3c80937a1c1069be3a3a5bd381ee6260e8d9739fce1f607",
    ),
    (
        "00" * 32,
        "abandon " * 23 + "art",
        "bda85446c68413707090a52022edd26a1c9462295029f2e60cd7c4f2bbd30971"
        "70af7a4d73245cafa9c3cca8d561a7c3de6f5d4a10be8ed2a5e608d68f92fcc8",
    ),
    (
        "ff" * 32,
        "zoo " * 23 + "vote",
        "dd48c104698c30cfe2b6142103248622fb7bb0ff692eebb00089b32d22484e16"
        "13912f0a5b694407be899ffd31ed3992c456cdf60f5d4564b8ba3f05a69890ad",
    ),
    (
        "f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f",
        "void come effort suffer camp survey warrior heavy shoot primary clutch crush "
        "open amazing screen patrol group space point ten exist slush involve unfold",
        "01f5bced59dec48e362f2c45b5de68b9fd6c92c6634f44d6d40aab69056506f0"
        "e35524a518034ddc1192e1dacd32c1ed3eaa3c3b131c88ed8e7e54c49a5d0998",
    ),
]

# BIP-32, test vectors 1 to 4: seed, path, public, private (3 and 4 keep leading zeros).
SEED_1 = "000102030405060708090a0b0c0d0e0f"
SEED_2 = (
    "fffcf9f6f3f0edeae7e4e1dedbd8d5d2cfccc9c6c3c0bdbab7b4b1aeaba8a5a2"
    "9f9c999693908d8a8784817e7b7875726f6c696663605d5a5754514e4b484542"
)
SEED_3 = (
    "4b381541583be4423346c643850da4b320e46a87ae3d2a4e6da11eba819cd4ac"
    "ba45d239319ac14f863b8d5ab5a0d0c64d2e8a1e7d1457df2e5a3c51c73235be"
)
SEED_4 = "3ddd5602285899a946114506157c7997e5444528f3003f6134712147db19b678"
TREE = [
    (
        SEED_1,
        "m",
        "xpub661MyMwAqRbcFtXgS5sYJABqqG9YLmC4Q1Rdap9gSE8NqtwybGhePY2gZ29ESFjqJoCu1Rupje8YtGqsefD265TMg7usUDFdp6W1EGMcet8",
        "xprv9s21ZrQH143K3QTDL4LXw2F7HEK3wJUD2nW2nRk4stbPy6cq3jPPqjiChkVvvNKmPGJxWUtg6LnF5kejMRNNU3TGtRBeJgk33yuGBxrMPHi",
    ),
    (
        SEED_1,
        "m/0h/1/2h/2/1000000000",
        "xpub6H1LXWLaKsWFhvm6RVpEL9P4KfRZSW7abD2ttkWP3SSQvnyA8FSVqNTEcYFgJS2UaFcxupHiYkro49S8yGasTvXEYBVPamhGW6cFJodrTHy",
        "xprvA41z7zogVVwxVSgdKUHDy1SKmdb533PjDz7J6N6mV6uS3ze1ai8FHa8kmHScGpWmj4WggLyQjgPie1rFSruoUihUZREPSL39UNdE3BBDu76",
    ),
    (
        SEED_2,
        "m/0/2147483647h/1/2147483646h/2",
        "xpub6FnCn6nSzZAw5Tw7cgR9bi15UV96gLZhjDstkXXxvCLsUXBGXPdSnLFbdpq8p9HmGsApME5hQTZ3emM2rnY5agb9rXpVGyy3bdW6EEgAtqt",
        "xprvA2nrNbFZABcdryreWet9Ea4LvTJcGsqrMzxHx98MMrotbir7yrKCEXw7nadnHM8Dq38EGfSh6dqA9QWTyefMLEcBYJUuekgW4BYPJcr9E7j",
    ),
    (
        SEED_3,
        "m/0h",
        "xpub68NZiKmJWnxxS6aaHmn81bvJeTESw724CRDs6HbuccFQN9Ku14VQrADWgqbhhTHBaohPX4CjNLf9fq9MYo6oDaPPLPxSb7gwQN3ih19Zm4Y",
        "xprv9uPDJpEQgRQfDcW7BkF7eTya6RPxXeJCqCJGHuCJ4GiRVLzkTXBAJMu2qaMWPrS7AANYqdq6vcBcBUdJCVVFceUvJFjaPdGZ2y9WACViL4L",
    ),
    (
        SEED_4,
        "m/0h/1h",
        "xpub6BJA1jSqiukeaesWfxe6sNK9CCGaujFFSJLomWHprUL9DePQ4JDkM5d88n49sMGJxrhpjazuXYWdMf17C9T5XnxkopaeS7jGk1GyyVziaMt",
        "xprv9xJocDuwtYCMNAo3Zw76WENQeAS6WGXQ55RCy7tDJ8oALr4FWkuVoHJeHVAcAqiZLE7Je3vZJHxspZdFHfnBEjHqU5hG1Jaj32dVoS6XLT1",
    ),
]

# The vectors for RFC 6979 on secp256k1 with SHA-256 that Trezor, Haskoin and bitcoinjs share: key, message, r || s.
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
NONCES = [
    (
        1,
        "Satoshi Nakamoto",
        "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
        "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
    ),
    (
        1,
        "All those moments will be lost in time, like tears in rain. Time to die...",
        "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
        "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21",
    ),
    (
        ORDER - 1,
        "Satoshi Nakamoto",
        "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0"
        "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5",
    ),
    (
        0xF8B8AF8CE3C7CCA5E300D33939540C10D45CE001B8F252BFBC57BA0342904181,
        "Alan Turing",
        "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c"
        "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea",
    ),
]


def entropy_of(text: str) -> Secret:
    return Secret(bytearray.fromhex(text))


def address(network: str, entropy: str, index: int) -> str:
    config = settings.NETWORKS[network]
    path = derivation.account_path(family=config.adapter, chain=config.chain, purpose=Purpose.DEPOSIT)
    xpub = derivation.extended_public_key(entropy_of(entropy), path)
    return ADAPTERS.get(config.adapter)(config).address_of(derivation.public_key_at(xpub, index))


@pytest.mark.parametrize(("entropy", "words", "seed"), WORDS)
def test_bip39(entropy: str, words: str, seed: str) -> None:
    assert bip39.mnemonic_from_bytes(bytes.fromhex(entropy)) == words
    assert bip39.mnemonic_to_seed(words, password="TREZOR").hex() == seed


@pytest.mark.parametrize(("seed", "path", "public", "private"), TREE)
def test_bip32(seed: str, path: str, public: str, private: str) -> None:
    key = bip32.HDKey.from_seed(bytes.fromhex(seed)).derive(path)
    assert str(key) == private
    assert str(key.to_public()) == public


@pytest.mark.parametrize(
    ("index", "public_key", "expected"),
    [
        (
            0,
            "0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c",
            "bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu",
        ),
        (
            1,
            "03e775fd51f0dfb8cd865d9ff1cca2a158cf651fe997fdc9fee9c1d3b5e995ea77",
            "bc1qnjg0jd8228aq7egyzacy8cys3knf9xvrerkf9g",
        ),
    ],
)
def test_bip84(index: int, public_key: str, expected: str) -> None:
    xpub = derivation.extended_public_key(entropy_of("00" * 16), "m/84'/0'/0'")
    assert derivation.public_key_at(xpub, index).hex() == public_key
    assert address("bitcoin", "00" * 16, index) == expected


@pytest.mark.parametrize(
    ("entropy", "index", "expected"),
    [
        ("00" * 16, 0, "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"),  # abandon … about
        ("df9bf37e6fcdf9bf37e6fcdf9bf37e3c", 0, "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),  # test … junk
        ("df9bf37e6fcdf9bf37e6fcdf9bf37e3c", 1, "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"),
    ],
)
def test_bip44_ether(entropy: str, index: int, expected: str) -> None:
    assert address("ethereum", entropy, index) == expected


@pytest.mark.parametrize(
    ("family", "chain", "purpose", "path"),
    [
        ("bitcoin", "main", Purpose.DEPOSIT, "m/84'/0'/0'"),
        ("bitcoin", "regtest", Purpose.HOT, "m/84'/1'/1'"),
        ("bitcoin", "test", Purpose.CHANGE, "m/84'/1'/2'"),
        ("evm", "1", Purpose.DEPOSIT, "m/44'/60'/0'"),
        ("evm", "31337", Purpose.CHANGE, "m/44'/60'/2'"),
    ],
)
def test_each_purpose_has_its_account(family: str, chain: str, purpose: Purpose, path: str) -> None:
    assert derivation.account_path(family=family, chain=chain, purpose=purpose) == path


def test_private_and_public_derivation_meet() -> None:
    entropy = Secret.random()
    xpub = derivation.extended_public_key(entropy, "m/44'/60'/0'")
    for index in (0, 1, 77):
        private = derivation.private_key_at(entropy, derivation.key_path("m/44'/60'/0'", index))
        assert secp256k1.public_key_of(private) == derivation.public_key_at(xpub, index)


@pytest.mark.parametrize(("key", "message", "signature"), NONCES)
def test_rfc6979(key: int, message: str, signature: str) -> None:
    private = Secret(bytearray(key.to_bytes(32)))
    digest = sha256(message.encode()).digest()
    made = secp256k1.sign_digest(private, digest, public_key=secp256k1.public_key_of(private))
    assert made[:64].hex() == signature
    assert made[64] in range(4)
    assert int.from_bytes(made[32:64]) <= ORDER // 2


def test_a_faulty_signature_is_never_given_out() -> None:
    private, digest = Secret.random(), bytes(range(32))
    public_key = secp256k1.public_key_of(private)
    good = secp256k1.sign_digest(private, digest, public_key=public_key)
    secp256k1.check_signature(good, digest, public_key=public_key)
    flipped = bytes([good[0] ^ 1]) + good[1:]
    high_s = good[:32] + (ORDER - int.from_bytes(good[32:64])).to_bytes(32) + bytes([good[64] ^ 1])
    other = PrivateKey(b"\x07" * 32).sign_recoverable(digest, hasher=None)
    for bad in (flipped, high_s, other, bytes(65)):
        with pytest.raises(KeyMismatch):
            secp256k1.check_signature(bad, digest, public_key=public_key)


def test_a_private_key_signs_only_for_its_own_public_key() -> None:
    other = secp256k1.public_key_of(Secret.random())
    with pytest.raises(KeyMismatch):
        secp256k1.sign_digest(Secret.random(), bytes(32), public_key=other)
    with pytest.raises(KeyMismatch):
        secp256k1.public_key_of(Secret(bytearray(32)))
