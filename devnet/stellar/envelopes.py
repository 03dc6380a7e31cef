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
    transaction = sent.transaction
    if not 1 <= len(sent.operations) <= MOST_OPERATIONS:
        raise Invalid("tx_missing_operation" if not sent.operations else "tx_malformed")
    _check_bounds(transaction, ledger, close_time)
    if sent.max_fee < fee_stroops * sent.fee_units or _is_lower_bump(sent):
        raise Invalid("tx_insufficient_fee")
    account = draft.find(sent.source)
    if account is None:
        raise Invalid("tx_no_source_account")
    _check_sequence(transaction, account.sequence)
    _check_signatures(sent, draft)
    payer = draft.find(sent.fee_account)
    if payer is None:
        raise Invalid("tx_no_source_account")
    if payer.spendable < fee_stroops * sent.fee_units:
        raise Invalid("tx_insufficient_balance")
    if not all(map(operations.is_supported, sent.operations)):
        codes = ("op_success" if operations.is_supported(each) else "op_not_supported" for each in sent.operations)
        raise Invalid("tx_failed", tuple(codes))


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


def _is_lower_bump(sent: Submitted) -> bool:
    """Tell whether a fee bump offers less for each operation than what it bumps (CAP-15)."""
    if sent.bump is None:
        return False
    count = len(sent.operations)
    return bool(sent.max_fee * count < sent.transaction.fee * (count + 1))


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
    if sent.bump is not None:
        outer = _signed_by(sent.bump, signer(sent.fee_account))
        if not outer:
            raise Invalid("tx_bad_auth")
        if len(outer) < len(sent.bump.signatures):
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
