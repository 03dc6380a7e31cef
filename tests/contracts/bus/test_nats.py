"""What only NATS can do wrong: lose what it has, get it twice, go away; and what its streams look like."""

import asyncio
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import nats
import pytest
from django.conf import settings
from django.db import connection
from nats.js.client import JetStreamContext

from events import stream
from events.adapters.nats import CARRIER, NatsBus, NatsCarrier
from events.adapters.wire import encode, label
from events.bus import carrying
from events.errors import BusUnavailable
from events.models import Carried, Listener
from kit.ids import new_id
from tests.contracts.bus.test_bus_contract import same
from tests.factories.bus import TABLE, TYPE, Listening, ride, say_each
from tests.factories.nats import NatsServer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(transactional_db: None, settings: Any, tmp_path: Path) -> Iterator[NatsServer]:
    """A server for this test alone."""
    server = NatsServer(tmp_path / "nats")
    settings.EVENTS_BUS, settings.NATS_URL, settings.NATS_PREFIX = "nats", server.url, new_id("bus")
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
    yield server
    server.kill()


def carry(now: datetime) -> int:
    """Carry everything there is; return how many events that were."""
    with NatsBus().carrier() as carrier:
        count = 0
        while moved := carrier.carry(now=now, limit=4):
            count += moved
        return count


def streams(server: NatsServer) -> dict[str, int]:
    """Return how many messages each context's stream has."""

    async def count(jetstream: JetStreamContext) -> dict[str, int]:
        found = await jetstream.streams_info()
        return {each.config.name.rpartition("-")[2]: each.state.messages for each in found if each.config.name}

    return asyncio.run(_ask(server, count))


def forget(server: NatsServer, context: str, *, last: int = 0) -> None:
    """Have a stream lose its last messages, or, of 0, be gone with everybody's place in it."""

    async def lose(jetstream: JetStreamContext) -> None:
        for each in await jetstream.streams_info():
            name = each.config.name or ""
            if name.endswith(f"-{context}") and not last:
                await jetstream.delete_stream(name)
            elif name.endswith(f"-{context}"):
                for sequence in range(each.state.last_seq - last + 1, each.state.last_seq + 1):
                    await jetstream.delete_msg(name, sequence)

    asyncio.run(_ask(server, lose))


def set_back(place: stream.Place) -> None:
    """Have the carrier's cursor where it was before a commit that never came."""
    Listener.objects.filter(pk=CARRIER).update(xid=place.xid, number=place.id)


def test_each_context_has_a_stream_of_its_own(server: NatsServer, now: datetime) -> None:
    carrying.begin(CARRIER)
    say_each(9, now=now)
    assert carry(now) == 9
    assert streams(server) == {"accounts": 6, "wallets": 3}
    assert carry(now) == 0


def test_what_is_published_again_is_there_once(server: NatsServer, now: datetime) -> None:
    carrying.begin(CARRIER)
    start = stream.end()
    made = say_each(9, now=now)
    assert carry(now) == 9
    set_back(start)
    Carried.objects.all().delete()  # as if it had been killed before its first commit
    made += say_each(3, now=now)
    assert carry(now) == 12
    assert streams(server) == {"accounts": 8, "wallets": 4}
    ear = Listening()
    ride(NatsBus(), ear, now=now, until=12)
    same(ear, made)


def test_of_two_who_publish_one_is_refused_and_the_order_stands(server: NatsServer, now: datetime) -> None:
    carrying.begin(CARRIER)
    made = say_each(3, now=now)
    with NatsBus().carrier() as slow, NatsBus().carrier() as quick:
        assert slow.carry(now=now, limit=10) == 3  # it knows how long the streams are
        made += say_each(3, now=now)
        place = carrying.load(CARRIER, limit=1).place
        assert quick.carry(now=now, limit=10) == 3
        set_back(place)
        with pytest.raises(BusUnavailable):
            slow.carry(now=now, limit=10)
        assert streams(server) == {"accounts": 4, "wallets": 2}
        assert slow.carry(now=now, limit=10) == 3  # now it has looked
    assert streams(server) == {"accounts": 4, "wallets": 2}
    ear = Listening()
    ride(NatsBus(), ear, now=now, until=6)
    same(ear, made)


