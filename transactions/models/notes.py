"""The words of the notes people write, so that a note is found by how one of its words begins."""

from django.db import models
from django.db.models import CompositePrimaryKey


class NoteWord(models.Model):
    """
    One word of a transaction's note, once for each person who sees it. Written by a trigger (migration 0016).

    The key is the index that searches go by: one person's rows for a word stand in the order of their list.
    """

    pk = CompositePrimaryKey("user_id", "word", "created_at", "transaction_id")
    user_id = models.CharField(max_length=32)
    word = models.CharField(max_length=64, db_collation="C")
    created_at = models.DateTimeField()
    transaction_id = models.CharField(max_length=32)

    def __str__(self) -> str:
        return self.word
