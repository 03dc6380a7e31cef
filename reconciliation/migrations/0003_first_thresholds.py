"""Up to about one dollar's worth is set right by itself, until an administrator says otherwise."""

from django.db import migrations

THRESHOLDS = [("BTC", 1_000), ("ETH", 300_000_000_000_000)]


def add(apps, schema_editor):
    Threshold = apps.get_model("reconciliation", "Threshold")
    for asset, minor in THRESHOLDS:
        Threshold.objects.create(asset=asset, minor=minor)


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0002_laws")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
