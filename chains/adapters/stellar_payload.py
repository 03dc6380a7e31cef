"""
Stellar transactions as bytes: what is hashed and signed in, signed envelopes out.

A payload is the whole content that is hashed to be signed: network id, envelope type, transaction. So it names its
network and its source. Each has a last ledger (CAP-21), after which it can never land, and takes any sequence number
above the account's own: numbers of transactions that never landed are never used again.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from decimal import Decimal

from stellar_sdk import (
    Asset,
    BumpSequence,
    ChangeTrust,
    CreateAccount,
    DecoratedSignature,
    FeeBumpTransactionEnvelope,
    HashMemo,
    IdMemo,
    Keypair,
    LedgerBounds,
    MuxedAccount,
    NoneMemo,
    Preconditions,
    ReturnHashMemo,
    TextMemo,
    TransactionEnvelope,
    xdr,
)
from stellar_sdk import Payment as PaymentOperation
from stellar_sdk.exceptions import BadSignatureError
from stellar_sdk.memo import Memo
from stellar_sdk.operation import Operation
from stellar_sdk.transaction import Transaction

from chains.adapters import stellar_address
from chains.errors import AddressInvalid, PayloadInvalid, PaymentImpossible
from chains.values import PAYER, TRUSTLINE, TRUSTLINE_MINOR, Output, Payment, Signed, Unsigned

PASSPHRASES = {
    "public": "Public Global Stellar Network ; September 2015",
    "testnet": "Test SDF Network ; September 2015",
    "futurenet": "Test SDF Future Network ; October 2022",
    "devnet": "Holdfast Devnet ; 2026",
}
LEAST_OPENING = 10_000_000
"""Stroops: a new account keeps one lumen (two base reserves), so it is opened with no less."""

_NETWORK_BYTES, _SIGNATURE_BYTES, _KEY_BYTES = 32, 64, 32
_MOST_FEE = 2**32 - 1
_NO_LIMIT = stellar_address.amount(stellar_address.MOST_STROOPS)


def build(payment: Payment, *, network: str, chain: str) -> Unsigned:
    """:raises PaymentImpossible: if no such transaction is valid anywhere"""
    if not 0 < payment.minor <= stellar_address.MOST_STROOPS:
        raise PaymentImpossible("The amount is not one that Stellar can move.")
    if not 0 < payment.rate.rate <= _MOST_FEE or payment.nonce <= 0 or payment.last_height <= 0:
        raise PaymentImpossible("It has no fee, no number or no last ledger.")
    try:
        operation = operation_of(payment)
    except (AddressInvalid, ValueError) as error:
        raise PaymentImpossible(str(error)) from error
    transaction = Transaction(
        source=payment.sender,
        sequence=payment.nonce,
        fee=payment.rate.rate,
        operations=[operation],
        memo=memo_of(payment.memo),
        preconditions=bounds_of(payment.last_height),
    )
    payload = TransactionEnvelope(transaction, PASSPHRASES[chain]).signature_base()
    return decode(payload, network=network, chain=chain)


def decode(payload: bytes, *, network: str, chain: str, is_bumped: bool = False) -> Unsigned:
    """
    Read everything back out of a payload's bytes.

    :param is_bumped: it is for a fee bump: there another account than the source may pay, or nobody
    :raises PayloadInvalid: unless it is exactly what `build` makes for this network
    """
    transaction = _transaction(payload, chain=chain)
    bounds = transaction.preconditions.ledger_bounds if transaction.preconditions else None
    if bounds is None or len(transaction.operations) != 1:
        raise PayloadInvalid("a transaction without a last ledger, or with several operations")
    operation = transaction.operations[0]
    if operation.source is not None and not is_bumped:
        raise PayloadInvalid("an operation for another account")
    return Unsigned(
        network=network,
        payload=payload,
        senders=signers_of(transaction),
        outputs=() if is_bumped and _does_nothing(operation) else (_output(operation),),
        max_fee_minor=transaction.fee,
        replay_tokens=tokens_of(transaction),
        memo=_memo_text(transaction.memo),
        last_height=bounds.max_ledger - 1,
    )


def digests(payload: bytes) -> tuple[bytes, ...]:
    _parse(payload)
    return (hashlib.sha256(payload).digest(),)


def attach(payload: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes]) -> Signed:
    """:raises PayloadInvalid: unless each signature is its signer's own"""
    transaction, txid = _parse(payload), hashlib.sha256(payload).digest()
    made = decorated(txid, signatures, public_keys, signers=signers_of(transaction))
    envelope = xdr.TransactionEnvelope(
        type=xdr.EnvelopeType.ENVELOPE_TYPE_TX, v1=xdr.TransactionV1Envelope(as_xdr(transaction), made)
    )
    return Signed(raw=envelope.to_xdr_bytes(), txid=txid.hex())


