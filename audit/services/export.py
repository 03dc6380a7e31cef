"""The record as a file that proves itself: whole checkpoints, and every entry that they seal."""

import json
from collections.abc import Iterator
from datetime import datetime

from django.contrib.auth import get_user_model
from django.db import transaction

from audit.errors import NothingSealed
from audit.models import Checkpoint, Entry, NetworkAnchor
from audit.queries import walk
from audit.services.anchors import record_of
from audit.verify import FORMAT
from events.services import record


def export(*, first: int = 1, last: int | None = None) -> Iterator[str]:
    """
    Return the lines of an export (docs/audit.md) that holds these positions, both included.

    It begins and ends where checkpoints do, so it may hold some entries more; what no checkpoint has sealed yet is
    left out, because nothing would prove it. Without `last`, it goes up to the last checkpoint.

    :raises NothingSealed: if no checkpoint covers any of it yet
    """
    sealing = Checkpoint.objects.order_by("number")
    begin = sealing.filter(last__gte=first).first() if first > 1 else sealing.first()
    end = sealing.last()
    if last is not None:
        end = sealing.filter(last__gte=last).first() or end
    if begin is None or end is None or end.number < begin.number:
        raise NothingSealed
    return _lines(begin.number, end.number)


def export_for(user_id: str, *, first: int, last: int | None, now: datetime) -> Iterator[str]:
    """
    Return an export as `export` does, and record that this person took it: it is full of other people's business.

    :raises NothingSealed: if no checkpoint covers any of it yet
    """
    lines = export(first=first, last=last)
    with transaction.atomic():
        data = {"first": first, "last": last}
        subject = get_user_model()(pk=user_id)
        record(type="audit.exported", subject=subject, actor=user_id, now=now, data=data)
    return lines


def _lines(begin: int, end: int) -> Iterator[str]:
    yield json.dumps({"kind": "header", "format": FORMAT}) + "\n"
    for number in range(begin, end + 1):
        checkpoint = Checkpoint.objects.get(number=number)
        for entry in walk(first=checkpoint.first, last=checkpoint.last):
            yield _line(entry)
        yield record_of(checkpoint)
        for anchor in NetworkAnchor.objects.filter(checkpoint=number).order_by("height"):
            yield _anchor_line(anchor)


def _line(entry: Entry) -> str:
    record = {
        "kind": "entry",
        "position": entry.position,
        "previous": entry.previous,
        "hash": entry.hash,
        "content": entry.content,
    }
    return json.dumps(record) + "\n"


def _anchor_line(anchor: NetworkAnchor) -> str:
    """Say where the hash of the checkpoint before stands outside: nothing that is signed, but where to look."""
    record = {
        "kind": "anchor",
        "checkpoint": anchor.checkpoint,
        "hash": anchor.hash,
        "network": anchor.network,
        "chain": anchor.chain,
        "account": anchor.account,
        "txid": anchor.txid,
        "height": anchor.height,
    }
    return json.dumps(record) + "\n"
