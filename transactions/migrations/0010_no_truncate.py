"""No table of movements and of what happened to them can be emptied at a stroke."""

from django.db import migrations

TABLES = ("transaction", "recoveryattempt", "providerinteraction", "useraction")
REFUSE = "".join(
    f"CREATE TRIGGER transactions_{table}_no_truncate BEFORE TRUNCATE ON transactions_{table}"
    " FOR EACH STATEMENT EXECUTE FUNCTION transactions_refuse_change();"
    for table in TABLES
)
UNDO = "".join(f"DROP TRIGGER transactions_{table}_no_truncate ON transactions_{table};" for table in TABLES)


class Migration(migrations.Migration):
    dependencies = [("transactions", "0009_round_trips")]
    operations = [migrations.RunSQL(REFUSE, UNDO)]
