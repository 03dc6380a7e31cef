"""An event as it goes over a bus outside the database: JSON, with its place and its predecessor's."""

import json
from datetime import datetime
from typing import Any

from events.stream import Fact, Place

_FIELDS = (
    *("type", "version", "category", "name", "subject", "actor", "user_id", "data", "live_type", "live_data"),
    "request_id",
)


def encode(fact: Fact) -> bytes:
    """Return the event's JSON."""
    told: dict[str, Any] = {name: getattr(fact, name) for name in _FIELDS}
    return json.dumps(told | {"place": fact.place, "happened_at": fact.happened_at.isoformat()}).encode()


def decode(message: bytes) -> Fact:
    """Return the event that `encode` was given."""
    told: dict[str, Any] = json.loads(message)
    place, at = Place(*told.pop("place")), datetime.fromisoformat(told.pop("happened_at"))
    return Fact(place=place, happened_at=at, **told)


def write_place(place: Place) -> str:
    return f"{place.xid}-{place.id}"


def read_place(text: str) -> Place:
    xid, _, number = text.partition("-")
    return Place(int(xid), int(number))
