"""
The one way to post. Both functions answer with a `problem` instead of raising where nothing has been
written yet, so that a refusal does not spoil the caller's transaction.

Their settings keep the plans simple, in the triggers too: a posting touches few rows of large tables, so every
join walks an index, whatever the statistics say, and one posting's plans are made once per connection.
"""

from django.db import migrations

POST = """
CREATE FUNCTION ledger_post(
    p_key text, p_fingerprint bytea, p_kind text, p_at timestamptz,
    p_codes text[], p_assets text[], p_amounts numeric[], p_reverses bigint, p_hold bigint,
    OUT posting_id bigint, OUT is_new boolean, OUT problem text, OUT detail text
) LANGUAGE plpgsql
SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_ids bigint[];
    v_balances numeric[];
    v_versions bigint[];
    v_sides text[];
    v_amounts numeric[];
    v_lines bigint[];
    v_fingerprint bytea;
BEGIN
    -- NO KEY UPDATE: FOR UPDATE would deadlock with the KEY SHARE locks of foreign keys. Always in id order.
    -- The rows come back as they are once the lock is held, so they need not be read again.
    SELECT array_agg(l.id), array_agg(l.balance), array_agg(l.version), array_agg(l.normal_side),
           array_agg(l.amount), array_agg(l.line)
    INTO v_ids, v_balances, v_versions, v_sides, v_amounts, v_lines
    FROM (
        SELECT a.id, a.balance, a.version, a.normal_side, t.amount, t.line
        FROM unnest(p_codes, p_assets, p_amounts) WITH ORDINALITY t(code, asset, amount, line)
        JOIN ledger_account a ON a.code = t.code AND a.asset_id = t.asset
        ORDER BY a.id FOR NO KEY UPDATE OF a
    ) l;
    IF coalesce(cardinality(v_ids), 0) < cardinality(p_codes) THEN
        problem := 'unknown_account';
        SELECT t.code || ' ' || t.asset INTO detail FROM unnest(p_codes, p_assets) t(code, asset)
        WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = t.code AND a.asset_id = t.asset) LIMIT 1;
        RETURN;
    END IF;
    WITH line AS MATERIALIZED (
        SELECT t.line, t.account, t.amount, t.balance + sum(t.amount) OVER w AS balance_after,
               t.version + row_number() OVER w AS version, t.side
        FROM unnest(v_ids, v_balances, v_versions, v_sides, v_amounts, v_lines)
            t(account, balance, version, side, amount, line)
        WINDOW w AS (PARTITION BY t.account ORDER BY t.line ROWS UNBOUNDED PRECEDING)
    ), refused AS MATERIALIZED (
        SELECT min(line) AS line FROM line
        WHERE CASE side WHEN 'credit' THEN balance_after < 0 ELSE balance_after > 0 END
    ), posted AS (
        INSERT INTO ledger_posting (key, fingerprint, kind, entry_count, reverses_id, hold_id, posted_at, written_at)
        SELECT p_key, p_fingerprint, p_kind, cardinality(p_codes), p_reverses, p_hold, p_at, clock_timestamp()
        FROM refused WHERE refused.line IS NULL
        ON CONFLICT DO NOTHING RETURNING id
    ), entered AS (
        INSERT INTO ledger_entry (posting_id, position, account_id, version, amount, balance_after, posted_at)
        SELECT posted.id, line.line, line.account, line.version, line.amount, line.balance_after, p_at
        FROM posted, line ORDER BY line.line
    )
    SELECT posted.id, p_codes[refused.line] || ' ' || p_assets[refused.line] INTO posting_id, detail
    FROM refused LEFT JOIN posted ON true;
    is_new := posting_id IS NOT NULL;
    IF NOT is_new THEN
        SELECT id, fingerprint INTO posting_id, v_fingerprint FROM ledger_posting WHERE key = p_key;
        IF v_fingerprint <> p_fingerprint THEN
            problem := 'key_reused';
            detail := p_key;
        ELSIF posting_id IS NULL THEN
            problem := CASE WHEN detail IS NULL OR EXISTS (SELECT FROM ledger_posting WHERE reverses_id = p_reverses)
                            THEN 'already_reversed' ELSE 'insufficient_funds' END;
        END IF;
    END IF;
END $$;
"""

