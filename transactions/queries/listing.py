"""
A person's movements of money, narrowed and searched, in pages that cost the same however many there are.

Every page is merged from branches, each of which an index hands out in the order of the list: one for each type, asset
and number of digits that the person has, or one for each way in which something can be what is searched for. No branch
is read further than the page is long, except where a status or an amount has to be looked at row by row.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from kit import sql
from kit.errors import InvalidInput
from transactions.models import STATUS_FLOW, Status, Transaction
from transactions.queries import listing_sql

OPEN = tuple(status for status in Status.values if status not in STATUS_FLOW.final)
"""The statuses of what is on its way."""

AMOUNT = re.compile(r"[0-9]{1,60}(\.[0-9]{1,60})?", re.ASCII)
"""What `least` and `most` are read from."""

_PLACE = """
SELECT created_at FROM transactions_transaction WHERE id = %s AND %s::text IN (user_id, recipient_user_id)
"""


@dataclass(frozen=True)
class Narrowing:
    """
    What of a list is wanted; what is empty narrows nothing.

    `since` is included and `until` is not. `least` and `most` are in the asset's own unit, both included. `text` is
    an id, a network's transaction id, an address, a person's e-mail address, or how words of the note begin.
    """

    types: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    asset: str = ""
    network: str = ""
    wallet: str = ""
    direction: str = ""
    since: datetime | None = None
    until: datetime | None = None
    least: Decimal | None = None
    most: Decimal | None = None
    text: str = ""


@dataclass(frozen=True)
class History:
    """What moved a person's money, newest first; nothing is read before a page is asked for."""

    user_id: str
    wanted: Narrowing = Narrowing()

    def narrowed(self, **changes: Any) -> "History":
        """Return the same list with these fields of its narrowing changed."""
        return replace(self, wanted=replace(self.wanted, **changes))

    def page(self, *, limit: int, after: str = "", before: str = "") -> list[Transaction]:
        """
        Return the first rows, or those that follow `after`, or those that stand right above `before`, newest first.

        :raises InvalidInput: if `after` or `before` is no transaction of this person's
        """
        ids = self._ids(limit=limit, after=after, before=before)
        found = Transaction.objects.select_related("network", "asset", "user").prefetch_related("steps").in_bulk(ids)
        return [found[each] for each in ids]

    def batches(self, size: int, *, after: str = "") -> Iterator[list[Transaction]]:
        """Return all of it, a batch at a time; rows added meanwhile are neither shown nor shift what is."""
        batch = self.page(limit=size, after=after)
        while batch:
            yield batch
            batch = self.page(limit=size, after=batch[-1].pk) if len(batch) == size else []

    def count(self, *, most: int) -> int:
        """Return how long the list is, counted up to `most`."""
        return listing_sql.count(user_id=self.user_id, wanted=self.wanted, most=most)

    def has_more_than(self, count: int) -> bool:
        """Tell whether the list is longer than this."""
        return self.count(most=count + 1) > count

    def _ids(self, *, limit: int, after: str = "", before: str = "") -> list[str]:
        place = self._place(after or before, is_backward=bool(before)) if after or before else None
        ids = listing_sql.ids(user_id=self.user_id, wanted=self.wanted, place=place, limit=limit)
        return ids[::-1] if before else ids

    def _place(self, transaction_id: str, *, is_backward: bool) -> listing_sql.Place:
        found = sql.rows(_PLACE, [transaction_id, self.user_id])
        if not found:
            reason = {"cursor": ["Take it unchanged from next or previous."]}
            raise InvalidInput("The cursor cannot be read.", fields=reason)
        return listing_sql.Place(found[0][0], transaction_id, is_backward)
