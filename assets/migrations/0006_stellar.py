"""Stellar with lumens, and Circle's dollar as it is on the public network."""

from django.db import migrations

ASSETS = [
    ("XLM", "Lumen", "native", "", 10),
    ("USDC.XLM", "USD Coin", "token", "USDC:GA5ZSEJYB37JRC5AVCIA5MOP4RHTM335X2KGX3IHOJAPP5RE34K4KZVN", 11),
]


def add(apps, schema_editor):
    Network = apps.get_model("assets", "Network")
    Asset = apps.get_model("assets", "Asset")
    Network.objects.create(code="stellar", name="Stellar", family="stellar", native_asset="XLM", position=6)
    for code, name, kind, contract, position in ASSETS:
        Asset.objects.create(
            code=code, name=name, kind=kind, scale=7, network_id="stellar", contract=contract, position=position
        )


class Migration(migrations.Migration):
    dependencies = [("assets", "0005_solana")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
