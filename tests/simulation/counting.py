"""What seeds went through, and what a soak must have been through to be worth anything."""

from collections import Counter

from django.db import connection

TALLY = """
SELECT t.type || 's ' || t.status || CASE WHEN t.failure_code <> '' THEN ': ' || t.failure_code ELSE '' END, count(*)
    FROM transactions_transaction t GROUP BY 1
UNION ALL
SELECT 'deposits taken back', coalesce(sum(reversals), 0) FROM transactions_deposit
UNION ALL
SELECT 'deposits credited again', coalesce(sum(greatest(credits - 1, 0)), 0) FROM transactions_deposit
UNION ALL
SELECT 'deposits taken back after they were spent', count(*)
    FROM events_event WHERE type = 'deposit.seen' AND data ->> 'owed_minor' <> '0'
UNION ALL
SELECT 'broadcasts again', coalesce(sum(greatest(broadcast_count - 1, 0)), 0) FROM transactions_attempt
UNION ALL
SELECT 'signed bytes replaced by others', count(*) FROM transactions_attempt WHERE status = 'dead'
UNION ALL
SELECT 'tries put off', count(*) FROM transactions_recoveryattempt
UNION ALL
SELECT CASE type
        WHEN 'transaction.compensating' THEN 'compensations'
        WHEN 'transaction.provider_failover' THEN 'failovers'
        WHEN 'broadcast.unknown' THEN 'broadcasts without an answer'
        WHEN 'chains.rolled_back' THEN 'rollbacks'
        ELSE 'webhooks' END, count(*)
    FROM events_event
    WHERE type IN ('transaction.compensating', 'transaction.provider_failover', 'broadcast.unknown',
        'chains.rolled_back', 'webhook.handled')
    GROUP BY 1
"""

NEEDED = (
    "broadcasts again",
    "broadcasts without an answer",
    "compensations",
    "deposits completed",
    "deposits credited again",
    "deposits failed: replaced",
    "deposits taken back",
    "deposits taken back after they were spent",
    "failovers",
    "on_ramps completed",
    "on_ramps failed: no_provider",
    "on_ramps failed: payment_expired",
    "on_ramps failed: payment_refunded",
    "refunds completed",
    "rollbacks",
    "sends completed",
    "sends failed: cancelled",
    "sends failed: failed_on_network",
    "sends failed: replaced",
    "signed bytes replaced by others",
    "sweeps completed",
    "transfers completed",
    "tries put off",
    "webhooks",
    "workers killed",
    "workers stalled",
)
"""What must have happened at least once."""

ENOUGH = 250
"""Seeds, from which on all of that is certain to have happened; fewer need not show it."""


def tally() -> Counter[str]:
    """Return how often what has happened, from the furnishing of the house on."""
    with connection.cursor() as cursor:
        cursor.execute(TALLY)
        return Counter({str(name): int(count) for name, count in cursor.fetchall()})


def missing(happened: Counter[str], *, seeds: int) -> list[str]:
    """Return what never happened in so many seeds, and must have."""
    return [name for name in NEEDED if not happened[name]] if seeds >= ENOUGH else []


def told(happened: Counter[str]) -> str:
    return "\n".join(f"{count:9,d}  {name}" for name, count in sorted(happened.items()))
