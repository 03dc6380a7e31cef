"""Walking through statuses for several transactions at once."""

from django.db import migrations

FUNCTION = """
-- As transactions_walk, for rows written in the same commit: each status is written by itself, so that the law of moves
-- sees each move.
CREATE FUNCTION transactions_walk_together(which text[], origin text, statuses text[]) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    here text := origin;
    next text;
    found_rows bigint;
BEGIN
    FOREACH next IN ARRAY statuses LOOP
        UPDATE transactions_transaction SET status = next WHERE id = ANY(which) AND status = here;
        GET DIAGNOSTICS found_rows = ROW_COUNT;
        IF found_rows <> cardinality(which) THEN
            RETURN false;
        END IF;
        here := next;
    END LOOP;
    RETURN true;
END $$;
"""
UNDO = "DROP FUNCTION transactions_walk_together(text[], text, text[]);"


class Migration(migrations.Migration):
    dependencies = [("transactions", "0013_leased_until")]
    operations = [migrations.RunSQL(FUNCTION, UNDO)]
