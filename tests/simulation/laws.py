"""What must be true of the books after every step, and what must be true once everything has settled."""

from datetime import datetime

from django.db import connection

LAWS = """
SELECT 'the ledger does not sum to zero in ' || asset_id FROM ledger_account GROUP BY asset_id HAVING sum(balance) <> 0
UNION ALL
SELECT 'a balance is not the sum of its entries: ' || a.code FROM ledger_account a
    LEFT JOIN (SELECT account_id, sum(amount) AS total FROM ledger_entry GROUP BY 1) e ON e.account_id = a.id
    WHERE a.balance <> coalesce(e.total, 0)
UNION ALL
SELECT 'a balance is on the wrong side: ' || code FROM ledger_account
    WHERE CASE normal_side WHEN 'credit' THEN balance < 0 ELSE balance > 0 END
UNION ALL
SELECT 'what is held is not what holds say: ' || a.code FROM ledger_account a
    LEFT JOIN (SELECT held_id, sum(remaining) AS total FROM ledger_hold GROUP BY 1) h ON h.held_id = a.id
    WHERE a.purpose = 'user_held' AND a.balance <> coalesce(h.total, 0)
UNION ALL
SELECT 'a send that is ' || t.status || ' holds ' || sum(h.remaining) || ': ' || t.id
    FROM transactions_transaction t
    JOIN wallets_reservation r ON r.transaction_id = t.id
    JOIN wallets_reservationpart p ON p.reservation_id = r.id
    JOIN ledger_hold h ON h.key = 'reservation:' || r.id || ':' || p.name
        || CASE WHEN p.raised_count > 0 THEN ':' || p.raised_count ELSE '' END
    WHERE t.type = 'send' GROUP BY t.id
    HAVING sum(h.remaining)
        <> CASE WHEN t.status IN ('completed', 'failed') THEN 0 ELSE t.amount_minor + t.max_fee_minor END
UNION ALL
SELECT 'what is on its way is not what was signed: ' || a.code FROM ledger_account a
    LEFT JOIN (
        SELECT t.network_id, sum(t.amount_minor + CASE WHEN t.type = 'sweep' THEN 0 ELSE p.max_fee_minor END) AS total
        FROM transactions_transaction t JOIN LATERAL (
            SELECT max_fee_minor FROM transactions_attempt WHERE transaction_id = t.id ORDER BY number DESC LIMIT 1
        ) p ON true
        WHERE EXISTS (SELECT FROM transactions_attempt WHERE transaction_id = t.id AND status = 'signed')
        AND NOT EXISTS (
            SELECT FROM transactions_attempt WHERE transaction_id = t.id AND status IN ('landed', 'final')
        )
        GROUP BY 1
    ) s ON a.code = 'network:' || s.network_id || ':in_transit'
    WHERE a.purpose = 'in_transit' AND a.balance <> -coalesce(s.total, 0)
UNION ALL
SELECT 'a status without its fact: ' || t.id || ' ' || t.status FROM transactions_transaction t
    LEFT JOIN (
        SELECT DISTINCT ON (subject) subject, type FROM events_event
        WHERE type LIKE 'transaction.%' AND type <> 'transaction.progressed' ORDER BY subject, id DESC
    ) e ON e.subject = 'transactions.transaction:' || t.id
    WHERE e.type IS DISTINCT FROM 'transaction.' || t.status
UNION ALL
SELECT 'two that could land: ' || one.transaction_id FROM transactions_attempt one
    JOIN transactions_attempt other ON other.transaction_id = one.transaction_id AND other.id > one.id
    WHERE one.status <> 'dead' AND other.status <> 'dead' AND NOT one.replay_tokens && other.replay_tokens
UNION ALL
SELECT 'one replay token, two that could land: ' || token
    FROM transactions_attempt p, unnest(p.replay_tokens) AS token
    WHERE p.status <> 'dead' GROUP BY p.network_id, token HAVING count(DISTINCT transaction_id) > 1
UNION ALL
SELECT 'a deposit credited ' || credits - reversals || ' times while ' || status || ': ' || id FROM transactions_deposit
    WHERE credits - reversals <> CASE WHEN status IN ('confirmed', 'final') THEN 1 ELSE 0 END
UNION ALL
SELECT 'a credit without its posting: ' || d.id FROM transactions_deposit d
    WHERE d.credits <> (SELECT count(*) FROM ledger_posting p WHERE p.key LIKE 'deposit:' || d.id || ':credit:%')
UNION ALL
SELECT 'a feed with a gap: ' || h.user_id FROM events_feedhead h
    LEFT JOIN (
        SELECT user_id, count(*) AS items, max(sequence) AS last FROM events_feeditem GROUP BY 1
    ) i USING (user_id)
    WHERE h.sequence <> coalesce(i.items, 0) OR h.sequence <> coalesce(i.last, 0)
UNION ALL
SELECT 'given back more than was given: ' || t.id FROM transactions_transaction t
    JOIN (
        SELECT parent_id, sum(amount_minor) AS total FROM transactions_transaction
        WHERE type = 'refund' AND status <> 'failed' GROUP BY 1
    ) r ON r.parent_id = t.id
    WHERE r.total > t.amount_minor
"""
"""Each row that this yields is a law broken."""

