from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chains", "0003_restored")]
    operations = [
        migrations.AddField(
            model_name="blockrecord",
            name="number",
            field=models.PositiveBigIntegerField(default=0, help_text="Blocks before it, where heights have gaps; else 0."),
        ),
    ]
