"""USDC can be held on Ethereum from now on: the wallets there, and the company, get their accounts of it."""

from django.db import migrations

ASSET, NETWORK = "USDC.ETH", "ethereum"
OPEN = """
INSERT INTO ledger_account (code, asset_id, purpose, normal_side, balance, version, opened_at)
SELECT wanted.code, %(asset)s, found.purpose, found.normal_side, 0, 0, now()
FROM (
    SELECT 'wallet:' || id || ':' || name AS code
    FROM wallets_wallet, unnest(ARRAY['available', 'held']) AS name WHERE network_id = %(network)s
    UNION ALL
    SELECT 'network:' || %(network)s || ':' || name
    FROM unnest(ARRAY['treasury', 'deposits', 'in_transit', 'fees', 'receivable', 'suspense']) AS name
) AS wanted
JOIN ledger_account AS found ON found.code = wanted.code AND found.asset_id = (
    SELECT native_asset FROM assets_network WHERE code = %(network)s
)
ON CONFLICT (code, asset_id) DO NOTHING
"""


def open_accounts(apps, schema_editor):
    """Open what such an account of the native coin exists of; elsewhere all are opened together."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(OPEN, {"asset": ASSET, "network": NETWORK})


class Migration(migrations.Migration):
    dependencies = [
        ("transactions", "0021_memo_and_assign"),
        ("assets", "0004_evm_family"),
        ("wallets", "0002_reservations"),
    ]
    operations = [migrations.RunPython(open_accounts, migrations.RunPython.noop)]
