"""Up to about one dollar's worth is set right by itself, until an administrator says otherwise."""

from django.db import migrations

THRESHOLDS = [("XLM", 3 * 10**7), ("USDC.XLM", 10**7)]


def add(apps, schema_editor):
    Threshold = apps.get_model("reconciliation", "Threshold")
    for asset, minor in THRESHOLDS:
        Threshold.objects.create(asset=asset, minor=minor)


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0005_solana_thresholds")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
