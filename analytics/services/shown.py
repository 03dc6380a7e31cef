"""Prices that people were shown: which of them nothing came of."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from analytics.models import ShownPrice
from analytics.policy import ORDER_SLACK, UNUSED_AFTER, Outcome
from analytics.services.adding import Part, Sums
from events.stream import Fact

SHOWN, BEGUN = "preview.shown", "transaction.initiated"


class ShownPrices:
    """
    Those that a batch of events is about, and what becomes of them.

    Somebody who looks several times counts once: the time begins anew with each look. What follows of the same type is
    what the price was asked for, whatever the amount.
    """

    def __init__(self, facts: Iterable[Fact], sums: Sums) -> None:
        self._sums = sums
        about = {_key(fact) for fact in facts if fact.type in (SHOWN, BEGUN) and fact.user_id and "type" in fact.data}
        wanted = Q(user_id__in={user_id for user_id, _ in about})
        self._stored = {(row.user_id, row.type): row for row in ShownPrice.objects.filter(wanted)} if about else {}
        self._open = dict(self._stored)
        self._changed: set[tuple[str, str]] = set()

    def read(self, fact: Fact) -> None:
        """Take in that a price was shown, or that something was begun."""
        if fact.type not in (SHOWN, BEGUN) or not fact.user_id:
            return
        key = _key(fact)
        before = self._open.pop(key, None)
        if before is not None and fact.happened_at - before.at > UNUSED_AFTER:
            self._add(before)
        if fact.type == SHOWN:
            data = fact.data
            row = before or ShownPrice(user_id=fact.user_id, type=data["type"])
            row.network, row.asset, row.at = data["network"], data["asset"], fact.happened_at
            self._open[key] = row
            self._changed.add(key)

    def write(self, *, until: datetime) -> None:
        """Write down what is open now; what has been for too long at this moment was left unused."""
        gone = [row.pk for key, row in self._stored.items() if key not in self._open]
        if gone:
            ShownPrice.objects.filter(pk__in=gone).delete()
        changed = [self._open[key] for key in sorted(self._changed) if key in self._open]
        if changed:
            ShownPrice.objects.bulk_create(
                changed,
                update_conflicts=True,
                unique_fields=["user_id", "type"],
                update_fields=["network", "asset", "at"],
            )
        late = list(ShownPrice.objects.filter(at__lt=until - UNUSED_AFTER - ORDER_SLACK).order_by("pk"))
        for row in late:
            self._add(row)
        if late:
            ShownPrice.objects.filter(pk__in=[row.pk for row in late]).delete()

    def _add(self, row: ShownPrice) -> None:
        part = Part(type=row.type, network=row.network, asset=row.asset, outcome=Outcome.UNUSED)
        self._sums.add(part, at=row.at + UNUSED_AFTER, transactions=1)


def _key(fact: Fact) -> tuple[str, str]:
    return fact.user_id, fact.data["type"]
