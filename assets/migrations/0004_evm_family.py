"""Polygon, BNB Smart Chain, and USDC on all EVM networks; contracts are those of the main networks."""

from django.db import migrations, models

NETWORKS = [
    ("polygon", "Polygon", "evm", "POL", 3),
    ("bsc", "BNB Smart Chain", "evm", "BNB", 4),
]
# Contracts: Circle's own on Ethereum and Polygon; on BNB Smart Chain the one that Binance backs, with 18 decimals.
ASSETS = [
    ("USDC.ETH", "USD Coin", "token", 6, "ethereum", "0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48", 3),
    ("POL", "POL", "native", 18, "polygon", "", 4),
    ("USDC.POL", "USD Coin", "token", 6, "polygon", "0x3c499c542cEF5E3811e1192ce70d8cC03d5c3359", 5),
    ("BNB", "BNB", "native", 18, "bsc", "", 6),
    ("USDC.BNB", "USD Coin", "token", 18, "bsc", "0x8AC76a51cc950d9822D68b83fE1Ad97B32Cd580d", 7),
]


def add(apps, schema_editor):
    Network = apps.get_model("assets", "Network")
    Asset = apps.get_model("assets", "Asset")
    for code, name, family, native, position in NETWORKS:
        Network.objects.create(code=code, name=name, family=family, native_asset=native, position=position)
    for code, name, kind, scale, network, contract, position in ASSETS:
        Asset.objects.create(
            code=code, name=name, kind=kind, scale=scale, network_id=network, contract=contract, position=position
        )


class Migration(migrations.Migration):
    dependencies = [("assets", "0003_families")]
    operations = [
        migrations.AddField(
            model_name="asset",
            name="takes_fee",
            field=models.BooleanField(
                default=False,
                help_text="A transfer of it delivers less than was sent: what arrives is credited, none is sent.",
            ),
        ),
        migrations.RunPython(add, migrations.RunPython.noop),
    ]
