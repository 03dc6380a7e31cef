"""
Reading the events and adding them up, in order: take a batch, add it to the sums, move the cursor; one commit.

The sums and the cursor are in one database, so every event is in the sums once, whenever the process dies. An event
that cannot be read is put down and holds nobody up: what is missing comes back when the sums are made again.
"""

import traceback
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import structlog
from django.db import InterfaceError, OperationalError, transaction

from analytics.models import (
    ActivePerson,
    Cursor,
    EventCount,
    OpenTransaction,
    ShownPrice,
    Skipped,
    TransactionSummary,
)
from analytics.policy import Outcome, bucket_of, kind_of, milliseconds, outcome, overpaid_bps
from analytics.services import adding
from analytics.services.adding import Part, Sums
from analytics.services.shown import ShownPrices
from assets.queries import get_asset
from events import stream
from events.stream import START, Fact, Place
from kit.money import parse_amount
from transactions.models import Status, Transaction

logger = structlog.get_logger(__name__)

CONSUMER = "analytics"
BATCH = 1_000
_SUBJECT = "transactions.transaction:"
_STATUSES = {f"transaction.{status}": status for status in Status}
_ENDS = frozenset({"transaction.completed", "transaction.failed"})


def consume(*, limit: int = BATCH) -> int:
    """
    Take the next events, at most so many, and add them up; return how many were taken.

    0 also while another process is at it.

    :raises StreamBroken: if the cursor's place is not in the core database: then the sums have to be made again
    """
    with transaction.atomic(using="rates"):
        cursor = Cursor.objects.select_for_update(no_key=True, skip_locked=True).filter(pk=CONSUMER).first()
        return 0 if cursor is None else _take(cursor, limit=limit)


def rebuild(*, limit: int = BATCH) -> int:
    """
    Make all sums again from the first event on, in one commit; return how many events there were.

    Until then everybody sees the old ones; killed, it has changed nothing. Consumers leave the cursor alone meanwhile.
    """
    taken = 0
    with transaction.atomic(using="rates"):
        cursor = Cursor.objects.select_for_update(no_key=True).get(pk=CONSUMER)
        for model in (TransactionSummary, OpenTransaction, ShownPrice, ActivePerson, EventCount, Skipped):
            model._default_manager.all().delete()
        cursor.xid, cursor.number = START
        while found := _take(cursor, limit=limit):
            taken += found
        cursor.save()
    return taken


def _take(cursor: Cursor, *, limit: int) -> int:
    facts = stream.after(Place(cursor.xid, cursor.number), limit=limit)
    if facts:
        _add(facts)
        cursor.xid, cursor.number = facts[-1].place
        cursor.save(update_fields=["xid", "number"])
    return len(facts)


def _add(facts: list[Fact]) -> None:
    batch = _Batch(facts)
    for fact in facts:
        batch.read(fact)
    batch.write()


