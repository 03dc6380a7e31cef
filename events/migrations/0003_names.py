from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("events", "0002_append_only")]
    operations = [
        migrations.AddField(
            model_name="event",
            name="category",
            field=models.CharField(
                blank=True, default="", help_text="command, domain or integration; empty: unnamed.", max_length=12
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="event",
            name="name",
            field=models.CharField(
                blank=True,
                default="",
                help_text="What the architecture calls it: BalanceReserved, …",
                max_length=64,
            ),
            preserve_default=False,
        ),
    ]
