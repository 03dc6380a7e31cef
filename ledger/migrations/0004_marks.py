"""
Marks: money that stays in its account and is promised all the same.

`marked` is the sum of an account's open marks, kept by trigger, and the floor below which nothing may take its
balance: every function here and the law on entries compare with it where they compared with zero.
"""

import django.db.models.deletion
from django.db import migrations, models

import kit.fields

LAWS = """
DROP TRIGGER ledger_account_opens_empty ON ledger_account;
CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_account
    FOR EACH ROW WHEN (NEW.balance <> 0 OR NEW.version <> 0 OR NEW.marked <> 0) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_mark_no_delete BEFORE DELETE ON ledger_mark
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_mark_no_truncate BEFORE TRUNCATE ON ledger_mark
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
-- A mark opens whole and only ever shrinks; nothing else about it changes.
CREATE TRIGGER ledger_mark_opens_whole BEFORE INSERT ON ledger_mark
    FOR EACH ROW WHEN (NEW.remaining <> NEW.amount) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_mark_shrinks BEFORE UPDATE ON ledger_mark
    FOR EACH ROW WHEN (NEW.remaining >= OLD.remaining
                       OR (NEW.id, NEW.key, NEW.account_id, NEW.amount, NEW.marked_at)
                          IS DISTINCT FROM (OLD.id, OLD.key, OLD.account_id, OLD.amount, OLD.marked_at))
    EXECUTE FUNCTION ledger_refuse_change();
CREATE FUNCTION ledger_mark_written() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE ledger_account SET marked = marked + NEW.remaining WHERE id = NEW.account_id;
    ELSE
        UPDATE ledger_account SET marked = marked - OLD.remaining + NEW.remaining WHERE id = NEW.account_id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_mark_written AFTER INSERT OR UPDATE ON ledger_mark
    FOR EACH ROW EXECUTE FUNCTION ledger_mark_written();
"""

ENTRIES = """
CREATE OR REPLACE FUNCTION ledger_entries_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_wrong bigint;
    v_touches_held bool;
BEGIN
    -- Each posting is here in full and sums to zero in every asset.
    SELECT min(s.posting_id) FILTER (
               WHERE p.id IS NULL OR s.unbalanced OR s.entries <> p.entry_count OR s.first <> 1
                  OR s.last <> p.entry_count OR s.since <> p.posted_at OR s.until <> p.posted_at
           ), bool_or(s.touches_held)
    INTO v_wrong, v_touches_held
    FROM (
        SELECT g.posting_id, bool_or(g.total <> 0 OR g.asset_id IS NULL) AS unbalanced, sum(g.entries) AS entries,
               min(g.first) AS first, max(g.last) AS last, min(g.since) AS since, max(g.until) AS until,
               bool_or(g.touches_held) AS touches_held
        FROM (
            SELECT n.posting_id, a.asset_id, sum(n.amount) AS total, count(*) AS entries, min(n.position) AS first,
                   max(n.position) AS last, min(n.posted_at) AS since, max(n.posted_at) AS until,
                   bool_or(a.purpose = 'user_held') AS touches_held
            FROM new_entries n LEFT JOIN ledger_account a ON a.id = n.account_id
            GROUP BY n.posting_id, a.asset_id
        ) g
        GROUP BY g.posting_id
    ) s
    LEFT JOIN ledger_posting p ON p.id = s.posting_id;
    -- Money on a held account moves under a hold of that account only.
    IF v_wrong IS NULL AND v_touches_held THEN
        SELECT n.posting_id INTO v_wrong
        FROM new_entries n JOIN ledger_account a ON a.id = n.account_id AND a.purpose = 'user_held'
        JOIN ledger_posting p ON p.id = n.posting_id LEFT JOIN ledger_hold h ON h.id = p.hold_id
        WHERE h.held_id IS DISTINCT FROM n.account_id LIMIT 1;
    END IF;
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION 'posting % is not balanced or not complete', v_wrong USING ERRCODE = 'HF001',
            HINT = 'Per asset its entries sum to zero; they come with it in one statement; held money needs its hold.';
    END IF;

    -- Carry the balances over. Each account's entries go on exactly where the account stands.
    WITH chain AS (
        SELECT account_id, version, amount, balance_after,
               lag(version) OVER w AS version_before, lag(balance_after) OVER w AS balance_before
        FROM new_entries WINDOW w AS (PARTITION BY account_id ORDER BY version)
    ), step AS (
        SELECT account_id, min(version) AS first, max(version) AS last,
               min(balance_after - amount) FILTER (WHERE version_before IS NULL) AS opening, sum(amount) AS change,
               min(balance_after) AS lowest, max(balance_after) AS highest,
               bool_and(version_before IS NULL
                        OR (version = version_before + 1 AND balance_after = balance_before + amount)) AS unbroken
        FROM chain GROUP BY account_id
    ), moved AS (
        UPDATE ledger_account a SET balance = s.opening + s.change, version = s.last
        FROM step s
        WHERE a.id = s.account_id AND s.unbroken AND a.version = s.first - 1 AND a.balance = s.opening
          AND CASE a.normal_side WHEN 'credit' THEN s.lowest >= a.marked ELSE s.highest <= 0 END
        RETURNING a.id
    )
    SELECT (SELECT count(*) FROM step) - (SELECT count(*) FROM moved) INTO v_wrong;
    IF v_wrong > 0 THEN
        RAISE EXCEPTION 'entries do not continue % of their accounts, or overdraw them', v_wrong
            USING ERRCODE = 'HF002';
    END IF;
    RETURN NULL;
END $$;
"""

