"""What was several round trips in one: walking through statuses, and taking an Idempotency-Key."""

from django.db import migrations

FUNCTIONS = """
-- Each status on the way is written by itself, so that the law of moves sees each move.
CREATE FUNCTION transactions_walk(which text, origin text, statuses text[], at timestamptz) RETURNS boolean
LANGUAGE plpgsql AS $$
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

-- The answer is looked for after the lock is had, as a statement of its own: so it sees what the last holder committed.
CREATE FUNCTION transactions_take_key(whose text, which text,
    OUT is_mine boolean, OUT found_route text, OUT found_hash bytea, OUT found_status integer, OUT found_response text)
LANGUAGE plpgsql AS $$
BEGIN
    is_mine := pg_try_advisory_xact_lock(hashtextextended('idempotency:' || whose || ':' || which, 1));
    IF is_mine THEN
        SELECT route, body_hash, status_code, response::text
            INTO found_route, found_hash, found_status, found_response
            FROM transactions_idempotencyrecord WHERE user_id = whose AND key = which;
    END IF;
END $$;
"""
UNDO = """
DROP FUNCTION transactions_take_key(text, text);
DROP FUNCTION transactions_walk(text, text, text[], timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0008_moves")]
    operations = [migrations.RunSQL(FUNCTIONS, UNDO)]
