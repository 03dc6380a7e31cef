"""The company gets its accounts of cold coins; refills move along their table, and what was approved stays as it was."""

from django.db import migrations

OPEN = """
INSERT INTO ledger_account (code, asset_id, purpose, normal_side, balance, version, opened_at)
SELECT replace(code, ':treasury', ':cold'), asset_id, 'cold', 'debit', 0, 0, now()
FROM ledger_account WHERE purpose = 'treasury' AND code LIKE 'network:%:treasury'
ON CONFLICT (code, asset_id) DO NOTHING;
"""
LAWS = """
CREATE FUNCTION transactions_refuse_refill_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what is asked for of cold stays as it is: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER transactions_refill_kept BEFORE DELETE ON transactions_refill
    FOR EACH ROW EXECUTE FUNCTION transactions_refuse_refill_change();
CREATE TRIGGER transactions_refill_terms BEFORE UPDATE ON transactions_refill FOR EACH ROW WHEN (
    (OLD.network_id, OLD.asset_id, OLD.amount_minor, OLD.max_fee_minor, OLD.from_address, OLD.to_address)
    IS DISTINCT FROM
    (NEW.network_id, NEW.asset_id, NEW.amount_minor, NEW.max_fee_minor, NEW.from_address, NEW.to_address)
) EXECUTE FUNCTION transactions_refuse_refill_change();

CREATE FUNCTION transactions_check_refill_move() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER transactions_refill_moves BEFORE UPDATE OF status ON transactions_refill
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION transactions_check_refill_move();
"""
UNDO = """
DROP TRIGGER transactions_refill_moves ON transactions_refill;
DROP FUNCTION transactions_check_refill_move();
DROP TRIGGER transactions_refill_terms ON transactions_refill;
DROP TRIGGER transactions_refill_kept ON transactions_refill;
DROP FUNCTION transactions_refuse_refill_change();
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0032_treasury"), ("ledger", "0007_cold")]
    operations = [
        migrations.RunSQL(OPEN, migrations.RunSQL.noop),
        migrations.RunSQL(LAWS, UNDO),
    ]
