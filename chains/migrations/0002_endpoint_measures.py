from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("chains", "0001_initial")]
    operations = [
        migrations.AddField(
            model_name="endpoint",
            name="success_rate",
            field=models.FloatField(default=1, help_text="Measured share of answered calls, 0 to 1."),
        ),
        migrations.AddField(
            model_name="endpoint",
            name="cooling_until",
            field=models.DateTimeField(
                blank=True, null=True, help_text="The reporting process asks others first."
            ),
        ),
    ]
