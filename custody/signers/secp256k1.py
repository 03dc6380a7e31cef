"""ECDSA on secp256k1 with libsecp256k1: deterministic (RFC 6979), low-s, recoverable, checked."""

import coincurve

from custody.errors import KeyMismatch
from kit.crypto import Secret

_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def public_key_of(private_key: Secret) -> bytes:
    """Return the 33-byte compressed public key."""
    return _load(private_key).public_key.format()


def sign_digest(private_key: Secret, digest: bytes, *, public_key: bytes) -> bytes:
    """
    Return the 65-byte signature r || s || v (v in 0..3) of a 32-byte digest.

    The signature is checked against the public key on record before anyone sees it: a
    faulty one can give the private key away.

    :raises KeyMismatch: if the keys do not belong together or the signature is not good
    """
    signature = _load(private_key).sign_recoverable(digest, hasher=None)
    check_signature(signature, digest, public_key=public_key)
    return signature


def check_signature(signature: bytes, digest: bytes, *, public_key: bytes) -> None:
    """
    Pass in silence if the signature is this key's, in its low-s form.

    :raises KeyMismatch: if it is not
    """
    try:
        found = coincurve.PublicKey.from_signature_and_message(signature, digest, hasher=None).format()
    except Exception:  # noqa: BLE001 - coincurve raises a bare Exception when nothing can be recovered
        raise KeyMismatch("A signature just made is not one.") from None
    if found != public_key or int.from_bytes(signature[32:64]) > _HALF_ORDER:
        raise KeyMismatch("A signature just made does not fit its key.")


def _load(private_key: Secret) -> coincurve.PrivateKey:
    try:
        return coincurve.PrivateKey(bytes(private_key.reveal()))
    except ValueError:
        raise KeyMismatch("It is not a private key of this curve.") from None
