"""Up to about one dollar's worth is set right by itself, until an administrator says otherwise."""

from django.db import migrations


def add(apps, schema_editor):
    Threshold = apps.get_model("reconciliation", "Threshold")
    for asset, minor in (("SOL", 5 * 10**6), ("USDC.SOL", 10**6)):
        Threshold.objects.create(asset=asset, minor=minor)


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0004_evm_thresholds")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
