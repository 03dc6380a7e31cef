"""Reading a person's live feed."""

from collections.abc import Mapping
from typing import Any

from django.db.models import Max

from events.models import FeedHead, FeedItem, Pending


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


def pending_count() -> int:
    """Return how many live events still wait for the relay."""
    return Pending.objects.count()
