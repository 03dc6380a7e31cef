"""Looking things up in the record."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Func, Max, Min, Q, QuerySet, TextField

from audit.models import Checkpoint, Entry, NetworkAnchor

AT_ONCE = 1_000
_HASHED = "encode(sha256(convert_to(%(expressions)s, 'UTF8')), 'hex')"


def last_entry() -> Entry | None:
    """Return the entry written last; None in an empty record."""
    return Entry.objects.order_by("-position").first()


def last_checkpoint() -> Checkpoint | None:
    """Return the checkpoint signed last; None if there was none yet."""
    return Checkpoint.objects.order_by("-number").first()


def checkpoint_of(*, hash: str) -> Checkpoint | None:
    """Return the checkpoint with this hash, looking from the newest back; None: the record has none."""
    hashed = Func(F("content"), template=_HASHED, output_field=TextField())
    return Checkpoint.objects.annotate(hash=hashed).filter(hash=hash).order_by("-number").first()


def last_network_anchor(*, network: str) -> NetworkAnchor | None:
    """Return what this network holds of the record, as far as it is known here; None if there is nothing yet."""
    return NetworkAnchor.objects.filter(network=network).order_by("-height").first()


def unanchored_since(*, network: str) -> datetime | None:
    """Return since when no network proves anything of the record: its last anchored checkpoint, or else its first."""
    anchored = NetworkAnchor.objects.filter(network=network).order_by("-checkpoint").exclude(checkpoint=None)
    last = anchored.values_list("checkpoint", flat=True).first()
    found: datetime | None = Checkpoint.objects.filter(number=last or 1).values_list("signed_at", flat=True).first()
    return found


def walk(*, first: int, last: int) -> Iterator[Entry]:
    """Return the entries from one position to another, in pages, so that their number costs no memory."""
    while first <= last:
        page = list(Entry.objects.filter(position__gte=first, position__lte=last).order_by("position")[:AT_ONCE])
        if not page:
            return
        yield from page
        first = page[-1].position + 1


@dataclass(frozen=True)
class Sought:
    """What to look for; what is empty narrows nothing."""

    person: str = ""
    transaction: str = ""
    kind: str = ""
    name: str = ""
    since: datetime | None = None
    until: datetime | None = None


def find(sought: Sought, *, among: QuerySet[Entry] | None = None) -> QuerySet[Entry]:
    """
    Return what was sought among these entries, or all.

    A person's entries are those of what is theirs and those of what they did.
    `kind` is an event's type, or the first part of it ("transaction" finds "transaction.completed"), or a category.
    `since` is included, `until` is not.
    """
    found = Entry.objects.all() if among is None else among
    if sought.person:
        found = found.filter(Q(user_id=sought.person) | Q(actor=sought.person))
    if sought.transaction:
        found = found.filter(transaction_id=sought.transaction)
    if sought.kind:
        found = found.filter(Q(type=sought.kind) | Q(type__startswith=f"{sought.kind}.") | Q(category=sought.kind))
    if sought.name:
        found = found.filter(name=sought.name)
    if sought.since:
        found = found.filter(happened_at__gte=sought.since)
    if sought.until:
        found = found.filter(happened_at__lt=sought.until)
    return found


def page_of(sought: Sought, *, beyond: int | None, is_oldest_first: bool, limit: int) -> list[Entry]:
    """Return a page of what was sought, beyond this position in this order; None: from the beginning of it."""
    found = find(sought)
    if beyond is not None:
        found = found.filter(position__gt=beyond) if is_oldest_first else found.filter(position__lt=beyond)
    return list(found.order_by("position" if is_oldest_first else "-position")[:limit])


def positions(*, since: datetime | None, until: datetime | None) -> tuple[int, int] | None:
    """Return the first and the last position of what happened in this time; None if nothing did."""
    found = find(Sought(since=since, until=until)).aggregate(first=Min("position"), last=Max("position"))
    return (found["first"], found["last"]) if found["first"] is not None else None
