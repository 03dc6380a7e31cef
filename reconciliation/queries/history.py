"""
Replaying history: entries make up balances, postings make up what transactions say, and every status has its fact.

Differences of the ledger with itself come from its own verification. Here are those between transactions and postings,
found in PostgreSQL: rows changed since a moment, or all of them.
"""

from collections.abc import Iterator
from datetime import datetime
from itertools import islice
from typing import Any

from django.db import connection

import ledger.queries
from reconciliation.base import Found
from reconciliation.models import Case

MOST = 100
"""A run names no more differences than so many: after them somebody has to look anyway."""

_DEPOSITS = """
SELECT d.id, d.amount_minor::text, (d.credits - d.reversals)::text, coalesce(-sum(l.amount), 0)::text
FROM transactions_deposit d
LEFT JOIN LATERAL (
    SELECT e.amount FROM ledger_posting p JOIN ledger_entry e ON e.posting_id = p.id
    JOIN ledger_account a ON a.id = e.account_id AND a.purpose IN ('treasury', 'deposits', 'cold')
        AND a.asset_id = d.asset_id
    WHERE p.key = ANY(
        SELECT 'deposit:' || d.id || ':credit:' || n FROM generate_series(1, d.credits) n
        UNION ALL SELECT 'deposit:' || d.id || ':reversal:' || n FROM generate_series(1, d.reversals) n
    )
) l ON true
WHERE d.updated_at >= %s
GROUP BY d.id
HAVING coalesce(-sum(l.amount), 0) <> d.amount_minor * (d.credits - d.reversals)
ORDER BY d.id
"""

_SENDS = """
SELECT t.id, t.amount_minor::text || ' ' || t.asset_id, coalesce(t.fee_minor, 0)::text || ' ' || t.fee_asset_id,
    coalesce(string_agg((-l.amount)::text || ' ' || l.asset_id, ', ' ORDER BY l.asset_id), 'nothing')
FROM transactions_transaction t
LEFT JOIN LATERAL (
    SELECT a.asset_id, sum(e.amount) AS amount FROM ledger_posting p JOIN ledger_entry e ON e.posting_id = p.id
    JOIN ledger_account a ON a.id = e.account_id AND a.purpose IN ('user_available', 'user_held')
    WHERE p.key IN ('send:' || t.id || ':settle', 'send:' || t.id || ':fee') OR p.key = ANY(
        SELECT 'attempt:' || n.id || ':correction' FROM transactions_attempt n WHERE n.transaction_id = t.id
    )
    GROUP BY a.asset_id
) l ON true
WHERE t.type = 'send' AND t.status = 'completed' AND t.updated_at >= %s
GROUP BY t.id
HAVING coalesce(-sum(l.amount) FILTER (WHERE l.asset_id = t.asset_id), 0)
        <> t.amount_minor + CASE WHEN t.fee_asset_id = t.asset_id THEN coalesce(t.fee_minor, 0) ELSE 0 END
    OR coalesce(-sum(l.amount) FILTER (WHERE l.asset_id <> t.asset_id), 0)
        <> CASE WHEN t.fee_asset_id = t.asset_id THEN 0 ELSE coalesce(t.fee_minor, 0) END
    OR bool_or(l.asset_id NOT IN (t.asset_id, t.fee_asset_id))
ORDER BY t.id
"""
"""Each asset for itself: what is too much of one does not make up for what is too little of the other."""

_TRANSFERS = """
SELECT t.id, t.amount_minor::text, t.type, coalesce(sum(l.amount), 0)::text
FROM transactions_transaction t
LEFT JOIN LATERAL (
    SELECT e.amount FROM ledger_posting p JOIN ledger_entry e ON e.posting_id = p.id
    JOIN ledger_account a ON a.id = e.account_id AND a.code = 'wallet:' || t.recipient_wallet_id || ':available'
        AND a.asset_id = t.asset_id
    WHERE p.key = t.type || ':' || t.id
) l ON true
WHERE t.type IN ('transfer', 'refund') AND t.status = 'completed' AND t.updated_at >= %s
GROUP BY t.id
HAVING coalesce(sum(l.amount), 0) <> t.amount_minor
ORDER BY t.id
"""

_FACTS = """
SELECT t.id, t.status, coalesce(fact.type, ''), ''
FROM {table} t
LEFT JOIN LATERAL (
    SELECT e.type FROM events_event e
    WHERE e.subject = '{label}:' || t.id AND e.type = ANY(%s) ORDER BY e.id DESC LIMIT 1
) fact ON true
WHERE t.updated_at >= %s AND {is_checked} AND coalesce(fact.type, '') <> '{name}.' || t.status
ORDER BY t.id
"""

_STATUSES = {
    "transaction": (
        "transactions_transaction",
        "true",
        (
            *("initiated", "balance_reserved", "provider_selected", "provider_processing", "provider_failover"),
            *("blockchain_pending", "blockchain_confirmed", "balance_updated", "completed", "failed", "compensating"),
        ),
    ),
    # What is first of these is written with the fact of the transaction; it has one of its own once it has moved.
    "deposit": (
        "transactions_deposit",
        "(t.credits > 0 OR t.status <> 'seen')",
        ("seen", "confirmed", "final", "lost"),
    ),
    "attempt": ("transactions_attempt", "t.status <> 'signed'", ("signed", "landed", "final", "dead")),
}


def replay(*, since: datetime) -> list[Found]:
    """Return what transactions changed since then say that postings or facts do not; at most MOST."""
    return list(islice(_contradictions(since), MOST))


def verify() -> list[Found]:
    """Return what the ledger's own postings contradict in it; at most MOST."""
    return [
        _found(each.what, " ".join(filter(None, [each.account, str(each.entry or ""), each.posting])), str(each))
        for each in islice(ledger.queries.verify(), MOST)
    ]


def _contradictions(since: datetime) -> Iterator[Found]:
    for deposit, amount, times, booked in _rows(_DEPOSITS, [since]):
        words = f"Deposit {deposit} of {amount} is credited {times} times; its postings booked {booked}."
        yield _found("deposit and postings", deposit, words)
    for send, amount, fee, booked in _rows(_SENDS, [since]):
        words = f"Send {send} cost its person {amount} and a fee of {fee}; its postings booked {booked}."
        yield _found("send and postings", send, words)
    for transfer, amount, kind, booked in _rows(_TRANSFERS, [since]):
        words = f"The {kind} {transfer} gave {amount}; its posting booked {booked}."
        yield _found("transfer and postings", transfer, words)
    for name, (table, is_checked, statuses) in _STATUSES.items():
        query = _FACTS.format(table=table, label=f"transactions.{name}", name=name, is_checked=is_checked)
        for row, status, fact, _ in _rows(query, [[f"{name}.{status}" for status in statuses], since]):
            words = f"The {name} {row} is {status}; the last fact of it is {fact or 'none'}."
            yield _found("status without its fact", f"{name} {row}", words)


def _found(what: str, where: str, words: str) -> Found:
    return Found(
        key=f"history:{what}:{where}"[:200],
        kind=Case.Kind.HISTORY,
        summary=words[:300],
        evidence={"what": what, "where": where, "words": words},
    )


def _rows(query: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        found: list[Any] = cursor.fetchmany(MOST)
        return found
