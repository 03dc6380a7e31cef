"""Everything that is known of one transaction, for the people who look into it."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q

import events.queries
import ledger.queries
import wallets.queries
from events.models import Event
from ledger.queries import PostedLine
from transactions.models import (
    Attempt,
    Coin,
    Deposit,
    Intervention,
    ProviderInteraction,
    RecoveryAttempt,
    Step,
    Transaction,
    UserAction,
)

SHOWN = 50
"""The newest of what may go on without end."""


@dataclass(frozen=True)
class Story:
    """
    A transaction's steps, signed attempts (without their bytes), coins, deposits, facts and bookings; and,
    newest first, what was tried again, what companies answered, what people did and who stepped in.
    """

    steps: list[Step]
    attempts: list[Attempt]
    coins: list[Coin]
    deposits: list[Deposit]
    events: list[Event]
    lines: list[PostedLine]
    recoveries: list[RecoveryAttempt]
    interactions: list[ProviderInteraction]
    actions: list[UserAction]
    interventions: list[Intervention]


def tell(transaction: Transaction) -> Story:
    """Return the story of a transaction, each part in the order it happened."""
    attempts = list(transaction.attempts.defer("raw").order_by("number"))
    deposits = _deposits(transaction)
    own = [deposit for deposit in deposits if deposit.transaction_id == transaction.pk]
    return Story(
        steps=list(transaction.steps.all()),
        attempts=attempts,
        coins=list(Coin.objects.filter(_spent_by(attempts)).order_by("pk")),
        deposits=deposits,
        events=events.queries.events_of(transaction),
        lines=ledger.queries.lines_of(
            posting_keys=list(_posting_keys(transaction, attempts, own)),
            hold_keys=wallets.queries.hold_keys(transaction_id=transaction.pk),
        ),
        recoveries=list(transaction.recoveries.order_by("-pk")[:SHOWN]),
        interactions=list(transaction.interactions.order_by("-pk")[:SHOWN]),
        actions=list(transaction.actions.order_by("-pk")[:SHOWN]),
        interventions=list(transaction.interventions.order_by("-created_at")[:SHOWN]),
    )


def _spent_by(attempts: list[Attempt]) -> Q:
    """Match the coins that these bytes spend; of several sends that share them, one has them reserved."""
    batches = [each.batch_id for each in attempts if each.batch_id is not None]
    return Q(reserved_by__in=attempts) | Q(reserved_by__batch__in=batches)


def _deposits(transaction: Transaction) -> list[Deposit]:
    """Return the arrival that a deposit is about, or the arrivals that a sweep gathered."""
    if transaction.type == Transaction.Type.DEPOSIT:
        return list(Deposit.objects.filter(transaction=transaction))
    if transaction.type == Transaction.Type.SWEEP:
        return list(transaction.swept_deposits.order_by("pk"))
    return []


def _posting_keys(transaction: Transaction, attempts: Iterable[Attempt], deposits: Iterable[Deposit]) -> Iterable[str]:
    """Name every posting that the flows may have made for it."""
    yield f"transfer:{transaction.pk}"
    yield f"refund:{transaction.pk}"
    yield from (f"send:{transaction.pk}:settle", f"send:{transaction.pk}:fee")
    for attempt in attempts:
        yield from (f"attempt:{attempt.pk}:{what}" for what in ("dispatch", "settle", "return", "correction"))
    for deposit in deposits:
        yield f"deposit:{deposit.pk}:assign"
        yield from (f"deposit:{deposit.pk}:credit:{number + 1}" for number in range(deposit.credits))
        yield from (f"deposit:{deposit.pk}:reversal:{number + 1}" for number in range(deposit.reversals))
