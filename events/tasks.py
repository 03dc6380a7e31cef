"""The relay's bell, and the look at the bus."""

import asyncio
import atexit
import threading
import time
from functools import cache

from celery import shared_task
from channels.layers import get_channel_layer
from django.utils import timezone

from events import services
from events.bus import watching
from events.queries import FEED_GROUP
from kit import jobs

GATHER_SECONDS = 0.02
"""So long others may join a relay that was rung for: many commits then share one, and nobody sees the difference."""


@shared_task(name=services.RELAY)
def relay() -> None:
    """Pass on every waiting live event, then knock on the processes that hold open connections."""
    time.sleep(GATHER_SECONDS)
    jobs.take_up(services.RELAY)
    count = services.RELAY_BATCH
    while count == services.RELAY_BATCH:
        count, users = services.pass_on()
        if users:
            with _knocking:
                _runner().run(_knock(users))


@shared_task(name="events.watch")
def watch() -> None:
    """See whether those who listen to the bus are brought what happens."""
    watching.watch(now=timezone.now())


_knocking = threading.Lock()


@cache
def _runner() -> asyncio.Runner:
    """Return this process's own event loop, which keeps its connection to Redis from one knock to the next."""
    runner = asyncio.Runner()
    atexit.register(runner.close)
    return runner


async def _knock(users: list[str]) -> None:
    """Name everybody who has news in one message; every live process picks out those who listen there."""
    layer = get_channel_layer()
    assert layer is not None
    await layer.group_send(FEED_GROUP, {"type": "feed.news", "users": users})
