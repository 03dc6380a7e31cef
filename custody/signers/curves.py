"""What a private key does, on whichever curve its network uses."""

from chains.values import Curve
from custody.signers import derivation, ed25519, secp256k1
from kit.crypto import Secret


def private_key_at(entropy: Secret, path: str, *, curve: Curve) -> Secret:
    """Return the private key at a path below the 24 words: BIP-32 on secp256k1, SLIP-10 on ed25519."""
    if curve is Curve.ED25519:
        return ed25519.private_key_at(entropy, path)
    return derivation.private_key_at(entropy, path)


def public_key_of(private_key: Secret, *, curve: Curve) -> bytes:
    """Return the public key: 33 bytes, compressed, on secp256k1; 32 on ed25519."""
    if curve is Curve.ED25519:
        return ed25519.public_key_of(private_key)
    return secp256k1.public_key_of(private_key)


def sign(private_key: Secret, content: bytes, *, curve: Curve, public_key: bytes) -> bytes:
    """
    Return a signature of what an adapter's `digests` says is to be signed, checked against the key on record.

    65 bytes of a 32-byte digest on secp256k1; 64 bytes of the content itself on ed25519.

    :raises KeyMismatch: if the keys do not belong together or the signature is not good
    """
    if curve is Curve.ED25519:
        return ed25519.sign(private_key, content, public_key=public_key)
    return secp256k1.sign_digest(private_key, content, public_key=public_key)