def signers_of(transaction: Transaction) -> tuple[str, ...]:
    """Return who signs: the source, and the account that its operation is of where that is another."""
    accounts = (transaction.source, *(each.source for each in transaction.operations if each.source is not None))
    return tuple(dict.fromkeys(each.account_id for each in accounts))


def tokens_of(transaction: Transaction) -> tuple[str, ...]:
    """Return the place of replay, and once more by another name for whoever signs besides the source."""
    place = f"{transaction.source.account_id}:{transaction.sequence}"
    return (place, f"{place}{PAYER}")[: len(signers_of(transaction))]


def decorated(
    content: bytes, signatures: Sequence[bytes], public_keys: Sequence[bytes], *, signers: Sequence[str]
) -> list[xdr.DecoratedSignature]:
    """
    Return the signatures of a hash as envelopes hold them.

    :raises PayloadInvalid: unless each is its signer's own
    """
    if len(signatures) != len(signers) or len(public_keys) != len(signers):
        raise PayloadInvalid("one signature of each key")
    made = []
    for signature, public_key, signer in zip(signatures, public_keys, signers, strict=True):
        if len(signature) != _SIGNATURE_BYTES or len(public_key) != _KEY_BYTES:
            raise PayloadInvalid("not a signature of ed25519")
        key = Keypair.from_raw_ed25519_public_key(public_key)
        if key.public_key != signer:
            raise PayloadInvalid("signed by another key than the source's")
        try:
            key.verify(content, signature)
        except BadSignatureError as error:
            raise PayloadInvalid("the signature is not one of this transaction") from error
        made.append(DecoratedSignature(key.signature_hint(), signature).to_xdr_object())
    return made


def explain(raw: bytes, *, chain: str) -> tuple[str, tuple[str, ...]]:
    """Return the hash and the place of replay; of a fee bump that of what it bumps, and its own hash."""
    text, passphrase = base64.b64encode(raw).decode(), PASSPHRASES[chain]
    kinds: tuple[Callable[[str, str], TransactionEnvelope | FeeBumpTransactionEnvelope], ...] = (
        TransactionEnvelope.from_xdr,
        FeeBumpTransactionEnvelope.from_xdr,
    )
    for read in kinds:
        try:
            envelope = read(text, passphrase)
            is_whole = base64.b64decode(envelope.to_xdr()) == raw
        except Exception:  # noqa: BLE001, S112 - the library raises whatever the bytes make it do
            continue
        if is_whole:
            inner = envelope.transaction
            if not isinstance(inner, Transaction):
                inner = inner.inner_transaction_envelope.transaction
            return envelope.hash().hex(), tokens_of(inner)
    raise PayloadInvalid("not a signed transaction of Stellar")


def operation_of(payment: Payment, *, source: str | None = None) -> Operation:
    """:raises AddressInvalid, ValueError: if no such operation is valid anywhere"""
    if payment.to.startswith(TRUSTLINE):
        return _trustline(payment)
    to = stellar_address.check_address(payment.to)
    amount = stellar_address.amount(payment.minor)
    if payment.creates:
        if payment.contract or to.startswith("M") or payment.minor < LEAST_OPENING:
            raise ValueError("A new account is opened with at least one lumen, under its plain address.")
        return CreateAccount(to, amount, source)
    asset = Asset(*stellar_address.check_contract(payment.contract)) if payment.contract else Asset.native()
    return PaymentOperation(MuxedAccount.from_account(to), asset, amount, source)


def _trustline(payment: Payment) -> ChangeTrust:
    if payment.contract or payment.memo or payment.minor != TRUSTLINE_MINOR:
        raise ValueError("A trustline moves nothing: it locks its reserve.")
    return ChangeTrust(Asset(*stellar_address.check_contract(payment.to.removeprefix(TRUSTLINE))), _NO_LIMIT)


def _does_nothing(operation: Operation) -> bool:
    """Say whether it only uses the number up: a number of 0 is below every account's own."""
    return isinstance(operation, BumpSequence) and operation.bump_to == 0


