"""An event as it goes over a bus outside the database: JSON, with its place, its predecessor's, and our mark."""

import json
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest
from typing import Any

from django.conf import settings
from django.utils.crypto import salted_hmac

from events.stream import Fact, Place

ID, AFTER, MARK = "Nats-Msg-Id", "Holdfast-After", "Holdfast-Mark"
_SALT = "events.wire"
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


def label(subject: str, body: bytes, *, place: Place, after: Place) -> dict[str, str]:
    """Return the headers of a message: its event's place, the one before it, and the mark that only we can make."""
    named = {ID: write_place(place), AFTER: write_place(after)}
    return named | {MARK: _mark(subject, body, named)}


def read_label(subject: str, body: bytes, headers: Mapping[str, str] | None) -> tuple[Place, Place] | None:
    """Return an event's place and the one before it; None where the message is not one of ours as we sent it."""
    given = headers or {}
    if not {ID, AFTER, MARK} <= given.keys():
        return None
    if not compare_digest(given[MARK].encode(), _mark(subject, body, given).encode()):
        return None
    return read_place(given[ID]), read_place(given[AFTER])


def _mark(subject: str, body: bytes, named: Mapping[str, str]) -> str:
    said = f"{subject}\n{named[ID]}\n{named[AFTER]}\n".encode()
    return blake2b(said + body, key=_key(settings.SECRET_KEY), digest_size=32).hexdigest()


@lru_cache(maxsize=1)
def _key(secret: str) -> bytes:
    """Return the key that marks are made with: one for each event would cost more than the mark itself."""
    return salted_hmac(_SALT, "", secret=secret, algorithm="sha256").digest()


def write_place(place: Place) -> str:
    return f"{place.xid}-{place.id}"


def read_place(text: str) -> Place:
    xid, _, number = text.partition("-")
    return Place(int(xid), int(number))
