from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('number', models.BigIntegerField(help_text='From 1, without gaps.', primary_key=True, serialize=False)),
                ('first', models.BigIntegerField(help_text='The first position sealed.')),
                ('last', models.BigIntegerField(help_text='The last position sealed; one less than the first if there is none.')),
                ('signed_at', models.DateTimeField()),
                ('content', models.TextField(help_text='What is signed, as JSON with sorted keys.')),
                ('signature', models.CharField(help_text='Ed25519, in hex.', max_length=128)),
            ],
            options={
                'indexes': [models.Index(fields=['last'], name='audit_checkpoint_last')],
            },
        ),
        migrations.CreateModel(
            name='Entry',
            fields=[
                ('position', models.BigIntegerField(help_text='From 1, without gaps.', primary_key=True, serialize=False)),
                ('event_id', models.BigIntegerField(unique=True)),
                ('xid', models.BigIntegerField(help_text='The transaction that wrote the event, in the core database.')),
                ('happened_at', models.DateTimeField()),
                ('type', models.CharField(max_length=64)),
                ('category', models.CharField(blank=True, max_length=12)),
                ('name', models.CharField(blank=True, max_length=64)),
                ('subject', models.CharField(max_length=96)),
                ('transaction_id', models.CharField(blank=True, help_text='Which transaction it is about, if any.', max_length=32)),
                ('actor', models.CharField(max_length=48)),
                ('user_id', models.CharField(blank=True, max_length=32)),
                ('content', models.TextField(help_text='The whole event as JSON with sorted keys: the very text that is hashed.')),
                ('previous', models.CharField(help_text='The hash of the entry before; zeros for the first.', max_length=64)),
                ('hash', models.CharField(help_text='SHA-256 over position, previous and content, in hex.', max_length=64)),
            ],
            options={
                'verbose_name_plural': 'entries',
                'indexes': [models.Index(fields=['user_id', 'position'], name='audit_entry_user'), models.Index(fields=['actor', 'position'], name='audit_entry_actor'), models.Index(fields=['transaction_id', 'position'], name='audit_entry_transaction'), models.Index(fields=['subject', 'position'], name='audit_entry_subject'), models.Index(fields=['type', 'position'], name='audit_entry_type'), models.Index(fields=['name', 'position'], name='audit_entry_name'), models.Index(fields=['happened_at'], name='audit_entry_moment')],
            },
        ),
    ]
