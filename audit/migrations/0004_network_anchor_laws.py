from django.db import migrations

LAWS = """
CREATE TRIGGER audit_network_anchor_no_change BEFORE UPDATE OR DELETE ON audit_networkanchor
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_network_anchor_no_truncate BEFORE TRUNCATE ON audit_networkanchor
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

CREATE FUNCTION audit_check_network_anchor() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.checkpoint IS NOT NULL AND NEW.hash IS DISTINCT FROM
        (SELECT encode(sha256(convert_to(content, 'UTF8')), 'hex') FROM audit_checkpoint WHERE number = NEW.checkpoint)
    THEN
        RAISE EXCEPTION 'checkpoint % has another hash', NEW.checkpoint USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_network_anchor_is_its_checkpoint BEFORE INSERT ON audit_networkanchor
    FOR EACH ROW EXECUTE FUNCTION audit_check_network_anchor();
"""
UNDO = """
DROP TRIGGER audit_network_anchor_is_its_checkpoint ON audit_networkanchor;
DROP FUNCTION audit_check_network_anchor();
DROP TRIGGER audit_network_anchor_no_truncate ON audit_networkanchor;
DROP TRIGGER audit_network_anchor_no_change ON audit_networkanchor;
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_network_anchor")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
