"""Finding transactions: one, or a person's many."""

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Q, QuerySet

from kit.errors import NotFound
from transactions.models import Transaction


def locked(transaction_id: str) -> Transaction:
    """Return the transaction with its row locked until the caller's database transaction ends."""
    return Transaction.objects.select_for_update(of=("self",), no_key=True).get(pk=transaction_id)


def list_transactions(*, user_id: str) -> QuerySet[Transaction]:
    """Return everything that moved a person's money, newest first, with what a description needs."""
    return (
        Transaction.objects.filter(Q(user_id=user_id) | Q(recipient_user_id=user_id))
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


def of_wallet(transactions: QuerySet[Transaction], wallet_id: str) -> QuerySet[Transaction]:
    return transactions.filter(Q(wallet_id=wallet_id) | Q(recipient_wallet_id=wallet_id))


def narrow(
    transactions: QuerySet[Transaction],
    *,
    exact: Mapping[str, str],
    since: datetime | None = None,
    until: datetime | None = None,
    text: str = "",
) -> QuerySet[Transaction]:
    """Keep those with these exact type, status, asset; created in [since, until); matching an id, txid or address."""
    transactions = transactions.filter(**{name: value for name, value in exact.items() if value})
    if since:
        transactions = transactions.filter(created_at__gte=since)
    if until:
        transactions = transactions.filter(created_at__lt=until)
    if text:
        transactions = transactions.filter(Q(pk=text) | Q(txid=text) | Q(to_address=text) | Q(memo__icontains=text))
    return transactions
