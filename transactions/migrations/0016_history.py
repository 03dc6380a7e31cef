"""
The indexes that lists and searches go by, built while the product runs; and none that nothing goes by.

Django makes two indexes for every foreign key that is a text. Sixteen of them were written with each transaction and
with every change of what another index holds, and read by nothing: a row's people, wallets and assets are never deleted.
"""

import django.db.models.deletion
from django.conf import settings
from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Cast, Length

KEYS = (
    ("asset_id", "f78e5ec8"),
    ("fee_asset_id", "7588b659"),
    ("network_id", "fb8d99fb"),
    ("parent_id", "9f06dacd"),
    ("recipient_user_id", "6f1d579b"),
    ("recipient_wallet_id", "7eda1a34"),
    ("user_id", "b9ecc248"),
    ("wallet_id", "0706df16"),
)
UNREAD = [
    *((f"transactions_transaction_{column}_{mark}", column) for column, mark in KEYS),
    *((f"transactions_transaction_{column}_{mark}_like", f"{column} varchar_pattern_ops") for column, mark in KEYS),
    ("transactions_transaction_id_2a7499fd_like", "id varchar_pattern_ops"),
]


class Migration(migrations.Migration):
    atomic = False
    dependencies = [
        ("assets", "0002_first_assets"),
        ("transactions", "0015_note_words"),
        ("wallets", "0002_reservations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        AddIndexConcurrently(
            model_name='deposit',
            index=models.Index(condition=models.Q(('status__in', ['seen', 'confirmed'])), fields=['wallet'], name='transactions_deposit_arriving'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(models.F('user'), models.F('type'), models.F('asset'), Length(Cast('amount_minor', models.TextField())), models.F('created_at'), models.F('id'), condition=models.Q(('user__isnull', False)), include=('amount_minor', 'parent'), name='transactions_list_user'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(models.F('wallet'), models.F('type'), models.F('asset'), Length(Cast('amount_minor', models.TextField())), models.F('created_at'), models.F('id'), condition=models.Q(('wallet__isnull', False)), include=('amount_minor', 'parent'), name='transactions_list_wallet'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(models.F('recipient_user'), models.F('type'), models.F('asset'), Length(Cast('amount_minor', models.TextField())), models.F('created_at'), models.F('id'), condition=models.Q(('recipient_user__isnull', False), models.Q(('recipient_user', models.F('user')), _negated=True)), include=('amount_minor', 'parent'), name='transactions_list_to_user'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(models.F('recipient_wallet'), models.F('type'), models.F('asset'), Length(Cast('amount_minor', models.TextField())), models.F('created_at'), models.F('id'), condition=models.Q(('recipient_wallet__isnull', False)), include=('amount_minor', 'parent'), name='transactions_list_to_wallet'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(condition=models.Q(('recipient_user__isnull', False)), fields=['user', 'recipient_user', 'created_at', 'id'], name='transactions_between_people'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(condition=models.Q(models.Q(('to_address', ''), _negated=True), ('recipient_user__isnull', True)), fields=['user', 'to_address', 'created_at', 'id'], name='transactions_to_address'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(condition=models.Q(('failure_code', ''), _negated=True), fields=['user', 'created_at', 'id'], name='transactions_failed_sent'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(condition=models.Q(('next_look_at__isnull', False)), fields=['user', 'created_at', 'id'], name='transactions_open_sent'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(condition=models.Q(('failure_code', ''), _negated=True), fields=['recipient_user', 'created_at', 'id'], name='transactions_failed_given'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(condition=models.Q(('next_look_at__isnull', False)), fields=['recipient_user', 'created_at', 'id'], name='transactions_open_given'),
        ),
        AddIndexConcurrently(
            model_name='transaction',
            index=models.Index(condition=models.Q(('type', 'sweep')), fields=['network'], name='transactions_sweeps'),
        ),
        RemoveIndexConcurrently(
            model_name='transaction',
            name='transactions_of_user',
        ),
        RemoveIndexConcurrently(
            model_name='transaction',
            name='transactions_to_user',
        ),
        RemoveIndexConcurrently(
            model_name='transaction',
            name='transactions_of_wallet',
        ),
        RemoveIndexConcurrently(
            model_name='transaction',
            name='transactions_to_wallet',
        ),
        # Django itself would take the foreign keys off and put them on again, and look at every row under a lock.
        migrations.SeparateDatabaseAndState(
            database_operations=[
                migrations.RunSQL(
                    f"DROP INDEX CONCURRENTLY IF EXISTS {name}",
                    f"CREATE INDEX CONCURRENTLY IF NOT EXISTS {name} ON transactions_transaction ({column})",
                )
                for name, column in UNREAD
            ],
            state_operations=[
                migrations.AlterField(
                    model_name='transaction',
                    name='asset',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset'),
                ),
                migrations.AlterField(
                    model_name='transaction',
                    name='fee_asset',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='assets.asset'),
                ),
                migrations.AlterField(
                    model_name='transaction',
                    name='network',
                    field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, to='assets.network'),
                ),
                migrations.AlterField(
                    model_name='transaction',
                    name='parent',
                    field=models.ForeignKey(db_index=False, help_text='Of a refund: what is given back. Of a top-up: the sweep that needs the gas.', null=True, on_delete=django.db.models.deletion.PROTECT, related_name='children', to='transactions.transaction'),
                ),
                migrations.AlterField(
                    model_name='transaction',
                    name='recipient_user',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='received_transfers', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='transaction',
                    name='recipient_wallet',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='received_transfers', to='wallets.wallet'),
                ),
                migrations.AlterField(
                    model_name='transaction',
                    name='user',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to=settings.AUTH_USER_MODEL),
                ),
                migrations.AlterField(
                    model_name='transaction',
                    name='wallet',
                    field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='transactions', to='wallets.wallet'),
                ),
            ],
        ),
    ]
