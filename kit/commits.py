"""
What was written by whom: a high-water mark that no commit slips under.

Ids are handed out before their rows are committed, so "everything above the highest id I have seen" misses the row of
a transaction that took its id earlier and committed later. The number of the writing transaction, compared with the
oldest one still under way when something was read, misses none.
"""

from dataclasses import dataclass

from django.db import models

from kit import sql

_SNAPSHOT = """
SELECT pg_snapshot_xmin(at)::text::bigint,
       greatest(pg_snapshot_xmax(at)::text::bigint, pg_current_xact_id_if_assigned()::text::bigint + 1),
       concat_ws('/', system_identifier, left(pg_walfile_name(pg_current_wal_insert_lsn()), 8), current_database())
FROM pg_current_snapshot() at, pg_control_system()
"""


class WrittenBy(models.Func):
    """The number of the transaction that writes the row; as a column's default."""

    template = "(pg_current_xact_id()::text::bigint)"
    output_field = models.BigIntegerField()


@dataclass(frozen=True)
class Snapshot:
    """
    What can be seen now: all that transactions below `complete_below` committed, and nothing from `begins_at` on.

    What the asking transaction has written itself counts as seen, too.
    `run` is which run of which server it is: numbers of another one say nothing about these.
    """

    complete_below: int
    begins_at: int
    run: str


def snapshot() -> Snapshot:
    """Return what a statement that begins now sees; one that follows sees that, and perhaps more."""
    return Snapshot(*sql.rows(_SNAPSHOT, [])[0])
