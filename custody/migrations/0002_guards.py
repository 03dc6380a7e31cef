from django.db import migrations

GUARD = """
CREATE FUNCTION custody_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% of % refused', TG_OP, TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;

CREATE TRIGGER custody_signatureguard_no_change BEFORE UPDATE OR DELETE ON custody_signatureguard
    FOR EACH ROW EXECUTE FUNCTION custody_refuse_change();
CREATE TRIGGER custody_signatureguard_no_truncate BEFORE TRUNCATE ON custody_signatureguard
    FOR EACH STATEMENT EXECUTE FUNCTION custody_refuse_change();

CREATE TRIGGER custody_key_no_delete BEFORE DELETE ON custody_key
    FOR EACH ROW EXECUTE FUNCTION custody_refuse_change();
CREATE TRIGGER custody_key_no_truncate BEFORE TRUNCATE ON custody_key
    FOR EACH STATEMENT EXECUTE FUNCTION custody_refuse_change();
-- A key stays who and where it is, and its seal is filled in once. Only the wrapping of its data key is renewed.
CREATE TRIGGER custody_key_stays BEFORE UPDATE ON custody_key
    FOR EACH ROW WHEN (
        (OLD.id, OLD.branch_id, OLD.network_id, OLD.purpose, OLD.index, OLD.path, OLD.address, OLD.public_key,
         OLD.seal_version, OLD.created_at)
        IS DISTINCT FROM
        (NEW.id, NEW.branch_id, NEW.network_id, NEW.purpose, NEW.index, NEW.path, NEW.address, NEW.public_key,
         NEW.seal_version, NEW.created_at)
        OR OLD.sealed_key IS NOT NULL
        AND (OLD.sealed_key, OLD.sealed_at) IS DISTINCT FROM (NEW.sealed_key, NEW.sealed_at)
    ) EXECUTE FUNCTION custody_refuse_change();

CREATE TRIGGER custody_vault_no_delete BEFORE DELETE ON custody_vault
    FOR EACH ROW EXECUTE FUNCTION custody_refuse_change();
CREATE TRIGGER custody_vault_no_truncate BEFORE TRUNCATE ON custody_vault
    FOR EACH STATEMENT EXECUTE FUNCTION custody_refuse_change();
CREATE TRIGGER custody_vault_stays BEFORE UPDATE ON custody_vault
    FOR EACH ROW WHEN (
        (OLD.id, OLD.network_id, OLD.sealed_entropy, OLD.seal_version, OLD.created_at)
        IS DISTINCT FROM
        (NEW.id, NEW.network_id, NEW.sealed_entropy, NEW.seal_version, NEW.created_at)
    ) EXECUTE FUNCTION custody_refuse_change();

CREATE TRIGGER custody_branch_no_delete BEFORE DELETE ON custody_branch
    FOR EACH ROW EXECUTE FUNCTION custody_refuse_change();
CREATE TRIGGER custody_branch_no_truncate BEFORE TRUNCATE ON custody_branch
    FOR EACH STATEMENT EXECUTE FUNCTION custody_refuse_change();
-- An index is never given out twice: the counter only grows.
CREATE TRIGGER custody_branch_stays BEFORE UPDATE ON custody_branch
    FOR EACH ROW WHEN (
        (OLD.id, OLD.vault_id, OLD.purpose, OLD.path, OLD.extended_public_key)
        IS DISTINCT FROM
        (NEW.id, NEW.vault_id, NEW.purpose, NEW.path, NEW.extended_public_key)
        OR NEW.next_index < OLD.next_index
    ) EXECUTE FUNCTION custody_refuse_change();
"""
UNDO = """
DROP TRIGGER custody_branch_stays ON custody_branch;
DROP TRIGGER custody_branch_no_truncate ON custody_branch;
DROP TRIGGER custody_branch_no_delete ON custody_branch;
DROP TRIGGER custody_vault_stays ON custody_vault;
DROP TRIGGER custody_vault_no_truncate ON custody_vault;
DROP TRIGGER custody_vault_no_delete ON custody_vault;
DROP TRIGGER custody_key_stays ON custody_key;
DROP TRIGGER custody_key_no_truncate ON custody_key;
DROP TRIGGER custody_key_no_delete ON custody_key;
DROP TRIGGER custody_signatureguard_no_truncate ON custody_signatureguard;
DROP TRIGGER custody_signatureguard_no_change ON custody_signatureguard;
DROP FUNCTION custody_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("custody", "0001_initial")]
    operations = [migrations.RunSQL(GUARD, UNDO)]
