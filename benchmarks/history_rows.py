"""
A million transactions to page through, written by SQL: one person has half of them, the rest is spread over 2,000.

Foreign keys and checks hold for every row; the triggers that refuse a first status other than initiated are passed by,
as these transactions are over.
"""

import psycopg

PEOPLE = 2_000
HEAVY = "usr_" + "0" * 26
QUIET = "usr_" + "0" * 25 + "7"
RARE_ASSET = "RARE"

PREPARE = """
SET session_replication_role = replica;
SET work_mem = '256MB';
SET maintenance_work_mem = '512MB';
SET synchronous_commit = off;
INSERT INTO assets_asset SELECT (jsonb_populate_record(a, jsonb_build_object(
    'code', 'RARE', 'name', 'Rare coin', 'contract', '0xrare', 'kind', 'token'))).*
    FROM assets_asset a WHERE code = 'ETH';
INSERT INTO accounts_user (id, email, password, is_superuser, is_active, is_staff, language, theme, created_at)
    SELECT 'usr_' || lpad(n::text, 26, '0'), 'person' || n || '@example.com', '', false, true, false, 'en', 'system',
        '2021-01-01' FROM generate_series(0, {people}) n;
INSERT INTO wallets_wallet (id, user_id, network_id, label, created_at)
    SELECT 'wal_' || lpad(n::text, 26, '0'), 'usr_' || lpad(greatest(n - 40, 0)::text, 26, '0'),
        CASE WHEN n % 2 = 0 THEN 'bitcoin' ELSE 'ethereum' END, '', '2021-01-01'
    FROM generate_series(0, {people} + 40) n;
"""
"""The first person has 41 wallets, everybody else one."""

FILL = """
CREATE TEMPORARY TABLE drawn AS
SELECT n, n % 2 = 0 AS is_heavy, random() AS kind, random() AS fate, random() AS size, random() AS noted,
    1 + floor(random() * {people})::int AS person, 1 + floor(random() * {people})::int AS other,
    floor(40 * random() ^ 3)::int AS wallet, floor(5000 * random() ^ 4)::int AS address,
    timestamptz '2021-01-01' + (n::float8 / {rows}) * interval '5 years' AS at
FROM generate_series(1, {rows}) n;
CREATE TEMPORARY TABLE made AS
SELECT d.*,
    'txn_' || lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || substr(md5(n::text), 1, 14) AS id,
    CASE WHEN n % 20000 = 0 THEN 'refund' WHEN kind < 0.45 THEN 'send' WHEN kind < 0.75 THEN 'deposit'
         WHEN kind < 0.99 THEN 'transfer' ELSE 'on_ramp' END AS type,
    CASE WHEN is_heavy THEN wallet ELSE person + 40 END AS wallet_number,
    CASE WHEN is_heavy THEN 0 ELSE person END AS owner
FROM drawn d;
INSERT INTO transactions_transaction (id, key, type, status, sub_status, user_id, wallet_id, recipient_user_id,
    recipient_wallet_id, network_id, asset_id, amount_minor, fee_asset_id, max_fee_minor, fee_minor, from_address,
    to_address, memo, priority, txid, confirmations, required_confirmations, failure_code, failure_reason,
    source_currency, source_minor, provider, choice, created_at, updated_at, next_look_at, looked_at_count, lease)
SELECT m.id, 'benchmark:' || n, type,
    CASE WHEN n > {rows} - 2000 AND fate < 0.1 THEN 'blockchain_pending' WHEN fate > 0.975 THEN 'failed'
         ELSE 'completed' END,
    '', 'usr_' || lpad(owner::text, 26, '0'), 'wal_' || lpad(wallet_number::text, 26, '0'),
    CASE WHEN between_people THEN 'usr_' || lpad(recipient::text, 26, '0') END,
    CASE WHEN between_people
         THEN 'wal_' || lpad((CASE WHEN recipient = 0 THEN wallet ELSE recipient + 40 END)::text, 26, '0') END,
    w.network_id, CASE WHEN w.network_id = 'bitcoin' THEN 'BTC' WHEN n % 15000 = 1 THEN 'RARE' ELSE 'ETH' END,
    1 + floor(exp(size * 20))::bigint, CASE WHEN w.network_id = 'bitcoin' THEN 'BTC' ELSE 'ETH' END, 1000, 900, '',
    CASE WHEN between_people THEN 'person' || recipient || '@example.com'
         WHEN type = 'send' THEN 'bc1' || md5(address::text)
         ELSE 'bc1own' || md5(wallet_number::text) END,
    CASE WHEN noted < 0.3 THEN 'Invoice ' || (n % 400000) || ' ' || (ARRAY['rent','lunch','salary','coffee','books'])
         [1 + (n / 7) % 5] || ' ' || substr(md5((n % 3000)::text), 1, 6) ELSE '' END,
    'normal', CASE WHEN between_people THEN '' ELSE md5(n::text) || md5(m.id) END, 12, 12,
    CASE WHEN fate > 0.975 THEN 'replaced' ELSE '' END, '', CASE WHEN type = 'on_ramp' THEN 'USD' ELSE '' END, 0, '',
    '{{}}', at, at,
    CASE WHEN n > {rows} - 2000 AND fate < 0.1 THEN at END, 1, 1
FROM (SELECT *, type IN ('transfer', 'refund') AS between_people,
        CASE WHEN is_heavy THEN floor(other * fate)::int + 1 WHEN fate < 0.5 THEN 0 ELSE other END AS recipient
    FROM made) m
JOIN wallets_wallet w ON w.id = 'wal_' || lpad(wallet_number::text, 26, '0') ORDER BY n;
INSERT INTO transactions_noteword (user_id, word, created_at, transaction_id)
    SELECT DISTINCT owner, word, t.created_at, t.id
    FROM transactions_transaction t, transactions_words(t.memo) word,
        unnest(ARRAY[t.user_id, t.recipient_user_id]) owner
    WHERE t.memo <> '' AND owner IS NOT NULL;
INSERT INTO transactions_step (transaction_id, position, name, kind, state, tries, error_code, error_reason, question,
    memo) SELECT id, number, 'step' || number, 'update', 'done', 0, '', '', '', '{{}}'
    FROM transactions_transaction, generate_series(1, 3) number WHERE user_id = '{heavy}';
"""


def fill(url: str, rows: int) -> None:
    """Write so many transactions into an empty, migrated core database."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SELECT setseed(0.5)")
        connection.execute(PREPARE.format(people=PEOPLE).encode())
        connection.execute(FILL.format(people=PEOPLE, rows=rows, heavy=HEAVY).encode())
        connection.execute("VACUUM ANALYZE")
