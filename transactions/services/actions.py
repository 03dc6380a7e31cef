"""What people do to a transaction, kept with it."""

from datetime import datetime
from typing import Any

from transactions.models import Transaction, UserAction


def note_action(transaction: Transaction, type: str, *, actor: str, now: datetime, **data: Any) -> None:
    """Keep that this person did this to it."""
    UserAction.objects.create(transaction=transaction, type=type, actor=actor, data=data, at=now)
