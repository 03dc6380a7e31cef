from django.db import migrations, models

GUARD = """
UPDATE custody_key SET taken_at = created_at;

DROP TRIGGER custody_key_stays ON custody_key;
-- A key stays who and where it is, its seal is filled in once, and it is given out once. Only the wrapping of its data
-- key is renewed.
CREATE TRIGGER custody_key_stays BEFORE UPDATE ON custody_key
    FOR EACH ROW WHEN (
        (OLD.id, OLD.branch_id, OLD.network_id, OLD.purpose, OLD.index, OLD.path, OLD.address, OLD.public_key,
         OLD.seal_version, OLD.created_at)
        IS DISTINCT FROM
        (NEW.id, NEW.branch_id, NEW.network_id, NEW.purpose, NEW.index, NEW.path, NEW.address, NEW.public_key,
         NEW.seal_version, NEW.created_at)
        OR OLD.sealed_key IS NOT NULL
        AND (OLD.sealed_key, OLD.sealed_at) IS DISTINCT FROM (NEW.sealed_key, NEW.sealed_at)
        OR OLD.taken_at IS NOT NULL AND OLD.taken_at IS DISTINCT FROM NEW.taken_at
    ) EXECUTE FUNCTION custody_refuse_change();

DROP TRIGGER custody_branch_stays ON custody_branch;
-- An index is never given out twice: the counters only grow.
CREATE TRIGGER custody_branch_stays BEFORE UPDATE ON custody_branch
    FOR EACH ROW WHEN (
        (OLD.id, OLD.vault_id, OLD.purpose, OLD.path, OLD.extended_public_key)
        IS DISTINCT FROM
        (NEW.id, NEW.vault_id, NEW.purpose, NEW.path, NEW.extended_public_key)
        OR NEW.next_index < OLD.next_index OR NEW.taken_below < OLD.taken_below
    ) EXECUTE FUNCTION custody_refuse_change();
"""
UNDO = """
DROP TRIGGER custody_branch_stays ON custody_branch;
CREATE TRIGGER custody_branch_stays BEFORE UPDATE ON custody_branch
    FOR EACH ROW WHEN (
        (OLD.id, OLD.vault_id, OLD.purpose, OLD.path, OLD.extended_public_key)
        IS DISTINCT FROM
        (NEW.id, NEW.vault_id, NEW.purpose, NEW.path, NEW.extended_public_key)
        OR NEW.next_index < OLD.next_index
    ) EXECUTE FUNCTION custody_refuse_change();
DROP TRIGGER custody_key_stays ON custody_key;
CREATE TRIGGER custody_key_stays BEFORE UPDATE ON custody_key
    FOR EACH ROW WHEN (
        (OLD.id, OLD.branch_id, OLD.network_id, OLD.purpose, OLD.index, OLD.path, OLD.address, OLD.public_key,
         OLD.seal_version, OLD.created_at)
        IS DISTINCT FROM
        (NEW.id, NEW.branch_id, NEW.network_id, NEW.purpose, NEW.index, NEW.path, NEW.address, NEW.public_key,
         NEW.seal_version, NEW.created_at)
        OR OLD.sealed_key IS NOT NULL
        AND (OLD.sealed_key, OLD.sealed_at) IS DISTINCT FROM (NEW.sealed_key, NEW.sealed_at)
    ) EXECUTE FUNCTION custody_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("custody", "0002_guards")]
    operations = [
        migrations.AddField(
            model_name="branch",
            name="taken_below",
            field=models.PositiveIntegerField(default=0, help_text="Keys of a lower index count as given out, whoever has them: so it is after a restore."),
        ),
        migrations.AlterField(
            model_name="branch",
            name="extended_public_key",
            field=models.CharField(blank=True, max_length=128),
        ),
        migrations.AddField(
            model_name="key",
            name="taken_at",
            field=models.DateTimeField(help_text="When it was given out, once for good; empty: in the pool.", null=True),
        ),
        migrations.RunSQL(GUARD, UNDO),
        migrations.AddIndex(
            model_name="key",
            index=models.Index(condition=models.Q(("taken_at__isnull", True)), fields=["branch", "index"], name="custody_key_in_pool"),
        ),
    ]
