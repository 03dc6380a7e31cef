"""What was noted stays, cases and corrections move along their tables, and neither is ever deleted."""

from django.db import migrations

LAWS = """
CREATE FUNCTION reconciliation_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER reconciliation_note_kept BEFORE UPDATE OR DELETE ON reconciliation_note
    FOR EACH ROW EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER reconciliation_note_no_truncate BEFORE TRUNCATE ON reconciliation_note
    FOR EACH STATEMENT EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER reconciliation_case_kept BEFORE DELETE ON reconciliation_case
    FOR EACH ROW EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER reconciliation_case_first_evidence BEFORE UPDATE OF evidence, key, kind, opened_at, first_run_id
    ON reconciliation_case FOR EACH ROW WHEN (
        (OLD.evidence, OLD.key, OLD.kind, OLD.opened_at, OLD.first_run_id)
        IS DISTINCT FROM (NEW.evidence, NEW.key, NEW.kind, NEW.opened_at, NEW.first_run_id)
    ) EXECUTE FUNCTION reconciliation_refuse_change();
CREATE TRIGGER reconciliation_correction_kept BEFORE DELETE ON reconciliation_correction
    FOR EACH ROW EXECUTE FUNCTION reconciliation_refuse_change();

CREATE FUNCTION reconciliation_check_case_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) IN (VALUES
        ('open', 'explained'), ('open', 'corrected'), ('open', 'closed'),
        ('explained', 'open'), ('explained', 'corrected'), ('explained', 'closed')
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a case cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER reconciliation_case_moves BEFORE UPDATE OF status ON reconciliation_case
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION reconciliation_check_case_move();

CREATE FUNCTION reconciliation_check_correction_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status = 'wanted' AND NEW.status IN ('carried_out', 'refused') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a correction cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER reconciliation_correction_moves BEFORE UPDATE OF status ON reconciliation_correction
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION reconciliation_check_correction_move();
"""
UNDO = """
DROP TRIGGER reconciliation_correction_moves ON reconciliation_correction;
DROP FUNCTION reconciliation_check_correction_move();
DROP TRIGGER reconciliation_case_moves ON reconciliation_case;
DROP FUNCTION reconciliation_check_case_move();
DROP TRIGGER reconciliation_correction_kept ON reconciliation_correction;
DROP TRIGGER reconciliation_case_first_evidence ON reconciliation_case;
DROP TRIGGER reconciliation_case_kept ON reconciliation_case;
DROP TRIGGER reconciliation_note_no_truncate ON reconciliation_note;
DROP TRIGGER reconciliation_note_kept ON reconciliation_note;
DROP FUNCTION reconciliation_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0001_initial")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
