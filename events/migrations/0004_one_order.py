from django.db import migrations

# The model does not know the column: inserts leave it to its default. Events that are there already get the id of
# this migration's own transaction, so their ids order them.
ADD = """
ALTER TABLE events_event ADD COLUMN xid xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX events_event_stream ON events_event (xid, id);
"""
UNDO = """
DROP INDEX events_event_stream;
ALTER TABLE events_event DROP COLUMN xid;
"""


class Migration(migrations.Migration):
    dependencies = [("events", "0003_names")]
    operations = [migrations.RunSQL(ADD, UNDO)]
