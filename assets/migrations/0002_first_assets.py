from django.db import migrations

NETWORKS = [
    ("bitcoin", "Bitcoin", "bitcoin", "BTC", 1),
    ("ethereum", "Ethereum", "evm", "ETH", 2),
]
ASSETS = [
    ("BTC", "Bitcoin", "native", 8, "bitcoin", 1),
    ("ETH", "Ether", "native", 18, "ethereum", 2),
    ("USD", "US dollar", "fiat", 2, None, 100),
    ("EUR", "Euro", "fiat", 2, None, 101),
]


def add(apps, schema_editor):
    Network = apps.get_model("assets", "Network")
    Asset = apps.get_model("assets", "Asset")
    for code, name, family, native, position in NETWORKS:
        Network.objects.create(code=code, name=name, family=family, native_asset=native, position=position)
    for code, name, kind, scale, network, position in ASSETS:
        Asset.objects.create(code=code, name=name, kind=kind, scale=scale, network_id=network, position=position)


class Migration(migrations.Migration):
    dependencies = [("assets", "0001_initial")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
