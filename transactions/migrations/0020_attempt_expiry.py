from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0019_written_on_their_way")]
    operations = [
        migrations.AddField(
            model_name="attempt",
            name="last_block",
            field=models.PositiveBigIntegerField(help_text="The last block that can hold it, as the network counts blocks; empty: any can.", null=True),
        ),
    ]