class _Batch:
    """Some events in their order, and what they add to the sums."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        about = {id_ for fact in facts if (id_ := _id(fact))}
        self._stored = OpenTransaction.objects.in_bulk(about)
        self._open = dict(self._stored)
        self._ends = _rows([_id(fact) for fact in facts if fact.type in _ENDS and _is_row_needed(fact)])
        self._sums = Sums()
        self._shown = ShownPrices(facts, self._sums)
        self._newest = max(fact.happened_at for fact in facts)
        self._people: set[tuple[date, str, str]] = set()
        self._events: Counter[tuple[date, str]] = Counter()
        self._changed: dict[str, OpenTransaction] = {}
        self._skipped: list[Skipped] = []

    def read(self, fact: Fact) -> None:
        self._events[fact.happened_at.date(), fact.type] += 1
        try:
            self._read(fact)
        except (OperationalError, InterfaceError):  # the database's trouble, not the event's
            raise
        except Exception as error:  # noqa: BLE001  # one event must not stop those behind it
            described = _describe(error)
            logger.error("event_not_added_up", event_id=fact.place.id, type=fact.type, error=described)
            self._skipped.append(Skipped(event_id=fact.place.id, type=fact.type, error=described))

    def write(self) -> None:
        ended = [id_ for id_ in self._stored if id_ not in self._open]
        self._shown.write(until=self._newest)  # first: it adds to the sums
        adding.add_sums(self._sums)
        adding.add_people(self._people)
        adding.add_events(self._events)
        adding.keep_open([row for id_, row in self._changed.items() if id_ in self._open])
        if ended:
            OpenTransaction.objects.filter(pk__in=ended).delete()
        Skipped.objects.bulk_create(self._skipped)

    def _read(self, fact: Fact) -> None:
        self._shown.read(fact)
        id_ = _id(fact)
        if not id_:
            return
        status = _STATUSES.get(fact.type)
        if status is None:
            if id_ in self._open:
                self._name_provider(self._open[id_], fact)
            return
        row = self._open.get(id_) or self._opened(id_, fact)
        self._name_provider(row, fact)
        if fact.type in _ENDS:
            self._ended(row, fact, status)
            del self._open[id_]
        elif status == Status.BLOCKCHAIN_PENDING and row.pending_at is None:
            row.pending_at = fact.happened_at
            self._changed[id_] = row
        elif status == Status.BLOCKCHAIN_CONFIRMED and row.pending_at is not None:
            row.confirm_milliseconds = milliseconds(row.pending_at, fact.happened_at)
            self._changed[id_] = row

    def _name_provider(self, row: OpenTransaction, fact: Fact) -> None:
        """Keep which outside company it is with; one that says none keeps the last."""
        named = fact.data.get("provider", "")
        if named and named != row.provider:
            row.provider = named
            self._changed[row.pk] = row

    def _opened(self, id_: str, fact: Fact) -> OpenTransaction:
        data, type_ = fact.data, kind_of(type=fact.data["type"], user_id=fact.user_id)
        part = Part(type=type_, network=data.get("network", ""), asset=data["asset"], outcome=Outcome.OPENED)
        self._sums.add(part, at=fact.happened_at, transactions=1, amount_minor=int(data["amount_minor"]))
        if fact.user_id:
            self._people.add((fact.happened_at.date(), type_, fact.user_id))
        row = OpenTransaction(id=id_, type=type_, opened_at=fact.happened_at)
        self._open[id_] = self._changed[id_] = row
        return row

    def _ended(self, row: OpenTransaction, fact: Fact, status: Status) -> None:
        data, found = fact.data, self._ends.get(row.pk)
        came_to = outcome(status=status, failure_code=data.get("failure_code", ""))
        fee_asset, fee = _fee(fact, found)
        part = Part(
            type=row.type,
            network=data.get("network", ""),
            asset=data["asset"],
            fee_asset=fee_asset,
            provider=row.provider,
            outcome=came_to,
            cause="" if came_to == Outcome.COMPLETED else data.get("failure_code", ""),
        )
        took = milliseconds(row.opened_at, fact.happened_at)
        self._sums.add(
            part,
            at=fact.happened_at,
            bucket=bucket_of(took),
            transactions=1,
            amount_minor=int(data["amount_minor"]),
            fee_minor=fee,
            overpaid_bps=overpaid_bps(found["choice"]) if found and row.provider else 0,
            milliseconds=took,
            confirmed=int(row.confirm_milliseconds is not None),
            confirm_milliseconds=row.confirm_milliseconds or 0,
        )


def _id(fact: Fact) -> str:
    """Return the transaction that the event is about; empty: none."""
    return fact.subject[len(_SUBJECT) :] if fact.subject.startswith(_SUBJECT) else ""


def _is_row_needed(fact: Fact) -> bool:
    """Tell whether the event says too little: no event has a choice's prices, nor did those of version 1 have a fee."""
    if fact.data.get("provider"):
        return True
    if "fee_minor" in fact.data:
        return False
    return fact.live_data is None or fact.live_data.get("payment") is not None


def _rows(ids: list[str]) -> Mapping[str, Mapping[str, Any]]:
    """Return what no event says of these transactions, and what does not change after their end but by a reorg."""
    if not ids:
        return {}
    columns = ("pk", "fee_minor", "fee_asset_id", "choice")
    return {row["pk"]: row for row in Transaction.objects.filter(pk__in=ids).values(*columns)}


def _fee(fact: Fact, row: Mapping[str, Any] | None) -> tuple[str, int]:
    """
    Return the network's fee and its asset; none where there was none.

    Version 1 of the events had it only where it was shown to somebody; else the row has it.
    """
    if "fee_minor" in fact.data:
        minor = int(fact.data["fee_minor"] or 0)
        return (fact.data["fee_asset"], minor) if minor else ("", 0)
    shown = (fact.live_data or {}).get("fee")
    if shown and shown["amount"] and shown["amount"] != "0":
        return shown["asset"], parse_amount(shown["amount"], scale=get_asset(shown["asset"]).scale)
    if fact.live_data is None and row and row["fee_minor"]:
        return row["fee_asset_id"], row["fee_minor"]
    return "", 0


def _describe(error: Exception) -> str:
    """Return the kind of mistake and its place in the code, but not its words: they may quote what is private."""
    last: Any = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {last.name} ({Path(last.filename).name}:{last.lineno})"[:300]
