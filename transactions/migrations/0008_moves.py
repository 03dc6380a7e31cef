"""Forbidden moves are impossible, also by SQL; and what happened to a transaction cannot be rewritten."""

from django.db import migrations

LAWS = """
CREATE FUNCTION transactions_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.status, NEW.status) IN (VALUES
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
        ('compensating', 'failed'), ('compensating', 'completed')
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a transaction cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER transactions_transaction_moves BEFORE UPDATE OF status ON transactions_transaction
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION transactions_check_move();

CREATE FUNCTION transactions_check_first() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'initiated' OR (NEW.type = 'deposit' AND NEW.status = 'blockchain_pending') THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a % cannot begin as %', NEW.type, NEW.status USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER transactions_transaction_first BEFORE INSERT ON transactions_transaction
    FOR EACH ROW EXECUTE FUNCTION transactions_check_first();

CREATE FUNCTION transactions_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER transactions_transaction_kept BEFORE DELETE ON transactions_transaction
    FOR EACH ROW EXECUTE FUNCTION transactions_refuse_change();
CREATE TRIGGER transactions_recoveryattempt_kept BEFORE UPDATE OR DELETE ON transactions_recoveryattempt
    FOR EACH ROW EXECUTE FUNCTION transactions_refuse_change();
CREATE TRIGGER transactions_providerinteraction_kept BEFORE UPDATE OR DELETE ON transactions_providerinteraction
    FOR EACH ROW EXECUTE FUNCTION transactions_refuse_change();
CREATE TRIGGER transactions_useraction_kept BEFORE UPDATE OR DELETE ON transactions_useraction
    FOR EACH ROW EXECUTE FUNCTION transactions_refuse_change();
"""
UNDO = """
DROP TRIGGER transactions_useraction_kept ON transactions_useraction;
DROP TRIGGER transactions_providerinteraction_kept ON transactions_providerinteraction;
DROP TRIGGER transactions_recoveryattempt_kept ON transactions_recoveryattempt;
DROP TRIGGER transactions_transaction_kept ON transactions_transaction;
DROP FUNCTION transactions_refuse_change();
DROP TRIGGER transactions_transaction_first ON transactions_transaction;
DROP FUNCTION transactions_check_first();
DROP TRIGGER transactions_transaction_moves ON transactions_transaction;
DROP FUNCTION transactions_check_move();
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0007_engine")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
