"""Begin at the end: what happened before there were notifications is news to nobody."""

from django.db import migrations

BEGIN = """
INSERT INTO notifications_cursor (consumer, xid, number)
SELECT 'notifications', coalesce(last.xid::text::bigint, 0), coalesce(last.id, 0)
FROM (SELECT 1) AS one
LEFT JOIN (SELECT xid, id FROM events_event ORDER BY xid DESC, id DESC LIMIT 1) AS last ON true
"""
UNDO = "DELETE FROM notifications_cursor"


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_notifications"), ("events", "0004_one_order")]
    operations = [migrations.RunSQL(BEGIN, UNDO)]
