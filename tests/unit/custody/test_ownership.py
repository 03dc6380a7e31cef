"""Messages and their signatures against the official vectors, checked by other people's code."""

import coincurve
import pytest
from embit import ec, script

from custody.base import Ownership
from custody.errors import OwnershipRefused
from custody.signers import ownership
from tests.factories.ownership import is_signed_by

HASH = "0123456789abcdef" * 4
BTC = "bc1q9vza2e8x573nczrlzms0wvx3gsqjx7vavgkx0l"
ETH = "0x9858EfFD232B4033E47d90003D41EC34EcaEda94"

# BIP-322, "Test vectors": of the key L3VFeEuj…, message, message hash, to_spend's txid, a signature.
KEY = ec.PrivateKey.from_wif("L3VFeEujGtevx9w18HD1fhRbCH67Az2dpCymeRE1SoPK6XQtaN2k")
VECTORS = [
    (
        "",
        "c90c269c4f8fcbe6880f72a721ddfbf1914268a794cbb21cfafee13770ae19f1",
        "c5680aa69bb8d860bf82d4e9cd3504b55dde018de765a91bb566283c545a99a7",
        "AkcwRAIgM2gBAQqvZX15ZiysmKmQpDrG83avLIT492QBzLnQIxYCIBaTpOaD20qRlEylyxFSeEA2ba9YOixpX8z46TSDtS40"
        "ASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=",
    ),
    (
        "Hello World",
        "f0eb03b1a75ac6d9847f55c624a99169b5dccba2a31f5b23bea77ba270de0a7a",
        "b79d196740ad5217771c1098fc4a4b51e0535c32236c71f1ea4d61a2d603352b",
        "AkcwRAIgZRfIY3p7/DoVTty6YZbWS71bc5Vct9p9Fia83eRmw2QCICK/ENGfwLtptFluMGs2KsqoNSk89pO7F29zJLUx9a/s"
        "ASECx/EgAxlkQpQ9hYjgGu6EBCPMVPwVIVJqO4XCsMvViHI=",
    ),
]
# BIP-322's other signature of "Hello World" by the same key: RFC 6979 without grinding, as ours.
HELLO = (
    "AkgwRQIhAOzyynlqt93lOKJr+wmmxIens//zPzl9tqIOua93wO6MAiBi5n5EyAcPScOjf1lAqIUIQtr3zKNeavYabHyR8eGhowEh"
    "AsfxIAMZZEKUPYWI4BruhAQjzFT8FSFSajuFwrDL1Yhy"
)


@pytest.mark.parametrize(("text", "hashed", "to_spend", "signature"), VECTORS)
def test_bip322(text: str, hashed: str, to_spend: str, signature: str) -> None:
    public = KEY.get_public_key().sec()
    own = script.p2wpkh(KEY)
    assert own.address() == BTC
    assert ownership.message_hash(text).hex() == hashed
    assert ownership._twice(ownership.to_spend(text, script=own.data))[::-1].hex() == to_spend
    signed = coincurve.PrivateKey(KEY.secret).sign_recoverable(
        ownership.simple_digest(text, public_key=public), hasher=None
    )
    made = ownership.encode(signed, family="bitcoin", public_key=public)
    if text:
        assert made == HELLO
    for each in (signature, made):
        assert is_signed_by(BTC, message=text, scheme="bip322-simple", signature=each)
        assert not is_signed_by(BTC, message=text + "!", scheme="bip322-simple", signature=each)


def test_eip191() -> None:
    """The example of web3.js's and eth_account's documentation."""
    secret = bytes.fromhex("4c0883a69102937d6231471b5dbb6204fe5129617082792ae468d01a3f362318")
    digest = ownership.personal_digest("Some data")
    assert digest.hex() == "1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655"
    signed = coincurve.PrivateKey(secret).sign_recoverable(digest, hasher=None)
    assert ownership.encode(signed, family="evm", public_key=b"") == (
        "0xb91467e570a6466aa9e9876cbcd013baba02900b8979d43fe208a4a4f339f5fd"
        "6007e74cd82e037b800186422fc2da167c747ef045e5d18a5f5d4300f8e1a0291c"
    )


def test_the_form_of_a_statement() -> None:
    text = ownership.message(Ownership("ethereum", ETH, 7, 21_000_000, "0x" + HASH), chain="1")
    assert text == (
        f"Holdfast proof of reserves\nNetwork: ethereum (1)\nAddress: {ETH}\nSnapshot: 7\nBlock: 21000000 0x{HASH}"
    )


@pytest.mark.parametrize(
    "change",
    [
        {"network": "ethereum\nSnapshot: 1"},
        {"network": ""},
        {"address": ETH + "\n"},
        {"address": ETH + " "},
        {"address": "0x" + "é" * 20},
        {"snapshot": 0},
        {"snapshot": -1},
        {"block_height": -1},
        {"block_hash": "0x" + HASH + "00"},
        {"block_hash": HASH.upper()},
        {"block_hash": "\n" + HASH},
    ],
)
def test_nothing_else_fits_into_the_form(change: dict[str, object]) -> None:
    stated = {"network": "ethereum", "address": ETH, "snapshot": 7, "block_height": 1, "block_hash": HASH} | change
    with pytest.raises(OwnershipRefused):
        ownership.message(Ownership(**stated), chain="1")  # type: ignore[arg-type]


@pytest.mark.parametrize("family", ["evm", "bitcoin"])
@pytest.mark.parametrize(
    "text", ["", "Hello World", "I hereby give everything away", "Holdfast proof of reserves", "\x02" + "f8" * 40]
)
def test_no_other_text_is_ever_hashed_for_a_key(family: str, text: str) -> None:
    with pytest.raises(OwnershipRefused):
        ownership.digest(text, family=family, public_key=b"\x02" * 33)
