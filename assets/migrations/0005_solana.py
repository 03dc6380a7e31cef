"""Solana and USDC on it; the mint is Circle's own on the main network."""

from django.db import migrations


def add(apps, schema_editor):
    Network = apps.get_model("assets", "Network")
    Asset = apps.get_model("assets", "Asset")
    Network.objects.create(code="solana", name="Solana", family="solana", native_asset="SOL", position=5)
    mint = "EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGkZwyTDt1v"
    for code, name, kind, scale, contract, position in (
        ("SOL", "Solana", "native", 9, "", 8),
        ("USDC.SOL", "USD Coin", "token", 6, mint, 9),
    ):
        Asset.objects.create(
            code=code, name=name, kind=kind, scale=scale, network_id="solana", contract=contract, position=position
        )


class Migration(migrations.Migration):
    dependencies = [("assets", "0004_evm_family")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
