"""
Fee bumps (CAP-15): a transaction, signatures and all, within another's envelope, who pays its fee.

Whatever is within keeps its source's number, so of a transaction and all fee bumps of that number at most one lands.
A payload is the whole content that is hashed to be signed. One within which nobody has signed yet is signed twice: what
is within by its signers, and then (`around`) the fee bump by who pays. What is within offers nothing itself then, so
nobody can take it out and let it land alone.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from stellar_sdk import BumpSequence, Keypair, MuxedAccount, Transaction, xdr

from chains.adapters import stellar_payload
from chains.adapters.stellar_payload import PASSPHRASES, as_xdr, bounds_of, decorated, memo_of, operation_of, signers_of
from chains.errors import AddressInvalid, NotReplaceable, PayloadInvalid, PaymentImpossible
from chains.values import FeeRate, NetworkConfig, Output, Payment, Replacing, Signed, Unsigned

UNITS = 2
"""What a fee bump pays for: its one operation, and itself as another (CAP-15)."""

REPLACING_FACTOR = 10
"""What waits gives way to a fee bump that offers so many times as much for each (stellar-core, FEE_MULTIPLIER)."""

_NETWORK_BYTES = 32
_TX, _BUMP = xdr.EnvelopeType.ENVELOPE_TYPE_TX, xdr.EnvelopeType.ENVELOPE_TYPE_TX_FEE_BUMP


def is_bump(payload: bytes) -> bool:
    head = _BUMP.to_xdr_bytes()
    return payload[_NETWORK_BYTES : _NETWORK_BYTES + len(head)] == head


def build(payment: Payment, *, network: str, chain: str) -> Unsigned:
    """
    Return a payment of the sender's, who pays its fee too, under a number of its channel's.

    :raises PaymentImpossible: if no such transaction is valid anywhere
    """
    stellar_payload.build(payment, network=network, chain=chain)  # for its refusals
    try:
        operation = operation_of(payment, source=payment.sender)
    except (AddressInvalid, ValueError) as error:
        raise PaymentImpossible(str(error)) from error
    transaction = Transaction(
        source=payment.channel,
        sequence=payment.nonce,
        fee=0,
        operations=[operation],
        memo=memo_of(payment.memo),
        preconditions=bounds_of(payment.last_height),
    )
    within = xdr.TransactionV1Envelope(as_xdr(transaction), [])
    payload = _payload(within, payment.sender, payment.rate.rate * UNITS, chain)
    return decode(payload, network=network, chain=chain)


def decode(payload: bytes, *, network: str, chain: str) -> Unsigned:
    """
    Read everything out of a payload's bytes.

    Who signs is who pays, of what is signed within; else all that sign within, of whom one pays.

    :raises PayloadInvalid: unless it is of our own form, and what is signed within is so by its signers alone
    """
    bump, content = _parse(payload), _content(payload)
    within = bump.within
    inner = stellar_payload.decode(content, network=network, chain=chain, is_bumped=True)
    if bump.payer not in inner.senders:
        raise PayloadInvalid("somebody else pays")
    if bump.fee * (UNITS - 1) < inner.max_fee_minor * UNITS or bump.fee <= 0:
        raise PayloadInvalid("it offers less than what it bumps")
    if within.signatures:
        _check_signed(within, content, inner.senders)
        return _of(inner, payload, (bump.payer,), bump.fee)
    if inner.max_fee_minor:
        raise PayloadInvalid("what is signed within could land alone")
    return _of(inner, payload, inner.senders, bump.fee)


def digests(payload: bytes) -> tuple[bytes, ...]:
    """Return the hash that who pays signs, or that of what is within for each who signs there."""
    within = _parse(payload).within
    if within.signatures:
        return (hashlib.sha256(payload).digest(),)
    signers = signers_of(Transaction.from_xdr_object(within.tx))
    return (hashlib.sha256(_content(payload)).digest(),) * len(signers)


def attach(payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
    """:raises PayloadInvalid: unless each signature is its signer's own"""
    bump = _parse(payload)
    if not bump.within.signatures:
        return stellar_payload.attach(_content(payload), signatures, public_keys)
    txid = hashlib.sha256(payload).digest()
    made = decorated(txid, signatures, public_keys, signers=(bump.payer,))
    whole = _as_xdr(bump.within, bump.payer, bump.fee)
    envelope = xdr.TransactionEnvelope(type=_BUMP, fee_bump=xdr.FeeBumpTransactionEnvelope(whole, made))
    return Signed(raw=envelope.to_xdr_bytes(), txid=txid.hex())


def around(payload: bytes, signed: Signed) -> bytes:
    """Return the payload of the fee bump, where `signed` is what is within; nothing where it is the fee bump itself."""
    bump = _parse(payload)
    if bump.within.signatures:
        return b""
    within, _, _ = _open(signed.raw)
    assert within.tx == bump.within.tx, "what is within stays as it is"
    return payload[:_NETWORK_BYTES] + _BUMP.to_xdr_bytes() + _as_xdr(within, bump.payer, bump.fee).to_xdr_bytes()


