"""
Stating that an address is ours: the one form of message our keys sign besides transactions.

What is signed can never be a transaction. On EVM networks the byte 0x19 stands before it (EIP-191), which begins none
that any network takes. On Bitcoin what is signed spends an output of a transaction that cannot exist (BIP-322). On
Solana the byte 0xff stands before it, as if a message had version 127, and none has. On Stellar a prefix is hashed with
it (SEP-53), where a transaction's hash begins with the network's id; on Sui its intent is another (3, not 0).
"""

import base64
import hashlib
import re

from coincurve.ecdsa import cdata_to_der, deserialize_compact
from embit import base58
from eth_utils.crypto import keccak

from custody.base import Ownership
from custody.errors import OwnershipRefused

SCHEMES = {
    "evm": "eip191",
    "bitcoin": "bip322-simple",
    "solana": "solana-offchain-v0",
    "stellar": "sep53",
    "sui": "sui-personal-message",
}
"""How the keys of each family of networks sign a message."""

_FORM = re.compile(
    r"Holdfast proof of reserves\n"
    r"Network: [a-z][a-z0-9_]{0,15} \([a-z0-9]{1,24}\)\n"
    r"Address: [A-Za-z0-9]{20,128}\n"
    r"Snapshot: [1-9][0-9]{0,17}\n"
    r"Block: (0|[1-9][0-9]{0,17}) ((0x)?[0-9a-f]{64}|[1-9A-HJ-NP-Za-km-z]{32,44})",
    re.ASCII,
)


def message(stated: Ownership, *, chain: str) -> str:
    """
    Return the text that is signed.

    :raises OwnershipRefused: if what is stated does not fit into its form
    """
    text = (
        "Holdfast proof of reserves\n"
        f"Network: {stated.network} ({chain})\n"
        f"Address: {stated.address}\n"
        f"Snapshot: {stated.snapshot}\n"
        f"Block: {stated.block_height} {stated.block_hash}"
    )
    check(text)
    return text


def check(text: str) -> None:
    """
    Pass in silence if the text has the form of a statement of ownership.

    :raises OwnershipRefused: if it has not: nothing else is ever signed
    """
    if not _FORM.fullmatch(text):
        raise OwnershipRefused


def digest(text: str, *, family: str, public_key: bytes) -> bytes:
    """
    Return what is to be signed: a hash of 32 bytes, on Solana the whole message.

    :raises OwnershipRefused: if the text is not a statement of ownership
    """
    check(text)
    if family == "bitcoin":
        return simple_digest(text, public_key=public_key)
    return {"evm": personal_digest, "solana": offchain_message, "stellar": sep53_digest, "sui": intent_digest}[family](
        text
    )


def encode(signature: bytes, *, family: str, public_key: bytes) -> str:
    """
    Return a signature in the curve's form as the scheme writes it.

    EIP-191 in hex, BIP-322 and SEP-53 in base 64, Solana's in base 58, Sui's in base 64 with scheme and public key.
    """
    if family == "solana":
        return str(base58.encode(signature))
    if family == "stellar":
        return base64.b64encode(signature).decode()
    if family == "sui":
        return base64.b64encode(b"\0" + signature + public_key).decode()
    if family == "evm":
        return "0x" + (signature[:64] + bytes([27 + signature[64]])).hex()
    stack = [cdata_to_der(deserialize_compact(signature[:64])) + b"\x01", public_key]
    witness = bytes([len(stack)]) + b"".join(bytes([len(item)]) + item for item in stack)
    return base64.b64encode(witness).decode()


def personal_digest(text: str) -> bytes:
    """Return what EIP-191, version 0x45, hashes of a text."""
    content = text.encode()
    return bytes(keccak(b"\x19Ethereum Signed Message:\n" + str(len(content)).encode() + content))


def offchain_message(text: str) -> bytes:
    """Return Solana's off-chain message, version 0, as `solana sign-offchain-message` signs it."""
    content = text.encode()
    is_printable = all(0x20 <= byte <= 0x7E for byte in content)
    header = b"\0" + (b"\0" if is_printable else b"\x01") + len(content).to_bytes(2, "little")
    return b"\xffsolana offchain" + header + content


def sep53_digest(text: str) -> bytes:
    """Return what SEP-53 ("Sign and Verify Messages") signs of a text."""
    return hashlib.sha256(b"Stellar Signed Message:\n" + text.encode()).digest()


def intent_digest(text: str) -> bytes:
    """Return what Sui signs of a personal message: BLAKE2b-256 over the intent (3, 0, 0) and the message in BCS."""
    content, length = text.encode(), b""
    rest = len(content)
    while rest > 0x7F:
        length, rest = length + bytes([rest & 0x7F | 0x80]), rest >> 7
    return hashlib.blake2b(b"\3\0\0" + length + bytes([rest]) + content, digest_size=32).digest()


def simple_digest(text: str, *, public_key: bytes) -> bytes:
    """Return the BIP-143 hash that a simple signature of BIP-322 signs for the P2WPKH address of this public key."""
    key_hash = hashlib.new("ripemd160", hashlib.sha256(public_key).digest()).digest()
    none, script = bytes(4), b"\x00\x14" + key_hash
    source = to_spend(text, script=script)
    outpoint = _twice(source) + none
    code = b"\x19\x76\xa9\x14" + key_hash + b"\x88\xac"
    output = bytes(8) + b"\x01\x6a"
    value, sequence, all_of_it = bytes(8), none, b"\x01\x00\x00\x00"
    hashed = none + _twice(outpoint) + _twice(sequence) + outpoint + code + value + sequence + _twice(output)
    return _twice(hashed + none + all_of_it)


def to_spend(text: str, *, script: bytes) -> bytes:
    """Return BIP-322's transaction that holds the message and cannot exist: nothing has the output it would spend."""
    none, push = bytes(4), b"\x00\x20" + message_hash(text)
    spent = bytes(32) + b"\xff\xff\xff\xff" + bytes([len(push)]) + push + none
    return none + b"\x01" + spent + b"\x01" + bytes(8) + bytes([len(script)]) + script + none


def message_hash(text: str) -> bytes:
    tag = hashlib.sha256(b"BIP0322-signed-message").digest()
    return hashlib.sha256(tag + tag + text.encode()).digest()


def _twice(content: bytes) -> bytes:
    return hashlib.sha256(hashlib.sha256(content).digest()).digest()
