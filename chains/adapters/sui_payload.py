"""
Sui transactions as bytes: TransactionData in BCS in, what there is to sign, signed transactions out.

What is not the native coin is split off with 0x2::coin::split<T>, whose type the network checks against the coin's. So
the bytes alone say what is paid, and not only how much. A payment always names the last epoch that can hold it.
"""

import hashlib
import re
from collections.abc import Sequence

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from chains.adapters import sui_bcs as bcs
from chains.adapters.sui_bcs import Reader
from chains.adapters.sui_coins import choose
from chains.adapters.sui_form import Fields, read, write
from chains.errors import AddressInvalid, PayloadInvalid, PaymentImpossible
from chains.values import Output, Payment, Signed, Unsigned

SIGNATURE_BYTES = 97
"""A flag that names the scheme (0: ed25519), the signature, the public key."""

_ADDRESS = re.compile(r"0x[0-9a-f]{64}", re.ASCII)
_INTENT = b"\0\0\0"
_ED25519 = b"\0"
_LEAST_ADDRESS = 2**16


def check_address(text: str) -> str:
    """
    Return the address with small letters.

    It has no checksum: a wrong character makes another address, and nothing can tell.

    :raises AddressInvalid: if it is not 0x and 64 digits, or an address of the network's own
    """
    found = text[:2] + text[2:].lower()
    if not _ADDRESS.fullmatch(found):
        raise AddressInvalid("An address of this network is 0x followed by 64 digits and letters from a to f.")
    if int(found, 16) < _LEAST_ADDRESS:
        raise AddressInvalid("This is an address of the network itself: whatever is sent there is lost.")
    return found


def address_of(public_key: bytes) -> str:
    return "0x" + hashlib.blake2b(_ED25519 + public_key, digest_size=32).hexdigest()


def build(payment: Payment, *, network: str) -> Unsigned:
    """
    Return a payment out of the coins it is offered, until the epoch before `last_height` is over.

    :raises PaymentImpossible: for nothing or too much, or if the coins are too few
    """
    if not 0 < payment.minor < 2**63:
        raise PaymentImpossible("The amount must be more than zero.")
    assert not payment.subtract_fee, "another address pays the fee of emptying one"
    assert payment.last_height > 0, "a payment without an end could land at any time"
    choice = choose(payment)
    fields = Fields(
        sender=payment.sender,
        payer=payment.payer or payment.sender,
        price=choice.price(payment.rate.rate),
        budget=choice.budget(payment.rate.rate),
        epoch=payment.last_height - 1,
        recipient=check_address(payment.to),
        minor=payment.minor,
        contract=payment.contract,
        choice=choice,
    )
    return decode(write(fields), network=network)


def decode(payload: bytes, *, network: str) -> Unsigned:
    """
    Read everything out of a payload's bytes.

    :raises PayloadInvalid: for anything but one payment of this house's form
    """
    fields = _parse(payload)
    senders, tokens = _places(fields, payload)
    kept = fields.choice
    change = [Output(fields.payer, minor) for minor in kept.gas_pieces]
    change += [Output(fields.sender, minor, fields.contract) for minor in kept.pieces]
    return Unsigned(
        network=network,
        payload=payload,
        senders=senders,
        outputs=(Output(fields.recipient, fields.minor, fields.contract), *change),
        max_fee_minor=fields.budget,
        replay_tokens=tokens,
        last_height=fields.epoch + 1,
    )


def digests(payload: bytes) -> tuple[bytes, ...]:
    """Return what is to be signed, once for each place of replay. :raises PayloadInvalid:"""
    return (signing_hash(payload),) * len(_places(_parse(payload), payload)[0])


def signing_hash(transaction: bytes) -> bytes:
    """Return what keys sign of a transaction: BLAKE2b-256 over the intent (0, 0, 0) and TransactionData."""
    return hashlib.blake2b(_INTENT + transaction, digest_size=32).digest()


def txid_of(transaction: bytes) -> str:
    return bcs.hashed("TransactionData", transaction)


def attach(payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
    """
    Return the signed transaction (SenderSignedData): the sender's signature, then the payer's if that is another.

    :raises PayloadInvalid: if a signature is missing, or not one by its signer
    """
    fields = _parse(payload)
    senders, _ = _places(fields, payload)
    _require(len(signatures) == len(public_keys) == len(senders), "one signature and key for each place of replay")
    made: dict[str, bytes] = {}
    for sender, signature, public_key in zip(senders, signatures, public_keys, strict=True):
        _require(len(public_key) == 32 and address_of(public_key) == sender, "a key is not the signer's")
        check_signature(signature, signing_hash(payload), public_key)
        made[sender] = _ED25519 + signature + public_key
    ordered = [made[each] for each in dict.fromkeys((fields.sender, fields.payer))]
    return Signed(raw=write_signed(payload, ordered), txid=txid_of(payload))


def check_signature(signature: bytes, content: bytes, public_key: bytes) -> None:
    """:raises PayloadInvalid: if it is not this key's, in its one form"""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, content)
    except (InvalidSignature, ValueError) as error:
        raise PayloadInvalid("a signature does not fit") from error


def write_signed(transaction: bytes, signatures: Sequence[bytes]) -> bytes:
    return bcs.length(1) + _INTENT + transaction + bcs.listed([bcs.sized(each) for each in signatures])


def read_signed(raw: bytes) -> tuple[bytes, list[bytes]]:
    """Return TransactionData and the signatures of a signed payment. :raises PayloadInvalid:"""
    try:
        _require(raw[:4] == bcs.length(1) + _INTENT, "not a signed transaction")
        rest = raw[4:]
        reader = Reader(rest)
        read(reader)
        transaction = rest[: reader.place]
        signatures = [reader.bytes() for _ in range(reader.length())]
        reader.end()
    except (ValueError, IndexError) as error:
        raise PayloadInvalid("not a signed transaction") from error
    return transaction, signatures


def explain(raw: bytes) -> tuple[str, tuple[str, ...]]:
    """Return (txid, replay tokens) of a signed transaction. :raises PayloadInvalid:"""
    transaction, signatures = read_signed(raw)
    fields = _parse(transaction)
    signers = dict.fromkeys((fields.sender, fields.payer))
    _require(len(signatures) == len(signers), "signatures are missing")
    _require(all(len(each) == SIGNATURE_BYTES for each in signatures), "not signatures of ed25519")
    return txid_of(transaction), _places(fields, transaction)[1]


def _places(fields: Fields, payload: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """
    Return who signs for each place of replay, and these: the object versions that it takes.

    A sender whose address balance is all it gives uses up none. It has its own, which says no more than that this very
    transaction is run once; the payer's coin keeps any other from being run beside it.
    """
    taken = [(fields.payer, at.token) for at in fields.choice.gas]
    taken += [(fields.sender, at.token) for at in fields.choice.sources]
    if fields.sender not in {signer for signer, _ in taken}:
        taken.append((fields.sender, f"{fields.sender}:{txid_of(payload)}"))
    return tuple(signer for signer, _ in taken), tuple(token for _, token in taken)


def _parse(payload: bytes) -> Fields:
    try:
        reader = Reader(payload)
        fields = read(reader)
        reader.end()
        same = write(fields) == payload
    except (ValueError, IndexError, OverflowError) as error:
        raise PayloadInvalid("not a payment of this house's form") from error
    _require(same, "anything beside one payment")
    _require(fields.minor > 0 and int(fields.recipient, 16) >= _LEAST_ADDRESS, "the recipient or the amount")
    return fields


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise PayloadInvalid(f"not a payment this house builds: {what}")
