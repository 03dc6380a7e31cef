"""Bytes that a block holds are remembered apart from whether they succeeded: failed ones are not dead."""

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fill(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was seen to succeed was seen."""
    attempts = apps.get_model("transactions", "Attempt").objects.using(schema_editor.connection.alias)
    attempts.filter(height__isnull=False).update(seen_height=models.F("height"))


class Migration(migrations.Migration):
    dependencies = [("transactions", "0011_sweeps_by_address")]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="seen_height",
            field=models.PositiveIntegerField(
                help_text="Of the block the scanner found it in, whether it succeeded or failed; empty: in none.",
                null=True,
            ),
        ),
        migrations.AlterField(
            model_name="attempt",
            name="height",
            field=models.PositiveIntegerField(
                help_text="Of the block the scanner saw it succeed in; empty: in none.", null=True
            ),
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
