"""
The laws of the books, kept by PostgreSQL for whoever writes: this code, another program, a person with psql.

An entry is the only thing that moves a balance: the trigger after INSERT checks the statement's entries and
itself carries their balances and versions to the accounts. It and the trigger on postings run at the end
of the statement, so a posting and all its entries are written by one statement or not at all.
"""

from django.db import migrations

ACCOUNT = """
ALTER TABLE ledger_account SET (fillfactor = 70);
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is closed to %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation',
        HINT = 'Balances move with entries only; a correction is a new posting.';
END $$;
-- pg_trigger_depth() is 0 for a bare statement and 1 where a trigger on entries or postings makes the change.
CREATE TRIGGER ledger_account_no_update BEFORE UPDATE ON ledger_account
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON ledger_account
    FOR EACH ROW WHEN (NEW.balance <> 0 OR NEW.version <> 0) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_no_delete BEFORE DELETE ON ledger_account
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_hold_no_update BEFORE UPDATE ON ledger_hold
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_hold_opens_empty BEFORE INSERT ON ledger_hold
    FOR EACH ROW WHEN (NEW.remaining <> 0) EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_hold_no_delete BEFORE DELETE ON ledger_hold
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_posting_no_change BEFORE UPDATE OR DELETE ON ledger_posting
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_no_change BEFORE UPDATE OR DELETE ON ledger_entry
    FOR EACH ROW EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_account_no_truncate BEFORE TRUNCATE ON ledger_account
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_hold_no_truncate BEFORE TRUNCATE ON ledger_hold
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_posting_no_truncate BEFORE TRUNCATE ON ledger_posting
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();
CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON ledger_entry
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change();

-- Entries have no foreign keys: the trigger below finds every new entry's account and posting, set by set and not
-- row by row, and no account or posting ever goes away again. That is a quarter of a batch's time.
ALTER TABLE ledger_posting
    ADD CONSTRAINT ledger_posting_reverses_fk FOREIGN KEY (reverses_id) REFERENCES ledger_posting,
    ADD CONSTRAINT ledger_posting_hold_fk FOREIGN KEY (hold_id) REFERENCES ledger_hold,
    ADD CONSTRAINT ledger_posting_fingerprint_length CHECK (octet_length(fingerprint) = 32);
"""

ENTRIES = """
CREATE FUNCTION ledger_entries_written() RETURNS trigger LANGUAGE plpgsql AS $$
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
          AND CASE a.normal_side WHEN 'credit' THEN s.lowest >= 0 ELSE s.highest <= 0 END
        RETURNING a.id
    )
    SELECT (SELECT count(*) FROM step) - (SELECT count(*) FROM moved) INTO v_wrong;
    IF v_wrong > 0 THEN
        RAISE EXCEPTION 'entries do not continue % of their accounts, or overdraw them', v_wrong
            USING ERRCODE = 'HF002';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_entry_written AFTER INSERT ON ledger_entry
    REFERENCING NEW TABLE AS new_entries FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_written();
"""

POSTINGS = """
CREATE FUNCTION ledger_postings_written() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    v_wrong bigint;
    v_moves_hold bool;
    v_reverses bool;
BEGIN
    SELECT min(p.id) FILTER (WHERE NOT EXISTS (SELECT FROM ledger_entry e WHERE e.posting_id = p.id)),
           bool_or(p.hold_id IS NOT NULL), bool_or(p.reverses_id IS NOT NULL)
    INTO v_wrong, v_moves_hold, v_reverses FROM new_postings p;
    IF v_wrong IS NOT NULL THEN
        RAISE EXCEPTION 'posting % has no entries', v_wrong USING ERRCODE = 'HF001',
            HINT = 'A posting and its entries are written by one statement.';
    END IF;
    IF v_moves_hold THEN
        UPDATE ledger_hold h SET remaining = h.remaining + s.change
        FROM (
            SELECT p.hold_id, sum(e.amount) AS change
            FROM new_postings p JOIN ledger_hold o ON o.id = p.hold_id
            JOIN ledger_entry e ON e.posting_id = p.id AND e.account_id = o.held_id
            GROUP BY p.hold_id
        ) s
        WHERE h.id = s.hold_id;
    END IF;
    IF v_reverses THEN
        SELECT p.id INTO v_wrong FROM new_postings p JOIN ledger_posting o ON o.id = p.reverses_id
        WHERE p.hold_id IS DISTINCT FROM o.hold_id
           OR EXISTS (SELECT account_id, amount FROM ledger_entry WHERE posting_id = p.id
                      EXCEPT ALL SELECT account_id, -amount FROM ledger_entry WHERE posting_id = o.id)
           OR EXISTS (SELECT account_id, -amount FROM ledger_entry WHERE posting_id = o.id
                      EXCEPT ALL SELECT account_id, amount FROM ledger_entry WHERE posting_id = p.id)
        LIMIT 1;
        IF v_wrong IS NOT NULL THEN
            RAISE EXCEPTION 'posting % is not the exact opposite of what it reverses', v_wrong USING ERRCODE = 'HF001';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_posting_written AFTER INSERT ON ledger_posting
    REFERENCING NEW TABLE AS new_postings FOR EACH STATEMENT EXECUTE FUNCTION ledger_postings_written();
"""

UNDO = """
DROP TRIGGER ledger_posting_written ON ledger_posting;
DROP FUNCTION ledger_postings_written();
DROP TRIGGER ledger_entry_written ON ledger_entry;
DROP FUNCTION ledger_entries_written();
ALTER TABLE ledger_posting DROP CONSTRAINT ledger_posting_fingerprint_length,
    DROP CONSTRAINT ledger_posting_hold_fk, DROP CONSTRAINT ledger_posting_reverses_fk;
DROP FUNCTION ledger_refuse_change() CASCADE;
ALTER TABLE ledger_account RESET (fillfactor);
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial")]
    operations = [migrations.RunSQL([ACCOUNT, ENTRIES, POSTINGS], [UNDO])]
