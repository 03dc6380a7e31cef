"""What operators do with events that failed: have them tried again, or pass them over."""

from datetime import datetime

from django.db import InterfaceError, OperationalError, transaction

from events import stream
from events.base import context_of
from events.bus.taking import describe
from events.errors import NotOnDesk
from events.models import Listener, Poisoned
from events.registry import consumer_named
from events.services import record
from events.stream import Place


def retry(*, poisoned: Poisoned, actor: str, now: datetime) -> bool:
    """
    Have the event's effect once more; return whether it went well. If not, it stays on the desk and says why.

    A consumer whom it stops goes on with the next event as soon as it went well.

    :raises NotOnDesk: if it was solved already
    :raises LookupError: if there is no such consumer any more
    """
    consumer = consumer_named(poisoned.listener_id)
    with transaction.atomic():
        listener, row = _locked(poisoned)
        row.tries, row.last_at = row.tries + 1, now
        try:
            with transaction.atomic():
                consumer.handle([stream.fact_at(Place(row.xid, row.event_id))], now)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:  # noqa: BLE001  # whatever it is, it is written down
            row.error = describe(error)
        else:
            row.solved_at, row.outcome = now, "done"
        row.save(update_fields=["tries", "last_at", "error", "solved_at", "outcome"])
        data = {"consumer": listener.pk, "event": row.event_id, "is_solved": row.solved_at is not None}
        record(type="poisoned.retried", subject=row, actor=actor, now=now, data=data)
        _let_go(listener, row, now=now)
    return row.solved_at is not None


def pass_over(*, poisoned: Poisoned, actor: str, now: datetime) -> None:
    """
    Let the event be without effect for good; a consumer whom it stops goes on with the next.

    :raises NotOnDesk: if it was solved already
    """
    with transaction.atomic():
        listener, row = _locked(poisoned)
        row.solved_at, row.outcome = now, "passed_over"
        row.save(update_fields=["solved_at", "outcome"])
        data = {"consumer": listener.pk, "event": row.event_id}
        record(type="poisoned.passed_over", subject=row, actor=actor, now=now, data=data)
        _let_go(listener, row, now=now)


def _locked(poisoned: Poisoned) -> tuple[Listener, Poisoned]:
    """Return the listener and the row, in the order in which `take` locks them, too."""
    listener = Listener.objects.select_for_update(no_key=True).get(pk=poisoned.listener_id)
    row = Poisoned.objects.select_for_update(no_key=True).get(pk=poisoned.pk)
    if row.solved_at:
        raise NotOnDesk(f"Event {row.event_id} is {row.outcome.replace('_', ' ')}.")
    return listener, row


def _let_go(listener: Listener, row: Poisoned, *, now: datetime) -> None:
    """Let a stopped consumer read on after the event, before which they stand."""
    if not (row.is_stopping and row.solved_at):
        return
    place = Place(row.xid, row.event_id)
    # Nothing of its context stands between the cursor and the event, whichever way the cursor is moved.
    listener.ahead[context_of(stream.fact_at(place))] = [*place]
    listener.stopped_at = None
    listener.save(update_fields=["ahead", "stopped_at"])
    data = {"consumer": listener.pk, "event": row.event_id}
    record(type="listener.resumed", subject=listener, actor="system", now=now, data=data)
