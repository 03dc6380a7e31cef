"""Up to about one dollar's worth is set right by itself, until an administrator says otherwise."""

from django.db import migrations

THRESHOLDS = [("SUI", 3 * 10**8), ("USDC.SUI", 10**6)]


def add(apps, schema_editor):
    Threshold = apps.get_model("reconciliation", "Threshold")
    for asset, minor in THRESHOLDS:
        Threshold.objects.create(asset=asset, minor=minor)


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0007_addresses")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
