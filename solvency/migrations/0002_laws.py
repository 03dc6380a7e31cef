from django.db import migrations

LAWS = """
CREATE FUNCTION solvency_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER solvency_snapshot_no_delete BEFORE DELETE ON solvency_snapshot
    FOR EACH ROW EXECUTE FUNCTION solvency_refuse_change();
CREATE TRIGGER solvency_snapshot_no_truncate BEFORE TRUNCATE ON solvency_snapshot
    FOR EACH STATEMENT EXECUTE FUNCTION solvency_refuse_change();
-- What was published, or given up, stays as it is.
CREATE TRIGGER solvency_snapshot_stays BEFORE UPDATE ON solvency_snapshot
    FOR EACH ROW WHEN (OLD.status <> 'building') EXECUTE FUNCTION solvency_refuse_change();
CREATE TRIGGER solvency_root_no_change BEFORE UPDATE OR DELETE ON solvency_root
    FOR EACH ROW EXECUTE FUNCTION solvency_refuse_change();
CREATE TRIGGER solvency_root_no_truncate BEFORE TRUNCATE ON solvency_root
    FOR EACH STATEMENT EXECUTE FUNCTION solvency_refuse_change();
-- Hashes do not compress: trying to would cost more than it saves.
ALTER TABLE solvency_page ALTER COLUMN content SET STORAGE EXTERNAL;
"""
UNDO = """
ALTER TABLE solvency_page ALTER COLUMN content SET STORAGE EXTENDED;
DROP TRIGGER solvency_root_no_truncate ON solvency_root;
DROP TRIGGER solvency_root_no_change ON solvency_root;
DROP TRIGGER solvency_snapshot_stays ON solvency_snapshot;
DROP TRIGGER solvency_snapshot_no_truncate ON solvency_snapshot;
DROP TRIGGER solvency_snapshot_no_delete ON solvency_snapshot;
DROP FUNCTION solvency_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("solvency", "0001_initial")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
