"""A bell must be able to tell what a worker has in hand from what only waits for its time."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0012_attempt_seen_height")]
    operations = [
        migrations.AddField(
            model_name="transaction",
            name="leased_until",
            field=models.DateTimeField(help_text="A worker has it in hand, until then; empty: none.", null=True),
        ),
    ]
