"""Authenticated encryption of what must be stored, and a box for secrets that does not show them."""

import os
from typing import ClassVar, NoReturn

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kit.errors import DomainError, Severity

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16


class SealBroken(DomainError):
    """A ciphertext was changed, moved to another place, or sealed under another key."""

    code = "seal_broken"
    status = 500
    title = "Something stored here cannot be trusted"
    why = "It was changed after it was sealed, it belongs to another row, or the key is another."
    what_to_do = "Nothing was done. An operator must look at it before anything else happens to it."
    severity: ClassVar[Severity] = "critical"


class Secret:
    """
    Secret bytes that show themselves nowhere and can be overwritten.

    repr, str, format and comparisons say nothing; pickling is refused. `wipe`, or leaving
    the `with` block, overwrites the only copy held here. Copies made by libraries on the
    way cannot be overwritten from Python: they live until their memory is reused.
    """

    __slots__ = ("_bytes",)

    def __init__(self, content: bytearray) -> None:
        self._bytes: bytearray | None = content

    @classmethod
    def random(cls, size: int = KEY_BYTES) -> "Secret":
        """Return fresh bytes from the operating system's generator."""
        return cls(bytearray(os.urandom(size)))

    def reveal(self) -> bytearray:
        """Return the bytes themselves: pass them straight on, and never give them a name."""
        assert self._bytes is not None, "this secret has been wiped"
        return self._bytes

    def wipe(self) -> None:
        if self._bytes is not None:
            self._bytes[:] = bytes(len(self._bytes))
        self._bytes = None

    def __enter__(self) -> "Secret":
        return self

    def __exit__(self, *_: object) -> None:
        self.wipe()

    def __repr__(self) -> str:
        return "<secret>"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        raise TypeError("a secret is not to be copied or pickled")


def seal(secret: Secret, *, key: Secret, context: bytes) -> bytes:
    """
    Return nonce, ciphertext and tag of AES-256-GCM (NIST SP 800-38D) in one piece.

    The nonce is 96 fresh random bits, so one key may seal up to 2**32 times. `context` is
    not stored: whoever unseals must say the same one again (see `bind`).
    """
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key.reveal()).encrypt(nonce, secret.reveal(), context)


def unseal(sealed: bytes, *, key: Secret, context: bytes) -> Secret:
    """
    Return what was sealed.

    :raises SealBroken: if a bit of it was changed, or the key or the context is another
    """
    size = len(sealed) - _NONCE_BYTES - _TAG_BYTES
    if size <= 0:
        raise SealBroken
    content = bytearray(size)
    try:
        AESGCM(key.reveal()).decrypt_into(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], context, content)
    except InvalidTag:
        raise SealBroken from None
    return Secret(content)


def bind(*parts: str) -> bytes:
    """Return the parts as one context in which no two different lists read the same."""
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4) + part for part in encoded)
