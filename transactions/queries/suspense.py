"""Deposits that named nobody, where wallets share one account: what waits for two people to say whose it is."""

from django.db.models import QuerySet

import chains.queries
from assets.queries import list_networks
from transactions.models import Deposit

SHOWN = 50


def unnamed() -> list[Deposit]:
    """Return those that can be assigned, the oldest first; at most SHOWN."""
    networks = _shared()
    return list(_waiting(networks).order_by("id")[:SHOWN]) if networks else []


def unnamed_one(transaction_id: str) -> Deposit | None:
    """Return the one that this transaction is about, if it can be assigned."""
    return _waiting(_shared()).filter(transaction_id=transaction_id).first()


def _waiting(networks: list[str]) -> QuerySet[Deposit]:
    return Deposit.objects.filter(network__in=networks, status=Deposit.State.FINAL, wallet__isnull=True)


def _shared() -> list[str]:
    return [each.code for each in list_networks() if chains.queries.get_adapter(each.code).shares_account]
