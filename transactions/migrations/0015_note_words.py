"""The words of notes, in a table of their own: searched by how they begin, in the order of a person's list."""

from django.db import migrations, models

WORDS = """
-- Of ASCII, signs and white space part words; every other script's letters stay together.
CREATE FUNCTION transactions_words(note text) RETURNS SETOF text LANGUAGE sql IMMUTABLE AS $$
    SELECT DISTINCT left(word, 64) FROM regexp_split_to_table(lower(note), '[[:space:][:punct:]]+') word WHERE word <> ''
$$;
CREATE FUNCTION transactions_note_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO transactions_noteword (user_id, word, created_at, transaction_id)
    SELECT DISTINCT owner, word, NEW.created_at, NEW.id
    FROM transactions_words(NEW.memo) word, unnest(ARRAY[NEW.user_id, NEW.recipient_user_id]) owner
    WHERE owner IS NOT NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER transactions_transaction_words AFTER INSERT ON transactions_transaction
    FOR EACH ROW WHEN (NEW.memo <> '') EXECUTE FUNCTION transactions_note_words();
INSERT INTO transactions_noteword (user_id, word, created_at, transaction_id)
    SELECT DISTINCT owner, word, t.created_at, t.id
    FROM transactions_transaction t, transactions_words(t.memo) word, unnest(ARRAY[t.user_id, t.recipient_user_id]) owner
    WHERE t.memo <> '' AND owner IS NOT NULL;
"""
UNDO = """
DROP TRIGGER transactions_transaction_words ON transactions_transaction;
DROP FUNCTION transactions_note_words();
DROP FUNCTION transactions_words(text);
"""


class Migration(migrations.Migration):
    dependencies = [("transactions", "0014_walk_together")]
    operations = [
        migrations.CreateModel(
            name='NoteWord',
            fields=[
                ('pk', models.CompositePrimaryKey('user_id', 'word', 'created_at', 'transaction_id', blank=True, editable=False, primary_key=True, serialize=False)),
                ('user_id', models.CharField(max_length=32)),
                ('word', models.CharField(db_collation='C', max_length=64)),
                ('created_at', models.DateTimeField()),
                ('transaction_id', models.CharField(max_length=32)),
            ],
        ),
        migrations.RunSQL(WORDS, UNDO),
    ]
