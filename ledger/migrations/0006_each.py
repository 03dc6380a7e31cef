"""
Posting in company inside a caller's transaction, in one round trip.

`ledger_post_group` waits half a second for an account that somebody else keeps locked, and then fails as a whole. This
then leaves out what is busy instead. The caller had a savepoint for it, which is two round trips more for each group.
"""

from django.db import migrations

POST_EACH = """
CREATE FUNCTION ledger_post_each(
    p_keys text[], p_fingerprints bytea[], p_kinds text[], p_counts int[], p_ats timestamptz[],
    p_owners int[], p_positions int[], p_codes text[], p_assets text[], p_amounts numeric[],
    OUT posting_ids bigint[], OUT are_new boolean[], OUT problems text[], OUT details text[]
) LANGUAGE plpgsql AS $$
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
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_group")]
    operations = [migrations.RunSQL([POST_EACH], ["DROP FUNCTION ledger_post_each"])]