STUCK = """
SELECT 'stuck: ' || type || ' ' || id || ' ' || status || ' ' || sub_status FROM transactions_transaction
    WHERE status NOT IN ('completed', 'failed') OR next_look_at IS NOT NULL
UNION ALL
SELECT 'stuck: deposit ' || id || ' ' || status FROM transactions_deposit WHERE status NOT IN ('final', 'lost')
UNION ALL
SELECT 'stuck: event ' || event_id FROM events_pending
UNION ALL
SELECT 'no lane is empty: ' || code || ' ' || balance FROM ledger_account
    WHERE purpose IN ('in_transit') AND balance <> 0
"""
"""What must be nowhere once everything has settled."""


class Broken(Exception):
    """A law that does not hold, and where."""


def install() -> None:
    """Put the laws into the database as a function, whose plan each connection makes once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE OR REPLACE FUNCTION simulation.broken() RETURNS SETOF text LANGUAGE plpgsql"
            f" AS $laws$ BEGIN RETURN QUERY {LAWS}; END $laws$"
        )


def check() -> None:
    """:raises Broken: naming the first that does not hold"""
    with connection.cursor() as cursor:
        cursor.execute("SELECT simulation.broken()")
        row = cursor.fetchone()
    if row:
        raise Broken(str(row[0]))


def stuck() -> str:
    """Return what has not come to its end; empty: nothing."""
    with connection.cursor() as cursor:
        cursor.execute(STUCK)
        row = cursor.fetchone()
    return str(row[0]) if row else ""


def busy_networks() -> set[str]:
    """Return the networks on which something of ours has yet to land."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT network_id FROM transactions_transaction"
            " WHERE (status NOT IN ('completed', 'failed') OR next_look_at IS NOT NULL) AND type <> 'on_ramp'"
            " UNION SELECT network_id FROM transactions_deposit WHERE status NOT IN ('final', 'lost')"
        )
        return {str(code) for (code,) in cursor.fetchall()}


def read_up_to() -> dict[str, str]:
    """Return the hash of the last block taken in of each network."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT network, hash FROM chains_cursor")
        return {str(code): str(block) for code, block in cursor.fetchall()}


def first_due(now: datetime) -> str | None:
    """Return the transaction that is due first; of several the oldest, so that a seed always replays the same way."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM transactions_transaction WHERE next_look_at <= %s ORDER BY next_look_at, id LIMIT 1", [now]
        )
        row = cursor.fetchone()
        return str(row[0]) if row else None


def next_due(soon: datetime) -> datetime | None:
    """Return when all that is to be looked at until `soon` is due, else when the next is; None: nothing is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(max(next_look_at) FILTER (WHERE next_look_at <= %s), min(next_look_at))"
            " FROM transactions_transaction",
            [soon],
        )
        found: datetime | None = cursor.fetchone()[0]
        return found
