from django.db import migrations

LAWS = """
CREATE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the record is append-only: % refused', TG_OP USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER audit_entry_no_change BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_entry_no_truncate BEFORE TRUNCATE ON audit_entry
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_checkpoint_no_change BEFORE UPDATE OR DELETE ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_checkpoint_no_truncate BEFORE TRUNCATE ON audit_checkpoint
    FOR EACH STATEMENT EXECUTE FUNCTION audit_refuse_change();

-- What is looked for must be what was hashed.
ALTER TABLE audit_entry ADD CONSTRAINT audit_entry_is_its_content CHECK (
    content::jsonb @> jsonb_build_object('id', event_id, 'xid', xid::text, 'type', type, 'category', category,
        'name', name, 'subject', subject, 'actor', actor, 'user_id', user_id)
    AND (content::jsonb ->> 'happened_at')::timestamptz = happened_at
    AND transaction_id = CASE WHEN subject LIKE 'transactions.transaction:%'
        THEN left(split_part(subject, ':', 2), 32)
        WHEN jsonb_typeof(content::jsonb -> 'data' -> 'transaction_id') = 'string'
        THEN left(content::jsonb -> 'data' ->> 'transaction_id', 32) ELSE '' END
);
ALTER TABLE audit_checkpoint ADD CONSTRAINT audit_checkpoint_is_its_content CHECK (
    content::jsonb @> jsonb_build_object('kind', 'checkpoint', 'number', number, 'first', first, 'last', last)
    AND (content::jsonb ->> 'at')::timestamptz = signed_at
    AND last >= first - 1
);

CREATE FUNCTION audit_check_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before audit_entry;
BEGIN
    SELECT * INTO before FROM audit_entry ORDER BY position DESC LIMIT 1;
    IF NEW.position <> coalesce(before.position, 0) + 1
        OR NEW.previous <> coalesce(before.hash, repeat('0', 64))
        OR (NEW.xid, NEW.event_id) <= (coalesce(before.xid, 0), coalesce(before.event_id, 0)) THEN
        RAISE EXCEPTION 'entry % does not follow the last one', NEW.position USING ERRCODE = 'restrict_violation';
    END IF;
    IF NEW.hash <> encode(sha256(convert_to(NEW.position || E'\\n' || NEW.previous || E'\\n' || NEW.content, 'UTF8')),
        'hex') THEN
        RAISE EXCEPTION 'entry % has a wrong hash', NEW.position USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_entry_follows BEFORE INSERT ON audit_entry FOR EACH ROW EXECUTE FUNCTION audit_check_entry();

CREATE FUNCTION audit_check_checkpoint() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before audit_checkpoint;
    sealed text;
BEGIN
    SELECT * INTO before FROM audit_checkpoint ORDER BY number DESC LIMIT 1;
    SELECT hash INTO sealed FROM audit_entry WHERE position = NEW.last;
    IF NEW.number <> coalesce(before.number, 0) + 1 OR NEW.first <> coalesce(before.last, 0) + 1
        OR NEW.content::jsonb ->> 'hash' IS DISTINCT FROM
            (CASE WHEN NEW.last = 0 THEN repeat('0', 64) ELSE sealed END)
        OR NEW.content::jsonb ->> 'previous' IS DISTINCT FROM
            coalesce(encode(sha256(convert_to(before.content, 'UTF8')), 'hex'), repeat('0', 64)) THEN
        RAISE EXCEPTION 'checkpoint % does not follow the last one', NEW.number USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER audit_checkpoint_follows BEFORE INSERT ON audit_checkpoint
    FOR EACH ROW EXECUTE FUNCTION audit_check_checkpoint();
"""
UNDO = """
DROP TRIGGER audit_checkpoint_follows ON audit_checkpoint;
DROP FUNCTION audit_check_checkpoint();
DROP TRIGGER audit_entry_follows ON audit_entry;
DROP FUNCTION audit_check_entry();
ALTER TABLE audit_checkpoint DROP CONSTRAINT audit_checkpoint_is_its_content;
ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_is_its_content;
DROP TRIGGER audit_checkpoint_no_truncate ON audit_checkpoint;
DROP TRIGGER audit_checkpoint_no_change ON audit_checkpoint;
DROP TRIGGER audit_entry_no_truncate ON audit_entry;
DROP TRIGGER audit_entry_no_change ON audit_entry;
DROP FUNCTION audit_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(LAWS, UNDO)]
