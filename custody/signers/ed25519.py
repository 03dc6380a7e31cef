"""
Ed25519 (RFC 8032) with keys derived after SLIP-10: from 24 words to keys and signatures.

This curve knows no public derivation: every step is hardened, so an address can only be made where the seed is.
"""

import hashlib
import hmac
import re

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from embit import bip39

from custody.errors import KeyMismatch
from custody.signers.derivation import nothing_shown
from kit.crypto import Secret

KEY_BYTES = 32

_CURVE = b"ed25519 seed"
_HARDENED = 1 << 31
_PATH = re.compile(r"m(/(0|[1-9][0-9]{0,9})')*", re.ASCII)


def private_key_at(entropy: Secret, path: str) -> Secret:
    """Return the private key at a path of hardened steps below the 24 words. :raises KeyMismatch:"""
    with nothing_shown():
        seed = bip39.mnemonic_to_seed(bip39.mnemonic_from_bytes(bytes(entropy.reveal())))
        return derive(Secret(bytearray(seed)), path)


def derive(seed: Secret, path: str) -> Secret:
    """
    Return the private key at a path below a seed (SLIP-10, "Private parent key → private child key").

    :raises KeyMismatch: if the path is none, or has a step that is not hardened
    """
    with nothing_shown():
        steps = _steps(path)
        node = bytearray(hmac.digest(_CURVE, bytes(seed.reveal()), hashlib.sha512))
        for step in steps:
            content = b"\0" + bytes(node[:KEY_BYTES]) + (step + _HARDENED).to_bytes(4)
            node[:] = hmac.digest(bytes(node[KEY_BYTES:]), content, hashlib.sha512)
        private = Secret(bytearray(node[:KEY_BYTES]))
        node[:] = bytes(len(node))
        return private


def public_key_of(private_key: Secret) -> bytes:
    """Return the 32-byte public key."""
    return _load(private_key).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def sign(private_key: Secret, content: bytes, *, public_key: bytes) -> bytes:
    """
    Return the 64-byte signature of these bytes, whatever their length.

    It is checked against the public key on record before anyone sees it: one made with the wrong public key
    gives the private key away.

    :raises KeyMismatch: if the keys do not belong together or the signature is not good
    """
    if public_key_of(private_key) != public_key:
        raise KeyMismatch("The private key does not fit the public key on record.")
    signature = _load(private_key).sign(content)
    check_signature(signature, content, public_key=public_key)
    return signature


def check_signature(signature: bytes, content: bytes, *, public_key: bytes) -> None:
    """
    Pass in silence if the signature is this key's.

    :raises KeyMismatch: if it is not
    """
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except (InvalidSignature, ValueError):
        raise KeyMismatch("A signature just made does not fit its key.") from None


def _steps(path: str) -> list[int]:
    if not _PATH.fullmatch(path):
        raise ValueError("not a path of hardened steps")
    steps = [int(step.removesuffix("'")) for step in path.split("/")[1:]]
    if any(step >= _HARDENED for step in steps):
        raise ValueError("a step beyond the last")
    return steps


def _load(private_key: Secret) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(private_key.reveal())
    except ValueError:
        raise KeyMismatch("It is not a private key of this curve.") from None
