from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("custody", "0003_pool")]
    operations = [
        migrations.AddField(
            model_name="signatureguard",
            name="last_block",
            field=models.PositiveBigIntegerField(help_text="The number of the last block that can hold it; empty: any can.", null=True),
        ),
        migrations.AddIndex(
            model_name="signatureguard",
            index=models.Index(condition=models.Q(("last_block__isnull", False)), fields=["subject"], name="custody_guard_expiring"),
        ),
    ]
