"""Custody's port and its frozen values: what callers hand in and get back, never a private key."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from kit.crypto import Secret


class Purpose(StrEnum):
    """What a key's address is for; each has its own branch of the tree and extended public key."""

    DEPOSIT = "deposit"  # given to people
    HOT = "hot"  # pays for sends; exactly one key per network
    CHANGE = "change"  # receives the rest of what our own sends spend; on Stellar, whose numbers they take: a channel


@dataclass(frozen=True)
class KeyRef:
    """One key as anyone may know it."""

    id: str
    network: str
    purpose: Purpose
    address: str
    path: str
    public_key: bytes  # 33 bytes, compressed (secp256k1), or 32 (ed25519)


@dataclass(frozen=True)
class Due:
    """One more payment by the same bytes, and what it is made for; of the intent's own asset."""

    subject: str
    to: str
    minor: int


@dataclass(frozen=True)
class Intent:
    """
    What was approved; a transaction that does anything else is not signed.

    `minor` is exactly what the recipient gets: whoever takes the fee out of the amount says
    here what remains. `change_addresses` are ours and may receive the rest.
    """

    network: str
    to: str
    minor: int
    contract: str  # empty: the native asset
    max_fee_minor: int  # native minor units
    change_addresses: tuple[str, ...]
    subject: str  # what it is done for, e.g. a transaction's id
    memo: str = ""  # exactly what it says to its recipient
    replaces: bool = False  # it takes the place of what was signed for the same subject, and shares a place of replay
    cancels: bool = False  # it pays nobody: all of it comes back to us, so that what it replaces cannot land
    others: tuple[Due, ...] = ()  # who else is paid by the same bytes; the same ones whatever replaces them


@dataclass(frozen=True)
class SignedBefore:
    """A payload that was signed for a subject: its places of replay, who gets what, and its last block."""

    generation: int
    tokens: frozenset[str]
    terms_digest: bytes
    last_block: int | None  # None: any block can hold it

    @property
    def cancels(self) -> bool:
        return self.generation > 0 and not self.terms_digest

    @property
    def has_unknown_terms(self) -> bool:
        """It was signed before who gets what was written down: nothing that pays can be held against it."""
        return self.generation == 0 and not self.terms_digest

    def may_land(self, read_to: int) -> bool:
        """Say whether a block after the last one that was read can hold it."""
        return self.last_block is None or self.last_block >= read_to


@dataclass(frozen=True)
class Ownership:
    """What a key of ours may state besides signing payments: that its address was ours when this block was final."""

    network: str
    address: str
    snapshot: int  # of the proof of solvency it is stated for, so that it serves no other
    block_height: int
    block_hash: str


@dataclass(frozen=True)
class OwnershipProof:
    """A statement of ownership with its signature, for anyone to check."""

    message: str
    scheme: str  # one of custody.signers.ownership.SCHEMES
    signature: str


@dataclass(frozen=True)
class WrappedKey:
    """A data key encrypted under one version of the key-encryption key."""

    version: int
    ciphertext: bytes


class KeyProvider(Protocol):
    """
    Whoever holds the key-encryption keys. Data keys come and go through it; its own never leave.

    Every call may raise KeysUnavailable. `context` binds a wrapped key to its row.
    """

    def active_version(self) -> int:
        """Return the version that wraps new data keys."""

    def wrap(self, data_key: Secret, *, context: bytes) -> WrappedKey:
        """Encrypt a data key under the active version."""

    def unwrap(self, wrapped: WrappedKey, *, context: bytes) -> Secret:
        """Return the data key. :raises SealBroken: if it was wrapped elsewhere or for another row"""

    def add_version(self) -> int:
        """Make a new random version the active one, for all processes at once, and return it."""

    def retire_versions(self, *, keep: frozenset[int]) -> tuple[int, ...]:
        """Forget every version but these and the active one; return those forgotten."""
