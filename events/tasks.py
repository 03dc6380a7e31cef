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

MANY = 10
MOST_LOOKS = 25
"""A relay that finds many messages stays and looks again, this often: well within the time of a shared bell's sign."""


@shared_task(name=services.RELAY)
def relay() -> None:
    """
    Pass on every waiting live event, then knock on the processes that hold open connections.

    While there is news it stays, and writers need not ring: the sign of their bell is taken up before the last look.
    """
    for _ in range(MOST_LOOKS):
        time.sleep(GATHER_SECONDS)
        if _pass_on() < MANY:
            break
    jobs.take_up(services.RELAY)
    while _pass_on() == services.RELAY_BATCH:
        pass


def _pass_on() -> int:
    """Pass on a batch, knock for its owners, and return how many messages it was."""
    count, users = services.pass_on()
    if users:
        with _knocking:
            _runner().run(_knock(users))
    return count


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
