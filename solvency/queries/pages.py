"""Pages of a tree as of a snapshot."""

from collections.abc import Collection, Mapping

from kit import sql
from solvency.tree import Place

_PAGES = """
SELECT at.level, at.number, page.content
FROM unnest(%s::integer[], %s::integer[]) at (level, number) CROSS JOIN LATERAL (
    SELECT content FROM solvency_page p
    WHERE p.tree_id = %s AND p.level = at.level AND p.number = at.number AND p.snapshot_id <= %s
    ORDER BY p.snapshot_id DESC LIMIT 1
) page
"""


def pages_of(tree_id: int, places: Collection[Place], *, snapshot: int) -> Mapping[Place, bytes]:
    """Return the pages at these places as they were in this snapshot of the tree."""
    given = [[at.level for at in places], [at.number for at in places], tree_id, snapshot]
    return {Place(level, number): bytes(content) for level, number, content in sql.rows(_PAGES, given)}
