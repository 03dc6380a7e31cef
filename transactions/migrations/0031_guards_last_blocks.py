"""
What custody has signed on Stellar before it wrote down the last ledger of bytes may land for ever in its eyes: it is told.

Here and not in custody, which knows no attempts. The guards are append-only, but for this one figure, once.
"""

from django.db import migrations

FILL = """
ALTER TABLE custody_signatureguard DISABLE TRIGGER custody_signatureguard_no_change;
UPDATE custody_signatureguard AS guard
    SET last_block = attempt.last_block
    FROM (
        SELECT transaction_id, unnest(replay_tokens) AS replay_token, max(last_block) AS last_block
        FROM transactions_attempt GROUP BY 1, 2 HAVING every(last_block IS NOT NULL)
    ) AS attempt
    WHERE guard.last_block IS NULL
        AND guard.subject = attempt.transaction_id AND guard.replay_token = attempt.replay_token;
ALTER TABLE custody_signatureguard ENABLE TRIGGER custody_signatureguard_no_change;
"""


class Migration(migrations.Migration):
    dependencies = [("custody", "0006_replacements"), ("transactions", "0030_rescan_stopped")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
