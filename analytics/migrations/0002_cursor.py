"""Reading begins with the first event there is: the sums say what has happened since then."""

from django.db import migrations


def begin(apps, schema_editor):
    apps.get_model("analytics", "Cursor").objects.using(schema_editor.connection.alias).create(consumer="analytics")


class Migration(migrations.Migration):
    dependencies = [("analytics", "0001_transaction_summary")]
    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
