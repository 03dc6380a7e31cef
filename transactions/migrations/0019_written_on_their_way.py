"""A new row may be written where its way has led it: what five updates did, in none."""

from importlib import import_module

from django.db import migrations

WAY = """
CREATE FUNCTION transactions_may_move(here text, there text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
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

CREATE OR REPLACE FUNCTION transactions_check_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF transactions_may_move(OLD.status, NEW.status) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a transaction cannot go from % to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
END $$;

-- A row begins in its type's first status, or comes to a later one by a way (the setting holdfast.way of this database
-- transaction) whose every step is a move that the table allows: as if each had been written by itself. A way is for
-- one statement.
CREATE OR REPLACE FUNCTION transactions_check_first() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION transactions_forget_way() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('holdfast.way', '', true);
    RETURN NULL;
END $$;
CREATE TRIGGER transactions_transaction_way_is_over AFTER INSERT ON transactions_transaction
    FOR EACH STATEMENT EXECUTE FUNCTION transactions_forget_way();

DROP FUNCTION transactions_walk_together(text[], text, text[]);
"""
_before = import_module("transactions.migrations.0008_moves").LAWS
_together = import_module("transactions.migrations.0014_walk_together").FUNCTION
UNDO = f"""
DROP TRIGGER transactions_transaction_way_is_over ON transactions_transaction;
DROP FUNCTION transactions_forget_way();
{_together}
{_before[: _before.index("CREATE TRIGGER transactions_transaction_moves")].replace("CREATE", "CREATE OR REPLACE")}
{_before[_before.index("CREATE FUNCTION transactions_check_first") : _before.index("CREATE TRIGGER transactions_transaction_first")].replace("CREATE", "CREATE OR REPLACE")}
DROP FUNCTION transactions_may_move(text, text);
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0018_exports")]
    operations = [migrations.RunSQL(WAY, UNDO)]
