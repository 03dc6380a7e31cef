from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0003_attempt_nonce_unique")]

    operations = [
        migrations.AddField(
            model_name="attempt",
            name="height",
            field=models.PositiveIntegerField(
                help_text="Of the block the scanner found it in; empty: in none.", null=True
            ),
        ),
    ]
