"""What people do to a transaction, kept with it."""

from datetime import datetime
from typing import Any

from django.db import transaction as database

from transactions.errors import NoQuestion
from transactions.models import Step, Transaction, UserAction
from transactions.queries.find import locked
from transactions.services.schedule import wake


def note_action(transaction: Transaction, type: str, *, actor: str, now: datetime, **data: Any) -> None:
    """Keep that this person did this to it."""
    UserAction.objects.create(transaction=transaction, type=type, actor=actor, data=data, at=now)


@database.atomic
def answer(transaction_id: str, *, user_id: str, said: str, now: datetime) -> Transaction:
    """
    Give a transaction's question the owner's answer, and have it looked at.

    :raises NoQuestion: if nothing is being asked of this person
    """
    transaction = locked(transaction_id)
    asking = transaction.steps.filter(state=Step.State.ASKING, answer__isnull=True).first()
    if asking is None or transaction.user_id != user_id:
        raise NoQuestion
    asking.answer = said
    asking.save(update_fields=["answer"])
    note_action(transaction, "answered", actor=user_id, now=now, step=asking.name, said=said)
    wake(transaction.pk, now=now)
    return transaction
