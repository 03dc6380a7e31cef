from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("assets", "0002_first_assets")]
    operations = [
        migrations.AlterField(
            model_name="network",
            name="family",
            field=models.CharField(
                choices=[("bitcoin", "Bitcoin"), ("evm", "Evm"), ("solana", "Solana"), ("stellar", "Stellar"), ("sui", "Sui")],
                max_length=16,
            ),
        ),
    ]
