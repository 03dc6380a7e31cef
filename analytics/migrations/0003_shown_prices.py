from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('analytics', '0002_cursor'),
    ]

    operations = [
        migrations.CreateModel(
            name='ShownPrice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('user_id', models.CharField(max_length=32)),
                ('type', models.CharField(max_length=16)),
                ('network', models.CharField(max_length=16)),
                ('asset', models.CharField(max_length=16)),
                ('at', models.DateTimeField()),
            ],
            options={
                'indexes': [models.Index(fields=['at'], name='analytics_shown_since')],
                'constraints': [models.UniqueConstraint(fields=('user_id', 'type'), name='analytics_shown_price_once')],
            },
        ),
        migrations.AlterField(
            model_name='transactionsummary',
            name='outcome',
            field=models.CharField(choices=[('opened', 'opened'), ('completed', 'completed'), ('failed', 'failed'), ('abandoned', 'abandoned'), ('unused', 'unused')], max_length=12),
        ),
        migrations.RemoveConstraint(
            model_name='transactionsummary',
            name='transaction_summary_cause',
        ),
        migrations.AddConstraint(
            model_name='transactionsummary',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('cause', ''), ('outcome__in', ['completed', 'opened', 'unused'])), ('outcome__in', ['failed', 'abandoned']), _connector='OR'), name='transaction_summary_cause'),
        ),
    ]
