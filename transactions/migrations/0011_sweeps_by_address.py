"""Which sweeps an address has had is asked every few seconds: not by reading a network's every transaction."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("transactions", "0010_no_truncate")]
    operations = [
        migrations.AddIndex(
            model_name="transaction",
            index=models.Index(
                condition=models.Q(("from_address", ""), _negated=True),
                fields=["from_address"],
                name="transactions_from_address",
            ),
        ),
    ]
