"""Facts are written with their change, once, for ever; statuses move by compare-and-swap."""

from datetime import datetime

import pytest
from django.db import DatabaseError, connection, transaction

from events import services
from events.models import Event, Pending
from events.services import Live
from kit.states import Flow, IllegalMove
from tests.factories.accounts import make_user
from wallets.models import Wallet

pytestmark = pytest.mark.django_db


def _wallet(now: datetime) -> Wallet:
    return Wallet(id="wal_00000000000000000000000000", user=make_user(now=now), network_id="bitcoin", created_at=now)


def test_a_fact_keeps_who_what_and_when(now: datetime) -> None:
    wallet = _wallet(now)
    event = services.record(
        type="wallet.created", subject=wallet, actor="usr_x", user_id="usr_x", now=now, data={"a": "1"}
    )
    found = Event.objects.get(pk=event.pk)
    assert (found.type, found.subject, found.actor, found.user_id) == (
        "wallet.created",
        "wallets.wallet:wal_00000000000000000000000000",
        "usr_x",
        "usr_x",
    )
    assert (found.data, found.happened_at, found.live_type) == ({"a": "1"}, now, "")
    assert not Pending.objects.exists()


def test_a_live_fact_waits_for_the_relay(now: datetime) -> None:
    event = services.record(
        type="x.y",
        subject=_wallet(now),
        actor="system",
        user_id="usr_x",
        now=now,
        live=Live("balance.updated", {"n": 1}),
    )
    assert list(Pending.objects.values_list("event_id", flat=True)) == [event.pk]


@pytest.mark.parametrize(
    "statement", ["UPDATE events_event SET type = 'z'", "DELETE FROM events_event", "TRUNCATE events_event CASCADE"]
)
def test_facts_cannot_be_changed(now: datetime, statement: str) -> None:
    services.record(type="x.y", subject=_wallet(now), actor="system", now=now)
    before = Event.objects.count()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert Event.objects.count() == before
    assert Event.objects.filter(type="x.y").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_fact_needs_a_transaction(now: datetime) -> None:
    with pytest.raises(AssertionError, match="in the transaction of the change"):
        services.record(type="x.y", subject=_wallet(now), actor="system", now=now)
    assert not Event.objects.filter(type="x.y").exists()


def test_a_move_outside_the_table_changes_nothing(now: datetime) -> None:
    flow = Flow({"a": ["b"], "b": []})
    user = make_user(now=now)
    before = Event.objects.count()
    user.status = "b"  # type: ignore[attr-defined]  # any object with a status will do: the table comes first
    with pytest.raises(IllegalMove, match="from b to a"):
        services.move(user, "a", flow=flow, actor="system", now=now)
    assert Event.objects.count() == before