def test_a_stream_that_is_lost_loses_nothing(server: NatsServer, now: datetime) -> None:
    ear = Listening()
    made = say_each(6, now=now)
    ride(NatsBus(), ear, now=now, until=6)
    made += say_each(6, now=now)
    assert carry(now) == 6
    forget(server, "accounts")  # four of them were not read yet
    made += say_each(6, now=now)
    ride(NatsBus(), ear, now=now, until=18)
    same(ear, made)


def test_the_lost_end_of_a_stream_is_found_though_nothing_follows(server: NatsServer, now: datetime) -> None:
    ear = Listening()
    made = say_each(6, now=now)
    ride(NatsBus(), ear, now=now, until=6)
    made += say_each(6, now=now)
    assert carry(now) == 6
    forget(server, "accounts", last=3)
    forget(server, "wallets", last=2)
    ride(NatsBus(), ear, now=now, until=12)
    same(ear, made)
    made += say_each(3, now=now)  # and the streams go on behind the gap
    ride(NatsBus(), ear, now=now, until=15)
    same(ear, made)


def test_what_was_there_before_the_bus_is_heard_too(server: NatsServer, now: datetime) -> None:
    made = say_each(7, now=now)
    carrying.begin(CARRIER)
    assert carry(now) == 0
    ear = Listening()
    ride(NatsBus(), ear, now=now, until=7)
    same(ear, made)


def test_a_server_that_is_killed_is_waited_for(server: NatsServer, now: datetime) -> None:
    ear = Listening()
    made = say_each(6, now=now)
    ride(NatsBus(), ear, now=now, until=6)
    carrier = NatsCarrier()
    server.kill()
    made += say_each(3, now=now)
    with pytest.raises(BusUnavailable):
        carrier.carry(now=now, limit=10)
    carrier.__exit__(None, None, None)
    with pytest.raises(BusUnavailable):
        NatsBus().carrier()
    with pytest.raises(BusUnavailable):
        NatsBus().subscribe(ear.consumer)
    server.start()
    ride(NatsBus(), ear, now=now, until=9)
    same(ear, made)


def put(server: NatsServer, subject: str, body: bytes, headers: dict[str, str] | None) -> None:
    """Put a message there as anyone may who reaches the server."""

    async def publish(jetstream: JetStreamContext) -> None:
        await jetstream.publish(subject, body, headers=headers)

    asyncio.run(_ask(server, publish))


def test_what_others_put_there_has_no_effect_and_hides_nothing(server: NatsServer, now: datetime) -> None:
    """Junk, a forgery far ahead of everything, and our own message with other words or another predecessor."""
    ear = Listening()
    made = say_each(3, now=now)
    ride(NatsBus(), ear, now=now, until=3)
    prefix = f"{settings.NATS_PREFIX}.{stream.era()}.accounts"
    subject, fact = f"{prefix}.{TYPE}", stream.after(stream.START, limit=1)[0]
    first, second, third = (
        label(subject, encode(fact), place=stream.Place(10**15, far), after=stream.START) for far in (1, 2, 3)
    )
    put(server, f"{prefix}.junk", b"\xff", None)
    put(server, subject, b"{", {"Nats-Msg-Id": "x", "Holdfast-After": "y", "Holdfast-Mark": "z"})
    put(server, subject, encode(fact), first | {"Holdfast-Mark": "0" * 64})
    put(server, subject, encode(fact).replace(b'"type": "', b'"type": "un'), second)
    put(server, f"{prefix}.other", encode(fact), third)
    assert streams(server)["accounts"] == 5  # those before the bus are in no stream
    made += say_each(6, now=now)
    ride(NatsBus(), ear, now=now, until=9)
    same(ear, made)


def test_another_history_of_the_database_has_other_streams(
    server: NatsServer, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    carrying.begin(CARRIER)
    say_each(3, now=now)
    assert carry(now) == 3
    assert stream.era() == stream.era()
    monkeypatch.setattr(stream, "era", lambda: "restored")
    ear = Listening(hears_the_past=False)
    ride(NatsBus(), ear, now=now)
    made = say_each(3, now=now)
    ride(NatsBus(), ear, now=now, until=3)
    same(ear, made)
    with NatsBus().carrier():
        pass


async def _ask(server: NatsServer, question: Any) -> Any:
    client = await nats.connect(server.url)
    try:
        return await question(client.jetstream())
    finally:
        await client.close()
