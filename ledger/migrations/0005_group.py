"""
Many postings of many callers in one statement, each with an answer of its own.

Unlike `ledger_post_many`, a refused posting leaves the others standing: the outcome is that of posting them one
by one in the order given. Where nothing is refused for want of money, which is nearly always, that takes a fixed
number of set-based queries; only otherwise are the postings judged one after the other, in memory.
"""

from django.db import migrations

POST_GROUP = """
CREATE FUNCTION ledger_post_group(
    p_keys text[], p_fingerprints bytea[], p_kinds text[], p_counts int[], p_ats timestamptz[],
    p_owners int[], p_positions int[], p_codes text[], p_assets text[], p_amounts numeric[], p_waits boolean,
    OUT posting_ids bigint[], OUT are_new boolean[], OUT problems text[], OUT details text[]
) LANGUAGE plpgsql
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET lock_timeout = '500ms' AS $$
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
    v_known bigint[];
    v_same boolean[];
    v_firsts int[];
    v_unusable text[] := array_fill(NULL::text, ARRAY[cardinality(p_keys)]);
    v_accepted int[];
    v_slots int[];
    v_running numeric[];
    v_least numeric[];
    v_is_credit boolean[];
    v_slot int;
    v_start int;
    v_end int;
    v_failed int;
    v_is_short boolean;
    v_place int;
BEGIN
    -- In id order, so that whoever waits never waits in a circle. Without p_waits an account that someone else has
    -- locked is left out, and so are its postings: they must not hold up the others.
    IF p_waits THEN
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
    ELSE
        SELECT array_agg(l.id), array_agg(l.balance), array_agg(l.version), array_agg(l.normal_side),
               array_agg(l.marked), array_agg(l.amount), array_agg(l.owner), array_agg(l.position), array_agg(l.line)
        INTO v_ids, v_balances, v_versions, v_sides, v_floors, v_amounts, v_owners, v_positions, v_lines
        FROM (
            SELECT a.id, a.balance, a.version, a.normal_side, a.marked, t.amount, t.owner, t.position, t.line
            FROM unnest(p_codes, p_assets, p_amounts, p_owners, p_positions)
                WITH ORDINALITY t(code, asset, amount, owner, position, line)
            JOIN ledger_account a ON a.code = t.code AND a.asset_id = t.asset
            ORDER BY a.id FOR NO KEY UPDATE OF a SKIP LOCKED
        ) l;
    END IF;
    details := v_unusable;
    IF coalesce(cardinality(v_lines), 0) < cardinality(p_codes) THEN
        FOR v_place IN SELECT g FROM generate_series(1, cardinality(p_codes)) g EXCEPT SELECT unnest(v_lines) LOOP
            details[p_owners[v_place]] := p_codes[v_place] || ' ' || p_assets[v_place];
            IF NOT EXISTS (SELECT FROM ledger_account a
                           WHERE a.code = p_codes[v_place] AND a.asset_id = p_assets[v_place]) THEN
                v_unusable[p_owners[v_place]] := 'unknown_account';
            ELSIF v_unusable[p_owners[v_place]] IS NULL THEN
                v_unusable[p_owners[v_place]] := 'busy';
            END IF;
        END LOOP;
    END IF;

    FOR attempt IN 1..10 LOOP
        -- A posting is known by the table, or else it is the first in this group under its key, or repeats the first.
        SELECT array_agg(p.id ORDER BY t.place), array_agg(t.first ORDER BY t.place),
               array_agg(t.fingerprint = coalesce(p.fingerprint, t.first_fingerprint) ORDER BY t.place)
        INTO v_known, v_firsts, v_same
        FROM (
            SELECT u.key, u.fingerprint, u.place::int, (min(u.place) OVER w)::int AS first,
                   first_value(u.fingerprint) OVER w AS first_fingerprint
            FROM unnest(p_keys, p_fingerprints, v_unusable) WITH ORDINALITY u(key, fingerprint, unusable, place)
            WINDOW w AS (PARTITION BY u.key ORDER BY u.unusable IS NOT NULL, u.place)
        ) t LEFT JOIN ledger_posting p ON p.key = t.key;
        SELECT array_agg(t.unusable IS NULL AND t.known IS NULL AND t.first = t.place ORDER BY t.place),
               array_agg(coalesce(t.unusable, CASE WHEN NOT t.same THEN 'key_reused' END) ORDER BY t.place)
        INTO are_new, problems
        FROM unnest(v_unusable, v_known, v_firsts, v_same)
            WITH ORDINALITY t(unusable, known, first, same, place);
        v_accepted := v_firsts;

        SELECT EXISTS (
            SELECT FROM (
                SELECT t.side, t.floor, t.balance + sum(t.amount) OVER w AS balance_after
                FROM unnest(v_ids, v_balances, v_sides, v_floors, v_amounts, v_owners, v_lines)
                    t(account, balance, side, floor, amount, owner, line)
                WHERE are_new[t.owner]
                WINDOW w AS (PARTITION BY t.account ORDER BY t.line ROWS UNBOUNDED PRECEDING)
            ) s
            WHERE CASE s.side WHEN 'credit' THEN s.balance_after < s.floor ELSE s.balance_after > 0 END
        ) INTO v_is_short;

        IF v_is_short THEN
            -- Someone is short. Judge one by one, with the balances as those before have left them.
            v_slot := 0;
            FOR i IN 1..cardinality(v_ids) LOOP
                IF i = 1 OR v_ids[i] <> v_ids[i - 1] THEN
                    v_slot := v_slot + 1;
                    v_running[v_slot] := v_balances[i];
                    v_least[v_slot] := v_floors[i];
                    v_is_credit[v_slot] := v_sides[i] = 'credit';
                END IF;
                v_slots[v_lines[i]] := v_slot;
            END LOOP;
            v_accepted := array_fill(NULL::int, ARRAY[cardinality(p_keys)]);
            v_end := 0;
            FOR place IN 1..cardinality(p_keys) LOOP
                v_start := v_end + 1;
                v_end := v_end + p_counts[place];
                are_new[place] := false;
                CONTINUE WHEN v_unusable[place] IS NOT NULL OR v_known[place] IS NOT NULL;
                v_place := v_accepted[v_firsts[place]];  -- who took this key before, within the group
                IF v_place IS NOT NULL THEN
                    problems[place] := CASE WHEN p_fingerprints[place] <> p_fingerprints[v_place]
                                            THEN 'key_reused' END;
                    CONTINUE;
                END IF;
                problems[place] := NULL;
                v_failed := NULL;
                FOR line IN v_start..v_end LOOP
                    v_slot := v_slots[line];
                    v_running[v_slot] := v_running[v_slot] + p_amounts[line];
                    IF (CASE WHEN v_is_credit[v_slot] THEN v_running[v_slot] < v_least[v_slot]
                             ELSE v_running[v_slot] > 0 END) THEN
                        v_failed := line;
                        EXIT;
                    END IF;
                END LOOP;
                IF v_failed IS NULL THEN
                    are_new[place] := true;
                    v_accepted[v_firsts[place]] := place;
                ELSE
                    problems[place] := 'insufficient_funds';
                    details[place] := p_codes[v_failed] || ' ' || p_assets[v_failed];
                    FOR line IN v_start..v_failed LOOP
                        v_running[v_slots[line]] := v_running[v_slots[line]] - p_amounts[line];
                    END LOOP;
                END IF;
            END LOOP;
        END IF;

        SELECT array_agg(CASE WHEN t.is_new THEN nextval('ledger_posting_id_seq') ELSE t.known END ORDER BY t.place)
        INTO posting_ids FROM unnest(are_new, v_known) WITH ORDINALITY t(is_new, known, place);
        SELECT array_agg(CASE WHEN t.problem IS NULL THEN coalesce(t.id, posting_ids[v_accepted[t.first]]) END
                         ORDER BY t.place)
        INTO posting_ids FROM unnest(posting_ids, problems, v_firsts) WITH ORDINALITY t(id, problem, first, place);

        BEGIN
            WITH posted AS (
                INSERT INTO ledger_posting (id, key, fingerprint, kind, entry_count, posted_at, written_at)
                SELECT posting_ids[t.place], t.key, t.fingerprint, t.kind, t.count, t.at, clock_timestamp()
                FROM unnest(p_keys, p_fingerprints, p_kinds, p_counts, p_ats)
                    WITH ORDINALITY t(key, fingerprint, kind, count, at, place)
                WHERE are_new[t.place] ORDER BY t.place
            )
            INSERT INTO ledger_entry (posting_id, position, account_id, version, amount, balance_after, posted_at)
            SELECT posting_ids[t.owner], t.position, t.account, t.version + row_number() OVER w, t.amount,
                   t.balance + sum(t.amount) OVER w, p_ats[t.owner]
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
    RAISE EXCEPTION 'the keys of this group are contended' USING ERRCODE = 'serialization_failure';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0004_marks")]
    operations = [migrations.RunSQL([POST_GROUP], ["DROP FUNCTION ledger_post_group"])]