POST_MANY = """
CREATE FUNCTION ledger_post_many(
    p_keys text[], p_fingerprints bytea[], p_kinds text[], p_counts int[], p_at timestamptz,
    p_owners int[], p_positions int[], p_codes text[], p_assets text[], p_amounts numeric[],
    OUT posting_ids bigint[], OUT are_new boolean[], OUT problem text, OUT detail text
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_ids bigint[];
    v_balances numeric[];
    v_versions bigint[];
    v_sides text[];
    v_amounts numeric[];
    v_owners int[];
    v_positions int[];
    v_lines bigint[];
    v_place int;
BEGIN
    SELECT array_agg(l.id), array_agg(l.balance), array_agg(l.version), array_agg(l.normal_side),
           array_agg(l.amount), array_agg(l.owner), array_agg(l.position), array_agg(l.line)
    INTO v_ids, v_balances, v_versions, v_sides, v_amounts, v_owners, v_positions, v_lines
    FROM (
        SELECT a.id, a.balance, a.version, a.normal_side, t.amount, t.owner, t.position, t.line
        FROM unnest(p_codes, p_assets, p_amounts, p_owners, p_positions)
            WITH ORDINALITY t(code, asset, amount, owner, position, line)
        JOIN ledger_account a ON a.code = t.code AND a.asset_id = t.asset
        ORDER BY a.id FOR NO KEY UPDATE OF a
    ) l;
    IF coalesce(cardinality(v_ids), 0) < cardinality(p_codes) THEN
        problem := 'unknown_account';
        SELECT t.code || ' ' || t.asset INTO detail FROM unnest(p_codes, p_assets) t(code, asset)
        WHERE NOT EXISTS (SELECT FROM ledger_account a WHERE a.code = t.code AND a.asset_id = t.asset) LIMIT 1;
        RETURN;
    END IF;

    FOR attempt IN 1..10 LOOP
        -- A key is new here where nobody has posted it and where it stands first in this batch.
        SELECT array_agg(t.place = t.first AND p.id IS NULL ORDER BY t.place),
               array_agg(coalesce(p.id, -t.first) ORDER BY t.place),
               min(t.place) FILTER (WHERE t.fingerprint <> coalesce(p.fingerprint, t.first_fingerprint))
        INTO are_new, posting_ids, v_place
        FROM (
            SELECT u.key, u.fingerprint, u.place, min(u.place) OVER w AS first,
                   first_value(u.fingerprint) OVER w AS first_fingerprint
            FROM unnest(p_keys, p_fingerprints) WITH ORDINALITY u(key, fingerprint, place)
            WINDOW w AS (PARTITION BY u.key ORDER BY u.place)
        ) t LEFT JOIN ledger_posting p ON p.key = t.key;
        IF v_place IS NOT NULL THEN
            problem := 'key_reused';
            detail := p_keys[v_place];
            RETURN;
        END IF;
        SELECT array_agg(CASE WHEN are_new[place] THEN nextval('ledger_posting_id_seq') ELSE posting_ids[place] END
                         ORDER BY place)
        INTO posting_ids FROM generate_series(1, cardinality(p_keys)) place;
        SELECT array_agg(CASE WHEN id < 0 THEN posting_ids[-id] ELSE id END ORDER BY place)
        INTO posting_ids FROM unnest(posting_ids) WITH ORDINALITY t(id, place);

        -- In the order given, no entry may overdraw its account, not even for a moment within the batch.
        SELECT min(s.line) INTO v_place
        FROM (
            SELECT t.line, t.side, t.balance + sum(t.amount) OVER w AS balance_after
            FROM unnest(v_ids, v_balances, v_sides, v_amounts, v_owners, v_lines)
                t(account, balance, side, amount, owner, line)
            WHERE are_new[t.owner]
            WINDOW w AS (PARTITION BY t.account ORDER BY t.line ROWS UNBOUNDED PRECEDING)
        ) s
        WHERE CASE s.side WHEN 'credit' THEN s.balance_after < 0 ELSE s.balance_after > 0 END;
        IF v_place IS NOT NULL THEN
            problem := 'insufficient_funds';
            detail := p_codes[v_place] || ' ' || p_assets[v_place];
            RETURN;
        END IF;

        BEGIN
            WITH posted AS (
                INSERT INTO ledger_posting (id, key, fingerprint, kind, entry_count, posted_at, written_at)
                SELECT posting_ids[t.place], t.key, t.fingerprint, t.kind, t.count, p_at, clock_timestamp()
                FROM unnest(p_keys, p_fingerprints, p_kinds, p_counts)
                    WITH ORDINALITY t(key, fingerprint, kind, count, place)
                WHERE are_new[t.place] ORDER BY t.place
            )
            INSERT INTO ledger_entry (posting_id, position, account_id, version, amount, balance_after, posted_at)
            SELECT posting_ids[t.owner], t.position, t.account, t.version + row_number() OVER w, t.amount,
                   t.balance + sum(t.amount) OVER w, p_at
            FROM unnest(v_ids, v_balances, v_versions, v_amounts, v_owners, v_positions, v_lines)
                t(account, balance, version, amount, owner, position, line)
            WHERE are_new[t.owner]
            WINDOW w AS (PARTITION BY t.account ORDER BY t.line ROWS UNBOUNDED PRECEDING)
            ORDER BY t.line;
            RETURN;
        EXCEPTION WHEN unique_violation THEN
            -- Same key, other accounts: someone posted one of the keys after the look above. Look again.
            NULL;
        END;
    END LOOP;
    RAISE EXCEPTION 'the keys of this batch are contended' USING ERRCODE = 'serialization_failure';
END $$;
"""

