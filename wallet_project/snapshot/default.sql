--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = 0;
SET LOCAL idle_in_transaction_session_timeout = 0;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', true);
SET LOCAL check_function_bodies = false;
SET LOCAL xmloption = content;
SET LOCAL client_min_messages = warning;
SET LOCAL row_security = off;

--
-- Name: custody_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.custody_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;


--
-- Name: events_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.events_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'events are append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;


--
-- Name: ledger_entries_written(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_entries_written() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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


--
-- Name: ledger_mark_written(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_mark_written() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        UPDATE ledger_account SET marked = marked + NEW.remaining WHERE id = NEW.account_id;
    ELSE
        UPDATE ledger_account SET marked = marked - OLD.remaining + NEW.remaining WHERE id = NEW.account_id;
    END IF;
    RETURN NULL;
END $$;


--
-- Name: ledger_post(text, bytea, text, timestamp with time zone, text[], text[], numeric[], bigint, bigint); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_post(p_key text, p_fingerprint bytea, p_kind text, p_at timestamp with time zone, p_codes text[], p_assets text[], p_amounts numeric[], p_reverses bigint, p_hold bigint, OUT posting_id bigint, OUT is_new boolean, OUT problem text, OUT detail text) RETURNS record
    LANGUAGE plpgsql
    SET plan_cache_mode TO 'force_generic_plan'
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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


--
-- Name: ledger_post_each(text[], bytea[], text[], integer[], timestamp with time zone[], integer[], integer[], text[], text[], numeric[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_post_each(p_keys text[], p_fingerprints bytea[], p_kinds text[], p_counts integer[], p_ats timestamp with time zone[], p_owners integer[], p_positions integer[], p_codes text[], p_assets text[], p_amounts numeric[], OUT posting_ids bigint[], OUT are_new boolean[], OUT problems text[], OUT details text[]) RETURNS record
    LANGUAGE plpgsql
    AS $$
BEGIN
    BEGIN
        SELECT g.* INTO posting_ids, are_new, problems, details FROM ledger_post_group(
            p_keys, p_fingerprints, p_kinds, p_counts, p_ats, p_owners, p_positions, p_codes, p_assets, p_amounts, true
        ) g;
    EXCEPTION WHEN lock_not_available THEN
        SELECT g.* INTO posting_ids, are_new, problems, details FROM ledger_post_group(
            p_keys, p_fingerprints, p_kinds, p_counts, p_ats, p_owners, p_positions, p_codes, p_assets, p_amounts, false
        ) g;
    END;
END $$;


--
-- Name: ledger_post_group(text[], bytea[], text[], integer[], timestamp with time zone[], integer[], integer[], text[], text[], numeric[], boolean); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_post_group(p_keys text[], p_fingerprints bytea[], p_kinds text[], p_counts integer[], p_ats timestamp with time zone[], p_owners integer[], p_positions integer[], p_codes text[], p_assets text[], p_amounts numeric[], p_waits boolean, OUT posting_ids bigint[], OUT are_new boolean[], OUT problems text[], OUT details text[]) RETURNS record
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    SET lock_timeout TO '500ms'
    AS $$
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


--
-- Name: ledger_post_many(text[], bytea[], text[], integer[], timestamp with time zone, integer[], integer[], text[], text[], numeric[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_post_many(p_keys text[], p_fingerprints bytea[], p_kinds text[], p_counts integer[], p_at timestamp with time zone, p_owners integer[], p_positions integer[], p_codes text[], p_assets text[], p_amounts numeric[], OUT posting_ids bigint[], OUT are_new boolean[], OUT problem text, OUT detail text) RETURNS record
    LANGUAGE plpgsql
    SET enable_seqscan TO 'off'
    SET enable_hashjoin TO 'off'
    SET enable_mergejoin TO 'off'
    AS $$
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


--
-- Name: ledger_postings_written(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_postings_written() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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


--
-- Name: ledger_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is closed to %', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation',
        HINT = 'Balances move with entries only; a correction is a new posting.';
END $$;


--
-- Name: ledger_reserve(text, text, bytea, text, timestamp with time zone, timestamp with time zone, text, text, text, numeric); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.ledger_reserve(p_hold text, p_key text, p_fingerprint bytea, p_kind text, p_at timestamp with time zone, p_expires_at timestamp with time zone, p_available text, p_held text, p_asset text, p_amount numeric, OUT problem text, OUT detail text) RETURNS record
    LANGUAGE plpgsql
    AS $$
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


--
-- Name: reconciliation_check_case_move(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.reconciliation_check_case_move() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (OLD.status, NEW.status) IN (VALUES
        ('open', 'explained'), ('open', 'corrected'), ('open', 'closed'),
        ('explained', 'open'), ('explained', 'corrected'), ('explained', 'closed')
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a case cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
END $$;


--
-- Name: reconciliation_check_correction_move(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.reconciliation_check_correction_move() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF OLD.status = 'wanted' AND NEW.status IN ('carried_out', 'refused') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a correction cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
END $$;


--
-- Name: reconciliation_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.reconciliation_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;


--
-- Name: solvency_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.solvency_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;


--
-- Name: transactions_check_first(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_check_first() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    way text[] := string_to_array(current_setting('holdfast.way', true), ',');
    origin text := NEW.status;
BEGIN
    IF NEW.status <> 'initiated' AND way[cardinality(way)] = NEW.status THEN
        FOR place IN 2 .. cardinality(way) LOOP
            IF NOT transactions_may_move(way[place - 1], way[place]) THEN
                RAISE EXCEPTION 'a transaction cannot go from % to %', way[place - 1], way[place]
                    USING ERRCODE = 'check_violation';
            END IF;
        END LOOP;
        origin := way[1];
    END IF;
    IF origin = 'initiated' OR (NEW.type = 'deposit' AND origin = 'blockchain_pending') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a % cannot begin as %', NEW.type, origin USING ERRCODE = 'check_violation';
END $$;


--
-- Name: transactions_check_move(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_check_move() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF transactions_may_move(OLD.status, NEW.status) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a transaction cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
END $$;


--
-- Name: transactions_check_refill_move(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_check_refill_move() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (OLD.status, NEW.status) IN (VALUES
        ('wanted', 'seconded'), ('wanted', 'refused'),
        ('seconded', 'approved'), ('seconded', 'refused'),
        ('approved', 'imported'), ('approved', 'refused'),
        ('imported', 'done'), ('imported', 'failed')
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a refill cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
END $$;


--
-- Name: transactions_forget_way(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_forget_way() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM set_config('holdfast.way', '', true);
    RETURN NULL;
END $$;


--
-- Name: transactions_may_move(text, text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_may_move(here text, there text) RETURNS boolean
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT (here, there) IN (VALUES
        ('initiated', 'balance_reserved'), ('initiated', 'failed'),
        ('balance_reserved', 'provider_selected'), ('balance_reserved', 'compensating'),
        ('provider_selected', 'provider_processing'), ('provider_selected', 'provider_failover'),
        ('provider_selected', 'compensating'),
        ('provider_processing', 'blockchain_pending'), ('provider_processing', 'balance_updated'),
        ('provider_processing', 'provider_failover'), ('provider_processing', 'compensating'),
        ('provider_failover', 'provider_selected'), ('provider_failover', 'compensating'),
        ('blockchain_pending', 'blockchain_confirmed'), ('blockchain_pending', 'failed'),
        ('blockchain_pending', 'compensating'),
        ('blockchain_confirmed', 'balance_updated'), ('blockchain_confirmed', 'compensating'),
        ('balance_updated', 'completed'),
        ('compensating', 'failed'), ('compensating', 'completed'))
$$;


--
-- Name: transactions_note_words(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_note_words() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO transactions_noteword (user_id, word, created_at, transaction_id)
    SELECT DISTINCT owner, word, NEW.created_at, NEW.id
    FROM transactions_words(NEW.memo) word, unnest(ARRAY[NEW.user_id, NEW.recipient_user_id]) owner
    WHERE owner IS NOT NULL;
    RETURN NULL;
END $$;


--
-- Name: transactions_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;


--
-- Name: transactions_refuse_refill_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_refuse_refill_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'what is asked for of cold stays as it is: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;


--
-- Name: transactions_take_key(text, text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_take_key(whose text, which text, OUT is_mine boolean, OUT found_route text, OUT found_hash bytea, OUT found_status integer, OUT found_response text) RETURNS record
    LANGUAGE plpgsql
    AS $$
BEGIN
    is_mine := pg_try_advisory_xact_lock(hashtextextended('idempotency:' || whose || ':' || which, 1));
    IF is_mine THEN
        SELECT route, body_hash, status_code, response::text
            INTO found_route, found_hash, found_status, found_response
            FROM transactions_idempotencyrecord WHERE user_id = whose AND key = which;
    END IF;
END $$;


--
-- Name: transactions_walk(text, text, text[], timestamp with time zone); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_walk(which text, origin text, statuses text[], at timestamp with time zone) RETURNS boolean
    LANGUAGE plpgsql
    AS $$
DECLARE
    here text := origin;
    next text;
BEGIN
    FOREACH next IN ARRAY statuses LOOP
        UPDATE transactions_transaction SET status = next, updated_at = at WHERE id = which AND status = here;
        IF NOT FOUND THEN
            RETURN false;
        END IF;
        here := next;
    END LOOP;
    RETURN true;
END $$;


--
-- Name: transactions_words(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.transactions_words(note text) RETURNS SETOF text
    LANGUAGE sql IMMUTABLE
    AS $$
    SELECT DISTINCT left(word, 64) FROM regexp_split_to_table(lower(note), '[[:space:][:punct:]]+') word WHERE word <> ''
$$;


--
-- Name: wallets_refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.wallets_refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION 'an address stays what and where it is' USING ERRCODE = 'integrity_constraint_violation';
END $$;


SET LOCAL default_tablespace = '';

SET LOCAL default_table_access_method = heap;

--
-- Name: accounts_attempts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_attempts (
    key character varying(64) NOT NULL,
    failures integer NOT NULL,
    last_failed_at timestamp with time zone NOT NULL,
    locked_until timestamp with time zone,
    CONSTRAINT accounts_attempts_failures_check CHECK ((failures >= 0))
);


--
-- Name: accounts_link; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_link (
    id character varying(32) NOT NULL,
    purpose character varying(16) NOT NULL,
    email character varying(254) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    claimed_at timestamp with time zone,
    sent_at timestamp with time zone,
    used_at timestamp with time zone,
    user_id character varying(32)
);


--
-- Name: accounts_recoverycode; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_recoverycode (
    id bigint NOT NULL,
    code_hash character varying(64) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone,
    user_id character varying(32) NOT NULL
);


--
-- Name: accounts_recoverycode_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.accounts_recoverycode ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_recoverycode_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: accounts_session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_session (
    id character varying(32) NOT NULL,
    kind character varying(7) NOT NULL,
    agent character varying(200) NOT NULL,
    address character varying(45) NOT NULL,
    refresh_id character varying(32) NOT NULL,
    second_factor_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    revoked_reason character varying(32) NOT NULL,
    user_id character varying(32) NOT NULL
);


--
-- Name: accounts_ticket; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_ticket (
    ticket_hash character varying(64) NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    session_id character varying(32) NOT NULL
);


--
-- Name: accounts_user; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_user (
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    id character varying(32) NOT NULL,
    email character varying(254) NOT NULL,
    email_verified_at timestamp with time zone,
    is_active boolean NOT NULL,
    is_staff boolean NOT NULL,
    language character varying(10) NOT NULL,
    theme character varying(6) NOT NULL,
    security_changed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    CONSTRAINT accounts_user_lower CHECK (((email)::text = lower((email)::text)))
);


--
-- Name: accounts_user_groups; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_user_groups (
    id bigint NOT NULL,
    user_id character varying(32) NOT NULL,
    group_id integer NOT NULL
);


--
-- Name: accounts_user_groups_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.accounts_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: accounts_user_user_permissions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.accounts_user_user_permissions (
    id bigint NOT NULL,
    user_id character varying(32) NOT NULL,
    permission_id integer NOT NULL
);


--
-- Name: accounts_user_user_permissions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.accounts_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.accounts_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: assets_asset; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.assets_asset (
    code character varying(16) NOT NULL,
    name character varying(48) NOT NULL,
    kind character varying(8) NOT NULL,
    scale smallint NOT NULL,
    contract character varying(128) NOT NULL,
    "position" smallint NOT NULL,
    network_id character varying(16),
    takes_fee boolean NOT NULL,
    CONSTRAINT assets_asset_lives_where_its_kind_does CHECK (((((kind)::text = 'fiat'::text) AND (network_id IS NULL)) OR (((kind)::text = ANY ((ARRAY['native'::character varying, 'token'::character varying])::text[])) AND (network_id IS NOT NULL)))),
    CONSTRAINT assets_asset_position_check CHECK (("position" >= 0)),
    CONSTRAINT assets_asset_scale_check CHECK ((scale >= 0))
);


--
-- Name: assets_network; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.assets_network (
    code character varying(16) NOT NULL,
    name character varying(48) NOT NULL,
    family character varying(16) NOT NULL,
    native_asset character varying(16) NOT NULL,
    "position" smallint NOT NULL,
    CONSTRAINT assets_network_position_check CHECK (("position" >= 0))
);


--
-- Name: auth_group; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);


--
-- Name: auth_group_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: auth_group_permissions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);


--
-- Name: auth_group_permissions_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: auth_permission; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);


--
-- Name: auth_permission_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: chains_blockrecord; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.chains_blockrecord (
    id bigint NOT NULL,
    network character varying(16) NOT NULL,
    height bigint NOT NULL,
    hash character varying(80) NOT NULL,
    parent character varying(80) NOT NULL,
    number bigint NOT NULL,
    CONSTRAINT chains_blockrecord_height_check CHECK ((height >= 0)),
    CONSTRAINT chains_blockrecord_number_check CHECK ((number >= 0))
);


--
-- Name: chains_blockrecord_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.chains_blockrecord ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.chains_blockrecord_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: chains_cursor; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.chains_cursor (
    network character varying(16) NOT NULL,
    height bigint NOT NULL,
    hash character varying(80) NOT NULL,
    halted_at timestamp with time zone,
    halted_reason character varying(200) NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    compared_on character varying(40) DEFAULT ((((pg_control_system()).system_identifier)::text || '/'::text) || "left"(pg_walfile_name(pg_current_wal_insert_lsn()), 8)) NOT NULL,
    "window" smallint DEFAULT 20 NOT NULL,
    first_compared_on character varying(40) DEFAULT ''::character varying NOT NULL,
    first_compared_at bigint DEFAULT 0 NOT NULL,
    CONSTRAINT chains_cursor_first_compared_at_check CHECK ((first_compared_at >= 0)),
    CONSTRAINT chains_cursor_halted_with_reason CHECK ((((halted_at IS NULL) AND ((halted_reason)::text = ''::text)) OR ((halted_at IS NOT NULL) AND (NOT ((halted_reason)::text = ''::text))))),
    CONSTRAINT chains_cursor_height_check CHECK ((height >= 0)),
    CONSTRAINT chains_cursor_window_check CHECK (("window" >= 0))
);


--
-- Name: chains_endpoint; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.chains_endpoint (
    id bigint NOT NULL,
    network character varying(16) NOT NULL,
    name character varying(128) NOT NULL,
    is_enabled boolean NOT NULL,
    consecutive_failures integer NOT NULL,
    last_ok_at timestamp with time zone,
    last_error character varying(32) NOT NULL,
    latency_ms integer NOT NULL,
    highest_block bigint NOT NULL,
    reported_at timestamp with time zone,
    success_rate double precision NOT NULL,
    cooling_until timestamp with time zone,
    CONSTRAINT chains_endpoint_consecutive_failures_check CHECK ((consecutive_failures >= 0)),
    CONSTRAINT chains_endpoint_highest_block_check CHECK ((highest_block >= 0)),
    CONSTRAINT chains_endpoint_latency_ms_check CHECK ((latency_ms >= 0))
);


--
-- Name: chains_endpoint_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.chains_endpoint ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.chains_endpoint_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: chains_failedblock; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.chains_failedblock (
    id bigint NOT NULL,
    network character varying(16) NOT NULL,
    height bigint NOT NULL,
    tries integer NOT NULL,
    problem character varying(200) NOT NULL,
    first_failed_at timestamp with time zone NOT NULL,
    last_failed_at timestamp with time zone,
    next_try_at timestamp with time zone,
    told_at timestamp with time zone,
    read_at timestamp with time zone,
    CONSTRAINT chains_failedblock_height_check CHECK ((height >= 0)),
    CONSTRAINT chains_failedblock_tries_check CHECK ((tries >= 0))
);


--
-- Name: chains_failedblock_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.chains_failedblock ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.chains_failedblock_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: chains_foundsend; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.chains_foundsend (
    id bigint NOT NULL,
    network character varying(16) NOT NULL,
    txid character varying(128) NOT NULL,
    height bigint NOT NULL,
    raw bytea NOT NULL,
    sender character varying(128) NOT NULL,
    replay_tokens character varying(160)[] NOT NULL,
    outputs jsonb NOT NULL,
    subject character varying(64) NOT NULL,
    found_at timestamp with time zone NOT NULL,
    others character varying(64)[] NOT NULL,
    CONSTRAINT chains_foundsend_height_check CHECK ((height >= 0))
);


--
-- Name: chains_foundsend_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.chains_foundsend ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.chains_foundsend_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: custody_branch; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.custody_branch (
    id bigint NOT NULL,
    purpose character varying(8) NOT NULL,
    path character varying(48) NOT NULL,
    extended_public_key character varying(128) NOT NULL,
    next_index integer NOT NULL,
    vault_id character varying(32) NOT NULL,
    taken_below integer NOT NULL,
    CONSTRAINT custody_branch_next_index_check CHECK ((next_index >= 0)),
    CONSTRAINT custody_branch_taken_below_check CHECK ((taken_below >= 0))
);


--
-- Name: custody_branch_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.custody_branch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.custody_branch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: custody_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.custody_key (
    id character varying(32) NOT NULL,
    purpose character varying(8) NOT NULL,
    index integer NOT NULL,
    path character varying(64) NOT NULL,
    address character varying(128) NOT NULL,
    public_key bytea NOT NULL,
    sealed_key bytea,
    data_key bytea,
    kek_version integer,
    seal_version smallint NOT NULL,
    sealed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    branch_id bigint NOT NULL,
    network_id character varying(16) NOT NULL,
    taken_at timestamp with time zone,
    made_by bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT custody_key_index_check CHECK ((index >= 0)),
    CONSTRAINT custody_key_kek_version_check CHECK ((kek_version >= 0)),
    CONSTRAINT custody_key_seal_version_check CHECK ((seal_version >= 0)),
    CONSTRAINT custody_key_sealed_wholly_or_not CHECK ((((data_key IS NULL) AND (kek_version IS NULL) AND (sealed_at IS NULL) AND (sealed_key IS NULL)) OR ((data_key IS NOT NULL) AND (kek_version IS NOT NULL) AND (sealed_at IS NOT NULL) AND (sealed_key IS NOT NULL))))
);


--
-- Name: custody_signatureguard; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.custody_signatureguard (
    id bigint NOT NULL,
    replay_token character varying(128) NOT NULL,
    payload_digest bytea NOT NULL,
    subject character varying(64) NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    key_id character varying(32) NOT NULL,
    last_block bigint,
    generation smallint NOT NULL,
    terms_digest bytea NOT NULL,
    CONSTRAINT custody_signatureguard_generation_check CHECK ((generation >= 0)),
    CONSTRAINT custody_signatureguard_last_block_check CHECK ((last_block >= 0))
);


--
-- Name: custody_signatureguard_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.custody_signatureguard ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.custody_signatureguard_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: custody_together; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.custody_together (
    id bigint NOT NULL,
    subject character varying(64) NOT NULL,
    paid_with character varying(64) NOT NULL,
    signed_at timestamp with time zone NOT NULL,
    CONSTRAINT custody_together_others CHECK ((NOT ((subject)::text = (paid_with)::text)))
);


--
-- Name: custody_together_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.custody_together ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.custody_together_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: custody_vault; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.custody_vault (
    id character varying(32) NOT NULL,
    sealed_entropy bytea NOT NULL,
    data_key bytea NOT NULL,
    kek_version integer NOT NULL,
    seal_version smallint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    network_id character varying(16) NOT NULL,
    CONSTRAINT custody_vault_kek_version_check CHECK ((kek_version >= 0)),
    CONSTRAINT custody_vault_seal_version_check CHECK ((seal_version >= 0))
);


--
-- Name: django_admin_log; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id character varying(32) NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);


--
-- Name: django_admin_log_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_content_type; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);


--
-- Name: django_content_type_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);


--
-- Name: django_migrations_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: django_session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);


--
-- Name: events_carried; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events_carried (
    context character varying(32) NOT NULL,
    xid bigint NOT NULL,
    number bigint NOT NULL
);


--
-- Name: events_event; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events_event (
    id bigint NOT NULL,
    type character varying(64) NOT NULL,
    subject character varying(96) NOT NULL,
    actor character varying(48) NOT NULL,
    user_id character varying(32) NOT NULL,
    data jsonb NOT NULL,
    live_type character varying(32) NOT NULL,
    live_data jsonb,
    request_id character varying(64) NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    category character varying(12) NOT NULL,
    name character varying(64) NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    version smallint DEFAULT 1 NOT NULL
);


--
-- Name: events_event_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.events_event ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.events_event_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: events_feedhead; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events_feedhead (
    user_id character varying(32) NOT NULL,
    sequence bigint NOT NULL
);


--
-- Name: events_feeditem; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events_feeditem (
    id bigint NOT NULL,
    user_id character varying(32) NOT NULL,
    sequence bigint NOT NULL,
    type character varying(32) NOT NULL,
    data jsonb NOT NULL,
    happened_at timestamp with time zone NOT NULL,
    event_id bigint NOT NULL
);


--
-- Name: events_feeditem_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.events_feeditem ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.events_feeditem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: events_listener; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events_listener (
    name character varying(64) NOT NULL,
    xid bigint NOT NULL,
    number bigint NOT NULL,
    ahead jsonb NOT NULL,
    moved_at timestamp with time zone,
    stopped_at timestamp with time zone
);


--
-- Name: events_pending; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events_pending (
    event_id bigint NOT NULL,
    private jsonb
);


--
-- Name: events_poisoned; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.events_poisoned (
    id bigint NOT NULL,
    xid bigint NOT NULL,
    error character varying(300) NOT NULL,
    is_stopping boolean NOT NULL,
    tries integer NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    solved_at timestamp with time zone,
    outcome character varying(12) NOT NULL,
    event_id bigint NOT NULL,
    listener_id character varying(64) NOT NULL,
    CONSTRAINT events_poisoned_tries_check CHECK ((tries >= 0))
);


--
-- Name: events_poisoned_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.events_poisoned ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.events_poisoned_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ledger_account; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_account (
    id bigint NOT NULL,
    code character varying(96) NOT NULL,
    purpose character varying(16) NOT NULL,
    normal_side character varying(8) NOT NULL,
    balance numeric(78,0) NOT NULL,
    version bigint NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    asset_id character varying(16) NOT NULL,
    marked numeric(78,0) DEFAULT 0 NOT NULL,
    CONSTRAINT ledger_account_marks_are_there CHECK (((marked = (0)::numeric) OR ((marked > (0)::numeric) AND (marked <= balance) AND ((purpose)::text = 'user_available'::text)))),
    CONSTRAINT ledger_account_not_overdrawn CHECK ((((balance >= (0)::numeric) AND ((normal_side)::text = 'credit'::text)) OR ((balance <= (0)::numeric) AND ((normal_side)::text = 'debit'::text)))),
    CONSTRAINT ledger_account_side_of_purpose CHECK (((((normal_side)::text = 'credit'::text) AND ((purpose)::text = ANY ((ARRAY['user_available'::character varying, 'user_held'::character varying, 'suspense'::character varying])::text[]))) OR (((normal_side)::text = 'debit'::text) AND ((purpose)::text = ANY ((ARRAY['treasury'::character varying, 'deposits'::character varying, 'cold'::character varying, 'in_transit'::character varying, 'fees'::character varying, 'receivable'::character varying])::text[])))))
)
WITH (fillfactor='70');


--
-- Name: ledger_account_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.ledger_account ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ledger_account_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ledger_entry; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_entry (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    version bigint NOT NULL,
    amount numeric(78,0) NOT NULL,
    balance_after numeric(78,0) NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    account_id bigint NOT NULL,
    posting_id bigint NOT NULL,
    CONSTRAINT ledger_entry_moves_something CHECK ((NOT (amount = (0)::numeric))),
    CONSTRAINT ledger_entry_position_check CHECK (("position" >= 0))
);


--
-- Name: ledger_entry_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.ledger_entry ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ledger_entry_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ledger_hold; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_hold (
    id bigint NOT NULL,
    key character varying(96) NOT NULL,
    amount numeric(78,0) NOT NULL,
    remaining numeric(78,0) NOT NULL,
    expires_at timestamp with time zone,
    reserved_at timestamp with time zone NOT NULL,
    available_id bigint NOT NULL,
    held_id bigint NOT NULL,
    CONSTRAINT ledger_hold_in_bounds CHECK (((amount > (0)::numeric) AND (remaining >= (0)::numeric) AND (remaining <= amount)))
);


--
-- Name: ledger_hold_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.ledger_hold ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ledger_hold_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ledger_mark; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_mark (
    id bigint NOT NULL,
    key character varying(96) NOT NULL,
    amount numeric(78,0) NOT NULL,
    remaining numeric(78,0) NOT NULL,
    marked_at timestamp with time zone NOT NULL,
    account_id bigint NOT NULL,
    CONSTRAINT ledger_mark_in_bounds CHECK (((amount > (0)::numeric) AND (remaining >= (0)::numeric) AND (remaining <= amount)))
);


--
-- Name: ledger_mark_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.ledger_mark ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ledger_mark_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: ledger_posting; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.ledger_posting (
    id bigint NOT NULL,
    key character varying(160) NOT NULL,
    fingerprint bytea NOT NULL,
    kind character varying(48) NOT NULL,
    entry_count smallint NOT NULL,
    posted_at timestamp with time zone NOT NULL,
    written_at timestamp with time zone DEFAULT statement_timestamp() NOT NULL,
    hold_id bigint,
    reverses_id bigint,
    CONSTRAINT ledger_posting_entry_count_check CHECK ((entry_count >= 0)),
    CONSTRAINT ledger_posting_fingerprint_length CHECK ((octet_length(fingerprint) = 32)),
    CONSTRAINT ledger_posting_has_entries CHECK ((entry_count >= 2))
);


--
-- Name: ledger_posting_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.ledger_posting ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.ledger_posting_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: notifications_attempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notifications_attempt (
    id bigint NOT NULL,
    is_ok boolean NOT NULL,
    status smallint,
    reason character varying(200) NOT NULL,
    milliseconds integer NOT NULL,
    at timestamp with time zone NOT NULL,
    delivery_id character varying(32) NOT NULL,
    CONSTRAINT notifications_attempt_milliseconds_check CHECK ((milliseconds >= 0)),
    CONSTRAINT notifications_attempt_status_check CHECK ((status >= 0))
);


--
-- Name: notifications_attempt_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.notifications_attempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.notifications_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: notifications_cursor; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notifications_cursor (
    consumer character varying(32) NOT NULL,
    xid bigint NOT NULL,
    number bigint NOT NULL,
    updated_at timestamp with time zone
);


--
-- Name: notifications_delivery; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notifications_delivery (
    id character varying(32) NOT NULL,
    kind character varying(12) NOT NULL,
    channel character varying(12) NOT NULL,
    status character varying(8) NOT NULL,
    tries integer NOT NULL,
    next_try_at timestamp with time zone,
    reason character varying(200) NOT NULL,
    sent_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    user_id character varying(32) NOT NULL,
    endpoint_id character varying(32),
    notification_id character varying(32) NOT NULL,
    asked_at timestamp with time zone,
    reference character varying(64) NOT NULL,
    report character varying(12) NOT NULL,
    report_at timestamp with time zone,
    reports smallint NOT NULL,
    subscription_id character varying(32),
    CONSTRAINT notifications_delivery_reports_check CHECK ((reports >= 0)),
    CONSTRAINT notifications_delivery_status CHECK ((((next_try_at IS NOT NULL) AND ((status)::text = ANY ((ARRAY['waiting'::character varying, 'gathered'::character varying])::text[]))) OR ((next_try_at IS NULL) AND ((status)::text = ANY ((ARRAY['sent'::character varying, 'failed'::character varying])::text[]))))),
    CONSTRAINT notifications_delivery_target CHECK (((((channel)::text = 'webhook'::text) AND (endpoint_id IS NOT NULL) AND (subscription_id IS NULL)) OR (((channel)::text = 'push'::text) AND (endpoint_id IS NULL) AND (subscription_id IS NOT NULL)) OR (((channel)::text = ANY ((ARRAY['email'::character varying, 'sms'::character varying])::text[])) AND (endpoint_id IS NULL) AND (subscription_id IS NULL)))),
    CONSTRAINT notifications_delivery_tries_check CHECK ((tries >= 0))
);


--
-- Name: notifications_endpoint; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notifications_endpoint (
    id character varying(32) NOT NULL,
    url character varying(500) NOT NULL,
    description character varying(80) NOT NULL,
    is_enabled boolean NOT NULL,
    disabled_reason character varying(120) NOT NULL,
    secret_version integer NOT NULL,
    previous_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    user_id character varying(32) NOT NULL,
    CONSTRAINT notifications_endpoint_secret_version_check CHECK ((secret_version >= 0))
);


--
-- Name: notifications_notification; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notifications_notification (
    id character varying(32) NOT NULL,
    kind character varying(12) NOT NULL,
    topic character varying(32) NOT NULL,
    title character varying(160) NOT NULL,
    text character varying(600) NOT NULL,
    path character varying(120) NOT NULL,
    language character varying(10) NOT NULL,
    is_in_inbox boolean NOT NULL,
    read_at timestamp with time zone,
    happened_at timestamp with time zone NOT NULL,
    created_at timestamp with time zone NOT NULL,
    event_id bigint NOT NULL,
    user_id character varying(32) NOT NULL,
    CONSTRAINT notifications_notification_kind CHECK (((kind)::text = ANY ((ARRAY['sent'::character varying, 'received'::character varying, 'failed'::character varying, 'needs_you'::character varying, 'security'::character varying, 'system'::character varying, 'compliance'::character varying, 'health'::character varying])::text[])))
);


--
-- Name: notifications_phone; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notifications_phone (
    id character varying(32) NOT NULL,
    number character varying(16) NOT NULL,
    code_until timestamp with time zone NOT NULL,
    wrong_codes smallint NOT NULL,
    send_at timestamp with time zone,
    tries smallint NOT NULL,
    asked_at timestamp with time zone,
    reference character varying(64) NOT NULL,
    reason character varying(200) NOT NULL,
    verified_at timestamp with time zone,
    removed_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    user_id character varying(32) NOT NULL,
    CONSTRAINT notifications_phone_number CHECK (((number)::text ~ '^\+[1-9][0-9]{6,14}$'::text)),
    CONSTRAINT notifications_phone_tries_check CHECK ((tries >= 0)),
    CONSTRAINT notifications_phone_wrong_codes_check CHECK ((wrong_codes >= 0))
);


--
-- Name: notifications_poisoned; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notifications_poisoned (
    id bigint NOT NULL,
    error character varying(300) NOT NULL,
    tries integer NOT NULL,
    first_at timestamp with time zone NOT NULL,
    last_at timestamp with time zone NOT NULL,
    solved_at timestamp with time zone,
    event_id bigint NOT NULL,
    CONSTRAINT notifications_poisoned_tries_check CHECK ((tries >= 0))
);


--
-- Name: notifications_poisoned_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.notifications_poisoned ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.notifications_poisoned_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: notifications_preference; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notifications_preference (
    id bigint NOT NULL,
    kind character varying(12) NOT NULL,
    channel character varying(12) NOT NULL,
    is_on boolean NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    user_id character varying(32) NOT NULL,
    pace character varying(8) NOT NULL,
    CONSTRAINT notifications_preference_pace CHECK ((((pace)::text = 'at_once'::text) OR (((channel)::text = 'email'::text) AND (NOT ((kind)::text = 'security'::text))))),
    CONSTRAINT notifications_security_stays_on CHECK ((is_on OR (NOT (((channel)::text = ANY ((ARRAY['email'::character varying, 'inbox'::character varying])::text[])) AND ((kind)::text = 'security'::text)))))
);


--
-- Name: notifications_preference_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.notifications_preference ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.notifications_preference_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: notifications_pushsubscription; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notifications_pushsubscription (
    id character varying(32) NOT NULL,
    session_id character varying(30) NOT NULL,
    url character varying(1000) NOT NULL,
    p256dh character varying(100) NOT NULL,
    auth character varying(40) NOT NULL,
    agent character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    removed_at timestamp with time zone,
    removed_reason character varying(120) NOT NULL,
    user_id character varying(32) NOT NULL
);


--
-- Name: otp_totp_totpdevice; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.otp_totp_totpdevice (
    id integer NOT NULL,
    name character varying(64) NOT NULL,
    confirmed boolean NOT NULL,
    key character varying(80) NOT NULL,
    step smallint NOT NULL,
    t0 bigint NOT NULL,
    digits smallint NOT NULL,
    tolerance smallint NOT NULL,
    drift smallint NOT NULL,
    last_t bigint NOT NULL,
    user_id character varying(32) NOT NULL,
    throttling_failure_count integer NOT NULL,
    throttling_failure_timestamp timestamp with time zone,
    created_at timestamp with time zone,
    last_used_at timestamp with time zone,
    CONSTRAINT otp_totp_totpdevice_digits_check CHECK ((digits >= 0)),
    CONSTRAINT otp_totp_totpdevice_step_check CHECK ((step >= 0)),
    CONSTRAINT otp_totp_totpdevice_throttling_failure_count_check CHECK ((throttling_failure_count >= 0)),
    CONSTRAINT otp_totp_totpdevice_tolerance_check CHECK ((tolerance >= 0))
);


--
-- Name: otp_totp_totpdevice_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.otp_totp_totpdevice ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.otp_totp_totpdevice_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: providers_call; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.providers_call (
    id bigint NOT NULL,
    operation character varying(48) NOT NULL,
    operation_id character varying(96) NOT NULL,
    subject character varying(96) NOT NULL,
    outcome character varying(12) NOT NULL,
    error character varying(16) NOT NULL,
    has_left boolean,
    reason character varying(300) NOT NULL,
    milliseconds integer,
    exchanges jsonb NOT NULL,
    asked_at timestamp with time zone NOT NULL,
    provider_id character varying(32) NOT NULL,
    CONSTRAINT providers_call_milliseconds_check CHECK ((milliseconds >= 0))
);


--
-- Name: providers_call_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.providers_call ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.providers_call_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: providers_health; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.providers_health (
    id bigint NOT NULL,
    operation character varying(48) NOT NULL,
    failures integer NOT NULL,
    last_error character varying(16) NOT NULL,
    cooling_until timestamp with time zone,
    probing_until timestamp with time zone,
    last_ok_at timestamp with time zone,
    last_failed_at timestamp with time zone,
    ok_weight double precision NOT NULL,
    all_weight double precision NOT NULL,
    latency_ms double precision NOT NULL,
    weighed_at timestamp with time zone,
    provider_id character varying(32) NOT NULL,
    CONSTRAINT providers_health_failures_check CHECK ((failures >= 0))
);


--
-- Name: providers_health_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.providers_health ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.providers_health_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: providers_provider; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.providers_provider (
    code character varying(32) NOT NULL,
    kind character varying(16) NOT NULL,
    adapter character varying(32) NOT NULL,
    name character varying(48) NOT NULL,
    is_enabled boolean NOT NULL,
    is_pinned boolean NOT NULL,
    countries jsonb NOT NULL,
    fiats jsonb NOT NULL,
    assets jsonb NOT NULL,
    limits jsonb NOT NULL,
    costs jsonb NOT NULL,
    usual_seconds integer NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT providers_kind CHECK (((kind)::text = ANY ((ARRAY['on_ramp'::character varying, 'off_ramp'::character varying, 'dex'::character varying, 'defi'::character varying, 'kyc'::character varying, 'card'::character varying, 'tokenization'::character varying, 'price'::character varying, 'node'::character varying, 'message'::character varying])::text[]))),
    CONSTRAINT providers_provider_usual_seconds_check CHECK ((usual_seconds >= 0))
);


--
-- Name: providers_webhook; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.providers_webhook (
    id bigint NOT NULL,
    event_id character varying(200) NOT NULL,
    type character varying(64) NOT NULL,
    operation_id character varying(96) NOT NULL,
    raw bytea NOT NULL,
    headers jsonb NOT NULL,
    status character varying(8) NOT NULL,
    tries integer NOT NULL,
    repeats integer NOT NULL,
    next_try_at timestamp with time zone,
    reason character varying(300) NOT NULL,
    received_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    provider_id character varying(32) NOT NULL,
    CONSTRAINT providers_webhook_done_is_done CHECK ((((status)::text = ANY ((ARRAY['waiting'::character varying, 'parked'::character varying])::text[])) OR (next_try_at IS NULL))),
    CONSTRAINT providers_webhook_repeats_check CHECK ((repeats >= 0)),
    CONSTRAINT providers_webhook_status CHECK (((status)::text = ANY ((ARRAY['waiting'::character varying, 'parked'::character varying, 'handled'::character varying, 'refused'::character varying])::text[]))),
    CONSTRAINT providers_webhook_tries_check CHECK ((tries >= 0))
);


--
-- Name: providers_webhook_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.providers_webhook ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.providers_webhook_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: reconciliation_case; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reconciliation_case (
    id character varying(32) NOT NULL,
    key character varying(200) NOT NULL,
    kind character varying(12) NOT NULL,
    network character varying(16) NOT NULL,
    asset character varying(16) NOT NULL,
    status character varying(12) NOT NULL,
    summary character varying(300) NOT NULL,
    difference_minor numeric(78,0) NOT NULL,
    treasury_minor numeric(78,0) NOT NULL,
    deposits_minor numeric(78,0) NOT NULL,
    evidence jsonb NOT NULL,
    latest_evidence jsonb NOT NULL,
    found_count integer NOT NULL,
    opened_at timestamp with time zone NOT NULL,
    found_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    first_run_id bigint NOT NULL,
    last_run_id bigint NOT NULL,
    cold_minor numeric(78,0) DEFAULT 0 NOT NULL,
    CONSTRAINT reconciliation_case_found_count_check CHECK ((found_count >= 0)),
    CONSTRAINT reconciliation_case_parts_add_up CHECK (((difference_minor = ((treasury_minor + deposits_minor) + cold_minor)) OR (NOT ((kind)::text = 'network'::text))))
);


--
-- Name: reconciliation_correction; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reconciliation_correction (
    id character varying(32) NOT NULL,
    treasury_minor numeric(78,0) NOT NULL,
    deposits_minor numeric(78,0) NOT NULL,
    reason character varying(400) NOT NULL,
    status character varying(12) NOT NULL,
    requested_by character varying(48) NOT NULL,
    decided_by character varying(48) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    case_id character varying(32) NOT NULL,
    cold_minor numeric(78,0) DEFAULT 0 NOT NULL,
    CONSTRAINT reconciliation_correction_two_people CHECK (((NOT ((status)::text = 'carried_out'::text)) OR ((NOT ((decided_by)::text = ''::text)) AND (NOT ((decided_by)::text = (requested_by)::text)))))
);


--
-- Name: reconciliation_holding; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reconciliation_holding (
    id bigint NOT NULL,
    network character varying(16) NOT NULL,
    asset character varying(16) NOT NULL,
    address character varying(128) NOT NULL,
    is_treasury boolean NOT NULL,
    minor numeric(78,0) NOT NULL,
    height bigint NOT NULL,
    read_at timestamp with time zone NOT NULL,
    corrections integer DEFAULT 0 NOT NULL,
    sound_height bigint,
    sound_minor numeric(78,0) DEFAULT 0 NOT NULL,
    is_cold boolean DEFAULT false NOT NULL,
    CONSTRAINT reconciliation_holding_corrections_check CHECK ((corrections >= 0)),
    CONSTRAINT reconciliation_holding_height_check CHECK ((height >= 0)),
    CONSTRAINT reconciliation_holding_not_negative CHECK ((minor >= (0)::numeric)),
    CONSTRAINT reconciliation_holding_sound_height_check CHECK ((sound_height >= 0))
);


--
-- Name: reconciliation_holding_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.reconciliation_holding ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.reconciliation_holding_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: reconciliation_note; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reconciliation_note (
    id bigint NOT NULL,
    author character varying(48) NOT NULL,
    text character varying(1000) NOT NULL,
    at timestamp with time zone NOT NULL,
    case_id character varying(32) NOT NULL,
    CONSTRAINT reconciliation_note_says_something CHECK ((NOT ((text)::text = ''::text)))
);


--
-- Name: reconciliation_note_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.reconciliation_note ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.reconciliation_note_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: reconciliation_run; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reconciliation_run (
    id bigint NOT NULL,
    subject character varying(12) NOT NULL,
    network character varying(16) NOT NULL,
    scope character varying(8) NOT NULL,
    result character varying(12) NOT NULL,
    reason character varying(300) NOT NULL,
    height bigint,
    block_hash character varying(128) NOT NULL,
    nodes smallint NOT NULL,
    figures jsonb NOT NULL,
    since_at timestamp with time zone NOT NULL,
    since_height bigint,
    started_at timestamp with time zone NOT NULL,
    ended_at timestamp with time zone,
    milliseconds integer NOT NULL,
    CONSTRAINT reconciliation_run_height_check CHECK ((height >= 0)),
    CONSTRAINT reconciliation_run_milliseconds_check CHECK ((milliseconds >= 0)),
    CONSTRAINT reconciliation_run_nodes_check CHECK ((nodes >= 0)),
    CONSTRAINT reconciliation_run_since_height_check CHECK ((since_height >= 0))
);


--
-- Name: reconciliation_run_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.reconciliation_run ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.reconciliation_run_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: reconciliation_threshold; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reconciliation_threshold (
    asset character varying(16) NOT NULL,
    minor numeric(78,0) NOT NULL,
    updated_by character varying(48) NOT NULL,
    updated_at timestamp with time zone,
    CONSTRAINT reconciliation_threshold_not_negative CHECK ((minor >= (0)::numeric))
);


--
-- Name: solvency_leaf; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.solvency_leaf (
    id bigint NOT NULL,
    person character varying(32) NOT NULL,
    place integer NOT NULL,
    balance numeric(78,0) NOT NULL,
    tree_id bigint NOT NULL,
    CONSTRAINT solvency_leaf_not_negative CHECK ((balance >= (0)::numeric)),
    CONSTRAINT solvency_leaf_place_check CHECK ((place >= 0))
);


--
-- Name: solvency_leaf_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.solvency_leaf ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.solvency_leaf_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: solvency_page; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.solvency_page (
    id bigint NOT NULL,
    level smallint NOT NULL,
    number integer NOT NULL,
    content bytea NOT NULL,
    snapshot_id bigint NOT NULL,
    tree_id bigint NOT NULL,
    CONSTRAINT solvency_page_level_check CHECK ((level >= 0)),
    CONSTRAINT solvency_page_number_check CHECK ((number >= 0))
);
ALTER TABLE ONLY public.solvency_page ALTER COLUMN content SET STORAGE EXTERNAL;


--
-- Name: solvency_page_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.solvency_page ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.solvency_page_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: solvency_reading; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.solvency_reading (
    id bigint NOT NULL,
    verdict character varying(8) NOT NULL,
    liabilities_minor numeric(78,0) NOT NULL,
    assets_minor numeric(78,0),
    missing_minor numeric(78,0) NOT NULL,
    height bigint,
    block_hash character varying(80) NOT NULL,
    nodes smallint NOT NULL,
    figures jsonb NOT NULL,
    reason character varying(400) NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    asset_id character varying(16) NOT NULL,
    CONSTRAINT solvency_reading_height_check CHECK ((height >= 0)),
    CONSTRAINT solvency_reading_nodes_check CHECK ((nodes >= 0))
);


--
-- Name: solvency_reading_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.solvency_reading ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.solvency_reading_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: solvency_root; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.solvency_root (
    id bigint NOT NULL,
    root bytea NOT NULL,
    liabilities_minor numeric(78,0) NOT NULL,
    renewed integer NOT NULL,
    asset_id character varying(16) NOT NULL,
    snapshot_id bigint NOT NULL,
    tree_id bigint NOT NULL,
    CONSTRAINT solvency_root_not_negative CHECK ((liabilities_minor >= (0)::numeric)),
    CONSTRAINT solvency_root_renewed_check CHECK ((renewed >= 0))
);


--
-- Name: solvency_root_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.solvency_root ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.solvency_root_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: solvency_snapshot; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.solvency_snapshot (
    number bigint NOT NULL,
    status character varying(12) NOT NULL,
    roots text NOT NULL,
    reserves text NOT NULL,
    digest character varying(64) NOT NULL,
    abandoned_reason character varying(400) NOT NULL,
    taken_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    CONSTRAINT solvency_snapshot_published_whole CHECK (((NOT ((status)::text = 'published'::text)) OR (NOT ((roots = ''::text) OR (reserves = ''::text) OR ((digest)::text = ''::text)))))
);


--
-- Name: solvency_snapshot_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.solvency_snapshot ALTER COLUMN number ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.solvency_snapshot_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: solvency_tree; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.solvency_tree (
    id bigint NOT NULL,
    levels smallint NOT NULL,
    secret bytea NOT NULL,
    is_current boolean NOT NULL,
    begun_at timestamp with time zone NOT NULL,
    asset_id character varying(16) NOT NULL,
    CONSTRAINT solvency_tree_levels CHECK (((levels >= 1) AND (levels <= 40))),
    CONSTRAINT solvency_tree_levels_check CHECK ((levels >= 0))
);


--
-- Name: solvency_tree_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.solvency_tree ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.solvency_tree_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: transactions_attempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_attempt (
    id bigint NOT NULL,
    number smallint NOT NULL,
    status character varying(8) NOT NULL,
    txid character varying(128) NOT NULL,
    raw bytea NOT NULL,
    sender character varying(128) NOT NULL,
    nonce bigint,
    replay_tokens character varying(160)[] NOT NULL,
    max_fee_minor numeric(78,0) NOT NULL,
    broadcast_count integer NOT NULL,
    last_broadcast_at timestamp with time zone,
    last_outcome character varying(16) NOT NULL,
    last_code character varying(48) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    network_id character varying(16) NOT NULL,
    transaction_id character varying(32) NOT NULL,
    height integer,
    seen_height integer,
    last_block bigint,
    cancels boolean NOT NULL,
    is_booked boolean NOT NULL,
    rate numeric(78,0) NOT NULL,
    replaces_id bigint,
    conflict_height integer,
    batch_id bigint,
    CONSTRAINT transactions_attempt_broadcast_count_check CHECK ((broadcast_count >= 0)),
    CONSTRAINT transactions_attempt_conflict_height_check CHECK ((conflict_height >= 0)),
    CONSTRAINT transactions_attempt_height_check CHECK ((height >= 0)),
    CONSTRAINT transactions_attempt_last_block_check CHECK ((last_block >= 0)),
    CONSTRAINT transactions_attempt_number_check CHECK ((number >= 0)),
    CONSTRAINT transactions_attempt_seen_height_check CHECK ((seen_height >= 0)),
    CONSTRAINT transactions_cancels_something CHECK (((NOT cancels) OR (replaces_id IS NOT NULL)))
);


--
-- Name: transactions_attempt_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.transactions_attempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_attempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: transactions_batch; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_batch (
    id bigint NOT NULL,
    txid character varying(128) NOT NULL,
    fee_minor numeric(78,0) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    network_id character varying(16) NOT NULL,
    subject_id character varying(32) NOT NULL
);


--
-- Name: transactions_batch_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.transactions_batch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_batch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: transactions_coin; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_coin (
    id bigint NOT NULL,
    txid character varying(64) NOT NULL,
    vout integer NOT NULL,
    address character varying(128) NOT NULL,
    minor numeric(78,0) NOT NULL,
    is_change boolean NOT NULL,
    height integer,
    spent_height integer,
    network_id character varying(16) NOT NULL,
    reserved_by_id bigint,
    CONSTRAINT transactions_coin_height_check CHECK ((height >= 0)),
    CONSTRAINT transactions_coin_positive CHECK ((minor > (0)::numeric)),
    CONSTRAINT transactions_coin_spent_height_check CHECK ((spent_height >= 0)),
    CONSTRAINT transactions_coin_vout_check CHECK ((vout >= 0))
);


--
-- Name: transactions_coin_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.transactions_coin ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_coin_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: transactions_deposit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_deposit (
    id character varying(32) NOT NULL,
    txid character varying(128) NOT NULL,
    index integer NOT NULL,
    address character varying(128) NOT NULL,
    amount_minor numeric(78,0) NOT NULL,
    status character varying(12) NOT NULL,
    height integer,
    block_hash character varying(128) NOT NULL,
    credits integer NOT NULL,
    reversals integer NOT NULL,
    owed_minor numeric(78,0) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    asset_id character varying(16) NOT NULL,
    network_id character varying(16) NOT NULL,
    wallet_id character varying(32),
    sweep_id character varying(32),
    transaction_id character varying(32) NOT NULL,
    memo character varying(80) NOT NULL,
    CONSTRAINT transactions_deposit_credited_at_most_once CHECK ((((credits = (reversals + 1)) AND ((status)::text = ANY ((ARRAY['confirmed'::character varying, 'final'::character varying])::text[]))) OR ((credits = reversals) AND ((status)::text = ANY ((ARRAY['seen'::character varying, 'lost'::character varying])::text[]))))),
    CONSTRAINT transactions_deposit_credits_check CHECK ((credits >= 0)),
    CONSTRAINT transactions_deposit_height_check CHECK ((height >= 0)),
    CONSTRAINT transactions_deposit_index_check CHECK ((index >= 0)),
    CONSTRAINT transactions_deposit_owed_within_amount CHECK (((owed_minor >= (0)::numeric) AND (owed_minor <= amount_minor))),
    CONSTRAINT transactions_deposit_positive CHECK ((amount_minor > (0)::numeric)),
    CONSTRAINT transactions_deposit_reversals_check CHECK ((reversals >= 0))
);


--
-- Name: transactions_export; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_export (
    id character varying(32) NOT NULL,
    form character varying(4) NOT NULL,
    wanted jsonb NOT NULL,
    status character varying(8) NOT NULL,
    rows_total integer,
    rows_done integer NOT NULL,
    size_bytes bigint NOT NULL,
    failure_code character varying(48) NOT NULL,
    failure_reason character varying(200) NOT NULL,
    lease smallint NOT NULL,
    leased_until timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    user_id character varying(32) NOT NULL,
    CONSTRAINT transactions_export_lease_check CHECK ((lease >= 0)),
    CONSTRAINT transactions_export_rows CHECK (((rows_total IS NULL) OR (rows_done <= rows_total))),
    CONSTRAINT transactions_export_rows_done_check CHECK ((rows_done >= 0)),
    CONSTRAINT transactions_export_rows_total_check CHECK ((rows_total >= 0)),
    CONSTRAINT transactions_export_size_bytes_check CHECK ((size_bytes >= 0))
);


--
-- Name: transactions_idempotencyrecord; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_idempotencyrecord (
    id bigint NOT NULL,
    key character varying(64) NOT NULL,
    route character varying(64) NOT NULL,
    body_hash bytea NOT NULL,
    status_code smallint NOT NULL,
    response jsonb NOT NULL,
    created_at timestamp with time zone NOT NULL,
    user_id character varying(32) NOT NULL,
    CONSTRAINT transactions_idempotencyrecord_status_code_check CHECK ((status_code >= 0))
);


--
-- Name: transactions_idempotencyrecord_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.transactions_idempotencyrecord ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_idempotencyrecord_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: transactions_intervention; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_intervention (
    id character varying(32) NOT NULL,
    kind character varying(12) NOT NULL,
    step character varying(32) NOT NULL,
    outcome character varying(8) NOT NULL,
    reason character varying(400) NOT NULL,
    status character varying(12) NOT NULL,
    requested_by character varying(48) NOT NULL,
    approved_by character varying(48) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    transaction_id character varying(32) NOT NULL,
    wallet_id character varying(32),
    CONSTRAINT transactions_assign_names_a_wallet CHECK (((((kind)::text = 'assign'::text) AND (wallet_id IS NOT NULL)) OR ((NOT ((kind)::text = 'assign'::text)) AND (wallet_id IS NULL)))),
    CONSTRAINT transactions_force_needs_two CHECK (((NOT (((kind)::text = ANY ((ARRAY['force'::character varying, 'assign'::character varying])::text[])) AND ((status)::text = 'carried_out'::text))) OR (NOT ((approved_by)::text = ''::text)))),
    CONSTRAINT transactions_intervention_two_people CHECK ((((approved_by)::text = ''::text) OR (NOT ((approved_by)::text = (requested_by)::text))))
);


--
-- Name: transactions_noncelane; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_noncelane (
    id bigint NOT NULL,
    sender character varying(128) NOT NULL,
    next_nonce bigint NOT NULL,
    network_id character varying(16) NOT NULL,
    CONSTRAINT transactions_nonce_not_negative CHECK ((next_nonce >= 0))
);


--
-- Name: transactions_noncelane_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.transactions_noncelane ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_noncelane_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: transactions_noteword; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_noteword (
    user_id character varying(32) NOT NULL,
    word character varying(64) NOT NULL COLLATE pg_catalog."C",
    created_at timestamp with time zone NOT NULL,
    transaction_id character varying(32) NOT NULL
);


--
-- Name: transactions_providerinteraction; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_providerinteraction (
    id bigint NOT NULL,
    step character varying(32) NOT NULL,
    provider character varying(32) NOT NULL,
    operation character varying(32) NOT NULL,
    operation_id character varying(64) NOT NULL,
    outcome character varying(16) NOT NULL,
    detail character varying(200) NOT NULL,
    at timestamp with time zone NOT NULL,
    transaction_id character varying(32) NOT NULL
);


--
-- Name: transactions_providerinteraction_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.transactions_providerinteraction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_providerinteraction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: transactions_recoveryattempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_recoveryattempt (
    id bigint NOT NULL,
    step character varying(32) NOT NULL,
    number integer NOT NULL,
    treatment character varying(16) NOT NULL,
    code character varying(48) NOT NULL,
    reason character varying(200) NOT NULL,
    decided character varying(64) NOT NULL,
    at timestamp with time zone NOT NULL,
    transaction_id character varying(32) NOT NULL,
    CONSTRAINT transactions_recoveryattempt_number_check CHECK ((number >= 0))
);


--
-- Name: transactions_recoveryattempt_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.transactions_recoveryattempt ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_recoveryattempt_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: transactions_refill; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_refill (
    id character varying(32) NOT NULL,
    amount_minor numeric(78,0) NOT NULL,
    max_fee_minor numeric(78,0) NOT NULL,
    from_address character varying(128) NOT NULL,
    to_address character varying(128) NOT NULL,
    reason character varying(300) NOT NULL,
    status character varying(12) NOT NULL,
    seconded_by character varying(48) NOT NULL,
    approved_by character varying(48) NOT NULL,
    refused_by character varying(48) NOT NULL,
    refused_reason character varying(400) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    asset_id character varying(16) NOT NULL,
    network_id character varying(16) NOT NULL,
    transaction_id character varying(32),
    CONSTRAINT transactions_refill_approved_by_two CHECK ((((status)::text = ANY ((ARRAY['wanted'::character varying, 'seconded'::character varying, 'refused'::character varying])::text[])) OR ((NOT ((seconded_by)::text = ''::text)) AND (NOT ((approved_by)::text = ''::text))))),
    CONSTRAINT transactions_refill_imported_is_there CHECK (((((status)::text = ANY ((ARRAY['imported'::character varying, 'done'::character varying, 'failed'::character varying])::text[])) AND (transaction_id IS NOT NULL)) OR ((NOT ((status)::text = ANY ((ARRAY['imported'::character varying, 'done'::character varying, 'failed'::character varying])::text[]))) AND (transaction_id IS NULL)))),
    CONSTRAINT transactions_refill_positive CHECK (((amount_minor > (0)::numeric) AND (max_fee_minor > (0)::numeric))),
    CONSTRAINT transactions_refill_two_people CHECK ((((approved_by)::text = ''::text) OR (NOT ((approved_by)::text = (seconded_by)::text))))
);


--
-- Name: transactions_replacement; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_replacement (
    id bigint NOT NULL,
    key character varying(160) NOT NULL,
    cancels boolean NOT NULL,
    rate numeric(78,0) NOT NULL,
    tip numeric(78,0) NOT NULL,
    max_fee_minor numeric(78,0) NOT NULL,
    asked_by character varying(48) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    over_at timestamp with time zone,
    attempt_id bigint,
    of_id bigint NOT NULL,
    transaction_id character varying(32) NOT NULL,
    CONSTRAINT transactions_replacement_signed_is_over CHECK (((attempt_id IS NULL) OR (over_at IS NOT NULL)))
);


--
-- Name: transactions_replacement_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.transactions_replacement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_replacement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: transactions_rescan; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_rescan (
    id character varying(32) NOT NULL,
    status character varying(8) NOT NULL,
    txid character varying(128) NOT NULL,
    address character varying(128) NOT NULL,
    first_height bigint,
    last_height bigint,
    next_height bigint NOT NULL,
    found_count integer NOT NULL,
    problem character varying(300) NOT NULL,
    reason character varying(400) NOT NULL,
    requested_by character varying(48) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    network_id character varying(16) NOT NULL,
    CONSTRAINT transactions_rescan_first_height_check CHECK ((first_height >= 0)),
    CONSTRAINT transactions_rescan_found_count_check CHECK ((found_count >= 0)),
    CONSTRAINT transactions_rescan_has_blocks CHECK (((first_height IS NOT NULL) AND (last_height >= first_height))),
    CONSTRAINT transactions_rescan_last_height_check CHECK ((last_height >= 0)),
    CONSTRAINT transactions_rescan_next_height_check CHECK ((next_height >= 0)),
    CONSTRAINT transactions_rescan_says_why CHECK (((NOT ((reason)::text = ''::text)) AND (NOT ((requested_by)::text = ''::text))))
);


--
-- Name: transactions_sendhalt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_sendhalt (
    id character varying(32) NOT NULL,
    status character varying(16) NOT NULL,
    reason character varying(400) NOT NULL,
    missing_minor numeric(78,0) NOT NULL,
    halted_by character varying(48) NOT NULL,
    wanted_by character varying(48) NOT NULL,
    wanted_reason character varying(400) NOT NULL,
    accepted_minor numeric(78,0) NOT NULL,
    approved_by character varying(48) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    asset_id character varying(16) NOT NULL,
    CONSTRAINT transactions_sendhalt_not_negative CHECK (((accepted_minor >= (0)::numeric) AND (missing_minor >= (0)::numeric))),
    CONSTRAINT transactions_sendhalt_resumed_by_two CHECK (((NOT ((status)::text = 'resumed'::text)) OR ((NOT ((wanted_by)::text = ''::text)) AND (NOT ((approved_by)::text = ''::text))))),
    CONSTRAINT transactions_sendhalt_two_people CHECK ((((approved_by)::text = ''::text) OR (NOT ((approved_by)::text = (wanted_by)::text))))
);


--
-- Name: transactions_step; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_step (
    id bigint NOT NULL,
    "position" smallint NOT NULL,
    name character varying(32) NOT NULL,
    kind character varying(16) NOT NULL,
    state character varying(8) NOT NULL,
    started_at timestamp with time zone,
    finished_at timestamp with time zone,
    transaction_id character varying(32) NOT NULL,
    answer jsonb,
    deadline_at timestamp with time zone,
    error_code character varying(48) NOT NULL,
    error_reason character varying(200) NOT NULL,
    memo jsonb NOT NULL,
    question character varying(200) NOT NULL,
    tries integer NOT NULL,
    wake_at timestamp with time zone,
    CONSTRAINT transactions_step_position_check CHECK (("position" >= 0)),
    CONSTRAINT transactions_step_tries_check CHECK ((tries >= 0))
);


--
-- Name: transactions_step_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.transactions_step ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_step_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: transactions_transaction; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_transaction (
    id character varying(32) NOT NULL,
    key character varying(160) NOT NULL,
    type character varying(16) NOT NULL,
    status character varying(24) NOT NULL,
    sub_status character varying(32) NOT NULL,
    amount_minor numeric(78,0) NOT NULL,
    max_fee_minor numeric(78,0) NOT NULL,
    fee_minor numeric(78,0),
    from_address character varying(128) NOT NULL,
    to_address character varying(254) NOT NULL,
    memo character varying(140) NOT NULL,
    priority character varying(8) NOT NULL,
    txid character varying(128) NOT NULL,
    confirmations integer NOT NULL,
    required_confirmations integer NOT NULL,
    failure_code character varying(48) NOT NULL,
    failure_reason character varying(200) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    next_look_at timestamp with time zone,
    looked_at_count integer NOT NULL,
    asset_id character varying(16) NOT NULL,
    fee_asset_id character varying(16) NOT NULL,
    network_id character varying(16) NOT NULL,
    recipient_user_id character varying(32),
    recipient_wallet_id character varying(32),
    user_id character varying(32),
    wallet_id character varying(32),
    choice jsonb NOT NULL,
    lease integer NOT NULL,
    parent_id character varying(32),
    provider character varying(32) NOT NULL,
    source_currency character varying(3) NOT NULL,
    source_minor numeric(78,0) NOT NULL,
    leased_until timestamp with time zone,
    CONSTRAINT transactions_amount_positive CHECK ((amount_minor > (0)::numeric)),
    CONSTRAINT transactions_failed_is_over CHECK (((NOT ((status)::text = 'failed'::text)) OR (next_look_at IS NULL))),
    CONSTRAINT transactions_fee_within_ceiling CHECK (((fee_minor IS NULL) OR (fee_minor <= max_fee_minor))),
    CONSTRAINT transactions_max_fee_not_negative CHECK ((max_fee_minor >= (0)::numeric)),
    CONSTRAINT transactions_source_not_negative CHECK ((source_minor >= (0)::numeric)),
    CONSTRAINT transactions_transaction_confirmations_check CHECK ((confirmations >= 0)),
    CONSTRAINT transactions_transaction_lease_check CHECK ((lease >= 0)),
    CONSTRAINT transactions_transaction_looked_at_count_check CHECK ((looked_at_count >= 0)),
    CONSTRAINT transactions_transaction_required_confirmations_check CHECK ((required_confirmations >= 0))
);


--
-- Name: transactions_useraction; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.transactions_useraction (
    id bigint NOT NULL,
    type character varying(32) NOT NULL,
    actor character varying(48) NOT NULL,
    data jsonb NOT NULL,
    at timestamp with time zone NOT NULL,
    transaction_id character varying(32) NOT NULL
);


--
-- Name: transactions_useraction_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.transactions_useraction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.transactions_useraction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: wallets_address; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.wallets_address (
    id bigint NOT NULL,
    address character varying(128) NOT NULL,
    key_id character varying(32),
    created_at timestamp with time zone NOT NULL,
    network_id character varying(16) NOT NULL,
    wallet_id character varying(32) NOT NULL,
    tag bigint,
    made_by bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL,
    CONSTRAINT wallets_address_by_key_or_tag CHECK ((((key_id IS NOT NULL) AND (tag IS NULL)) OR ((key_id IS NULL) AND (tag > 0))))
);


--
-- Name: wallets_address_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.wallets_address ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.wallets_address_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: wallets_payee; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.wallets_payee (
    id character varying(32) NOT NULL,
    address character varying(128) NOT NULL,
    label character varying(48) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    usable_from timestamp with time zone NOT NULL,
    network_id character varying(16) NOT NULL,
    user_id character varying(32) NOT NULL
);


--
-- Name: wallets_reservation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.wallets_reservation (
    id character varying(32) NOT NULL,
    key character varying(96) NOT NULL,
    kind character varying(8) NOT NULL,
    status character varying(8) NOT NULL,
    purpose character varying(200) NOT NULL,
    transaction_id character varying(32) NOT NULL,
    expires_at timestamp with time zone,
    created_at timestamp with time zone NOT NULL,
    updated_at timestamp with time zone NOT NULL,
    wallet_id character varying(32) NOT NULL,
    CONSTRAINT wallets_reservation_says_what_for CHECK ((NOT ((purpose)::text = ''::text)))
);


--
-- Name: wallets_reservationpart; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.wallets_reservationpart (
    id bigint NOT NULL,
    name character varying(8) NOT NULL,
    minor numeric(78,0) NOT NULL,
    settled_minor numeric(78,0) NOT NULL,
    asset_id character varying(16) NOT NULL,
    reservation_id character varying(32) NOT NULL,
    raised_count smallint NOT NULL,
    CONSTRAINT wallets_reservationpart_in_bounds CHECK (((minor > (0)::numeric) AND (settled_minor >= (0)::numeric) AND (settled_minor <= minor))),
    CONSTRAINT wallets_reservationpart_raised_count_check CHECK ((raised_count >= 0))
);


--
-- Name: wallets_reservationpart_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.wallets_reservationpart ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.wallets_reservationpart_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: wallets_wallet; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.wallets_wallet (
    id character varying(32) NOT NULL,
    label character varying(48) NOT NULL,
    created_at timestamp with time zone NOT NULL,
    network_id character varying(16) NOT NULL,
    user_id character varying(32) NOT NULL
);


--
-- Data for Name: accounts_attempts; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: accounts_link; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: accounts_recoverycode; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: accounts_session; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: accounts_ticket; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: accounts_user; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: accounts_user_groups; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: accounts_user_user_permissions; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: assets_asset; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.assets_asset VALUES ('BTC', 'Bitcoin', 'native', 8, '', 1, 'bitcoin', false);
INSERT INTO public.assets_asset VALUES ('ETH', 'Ether', 'native', 18, '', 2, 'ethereum', false);
INSERT INTO public.assets_asset VALUES ('USD', 'US dollar', 'fiat', 2, '', 100, NULL, false);
INSERT INTO public.assets_asset VALUES ('EUR', 'Euro', 'fiat', 2, '', 101, NULL, false);
INSERT INTO public.assets_asset VALUES ('USDC.ETH', 'USD Coin', 'token', 6, '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48', 3, 'ethereum', false);
INSERT INTO public.assets_asset VALUES ('POL', 'POL', 'native', 18, '', 4, 'polygon', false);
INSERT INTO public.assets_asset VALUES ('USDC.POL', 'USD Coin', 'token', 6, '0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359', 5, 'polygon', false);
INSERT INTO public.assets_asset VALUES ('BNB', 'BNB', 'native', 18, '', 6, 'bsc', false);
INSERT INTO public.assets_asset VALUES ('USDC.BNB', 'USD Coin', 'token', 18, '0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d', 7, 'bsc', false);
INSERT INTO public.assets_asset VALUES ('SOL', 'Solana', 'native', 9, '', 8, 'solana', false);
INSERT INTO public.assets_asset VALUES ('USDC.SOL', 'USD Coin', 'token', 6, 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGkZwyTDt1v', 9, 'solana', false);
INSERT INTO public.assets_asset VALUES ('XLM', 'Lumen', 'native', 7, '', 10, 'stellar', false);
INSERT INTO public.assets_asset VALUES ('USDC.XLM', 'USD Coin', 'token', 7, 'USDC:GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN', 11, 'stellar', false);
INSERT INTO public.assets_asset VALUES ('SUI', 'Sui', 'native', 9, '', 12, 'sui', false);
INSERT INTO public.assets_asset VALUES ('USDC.SUI', 'USD Coin', 'token', 6, '0xdba34672e30cb065b1f93e3ab55318768fd6fef66c15942c9f7cb846e2f900e7::usdc::USDC', 13, 'sui', false);


--
-- Data for Name: assets_network; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.assets_network VALUES ('bitcoin', 'Bitcoin', 'bitcoin', 'BTC', 1);
INSERT INTO public.assets_network VALUES ('ethereum', 'Ethereum', 'evm', 'ETH', 2);
INSERT INTO public.assets_network VALUES ('polygon', 'Polygon', 'evm', 'POL', 3);
INSERT INTO public.assets_network VALUES ('bsc', 'BNB Smart Chain', 'evm', 'BNB', 4);
INSERT INTO public.assets_network VALUES ('solana', 'Solana', 'solana', 'SOL', 5);
INSERT INTO public.assets_network VALUES ('stellar', 'Stellar', 'stellar', 'XLM', 6);
INSERT INTO public.assets_network VALUES ('sui', 'Sui', 'sui', 'SUI', 7);


--
-- Data for Name: auth_group; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_group VALUES (1, 'user');
INSERT INTO public.auth_group VALUES (2, 'officer');
INSERT INTO public.auth_group VALUES (3, 'operator');
INSERT INTO public.auth_group VALUES (4, 'administrator');


--
-- Data for Name: auth_group_permissions; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: auth_permission; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.auth_permission VALUES (1, 'Can add log entry', 1, 'add_logentry');
INSERT INTO public.auth_permission VALUES (2, 'Can change log entry', 1, 'change_logentry');
INSERT INTO public.auth_permission VALUES (3, 'Can delete log entry', 1, 'delete_logentry');
INSERT INTO public.auth_permission VALUES (4, 'Can view log entry', 1, 'view_logentry');
INSERT INTO public.auth_permission VALUES (5, 'Can add permission', 2, 'add_permission');
INSERT INTO public.auth_permission VALUES (6, 'Can change permission', 2, 'change_permission');
INSERT INTO public.auth_permission VALUES (7, 'Can delete permission', 2, 'delete_permission');
INSERT INTO public.auth_permission VALUES (8, 'Can view permission', 2, 'view_permission');
INSERT INTO public.auth_permission VALUES (9, 'Can add group', 3, 'add_group');
INSERT INTO public.auth_permission VALUES (10, 'Can change group', 3, 'change_group');
INSERT INTO public.auth_permission VALUES (11, 'Can delete group', 3, 'delete_group');
INSERT INTO public.auth_permission VALUES (12, 'Can view group', 3, 'view_group');
INSERT INTO public.auth_permission VALUES (13, 'Can add content type', 4, 'add_contenttype');
INSERT INTO public.auth_permission VALUES (14, 'Can change content type', 4, 'change_contenttype');
INSERT INTO public.auth_permission VALUES (15, 'Can delete content type', 4, 'delete_contenttype');
INSERT INTO public.auth_permission VALUES (16, 'Can view content type', 4, 'view_contenttype');
INSERT INTO public.auth_permission VALUES (17, 'Can add session', 5, 'add_session');
INSERT INTO public.auth_permission VALUES (18, 'Can change session', 5, 'change_session');
INSERT INTO public.auth_permission VALUES (19, 'Can delete session', 5, 'delete_session');
INSERT INTO public.auth_permission VALUES (20, 'Can view session', 5, 'view_session');
INSERT INTO public.auth_permission VALUES (21, 'Can add TOTP device', 6, 'add_totpdevice');
INSERT INTO public.auth_permission VALUES (22, 'Can change TOTP device', 6, 'change_totpdevice');
INSERT INTO public.auth_permission VALUES (23, 'Can delete TOTP device', 6, 'delete_totpdevice');
INSERT INTO public.auth_permission VALUES (24, 'Can view TOTP device', 6, 'view_totpdevice');
INSERT INTO public.auth_permission VALUES (25, 'Can add network', 7, 'add_network');
INSERT INTO public.auth_permission VALUES (26, 'Can change network', 7, 'change_network');
INSERT INTO public.auth_permission VALUES (27, 'Can delete network', 7, 'delete_network');
INSERT INTO public.auth_permission VALUES (28, 'Can view network', 7, 'view_network');
INSERT INTO public.auth_permission VALUES (29, 'Can add asset', 8, 'add_asset');
INSERT INTO public.auth_permission VALUES (30, 'Can change asset', 8, 'change_asset');
INSERT INTO public.auth_permission VALUES (31, 'Can delete asset', 8, 'delete_asset');
INSERT INTO public.auth_permission VALUES (32, 'Can view asset', 8, 'view_asset');
INSERT INTO public.auth_permission VALUES (33, 'Can add event', 9, 'add_event');
INSERT INTO public.auth_permission VALUES (34, 'Can change event', 9, 'change_event');
INSERT INTO public.auth_permission VALUES (35, 'Can delete event', 9, 'delete_event');
INSERT INTO public.auth_permission VALUES (36, 'Can view event', 9, 'view_event');
INSERT INTO public.auth_permission VALUES (37, 'Can add feed head', 10, 'add_feedhead');
INSERT INTO public.auth_permission VALUES (38, 'Can change feed head', 10, 'change_feedhead');
INSERT INTO public.auth_permission VALUES (39, 'Can delete feed head', 10, 'delete_feedhead');
INSERT INTO public.auth_permission VALUES (40, 'Can view feed head', 10, 'view_feedhead');
INSERT INTO public.auth_permission VALUES (41, 'Can add feed item', 11, 'add_feeditem');
INSERT INTO public.auth_permission VALUES (42, 'Can change feed item', 11, 'change_feeditem');
INSERT INTO public.auth_permission VALUES (43, 'Can delete feed item', 11, 'delete_feeditem');
INSERT INTO public.auth_permission VALUES (44, 'Can view feed item', 11, 'view_feeditem');
INSERT INTO public.auth_permission VALUES (45, 'Can add pending', 12, 'add_pending');
INSERT INTO public.auth_permission VALUES (46, 'Can change pending', 12, 'change_pending');
INSERT INTO public.auth_permission VALUES (47, 'Can delete pending', 12, 'delete_pending');
INSERT INTO public.auth_permission VALUES (48, 'Can view pending', 12, 'view_pending');
INSERT INTO public.auth_permission VALUES (49, 'Can add carried', 13, 'add_carried');
INSERT INTO public.auth_permission VALUES (50, 'Can change carried', 13, 'change_carried');
INSERT INTO public.auth_permission VALUES (51, 'Can delete carried', 13, 'delete_carried');
INSERT INTO public.auth_permission VALUES (52, 'Can view carried', 13, 'view_carried');
INSERT INTO public.auth_permission VALUES (53, 'Can add listener', 14, 'add_listener');
INSERT INTO public.auth_permission VALUES (54, 'Can change listener', 14, 'change_listener');
INSERT INTO public.auth_permission VALUES (55, 'Can delete listener', 14, 'delete_listener');
INSERT INTO public.auth_permission VALUES (56, 'Can view listener', 14, 'view_listener');
INSERT INTO public.auth_permission VALUES (57, 'Can add poisoned', 15, 'add_poisoned');
INSERT INTO public.auth_permission VALUES (58, 'Can change poisoned', 15, 'change_poisoned');
INSERT INTO public.auth_permission VALUES (59, 'Can delete poisoned', 15, 'delete_poisoned');
INSERT INTO public.auth_permission VALUES (60, 'Can view poisoned', 15, 'view_poisoned');
INSERT INTO public.auth_permission VALUES (61, 'Can add provider', 16, 'add_provider');
INSERT INTO public.auth_permission VALUES (62, 'Can change provider', 16, 'change_provider');
INSERT INTO public.auth_permission VALUES (63, 'Can delete provider', 16, 'delete_provider');
INSERT INTO public.auth_permission VALUES (64, 'Can view provider', 16, 'view_provider');
INSERT INTO public.auth_permission VALUES (65, 'Can add health', 17, 'add_health');
INSERT INTO public.auth_permission VALUES (66, 'Can change health', 17, 'change_health');
INSERT INTO public.auth_permission VALUES (67, 'Can delete health', 17, 'delete_health');
INSERT INTO public.auth_permission VALUES (68, 'Can view health', 17, 'view_health');
INSERT INTO public.auth_permission VALUES (69, 'Can add call', 18, 'add_call');
INSERT INTO public.auth_permission VALUES (70, 'Can change call', 18, 'change_call');
INSERT INTO public.auth_permission VALUES (71, 'Can delete call', 18, 'delete_call');
INSERT INTO public.auth_permission VALUES (72, 'Can view call', 18, 'view_call');
INSERT INTO public.auth_permission VALUES (73, 'Can add webhook', 19, 'add_webhook');
INSERT INTO public.auth_permission VALUES (74, 'Can change webhook', 19, 'change_webhook');
INSERT INTO public.auth_permission VALUES (75, 'Can delete webhook', 19, 'delete_webhook');
INSERT INTO public.auth_permission VALUES (76, 'Can view webhook', 19, 'view_webhook');
INSERT INTO public.auth_permission VALUES (77, 'Can add chain fee', 20, 'add_chainfee');
INSERT INTO public.auth_permission VALUES (78, 'Can change chain fee', 20, 'change_chainfee');
INSERT INTO public.auth_permission VALUES (79, 'Can delete chain fee', 20, 'delete_chainfee');
INSERT INTO public.auth_permission VALUES (80, 'Can view chain fee', 20, 'view_chainfee');
INSERT INTO public.auth_permission VALUES (81, 'Can add price', 21, 'add_price');
INSERT INTO public.auth_permission VALUES (82, 'Can change price', 21, 'change_price');
INSERT INTO public.auth_permission VALUES (83, 'Can delete price', 21, 'delete_price');
INSERT INTO public.auth_permission VALUES (84, 'Can view price', 21, 'view_price');
INSERT INTO public.auth_permission VALUES (85, 'Can add candle', 22, 'add_candle');
INSERT INTO public.auth_permission VALUES (86, 'Can change candle', 22, 'change_candle');
INSERT INTO public.auth_permission VALUES (87, 'Can delete candle', 22, 'delete_candle');
INSERT INTO public.auth_permission VALUES (88, 'Can view candle', 22, 'view_candle');
INSERT INTO public.auth_permission VALUES (89, 'Can add price round', 23, 'add_priceround');
INSERT INTO public.auth_permission VALUES (90, 'Can change price round', 23, 'change_priceround');
INSERT INTO public.auth_permission VALUES (91, 'Can delete price round', 23, 'delete_priceround');
INSERT INTO public.auth_permission VALUES (92, 'Can view price round', 23, 'view_priceround');
INSERT INTO public.auth_permission VALUES (93, 'Can add user', 24, 'add_user');
INSERT INTO public.auth_permission VALUES (94, 'Can change user', 24, 'change_user');
INSERT INTO public.auth_permission VALUES (95, 'Can delete user', 24, 'delete_user');
INSERT INTO public.auth_permission VALUES (96, 'Can view user', 24, 'view_user');
INSERT INTO public.auth_permission VALUES (97, 'Can add attempts', 25, 'add_attempts');
INSERT INTO public.auth_permission VALUES (98, 'Can change attempts', 25, 'change_attempts');
INSERT INTO public.auth_permission VALUES (99, 'Can delete attempts', 25, 'delete_attempts');
INSERT INTO public.auth_permission VALUES (100, 'Can view attempts', 25, 'view_attempts');
INSERT INTO public.auth_permission VALUES (101, 'Can add link', 26, 'add_link');
INSERT INTO public.auth_permission VALUES (102, 'Can change link', 26, 'change_link');
INSERT INTO public.auth_permission VALUES (103, 'Can delete link', 26, 'delete_link');
INSERT INTO public.auth_permission VALUES (104, 'Can view link', 26, 'view_link');
INSERT INTO public.auth_permission VALUES (105, 'Can add recovery code', 27, 'add_recoverycode');
INSERT INTO public.auth_permission VALUES (106, 'Can change recovery code', 27, 'change_recoverycode');
INSERT INTO public.auth_permission VALUES (107, 'Can delete recovery code', 27, 'delete_recoverycode');
INSERT INTO public.auth_permission VALUES (108, 'Can view recovery code', 27, 'view_recoverycode');
INSERT INTO public.auth_permission VALUES (109, 'Can add session', 28, 'add_session');
INSERT INTO public.auth_permission VALUES (110, 'Can change session', 28, 'change_session');
INSERT INTO public.auth_permission VALUES (111, 'Can delete session', 28, 'delete_session');
INSERT INTO public.auth_permission VALUES (112, 'Can view session', 28, 'view_session');
INSERT INTO public.auth_permission VALUES (113, 'Can add ticket', 29, 'add_ticket');
INSERT INTO public.auth_permission VALUES (114, 'Can change ticket', 29, 'change_ticket');
INSERT INTO public.auth_permission VALUES (115, 'Can delete ticket', 29, 'delete_ticket');
INSERT INTO public.auth_permission VALUES (116, 'Can view ticket', 29, 'view_ticket');
INSERT INTO public.auth_permission VALUES (117, 'Can add account', 30, 'add_account');
INSERT INTO public.auth_permission VALUES (118, 'Can change account', 30, 'change_account');
INSERT INTO public.auth_permission VALUES (119, 'Can delete account', 30, 'delete_account');
INSERT INTO public.auth_permission VALUES (120, 'Can view account', 30, 'view_account');
INSERT INTO public.auth_permission VALUES (121, 'Can add hold', 31, 'add_hold');
INSERT INTO public.auth_permission VALUES (122, 'Can change hold', 31, 'change_hold');
INSERT INTO public.auth_permission VALUES (123, 'Can delete hold', 31, 'delete_hold');
INSERT INTO public.auth_permission VALUES (124, 'Can view hold', 31, 'view_hold');
INSERT INTO public.auth_permission VALUES (125, 'Can add posting', 32, 'add_posting');
INSERT INTO public.auth_permission VALUES (126, 'Can change posting', 32, 'change_posting');
INSERT INTO public.auth_permission VALUES (127, 'Can delete posting', 32, 'delete_posting');
INSERT INTO public.auth_permission VALUES (128, 'Can view posting', 32, 'view_posting');
INSERT INTO public.auth_permission VALUES (129, 'Can add entry', 33, 'add_entry');
INSERT INTO public.auth_permission VALUES (130, 'Can change entry', 33, 'change_entry');
INSERT INTO public.auth_permission VALUES (131, 'Can delete entry', 33, 'delete_entry');
INSERT INTO public.auth_permission VALUES (132, 'Can view entry', 33, 'view_entry');
INSERT INTO public.auth_permission VALUES (133, 'Can add mark', 34, 'add_mark');
INSERT INTO public.auth_permission VALUES (134, 'Can change mark', 34, 'change_mark');
INSERT INTO public.auth_permission VALUES (135, 'Can delete mark', 34, 'delete_mark');
INSERT INTO public.auth_permission VALUES (136, 'Can view mark', 34, 'view_mark');
INSERT INTO public.auth_permission VALUES (137, 'Can add block record', 35, 'add_blockrecord');
INSERT INTO public.auth_permission VALUES (138, 'Can change block record', 35, 'change_blockrecord');
INSERT INTO public.auth_permission VALUES (139, 'Can delete block record', 35, 'delete_blockrecord');
INSERT INTO public.auth_permission VALUES (140, 'Can view block record', 35, 'view_blockrecord');
INSERT INTO public.auth_permission VALUES (141, 'Can add cursor', 36, 'add_cursor');
INSERT INTO public.auth_permission VALUES (142, 'Can change cursor', 36, 'change_cursor');
INSERT INTO public.auth_permission VALUES (143, 'Can delete cursor', 36, 'delete_cursor');
INSERT INTO public.auth_permission VALUES (144, 'Can view cursor', 36, 'view_cursor');
INSERT INTO public.auth_permission VALUES (145, 'Can add endpoint', 37, 'add_endpoint');
INSERT INTO public.auth_permission VALUES (146, 'Can change endpoint', 37, 'change_endpoint');
INSERT INTO public.auth_permission VALUES (147, 'Can delete endpoint', 37, 'delete_endpoint');
INSERT INTO public.auth_permission VALUES (148, 'Can view endpoint', 37, 'view_endpoint');
INSERT INTO public.auth_permission VALUES (149, 'Can add found send', 38, 'add_foundsend');
INSERT INTO public.auth_permission VALUES (150, 'Can change found send', 38, 'change_foundsend');
INSERT INTO public.auth_permission VALUES (151, 'Can delete found send', 38, 'delete_foundsend');
INSERT INTO public.auth_permission VALUES (152, 'Can view found send', 38, 'view_foundsend');
INSERT INTO public.auth_permission VALUES (153, 'Can add failed block', 39, 'add_failedblock');
INSERT INTO public.auth_permission VALUES (154, 'Can change failed block', 39, 'change_failedblock');
INSERT INTO public.auth_permission VALUES (155, 'Can delete failed block', 39, 'delete_failedblock');
INSERT INTO public.auth_permission VALUES (156, 'Can view failed block', 39, 'view_failedblock');
INSERT INTO public.auth_permission VALUES (157, 'Can add branch', 40, 'add_branch');
INSERT INTO public.auth_permission VALUES (158, 'Can change branch', 40, 'change_branch');
INSERT INTO public.auth_permission VALUES (159, 'Can delete branch', 40, 'delete_branch');
INSERT INTO public.auth_permission VALUES (160, 'Can view branch', 40, 'view_branch');
INSERT INTO public.auth_permission VALUES (161, 'Can add key', 41, 'add_key');
INSERT INTO public.auth_permission VALUES (162, 'Can change key', 41, 'change_key');
INSERT INTO public.auth_permission VALUES (163, 'Can delete key', 41, 'delete_key');
INSERT INTO public.auth_permission VALUES (164, 'Can view key', 41, 'view_key');
INSERT INTO public.auth_permission VALUES (165, 'Can add signature guard', 42, 'add_signatureguard');
INSERT INTO public.auth_permission VALUES (166, 'Can change signature guard', 42, 'change_signatureguard');
INSERT INTO public.auth_permission VALUES (167, 'Can delete signature guard', 42, 'delete_signatureguard');
INSERT INTO public.auth_permission VALUES (168, 'Can view signature guard', 42, 'view_signatureguard');
INSERT INTO public.auth_permission VALUES (169, 'Can add vault', 43, 'add_vault');
INSERT INTO public.auth_permission VALUES (170, 'Can change vault', 43, 'change_vault');
INSERT INTO public.auth_permission VALUES (171, 'Can delete vault', 43, 'delete_vault');
INSERT INTO public.auth_permission VALUES (172, 'Can view vault', 43, 'view_vault');
INSERT INTO public.auth_permission VALUES (173, 'Can add together', 44, 'add_together');
INSERT INTO public.auth_permission VALUES (174, 'Can change together', 44, 'change_together');
INSERT INTO public.auth_permission VALUES (175, 'Can delete together', 44, 'delete_together');
INSERT INTO public.auth_permission VALUES (176, 'Can view together', 44, 'view_together');
INSERT INTO public.auth_permission VALUES (177, 'Can add wallet', 45, 'add_wallet');
INSERT INTO public.auth_permission VALUES (178, 'Can change wallet', 45, 'change_wallet');
INSERT INTO public.auth_permission VALUES (179, 'Can delete wallet', 45, 'delete_wallet');
INSERT INTO public.auth_permission VALUES (180, 'Can view wallet', 45, 'view_wallet');
INSERT INTO public.auth_permission VALUES (181, 'Can add address', 46, 'add_address');
INSERT INTO public.auth_permission VALUES (182, 'Can change address', 46, 'change_address');
INSERT INTO public.auth_permission VALUES (183, 'Can delete address', 46, 'delete_address');
INSERT INTO public.auth_permission VALUES (184, 'Can view address', 46, 'view_address');
INSERT INTO public.auth_permission VALUES (185, 'Can add payee', 47, 'add_payee');
INSERT INTO public.auth_permission VALUES (186, 'Can change payee', 47, 'change_payee');
INSERT INTO public.auth_permission VALUES (187, 'Can delete payee', 47, 'delete_payee');
INSERT INTO public.auth_permission VALUES (188, 'Can view payee', 47, 'view_payee');
INSERT INTO public.auth_permission VALUES (189, 'Can add reservation', 48, 'add_reservation');
INSERT INTO public.auth_permission VALUES (190, 'Can change reservation', 48, 'change_reservation');
INSERT INTO public.auth_permission VALUES (191, 'Can delete reservation', 48, 'delete_reservation');
INSERT INTO public.auth_permission VALUES (192, 'Can view reservation', 48, 'view_reservation');
INSERT INTO public.auth_permission VALUES (193, 'Can add reservation part', 49, 'add_reservationpart');
INSERT INTO public.auth_permission VALUES (194, 'Can change reservation part', 49, 'change_reservationpart');
INSERT INTO public.auth_permission VALUES (195, 'Can delete reservation part', 49, 'delete_reservationpart');
INSERT INTO public.auth_permission VALUES (196, 'Can view reservation part', 49, 'view_reservationpart');
INSERT INTO public.auth_permission VALUES (197, 'Can add idempotency record', 50, 'add_idempotencyrecord');
INSERT INTO public.auth_permission VALUES (198, 'Can change idempotency record', 50, 'change_idempotencyrecord');
INSERT INTO public.auth_permission VALUES (199, 'Can delete idempotency record', 50, 'delete_idempotencyrecord');
INSERT INTO public.auth_permission VALUES (200, 'Can view idempotency record', 50, 'view_idempotencyrecord');
INSERT INTO public.auth_permission VALUES (201, 'Can add nonce lane', 51, 'add_noncelane');
INSERT INTO public.auth_permission VALUES (202, 'Can change nonce lane', 51, 'change_noncelane');
INSERT INTO public.auth_permission VALUES (203, 'Can delete nonce lane', 51, 'delete_noncelane');
INSERT INTO public.auth_permission VALUES (204, 'Can view nonce lane', 51, 'view_noncelane');
INSERT INTO public.auth_permission VALUES (205, 'Can add step', 52, 'add_step');
INSERT INTO public.auth_permission VALUES (206, 'Can change step', 52, 'change_step');
INSERT INTO public.auth_permission VALUES (207, 'Can delete step', 52, 'delete_step');
INSERT INTO public.auth_permission VALUES (208, 'Can view step', 52, 'view_step');
INSERT INTO public.auth_permission VALUES (209, 'Can add transaction', 53, 'add_transaction');
INSERT INTO public.auth_permission VALUES (210, 'Can change transaction', 53, 'change_transaction');
INSERT INTO public.auth_permission VALUES (211, 'Can delete transaction', 53, 'delete_transaction');
INSERT INTO public.auth_permission VALUES (212, 'Can view transaction', 53, 'view_transaction');
INSERT INTO public.auth_permission VALUES (213, 'Can add attempt', 54, 'add_attempt');
INSERT INTO public.auth_permission VALUES (214, 'Can change attempt', 54, 'change_attempt');
INSERT INTO public.auth_permission VALUES (215, 'Can delete attempt', 54, 'delete_attempt');
INSERT INTO public.auth_permission VALUES (216, 'Can view attempt', 54, 'view_attempt');
INSERT INTO public.auth_permission VALUES (217, 'Can add coin', 55, 'add_coin');
INSERT INTO public.auth_permission VALUES (218, 'Can change coin', 55, 'change_coin');
INSERT INTO public.auth_permission VALUES (219, 'Can delete coin', 55, 'delete_coin');
INSERT INTO public.auth_permission VALUES (220, 'Can view coin', 55, 'view_coin');
INSERT INTO public.auth_permission VALUES (221, 'Can add deposit', 56, 'add_deposit');
INSERT INTO public.auth_permission VALUES (222, 'Can change deposit', 56, 'change_deposit');
INSERT INTO public.auth_permission VALUES (223, 'Can delete deposit', 56, 'delete_deposit');
INSERT INTO public.auth_permission VALUES (224, 'Can view deposit', 56, 'view_deposit');
INSERT INTO public.auth_permission VALUES (225, 'Can add intervention', 57, 'add_intervention');
INSERT INTO public.auth_permission VALUES (226, 'Can change intervention', 57, 'change_intervention');
INSERT INTO public.auth_permission VALUES (227, 'Can delete intervention', 57, 'delete_intervention');
INSERT INTO public.auth_permission VALUES (228, 'Can view intervention', 57, 'view_intervention');
INSERT INTO public.auth_permission VALUES (229, 'Can add provider interaction', 58, 'add_providerinteraction');
INSERT INTO public.auth_permission VALUES (230, 'Can change provider interaction', 58, 'change_providerinteraction');
INSERT INTO public.auth_permission VALUES (231, 'Can delete provider interaction', 58, 'delete_providerinteraction');
INSERT INTO public.auth_permission VALUES (232, 'Can view provider interaction', 58, 'view_providerinteraction');
INSERT INTO public.auth_permission VALUES (233, 'Can add recovery attempt', 59, 'add_recoveryattempt');
INSERT INTO public.auth_permission VALUES (234, 'Can change recovery attempt', 59, 'change_recoveryattempt');
INSERT INTO public.auth_permission VALUES (235, 'Can delete recovery attempt', 59, 'delete_recoveryattempt');
INSERT INTO public.auth_permission VALUES (236, 'Can view recovery attempt', 59, 'view_recoveryattempt');
INSERT INTO public.auth_permission VALUES (237, 'Can add user action', 60, 'add_useraction');
INSERT INTO public.auth_permission VALUES (238, 'Can change user action', 60, 'change_useraction');
INSERT INTO public.auth_permission VALUES (239, 'Can delete user action', 60, 'delete_useraction');
INSERT INTO public.auth_permission VALUES (240, 'Can view user action', 60, 'view_useraction');
INSERT INTO public.auth_permission VALUES (241, 'Can add note word', 61, 'add_noteword');
INSERT INTO public.auth_permission VALUES (242, 'Can change note word', 61, 'change_noteword');
INSERT INTO public.auth_permission VALUES (243, 'Can delete note word', 61, 'delete_noteword');
INSERT INTO public.auth_permission VALUES (244, 'Can view note word', 61, 'view_noteword');
INSERT INTO public.auth_permission VALUES (245, 'Can add send halt', 62, 'add_sendhalt');
INSERT INTO public.auth_permission VALUES (246, 'Can change send halt', 62, 'change_sendhalt');
INSERT INTO public.auth_permission VALUES (247, 'Can delete send halt', 62, 'delete_sendhalt');
INSERT INTO public.auth_permission VALUES (248, 'Can view send halt', 62, 'view_sendhalt');
INSERT INTO public.auth_permission VALUES (249, 'Can add export', 63, 'add_export');
INSERT INTO public.auth_permission VALUES (250, 'Can change export', 63, 'change_export');
INSERT INTO public.auth_permission VALUES (251, 'Can delete export', 63, 'delete_export');
INSERT INTO public.auth_permission VALUES (252, 'Can view export', 63, 'view_export');
INSERT INTO public.auth_permission VALUES (253, 'Can add rescan', 64, 'add_rescan');
INSERT INTO public.auth_permission VALUES (254, 'Can change rescan', 64, 'change_rescan');
INSERT INTO public.auth_permission VALUES (255, 'Can delete rescan', 64, 'delete_rescan');
INSERT INTO public.auth_permission VALUES (256, 'Can view rescan', 64, 'view_rescan');
INSERT INTO public.auth_permission VALUES (257, 'Can add replacement', 65, 'add_replacement');
INSERT INTO public.auth_permission VALUES (258, 'Can change replacement', 65, 'change_replacement');
INSERT INTO public.auth_permission VALUES (259, 'Can delete replacement', 65, 'delete_replacement');
INSERT INTO public.auth_permission VALUES (260, 'Can view replacement', 65, 'view_replacement');
INSERT INTO public.auth_permission VALUES (261, 'Can add refill', 66, 'add_refill');
INSERT INTO public.auth_permission VALUES (262, 'Can change refill', 66, 'change_refill');
INSERT INTO public.auth_permission VALUES (263, 'Can delete refill', 66, 'delete_refill');
INSERT INTO public.auth_permission VALUES (264, 'Can view refill', 66, 'view_refill');
INSERT INTO public.auth_permission VALUES (265, 'Can add batch', 67, 'add_batch');
INSERT INTO public.auth_permission VALUES (266, 'Can change batch', 67, 'change_batch');
INSERT INTO public.auth_permission VALUES (267, 'Can delete batch', 67, 'delete_batch');
INSERT INTO public.auth_permission VALUES (268, 'Can view batch', 67, 'view_batch');
INSERT INTO public.auth_permission VALUES (269, 'Can add snapshot', 68, 'add_snapshot');
INSERT INTO public.auth_permission VALUES (270, 'Can change snapshot', 68, 'change_snapshot');
INSERT INTO public.auth_permission VALUES (271, 'Can delete snapshot', 68, 'delete_snapshot');
INSERT INTO public.auth_permission VALUES (272, 'Can view snapshot', 68, 'view_snapshot');
INSERT INTO public.auth_permission VALUES (273, 'Can add tree', 69, 'add_tree');
INSERT INTO public.auth_permission VALUES (274, 'Can change tree', 69, 'change_tree');
INSERT INTO public.auth_permission VALUES (275, 'Can delete tree', 69, 'delete_tree');
INSERT INTO public.auth_permission VALUES (276, 'Can view tree', 69, 'view_tree');
INSERT INTO public.auth_permission VALUES (277, 'Can add root', 70, 'add_root');
INSERT INTO public.auth_permission VALUES (278, 'Can change root', 70, 'change_root');
INSERT INTO public.auth_permission VALUES (279, 'Can delete root', 70, 'delete_root');
INSERT INTO public.auth_permission VALUES (280, 'Can view root', 70, 'view_root');
INSERT INTO public.auth_permission VALUES (281, 'Can add page', 71, 'add_page');
INSERT INTO public.auth_permission VALUES (282, 'Can change page', 71, 'change_page');
INSERT INTO public.auth_permission VALUES (283, 'Can delete page', 71, 'delete_page');
INSERT INTO public.auth_permission VALUES (284, 'Can view page', 71, 'view_page');
INSERT INTO public.auth_permission VALUES (285, 'Can add leaf', 72, 'add_leaf');
INSERT INTO public.auth_permission VALUES (286, 'Can change leaf', 72, 'change_leaf');
INSERT INTO public.auth_permission VALUES (287, 'Can delete leaf', 72, 'delete_leaf');
INSERT INTO public.auth_permission VALUES (288, 'Can view leaf', 72, 'view_leaf');
INSERT INTO public.auth_permission VALUES (289, 'Can add reading', 73, 'add_reading');
INSERT INTO public.auth_permission VALUES (290, 'Can change reading', 73, 'change_reading');
INSERT INTO public.auth_permission VALUES (291, 'Can delete reading', 73, 'delete_reading');
INSERT INTO public.auth_permission VALUES (292, 'Can view reading', 73, 'view_reading');
INSERT INTO public.auth_permission VALUES (293, 'Can add holding', 74, 'add_holding');
INSERT INTO public.auth_permission VALUES (294, 'Can change holding', 74, 'change_holding');
INSERT INTO public.auth_permission VALUES (295, 'Can delete holding', 74, 'delete_holding');
INSERT INTO public.auth_permission VALUES (296, 'Can view holding', 74, 'view_holding');
INSERT INTO public.auth_permission VALUES (297, 'Can add run', 75, 'add_run');
INSERT INTO public.auth_permission VALUES (298, 'Can change run', 75, 'change_run');
INSERT INTO public.auth_permission VALUES (299, 'Can delete run', 75, 'delete_run');
INSERT INTO public.auth_permission VALUES (300, 'Can view run', 75, 'view_run');
INSERT INTO public.auth_permission VALUES (301, 'Can add case', 76, 'add_case');
INSERT INTO public.auth_permission VALUES (302, 'Can change case', 76, 'change_case');
INSERT INTO public.auth_permission VALUES (303, 'Can delete case', 76, 'delete_case');
INSERT INTO public.auth_permission VALUES (304, 'Can view case', 76, 'view_case');
INSERT INTO public.auth_permission VALUES (305, 'Can add threshold', 77, 'add_threshold');
INSERT INTO public.auth_permission VALUES (306, 'Can change threshold', 77, 'change_threshold');
INSERT INTO public.auth_permission VALUES (307, 'Can delete threshold', 77, 'delete_threshold');
INSERT INTO public.auth_permission VALUES (308, 'Can view threshold', 77, 'view_threshold');
INSERT INTO public.auth_permission VALUES (309, 'Can add correction', 78, 'add_correction');
INSERT INTO public.auth_permission VALUES (310, 'Can change correction', 78, 'change_correction');
INSERT INTO public.auth_permission VALUES (311, 'Can delete correction', 78, 'delete_correction');
INSERT INTO public.auth_permission VALUES (312, 'Can view correction', 78, 'view_correction');
INSERT INTO public.auth_permission VALUES (313, 'Can add note', 79, 'add_note');
INSERT INTO public.auth_permission VALUES (314, 'Can change note', 79, 'change_note');
INSERT INTO public.auth_permission VALUES (315, 'Can delete note', 79, 'delete_note');
INSERT INTO public.auth_permission VALUES (316, 'Can view note', 79, 'view_note');
INSERT INTO public.auth_permission VALUES (317, 'Can add checkpoint', 80, 'add_checkpoint');
INSERT INTO public.auth_permission VALUES (318, 'Can change checkpoint', 80, 'change_checkpoint');
INSERT INTO public.auth_permission VALUES (319, 'Can delete checkpoint', 80, 'delete_checkpoint');
INSERT INTO public.auth_permission VALUES (320, 'Can view checkpoint', 80, 'view_checkpoint');
INSERT INTO public.auth_permission VALUES (321, 'Can add entry', 81, 'add_entry');
INSERT INTO public.auth_permission VALUES (322, 'Can change entry', 81, 'change_entry');
INSERT INTO public.auth_permission VALUES (323, 'Can delete entry', 81, 'delete_entry');
INSERT INTO public.auth_permission VALUES (324, 'Can view entry', 81, 'view_entry');
INSERT INTO public.auth_permission VALUES (325, 'Can add network anchor', 82, 'add_networkanchor');
INSERT INTO public.auth_permission VALUES (326, 'Can change network anchor', 82, 'change_networkanchor');
INSERT INTO public.auth_permission VALUES (327, 'Can delete network anchor', 82, 'delete_networkanchor');
INSERT INTO public.auth_permission VALUES (328, 'Can view network anchor', 82, 'view_networkanchor');
INSERT INTO public.auth_permission VALUES (329, 'Can add cursor', 83, 'add_cursor');
INSERT INTO public.auth_permission VALUES (330, 'Can change cursor', 83, 'change_cursor');
INSERT INTO public.auth_permission VALUES (331, 'Can delete cursor', 83, 'delete_cursor');
INSERT INTO public.auth_permission VALUES (332, 'Can view cursor', 83, 'view_cursor');
INSERT INTO public.auth_permission VALUES (333, 'Can add delivery', 84, 'add_delivery');
INSERT INTO public.auth_permission VALUES (334, 'Can change delivery', 84, 'change_delivery');
INSERT INTO public.auth_permission VALUES (335, 'Can delete delivery', 84, 'delete_delivery');
INSERT INTO public.auth_permission VALUES (336, 'Can view delivery', 84, 'view_delivery');
INSERT INTO public.auth_permission VALUES (337, 'Can add attempt', 85, 'add_attempt');
INSERT INTO public.auth_permission VALUES (338, 'Can change attempt', 85, 'change_attempt');
INSERT INTO public.auth_permission VALUES (339, 'Can delete attempt', 85, 'delete_attempt');
INSERT INTO public.auth_permission VALUES (340, 'Can view attempt', 85, 'view_attempt');
INSERT INTO public.auth_permission VALUES (341, 'Can add webhook endpoint', 86, 'add_endpoint');
INSERT INTO public.auth_permission VALUES (342, 'Can change webhook endpoint', 86, 'change_endpoint');
INSERT INTO public.auth_permission VALUES (343, 'Can delete webhook endpoint', 86, 'delete_endpoint');
INSERT INTO public.auth_permission VALUES (344, 'Can view webhook endpoint', 86, 'view_endpoint');
INSERT INTO public.auth_permission VALUES (345, 'Can add notification', 87, 'add_notification');
INSERT INTO public.auth_permission VALUES (346, 'Can change notification', 87, 'change_notification');
INSERT INTO public.auth_permission VALUES (347, 'Can delete notification', 87, 'delete_notification');
INSERT INTO public.auth_permission VALUES (348, 'Can view notification', 87, 'view_notification');
INSERT INTO public.auth_permission VALUES (349, 'Can add poisoned', 88, 'add_poisoned');
INSERT INTO public.auth_permission VALUES (350, 'Can change poisoned', 88, 'change_poisoned');
INSERT INTO public.auth_permission VALUES (351, 'Can delete poisoned', 88, 'delete_poisoned');
INSERT INTO public.auth_permission VALUES (352, 'Can view poisoned', 88, 'view_poisoned');
INSERT INTO public.auth_permission VALUES (353, 'Can add preference', 89, 'add_preference');
INSERT INTO public.auth_permission VALUES (354, 'Can change preference', 89, 'change_preference');
INSERT INTO public.auth_permission VALUES (355, 'Can delete preference', 89, 'delete_preference');
INSERT INTO public.auth_permission VALUES (356, 'Can view preference', 89, 'view_preference');
INSERT INTO public.auth_permission VALUES (357, 'Can add phone', 90, 'add_phone');
INSERT INTO public.auth_permission VALUES (358, 'Can change phone', 90, 'change_phone');
INSERT INTO public.auth_permission VALUES (359, 'Can delete phone', 90, 'delete_phone');
INSERT INTO public.auth_permission VALUES (360, 'Can view phone', 90, 'view_phone');
INSERT INTO public.auth_permission VALUES (361, 'Can add push subscription', 91, 'add_pushsubscription');
INSERT INTO public.auth_permission VALUES (362, 'Can change push subscription', 91, 'change_pushsubscription');
INSERT INTO public.auth_permission VALUES (363, 'Can delete push subscription', 91, 'delete_pushsubscription');
INSERT INTO public.auth_permission VALUES (364, 'Can view push subscription', 91, 'view_pushsubscription');
INSERT INTO public.auth_permission VALUES (365, 'Can add cursor', 92, 'add_cursor');
INSERT INTO public.auth_permission VALUES (366, 'Can change cursor', 92, 'change_cursor');
INSERT INTO public.auth_permission VALUES (367, 'Can delete cursor', 92, 'delete_cursor');
INSERT INTO public.auth_permission VALUES (368, 'Can view cursor', 92, 'view_cursor');
INSERT INTO public.auth_permission VALUES (369, 'Can add sample', 93, 'add_sample');
INSERT INTO public.auth_permission VALUES (370, 'Can change sample', 93, 'change_sample');
INSERT INTO public.auth_permission VALUES (371, 'Can delete sample', 93, 'delete_sample');
INSERT INTO public.auth_permission VALUES (372, 'Can view sample', 93, 'view_sample');
INSERT INTO public.auth_permission VALUES (373, 'Can add skipped', 94, 'add_skipped');
INSERT INTO public.auth_permission VALUES (374, 'Can change skipped', 94, 'change_skipped');
INSERT INTO public.auth_permission VALUES (375, 'Can delete skipped', 94, 'delete_skipped');
INSERT INTO public.auth_permission VALUES (376, 'Can view skipped', 94, 'view_skipped');
INSERT INTO public.auth_permission VALUES (377, 'Can add active person', 95, 'add_activeperson');
INSERT INTO public.auth_permission VALUES (378, 'Can change active person', 95, 'change_activeperson');
INSERT INTO public.auth_permission VALUES (379, 'Can delete active person', 95, 'delete_activeperson');
INSERT INTO public.auth_permission VALUES (380, 'Can view active person', 95, 'view_activeperson');
INSERT INTO public.auth_permission VALUES (381, 'Can add event count', 96, 'add_eventcount');
INSERT INTO public.auth_permission VALUES (382, 'Can change event count', 96, 'change_eventcount');
INSERT INTO public.auth_permission VALUES (383, 'Can delete event count', 96, 'delete_eventcount');
INSERT INTO public.auth_permission VALUES (384, 'Can view event count', 96, 'view_eventcount');
INSERT INTO public.auth_permission VALUES (385, 'Can add figures', 97, 'add_figures');
INSERT INTO public.auth_permission VALUES (386, 'Can change figures', 97, 'change_figures');
INSERT INTO public.auth_permission VALUES (387, 'Can delete figures', 97, 'delete_figures');
INSERT INTO public.auth_permission VALUES (388, 'Can view figures', 97, 'view_figures');
INSERT INTO public.auth_permission VALUES (389, 'Can add open transaction', 98, 'add_opentransaction');
INSERT INTO public.auth_permission VALUES (390, 'Can change open transaction', 98, 'change_opentransaction');
INSERT INTO public.auth_permission VALUES (391, 'Can delete open transaction', 98, 'delete_opentransaction');
INSERT INTO public.auth_permission VALUES (392, 'Can view open transaction', 98, 'view_opentransaction');
INSERT INTO public.auth_permission VALUES (393, 'Can add transaction summary', 99, 'add_transactionsummary');
INSERT INTO public.auth_permission VALUES (394, 'Can change transaction summary', 99, 'change_transactionsummary');
INSERT INTO public.auth_permission VALUES (395, 'Can delete transaction summary', 99, 'delete_transactionsummary');
INSERT INTO public.auth_permission VALUES (396, 'Can view transaction summary', 99, 'view_transactionsummary');
INSERT INTO public.auth_permission VALUES (397, 'Can add shown price', 100, 'add_shownprice');
INSERT INTO public.auth_permission VALUES (398, 'Can change shown price', 100, 'change_shownprice');
INSERT INTO public.auth_permission VALUES (399, 'Can delete shown price', 100, 'delete_shownprice');
INSERT INTO public.auth_permission VALUES (400, 'Can view shown price', 100, 'view_shownprice');


--
-- Data for Name: chains_blockrecord; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: chains_cursor; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: chains_endpoint; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: chains_failedblock; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: chains_foundsend; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: custody_branch; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: custody_key; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: custody_signatureguard; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: custody_together; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: custody_vault; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: django_admin_log; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: django_content_type; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.django_content_type VALUES (1, 'admin', 'logentry');
INSERT INTO public.django_content_type VALUES (2, 'auth', 'permission');
INSERT INTO public.django_content_type VALUES (3, 'auth', 'group');
INSERT INTO public.django_content_type VALUES (4, 'contenttypes', 'contenttype');
INSERT INTO public.django_content_type VALUES (5, 'sessions', 'session');
INSERT INTO public.django_content_type VALUES (6, 'otp_totp', 'totpdevice');
INSERT INTO public.django_content_type VALUES (7, 'assets', 'network');
INSERT INTO public.django_content_type VALUES (8, 'assets', 'asset');
INSERT INTO public.django_content_type VALUES (9, 'events', 'event');
INSERT INTO public.django_content_type VALUES (10, 'events', 'feedhead');
INSERT INTO public.django_content_type VALUES (11, 'events', 'feeditem');
INSERT INTO public.django_content_type VALUES (12, 'events', 'pending');
INSERT INTO public.django_content_type VALUES (13, 'events', 'carried');
INSERT INTO public.django_content_type VALUES (14, 'events', 'listener');
INSERT INTO public.django_content_type VALUES (15, 'events', 'poisoned');
INSERT INTO public.django_content_type VALUES (16, 'providers', 'provider');
INSERT INTO public.django_content_type VALUES (17, 'providers', 'health');
INSERT INTO public.django_content_type VALUES (18, 'providers', 'call');
INSERT INTO public.django_content_type VALUES (19, 'providers', 'webhook');
INSERT INTO public.django_content_type VALUES (20, 'rates', 'chainfee');
INSERT INTO public.django_content_type VALUES (21, 'rates', 'price');
INSERT INTO public.django_content_type VALUES (22, 'rates', 'candle');
INSERT INTO public.django_content_type VALUES (23, 'rates', 'priceround');
INSERT INTO public.django_content_type VALUES (24, 'accounts', 'user');
INSERT INTO public.django_content_type VALUES (25, 'accounts', 'attempts');
INSERT INTO public.django_content_type VALUES (26, 'accounts', 'link');
INSERT INTO public.django_content_type VALUES (27, 'accounts', 'recoverycode');
INSERT INTO public.django_content_type VALUES (28, 'accounts', 'session');
INSERT INTO public.django_content_type VALUES (29, 'accounts', 'ticket');
INSERT INTO public.django_content_type VALUES (30, 'ledger', 'account');
INSERT INTO public.django_content_type VALUES (31, 'ledger', 'hold');
INSERT INTO public.django_content_type VALUES (32, 'ledger', 'posting');
INSERT INTO public.django_content_type VALUES (33, 'ledger', 'entry');
INSERT INTO public.django_content_type VALUES (34, 'ledger', 'mark');
INSERT INTO public.django_content_type VALUES (35, 'chains', 'blockrecord');
INSERT INTO public.django_content_type VALUES (36, 'chains', 'cursor');
INSERT INTO public.django_content_type VALUES (37, 'chains', 'endpoint');
INSERT INTO public.django_content_type VALUES (38, 'chains', 'foundsend');
INSERT INTO public.django_content_type VALUES (39, 'chains', 'failedblock');
INSERT INTO public.django_content_type VALUES (40, 'custody', 'branch');
INSERT INTO public.django_content_type VALUES (41, 'custody', 'key');
INSERT INTO public.django_content_type VALUES (42, 'custody', 'signatureguard');
INSERT INTO public.django_content_type VALUES (43, 'custody', 'vault');
INSERT INTO public.django_content_type VALUES (44, 'custody', 'together');
INSERT INTO public.django_content_type VALUES (45, 'wallets', 'wallet');
INSERT INTO public.django_content_type VALUES (46, 'wallets', 'address');
INSERT INTO public.django_content_type VALUES (47, 'wallets', 'payee');
INSERT INTO public.django_content_type VALUES (48, 'wallets', 'reservation');
INSERT INTO public.django_content_type VALUES (49, 'wallets', 'reservationpart');
INSERT INTO public.django_content_type VALUES (50, 'transactions', 'idempotencyrecord');
INSERT INTO public.django_content_type VALUES (51, 'transactions', 'noncelane');
INSERT INTO public.django_content_type VALUES (52, 'transactions', 'step');
INSERT INTO public.django_content_type VALUES (53, 'transactions', 'transaction');
INSERT INTO public.django_content_type VALUES (54, 'transactions', 'attempt');
INSERT INTO public.django_content_type VALUES (55, 'transactions', 'coin');
INSERT INTO public.django_content_type VALUES (56, 'transactions', 'deposit');
INSERT INTO public.django_content_type VALUES (57, 'transactions', 'intervention');
INSERT INTO public.django_content_type VALUES (58, 'transactions', 'providerinteraction');
INSERT INTO public.django_content_type VALUES (59, 'transactions', 'recoveryattempt');
INSERT INTO public.django_content_type VALUES (60, 'transactions', 'useraction');
INSERT INTO public.django_content_type VALUES (61, 'transactions', 'noteword');
INSERT INTO public.django_content_type VALUES (62, 'transactions', 'sendhalt');
INSERT INTO public.django_content_type VALUES (63, 'transactions', 'export');
INSERT INTO public.django_content_type VALUES (64, 'transactions', 'rescan');
INSERT INTO public.django_content_type VALUES (65, 'transactions', 'replacement');
INSERT INTO public.django_content_type VALUES (66, 'transactions', 'refill');
INSERT INTO public.django_content_type VALUES (67, 'transactions', 'batch');
INSERT INTO public.django_content_type VALUES (68, 'solvency', 'snapshot');
INSERT INTO public.django_content_type VALUES (69, 'solvency', 'tree');
INSERT INTO public.django_content_type VALUES (70, 'solvency', 'root');
INSERT INTO public.django_content_type VALUES (71, 'solvency', 'page');
INSERT INTO public.django_content_type VALUES (72, 'solvency', 'leaf');
INSERT INTO public.django_content_type VALUES (73, 'solvency', 'reading');
INSERT INTO public.django_content_type VALUES (74, 'reconciliation', 'holding');
INSERT INTO public.django_content_type VALUES (75, 'reconciliation', 'run');
INSERT INTO public.django_content_type VALUES (76, 'reconciliation', 'case');
INSERT INTO public.django_content_type VALUES (77, 'reconciliation', 'threshold');
INSERT INTO public.django_content_type VALUES (78, 'reconciliation', 'correction');
INSERT INTO public.django_content_type VALUES (79, 'reconciliation', 'note');
INSERT INTO public.django_content_type VALUES (80, 'audit', 'checkpoint');
INSERT INTO public.django_content_type VALUES (81, 'audit', 'entry');
INSERT INTO public.django_content_type VALUES (82, 'audit', 'networkanchor');
INSERT INTO public.django_content_type VALUES (83, 'notifications', 'cursor');
INSERT INTO public.django_content_type VALUES (84, 'notifications', 'delivery');
INSERT INTO public.django_content_type VALUES (85, 'notifications', 'attempt');
INSERT INTO public.django_content_type VALUES (86, 'notifications', 'endpoint');
INSERT INTO public.django_content_type VALUES (87, 'notifications', 'notification');
INSERT INTO public.django_content_type VALUES (88, 'notifications', 'poisoned');
INSERT INTO public.django_content_type VALUES (89, 'notifications', 'preference');
INSERT INTO public.django_content_type VALUES (90, 'notifications', 'phone');
INSERT INTO public.django_content_type VALUES (91, 'notifications', 'pushsubscription');
INSERT INTO public.django_content_type VALUES (92, 'analytics', 'cursor');
INSERT INTO public.django_content_type VALUES (93, 'analytics', 'sample');
INSERT INTO public.django_content_type VALUES (94, 'analytics', 'skipped');
INSERT INTO public.django_content_type VALUES (95, 'analytics', 'activeperson');
INSERT INTO public.django_content_type VALUES (96, 'analytics', 'eventcount');
INSERT INTO public.django_content_type VALUES (97, 'analytics', 'figures');
INSERT INTO public.django_content_type VALUES (98, 'analytics', 'opentransaction');
INSERT INTO public.django_content_type VALUES (99, 'analytics', 'transactionsummary');
INSERT INTO public.django_content_type VALUES (100, 'analytics', 'shownprice');


--
-- Data for Name: django_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.django_migrations VALUES (1, 'contenttypes', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (2, 'contenttypes', '0002_remove_content_type_name', now());
INSERT INTO public.django_migrations VALUES (3, 'auth', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (4, 'auth', '0002_alter_permission_name_max_length', now());
INSERT INTO public.django_migrations VALUES (5, 'auth', '0003_alter_user_email_max_length', now());
INSERT INTO public.django_migrations VALUES (6, 'auth', '0004_alter_user_username_opts', now());
INSERT INTO public.django_migrations VALUES (7, 'auth', '0005_alter_user_last_login_null', now());
INSERT INTO public.django_migrations VALUES (8, 'auth', '0006_require_contenttypes_0002', now());
INSERT INTO public.django_migrations VALUES (9, 'auth', '0007_alter_validators_add_error_messages', now());
INSERT INTO public.django_migrations VALUES (10, 'auth', '0008_alter_user_username_max_length', now());
INSERT INTO public.django_migrations VALUES (11, 'auth', '0009_alter_user_last_name_max_length', now());
INSERT INTO public.django_migrations VALUES (12, 'auth', '0010_alter_group_name_max_length', now());
INSERT INTO public.django_migrations VALUES (13, 'auth', '0011_update_proxy_permissions', now());
INSERT INTO public.django_migrations VALUES (14, 'auth', '0012_alter_user_first_name_max_length', now());
INSERT INTO public.django_migrations VALUES (15, 'accounts', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (16, 'accounts', '0002_roles', now());
INSERT INTO public.django_migrations VALUES (17, 'admin', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (18, 'admin', '0002_logentry_remove_auto_add', now());
INSERT INTO public.django_migrations VALUES (19, 'admin', '0003_logentry_add_action_flag_choices', now());
INSERT INTO public.django_migrations VALUES (20, 'analytics', '0001_transaction_summary', now());
INSERT INTO public.django_migrations VALUES (21, 'analytics', '0002_cursor', now());
INSERT INTO public.django_migrations VALUES (22, 'analytics', '0003_shown_prices', now());
INSERT INTO public.django_migrations VALUES (23, 'assets', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (24, 'assets', '0002_first_assets', now());
INSERT INTO public.django_migrations VALUES (25, 'assets', '0003_families', now());
INSERT INTO public.django_migrations VALUES (26, 'assets', '0004_evm_family', now());
INSERT INTO public.django_migrations VALUES (27, 'assets', '0005_solana', now());
INSERT INTO public.django_migrations VALUES (28, 'assets', '0006_stellar', now());
INSERT INTO public.django_migrations VALUES (29, 'assets', '0007_sui', now());
INSERT INTO public.django_migrations VALUES (30, 'audit', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (31, 'audit', '0002_laws', now());
INSERT INTO public.django_migrations VALUES (32, 'audit', '0003_network_anchor', now());
INSERT INTO public.django_migrations VALUES (33, 'audit', '0004_network_anchor_laws', now());
INSERT INTO public.django_migrations VALUES (34, 'chains', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (35, 'chains', '0002_endpoint_measures', now());
INSERT INTO public.django_migrations VALUES (36, 'chains', '0003_restored', now());
INSERT INTO public.django_migrations VALUES (37, 'chains', '0004_block_numbers', now());
INSERT INTO public.django_migrations VALUES (38, 'chains', '0005_rescans', now());
INSERT INTO public.django_migrations VALUES (39, 'chains', '0006_found_memos', now());
INSERT INTO public.django_migrations VALUES (40, 'chains', '0007_first_compared', now());
INSERT INTO public.django_migrations VALUES (41, 'chains', '0008_found_together', now());
INSERT INTO public.django_migrations VALUES (42, 'custody', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (43, 'custody', '0002_guards', now());
INSERT INTO public.django_migrations VALUES (44, 'custody', '0003_pool', now());
INSERT INTO public.django_migrations VALUES (45, 'custody', '0004_expiry', now());
INSERT INTO public.django_migrations VALUES (46, 'custody', '0005_made_by', now());
INSERT INTO public.django_migrations VALUES (47, 'custody', '0006_replacements', now());
INSERT INTO public.django_migrations VALUES (48, 'custody', '0007_together', now());
INSERT INTO public.django_migrations VALUES (49, 'events', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (50, 'events', '0002_append_only', now());
INSERT INTO public.django_migrations VALUES (51, 'events', '0003_names', now());
INSERT INTO public.django_migrations VALUES (52, 'events', '0004_one_order', now());
INSERT INTO public.django_migrations VALUES (53, 'events', '0005_versions', now());
INSERT INTO public.django_migrations VALUES (54, 'events', '0006_listeners', now());
INSERT INTO public.django_migrations VALUES (55, 'events', '0007_private', now());
INSERT INTO public.django_migrations VALUES (56, 'ledger', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (57, 'ledger', '0002_laws', now());
INSERT INTO public.django_migrations VALUES (58, 'ledger', '0003_posting', now());
INSERT INTO public.django_migrations VALUES (59, 'ledger', '0004_marks', now());
INSERT INTO public.django_migrations VALUES (60, 'ledger', '0005_group', now());
INSERT INTO public.django_migrations VALUES (61, 'ledger', '0006_each', now());
INSERT INTO public.django_migrations VALUES (62, 'ledger', '0007_cold', now());
INSERT INTO public.django_migrations VALUES (63, 'notifications', '0001_notifications', now());
INSERT INTO public.django_migrations VALUES (64, 'notifications', '0002_cursor', now());
INSERT INTO public.django_migrations VALUES (65, 'notifications', '0003_sms_push_and_paces', now());
INSERT INTO public.django_migrations VALUES (66, 'notifications', '0004_unasked_indexes', now());
INSERT INTO public.django_migrations VALUES (67, 'otp_totp', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (68, 'otp_totp', '0002_auto_20190420_0723', now());
INSERT INTO public.django_migrations VALUES (69, 'otp_totp', '0003_add_timestamps', now());
INSERT INTO public.django_migrations VALUES (70, 'providers', '0001_providers', now());
INSERT INTO public.django_migrations VALUES (71, 'providers', '0002_webhooks', now());
INSERT INTO public.django_migrations VALUES (72, 'providers', '0003_twilio', now());
INSERT INTO public.django_migrations VALUES (73, 'rates', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (74, 'rates', '0002_rounds_and_candles', now());
INSERT INTO public.django_migrations VALUES (75, 'rates', '0003_fee_source', now());
INSERT INTO public.django_migrations VALUES (76, 'reconciliation', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (77, 'reconciliation', '0002_laws', now());
INSERT INTO public.django_migrations VALUES (78, 'reconciliation', '0003_first_thresholds', now());
INSERT INTO public.django_migrations VALUES (79, 'reconciliation', '0004_evm_thresholds', now());
INSERT INTO public.django_migrations VALUES (80, 'reconciliation', '0005_solana_thresholds', now());
INSERT INTO public.django_migrations VALUES (81, 'reconciliation', '0006_stellar_thresholds', now());
INSERT INTO public.django_migrations VALUES (82, 'reconciliation', '0007_addresses', now());
INSERT INTO public.django_migrations VALUES (83, 'reconciliation', '0008_sui_thresholds', now());
INSERT INTO public.django_migrations VALUES (84, 'reconciliation', '0009_cold', now());
INSERT INTO public.django_migrations VALUES (85, 'sessions', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (86, 'solvency', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (87, 'solvency', '0002_laws', now());
INSERT INTO public.django_migrations VALUES (88, 'wallets', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (89, 'wallets', '0002_reservations', now());
INSERT INTO public.django_migrations VALUES (90, 'wallets', '0003_shared_accounts', now());
INSERT INTO public.django_migrations VALUES (91, 'wallets', '0004_made_by', now());
INSERT INTO public.django_migrations VALUES (92, 'wallets', '0005_replacements', now());
INSERT INTO public.django_migrations VALUES (93, 'transactions', '0001_initial', now());
INSERT INTO public.django_migrations VALUES (94, 'transactions', '0002_initial', now());
INSERT INTO public.django_migrations VALUES (95, 'transactions', '0003_attempt_nonce_unique', now());
INSERT INTO public.django_migrations VALUES (96, 'transactions', '0004_attempt_height', now());
INSERT INTO public.django_migrations VALUES (97, 'transactions', '0005_waiting_for_lower_fees', now());
INSERT INTO public.django_migrations VALUES (98, 'transactions', '0006_longer_recipients', now());
INSERT INTO public.django_migrations VALUES (99, 'transactions', '0007_engine', now());
INSERT INTO public.django_migrations VALUES (100, 'transactions', '0008_moves', now());
INSERT INTO public.django_migrations VALUES (101, 'transactions', '0009_round_trips', now());
INSERT INTO public.django_migrations VALUES (102, 'transactions', '0010_no_truncate', now());
INSERT INTO public.django_migrations VALUES (103, 'transactions', '0011_sweeps_by_address', now());
INSERT INTO public.django_migrations VALUES (104, 'transactions', '0012_attempt_seen_height', now());
INSERT INTO public.django_migrations VALUES (105, 'transactions', '0013_leased_until', now());
INSERT INTO public.django_migrations VALUES (106, 'transactions', '0014_walk_together', now());
INSERT INTO public.django_migrations VALUES (107, 'transactions', '0015_note_words', now());
INSERT INTO public.django_migrations VALUES (108, 'transactions', '0016_history', now());
INSERT INTO public.django_migrations VALUES (109, 'transactions', '0017_send_halts', now());
INSERT INTO public.django_migrations VALUES (110, 'transactions', '0018_exports', now());
INSERT INTO public.django_migrations VALUES (111, 'transactions', '0019_written_on_their_way', now());
INSERT INTO public.django_migrations VALUES (112, 'transactions', '0020_attempt_expiry', now());
INSERT INTO public.django_migrations VALUES (113, 'transactions', '0021_memo_and_assign', now());
INSERT INTO public.django_migrations VALUES (114, 'transactions', '0022_token_accounts', now());
INSERT INTO public.django_migrations VALUES (115, 'transactions', '0023_opening', now());
INSERT INTO public.django_migrations VALUES (116, 'transactions', '0025_rescans', now());
INSERT INTO public.django_migrations VALUES (117, 'transactions', '0026_anchor', now());
INSERT INTO public.django_migrations VALUES (118, 'transactions', '0027_replacements', now());
INSERT INTO public.django_migrations VALUES (119, 'transactions', '0028_conflict_heights', now());
INSERT INTO public.django_migrations VALUES (120, 'transactions', '0029_unasked_indexes', now());
INSERT INTO public.django_migrations VALUES (121, 'transactions', '0030_rescan_stopped', now());
INSERT INTO public.django_migrations VALUES (122, 'transactions', '0031_guards_last_blocks', now());
INSERT INTO public.django_migrations VALUES (123, 'transactions', '0032_treasury', now());
INSERT INTO public.django_migrations VALUES (124, 'transactions', '0033_refill_laws', now());
INSERT INTO public.django_migrations VALUES (125, 'transactions', '0034_batches', now());
INSERT INTO public.django_migrations VALUES (126, 'transactions', '0035_bumps', now());


--
-- Data for Name: django_session; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: events_carried; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: events_event; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: events_feedhead; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: events_feeditem; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: events_listener; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: events_pending; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: events_poisoned; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: ledger_account; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: ledger_entry; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: ledger_hold; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: ledger_mark; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: ledger_posting; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: notifications_attempt; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: notifications_cursor; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.notifications_cursor VALUES ('notifications', 0, 0, NULL);


--
-- Data for Name: notifications_delivery; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: notifications_endpoint; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: notifications_notification; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: notifications_phone; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: notifications_poisoned; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: notifications_preference; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: notifications_pushsubscription; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: otp_totp_totpdevice; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: providers_call; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: providers_health; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: providers_provider; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.providers_provider VALUES ('moonpay', 'on_ramp', 'moonpay', 'MoonPay', true, false, '[]', '["USD", "EUR"]', '["BTC", "ETH"]', '{"EUR": {"most": "30000", "least": "30"}, "USD": {"most": "30000", "least": "30"}}', '{}', 600, '2026-11-20 00:00:00+00');
INSERT INTO public.providers_provider VALUES ('transak', 'on_ramp', 'transak', 'Transak', true, false, '[]', '["USD", "EUR"]', '["BTC", "ETH"]', '{"EUR": {"most": "30000", "least": "30"}, "USD": {"most": "30000", "least": "30"}}', '{}', 900, '2026-11-20 00:00:00+00');
INSERT INTO public.providers_provider VALUES ('coingecko', 'price', 'coingecko', 'CoinGecko', true, false, '[]', '[]', '[]', '{}', '{}', 0, '2026-11-20 00:00:00+00');
INSERT INTO public.providers_provider VALUES ('coinmarketcap', 'price', 'coinmarketcap', 'CoinMarketCap', true, false, '[]', '[]', '[]', '{}', '{}', 0, '2026-11-20 00:00:00+00');
INSERT INTO public.providers_provider VALUES ('binance', 'price', 'binance', 'Binance', true, false, '[]', '[]', '[]', '{}', '{}', 0, '2026-11-20 00:00:00+00');
INSERT INTO public.providers_provider VALUES ('coinbase', 'price', 'coinbase', 'Coinbase', true, false, '[]', '[]', '[]', '{}', '{}', 0, '2026-11-20 00:00:00+00');
INSERT INTO public.providers_provider VALUES ('twilio', 'message', 'twilio', 'Twilio', true, false, '[]', '[]', '[]', '{}', '{}', 0, '2026-11-21 00:00:00+00');


--
-- Data for Name: providers_webhook; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: reconciliation_case; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: reconciliation_correction; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: reconciliation_holding; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: reconciliation_note; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: reconciliation_run; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: reconciliation_threshold; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.reconciliation_threshold VALUES ('BTC', 1000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('ETH', 300000000000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('USDC.ETH', 1000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('POL', 2000000000000000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('USDC.POL', 1000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('BNB', 1000000000000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('USDC.BNB', 1000000000000000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('SOL', 5000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('USDC.SOL', 1000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('XLM', 30000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('USDC.XLM', 10000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('SUI', 300000000, '', NULL);
INSERT INTO public.reconciliation_threshold VALUES ('USDC.SUI', 1000000, '', NULL);


--
-- Data for Name: solvency_leaf; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: solvency_page; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: solvency_reading; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: solvency_root; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: solvency_snapshot; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: solvency_tree; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_attempt; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_batch; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_coin; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_deposit; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_export; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_idempotencyrecord; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_intervention; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_noncelane; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_noteword; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_providerinteraction; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_recoveryattempt; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_refill; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_replacement; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_rescan; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_sendhalt; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_step; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_transaction; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: transactions_useraction; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: wallets_address; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: wallets_payee; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: wallets_reservation; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: wallets_reservationpart; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: wallets_wallet; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Name: accounts_recoverycode_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_recoverycode_id_seq', 1, false);


--
-- Name: accounts_user_groups_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_user_groups_id_seq', 1, false);


--
-- Name: accounts_user_user_permissions_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.accounts_user_user_permissions_id_seq', 1, false);


--
-- Name: auth_group_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_group_id_seq', 4, true);


--
-- Name: auth_group_permissions_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);


--
-- Name: auth_permission_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.auth_permission_id_seq', 400, true);


--
-- Name: chains_blockrecord_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.chains_blockrecord_id_seq', 1, false);


--
-- Name: chains_endpoint_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.chains_endpoint_id_seq', 1, false);


--
-- Name: chains_failedblock_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.chains_failedblock_id_seq', 1, false);


--
-- Name: chains_foundsend_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.chains_foundsend_id_seq', 1, false);


--
-- Name: custody_branch_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.custody_branch_id_seq', 1, false);


--
-- Name: custody_signatureguard_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.custody_signatureguard_id_seq', 1, false);


--
-- Name: custody_together_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.custody_together_id_seq', 1, false);


--
-- Name: django_admin_log_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);


--
-- Name: django_content_type_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_content_type_id_seq', 100, true);


--
-- Name: django_migrations_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.django_migrations_id_seq', 126, true);


--
-- Name: events_event_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.events_event_id_seq', 1, false);


--
-- Name: events_feeditem_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.events_feeditem_id_seq', 1, false);


--
-- Name: events_poisoned_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.events_poisoned_id_seq', 1, false);


--
-- Name: ledger_account_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.ledger_account_id_seq', 1, false);


--
-- Name: ledger_entry_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.ledger_entry_id_seq', 1, false);


--
-- Name: ledger_hold_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.ledger_hold_id_seq', 1, false);


--
-- Name: ledger_mark_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.ledger_mark_id_seq', 1, false);


--
-- Name: ledger_posting_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.ledger_posting_id_seq', 1, false);


--
-- Name: notifications_attempt_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.notifications_attempt_id_seq', 1, false);


--
-- Name: notifications_poisoned_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.notifications_poisoned_id_seq', 1, false);


--
-- Name: notifications_preference_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.notifications_preference_id_seq', 1, false);


--
-- Name: otp_totp_totpdevice_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.otp_totp_totpdevice_id_seq', 1, false);


--
-- Name: providers_call_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.providers_call_id_seq', 1, false);


--
-- Name: providers_health_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.providers_health_id_seq', 1, false);


--
-- Name: providers_webhook_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.providers_webhook_id_seq', 1, false);


--
-- Name: reconciliation_holding_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.reconciliation_holding_id_seq', 1, false);


--
-- Name: reconciliation_note_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.reconciliation_note_id_seq', 1, false);


--
-- Name: reconciliation_run_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.reconciliation_run_id_seq', 1, false);


--
-- Name: solvency_leaf_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.solvency_leaf_id_seq', 1, false);


--
-- Name: solvency_page_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.solvency_page_id_seq', 1, false);


--
-- Name: solvency_reading_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.solvency_reading_id_seq', 1, false);


--
-- Name: solvency_root_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.solvency_root_id_seq', 1, false);


--
-- Name: solvency_snapshot_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.solvency_snapshot_number_seq', 1, false);


--
-- Name: solvency_tree_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.solvency_tree_id_seq', 1, false);


--
-- Name: transactions_attempt_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.transactions_attempt_id_seq', 1, false);


--
-- Name: transactions_batch_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.transactions_batch_id_seq', 1, false);


--
-- Name: transactions_coin_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.transactions_coin_id_seq', 1, false);


--
-- Name: transactions_idempotencyrecord_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.transactions_idempotencyrecord_id_seq', 1, false);


--
-- Name: transactions_noncelane_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.transactions_noncelane_id_seq', 1, false);


--
-- Name: transactions_providerinteraction_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.transactions_providerinteraction_id_seq', 1, false);


--
-- Name: transactions_recoveryattempt_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.transactions_recoveryattempt_id_seq', 1, false);


--
-- Name: transactions_replacement_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.transactions_replacement_id_seq', 1, false);


--
-- Name: transactions_step_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.transactions_step_id_seq', 1, false);


--
-- Name: transactions_useraction_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.transactions_useraction_id_seq', 1, false);


--
-- Name: wallets_address_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.wallets_address_id_seq', 1, false);


--
-- Name: wallets_reservationpart_id_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.wallets_reservationpart_id_seq', 1, false);


--
-- Name: accounts_attempts accounts_attempts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_attempts
    ADD CONSTRAINT accounts_attempts_pkey PRIMARY KEY (key);


--
-- Name: accounts_link accounts_link_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_link
    ADD CONSTRAINT accounts_link_pkey PRIMARY KEY (id);


--
-- Name: accounts_recoverycode accounts_recoverycode_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_recoverycode
    ADD CONSTRAINT accounts_recoverycode_once UNIQUE (user_id, code_hash);


--
-- Name: accounts_recoverycode accounts_recoverycode_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_recoverycode
    ADD CONSTRAINT accounts_recoverycode_pkey PRIMARY KEY (id);


--
-- Name: accounts_session accounts_session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_session
    ADD CONSTRAINT accounts_session_pkey PRIMARY KEY (id);


--
-- Name: accounts_ticket accounts_ticket_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_ticket
    ADD CONSTRAINT accounts_ticket_pkey PRIMARY KEY (ticket_hash);


--
-- Name: accounts_user accounts_user_email_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_email_key UNIQUE (email);


--
-- Name: accounts_user_groups accounts_user_groups_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_pkey PRIMARY KEY (id);


--
-- Name: accounts_user_groups accounts_user_groups_user_id_group_id_59c0b32f_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_group_id_59c0b32f_uniq UNIQUE (user_id, group_id);


--
-- Name: accounts_user accounts_user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user
    ADD CONSTRAINT accounts_user_pkey PRIMARY KEY (id);


--
-- Name: accounts_user_user_permissions accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permi_user_id_permission_id_2ab516c2_uniq UNIQUE (user_id, permission_id);


--
-- Name: accounts_user_user_permissions accounts_user_user_permissions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_permissions_pkey PRIMARY KEY (id);


--
-- Name: assets_asset assets_asset_contract_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.assets_asset
    ADD CONSTRAINT assets_asset_contract_unique UNIQUE (network_id, contract);


--
-- Name: assets_asset assets_asset_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.assets_asset
    ADD CONSTRAINT assets_asset_pkey PRIMARY KEY (code);


--
-- Name: assets_network assets_network_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.assets_network
    ADD CONSTRAINT assets_network_pkey PRIMARY KEY (code);


--
-- Name: auth_group auth_group_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);


--
-- Name: auth_group_permissions auth_group_permissions_group_id_permission_id_0cd325b0_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);


--
-- Name: auth_group_permissions auth_group_permissions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);


--
-- Name: auth_group auth_group_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);


--
-- Name: auth_permission auth_permission_content_type_id_codename_01ab375a_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);


--
-- Name: auth_permission auth_permission_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);


--
-- Name: chains_blockrecord chains_block_one_per_height; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.chains_blockrecord
    ADD CONSTRAINT chains_block_one_per_height UNIQUE (network, height);


--
-- Name: chains_blockrecord chains_blockrecord_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.chains_blockrecord
    ADD CONSTRAINT chains_blockrecord_pkey PRIMARY KEY (id);


--
-- Name: chains_cursor chains_cursor_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.chains_cursor
    ADD CONSTRAINT chains_cursor_pkey PRIMARY KEY (network);


--
-- Name: chains_endpoint chains_endpoint_name_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.chains_endpoint
    ADD CONSTRAINT chains_endpoint_name_unique UNIQUE (network, name);


--
-- Name: chains_endpoint chains_endpoint_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.chains_endpoint
    ADD CONSTRAINT chains_endpoint_pkey PRIMARY KEY (id);


--
-- Name: chains_failedblock chains_failedblock_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.chains_failedblock
    ADD CONSTRAINT chains_failedblock_once UNIQUE (network, height);


--
-- Name: chains_failedblock chains_failedblock_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.chains_failedblock
    ADD CONSTRAINT chains_failedblock_pkey PRIMARY KEY (id);


--
-- Name: chains_foundsend chains_foundsend_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.chains_foundsend
    ADD CONSTRAINT chains_foundsend_pkey PRIMARY KEY (id);


--
-- Name: chains_foundsend chains_foundsend_txid; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.chains_foundsend
    ADD CONSTRAINT chains_foundsend_txid UNIQUE (network, txid);


--
-- Name: custody_branch custody_branch_one_per_purpose; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_branch
    ADD CONSTRAINT custody_branch_one_per_purpose UNIQUE (vault_id, purpose);


--
-- Name: custody_branch custody_branch_path; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_branch
    ADD CONSTRAINT custody_branch_path UNIQUE (vault_id, path);


--
-- Name: custody_branch custody_branch_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_branch
    ADD CONSTRAINT custody_branch_pkey PRIMARY KEY (id);


--
-- Name: custody_key custody_key_address; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_key
    ADD CONSTRAINT custody_key_address UNIQUE (network_id, address);


--
-- Name: custody_key custody_key_index; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_key
    ADD CONSTRAINT custody_key_index UNIQUE (branch_id, index);


--
-- Name: custody_key custody_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_key
    ADD CONSTRAINT custody_key_pkey PRIMARY KEY (id);


--
-- Name: custody_signatureguard custody_signatureguard_one_per_token; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_signatureguard
    ADD CONSTRAINT custody_signatureguard_one_per_token UNIQUE (key_id, replay_token, generation);


--
-- Name: custody_signatureguard custody_signatureguard_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_signatureguard
    ADD CONSTRAINT custody_signatureguard_pkey PRIMARY KEY (id);


--
-- Name: custody_together custody_together_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_together
    ADD CONSTRAINT custody_together_pkey PRIMARY KEY (id);


--
-- Name: custody_together custody_together_subject_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_together
    ADD CONSTRAINT custody_together_subject_key UNIQUE (subject);


--
-- Name: custody_vault custody_vault_network_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_vault
    ADD CONSTRAINT custody_vault_network_id_key UNIQUE (network_id);


--
-- Name: custody_vault custody_vault_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_vault
    ADD CONSTRAINT custody_vault_pkey PRIMARY KEY (id);


--
-- Name: django_admin_log django_admin_log_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);


--
-- Name: django_content_type django_content_type_app_label_model_76bd3d3b_uniq; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);


--
-- Name: django_content_type django_content_type_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);


--
-- Name: django_migrations django_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);


--
-- Name: django_session django_session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);


--
-- Name: events_carried events_carried_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_carried
    ADD CONSTRAINT events_carried_pkey PRIMARY KEY (context);


--
-- Name: events_event events_event_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_event
    ADD CONSTRAINT events_event_pkey PRIMARY KEY (id);


--
-- Name: events_feedhead events_feedhead_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_feedhead
    ADD CONSTRAINT events_feedhead_pkey PRIMARY KEY (user_id);


--
-- Name: events_feeditem events_feeditem_event_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_feeditem
    ADD CONSTRAINT events_feeditem_event_id_key UNIQUE (event_id);


--
-- Name: events_feeditem events_feeditem_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_feeditem
    ADD CONSTRAINT events_feeditem_pkey PRIMARY KEY (id);


--
-- Name: events_feeditem events_feeditem_sequence; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_feeditem
    ADD CONSTRAINT events_feeditem_sequence UNIQUE (user_id, sequence);


--
-- Name: events_listener events_listener_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_listener
    ADD CONSTRAINT events_listener_pkey PRIMARY KEY (name);


--
-- Name: events_pending events_pending_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_pending
    ADD CONSTRAINT events_pending_pkey PRIMARY KEY (event_id);


--
-- Name: events_poisoned events_poisoned_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_poisoned
    ADD CONSTRAINT events_poisoned_once UNIQUE (listener_id, event_id);


--
-- Name: events_poisoned events_poisoned_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_poisoned
    ADD CONSTRAINT events_poisoned_pkey PRIMARY KEY (id);


--
-- Name: ledger_account ledger_account_code_asset; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_account
    ADD CONSTRAINT ledger_account_code_asset UNIQUE (code, asset_id);


--
-- Name: ledger_account ledger_account_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_account
    ADD CONSTRAINT ledger_account_pkey PRIMARY KEY (id);


--
-- Name: ledger_entry ledger_entry_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_entry
    ADD CONSTRAINT ledger_entry_pkey PRIMARY KEY (id);


--
-- Name: ledger_entry ledger_entry_position; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_entry
    ADD CONSTRAINT ledger_entry_position UNIQUE (posting_id, "position");


--
-- Name: ledger_hold ledger_hold_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_hold
    ADD CONSTRAINT ledger_hold_key UNIQUE (key);


--
-- Name: ledger_hold ledger_hold_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_hold
    ADD CONSTRAINT ledger_hold_pkey PRIMARY KEY (id);


--
-- Name: ledger_mark ledger_mark_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_mark
    ADD CONSTRAINT ledger_mark_key UNIQUE (key);


--
-- Name: ledger_mark ledger_mark_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_mark
    ADD CONSTRAINT ledger_mark_pkey PRIMARY KEY (id);


--
-- Name: ledger_posting ledger_posting_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_posting
    ADD CONSTRAINT ledger_posting_key UNIQUE (key);


--
-- Name: ledger_posting ledger_posting_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_posting
    ADD CONSTRAINT ledger_posting_pkey PRIMARY KEY (id);


--
-- Name: notifications_attempt notifications_attempt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_attempt
    ADD CONSTRAINT notifications_attempt_pkey PRIMARY KEY (id);


--
-- Name: notifications_cursor notifications_cursor_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_cursor
    ADD CONSTRAINT notifications_cursor_pkey PRIMARY KEY (consumer);


--
-- Name: notifications_delivery notifications_delivery_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_delivery
    ADD CONSTRAINT notifications_delivery_pkey PRIMARY KEY (id);


--
-- Name: notifications_endpoint notifications_endpoint_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_endpoint
    ADD CONSTRAINT notifications_endpoint_pkey PRIMARY KEY (id);


--
-- Name: notifications_notification notifications_notification_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_notification
    ADD CONSTRAINT notifications_notification_once UNIQUE (event_id, user_id);


--
-- Name: notifications_notification notifications_notification_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_notification
    ADD CONSTRAINT notifications_notification_pkey PRIMARY KEY (id);


--
-- Name: notifications_phone notifications_phone_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_phone
    ADD CONSTRAINT notifications_phone_pkey PRIMARY KEY (id);


--
-- Name: notifications_poisoned notifications_poisoned_event_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_poisoned
    ADD CONSTRAINT notifications_poisoned_event_id_key UNIQUE (event_id);


--
-- Name: notifications_poisoned notifications_poisoned_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_poisoned
    ADD CONSTRAINT notifications_poisoned_pkey PRIMARY KEY (id);


--
-- Name: notifications_preference notifications_preference_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_preference
    ADD CONSTRAINT notifications_preference_once UNIQUE (user_id, kind, channel);


--
-- Name: notifications_preference notifications_preference_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_preference
    ADD CONSTRAINT notifications_preference_pkey PRIMARY KEY (id);


--
-- Name: notifications_pushsubscription notifications_pushsubscription_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_pushsubscription
    ADD CONSTRAINT notifications_pushsubscription_pkey PRIMARY KEY (id);


--
-- Name: otp_totp_totpdevice otp_totp_totpdevice_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.otp_totp_totpdevice
    ADD CONSTRAINT otp_totp_totpdevice_pkey PRIMARY KEY (id);


--
-- Name: providers_call providers_call_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.providers_call
    ADD CONSTRAINT providers_call_pkey PRIMARY KEY (id);


--
-- Name: providers_health providers_health_one_per_operation; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.providers_health
    ADD CONSTRAINT providers_health_one_per_operation UNIQUE (provider_id, operation);


--
-- Name: providers_health providers_health_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.providers_health
    ADD CONSTRAINT providers_health_pkey PRIMARY KEY (id);


--
-- Name: providers_provider providers_provider_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.providers_provider
    ADD CONSTRAINT providers_provider_pkey PRIMARY KEY (code);


--
-- Name: providers_webhook providers_webhook_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.providers_webhook
    ADD CONSTRAINT providers_webhook_once UNIQUE (provider_id, event_id);


--
-- Name: providers_webhook providers_webhook_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.providers_webhook
    ADD CONSTRAINT providers_webhook_pkey PRIMARY KEY (id);


--
-- Name: reconciliation_case reconciliation_case_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_case
    ADD CONSTRAINT reconciliation_case_pkey PRIMARY KEY (id);


--
-- Name: reconciliation_correction reconciliation_correction_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_correction
    ADD CONSTRAINT reconciliation_correction_pkey PRIMARY KEY (id);


--
-- Name: reconciliation_holding reconciliation_holding_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_holding
    ADD CONSTRAINT reconciliation_holding_once UNIQUE (network, asset, address);


--
-- Name: reconciliation_holding reconciliation_holding_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_holding
    ADD CONSTRAINT reconciliation_holding_pkey PRIMARY KEY (id);


--
-- Name: reconciliation_note reconciliation_note_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_note
    ADD CONSTRAINT reconciliation_note_pkey PRIMARY KEY (id);


--
-- Name: reconciliation_run reconciliation_run_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_run
    ADD CONSTRAINT reconciliation_run_pkey PRIMARY KEY (id);


--
-- Name: reconciliation_threshold reconciliation_threshold_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_threshold
    ADD CONSTRAINT reconciliation_threshold_pkey PRIMARY KEY (asset);


--
-- Name: solvency_leaf solvency_leaf_one_per_person; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_leaf
    ADD CONSTRAINT solvency_leaf_one_per_person UNIQUE (tree_id, person);


--
-- Name: solvency_leaf solvency_leaf_one_per_place; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_leaf
    ADD CONSTRAINT solvency_leaf_one_per_place UNIQUE (tree_id, place);


--
-- Name: solvency_leaf solvency_leaf_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_leaf
    ADD CONSTRAINT solvency_leaf_pkey PRIMARY KEY (id);


--
-- Name: solvency_page solvency_page_one_per_snapshot; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_page
    ADD CONSTRAINT solvency_page_one_per_snapshot UNIQUE (tree_id, level, number, snapshot_id);


--
-- Name: solvency_page solvency_page_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_page
    ADD CONSTRAINT solvency_page_pkey PRIMARY KEY (id);


--
-- Name: solvency_reading solvency_reading_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_reading
    ADD CONSTRAINT solvency_reading_pkey PRIMARY KEY (id);


--
-- Name: solvency_root solvency_root_one_per_asset; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_root
    ADD CONSTRAINT solvency_root_one_per_asset UNIQUE (snapshot_id, asset_id);


--
-- Name: solvency_root solvency_root_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_root
    ADD CONSTRAINT solvency_root_pkey PRIMARY KEY (id);


--
-- Name: solvency_snapshot solvency_snapshot_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_snapshot
    ADD CONSTRAINT solvency_snapshot_pkey PRIMARY KEY (number);


--
-- Name: solvency_tree solvency_tree_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_tree
    ADD CONSTRAINT solvency_tree_pkey PRIMARY KEY (id);


--
-- Name: transactions_attempt transactions_attempt_in_batch; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_attempt
    ADD CONSTRAINT transactions_attempt_in_batch UNIQUE (batch_id, transaction_id);


--
-- Name: transactions_attempt transactions_attempt_number; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_attempt
    ADD CONSTRAINT transactions_attempt_number UNIQUE (transaction_id, number);


--
-- Name: transactions_attempt transactions_attempt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_attempt
    ADD CONSTRAINT transactions_attempt_pkey PRIMARY KEY (id);


--
-- Name: transactions_batch transactions_batch_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_batch
    ADD CONSTRAINT transactions_batch_pkey PRIMARY KEY (id);


--
-- Name: transactions_batch transactions_batch_txid; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_batch
    ADD CONSTRAINT transactions_batch_txid UNIQUE (network_id, txid);


--
-- Name: transactions_coin transactions_coin_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_coin
    ADD CONSTRAINT transactions_coin_pkey PRIMARY KEY (id);


--
-- Name: transactions_coin transactions_coin_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_coin
    ADD CONSTRAINT transactions_coin_unique UNIQUE (network_id, txid, vout);


--
-- Name: transactions_deposit transactions_deposit_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_deposit
    ADD CONSTRAINT transactions_deposit_pkey PRIMARY KEY (id);


--
-- Name: transactions_deposit transactions_deposit_transaction_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_deposit
    ADD CONSTRAINT transactions_deposit_transaction_id_key UNIQUE (transaction_id);


--
-- Name: transactions_deposit transactions_deposit_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_deposit
    ADD CONSTRAINT transactions_deposit_unique UNIQUE (network_id, txid, index);


--
-- Name: transactions_export transactions_export_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_export
    ADD CONSTRAINT transactions_export_pkey PRIMARY KEY (id);


--
-- Name: transactions_idempotencyrecord transactions_idempotency_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_idempotencyrecord
    ADD CONSTRAINT transactions_idempotency_unique UNIQUE (user_id, key);


--
-- Name: transactions_idempotencyrecord transactions_idempotencyrecord_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_idempotencyrecord
    ADD CONSTRAINT transactions_idempotencyrecord_pkey PRIMARY KEY (id);


--
-- Name: transactions_intervention transactions_intervention_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_intervention
    ADD CONSTRAINT transactions_intervention_pkey PRIMARY KEY (id);


--
-- Name: transactions_noncelane transactions_noncelane_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_noncelane
    ADD CONSTRAINT transactions_noncelane_pkey PRIMARY KEY (id);


--
-- Name: transactions_noncelane transactions_noncelane_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_noncelane
    ADD CONSTRAINT transactions_noncelane_unique UNIQUE (network_id, sender);


--
-- Name: transactions_noteword transactions_noteword_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_noteword
    ADD CONSTRAINT transactions_noteword_pkey PRIMARY KEY (user_id, word, created_at, transaction_id);


--
-- Name: transactions_providerinteraction transactions_providerinteraction_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_providerinteraction
    ADD CONSTRAINT transactions_providerinteraction_pkey PRIMARY KEY (id);


--
-- Name: transactions_recoveryattempt transactions_recoveryattempt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_recoveryattempt
    ADD CONSTRAINT transactions_recoveryattempt_pkey PRIMARY KEY (id);


--
-- Name: transactions_refill transactions_refill_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_refill
    ADD CONSTRAINT transactions_refill_pkey PRIMARY KEY (id);


--
-- Name: transactions_refill transactions_refill_transaction_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_refill
    ADD CONSTRAINT transactions_refill_transaction_id_key UNIQUE (transaction_id);


--
-- Name: transactions_replacement transactions_replacement_attempt_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_replacement
    ADD CONSTRAINT transactions_replacement_attempt_id_key UNIQUE (attempt_id);


--
-- Name: transactions_replacement transactions_replacement_key_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_replacement
    ADD CONSTRAINT transactions_replacement_key_key UNIQUE (key);


--
-- Name: transactions_replacement transactions_replacement_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_replacement
    ADD CONSTRAINT transactions_replacement_pkey PRIMARY KEY (id);


--
-- Name: transactions_rescan transactions_rescan_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_rescan
    ADD CONSTRAINT transactions_rescan_pkey PRIMARY KEY (id);


--
-- Name: transactions_sendhalt transactions_sendhalt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_sendhalt
    ADD CONSTRAINT transactions_sendhalt_pkey PRIMARY KEY (id);


--
-- Name: transactions_step transactions_step_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_step
    ADD CONSTRAINT transactions_step_pkey PRIMARY KEY (id);


--
-- Name: transactions_step transactions_step_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_step
    ADD CONSTRAINT transactions_step_unique UNIQUE (transaction_id, name);


--
-- Name: transactions_transaction transactions_transaction_key_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_transaction
    ADD CONSTRAINT transactions_transaction_key_key UNIQUE (key);


--
-- Name: transactions_transaction transactions_transaction_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_transaction
    ADD CONSTRAINT transactions_transaction_pkey PRIMARY KEY (id);


--
-- Name: transactions_useraction transactions_useraction_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_useraction
    ADD CONSTRAINT transactions_useraction_pkey PRIMARY KEY (id);


--
-- Name: wallets_address wallets_address_key_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_address
    ADD CONSTRAINT wallets_address_key_id_key UNIQUE (key_id);


--
-- Name: wallets_address wallets_address_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_address
    ADD CONSTRAINT wallets_address_pkey PRIMARY KEY (id);


--
-- Name: wallets_address wallets_address_tag_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_address
    ADD CONSTRAINT wallets_address_tag_unique UNIQUE (network_id, tag);


--
-- Name: wallets_address wallets_address_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_address
    ADD CONSTRAINT wallets_address_unique UNIQUE (network_id, address);


--
-- Name: wallets_payee wallets_payee_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_payee
    ADD CONSTRAINT wallets_payee_pkey PRIMARY KEY (id);


--
-- Name: wallets_payee wallets_payee_unique; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_payee
    ADD CONSTRAINT wallets_payee_unique UNIQUE (user_id, network_id, address);


--
-- Name: wallets_reservation wallets_reservation_key_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_reservation
    ADD CONSTRAINT wallets_reservation_key_key UNIQUE (key);


--
-- Name: wallets_reservation wallets_reservation_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_reservation
    ADD CONSTRAINT wallets_reservation_pkey PRIMARY KEY (id);


--
-- Name: wallets_reservationpart wallets_reservationpart_once; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_reservationpart
    ADD CONSTRAINT wallets_reservationpart_once UNIQUE (reservation_id, name);


--
-- Name: wallets_reservationpart wallets_reservationpart_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_reservationpart
    ADD CONSTRAINT wallets_reservationpart_pkey PRIMARY KEY (id);


--
-- Name: wallets_wallet wallets_wallet_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_wallet
    ADD CONSTRAINT wallets_wallet_pkey PRIMARY KEY (id);


--
-- Name: accounts_attempts_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_attempts_age ON public.accounts_attempts USING btree (last_failed_at);


--
-- Name: accounts_attempts_key_0ae269bd_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_attempts_key_0ae269bd_like ON public.accounts_attempts USING btree (key varchar_pattern_ops);


--
-- Name: accounts_link_id_63e0d393_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_link_id_63e0d393_like ON public.accounts_link USING btree (id varchar_pattern_ops);


--
-- Name: accounts_link_unsent; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_link_unsent ON public.accounts_link USING btree (created_at) WHERE (sent_at IS NULL);


--
-- Name: accounts_link_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_link_user ON public.accounts_link USING btree (user_id, purpose);


--
-- Name: accounts_link_user_id_2355f50a; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_link_user_id_2355f50a ON public.accounts_link USING btree (user_id);


--
-- Name: accounts_link_user_id_2355f50a_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_link_user_id_2355f50a_like ON public.accounts_link USING btree (user_id varchar_pattern_ops);


--
-- Name: accounts_recoverycode_user_id_994761d3; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_recoverycode_user_id_994761d3 ON public.accounts_recoverycode USING btree (user_id);


--
-- Name: accounts_recoverycode_user_id_994761d3_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_recoverycode_user_id_994761d3_like ON public.accounts_recoverycode USING btree (user_id varchar_pattern_ops);


--
-- Name: accounts_session_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_session_expiry ON public.accounts_session USING btree (expires_at);


--
-- Name: accounts_session_id_fa84d61e_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_session_id_fa84d61e_like ON public.accounts_session USING btree (id varchar_pattern_ops);


--
-- Name: accounts_session_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_session_user ON public.accounts_session USING btree (user_id, created_at DESC);


--
-- Name: accounts_session_user_id_d5aaed01; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_session_user_id_d5aaed01 ON public.accounts_session USING btree (user_id);


--
-- Name: accounts_session_user_id_d5aaed01_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_session_user_id_d5aaed01_like ON public.accounts_session USING btree (user_id varchar_pattern_ops);


--
-- Name: accounts_ticket_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_ticket_expiry ON public.accounts_ticket USING btree (expires_at);


--
-- Name: accounts_ticket_session_id_08c04698; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_ticket_session_id_08c04698 ON public.accounts_ticket USING btree (session_id);


--
-- Name: accounts_ticket_session_id_08c04698_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_ticket_session_id_08c04698_like ON public.accounts_ticket USING btree (session_id varchar_pattern_ops);


--
-- Name: accounts_ticket_ticket_hash_e4dbaa9d_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_ticket_ticket_hash_e4dbaa9d_like ON public.accounts_ticket USING btree (ticket_hash varchar_pattern_ops);


--
-- Name: accounts_user_email_b2644a56_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_email_b2644a56_like ON public.accounts_user USING btree (email varchar_pattern_ops);


--
-- Name: accounts_user_groups_group_id_bd11a704; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_groups_group_id_bd11a704 ON public.accounts_user_groups USING btree (group_id);


--
-- Name: accounts_user_groups_user_id_52b62117; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_groups_user_id_52b62117 ON public.accounts_user_groups USING btree (user_id);


--
-- Name: accounts_user_groups_user_id_52b62117_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_groups_user_id_52b62117_like ON public.accounts_user_groups USING btree (user_id varchar_pattern_ops);


--
-- Name: accounts_user_id_de90ab15_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_id_de90ab15_like ON public.accounts_user USING btree (id varchar_pattern_ops);


--
-- Name: accounts_user_user_permissions_permission_id_113bb443; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_user_permissions_permission_id_113bb443 ON public.accounts_user_user_permissions USING btree (permission_id);


--
-- Name: accounts_user_user_permissions_user_id_e4f0a161; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_user_permissions_user_id_e4f0a161 ON public.accounts_user_user_permissions USING btree (user_id);


--
-- Name: accounts_user_user_permissions_user_id_e4f0a161_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX accounts_user_user_permissions_user_id_e4f0a161_like ON public.accounts_user_user_permissions USING btree (user_id varchar_pattern_ops);


--
-- Name: assets_asset_code_135ade07_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX assets_asset_code_135ade07_like ON public.assets_asset USING btree (code varchar_pattern_ops);


--
-- Name: assets_asset_network_id_3d13a3f0; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX assets_asset_network_id_3d13a3f0 ON public.assets_asset USING btree (network_id);


--
-- Name: assets_asset_network_id_3d13a3f0_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX assets_asset_network_id_3d13a3f0_like ON public.assets_asset USING btree (network_id varchar_pattern_ops);


--
-- Name: assets_network_code_91a11d66_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX assets_network_code_91a11d66_like ON public.assets_network USING btree (code varchar_pattern_ops);


--
-- Name: auth_group_name_a6ea08ec_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);


--
-- Name: auth_group_permissions_group_id_b120cbf9; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);


--
-- Name: auth_group_permissions_permission_id_84c5c92e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);


--
-- Name: auth_permission_content_type_id_2f476e4b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);


--
-- Name: chains_cursor_network_f8fe50c6_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX chains_cursor_network_f8fe50c6_like ON public.chains_cursor USING btree (network varchar_pattern_ops);


--
-- Name: chains_foundsend_one_for_each; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX chains_foundsend_one_for_each ON public.chains_foundsend USING btree (subject) WHERE (NOT ((subject)::text = ''::text));


--
-- Name: custody_branch_vault_id_fdea3c83; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_branch_vault_id_fdea3c83 ON public.custody_branch USING btree (vault_id);


--
-- Name: custody_branch_vault_id_fdea3c83_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_branch_vault_id_fdea3c83_like ON public.custody_branch USING btree (vault_id varchar_pattern_ops);


--
-- Name: custody_guard_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_guard_subject ON public.custody_signatureguard USING btree (subject);


--
-- Name: custody_key_branch_id_f1eb90f2; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_key_branch_id_f1eb90f2 ON public.custody_key USING btree (branch_id);


--
-- Name: custody_key_id_aede3b1e_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_key_id_aede3b1e_like ON public.custody_key USING btree (id varchar_pattern_ops);


--
-- Name: custody_key_in_pool; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_key_in_pool ON public.custody_key USING btree (branch_id, index) WHERE (taken_at IS NULL);


--
-- Name: custody_key_kek_version_e0de27a5; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_key_kek_version_e0de27a5 ON public.custody_key USING btree (kek_version);


--
-- Name: custody_key_network_id_54a8726e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_key_network_id_54a8726e ON public.custody_key USING btree (network_id);


--
-- Name: custody_key_network_id_54a8726e_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_key_network_id_54a8726e_like ON public.custody_key USING btree (network_id varchar_pattern_ops);


--
-- Name: custody_key_one_hot_per_network; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX custody_key_one_hot_per_network ON public.custody_key USING btree (network_id) WHERE ((purpose)::text = 'hot'::text);


--
-- Name: custody_key_treasury_made; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_key_treasury_made ON public.custody_key USING btree (network_id, made_by) WHERE ((purpose)::text = ANY ((ARRAY['hot'::character varying, 'change'::character varying])::text[]));


--
-- Name: custody_key_unsealed; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_key_unsealed ON public.custody_key USING btree (id) WHERE (sealed_key IS NULL);


--
-- Name: custody_signatureguard_key_id_a7c9e8cc; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_signatureguard_key_id_a7c9e8cc ON public.custody_signatureguard USING btree (key_id);


--
-- Name: custody_signatureguard_key_id_a7c9e8cc_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_signatureguard_key_id_a7c9e8cc_like ON public.custody_signatureguard USING btree (key_id varchar_pattern_ops);


--
-- Name: custody_together_paid_with_e6f8e5e2; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_together_paid_with_e6f8e5e2 ON public.custody_together USING btree (paid_with);


--
-- Name: custody_together_paid_with_e6f8e5e2_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_together_paid_with_e6f8e5e2_like ON public.custody_together USING btree (paid_with varchar_pattern_ops);


--
-- Name: custody_together_subject_111868ce_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_together_subject_111868ce_like ON public.custody_together USING btree (subject varchar_pattern_ops);


--
-- Name: custody_vault_id_1e84c8cd_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_vault_id_1e84c8cd_like ON public.custody_vault USING btree (id varchar_pattern_ops);


--
-- Name: custody_vault_kek_version_15d1e117; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_vault_kek_version_15d1e117 ON public.custody_vault USING btree (kek_version);


--
-- Name: custody_vault_network_id_d99eddf0_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX custody_vault_network_id_d99eddf0_like ON public.custody_vault USING btree (network_id varchar_pattern_ops);


--
-- Name: django_admin_log_content_type_id_c4bce8eb; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);


--
-- Name: django_admin_log_user_id_c564eba6; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);


--
-- Name: django_admin_log_user_id_c564eba6_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_admin_log_user_id_c564eba6_like ON public.django_admin_log USING btree (user_id varchar_pattern_ops);


--
-- Name: django_session_expire_date_a5c62663; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);


--
-- Name: django_session_session_key_c0390e0f_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);


--
-- Name: events_carried_context_99ededd9_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_carried_context_99ededd9_like ON public.events_carried USING btree (context varchar_pattern_ops);


--
-- Name: events_event_stream; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_event_stream ON public.events_event USING btree (xid, id);


--
-- Name: events_event_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_event_subject ON public.events_event USING btree (subject, id);


--
-- Name: events_event_type; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_event_type ON public.events_event USING btree (type, id);


--
-- Name: events_event_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_event_user ON public.events_event USING btree (user_id, id);


--
-- Name: events_feedhead_user_id_d1f0ed9d_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_feedhead_user_id_d1f0ed9d_like ON public.events_feedhead USING btree (user_id varchar_pattern_ops);


--
-- Name: events_listener_name_d099f840_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_listener_name_d099f840_like ON public.events_listener USING btree (name varchar_pattern_ops);


--
-- Name: events_poisoned_event_id_58c002ac; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_poisoned_event_id_58c002ac ON public.events_poisoned USING btree (event_id);


--
-- Name: events_poisoned_listener_id_4ef1a613; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_poisoned_listener_id_4ef1a613 ON public.events_poisoned USING btree (listener_id);


--
-- Name: events_poisoned_listener_id_4ef1a613_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_poisoned_listener_id_4ef1a613_like ON public.events_poisoned USING btree (listener_id varchar_pattern_ops);


--
-- Name: events_poisoned_open; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX events_poisoned_open ON public.events_poisoned USING btree (id) WHERE (solved_at IS NULL);


--
-- Name: ledger_entry_version; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ledger_entry_version ON public.ledger_entry USING btree (account_id, version) INCLUDE (posted_at);


--
-- Name: ledger_hold_expiring; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ledger_hold_expiring ON public.ledger_hold USING btree (expires_at) WHERE (remaining > (0)::numeric);


--
-- Name: ledger_hold_held_id_18a5760f; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ledger_hold_held_id_18a5760f ON public.ledger_hold USING btree (held_id);


--
-- Name: ledger_mark_account_id_110beb3e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ledger_mark_account_id_110beb3e ON public.ledger_mark USING btree (account_id);


--
-- Name: ledger_posting_hold; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ledger_posting_hold ON public.ledger_posting USING btree (hold_id, id) WHERE (hold_id IS NOT NULL);


--
-- Name: ledger_posting_one_reversal; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX ledger_posting_one_reversal ON public.ledger_posting USING btree (reverses_id) WHERE (reverses_id IS NOT NULL);


--
-- Name: notifications_attempt_delivery_id_18dba30b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_attempt_delivery_id_18dba30b ON public.notifications_attempt USING btree (delivery_id);


--
-- Name: notifications_attempt_delivery_id_18dba30b_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_attempt_delivery_id_18dba30b_like ON public.notifications_attempt USING btree (delivery_id varchar_pattern_ops);


--
-- Name: notifications_cursor_consumer_2ca2c509_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_cursor_consumer_2ca2c509_like ON public.notifications_cursor USING btree (consumer varchar_pattern_ops);


--
-- Name: notifications_delivery_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_due ON public.notifications_delivery USING btree (next_try_at) WHERE (next_try_at IS NOT NULL);


--
-- Name: notifications_delivery_endpoint_id_846da2ab; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_endpoint_id_846da2ab ON public.notifications_delivery USING btree (endpoint_id);


--
-- Name: notifications_delivery_endpoint_id_846da2ab_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_endpoint_id_846da2ab_like ON public.notifications_delivery USING btree (endpoint_id varchar_pattern_ops);


--
-- Name: notifications_delivery_id_e2157789_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_id_e2157789_like ON public.notifications_delivery USING btree (id varchar_pattern_ops);


--
-- Name: notifications_delivery_notification_id_ea8dc048; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_notification_id_ea8dc048 ON public.notifications_delivery USING btree (notification_id);


--
-- Name: notifications_delivery_notification_id_ea8dc048_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_notification_id_ea8dc048_like ON public.notifications_delivery USING btree (notification_id varchar_pattern_ops);


--
-- Name: notifications_delivery_of; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_of ON public.notifications_delivery USING btree (endpoint_id, id DESC);


--
-- Name: notifications_delivery_once; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX notifications_delivery_once ON public.notifications_delivery USING btree (notification_id, channel) WHERE ((endpoint_id IS NULL) AND (subscription_id IS NULL));


--
-- Name: notifications_delivery_once_each; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX notifications_delivery_once_each ON public.notifications_delivery USING btree (notification_id, endpoint_id) WHERE (endpoint_id IS NOT NULL);


--
-- Name: notifications_delivery_once_pushed; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX notifications_delivery_once_pushed ON public.notifications_delivery USING btree (notification_id, subscription_id) WHERE (subscription_id IS NOT NULL);


--
-- Name: notifications_delivery_recent; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_recent ON public.notifications_delivery USING btree (user_id, kind, channel, created_at);


--
-- Name: notifications_delivery_ref; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_ref ON public.notifications_delivery USING btree (reference) WHERE (NOT ((reference)::text = ''::text));


--
-- Name: notifications_delivery_report; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_report ON public.notifications_delivery USING btree (report_at) WHERE (report_at IS NOT NULL);


--
-- Name: notifications_delivery_subscription_id_21311d1e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_subscription_id_21311d1e ON public.notifications_delivery USING btree (subscription_id);


--
-- Name: notifications_delivery_subscription_id_21311d1e_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_subscription_id_21311d1e_like ON public.notifications_delivery USING btree (subscription_id varchar_pattern_ops);


--
-- Name: notifications_delivery_user_id_70f8752d; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_user_id_70f8752d ON public.notifications_delivery USING btree (user_id);


--
-- Name: notifications_delivery_user_id_70f8752d_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_delivery_user_id_70f8752d_like ON public.notifications_delivery USING btree (user_id varchar_pattern_ops);


--
-- Name: notifications_endpoint_id_d6e5c688_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_endpoint_id_d6e5c688_like ON public.notifications_endpoint USING btree (id varchar_pattern_ops);


--
-- Name: notifications_endpoint_once; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX notifications_endpoint_once ON public.notifications_endpoint USING btree (user_id, url) WHERE (removed_at IS NULL);


--
-- Name: notifications_endpoint_user_id_e5ae0cfc; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_endpoint_user_id_e5ae0cfc ON public.notifications_endpoint USING btree (user_id);


--
-- Name: notifications_endpoint_user_id_e5ae0cfc_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_endpoint_user_id_e5ae0cfc_like ON public.notifications_endpoint USING btree (user_id varchar_pattern_ops);


--
-- Name: notifications_inbox; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_inbox ON public.notifications_notification USING btree (user_id, id DESC) WHERE is_in_inbox;


--
-- Name: notifications_notification_id_4d79be7f_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_notification_id_4d79be7f_like ON public.notifications_notification USING btree (id varchar_pattern_ops);


--
-- Name: notifications_notification_user_id_b5e8c0ff; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_notification_user_id_b5e8c0ff ON public.notifications_notification USING btree (user_id);


--
-- Name: notifications_notification_user_id_b5e8c0ff_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_notification_user_id_b5e8c0ff_like ON public.notifications_notification USING btree (user_id varchar_pattern_ops);


--
-- Name: notifications_phone_codes; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_phone_codes ON public.notifications_phone USING btree (user_id, created_at);


--
-- Name: notifications_phone_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_phone_due ON public.notifications_phone USING btree (send_at) WHERE (send_at IS NOT NULL);


--
-- Name: notifications_phone_id_eecf666d_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_phone_id_eecf666d_like ON public.notifications_phone USING btree (id varchar_pattern_ops);


--
-- Name: notifications_phone_number_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_phone_number_at ON public.notifications_phone USING btree (number, created_at);


--
-- Name: notifications_phone_one_pending; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX notifications_phone_one_pending ON public.notifications_phone USING btree (user_id) WHERE ((removed_at IS NULL) AND (verified_at IS NULL));


--
-- Name: notifications_phone_one_verified; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX notifications_phone_one_verified ON public.notifications_phone USING btree (user_id) WHERE ((removed_at IS NULL) AND (verified_at IS NOT NULL));


--
-- Name: notifications_phone_user_id_6bacf11b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_phone_user_id_6bacf11b ON public.notifications_phone USING btree (user_id);


--
-- Name: notifications_phone_user_id_6bacf11b_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_phone_user_id_6bacf11b_like ON public.notifications_phone USING btree (user_id varchar_pattern_ops);


--
-- Name: notifications_poisoned_open; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_poisoned_open ON public.notifications_poisoned USING btree (id) WHERE (solved_at IS NULL);


--
-- Name: notifications_preference_user_id_c839c2d6; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_preference_user_id_c839c2d6 ON public.notifications_preference USING btree (user_id);


--
-- Name: notifications_preference_user_id_c839c2d6_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_preference_user_id_c839c2d6_like ON public.notifications_preference USING btree (user_id varchar_pattern_ops);


--
-- Name: notifications_push_of; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_push_of ON public.notifications_pushsubscription USING btree (user_id) WHERE (removed_at IS NULL);


--
-- Name: notifications_push_subscription_once; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX notifications_push_subscription_once ON public.notifications_pushsubscription USING btree (url) WHERE (removed_at IS NULL);


--
-- Name: notifications_pushsubscription_id_db1f1df5_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_pushsubscription_id_db1f1df5_like ON public.notifications_pushsubscription USING btree (id varchar_pattern_ops);


--
-- Name: notifications_pushsubscription_user_id_ffe8030a; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_pushsubscription_user_id_ffe8030a ON public.notifications_pushsubscription USING btree (user_id);


--
-- Name: notifications_pushsubscription_user_id_ffe8030a_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_pushsubscription_user_id_ffe8030a_like ON public.notifications_pushsubscription USING btree (user_id varchar_pattern_ops);


--
-- Name: notifications_unread; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notifications_unread ON public.notifications_notification USING btree (user_id) WHERE (is_in_inbox AND (read_at IS NULL));


--
-- Name: otp_totp_totpdevice_user_id_0fb18292; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX otp_totp_totpdevice_user_id_0fb18292 ON public.otp_totp_totpdevice USING btree (user_id);


--
-- Name: otp_totp_totpdevice_user_id_0fb18292_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX otp_totp_totpdevice_user_id_0fb18292_like ON public.otp_totp_totpdevice USING btree (user_id varchar_pattern_ops);


--
-- Name: providers_call_asked_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_call_asked_at ON public.providers_call USING btree (asked_at);


--
-- Name: providers_call_operation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_call_operation ON public.providers_call USING btree (operation_id);


--
-- Name: providers_call_provider; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_call_provider ON public.providers_call USING btree (provider_id, id);


--
-- Name: providers_call_provider_id_1320b1f0; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_call_provider_id_1320b1f0 ON public.providers_call USING btree (provider_id);


--
-- Name: providers_call_provider_id_1320b1f0_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_call_provider_id_1320b1f0_like ON public.providers_call USING btree (provider_id varchar_pattern_ops);


--
-- Name: providers_call_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_call_subject ON public.providers_call USING btree (subject);


--
-- Name: providers_health_provider_id_733176f5; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_health_provider_id_733176f5 ON public.providers_health USING btree (provider_id);


--
-- Name: providers_health_provider_id_733176f5_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_health_provider_id_733176f5_like ON public.providers_health USING btree (provider_id varchar_pattern_ops);


--
-- Name: providers_one_pinned_per_kind; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX providers_one_pinned_per_kind ON public.providers_provider USING btree (kind) WHERE is_pinned;


--
-- Name: providers_provider_code_420e4ef9_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_provider_code_420e4ef9_like ON public.providers_provider USING btree (code varchar_pattern_ops);


--
-- Name: providers_webhook_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_webhook_due ON public.providers_webhook USING btree (next_try_at) WHERE (next_try_at IS NOT NULL);


--
-- Name: providers_webhook_operation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_webhook_operation ON public.providers_webhook USING btree (operation_id);


--
-- Name: providers_webhook_provider_id_181f5fce; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_webhook_provider_id_181f5fce ON public.providers_webhook USING btree (provider_id);


--
-- Name: providers_webhook_provider_id_181f5fce_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_webhook_provider_id_181f5fce_like ON public.providers_webhook USING btree (provider_id varchar_pattern_ops);


--
-- Name: providers_webhook_received; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX providers_webhook_received ON public.providers_webhook USING btree (received_at);


--
-- Name: reconciliation_case_first_run_id_f9124ac0; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_case_first_run_id_f9124ac0 ON public.reconciliation_case USING btree (first_run_id);


--
-- Name: reconciliation_case_id_67a48d1c_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_case_id_67a48d1c_like ON public.reconciliation_case USING btree (id varchar_pattern_ops);


--
-- Name: reconciliation_case_last_run_id_f12005bd; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_case_last_run_id_f12005bd ON public.reconciliation_case USING btree (last_run_id);


--
-- Name: reconciliation_case_of; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_case_of ON public.reconciliation_case USING btree (kind, network, asset, id DESC);


--
-- Name: reconciliation_case_open; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_case_open ON public.reconciliation_case USING btree (status) WHERE ((status)::text = 'open'::text);


--
-- Name: reconciliation_correction_case_id_28a1b1ac; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_correction_case_id_28a1b1ac ON public.reconciliation_correction USING btree (case_id);


--
-- Name: reconciliation_correction_case_id_28a1b1ac_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_correction_case_id_28a1b1ac_like ON public.reconciliation_correction USING btree (case_id varchar_pattern_ops);


--
-- Name: reconciliation_correction_id_33030fb0_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_correction_id_33030fb0_like ON public.reconciliation_correction USING btree (id varchar_pattern_ops);


--
-- Name: reconciliation_note_case_id_61c25bcb; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_note_case_id_61c25bcb ON public.reconciliation_note USING btree (case_id);


--
-- Name: reconciliation_note_case_id_61c25bcb_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_note_case_id_61c25bcb_like ON public.reconciliation_note USING btree (case_id varchar_pattern_ops);


--
-- Name: reconciliation_one_case_each; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX reconciliation_one_case_each ON public.reconciliation_case USING btree (key) WHERE ((status)::text = ANY ((ARRAY['open'::character varying, 'explained'::character varying])::text[]));


--
-- Name: reconciliation_one_wanted_correction; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX reconciliation_one_wanted_correction ON public.reconciliation_correction USING btree (case_id) WHERE ((status)::text = 'wanted'::text);


--
-- Name: reconciliation_run_latest; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_run_latest ON public.reconciliation_run USING btree (subject, network, id DESC);


--
-- Name: reconciliation_threshold_asset_480e7b9d_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX reconciliation_threshold_asset_480e7b9d_like ON public.reconciliation_threshold USING btree (asset varchar_pattern_ops);


--
-- Name: solvency_reading_asset_id_42cf5c90; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX solvency_reading_asset_id_42cf5c90 ON public.solvency_reading USING btree (asset_id);


--
-- Name: solvency_reading_asset_id_42cf5c90_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX solvency_reading_asset_id_42cf5c90_like ON public.solvency_reading USING btree (asset_id varchar_pattern_ops);


--
-- Name: solvency_readings_of_asset; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX solvency_readings_of_asset ON public.solvency_reading USING btree (asset_id, id DESC);


--
-- Name: solvency_root_asset_id_6da06cad; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX solvency_root_asset_id_6da06cad ON public.solvency_root USING btree (asset_id);


--
-- Name: solvency_root_asset_id_6da06cad_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX solvency_root_asset_id_6da06cad_like ON public.solvency_root USING btree (asset_id varchar_pattern_ops);


--
-- Name: solvency_root_tree_id_4841126e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX solvency_root_tree_id_4841126e ON public.solvency_root USING btree (tree_id);


--
-- Name: solvency_tree_asset_id_c98f4e1a; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX solvency_tree_asset_id_c98f4e1a ON public.solvency_tree USING btree (asset_id);


--
-- Name: solvency_tree_asset_id_c98f4e1a_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX solvency_tree_asset_id_c98f4e1a_like ON public.solvency_tree USING btree (asset_id varchar_pattern_ops);


--
-- Name: solvency_tree_one_current; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX solvency_tree_one_current ON public.solvency_tree USING btree (asset_id) WHERE is_current;


--
-- Name: transactions_actions; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_actions ON public.transactions_useraction USING btree (transaction_id, id);


--
-- Name: transactions_attempt_batch_id_18fde991; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_attempt_batch_id_18fde991 ON public.transactions_attempt USING btree (batch_id);


--
-- Name: transactions_attempt_by_txid; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_attempt_by_txid ON public.transactions_attempt USING btree (network_id, txid);


--
-- Name: transactions_attempt_live; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_attempt_live ON public.transactions_attempt USING btree (network_id, sender) WHERE ((status)::text = ANY ((ARRAY['signed'::character varying, 'landed'::character varying])::text[]));


--
-- Name: transactions_attempt_network_id_316f391d; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_attempt_network_id_316f391d ON public.transactions_attempt USING btree (network_id);


--
-- Name: transactions_attempt_network_id_316f391d_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_attempt_network_id_316f391d_like ON public.transactions_attempt USING btree (network_id varchar_pattern_ops);


--
-- Name: transactions_attempt_nonce; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX transactions_attempt_nonce ON public.transactions_attempt USING btree (network_id, sender, nonce) WHERE (replaces_id IS NULL);


--
-- Name: transactions_attempt_replaces_id_723be15f; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_attempt_replaces_id_723be15f ON public.transactions_attempt USING btree (replaces_id);


--
-- Name: transactions_attempt_tokens; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_attempt_tokens ON public.transactions_attempt USING gin (replay_tokens) WHERE (last_block IS NOT NULL);


--
-- Name: transactions_attempt_transaction_id_2992c21e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_attempt_transaction_id_2992c21e ON public.transactions_attempt USING btree (transaction_id);


--
-- Name: transactions_attempt_transaction_id_2992c21e_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_attempt_transaction_id_2992c21e_like ON public.transactions_attempt USING btree (transaction_id varchar_pattern_ops);


--
-- Name: transactions_attempt_txid; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX transactions_attempt_txid ON public.transactions_attempt USING btree (network_id, txid) WHERE (batch_id IS NULL);


--
-- Name: transactions_batch_network_id_8a3a589a; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_batch_network_id_8a3a589a ON public.transactions_batch USING btree (network_id);


--
-- Name: transactions_batch_network_id_8a3a589a_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_batch_network_id_8a3a589a_like ON public.transactions_batch USING btree (network_id varchar_pattern_ops);


--
-- Name: transactions_batch_subject_id_8deb0e6f; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_batch_subject_id_8deb0e6f ON public.transactions_batch USING btree (subject_id);


--
-- Name: transactions_batch_subject_id_8deb0e6f_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_batch_subject_id_8deb0e6f_like ON public.transactions_batch USING btree (subject_id varchar_pattern_ops);


--
-- Name: transactions_between_people; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_between_people ON public.transactions_transaction USING btree (user_id, recipient_user_id, created_at, id) WHERE (recipient_user_id IS NOT NULL);


--
-- Name: transactions_by_txid; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_by_txid ON public.transactions_transaction USING btree (txid) WHERE (NOT ((txid)::text = ''::text));


--
-- Name: transactions_coin_network_id_c49eecd2; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_coin_network_id_c49eecd2 ON public.transactions_coin USING btree (network_id);


--
-- Name: transactions_coin_network_id_c49eecd2_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_coin_network_id_c49eecd2_like ON public.transactions_coin USING btree (network_id varchar_pattern_ops);


--
-- Name: transactions_coin_reserved_by_id_8ab2908b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_coin_reserved_by_id_8ab2908b ON public.transactions_coin USING btree (reserved_by_id);


--
-- Name: transactions_coin_spendable; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_coin_spendable ON public.transactions_coin USING btree (network_id, height) WHERE ((reserved_by_id IS NULL) AND (spent_height IS NULL));


--
-- Name: transactions_companys; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_companys ON public.transactions_transaction USING btree (type, network_id) WHERE ((type)::text = ANY ((ARRAY['opening'::character varying, 'anchor'::character varying, 'overflow'::character varying, 'refill'::character varying, 'bump'::character varying])::text[]));


--
-- Name: transactions_deposit_arriving; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_arriving ON public.transactions_deposit USING btree (wallet_id) WHERE ((status)::text = ANY ((ARRAY['seen'::character varying, 'confirmed'::character varying])::text[]));


--
-- Name: transactions_deposit_asset_id_dabd191f; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_asset_id_dabd191f ON public.transactions_deposit USING btree (asset_id);


--
-- Name: transactions_deposit_asset_id_dabd191f_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_asset_id_dabd191f_like ON public.transactions_deposit USING btree (asset_id varchar_pattern_ops);


--
-- Name: transactions_deposit_id_912ccb64_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_id_912ccb64_like ON public.transactions_deposit USING btree (id varchar_pattern_ops);


--
-- Name: transactions_deposit_network_id_02b350e4; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_network_id_02b350e4 ON public.transactions_deposit USING btree (network_id);


--
-- Name: transactions_deposit_network_id_02b350e4_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_network_id_02b350e4_like ON public.transactions_deposit USING btree (network_id varchar_pattern_ops);


--
-- Name: transactions_deposit_open; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_open ON public.transactions_deposit USING btree (network_id, height) WHERE ((status)::text = ANY ((ARRAY['seen'::character varying, 'confirmed'::character varying])::text[]));


--
-- Name: transactions_deposit_sweep_id_c74b22e2; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_sweep_id_c74b22e2 ON public.transactions_deposit USING btree (sweep_id);


--
-- Name: transactions_deposit_sweep_id_c74b22e2_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_sweep_id_c74b22e2_like ON public.transactions_deposit USING btree (sweep_id varchar_pattern_ops);


--
-- Name: transactions_deposit_transaction_id_b871f800_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_transaction_id_b871f800_like ON public.transactions_deposit USING btree (transaction_id varchar_pattern_ops);


--
-- Name: transactions_deposit_unswept; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_unswept ON public.transactions_deposit USING btree (network_id, address) WHERE (sweep_id IS NULL);


--
-- Name: transactions_deposit_wallet_id_8752a8f1; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_wallet_id_8752a8f1 ON public.transactions_deposit USING btree (wallet_id);


--
-- Name: transactions_deposit_wallet_id_8752a8f1_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_deposit_wallet_id_8752a8f1_like ON public.transactions_deposit USING btree (wallet_id varchar_pattern_ops);


--
-- Name: transactions_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_due ON public.transactions_transaction USING btree (next_look_at) WHERE (next_look_at IS NOT NULL);


--
-- Name: transactions_export_id_0cbbdb01_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_export_id_0cbbdb01_like ON public.transactions_export USING btree (id varchar_pattern_ops);


--
-- Name: transactions_export_of_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_export_of_user ON public.transactions_export USING btree (user_id, id);


--
-- Name: transactions_export_open; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_export_open ON public.transactions_export USING btree (id) WHERE ((status)::text = ANY ((ARRAY['waiting'::character varying, 'writing'::character varying, 'ready'::character varying])::text[]));


--
-- Name: transactions_failed_given; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_failed_given ON public.transactions_transaction USING btree (recipient_user_id, created_at, id) WHERE (NOT ((failure_code)::text = ''::text));


--
-- Name: transactions_failed_sent; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_failed_sent ON public.transactions_transaction USING btree (user_id, created_at, id) WHERE (NOT ((failure_code)::text = ''::text));


--
-- Name: transactions_from_address; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_from_address ON public.transactions_transaction USING btree (from_address) WHERE (NOT ((from_address)::text = ''::text));


--
-- Name: transactions_interaction_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_interaction_id ON public.transactions_providerinteraction USING btree (operation_id);


--
-- Name: transactions_interactions; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_interactions ON public.transactions_providerinteraction USING btree (transaction_id, id);


--
-- Name: transactions_intervention_id_d7b98966_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_intervention_id_d7b98966_like ON public.transactions_intervention USING btree (id varchar_pattern_ops);


--
-- Name: transactions_intervention_transaction_id_5ff9e602; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_intervention_transaction_id_5ff9e602 ON public.transactions_intervention USING btree (transaction_id);


--
-- Name: transactions_intervention_transaction_id_5ff9e602_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_intervention_transaction_id_5ff9e602_like ON public.transactions_intervention USING btree (transaction_id varchar_pattern_ops);


--
-- Name: transactions_intervention_wallet_id_d34be724; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_intervention_wallet_id_d34be724 ON public.transactions_intervention USING btree (wallet_id);


--
-- Name: transactions_intervention_wallet_id_d34be724_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_intervention_wallet_id_d34be724_like ON public.transactions_intervention USING btree (wallet_id varchar_pattern_ops);


--
-- Name: transactions_list_to_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_list_to_user ON public.transactions_transaction USING btree (recipient_user_id, type, asset_id, length((amount_minor)::text), created_at, id) INCLUDE (amount_minor, parent_id) WHERE ((recipient_user_id IS NOT NULL) AND (NOT (((recipient_user_id)::text = (user_id)::text) AND (recipient_user_id IS NOT NULL) AND (user_id IS NOT NULL))));


--
-- Name: transactions_list_to_wallet; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_list_to_wallet ON public.transactions_transaction USING btree (recipient_wallet_id, type, asset_id, length((amount_minor)::text), created_at, id) INCLUDE (amount_minor, parent_id) WHERE (recipient_wallet_id IS NOT NULL);


--
-- Name: transactions_list_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_list_user ON public.transactions_transaction USING btree (user_id, type, asset_id, length((amount_minor)::text), created_at, id) INCLUDE (amount_minor, parent_id) WHERE (user_id IS NOT NULL);


--
-- Name: transactions_list_wallet; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_list_wallet ON public.transactions_transaction USING btree (wallet_id, type, asset_id, length((amount_minor)::text), created_at, id) INCLUDE (amount_minor, parent_id) WHERE (wallet_id IS NOT NULL);


--
-- Name: transactions_noncelane_network_id_d8e19921; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_noncelane_network_id_d8e19921 ON public.transactions_noncelane USING btree (network_id);


--
-- Name: transactions_noncelane_network_id_d8e19921_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_noncelane_network_id_d8e19921_like ON public.transactions_noncelane USING btree (network_id varchar_pattern_ops);


--
-- Name: transactions_of_parent; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_of_parent ON public.transactions_transaction USING btree (parent_id) WHERE (parent_id IS NOT NULL);


--
-- Name: transactions_one_between_hot_and_cold; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX transactions_one_between_hot_and_cold ON public.transactions_transaction USING btree (asset_id) WHERE (((type)::text = ANY ((ARRAY['overflow'::character varying, 'refill'::character varying])::text[])) AND (NOT ((status)::text = ANY ((ARRAY['completed'::character varying, 'failed'::character varying])::text[]))));


--
-- Name: transactions_one_live_attempt; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX transactions_one_live_attempt ON public.transactions_attempt USING btree (transaction_id) WHERE ((NOT ((status)::text = 'dead'::text)) AND (replaces_id IS NULL));


--
-- Name: transactions_one_waiting_replacement; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX transactions_one_waiting_replacement ON public.transactions_replacement USING btree (transaction_id) WHERE (over_at IS NULL);


--
-- Name: transactions_one_wanted_intervention; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX transactions_one_wanted_intervention ON public.transactions_intervention USING btree (transaction_id) WHERE ((status)::text = 'wanted'::text);


--
-- Name: transactions_open_given; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_open_given ON public.transactions_transaction USING btree (recipient_user_id, created_at, id) WHERE (next_look_at IS NOT NULL);


--
-- Name: transactions_open_sent; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_open_sent ON public.transactions_transaction USING btree (user_id, created_at, id) WHERE (next_look_at IS NOT NULL);


--
-- Name: transactions_providerinteraction_transaction_id_7ff66ed3; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_providerinteraction_transaction_id_7ff66ed3 ON public.transactions_providerinteraction USING btree (transaction_id);


--
-- Name: transactions_providerinteraction_transaction_id_7ff66ed3_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_providerinteraction_transaction_id_7ff66ed3_like ON public.transactions_providerinteraction USING btree (transaction_id varchar_pattern_ops);


--
-- Name: transactions_recoveries; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_recoveries ON public.transactions_recoveryattempt USING btree (transaction_id, id);


--
-- Name: transactions_recoveryattempt_transaction_id_40c5877a; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_recoveryattempt_transaction_id_40c5877a ON public.transactions_recoveryattempt USING btree (transaction_id);


--
-- Name: transactions_recoveryattempt_transaction_id_40c5877a_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_recoveryattempt_transaction_id_40c5877a_like ON public.transactions_recoveryattempt USING btree (transaction_id varchar_pattern_ops);


--
-- Name: transactions_refill_asset_id_aafa591d; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_refill_asset_id_aafa591d ON public.transactions_refill USING btree (asset_id);


--
-- Name: transactions_refill_asset_id_aafa591d_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_refill_asset_id_aafa591d_like ON public.transactions_refill USING btree (asset_id varchar_pattern_ops);


--
-- Name: transactions_refill_id_975555d8_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_refill_id_975555d8_like ON public.transactions_refill USING btree (id varchar_pattern_ops);


--
-- Name: transactions_refill_one_open_for_each_asset; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX transactions_refill_one_open_for_each_asset ON public.transactions_refill USING btree (asset_id) WHERE ((status)::text = ANY ((ARRAY['wanted'::character varying, 'seconded'::character varying, 'approved'::character varying, 'imported'::character varying])::text[]));


--
-- Name: transactions_refill_transaction_id_05aca7b5_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_refill_transaction_id_05aca7b5_like ON public.transactions_refill USING btree (transaction_id varchar_pattern_ops);


--
-- Name: transactions_replacement_key_3adff7e4_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_replacement_key_3adff7e4_like ON public.transactions_replacement USING btree (key varchar_pattern_ops);


--
-- Name: transactions_replacement_of_id_b7907a95; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_replacement_of_id_b7907a95 ON public.transactions_replacement USING btree (of_id);


--
-- Name: transactions_replacement_transaction_id_0ec8cb62; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_replacement_transaction_id_0ec8cb62 ON public.transactions_replacement USING btree (transaction_id);


--
-- Name: transactions_replacement_transaction_id_0ec8cb62_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_replacement_transaction_id_0ec8cb62_like ON public.transactions_replacement USING btree (transaction_id varchar_pattern_ops);


--
-- Name: transactions_rescan_id_bb081cc4_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_rescan_id_bb081cc4_like ON public.transactions_rescan USING btree (id varchar_pattern_ops);


--
-- Name: transactions_rescan_network_id_ce6c5b93; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_rescan_network_id_ce6c5b93 ON public.transactions_rescan USING btree (network_id);


--
-- Name: transactions_rescan_network_id_ce6c5b93_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_rescan_network_id_ce6c5b93_like ON public.transactions_rescan USING btree (network_id varchar_pattern_ops);


--
-- Name: transactions_rescan_waiting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_rescan_waiting ON public.transactions_rescan USING btree (network_id, id) WHERE ((status)::text = 'waiting'::text);


--
-- Name: transactions_sendhalt_asset_id_2b62bb78; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_sendhalt_asset_id_2b62bb78 ON public.transactions_sendhalt USING btree (asset_id);


--
-- Name: transactions_sendhalt_asset_id_2b62bb78_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_sendhalt_asset_id_2b62bb78_like ON public.transactions_sendhalt USING btree (asset_id varchar_pattern_ops);


--
-- Name: transactions_sendhalt_id_158733d1_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_sendhalt_id_158733d1_like ON public.transactions_sendhalt USING btree (id varchar_pattern_ops);


--
-- Name: transactions_sendhalt_one_for_each_asset; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX transactions_sendhalt_one_for_each_asset ON public.transactions_sendhalt USING btree (asset_id) WHERE (NOT ((status)::text = 'resumed'::text));


--
-- Name: transactions_sweeps; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_sweeps ON public.transactions_transaction USING btree (network_id) WHERE ((type)::text = 'sweep'::text);


--
-- Name: transactions_to_address; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_to_address ON public.transactions_transaction USING btree (user_id, to_address, created_at, id) WHERE ((NOT ((to_address)::text = ''::text)) AND (recipient_user_id IS NULL));


--
-- Name: transactions_transaction_key_cba8c595_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_transaction_key_cba8c595_like ON public.transactions_transaction USING btree (key varchar_pattern_ops);


--
-- Name: transactions_useraction_transaction_id_9de6684f; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_useraction_transaction_id_9de6684f ON public.transactions_useraction USING btree (transaction_id);


--
-- Name: transactions_useraction_transaction_id_9de6684f_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX transactions_useraction_transaction_id_9de6684f_like ON public.transactions_useraction USING btree (transaction_id varchar_pattern_ops);


--
-- Name: wallets_address_key_id_9122e4c3_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_address_key_id_9122e4c3_like ON public.wallets_address USING btree (key_id varchar_pattern_ops);


--
-- Name: wallets_address_made; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_address_made ON public.wallets_address USING btree (network_id, made_by);


--
-- Name: wallets_address_network_id_dc386236; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_address_network_id_dc386236 ON public.wallets_address USING btree (network_id);


--
-- Name: wallets_address_network_id_dc386236_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_address_network_id_dc386236_like ON public.wallets_address USING btree (network_id varchar_pattern_ops);


--
-- Name: wallets_address_wallet_id_b836486a; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_address_wallet_id_b836486a ON public.wallets_address USING btree (wallet_id);


--
-- Name: wallets_address_wallet_id_b836486a_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_address_wallet_id_b836486a_like ON public.wallets_address USING btree (wallet_id varchar_pattern_ops);


--
-- Name: wallets_payee_id_3c39ad89_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_payee_id_3c39ad89_like ON public.wallets_payee USING btree (id varchar_pattern_ops);


--
-- Name: wallets_payee_network_id_86cfad18; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_payee_network_id_86cfad18 ON public.wallets_payee USING btree (network_id);


--
-- Name: wallets_payee_network_id_86cfad18_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_payee_network_id_86cfad18_like ON public.wallets_payee USING btree (network_id varchar_pattern_ops);


--
-- Name: wallets_payee_user_id_8d1c8c60; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_payee_user_id_8d1c8c60 ON public.wallets_payee USING btree (user_id);


--
-- Name: wallets_payee_user_id_8d1c8c60_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_payee_user_id_8d1c8c60_like ON public.wallets_payee USING btree (user_id varchar_pattern_ops);


--
-- Name: wallets_reservation_expiring; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservation_expiring ON public.wallets_reservation USING btree (expires_at) WHERE ((expires_at IS NOT NULL) AND ((status)::text = 'open'::text));


--
-- Name: wallets_reservation_id_3875646f_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservation_id_3875646f_like ON public.wallets_reservation USING btree (id varchar_pattern_ops);


--
-- Name: wallets_reservation_key_61c7d8cb_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservation_key_61c7d8cb_like ON public.wallets_reservation USING btree (key varchar_pattern_ops);


--
-- Name: wallets_reservation_open; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservation_open ON public.wallets_reservation USING btree (wallet_id, id) WHERE ((status)::text = 'open'::text);


--
-- Name: wallets_reservation_serves; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservation_serves ON public.wallets_reservation USING btree (transaction_id) WHERE (NOT ((transaction_id)::text = ''::text));


--
-- Name: wallets_reservation_wallet_id_9e52f232; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservation_wallet_id_9e52f232 ON public.wallets_reservation USING btree (wallet_id);


--
-- Name: wallets_reservation_wallet_id_9e52f232_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservation_wallet_id_9e52f232_like ON public.wallets_reservation USING btree (wallet_id varchar_pattern_ops);


--
-- Name: wallets_reservationpart_asset_id_00002c98; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservationpart_asset_id_00002c98 ON public.wallets_reservationpart USING btree (asset_id);


--
-- Name: wallets_reservationpart_asset_id_00002c98_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservationpart_asset_id_00002c98_like ON public.wallets_reservationpart USING btree (asset_id varchar_pattern_ops);


--
-- Name: wallets_reservationpart_reservation_id_fc09bd8e; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservationpart_reservation_id_fc09bd8e ON public.wallets_reservationpart USING btree (reservation_id);


--
-- Name: wallets_reservationpart_reservation_id_fc09bd8e_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_reservationpart_reservation_id_fc09bd8e_like ON public.wallets_reservationpart USING btree (reservation_id varchar_pattern_ops);


--
-- Name: wallets_wallet_id_fca327f5_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_wallet_id_fca327f5_like ON public.wallets_wallet USING btree (id varchar_pattern_ops);


--
-- Name: wallets_wallet_network_id_3ca1989b; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_wallet_network_id_3ca1989b ON public.wallets_wallet USING btree (network_id);


--
-- Name: wallets_wallet_network_id_3ca1989b_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_wallet_network_id_3ca1989b_like ON public.wallets_wallet USING btree (network_id varchar_pattern_ops);


--
-- Name: wallets_wallet_of_user; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_wallet_of_user ON public.wallets_wallet USING btree (user_id, id);


--
-- Name: wallets_wallet_user_id_6cb307a0; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_wallet_user_id_6cb307a0 ON public.wallets_wallet USING btree (user_id);


--
-- Name: wallets_wallet_user_id_6cb307a0_like; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX wallets_wallet_user_id_6cb307a0_like ON public.wallets_wallet USING btree (user_id varchar_pattern_ops);


--
-- Name: custody_branch custody_branch_no_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_branch_no_delete BEFORE DELETE ON public.custody_branch FOR EACH ROW EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_branch custody_branch_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_branch_no_truncate BEFORE TRUNCATE ON public.custody_branch FOR EACH STATEMENT EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_branch custody_branch_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_branch_stays BEFORE UPDATE ON public.custody_branch FOR EACH ROW WHEN (((((((old.id IS DISTINCT FROM new.id) OR ((old.vault_id)::text IS DISTINCT FROM (new.vault_id)::text)) OR ((old.purpose)::text IS DISTINCT FROM (new.purpose)::text)) OR ((old.path)::text IS DISTINCT FROM (new.path)::text)) OR ((old.extended_public_key)::text IS DISTINCT FROM (new.extended_public_key)::text)) OR (new.next_index < old.next_index) OR (new.taken_below < old.taken_below))) EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_key custody_key_no_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_key_no_delete BEFORE DELETE ON public.custody_key FOR EACH ROW EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_key custody_key_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_key_no_truncate BEFORE TRUNCATE ON public.custody_key FOR EACH STATEMENT EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_key custody_key_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_key_stays BEFORE UPDATE ON public.custody_key FOR EACH ROW WHEN (((((((((((((old.id)::text IS DISTINCT FROM (new.id)::text) OR (old.branch_id IS DISTINCT FROM new.branch_id)) OR ((old.network_id)::text IS DISTINCT FROM (new.network_id)::text)) OR ((old.purpose)::text IS DISTINCT FROM (new.purpose)::text)) OR (old.index IS DISTINCT FROM new.index)) OR ((old.path)::text IS DISTINCT FROM (new.path)::text)) OR ((old.address)::text IS DISTINCT FROM (new.address)::text)) OR (old.public_key IS DISTINCT FROM new.public_key)) OR (old.seal_version IS DISTINCT FROM new.seal_version)) OR (old.created_at IS DISTINCT FROM new.created_at)) OR ((old.sealed_key IS NOT NULL) AND ((old.sealed_key IS DISTINCT FROM new.sealed_key) OR (old.sealed_at IS DISTINCT FROM new.sealed_at))) OR ((old.taken_at IS NOT NULL) AND (old.taken_at IS DISTINCT FROM new.taken_at)))) EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_signatureguard custody_signatureguard_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_signatureguard_no_change BEFORE DELETE OR UPDATE ON public.custody_signatureguard FOR EACH ROW EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_signatureguard custody_signatureguard_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_signatureguard_no_truncate BEFORE TRUNCATE ON public.custody_signatureguard FOR EACH STATEMENT EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_together custody_together_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_together_no_change BEFORE DELETE OR UPDATE ON public.custody_together FOR EACH ROW EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_together custody_together_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_together_no_truncate BEFORE TRUNCATE ON public.custody_together FOR EACH STATEMENT EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_vault custody_vault_no_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_vault_no_delete BEFORE DELETE ON public.custody_vault FOR EACH ROW EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_vault custody_vault_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_vault_no_truncate BEFORE TRUNCATE ON public.custody_vault FOR EACH STATEMENT EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: custody_vault custody_vault_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER custody_vault_stays BEFORE UPDATE ON public.custody_vault FOR EACH ROW WHEN (((((((old.id)::text IS DISTINCT FROM (new.id)::text) OR ((old.network_id)::text IS DISTINCT FROM (new.network_id)::text)) OR (old.sealed_entropy IS DISTINCT FROM new.sealed_entropy)) OR (old.seal_version IS DISTINCT FROM new.seal_version)) OR (old.created_at IS DISTINCT FROM new.created_at))) EXECUTE FUNCTION public.custody_refuse_change();


--
-- Name: events_event events_event_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER events_event_no_change BEFORE DELETE OR UPDATE ON public.events_event FOR EACH ROW EXECUTE FUNCTION public.events_refuse_change();


--
-- Name: events_event events_event_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER events_event_no_truncate BEFORE TRUNCATE ON public.events_event FOR EACH STATEMENT EXECUTE FUNCTION public.events_refuse_change();


--
-- Name: ledger_account ledger_account_no_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_account_no_delete BEFORE DELETE ON public.ledger_account FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_account ledger_account_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_account_no_truncate BEFORE TRUNCATE ON public.ledger_account FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_account ledger_account_no_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_account_no_update BEFORE UPDATE ON public.ledger_account FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_account ledger_account_opens_empty; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_account_opens_empty BEFORE INSERT ON public.ledger_account FOR EACH ROW WHEN (((new.balance <> (0)::numeric) OR (new.version <> 0) OR (new.marked <> (0)::numeric))) EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_entry ledger_entry_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_entry_no_change BEFORE DELETE OR UPDATE ON public.ledger_entry FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_entry ledger_entry_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_entry_no_truncate BEFORE TRUNCATE ON public.ledger_entry FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_entry ledger_entry_written; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_entry_written AFTER INSERT ON public.ledger_entry REFERENCING NEW TABLE AS new_entries FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_entries_written();


--
-- Name: ledger_hold ledger_hold_no_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_hold_no_delete BEFORE DELETE ON public.ledger_hold FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_hold ledger_hold_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_hold_no_truncate BEFORE TRUNCATE ON public.ledger_hold FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_hold ledger_hold_no_update; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_hold_no_update BEFORE UPDATE ON public.ledger_hold FOR EACH ROW WHEN ((pg_trigger_depth() = 0)) EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_hold ledger_hold_opens_empty; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_hold_opens_empty BEFORE INSERT ON public.ledger_hold FOR EACH ROW WHEN ((new.remaining <> (0)::numeric)) EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_mark ledger_mark_no_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_mark_no_delete BEFORE DELETE ON public.ledger_mark FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_mark ledger_mark_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_mark_no_truncate BEFORE TRUNCATE ON public.ledger_mark FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_mark ledger_mark_opens_whole; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_mark_opens_whole BEFORE INSERT ON public.ledger_mark FOR EACH ROW WHEN ((new.remaining <> new.amount)) EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_mark ledger_mark_shrinks; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_mark_shrinks BEFORE UPDATE ON public.ledger_mark FOR EACH ROW WHEN (((new.remaining >= old.remaining) OR (((((new.id IS DISTINCT FROM old.id) OR ((new.key)::text IS DISTINCT FROM (old.key)::text)) OR (new.account_id IS DISTINCT FROM old.account_id)) OR (new.amount IS DISTINCT FROM old.amount)) OR (new.marked_at IS DISTINCT FROM old.marked_at)))) EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_mark ledger_mark_written; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_mark_written AFTER INSERT OR UPDATE ON public.ledger_mark FOR EACH ROW EXECUTE FUNCTION public.ledger_mark_written();


--
-- Name: ledger_posting ledger_posting_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_posting_no_change BEFORE DELETE OR UPDATE ON public.ledger_posting FOR EACH ROW EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_posting ledger_posting_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_posting_no_truncate BEFORE TRUNCATE ON public.ledger_posting FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_refuse_change();


--
-- Name: ledger_posting ledger_posting_written; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER ledger_posting_written AFTER INSERT ON public.ledger_posting REFERENCING NEW TABLE AS new_postings FOR EACH STATEMENT EXECUTE FUNCTION public.ledger_postings_written();


--
-- Name: reconciliation_case reconciliation_case_first_evidence; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER reconciliation_case_first_evidence BEFORE UPDATE OF evidence, key, kind, opened_at, first_run_id ON public.reconciliation_case FOR EACH ROW WHEN ((((((old.evidence IS DISTINCT FROM new.evidence) OR ((old.key)::text IS DISTINCT FROM (new.key)::text)) OR ((old.kind)::text IS DISTINCT FROM (new.kind)::text)) OR (old.opened_at IS DISTINCT FROM new.opened_at)) OR (old.first_run_id IS DISTINCT FROM new.first_run_id))) EXECUTE FUNCTION public.reconciliation_refuse_change();


--
-- Name: reconciliation_case reconciliation_case_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER reconciliation_case_kept BEFORE DELETE ON public.reconciliation_case FOR EACH ROW EXECUTE FUNCTION public.reconciliation_refuse_change();


--
-- Name: reconciliation_case reconciliation_case_moves; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER reconciliation_case_moves BEFORE UPDATE OF status ON public.reconciliation_case FOR EACH ROW WHEN (((old.status)::text IS DISTINCT FROM (new.status)::text)) EXECUTE FUNCTION public.reconciliation_check_case_move();


--
-- Name: reconciliation_correction reconciliation_correction_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER reconciliation_correction_kept BEFORE DELETE ON public.reconciliation_correction FOR EACH ROW EXECUTE FUNCTION public.reconciliation_refuse_change();


--
-- Name: reconciliation_correction reconciliation_correction_moves; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER reconciliation_correction_moves BEFORE UPDATE OF status ON public.reconciliation_correction FOR EACH ROW WHEN (((old.status)::text IS DISTINCT FROM (new.status)::text)) EXECUTE FUNCTION public.reconciliation_check_correction_move();


--
-- Name: reconciliation_note reconciliation_note_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER reconciliation_note_kept BEFORE DELETE OR UPDATE ON public.reconciliation_note FOR EACH ROW EXECUTE FUNCTION public.reconciliation_refuse_change();


--
-- Name: reconciliation_note reconciliation_note_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER reconciliation_note_no_truncate BEFORE TRUNCATE ON public.reconciliation_note FOR EACH STATEMENT EXECUTE FUNCTION public.reconciliation_refuse_change();


--
-- Name: solvency_root solvency_root_no_change; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER solvency_root_no_change BEFORE DELETE OR UPDATE ON public.solvency_root FOR EACH ROW EXECUTE FUNCTION public.solvency_refuse_change();


--
-- Name: solvency_root solvency_root_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER solvency_root_no_truncate BEFORE TRUNCATE ON public.solvency_root FOR EACH STATEMENT EXECUTE FUNCTION public.solvency_refuse_change();


--
-- Name: solvency_snapshot solvency_snapshot_no_delete; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER solvency_snapshot_no_delete BEFORE DELETE ON public.solvency_snapshot FOR EACH ROW EXECUTE FUNCTION public.solvency_refuse_change();


--
-- Name: solvency_snapshot solvency_snapshot_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER solvency_snapshot_no_truncate BEFORE TRUNCATE ON public.solvency_snapshot FOR EACH STATEMENT EXECUTE FUNCTION public.solvency_refuse_change();


--
-- Name: solvency_snapshot solvency_snapshot_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER solvency_snapshot_stays BEFORE UPDATE ON public.solvency_snapshot FOR EACH ROW WHEN (((old.status)::text <> 'building'::text)) EXECUTE FUNCTION public.solvency_refuse_change();


--
-- Name: transactions_providerinteraction transactions_providerinteraction_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_providerinteraction_kept BEFORE DELETE OR UPDATE ON public.transactions_providerinteraction FOR EACH ROW EXECUTE FUNCTION public.transactions_refuse_change();


--
-- Name: transactions_providerinteraction transactions_providerinteraction_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_providerinteraction_no_truncate BEFORE TRUNCATE ON public.transactions_providerinteraction FOR EACH STATEMENT EXECUTE FUNCTION public.transactions_refuse_change();


--
-- Name: transactions_recoveryattempt transactions_recoveryattempt_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_recoveryattempt_kept BEFORE DELETE OR UPDATE ON public.transactions_recoveryattempt FOR EACH ROW EXECUTE FUNCTION public.transactions_refuse_change();


--
-- Name: transactions_recoveryattempt transactions_recoveryattempt_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_recoveryattempt_no_truncate BEFORE TRUNCATE ON public.transactions_recoveryattempt FOR EACH STATEMENT EXECUTE FUNCTION public.transactions_refuse_change();


--
-- Name: transactions_refill transactions_refill_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_refill_kept BEFORE DELETE ON public.transactions_refill FOR EACH ROW EXECUTE FUNCTION public.transactions_refuse_refill_change();


--
-- Name: transactions_refill transactions_refill_moves; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_refill_moves BEFORE UPDATE OF status ON public.transactions_refill FOR EACH ROW WHEN (((old.status)::text IS DISTINCT FROM (new.status)::text)) EXECUTE FUNCTION public.transactions_check_refill_move();


--
-- Name: transactions_refill transactions_refill_terms; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_refill_terms BEFORE UPDATE ON public.transactions_refill FOR EACH ROW WHEN ((((((((old.network_id)::text IS DISTINCT FROM (new.network_id)::text) OR ((old.asset_id)::text IS DISTINCT FROM (new.asset_id)::text)) OR (old.amount_minor IS DISTINCT FROM new.amount_minor)) OR (old.max_fee_minor IS DISTINCT FROM new.max_fee_minor)) OR ((old.from_address)::text IS DISTINCT FROM (new.from_address)::text)) OR ((old.to_address)::text IS DISTINCT FROM (new.to_address)::text))) EXECUTE FUNCTION public.transactions_refuse_refill_change();


--
-- Name: transactions_transaction transactions_transaction_first; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_transaction_first BEFORE INSERT ON public.transactions_transaction FOR EACH ROW EXECUTE FUNCTION public.transactions_check_first();


--
-- Name: transactions_transaction transactions_transaction_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_transaction_kept BEFORE DELETE ON public.transactions_transaction FOR EACH ROW EXECUTE FUNCTION public.transactions_refuse_change();


--
-- Name: transactions_transaction transactions_transaction_moves; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_transaction_moves BEFORE UPDATE OF status ON public.transactions_transaction FOR EACH ROW WHEN (((old.status)::text IS DISTINCT FROM (new.status)::text)) EXECUTE FUNCTION public.transactions_check_move();


--
-- Name: transactions_transaction transactions_transaction_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_transaction_no_truncate BEFORE TRUNCATE ON public.transactions_transaction FOR EACH STATEMENT EXECUTE FUNCTION public.transactions_refuse_change();


--
-- Name: transactions_transaction transactions_transaction_way_is_over; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_transaction_way_is_over AFTER INSERT ON public.transactions_transaction FOR EACH STATEMENT EXECUTE FUNCTION public.transactions_forget_way();


--
-- Name: transactions_transaction transactions_transaction_words; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_transaction_words AFTER INSERT ON public.transactions_transaction FOR EACH ROW WHEN (((new.memo)::text <> ''::text)) EXECUTE FUNCTION public.transactions_note_words();


--
-- Name: transactions_useraction transactions_useraction_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_useraction_kept BEFORE DELETE OR UPDATE ON public.transactions_useraction FOR EACH ROW EXECUTE FUNCTION public.transactions_refuse_change();


--
-- Name: transactions_useraction transactions_useraction_no_truncate; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER transactions_useraction_no_truncate BEFORE TRUNCATE ON public.transactions_useraction FOR EACH STATEMENT EXECUTE FUNCTION public.transactions_refuse_change();


--
-- Name: wallets_address wallets_address_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER wallets_address_stays BEFORE UPDATE ON public.wallets_address FOR EACH ROW WHEN (((((old.network_id)::text IS DISTINCT FROM (new.network_id)::text) OR ((old.address)::text IS DISTINCT FROM (new.address)::text)) OR (old.made_by IS DISTINCT FROM new.made_by))) EXECUTE FUNCTION public.wallets_refuse_change();


--
-- Name: accounts_link accounts_link_user_id_2355f50a_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_link
    ADD CONSTRAINT accounts_link_user_id_2355f50a_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_recoverycode accounts_recoverycode_user_id_994761d3_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_recoverycode
    ADD CONSTRAINT accounts_recoverycode_user_id_994761d3_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_session accounts_session_user_id_d5aaed01_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_session
    ADD CONSTRAINT accounts_session_user_id_d5aaed01_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_ticket accounts_ticket_session_id_08c04698_fk_accounts_session_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_ticket
    ADD CONSTRAINT accounts_ticket_session_id_08c04698_fk_accounts_session_id FOREIGN KEY (session_id) REFERENCES public.accounts_session(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_user_groups accounts_user_groups_group_id_bd11a704_fk_auth_group_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_group_id_bd11a704_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_user_groups accounts_user_groups_user_id_52b62117_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_groups
    ADD CONSTRAINT accounts_user_groups_user_id_52b62117_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_user_user_permissions accounts_user_user_p_permission_id_113bb443_fk_auth_perm; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_permission_id_113bb443_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: accounts_user_user_permissions accounts_user_user_p_user_id_e4f0a161_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.accounts_user_user_permissions
    ADD CONSTRAINT accounts_user_user_p_user_id_e4f0a161_fk_accounts_ FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: assets_asset assets_asset_network_id_3d13a3f0_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.assets_asset
    ADD CONSTRAINT assets_asset_network_id_3d13a3f0_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_group_permissions auth_group_permissio_permission_id_84c5c92e_fk_auth_perm; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_group_permissions auth_group_permissions_group_id_b120cbf9_fk_auth_group_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: auth_permission auth_permission_content_type_id_2f476e4b_fk_django_co; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: custody_branch custody_branch_vault_id_fdea3c83_fk_custody_vault_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_branch
    ADD CONSTRAINT custody_branch_vault_id_fdea3c83_fk_custody_vault_id FOREIGN KEY (vault_id) REFERENCES public.custody_vault(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: custody_key custody_key_branch_id_f1eb90f2_fk_custody_branch_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_key
    ADD CONSTRAINT custody_key_branch_id_f1eb90f2_fk_custody_branch_id FOREIGN KEY (branch_id) REFERENCES public.custody_branch(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: custody_key custody_key_network_id_54a8726e_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_key
    ADD CONSTRAINT custody_key_network_id_54a8726e_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: custody_signatureguard custody_signatureguard_key_id_a7c9e8cc_fk_custody_key_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_signatureguard
    ADD CONSTRAINT custody_signatureguard_key_id_a7c9e8cc_fk_custody_key_id FOREIGN KEY (key_id) REFERENCES public.custody_key(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: custody_vault custody_vault_network_id_d99eddf0_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.custody_vault
    ADD CONSTRAINT custody_vault_network_id_d99eddf0_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: django_admin_log django_admin_log_content_type_id_c4bce8eb_fk_django_co; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: django_admin_log django_admin_log_user_id_c564eba6_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: events_feeditem events_feeditem_event_id_9c745d3c_fk_events_event_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_feeditem
    ADD CONSTRAINT events_feeditem_event_id_9c745d3c_fk_events_event_id FOREIGN KEY (event_id) REFERENCES public.events_event(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: events_pending events_pending_event_id_d257b29d_fk_events_event_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_pending
    ADD CONSTRAINT events_pending_event_id_d257b29d_fk_events_event_id FOREIGN KEY (event_id) REFERENCES public.events_event(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: events_poisoned events_poisoned_event_id_58c002ac_fk_events_event_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_poisoned
    ADD CONSTRAINT events_poisoned_event_id_58c002ac_fk_events_event_id FOREIGN KEY (event_id) REFERENCES public.events_event(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: events_poisoned events_poisoned_listener_id_4ef1a613_fk_events_listener_name; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.events_poisoned
    ADD CONSTRAINT events_poisoned_listener_id_4ef1a613_fk_events_listener_name FOREIGN KEY (listener_id) REFERENCES public.events_listener(name) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: ledger_account ledger_account_asset_id_f82d3213_fk_assets_asset_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_account
    ADD CONSTRAINT ledger_account_asset_id_f82d3213_fk_assets_asset_code FOREIGN KEY (asset_id) REFERENCES public.assets_asset(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: ledger_hold ledger_hold_available_id_41b90862_fk_ledger_account_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_hold
    ADD CONSTRAINT ledger_hold_available_id_41b90862_fk_ledger_account_id FOREIGN KEY (available_id) REFERENCES public.ledger_account(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: ledger_hold ledger_hold_held_id_18a5760f_fk_ledger_account_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_hold
    ADD CONSTRAINT ledger_hold_held_id_18a5760f_fk_ledger_account_id FOREIGN KEY (held_id) REFERENCES public.ledger_account(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: ledger_mark ledger_mark_account_id_110beb3e_fk_ledger_account_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_mark
    ADD CONSTRAINT ledger_mark_account_id_110beb3e_fk_ledger_account_id FOREIGN KEY (account_id) REFERENCES public.ledger_account(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: ledger_posting ledger_posting_hold_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_posting
    ADD CONSTRAINT ledger_posting_hold_fk FOREIGN KEY (hold_id) REFERENCES public.ledger_hold(id);


--
-- Name: ledger_posting ledger_posting_reverses_fk; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.ledger_posting
    ADD CONSTRAINT ledger_posting_reverses_fk FOREIGN KEY (reverses_id) REFERENCES public.ledger_posting(id);


--
-- Name: notifications_attempt notifications_attemp_delivery_id_18dba30b_fk_notificat; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_attempt
    ADD CONSTRAINT notifications_attemp_delivery_id_18dba30b_fk_notificat FOREIGN KEY (delivery_id) REFERENCES public.notifications_delivery(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_delivery notifications_delive_endpoint_id_846da2ab_fk_notificat; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_delivery
    ADD CONSTRAINT notifications_delive_endpoint_id_846da2ab_fk_notificat FOREIGN KEY (endpoint_id) REFERENCES public.notifications_endpoint(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_delivery notifications_delive_notification_id_ea8dc048_fk_notificat; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_delivery
    ADD CONSTRAINT notifications_delive_notification_id_ea8dc048_fk_notificat FOREIGN KEY (notification_id) REFERENCES public.notifications_notification(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_delivery notifications_delive_subscription_id_21311d1e_fk_notificat; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_delivery
    ADD CONSTRAINT notifications_delive_subscription_id_21311d1e_fk_notificat FOREIGN KEY (subscription_id) REFERENCES public.notifications_pushsubscription(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_delivery notifications_delivery_user_id_70f8752d_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_delivery
    ADD CONSTRAINT notifications_delivery_user_id_70f8752d_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_endpoint notifications_endpoint_user_id_e5ae0cfc_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_endpoint
    ADD CONSTRAINT notifications_endpoint_user_id_e5ae0cfc_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_notification notifications_notification_event_id_28551f97_fk_events_event_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_notification
    ADD CONSTRAINT notifications_notification_event_id_28551f97_fk_events_event_id FOREIGN KEY (event_id) REFERENCES public.events_event(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_notification notifications_notification_user_id_b5e8c0ff_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_notification
    ADD CONSTRAINT notifications_notification_user_id_b5e8c0ff_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_phone notifications_phone_user_id_6bacf11b_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_phone
    ADD CONSTRAINT notifications_phone_user_id_6bacf11b_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_poisoned notifications_poisoned_event_id_a1ce313c_fk_events_event_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_poisoned
    ADD CONSTRAINT notifications_poisoned_event_id_a1ce313c_fk_events_event_id FOREIGN KEY (event_id) REFERENCES public.events_event(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_preference notifications_preference_user_id_c839c2d6_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_preference
    ADD CONSTRAINT notifications_preference_user_id_c839c2d6_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: notifications_pushsubscription notifications_pushsu_user_id_ffe8030a_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notifications_pushsubscription
    ADD CONSTRAINT notifications_pushsu_user_id_ffe8030a_fk_accounts_ FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: otp_totp_totpdevice otp_totp_totpdevice_user_id_0fb18292_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.otp_totp_totpdevice
    ADD CONSTRAINT otp_totp_totpdevice_user_id_0fb18292_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: providers_call providers_call_provider_id_1320b1f0_fk_providers_provider_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.providers_call
    ADD CONSTRAINT providers_call_provider_id_1320b1f0_fk_providers_provider_code FOREIGN KEY (provider_id) REFERENCES public.providers_provider(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: providers_health providers_health_provider_id_733176f5_fk_providers; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.providers_health
    ADD CONSTRAINT providers_health_provider_id_733176f5_fk_providers FOREIGN KEY (provider_id) REFERENCES public.providers_provider(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: providers_webhook providers_webhook_provider_id_181f5fce_fk_providers; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.providers_webhook
    ADD CONSTRAINT providers_webhook_provider_id_181f5fce_fk_providers FOREIGN KEY (provider_id) REFERENCES public.providers_provider(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: reconciliation_case reconciliation_case_first_run_id_f9124ac0_fk_reconcili; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_case
    ADD CONSTRAINT reconciliation_case_first_run_id_f9124ac0_fk_reconcili FOREIGN KEY (first_run_id) REFERENCES public.reconciliation_run(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: reconciliation_case reconciliation_case_last_run_id_f12005bd_fk_reconcili; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_case
    ADD CONSTRAINT reconciliation_case_last_run_id_f12005bd_fk_reconcili FOREIGN KEY (last_run_id) REFERENCES public.reconciliation_run(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: reconciliation_correction reconciliation_corre_case_id_28a1b1ac_fk_reconcili; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_correction
    ADD CONSTRAINT reconciliation_corre_case_id_28a1b1ac_fk_reconcili FOREIGN KEY (case_id) REFERENCES public.reconciliation_case(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: reconciliation_note reconciliation_note_case_id_61c25bcb_fk_reconciliation_case_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reconciliation_note
    ADD CONSTRAINT reconciliation_note_case_id_61c25bcb_fk_reconciliation_case_id FOREIGN KEY (case_id) REFERENCES public.reconciliation_case(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: solvency_leaf solvency_leaf_tree_id_336c588a_fk_solvency_tree_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_leaf
    ADD CONSTRAINT solvency_leaf_tree_id_336c588a_fk_solvency_tree_id FOREIGN KEY (tree_id) REFERENCES public.solvency_tree(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: solvency_page solvency_page_snapshot_id_87ed68e8_fk_solvency_snapshot_number; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_page
    ADD CONSTRAINT solvency_page_snapshot_id_87ed68e8_fk_solvency_snapshot_number FOREIGN KEY (snapshot_id) REFERENCES public.solvency_snapshot(number) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: solvency_page solvency_page_tree_id_0c46f138_fk_solvency_tree_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_page
    ADD CONSTRAINT solvency_page_tree_id_0c46f138_fk_solvency_tree_id FOREIGN KEY (tree_id) REFERENCES public.solvency_tree(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: solvency_reading solvency_reading_asset_id_42cf5c90_fk_assets_asset_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_reading
    ADD CONSTRAINT solvency_reading_asset_id_42cf5c90_fk_assets_asset_code FOREIGN KEY (asset_id) REFERENCES public.assets_asset(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: solvency_root solvency_root_asset_id_6da06cad_fk_assets_asset_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_root
    ADD CONSTRAINT solvency_root_asset_id_6da06cad_fk_assets_asset_code FOREIGN KEY (asset_id) REFERENCES public.assets_asset(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: solvency_root solvency_root_snapshot_id_b9d8ec36_fk_solvency_snapshot_number; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_root
    ADD CONSTRAINT solvency_root_snapshot_id_b9d8ec36_fk_solvency_snapshot_number FOREIGN KEY (snapshot_id) REFERENCES public.solvency_snapshot(number) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: solvency_root solvency_root_tree_id_4841126e_fk_solvency_tree_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_root
    ADD CONSTRAINT solvency_root_tree_id_4841126e_fk_solvency_tree_id FOREIGN KEY (tree_id) REFERENCES public.solvency_tree(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: solvency_tree solvency_tree_asset_id_c98f4e1a_fk_assets_asset_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.solvency_tree
    ADD CONSTRAINT solvency_tree_asset_id_c98f4e1a_fk_assets_asset_code FOREIGN KEY (asset_id) REFERENCES public.assets_asset(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_attempt transactions_attempt_batch_id_18fde991_fk_transactions_batch_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_attempt
    ADD CONSTRAINT transactions_attempt_batch_id_18fde991_fk_transactions_batch_id FOREIGN KEY (batch_id) REFERENCES public.transactions_batch(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_attempt transactions_attempt_network_id_316f391d_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_attempt
    ADD CONSTRAINT transactions_attempt_network_id_316f391d_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_attempt transactions_attempt_replaces_id_723be15f_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_attempt
    ADD CONSTRAINT transactions_attempt_replaces_id_723be15f_fk_transacti FOREIGN KEY (replaces_id) REFERENCES public.transactions_attempt(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_attempt transactions_attempt_transaction_id_2992c21e_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_attempt
    ADD CONSTRAINT transactions_attempt_transaction_id_2992c21e_fk_transacti FOREIGN KEY (transaction_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_batch transactions_batch_network_id_8a3a589a_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_batch
    ADD CONSTRAINT transactions_batch_network_id_8a3a589a_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_batch transactions_batch_subject_id_8deb0e6f_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_batch
    ADD CONSTRAINT transactions_batch_subject_id_8deb0e6f_fk_transacti FOREIGN KEY (subject_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_coin transactions_coin_network_id_c49eecd2_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_coin
    ADD CONSTRAINT transactions_coin_network_id_c49eecd2_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_coin transactions_coin_reserved_by_id_8ab2908b_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_coin
    ADD CONSTRAINT transactions_coin_reserved_by_id_8ab2908b_fk_transacti FOREIGN KEY (reserved_by_id) REFERENCES public.transactions_attempt(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_deposit transactions_deposit_asset_id_dabd191f_fk_assets_asset_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_deposit
    ADD CONSTRAINT transactions_deposit_asset_id_dabd191f_fk_assets_asset_code FOREIGN KEY (asset_id) REFERENCES public.assets_asset(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_deposit transactions_deposit_network_id_02b350e4_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_deposit
    ADD CONSTRAINT transactions_deposit_network_id_02b350e4_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_deposit transactions_deposit_sweep_id_c74b22e2_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_deposit
    ADD CONSTRAINT transactions_deposit_sweep_id_c74b22e2_fk_transacti FOREIGN KEY (sweep_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_deposit transactions_deposit_transaction_id_b871f800_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_deposit
    ADD CONSTRAINT transactions_deposit_transaction_id_b871f800_fk_transacti FOREIGN KEY (transaction_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_deposit transactions_deposit_wallet_id_8752a8f1_fk_wallets_wallet_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_deposit
    ADD CONSTRAINT transactions_deposit_wallet_id_8752a8f1_fk_wallets_wallet_id FOREIGN KEY (wallet_id) REFERENCES public.wallets_wallet(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_export transactions_export_user_id_08a0b82e_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_export
    ADD CONSTRAINT transactions_export_user_id_08a0b82e_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_idempotencyrecord transactions_idempot_user_id_80f45e96_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_idempotencyrecord
    ADD CONSTRAINT transactions_idempot_user_id_80f45e96_fk_accounts_ FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_intervention transactions_interve_transaction_id_5ff9e602_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_intervention
    ADD CONSTRAINT transactions_interve_transaction_id_5ff9e602_fk_transacti FOREIGN KEY (transaction_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_intervention transactions_interve_wallet_id_d34be724_fk_wallets_w; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_intervention
    ADD CONSTRAINT transactions_interve_wallet_id_d34be724_fk_wallets_w FOREIGN KEY (wallet_id) REFERENCES public.wallets_wallet(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_noncelane transactions_noncela_network_id_d8e19921_fk_assets_ne; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_noncelane
    ADD CONSTRAINT transactions_noncela_network_id_d8e19921_fk_assets_ne FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_providerinteraction transactions_provide_transaction_id_7ff66ed3_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_providerinteraction
    ADD CONSTRAINT transactions_provide_transaction_id_7ff66ed3_fk_transacti FOREIGN KEY (transaction_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_recoveryattempt transactions_recover_transaction_id_40c5877a_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_recoveryattempt
    ADD CONSTRAINT transactions_recover_transaction_id_40c5877a_fk_transacti FOREIGN KEY (transaction_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_refill transactions_refill_asset_id_aafa591d_fk_assets_asset_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_refill
    ADD CONSTRAINT transactions_refill_asset_id_aafa591d_fk_assets_asset_code FOREIGN KEY (asset_id) REFERENCES public.assets_asset(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_refill transactions_refill_network_id_c75e7567_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_refill
    ADD CONSTRAINT transactions_refill_network_id_c75e7567_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_refill transactions_refill_transaction_id_05aca7b5_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_refill
    ADD CONSTRAINT transactions_refill_transaction_id_05aca7b5_fk_transacti FOREIGN KEY (transaction_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_replacement transactions_replace_attempt_id_11fda6ba_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_replacement
    ADD CONSTRAINT transactions_replace_attempt_id_11fda6ba_fk_transacti FOREIGN KEY (attempt_id) REFERENCES public.transactions_attempt(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_replacement transactions_replace_of_id_b7907a95_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_replacement
    ADD CONSTRAINT transactions_replace_of_id_b7907a95_fk_transacti FOREIGN KEY (of_id) REFERENCES public.transactions_attempt(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_replacement transactions_replace_transaction_id_0ec8cb62_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_replacement
    ADD CONSTRAINT transactions_replace_transaction_id_0ec8cb62_fk_transacti FOREIGN KEY (transaction_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_rescan transactions_rescan_network_id_ce6c5b93_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_rescan
    ADD CONSTRAINT transactions_rescan_network_id_ce6c5b93_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_sendhalt transactions_sendhalt_asset_id_2b62bb78_fk_assets_asset_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_sendhalt
    ADD CONSTRAINT transactions_sendhalt_asset_id_2b62bb78_fk_assets_asset_code FOREIGN KEY (asset_id) REFERENCES public.assets_asset(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_step transactions_step_transaction_id_21692d1c_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_step
    ADD CONSTRAINT transactions_step_transaction_id_21692d1c_fk_transacti FOREIGN KEY (transaction_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_transaction transactions_transac_fee_asset_id_7588b659_fk_assets_as; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_transaction
    ADD CONSTRAINT transactions_transac_fee_asset_id_7588b659_fk_assets_as FOREIGN KEY (fee_asset_id) REFERENCES public.assets_asset(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_transaction transactions_transac_network_id_fb8d99fb_fk_assets_ne; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_transaction
    ADD CONSTRAINT transactions_transac_network_id_fb8d99fb_fk_assets_ne FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_transaction transactions_transac_parent_id_9f06dacd_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_transaction
    ADD CONSTRAINT transactions_transac_parent_id_9f06dacd_fk_transacti FOREIGN KEY (parent_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_transaction transactions_transac_recipient_user_id_6f1d579b_fk_accounts_; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_transaction
    ADD CONSTRAINT transactions_transac_recipient_user_id_6f1d579b_fk_accounts_ FOREIGN KEY (recipient_user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_transaction transactions_transac_recipient_wallet_id_7eda1a34_fk_wallets_w; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_transaction
    ADD CONSTRAINT transactions_transac_recipient_wallet_id_7eda1a34_fk_wallets_w FOREIGN KEY (recipient_wallet_id) REFERENCES public.wallets_wallet(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_transaction transactions_transac_wallet_id_0706df16_fk_wallets_w; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_transaction
    ADD CONSTRAINT transactions_transac_wallet_id_0706df16_fk_wallets_w FOREIGN KEY (wallet_id) REFERENCES public.wallets_wallet(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_transaction transactions_transaction_asset_id_f78e5ec8_fk_assets_asset_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_transaction
    ADD CONSTRAINT transactions_transaction_asset_id_f78e5ec8_fk_assets_asset_code FOREIGN KEY (asset_id) REFERENCES public.assets_asset(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_transaction transactions_transaction_user_id_b9ecc248_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_transaction
    ADD CONSTRAINT transactions_transaction_user_id_b9ecc248_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: transactions_useraction transactions_useract_transaction_id_9de6684f_fk_transacti; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.transactions_useraction
    ADD CONSTRAINT transactions_useract_transaction_id_9de6684f_fk_transacti FOREIGN KEY (transaction_id) REFERENCES public.transactions_transaction(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: wallets_address wallets_address_network_id_dc386236_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_address
    ADD CONSTRAINT wallets_address_network_id_dc386236_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: wallets_address wallets_address_wallet_id_b836486a_fk_wallets_wallet_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_address
    ADD CONSTRAINT wallets_address_wallet_id_b836486a_fk_wallets_wallet_id FOREIGN KEY (wallet_id) REFERENCES public.wallets_wallet(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: wallets_payee wallets_payee_network_id_86cfad18_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_payee
    ADD CONSTRAINT wallets_payee_network_id_86cfad18_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: wallets_payee wallets_payee_user_id_8d1c8c60_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_payee
    ADD CONSTRAINT wallets_payee_user_id_8d1c8c60_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: wallets_reservation wallets_reservation_wallet_id_9e52f232_fk_wallets_wallet_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_reservation
    ADD CONSTRAINT wallets_reservation_wallet_id_9e52f232_fk_wallets_wallet_id FOREIGN KEY (wallet_id) REFERENCES public.wallets_wallet(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: wallets_reservationpart wallets_reservationp_reservation_id_fc09bd8e_fk_wallets_r; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_reservationpart
    ADD CONSTRAINT wallets_reservationp_reservation_id_fc09bd8e_fk_wallets_r FOREIGN KEY (reservation_id) REFERENCES public.wallets_reservation(id) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: wallets_reservationpart wallets_reservationpart_asset_id_00002c98_fk_assets_asset_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_reservationpart
    ADD CONSTRAINT wallets_reservationpart_asset_id_00002c98_fk_assets_asset_code FOREIGN KEY (asset_id) REFERENCES public.assets_asset(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: wallets_wallet wallets_wallet_network_id_3ca1989b_fk_assets_network_code; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_wallet
    ADD CONSTRAINT wallets_wallet_network_id_3ca1989b_fk_assets_network_code FOREIGN KEY (network_id) REFERENCES public.assets_network(code) DEFERRABLE INITIALLY DEFERRED;


--
-- Name: wallets_wallet wallets_wallet_user_id_6cb307a0_fk_accounts_user_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.wallets_wallet
    ADD CONSTRAINT wallets_wallet_user_id_6cb307a0_fk_accounts_user_id FOREIGN KEY (user_id) REFERENCES public.accounts_user(id) DEFERRABLE INITIALLY DEFERRED;


--
-- PostgreSQL database dump complete
--


