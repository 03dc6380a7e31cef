"""
NATS JetStream: one stream for each context (app), in the order of the outbox.

The outbox stays the truth. Each message names the place of its event and of the one before it in its context, so a
consumer knows what they have had already, and sees what is missing: that they read in the outbox. So NATS may be
emptied, restored or lose its last seconds, and no event is lost or has its effect twice. Where the database is another
one, or restored to an earlier moment, it has streams of its own: places mean something else there.

Each message is accepted only as the one right after the last that its stream has (Nats-Expected-Last-Sequence): a
publisher that was thought dead, or whose message was lost on the way, cannot mix up the order. Nats-Msg-Id is the
event's place. Every message bears a mark that takes SECRET_KEY to make: what others put into a stream, or changed, is
passed over, and read in the outbox if there was anything to it.
"""

import asyncio
import math
import threading
import time
from collections import deque
from datetime import datetime
from types import TracebackType
from typing import NamedTuple, Self

import nats
import structlog
from nats.aio.msg import Msg
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from events import stream
from events.adapters.nats_link import Link, Pull, Written
from events.adapters.wire import decode, encode, label, read_label
from events.base import Batch, Consumer, Position, context_of
from events.bus import carrying
from events.bus.reading import OutboxReader
from events.errors import BusUnavailable
from events.schemas import CONTEXTS, OTHER
from events.stream import START, Fact, Place

logger = structlog.get_logger(__name__)

CARRIER = "bus:nats"
FETCH = 500
FETCH_SECONDS = 5.0
UNCONFIRMED_SECONDS = 60.0
"""What was not confirmed for so long is sent again."""

LOOK_SECONDS = 30.0
"""So often a consumer compares with what was carried: the end of a stream may be lost, and nothing come after it."""


class NatsBus:
    """A stream for each context; consumers are durable there, but it is their cursor in our database that counts."""

    def subscribe(self, consumer: Consumer) -> "NatsSubscription":
        return NatsSubscription(consumer)

    def carrier(self) -> "NatsCarrier":
        return NatsCarrier()


class _Head(NamedTuple):
    """The end of a stream: its last message's number there, and the event's place."""

    sequence: int
    place: Place


class NatsCarrier:
    """Publishes the outbox."""

    def __init__(self) -> None:
        carrying.begin(CARRIER)
        self._reader = OutboxReader()
        try:
            self._link = Link()
        except BaseException:
            self._reader.close()
            raise
        self._heads: dict[str, _Head] = {}
        self._known: carrying.Known | None = None

    def wait(self, *, timeout_seconds: float) -> None:
        self._reader.wait(timeout_seconds=timeout_seconds)

    def carry(self, *, now: datetime, limit: int) -> int:
        load = carrying.load(CARRIER, limit=limit, known=self._known)
        if not load.facts:
            return 0
        try:
            last = self._link.run(self._publish(load))
        except BusUnavailable:
            self._forget()  # who knows what arrived: the streams do
            raise
        self._known = carrying.unload(CARRIER, load, last=last, now=now)
        if self._known is None:
            self._forget()
        return len(load.facts)

    def _forget(self) -> None:
        self._heads.clear()
        self._known = None

    async def _publish(self, load: carrying.Load) -> dict[str, Place]:
        """Publish all at once, in their order; return each context's last place."""
        outgoing: list[tuple[Fact, str, _Head]] = []
        last: dict[str, Place] = {}
        for fact in load.facts:
            context = context_of(fact)
            head = self._heads.get(context) or await self._find_head(context, load)
            if fact.place > head.place:
                outgoing.append((fact, context, head))
                head = _Head(head.sequence + 1, fact.place)
            self._heads[context], last[context] = head, head.place
        await self._link.publish(self._write(*each) for each in outgoing)
        return last

    def _write(self, fact: Fact, context: str, head: _Head) -> Written:
        subject, body = f"{self._link.prefix}.{context}.{fact.type}", encode(fact)
        headers = label(subject, body, place=fact.place, after=head.place)
        headers["Nats-Expected-Last-Sequence"] = str(head.sequence)
        return Written(subject, body, headers)

    async def _find_head(self, context: str, load: carrying.Load) -> _Head:
        """
        Return where a stream ends, by what it has and by what we know to have brought there.

        Where it has less (it was lost), the next message shows consumers the gap.
        """
        place = load.carried.get(context, START)
        name = await self._link.ensure_stream(context)
        state = (await self._link.streams.stream_info(name)).state
        if state.messages:
            message = await self._link.streams.get_last_msg(name, f"{self._link.prefix}.{context}.>")
            ours = read_label(message.subject or "", message.data or b"", message.headers)
            place = max(place, ours[0]) if ours else place
        return _Head(state.last_seq, place)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._reader.close()
        self._link.close()