RESERVE = """
CREATE FUNCTION ledger_reserve(
    p_hold text, p_key text, p_fingerprint bytea, p_kind text, p_at timestamptz, p_expires_at timestamptz,
    p_available text, p_held text, p_asset text, p_amount numeric,
    OUT problem text, OUT detail text
) LANGUAGE plpgsql AS $$
DECLARE
    v_available ledger_account;
    v_held ledger_account;
    v_fingerprint bytea;
    v_hold bigint;
BEGIN
    PERFORM FROM ledger_account WHERE code IN (p_available, p_held) AND asset_id = p_asset
        ORDER BY id FOR NO KEY UPDATE;
    SELECT * INTO v_available FROM ledger_account WHERE code = p_available AND asset_id = p_asset;
    SELECT * INTO v_held FROM ledger_account WHERE code = p_held AND asset_id = p_asset;
    SELECT fingerprint INTO v_fingerprint FROM ledger_posting WHERE key = p_key;
    IF FOUND THEN
        IF v_fingerprint <> p_fingerprint THEN
            problem := 'key_reused';
            detail := p_key;
        END IF;
    ELSIF v_available.id IS NULL OR v_held.id IS NULL THEN
        problem := 'unknown_account';
        detail := CASE WHEN v_available.id IS NULL THEN p_available ELSE p_held END || ' ' || p_asset;
    ELSIF v_available.balance < p_amount THEN
        problem := 'insufficient_funds';
        detail := p_available || ' ' || p_asset;
    ELSE
        INSERT INTO ledger_hold (key, available_id, held_id, amount, remaining, expires_at, reserved_at)
        VALUES (p_hold, v_available.id, v_held.id, p_amount, 0, p_expires_at, p_at)
        ON CONFLICT DO NOTHING RETURNING id INTO v_hold;
        IF v_hold IS NULL THEN
            problem := 'key_reused';
            detail := p_hold;
            RETURN;
        END IF;
        SELECT r.problem, r.detail INTO problem, detail
        FROM ledger_post(p_key, p_fingerprint, p_kind, p_at, ARRAY[p_available, p_held], ARRAY[p_asset, p_asset],
                         ARRAY[-p_amount, p_amount], NULL, v_hold) r;
        IF problem IS NOT NULL THEN
            RAISE EXCEPTION 'reserve: %', problem USING ERRCODE = 'HF001', DETAIL = detail;
        END IF;
    END IF;
END $$;
"""

UNDO = """
DROP FUNCTION ledger_reserve;
DROP FUNCTION ledger_post_many;
DROP FUNCTION ledger_post;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_laws")]
    operations = [migrations.RunSQL([POST, POST_MANY, RESERVE], [UNDO])]
