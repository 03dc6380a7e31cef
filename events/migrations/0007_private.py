from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0006_listeners'),
    ]

    operations = [
        migrations.AddField(
            model_name='pending',
            name='private',
            field=models.JSONField(null=True),
        ),
    ]
