"""Sui with its native coin, and Circle's dollar as it is on the public network."""

from django.db import migrations

USDC = "0xdba34672e30cb065b1f93e3ab55318768fd6fef66c15942c9f7cb846e2f900e7::usdc::USDC"
ASSETS = [("SUI", "Sui", "native", 9, "", 12), ("USDC.SUI", "USD Coin", "token", 6, USDC, 13)]


def add(apps, schema_editor):
    Network = apps.get_model("assets", "Network")
    Asset = apps.get_model("assets", "Asset")
    Network.objects.create(code="sui", name="Sui", family="sui", native_asset="SUI", position=7)
    for code, name, kind, scale, contract, position in ASSETS:
        Asset.objects.create(
            code=code, name=name, kind=kind, scale=scale, network_id="sui", contract=contract, position=position
        )


class Migration(migrations.Migration):
    dependencies = [("assets", "0006_stellar")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