def _output(operation: Operation) -> Output:
    if isinstance(operation, ChangeTrust):
        return _trusted(operation)
    if isinstance(operation, CreateAccount):
        return Output(operation.destination, stellar_address.stroops(operation.starting_balance))
    if not isinstance(operation, PaymentOperation):
        raise PayloadInvalid("an operation that pays nobody")
    asset = operation.asset
    contract = "" if asset.is_native() else f"{asset.code}:{asset.issuer}"
    minor = stellar_address.stroops(f"{Decimal(operation.amount):f}")  # the library writes a stroop as 1E-7
    return Output(operation.destination.universal_account_id, minor, contract)


def _trusted(operation: ChangeTrust) -> Output:
    asset = operation.asset
    if not isinstance(asset, Asset) or asset.is_native() or operation.limit != _NO_LIMIT:
        raise PayloadInvalid("a trustline of another kind than we open")
    return Output(f"{TRUSTLINE}{asset.code}:{asset.issuer}", TRUSTLINE_MINOR)


def bounds_of(last_height: int) -> Preconditions:
    return Preconditions(ledger_bounds=LedgerBounds(0, last_height + 1), min_sequence_number=0)


def _transaction(payload: bytes, *, chain: str) -> Transaction:
    """Read a payload of this network that has no other meaning than the one it is read in."""
    network_id = hashlib.sha256(PASSPHRASES[chain].encode()).digest()
    if payload[:_NETWORK_BYTES] != network_id:
        raise PayloadInvalid("for another network")
    transaction = _parse(payload)
    expected = Transaction(
        source=transaction.source.account_id,
        sequence=transaction.sequence,
        fee=transaction.fee,
        operations=transaction.operations,
        memo=transaction.memo,
        preconditions=bounds_of(_last_height(transaction)),
    )
    try:
        again = TransactionEnvelope(expected, PASSPHRASES[chain]).signature_base()
    except Exception as error:
        raise PayloadInvalid("not a transaction of Stellar") from error
    if again != payload:
        raise PayloadInvalid("conditions, or bytes, that no payment of ours has")
    return transaction


def _parse(payload: bytes) -> Transaction:
    """Read the transaction in a payload. :raises PayloadInvalid: if there is none"""
    head = xdr.EnvelopeType.ENVELOPE_TYPE_TX.to_xdr_bytes()
    body = payload[_NETWORK_BYTES + len(head) :]
    if payload[_NETWORK_BYTES : _NETWORK_BYTES + len(head)] != head:
        raise PayloadInvalid("not a transaction of Stellar")
    try:
        transaction = Transaction.from_xdr_object(xdr.Transaction.from_xdr_bytes(body))
        is_whole = as_xdr(transaction).to_xdr_bytes() == body
    except Exception as error:
        raise PayloadInvalid("not a transaction of Stellar") from error
    if not is_whole or transaction.sequence <= 0:
        raise PayloadInvalid("bytes that can be written otherwise")
    return transaction


def _last_height(transaction: Transaction) -> int:
    bounds = transaction.preconditions.ledger_bounds if transaction.preconditions else None
    if bounds is None or bounds.max_ledger <= 1:
        raise PayloadInvalid("a transaction without a last ledger")
    return int(bounds.max_ledger) - 1


def as_xdr(transaction: Transaction) -> xdr.Transaction:
    found = transaction.to_xdr_object()
    assert isinstance(found, xdr.Transaction)
    return found


def memo_of(text: str) -> Memo:
    kind, _, content = text.partition(":")
    if not kind:
        return NoneMemo()
    if kind == "id":
        return IdMemo(int(content))
    if kind == "text":
        return TextMemo(content)
    return HashMemo(content) if kind == "hash" else ReturnHashMemo(content)


def _memo_text(memo: Memo | None) -> str:
    """Return a memo as check_memo writes it. :raises PayloadInvalid: if it is a text that is no UTF-8"""
    if isinstance(memo, IdMemo):
        return f"id:{memo.memo_id}"
    if isinstance(memo, HashMemo):
        return f"hash:{memo.memo_hash.hex()}"
    if isinstance(memo, ReturnHashMemo):
        return f"return:{memo.memo_return.hex()}"
    if not isinstance(memo, TextMemo):
        return ""
    try:
        return f"text:{memo.memo_text.decode()}"
    except UnicodeDecodeError as error:
        raise PayloadInvalid("a memo in no known writing") from error
