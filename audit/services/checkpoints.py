"""Sealing the record: a signature over every range of it, empty ones too."""

import json
import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction

from audit.errors import ChainBroken
from audit.models import Checkpoint
from audit.queries import last_checkpoint, last_entry, walk
from audit.services.anchors import anchor
from audit.services.copying import moment
from audit.services.keys import public_key, signing_key
from audit.verify import NOTHING, SIGNED, checkpoint_hash, entry_hash, parse
from events import occurrences
from kit.locks import wait_for_turn

logger = logging.getLogger(__name__)

SEAL = "audit.seal"
MOST_IN_RANGE = 10_000


def seal(*, now: datetime) -> Checkpoint | None:
    """
    Sign one checkpoint if it is due, and anchor outside the database what is signed and not anchored yet.

    Operators are told once when it cannot be signed because the record was changed, and once when it can be again.

    Due after AUDIT_CHECKPOINT_ENTRIES entries or AUDIT_CHECKPOINT_SECONDS, whichever is first, also when nothing
    happened: who takes the end away must then explain the missing time. Before signing, the range is computed
    anew from the last checkpoint on: nothing is signed that was changed since it was written.

    :raises SigningKeyRefused: if this process has no key
    :raises ChainBroken: if the record does not follow from the last checkpoint, or the anchor file knows otherwise
    """
    try:
        checkpoint = _seal(now)
    except ChainBroken as error:
        before = last_checkpoint()
        _note(before.number + 1 if before else 1, reason=error.what_happened, now=now)
        raise
    if checkpoint:
        _note(checkpoint.number, reason="", now=now)
    return checkpoint


def _seal(now: datetime) -> Checkpoint | None:
    anchor()  # first, and not within: the file may be another machine's, and what it knows decides
    with transaction.atomic(using="audit"):
        wait_for_turn(SEAL, using="audit")
        before, last = last_checkpoint(), last_entry()
        position = last.position if last else 0
        checkpoint = _sign(before, position, now) if _is_due(before, position, now) else None
    if checkpoint:
        anchor()
    return checkpoint


def _note(number: int, *, reason: str, now: datetime) -> None:
    """Tell once that the record is broken, so that this checkpoint cannot be signed; and once that it could be."""
    occurrences.note(
        subject=Checkpoint(number=number),
        begins="record.broken",
        ends="record.whole",
        is_so=bool(reason),
        now=now,
        data={"checkpoint": number, "reason": reason},
    )


def _is_due(before: Checkpoint | None, position: int, now: datetime) -> bool:
    if before is None:
        return True
    is_full = position - before.last >= settings.AUDIT_CHECKPOINT_ENTRIES
    return is_full or now - before.signed_at >= timedelta(seconds=settings.AUDIT_CHECKPOINT_SECONDS)


def _sign(before: Checkpoint | None, position: int, now: datetime) -> Checkpoint:
    key = signing_key()
    first = before.last + 1 if before else 1
    last = min(position, first - 1 + MOST_IN_RANGE)
    signed_at = max(now, before.signed_at) if before else now  # a clock that was set back orders nothing anew
    content = json.dumps(
        {
            "kind": "checkpoint",
            "number": before.number + 1 if before else 1,
            "first": first,
            "last": last,
            "hash": _recomputed(before, first=first, last=last),
            "previous": checkpoint_hash(before.content) if before else NOTHING,
            "at": moment(signed_at),
            "key": public_key(key),
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    return Checkpoint.objects.create(
        number=before.number + 1 if before else 1,
        first=first,
        last=last,
        signed_at=signed_at,
        content=content,
        signature=key.sign(SIGNED + content.encode()).hex(),
    )


def _recomputed(before: Checkpoint | None, *, first: int, last: int) -> str:
    """Return the hash at the last position, computed from what is written there now."""
    sealed: str = (parse(before.content) or {})["hash"] if before else NOTHING
    position = first - 1
    for entry in walk(first=first, last=last):
        position += 1
        computed = entry_hash(position=position, previous=sealed, content=entry.content)
        if (entry.position, entry.previous, entry.hash) != (position, sealed, computed):
            raise ChainBroken(
                f"Entry {entry.position} is not what was written, or does not follow entry {position - 1}."
            )
        sealed = computed
    if position != last:
        raise ChainBroken(f"Entries after {position} are missing.")
    return sealed
