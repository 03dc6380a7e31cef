from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('chains', '0006_found_memos'),
    ]

    operations = [
        migrations.AddField(
            model_name='cursor',
            name='first_compared_on',
            field=models.CharField(db_default='', default='', help_text='The run of the server on which it was first compared after a restore; empty: never restored.', max_length=40),
        ),
        migrations.AddField(
            model_name='cursor',
            name='first_compared_at',
            field=models.PositiveBigIntegerField(db_default=0, default=0, help_text="The network's newest block then: nothing lost was signed at a later one."),
        ),
    ]