class _Heard(NamedTuple):
    place: Place
    after: Place
    message: Msg


class NatsSubscription:
    """One consumer's ear on the streams of their contexts. What it heard waits here until it is settled."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer
        self._lock = threading.Lock()
        self._news = threading.Event()
        self._heard: dict[str, deque[_Heard]] = {context: deque() for context in sorted(consumer.contexts)}
        self._looked_at = -math.inf
        self._link = Link()
        try:
            self._pumps = [self._link.run(self._open(context)) for context in self._heard]
        except BaseException:
            self._link.close()
            raise

    def wait(self, *, timeout_seconds: float) -> None:
        self._link.check()
        for pump in self._pumps:
            if pump.done():
                raise BusUnavailable("A stream in NATS is not heard any more.") from pump.exception()
        self._news.wait(timeout_seconds)
        self._news.clear()

    def read(self, position: Position, *, limit: int) -> Batch:
        with self._lock:
            heard = {context: list(waiting) for context, waiting in self._heard.items()}
        facts: list[Fact] = []
        for context, messages in heard.items():
            facts += _follow(position.of(context), messages, context=context, limit=limit - len(facts))
        if not facts and time.monotonic() > self._looked_at + LOOK_SECONDS:
            facts = self._look(position, limit=limit)
        return Batch(facts, by_context=True)

    def settle(self, position: Position) -> None:
        settled: list[Msg] = []
        with self._lock:
            for context, waiting in self._heard.items():
                last = None
                while waiting and waiting[0].place <= position.of(context):
                    last = waiting.popleft()
                if last:
                    settled.append(last.message)
        for message in settled:  # confirms those before it, too; a lost one is sent again, and known
            asyncio.run_coroutine_threadsafe(_confirm(message), self._link.loop)

    def _look(self, position: Position, *, limit: int) -> list[Fact]:
        """Return what was carried and did not arrive here, from the outbox."""
        facts: list[Fact] = []
        carried = carrying.carried()
        for context, place in carried.items():
            if context in self._heard and place > position.of(context):
                behind = Place(place.xid, place.id + 1)
                facts += _missing(position.of(context), behind, context=context, limit=limit - len(facts))
        if carried and len(facts) < limit:  # before anything was carried, the beginning is still to be found
            self._looked_at = time.monotonic()
        return facts

    async def _open(self, context: str) -> "asyncio.Task[None]":
        name = f"{self._consumer.name}-{context}".replace(".", "-").replace(":", "-")
        config = ConsumerConfig(
            ack_policy=AckPolicy.ALL,
            ack_wait=UNCONFIRMED_SECONDS,
            max_ack_pending=20 * FETCH,
            deliver_policy=DeliverPolicy.ALL if self._consumer.hears_the_past else DeliverPolicy.NEW,
        )
        return asyncio.create_task(self._pump(context, await self._link.pull_from(context, name, config)))

    async def _pump(self, context: str, source: Pull) -> None:
        waiting = self._heard[context]

        def hear(message: Msg) -> None:
            heard = _hear(message)
            if heard:
                with self._lock:
                    waiting.append(heard)
                self._news.set()

        while True:
            if len(waiting) >= 2 * FETCH:
                await asyncio.sleep(0.002)  # until some of it is settled
                continue
            await source.ask(FETCH, hear, seconds=FETCH_SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._link.close()


def _hear(message: Msg) -> _Heard | None:
    ours = read_label(message.subject, message.data, message.headers)
    if ours is None:
        logger.error("foreign_message_on_bus", subject=message.subject)
        return None
    return _Heard(*ours, message)


def _follow(last: Place, messages: list[_Heard], *, context: str, limit: int) -> list[Fact]:
    """Return the events of these messages that come after a place, and those that are missing among them."""
    facts: list[Fact] = []
    for heard in messages:
        if heard.place <= last:
            continue  # it came again
        if heard.after > last:
            logger.warning("events_missing_on_bus", context=context, after=last, before=heard.place)
            facts += _missing(last, heard.place, context=context, limit=max(limit - len(facts), 0))
        if len(facts) >= limit:
            return facts
        facts.append(decode(heard.message.data))
        last = heard.place
    return facts


def _missing(after: Place, before: Place, *, context: str, limit: int) -> list[Fact]:
    apps, is_of_these = (sorted(CONTEXTS), False) if context == OTHER else ([context], True)
    return stream.between(after, before, apps=apps, is_of_these=is_of_these, limit=limit)


async def _confirm(message: Msg) -> None:
    try:
        await message.ack()
    except nats.errors.Error as error:
        logger.info("not_confirmed", error=type(error).__name__)
