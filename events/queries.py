"""Reading a person's live feed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Count, Max, Min

from events.models import Event, FeedHead, FeedItem, Pending


def feed_group(user_id: str) -> str:
    """Return the channel group on which this person's open connections are knocked."""
    return f"feed.{user_id}"


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
