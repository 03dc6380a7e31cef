"""Envelopes: each secret under a data key of its own, each data key under the key-encryption key."""

from dataclasses import dataclass

from custody.base import KeyProvider, WrappedKey
from kit.crypto import Secret, bind, seal, unseal

SEAL_VERSION = 1
"""AES-256-GCM twice, bound as below. A new way of sealing gets a new number."""


@dataclass(frozen=True)
class Envelope:
    """What a row stores of a secret; useless without the key-encryption key and its own row."""

    sealed: bytes
    data_key: bytes
    kek_version: int


def seed_context(*, vault_id: str, network: str, version: int) -> bytes:
    return bind("seed", vault_id, network, str(version))


def key_context(*, key_id: str, network: str, purpose: str, path: str, version: int) -> bytes:
    return bind("private key", key_id, network, purpose, path, str(version))


def close(secret: Secret, *, provider: KeyProvider, context: bytes) -> Envelope:
    """Return the secret sealed under a fresh data key; both layers are bound to the context."""
    with Secret.random() as data_key:
        wrapped = provider.wrap(data_key, context=context)
        return Envelope(
            sealed=seal(secret, key=data_key, context=context),
            data_key=wrapped.ciphertext,
            kek_version=wrapped.version,
        )


def open_envelope(envelope: Envelope, *, provider: KeyProvider, context: bytes) -> Secret:
    """
    Return the secret.

    :raises SealBroken: if anything was changed, or moved here from another row
    :raises KeysUnavailable: if this process has no such key-encryption key
    """
    wrapped = WrappedKey(version=envelope.kek_version, ciphertext=envelope.data_key)
    with provider.unwrap(wrapped, context=context) as data_key:
        return unseal(envelope.sealed, key=data_key, context=context)


def rewrap(envelope: Envelope, *, provider: KeyProvider, context: bytes) -> Envelope:
    """Return the same sealed secret with its data key under the active version; the secret stays closed."""
    wrapped = WrappedKey(version=envelope.kek_version, ciphertext=envelope.data_key)
    with provider.unwrap(wrapped, context=context) as data_key:
        again = provider.wrap(data_key, context=context)
    return Envelope(sealed=envelope.sealed, data_key=again.ciphertext, kek_version=again.version)