def replace_signed(replacing: Replacing, *, config: NetworkConfig) -> tuple[Unsigned, FeeRate]:
    """
    Return a fee bump of the same signed bytes; or of a transaction that does nothing under the same number.

    :raises NotReplaceable: if it would have to offer more than the network's highest rate
    """
    within, offered, units = _open(replacing.raw)
    transaction = Transaction.from_xdr_object(within.tx)
    payer = signers_of(transaction)[-1]
    rate = max(replacing.rate.rate, REPLACING_FACTOR * -(-offered // units))
    if rate > config.fee_cap:
        raise NotReplaceable(why="It offers nearly as much already as is ever offered on this network.")
    if replacing.cancels:
        is_of_channel = payer != transaction.source.account_id
        nothing = Transaction(
            source=transaction.source,
            sequence=transaction.sequence,
            fee=0,
            operations=[BumpSequence(0, payer if is_of_channel else None)],
            preconditions=transaction.preconditions,
        )
        within = xdr.TransactionV1Envelope(as_xdr(nothing), [])
    payload = _payload(within, payer, rate * UNITS, config.chain)
    made = decode(payload, network=config.code, chain=config.chain)
    return made, FeeRate(config.code, replacing.rate.priority, rate, 0, replacing.rate.seconds, replacing.rate.source)


def stated(raw: bytes, *, config: NetworkConfig) -> tuple[tuple[Output, ...], int]:
    """
    Return what signed bytes pay, and the most that their signers pay for it: nothing where a stranger has bumped them.

    :raises PayloadInvalid: unless they are of our own form, and signed by their signers
    """
    within, offered, _ = _open(raw)
    content = _network_id(config.chain) + _TX.to_xdr_bytes() + within.tx.to_xdr_bytes()
    inner = stellar_payload.decode(content, network=config.code, chain=config.chain, is_bumped=True)
    _check_signed(within, content, inner.senders)
    return inner.outputs, offered if is_paid_by_signers(raw) else 0


def is_paid_by_signers(raw: bytes) -> bool:
    """Say whether who pays the fee is one of those who have signed for what is done."""
    envelope = _read(raw)
    if envelope.fee_bump is None:
        return True
    bump = _bump(envelope.fee_bump.tx)
    return bump.payer in signers_of(Transaction.from_xdr_object(bump.within.tx))


def _check_signed(within: xdr.TransactionV1Envelope, content: bytes, signers: Sequence[str]) -> None:
    """:raises PayloadInvalid: unless each signer has signed it, in order, and nobody besides"""
    made = [each.signature.signature for each in within.signatures]
    keys = [Keypair.from_public_key(each).raw_public_key() for each in signers]
    expected = decorated(hashlib.sha256(content).digest(), made, keys, signers=signers)
    if expected != within.signatures:
        raise PayloadInvalid("signatures that can be written otherwise")


def _of(inner: Unsigned, payload: bytes, senders: tuple[str, ...], fee: int) -> Unsigned:
    return Unsigned(
        network=inner.network,
        payload=payload,
        senders=senders,
        outputs=inner.outputs,
        max_fee_minor=fee,
        replay_tokens=inner.replay_tokens[-len(senders) :],
        memo=inner.memo,
        last_height=inner.last_height,
    )


@dataclass(frozen=True)
class _Bump:
    """A fee bump's parts: what is within, who pays, and stroops."""

    within: xdr.TransactionV1Envelope
    payer: str
    fee: int


def _payload(within: xdr.TransactionV1Envelope, payer: str, fee: int, chain: str) -> bytes:
    return _network_id(chain) + _BUMP.to_xdr_bytes() + _as_xdr(within, payer, fee).to_xdr_bytes()


def _as_xdr(within: xdr.TransactionV1Envelope, payer: str, fee: int) -> xdr.FeeBumpTransaction:
    return xdr.FeeBumpTransaction(
        fee_source=Keypair.from_public_key(payer).xdr_muxed_account(),
        fee=xdr.Int64(fee),
        inner_tx=xdr.FeeBumpTransactionInnerTx(_TX, within),
        ext=xdr.FeeBumpTransactionExt(0),
    )


def _parse(payload: bytes) -> _Bump:
    """:raises PayloadInvalid: if these are not the bytes of a fee bump, in the one way that we write them"""
    body = payload[_NETWORK_BYTES + len(_BUMP.to_xdr_bytes()) :]
    try:
        bump = _bump(xdr.FeeBumpTransaction.from_xdr_bytes(body))
        is_whole = is_bump(payload) and _as_xdr(bump.within, bump.payer, bump.fee).to_xdr_bytes() == body
    except Exception as error:
        raise PayloadInvalid("not a fee bump of Stellar") from error
    if not is_whole:
        raise PayloadInvalid("bytes that can be written otherwise")
    return bump


def _bump(found: xdr.FeeBumpTransaction) -> _Bump:
    if found.inner_tx.v1 is None:
        raise PayloadInvalid("not a fee bump of Stellar")
    return _Bump(found.inner_tx.v1, MuxedAccount.from_xdr_object(found.fee_source).account_id, found.fee.int64)


def _content(payload: bytes) -> bytes:
    """Return the payload of what is within."""
    return payload[:_NETWORK_BYTES] + _TX.to_xdr_bytes() + _parse(payload).within.tx.to_xdr_bytes()


def _open(raw: bytes) -> tuple[xdr.TransactionV1Envelope, int, int]:
    """Return the signed transaction in an envelope, what is offered for it, and for how many operations."""
    envelope = _read(raw)
    if envelope.fee_bump is not None:
        bump = _bump(envelope.fee_bump.tx)
        return bump.within, bump.fee, UNITS
    if envelope.v1 is None:
        raise PayloadInvalid("not a signed transaction of Stellar")
    return envelope.v1, envelope.v1.tx.fee.uint32, 1


def _read(raw: bytes) -> xdr.TransactionEnvelope:
    try:
        return xdr.TransactionEnvelope.from_xdr_bytes(raw)
    except Exception as error:
        raise PayloadInvalid("not a signed transaction of Stellar") from error


def _network_id(chain: str) -> bytes:
    return hashlib.sha256(PASSPHRASES[chain].encode()).digest()
