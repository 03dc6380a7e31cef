"""A submitted transaction: read from its bytes, and held against the ledger it wants to get into."""

from dataclasses import dataclass

from stellar_sdk import FeeBumpTransactionEnvelope, Keypair, TransactionEnvelope
from stellar_sdk.exceptions import BadSignatureError
from stellar_sdk.operation import Operation
from stellar_sdk.transaction import Transaction

from devnet.stellar import operations
from devnet.stellar.results import Invalid
from devnet.stellar.state import BASE_FEE, Draft

MOST_OPERATIONS = 100


@dataclass(frozen=True)
class Submitted:
    """One transaction with the envelope it came in; of a fee bump, the inner one with its outer envelope."""

    envelope: str  # base64
    inner: TransactionEnvelope
    bump: FeeBumpTransactionEnvelope | None = None

    @property
    def transaction(self) -> Transaction:
        return self.inner.transaction

    @property
    def operations(self) -> list[Operation]:
        return list(self.transaction.operations)

    @property
    def hash(self) -> str:
        return (self.bump or self.inner).hash().hex()

    @property
    def inner_hash(self) -> bytes | None:
        return self.inner.hash() if self.bump else None

    @property
    def source(self) -> str:
        return self.transaction.source.account_id

    @property
    def fee_account(self) -> str:
        return self.bump.transaction.fee_source.account_id if self.bump else self.source

    @property
    def max_fee(self) -> int:
        return int(self.bump.transaction.fee if self.bump else self.transaction.fee)

    @property
    def fee_units(self) -> int:
        """Base fees it has to pay: one for each operation, and one more for a fee bump."""
        return len(self.operations) + (1 if self.bump else 0)

    @property
    def signatures(self) -> list[bytes]:
        return [each.signature for each in (self.bump or self.inner).signatures]


def read(envelope: str, passphrase: str) -> Submitted:
    """:raises Invalid: tx_malformed"""
    try:
        return Submitted(envelope, TransactionEnvelope.from_xdr(envelope, passphrase))
    except Exception:  # noqa: BLE001 - whatever the bytes are: they may be the other kind
        try:
            bump = FeeBumpTransactionEnvelope.from_xdr(envelope, passphrase)
        except Exception as error:
            raise Invalid("tx_malformed") from error
        return Submitted(envelope, bump.transaction.inner_transaction_envelope, bump)


def check(sent: Submitted, *, draft: Draft, ledger: int, close_time: int, fee_stroops: int = BASE_FEE) -> None:
    """
    Pass in silence what may get into the ledger of this number and close time.

    :param fee_stroops: least for each base fee
    :raises Invalid: with what nodes say otherwise; it costs nothing
    """
    if sent.bump is None:
        _check_inner(sent, draft, ledger, close_time, fee_stroops)
        _check_payer(sent, draft)
        return
    _check_bump(sent, fee_stroops)
    _check_payer(sent, draft)
    try:
        _check_inner(sent, draft, ledger, close_time, 0)
    except Invalid as refusal:
        raise Invalid(refusal.result.code, refusal.result.operations, is_inner=True) from refusal


def _check_inner(sent: Submitted, draft: Draft, ledger: int, close_time: int, fee_stroops: int) -> None:
    """What a transaction is held to, whoever pays for it."""
    transaction = sent.transaction
    if not 1 <= len(sent.operations) <= MOST_OPERATIONS:
        raise Invalid("tx_missing_operation" if not sent.operations else "tx_malformed")
    _check_bounds(transaction, ledger, close_time)
    if transaction.fee < fee_stroops * len(sent.operations):
        raise Invalid("tx_insufficient_fee", fee=fee_stroops * len(sent.operations))
    account = draft.find(sent.source)
    if account is None:
        raise Invalid("tx_no_source_account")
    _check_sequence(transaction, account.sequence)
    _check_signatures(sent, draft)
    if not all(map(operations.is_supported, sent.operations)):
        codes = ("op_success" if operations.is_supported(each) else "op_not_supported" for each in sent.operations)
        raise Invalid("tx_failed", tuple(codes))


def _check_bump(sent: Submitted, fee_stroops: int) -> None:
    """CAP-15: it pays for one operation more, and for each no less than what it bumps offers itself."""
    count, inner = len(sent.operations), sent.transaction.fee
    least = max(fee_stroops * (count + 1), -(-inner * (count + 1) // max(1, count)))
    if sent.max_fee < least:
        raise Invalid("tx_insufficient_fee", fee=least)


def _check_payer(sent: Submitted, draft: Draft) -> None:
    """Whoever pays has signed for that, and has all that is offered above its reserve."""
    payer = draft.find(sent.fee_account)
    if payer is None:
        raise Invalid("tx_no_source_account")
    if sent.bump is not None:
        used = _signed_by(sent.bump, payer.signer or payer.id)
        if not used:
            raise Invalid("tx_bad_auth")
        if len(used) < len(sent.bump.signatures):
            raise Invalid("tx_bad_auth_extra")
    if payer.spendable < sent.max_fee:
        raise Invalid("tx_insufficient_balance")


def _check_bounds(transaction: Transaction, ledger: int, close_time: int) -> None:
    bounds = transaction.preconditions
    time, ledgers = (bounds.time_bounds, bounds.ledger_bounds) if bounds else (None, None)
    if (time and close_time < time.min_time) or (ledgers and ledger < ledgers.min_ledger):
        raise Invalid("tx_too_early")
    if (time and time.max_time and close_time > time.max_time) or (
        ledgers and ledgers.max_ledger and ledger >= ledgers.max_ledger
    ):
        raise Invalid("tx_too_late")


def _check_sequence(transaction: Transaction, sequence: int) -> None:
    """CAP-21: the next number, or with a minimum given any higher one."""
    least = transaction.preconditions.min_sequence_number if transaction.preconditions else None
    is_next = transaction.sequence == sequence + 1
    if not (is_next if least is None else least <= sequence < transaction.sequence):
        raise Invalid("tx_bad_seq")


def _check_signatures(sent: Submitted, draft: Draft) -> None:
    """The one key of every account that is needed, and none besides; several signers of one are not known here."""

    def signer(account: str) -> str:
        found = draft.find(account)
        return found.signer if found and found.signer else account

    used = _signed_by(sent.inner, signer(sent.source))
    if not used:
        raise Invalid("tx_bad_auth")
    codes = []
    for operation in sent.operations:
        found = _signed_by(sent.inner, signer(operation.source.account_id)) if operation.source else {0}
        codes.append("op_success" if found else "op_bad_auth")
        used |= found if operation.source else set()
    if "op_bad_auth" in codes:
        raise Invalid("tx_failed", tuple(codes))
    if len(used) < len(sent.inner.signatures):
        raise Invalid("tx_bad_auth_extra")


def _signed_by(envelope: TransactionEnvelope | FeeBumpTransactionEnvelope, signer: str) -> set[int]:
    """Return which of the envelope's signatures are this key's."""
    key, found = Keypair.from_public_key(signer), set()
    for place, each in enumerate(envelope.signatures):
        if each.signature_hint == key.signature_hint():
            try:
                key.verify(envelope.hash(), each.signature)
            except BadSignatureError:
                continue
            found.add(place)
    return found
