"""How far events were brought to a bus outside this database."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from django.db import transaction

from events import stream
from events.models import Carried, Listener
from events.stream import Fact, Place


class Load(NamedTuple):
    """What is to be carried next: what follows `place`, and each context's last event that was carried before."""

    place: Place
    facts: list[Fact]
    carried: Mapping[str, Place]


@transaction.atomic
def begin(carrier: str) -> None:
    """Make the carrier's cursor, if it has none, after the last event; consumers find older ones in the outbox."""
    place = stream.end()
    _, is_new = Listener.objects.get_or_create(pk=carrier, defaults={"xid": place.xid, "number": place.id})
    if is_new:
        _keep(stream.last_of_each(place))


def load(carrier: str, *, limit: int) -> Load:
    """Return what is to be carried next, at most so many events."""
    row = Listener.objects.get(pk=carrier)
    place = Place(row.xid, row.number)
    return Load(place, stream.after(place, limit=limit), carried())


def carried() -> dict[str, Place]:
    """Return each context's last event that was carried."""
    return {row.context: Place(row.xid, row.number) for row in Carried.objects.all()}


@transaction.atomic
def unload(carrier: str, load: Load, *, last: Mapping[str, Place], now: datetime) -> bool:
    """
    Keep that the load was carried, and each context's last event now; False if another carrier was first.

    There is no harm in two: the bus refuses what is out of its turn.
    """
    place = load.facts[-1].place
    before = Listener.objects.filter(pk=carrier, xid=load.place.xid, number=load.place.id)
    if not before.update(xid=place.xid, number=place.id, moved_at=now):
        return False
    _keep(last)
    return True


def _keep(last: Mapping[str, Place]) -> None:
    Carried.objects.bulk_create(
        [Carried(context=context, xid=place.xid, number=place.id) for context, place in sorted(last.items())],
        update_conflicts=True,
        unique_fields=["context"],
        update_fields=["xid", "number"],
    )
