import django.contrib.postgres.fields
from django.db import migrations, models

import chains.models


class Migration(migrations.Migration):

    dependencies = [
        ('chains', '0002_endpoint_measures'),
    ]

    operations = [
        migrations.AddField(
            model_name='cursor',
            name='compared_on',
            field=models.CharField(db_default=chains.models.ServerRun(), help_text='The run of the database server on which our books were known to have what we sent.', max_length=40),
        ),
        migrations.CreateModel(
            name='FoundSend',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('network', models.CharField(max_length=16)),
                ('txid', models.CharField(max_length=128)),
                ('height', models.PositiveBigIntegerField(help_text='Of the block it was found in.')),
                ('raw', models.BinaryField()),
                ('sender', models.CharField(help_text='On Bitcoin the address of its first input.', max_length=128)),
                ('replay_tokens', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=160), size=None)),
                ('outputs', models.JSONField(help_text='What it paid: address, minor units as text, and contract.')),
                ('subject', models.CharField(blank=True, max_length=64)),
                ('found_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('network', 'txid'), name='chains_foundsend_txid'), models.UniqueConstraint(condition=models.Q(('subject', ''), _negated=True), fields=('subject',), name='chains_foundsend_one_for_each')],
            },
        ),
    ]
