"""Up to about one dollar's worth is set right by itself, until an administrator says otherwise."""

from django.db import migrations

THRESHOLDS = [
    ("USDC.ETH", 10**6),
    ("POL", 2 * 10**18),
    ("USDC.POL", 10**6),
    ("BNB", 10**15),
    ("USDC.BNB", 10**18),
]


def add(apps, schema_editor):
    Threshold = apps.get_model("reconciliation", "Threshold")
    for asset, minor in THRESHOLDS:
        Threshold.objects.create(asset=asset, minor=minor)


class Migration(migrations.Migration):
    dependencies = [("reconciliation", "0003_first_thresholds")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
