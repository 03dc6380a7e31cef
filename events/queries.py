"""Reading a person's live feed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.db import models
from django.db.models import Count, Max, Min

from events.models import Event, FeedHead, FeedItem, Pending
from kit import sql

FEED_GROUP = "feeds"
"""The channel group on which every process that holds open connections is told who has news."""

_FOLLOWING = """
SELECT place, sequence, type, happened_at, data::text
FROM unnest(%s::text[], %s::bigint[]) WITH ORDINALITY AS asked (user_id, after, place)
CROSS JOIN LATERAL (
    SELECT sequence, type, happened_at, data FROM events_feeditem
    WHERE user_id = asked.user_id AND sequence > asked.after ORDER BY sequence LIMIT %s
) AS item
ORDER BY place, sequence
"""


def feed_head(*, user_id: str) -> int:
    """Return the last sequence number of this person's feed; 0 if it is empty."""
    return FeedHead.objects.filter(pk=user_id).aggregate(head=Max("sequence"))["head"] or 0


def feed_after(*, user_id: str, sequence: int, limit: int = 100) -> list[Mapping[str, Any]]:
    """Return the messages that follow this sequence number, oldest first, as API.md shows them."""
    items = FeedItem.objects.filter(user_id=user_id, sequence__gt=sequence).order_by("sequence")[:limit]
    return [
        {"sequence": item.sequence, "type": item.type, "at": item.happened_at.isoformat(), "data": item.data}
        for item in items
    ]


class Message(NamedTuple):
    """One message as it goes over the wire: its place in the person's feed, and its JSON."""

    sequence: int
    text: str


def feeds_after(places: Sequence[tuple[str, int]], *, limit: int = 100) -> list[list[Message]]:
    """Return for each person and sequence number the messages that follow it, as feed_after does; one query."""
    found: list[list[Message]] = [[] for _ in places]
    asked = [[user_id for user_id, _ in places], [sequence for _, sequence in places], limit]
    for place, sequence, kind, happened_at, data in sql.rows(_FOLLOWING, asked):
        at = happened_at.astimezone(UTC).isoformat()
        text = f'{{"sequence": {sequence}, "type": {json.dumps(kind)}, "at": "{at}", "data": {data}}}'
        found[place - 1].append(Message(sequence, text))
    return found


@dataclass(frozen=True)
class Backlog:
    """Live events that no relay has passed on yet."""

    count: int
    oldest_at: datetime | None


def backlog() -> Backlog:
    """Return how many live events wait for the relay, and since when."""
    waiting = Pending.objects.aggregate(count=Count("pk"), oldest_at=Min("event__happened_at"))
    return Backlog(waiting["count"], waiting["oldest_at"])


def events_of(subject: models.Model, *, limit: int = 200) -> list[Event]:
    """Return what happened to this row, the oldest first; of a long story the latest part."""
    name = f"{subject._meta.label_lower}:{subject.pk}"
    return list(Event.objects.filter(subject=name).order_by("-id")[:limit])[::-1]
