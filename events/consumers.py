"""The live feed: `/ws/v1/feed`."""

import asyncio
import contextlib
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from events import hub, queries
from events.hub import StillAllowed

UNAUTHENTICATED = 4401
"""Close code of a connection without a valid ticket, token or session."""

FULL = 100
"""Messages read at once; where so many came, there may be more."""

LOOK_SECONDS = 15
"""A knock can be lost; every open connection looks for itself this often."""


class FeedConsumer(AsyncJsonWebsocketConsumer):
    """
    Sends one person every message of their feed, in sequence, once.

    The feed itself is rows: a knock only says "look". A slow reader slows its own loop down
    and nobody else's, since nothing is queued for it in memory. The composition root puts
    `user_id`, `pass_id` and `still_allowed` (see hub) into the scope.
    """

    channel_layer_alias = "none"
    """
    There is no such layer: the hub hears knocks for all connections. With one, each would have a channel of its own in
    Redis, and a task that listens to it.
    """

    async def connect(self) -> None:
        caller: dict[str, Any] = dict(self.scope)
        self.user_id: str = caller.get("user_id") or ""
        self.loop_task: asyncio.Task[None] | None = None
        await self.accept()
        if not self.user_id:
            await self.close(code=UNAUTHENTICATED)
            return
        self.news = asyncio.Event()
        resume_after: int | None = caller.get("resume_after")
        self.pass_id: str = caller.get("pass_id") or ""
        self.still_allowed: StillAllowed | None = caller.get("still_allowed")
        head = await database_sync_to_async(queries.feed_head)(user_id=self.user_id)
        self.sequence: int = head if resume_after is None else min(resume_after, head)
        self.hub = await hub.join(self.user_id, self.news)
        self.news.set()
        self.loop_task = asyncio.create_task(self._send_news())

    async def disconnect(self, code: int) -> None:
        if self.loop_task:
            self.loop_task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self.loop_task
            await hub.leave(self.user_id, self.news, self.hub)

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        """Take `{"resume_after": n}`: everything after n is sent (again), in sequence."""
        after = content.get("resume_after") if isinstance(content, dict) else None
        if type(after) is int and after >= 0 and self.loop_task:
            self.sequence = min(self.sequence, after)
            self.news.set()

    async def _send_news(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.news.wait(), timeout=LOOK_SECONDS)
            has_more = True
            while has_more:
                self.news.clear()
                is_allowed, messages = await self.hub.read(
                    self.user_id, self.sequence, self.pass_id, self.still_allowed
                )
                if not is_allowed:
                    await self.close(code=UNAUTHENTICATED)
                    return
                for message in messages:
                    if message.sequence != self.sequence + 1:
                        break  # the client asked for an earlier place meanwhile: read from there
                    self.sequence += 1
                    await self.send(text_data=message.text)
                has_more = bool(messages) and (len(messages) == FULL or self.news.is_set())

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return await super().decode_json(text_data)
        except (ValueError, RecursionError):  # nonsense, or nested without end
            return None
