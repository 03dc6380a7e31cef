from django.db import migrations
from django.utils import timezone

SOURCES = [
    ("coingecko", "CoinGecko"),
    ("coinmarketcap", "CoinMarketCap"),
    ("binance", "Binance"),
    ("coinbase", "Coinbase"),
]


def add(apps, schema_editor):
    if schema_editor.connection.alias != "default":
        return
    Provider = apps.get_model("providers", "Provider")
    for code, name in SOURCES:
        Provider.objects.create(code=code, kind="price", adapter=code, name=name, updated_at=timezone.now())


class Migration(migrations.Migration):
    dependencies = [("providers", "0001_providers")]
    operations = [migrations.RunPython(add, migrations.RunPython.noop)]
