"""What the open connections of one live process share: one ear for knocks, and questions to the database in batches."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer
from django.db import DatabaseError, connections

from events import queries
from events.queries import FEED_GROUP, Message

logger = logging.getLogger(__name__)

AT_ONCE = 2
"""Batches that ask the database side by side. While they do, questions gather for the next."""

MOST_IN_BATCH = 200
_AGAIN_SECONDS = 1.0

StillAllowed = Callable[[Sequence[str]], set[str]]
"""Returns which of these passes (ids of sessions) are still good; asks the database."""


class Answer(NamedTuple):
    """What follows in a person's feed; `is_allowed` is false once their pass is not good any more."""

    is_allowed: bool
    messages: list[Message]


class _Question(NamedTuple):
    user_id: str
    sequence: int
    pass_id: str
    still_allowed: StillAllowed | None
    answer: "asyncio.Future[Answer]"


class Hub:
    """
    One for each event loop that has connections; it lives from the first of them to the last.

    A connection that wakes up asks `read` for what follows. All that wake up together are answered by one query,
    and one more for their passes; nothing is kept for anybody: a slow reader asks later.
    """

    def __init__(self) -> None:
        self.listeners: dict[str, set[asyncio.Event]] = {}
        self._questions: list[_Question] = []
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        # Each with its own connection, which only its own thread can close.
        self._threads = [ThreadPoolExecutor(1, thread_name_prefix="feed") for _ in range(AT_ONCE)]

    async def start(self) -> None:
        layer: Any = get_channel_layer()
        channel = await layer.new_channel()
        await layer.group_add(FEED_GROUP, channel)
        self._tasks = [asyncio.create_task(self._hear(layer, channel))]
        self._tasks += [asyncio.create_task(self._serve(thread)) for thread in self._threads]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for question in self._questions:
            question.answer.cancel()
        loop = asyncio.get_running_loop()
        for thread in self._threads:
            await loop.run_in_executor(thread, connections.close_all)
            thread.shutdown(wait=False)

    async def read(self, user_id: str, sequence: int, pass_id: str, still_allowed: StillAllowed | None) -> Answer:
        """Return what follows this sequence number in a person's feed, if their pass is still good."""
        answer: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._questions.append(_Question(user_id, sequence, pass_id, still_allowed, answer))
        self._news.set()
        return await answer

    async def _hear(self, layer: Any, channel: str) -> None:
        try:
            while True:
                message = await layer.receive(channel)
                for user_id in message["users"]:
                    for listener in self.listeners.get(user_id, ()):
                        listener.set()
        finally:
            with contextlib.suppress(Exception):
                await layer.group_discard(FEED_GROUP, channel)

    async def _serve(self, thread: ThreadPoolExecutor) -> None:
        ask = database_sync_to_async(_answer, thread_sensitive=False, executor=thread)
        while True:
            await self._news.wait()
            batch, self._questions = self._questions[:MOST_IN_BATCH], self._questions[MOST_IN_BATCH:]
            if not self._questions:
                self._news.clear()
            batch = [question for question in batch if not question.answer.done()]
            if not batch:
                continue
            try:
                answers = await ask(batch)
            except DatabaseError as error:  # the database is away: the connections stay, and ask again
                logger.warning("feeds_not_read", extra={"error": type(error).__name__})
                await asyncio.sleep(_AGAIN_SECONDS)
                self._questions += batch
                self._news.set()
                continue
            for question, answer in zip(batch, answers, strict=True):
                if not question.answer.done():
                    question.answer.set_result(answer)


_hubs: dict[asyncio.AbstractEventLoop, tuple[Hub, "asyncio.Task[None]"]] = {}


async def join(user_id: str, listener: asyncio.Event) -> Hub:
    """Have the listener set whenever the person has news; return the hub to read from."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        hub = Hub()
        _hubs[loop] = hub, asyncio.create_task(hub.start())
    hub, starting = _hubs[loop]
    hub.listeners.setdefault(user_id, set()).add(listener)
    try:
        await asyncio.shield(starting)
    except BaseException:
        await leave(user_id, listener, hub)
        raise
    return hub


async def leave(user_id: str, listener: asyncio.Event, hub: Hub) -> None:
    """Forget the listener; the last one to leave stops the hub."""
    own = hub.listeners.get(user_id, set())
    own.discard(listener)
    if not own:
        hub.listeners.pop(user_id, None)
    loop = asyncio.get_running_loop()
    if not hub.listeners and _hubs.get(loop, (None,))[0] is hub:
        del _hubs[loop]
        await hub.stop()


def _answer(batch: Sequence[_Question]) -> list[Answer]:
    """Return the answers, in order; whoever's pass is not good is told nothing."""
    good: set[str] = set()
    for still_allowed in {question.still_allowed for question in batch if question.still_allowed}:
        asking = {question.pass_id for question in batch if question.still_allowed is still_allowed}
        good |= still_allowed(sorted(asking))
    allowed = [question.still_allowed is None or question.pass_id in good for question in batch]
    found = iter(
        queries.feeds_after([(each.user_id, each.sequence) for each, may in zip(batch, allowed, strict=True) if may])
    )
    return [Answer(may, next(found) if may else []) for may in allowed]
