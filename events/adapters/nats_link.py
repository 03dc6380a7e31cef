"""
A connection to NATS JetStream that says much at once.

The client's own publish() and fetch() wait with a task, a timer and a random name for each message, which costs three
times what the message does. Here a whole load goes out behind one another and its answers are counted, and what comes
in is handed on as it comes. The wire is the client's: https://docs.nats.io/reference/reference-protocols/nats_api_reference
(publish with a reply subject is answered with a PubAck or an error; CONSUMER.MSG.NEXT asks for messages, and the
server ends what it was asked with a status message).
"""

import asyncio
import json
import threading
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import TimeoutError as Late
from typing import Any, NamedTuple, TypeVar

import nats
import structlog
from django.conf import settings
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.js.api import ConsumerConfig, RetentionPolicy, StorageType, StreamConfig
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from events import stream
from events.errors import BusUnavailable

logger = structlog.get_logger(__name__)

KEPT_SECONDS = 7 * 24 * 3600.0
"""So long NATS keeps an event. Who was away for longer reads the outbox."""

ANSWER_SECONDS = 10.0
OVER = {"404", "408"}
"""Statuses that end what was asked for in good order: nothing (more) is there now, or its time is over."""

T = TypeVar("T")


class Written(NamedTuple):
    """A message to be published."""

    subject: str
    body: bytes
    headers: dict[str, str]


class Link:
    """A connection to NATS with an event loop and a thread of its own. Once lost it is not mended: open another."""

    def __init__(self) -> None:
        self.prefix = f"{settings.NATS_PREFIX}.{stream.era()}"
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever, name="nats", daemon=True)
        self._thread.start()
        self._load = 0
        self._answered: asyncio.Future[None] | None = None
        self._waiting = 0
        self._inbox = ""
        try:
            self._client = self.run(self._connect())
        except BaseException:
            self._stop()
            raise
        self.streams: JetStreamContext = self._client.jetstream(timeout=ANSWER_SECONDS)

    def run(self, work: Coroutine[Any, Any, T], *, timeout_seconds: float = 3 * ANSWER_SECONDS) -> T:
        """
        Return what the work returns.

        :raises BusUnavailable: if NATS does not answer, or refuses
        """
        future = asyncio.run_coroutine_threadsafe(work, self.loop)
        try:
            return future.result(timeout_seconds)
        except (nats.errors.Error, OSError, TimeoutError, Late) as error:
            future.cancel()
            raise BusUnavailable(f"NATS: {type(error).__name__}.") from error

    def check(self) -> None:
        """
        Pass in silence while the connection stands.

        :raises BusUnavailable: if it is lost
        """
        if not self._client.is_connected:
            raise BusUnavailable("The connection to NATS is lost.")

    def close(self) -> None:
        try:
            self.run(self._end(), timeout_seconds=ANSWER_SECONDS)
        except BusUnavailable:
            pass  # it is closed, then; what nobody acknowledged comes again
        finally:
            self._stop()

    async def publish(self, messages: Iterable[Written]) -> None:
        """
        Publish one behind the other; returns when all are kept.

        :raises nats.errors.Error: if one was refused, with those behind it kept or not
        """
        if not self._inbox:
            self._inbox = self._client.new_inbox()
            await self._client.subscribe(f"{self._inbox}.*", cb=self._count)
        self._load += 1  # answers to an earlier load, which was given up, are not this one's
        self._answered, self._waiting = asyncio.get_running_loop().create_future(), 0
        reply = f"{self._inbox}.{self._load}"
        for message in messages:
            self._waiting += 1
            await self._client.publish(message.subject, message.body, reply, message.headers)
        if self._waiting:
            await asyncio.wait_for(self._answered, ANSWER_SECONDS)

    async def _count(self, answer: Msg) -> None:
        waited_for = self._answered
        if waited_for is None or waited_for.done() or answer.subject != f"{self._inbox}.{self._load}":
            return
        error = _refusal(answer)
        self._waiting -= 1
        if error is not None:
            waited_for.set_exception(error)
        elif not self._waiting:
            waited_for.set_result(None)

    async def pull_from(self, context: str, name: str, config: ConsumerConfig) -> "Pull":
        """Return the durable consumer of that name on a context's stream, made where it is missing."""
        name_of_stream = await self.ensure_stream(context)
        try:
            await self.streams.consumer_info(name_of_stream, name)
        except NotFoundError:
            config.name = config.durable_name = name
            config.filter_subject = f"{self.prefix}.{context}.>"
            await self.streams.add_consumer(name_of_stream, config=config)
        return await Pull.open(self._client, f"$JS.API.CONSUMER.MSG.NEXT.{name_of_stream}.{name}")

    async def ensure_stream(self, context: str) -> str:
        """Return the name of a context's stream, made where it is missing."""
        name = f"{self.prefix.replace('.', '-')}-{context}"
        try:
            await self.streams.stream_info(name)
        except NotFoundError:
            config = StreamConfig(
                name=name,
                subjects=[f"{self.prefix}.{context}.>"],
                retention=RetentionPolicy.LIMITS,
                storage=StorageType.FILE,
                max_age=KEPT_SECONDS,
                num_replicas=settings.NATS_REPLICAS,
                allow_direct=True,
            )
            await self.streams.add_stream(config)
        return name

    async def _connect(self) -> Client:
        return await nats.connect(
            [url.strip() for url in settings.NATS_URL.split(",")],
            allow_reconnect=False,
            max_reconnect_attempts=1,  # to connect in the first place
            reconnect_time_wait=0.1,
            connect_timeout=ANSWER_SECONDS,
            error_cb=_log,
        )

    async def _end(self) -> None:
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.close()

    def _stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join(ANSWER_SECONDS)
        self.loop.close()


