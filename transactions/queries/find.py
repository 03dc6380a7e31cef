"""Finding transactions: one, or a person's many."""

from typing import Any

from django.db.models import Q, QuerySet

from kit import sql
from kit.errors import NotFound
from kit.ids import is_id
from transactions.models import Step, Transaction

_CURRENT = "SELECT {t} FROM transactions_transaction t WHERE t.id = %s"
_LOCKED = f"{_CURRENT} FOR NO KEY UPDATE OF t"
_STEPS = "SELECT {s} FROM transactions_step s WHERE s.transaction_id = %s ORDER BY s.position"


def locked(transaction_id: str) -> Transaction:
    """Return the transaction with its row locked until the caller's database transaction ends."""
    return _one(sql.read(_LOCKED, [transaction_id], t=Transaction))


def current(transaction_id: str) -> Transaction:
    """Return the transaction as it is now."""
    return _one(sql.read(_CURRENT, [transaction_id], t=Transaction))


def steps_of(transaction: Transaction) -> dict[str, Step]:
    """Return the transaction's steps by name, in their order."""
    found: list[Step] = [step for (step,) in sql.read(_STEPS, [transaction.pk], s=Step)]
    for step in found:
        step.transaction = transaction
    return {step.name: step for step in found}


def _one(found: list[Any]) -> Transaction:
    if not found:
        raise Transaction.DoesNotExist
    transaction: Transaction = found[0][0]
    return transaction


def list_transactions(*, user_id: str) -> QuerySet[Transaction]:
    """Return everything that moved a person's money: to be looked into. To be paged through: queries/listing.py."""
    return (
        Transaction.objects.filter(Q(user_id=user_id) | Q(recipient_user_id=user_id))
        .exclude(type=Transaction.Type.DEPOSIT, parent__isnull=False)  # told by the on-ramp whose coins they are
        .select_related("network", "asset")
        .prefetch_related("steps")
        .order_by("-id")
    )


def get_transaction(*, user_id: str, transaction_id: str) -> Transaction:
    """
    Return this person's transaction.

    :raises NotFound: if it does not exist or is someone else's: the caller cannot tell which
    """
    found = list_transactions(user_id=user_id).filter(pk=transaction_id).first()
    if found is None:
        raise NotFound("There is no such transaction.")
    return found


def by_key(key: str) -> Transaction | None:
    """Return what this key has already made, if anything; nearly always nothing, and that is told without the row."""
    found = sql.rows("SELECT id FROM transactions_transaction WHERE key = %s", [key])
    return Transaction.objects.get(pk=found[0][0]) if found else None


def find_by_key(*, user_id: str, key: str) -> Transaction | None:
    """Return what this person's request with this key has already made, if anything."""
    return Transaction.objects.filter(user_id=user_id, key=key).first()


def of_wallet(transactions: QuerySet[Transaction], wallet_id: str) -> QuerySet[Transaction]:
    return transactions.filter(Q(wallet_id=wallet_id) | Q(recipient_wallet_id=wallet_id))


def look_up(transactions: QuerySet[Transaction], term: str) -> QuerySet[Transaction]:
    """Keep what the term names: an id of a transaction, wallet or person, an e-mail address, a key, or a txid."""
    if not term:
        return transactions
    if is_id(term, "txn"):
        return transactions.filter(pk=term)
    if is_id(term, "usr"):
        return transactions.filter(Q(user_id=term) | Q(recipient_user_id=term))
    if is_id(term, "wal"):
        return of_wallet(transactions, term)
    if "@" in term:
        return transactions.filter(user__email=term.lower())
    return transactions.filter(Q(txid=term, txid__gt="") | Q(key=term))