POST = """
CREATE OR REPLACE FUNCTION ledger_post(
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
    v_floors numeric[];
    v_amounts numeric[];
    v_lines bigint[];
    v_fingerprint bytea;
BEGIN
    -- NO KEY UPDATE: FOR UPDATE would deadlock with the KEY SHARE locks of foreign keys. Always in id order.
    -- The rows come back as they are once the lock is held, so they need not be read again.
    SELECT array_agg(l.id), array_agg(l.balance), array_agg(l.version), array_agg(l.normal_side),
           array_agg(l.marked), array_agg(l.amount), array_agg(l.line)
    INTO v_ids, v_balances, v_versions, v_sides, v_floors, v_amounts, v_lines
    FROM (
        SELECT a.id, a.balance, a.version, a.normal_side, a.marked, t.amount, t.line
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
               t.version + row_number() OVER w AS version, t.side, t.floor
        FROM unnest(v_ids, v_balances, v_versions, v_sides, v_floors, v_amounts, v_lines)
            t(account, balance, version, side, floor, amount, line)
        WINDOW w AS (PARTITION BY t.account ORDER BY t.line ROWS UNBOUNDED PRECEDING)
    ), refused AS MATERIALIZED (
        SELECT min(line) AS line FROM line
        WHERE CASE side WHEN 'credit' THEN balance_after < floor ELSE balance_after > 0 END
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
CREATE OR REPLACE FUNCTION ledger_post_many(
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
    v_floors numeric[];
    v_amounts numeric[];
    v_owners int[];
    v_positions int[];
    v_lines bigint[];
    v_place int;
BEGIN
    SELECT array_agg(l.id), array_agg(l.balance), array_agg(l.version), array_agg(l.normal_side),
           array_agg(l.marked), array_agg(l.amount), array_agg(l.owner), array_agg(l.position), array_agg(l.line)
    INTO v_ids, v_balances, v_versions, v_sides, v_floors, v_amounts, v_owners, v_positions, v_lines
    FROM (
        SELECT a.id, a.balance, a.version, a.normal_side, a.marked, t.amount, t.owner, t.position, t.line
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
            SELECT t.line, t.side, t.floor, t.balance + sum(t.amount) OVER w AS balance_after
            FROM unnest(v_ids, v_balances, v_sides, v_floors, v_amounts, v_owners, v_lines)
                t(account, balance, side, floor, amount, owner, line)
            WHERE are_new[t.owner]
            WINDOW w AS (PARTITION BY t.account ORDER BY t.line ROWS UNBOUNDED PRECEDING)
        ) s
        WHERE CASE s.side WHEN 'credit' THEN s.balance_after < s.floor ELSE s.balance_after > 0 END;
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
CREATE OR REPLACE FUNCTION ledger_reserve(
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
    ELSIF v_available.balance - v_available.marked < p_amount THEN
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


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_posting")]
    operations = [
        migrations.AddField("account", "marked", kit.fields.MinorUnitsField(default=0, db_default=0, help_text="The sum of its open marks; no balance goes below.")),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=96)),
                ("amount", kit.fields.MinorUnitsField()),
                ("remaining", kit.fields.MinorUnitsField()),
                ("marked_at", models.DateTimeField()),
                (
                    "account",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="marks", to="ledger.account"
                    ),
                ),
            ],
        ),
        migrations.AddConstraint("mark", models.UniqueConstraint(fields=["key"], name="ledger_mark_key")),
        migrations.AddConstraint(
            "mark",
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, remaining__gte=0, remaining__lte=models.F("amount")),
                name="ledger_mark_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            "account",
            models.CheckConstraint(
                condition=models.Q(marked=0)
                | models.Q(purpose="user_available", marked__gt=0, marked__lte=models.F("balance")),
                name="ledger_account_marks_are_there",
            ),
        ),
        migrations.RunSQL([LAWS, ENTRIES, POST, POST_MANY, RESERVE]),
    ]