class Pull:
    """What a durable consumer is asked for, a number of messages at a time."""

    def __init__(self, client: Client, subject: str) -> None:
        self._client = client
        self._subject = subject
        self._inbox = client.new_inbox()
        self._hear: Callable[[Msg], None] = lambda _: None
        self._left = 0
        self._over: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, client: Client, subject: str) -> "Pull":
        pull = cls(client, subject)
        await client.subscribe(pull._inbox, cb=pull._take)
        return pull

    async def ask(self, messages: int, hear: Callable[[Msg], None], *, seconds: float) -> None:
        """
        Have so many messages handed to `hear` as they come; returns when all have or the time is over.

        :raises nats.errors.Error: if the consumer is gone or NATS does not answer
        """
        self._hear, self._left = hear, messages
        self._over = asyncio.get_running_loop().create_future()
        wanted = {"batch": messages, "expires": int(seconds * 1e9)}  # nanoseconds
        await self._client.publish(self._subject, json.dumps(wanted).encode(), self._inbox)
        await asyncio.wait_for(self._over, seconds + ANSWER_SECONDS)

    async def _take(self, message: Msg) -> None:
        status = _status(message)
        if status is None:
            self._hear(message)
            self._left -= 1
        if self._over is None or self._over.done():
            return
        if (status is None and self._left <= 0) or status in OVER:
            self._over.set_result(None)
        elif status is not None and status != "100":  # a heartbeat says nothing
            self._over.set_exception(_as_error(message, status))


def _refusal(answer: Msg) -> nats.errors.Error | None:
    """Return why a message was not kept; None where it was."""
    status = _status(answer)
    if status is not None:
        return _as_error(answer, status)
    said: dict[str, Any] = json.loads(answer.data)
    if "error" in said:
        return APIError(code=said["error"].get("code"), description=said["error"].get("description"))
    return None


def _status(message: Msg) -> str | None:
    return message.headers.get("Status") if message.headers and not message.data else None


def _as_error(message: Msg, status: str) -> APIError:
    return APIError(code=int(status), description=(message.headers or {}).get("Description"))


async def _log(error: Exception) -> None:
    logger.warning("nats", error=type(error).__name__)
