"""What the product's processes do, without the processes: each round as its task does it."""

from collections.abc import Callable
from datetime import datetime

import custody.services
import events.services
from providers.services import inbox
from tests.simulation import laws
from transactions.engine import run as engine
from transactions.flows import deposit, sweep
from transactions.services import schedule, webhooks
from transactions.tasks import OBSTACLES

Now = Callable[[], datetime]

MOST_TAKEN = 6
"""A worker's round is over after so many transactions, so that others get their turn."""


def pump(now: Now, *, limit: int = MOST_TAKEN) -> int:
    """Take due transactions a step on; return how many."""
    for count in range(limit):
        found = schedule.claim(now=now(), transaction_id=laws.first_due(now()))
        if found is None:
            return count
        engine.advance(found, now=now(), side_by_side=False)
    return limit


def scan(network: str, now: Now, *, sweeps: bool = True) -> None:
    """Take in new blocks, move the deposits that are due, show the mempool, open sweeps."""
    try:
        while deposit.scan(network=network, now=now()):
            deposit.progress(network=network, now=now())
        deposit.progress(network=network, now=now())
        deposit.see_pending(network=network, now=now())
        if sweeps:
            sweep.find(network=network, now=now())
    except OBSTACLES:
        return


def relay() -> None:
    """Bring what has happened into people's feeds."""
    while events.services.relay(limit=20):
        pass


def seal(now: Now) -> None:
    """Seal the keys of addresses given out since."""
    custody.services.seal_waiting(now=now())


def take_webhooks(now: Now) -> None:
    """Ring for the transactions that webhooks are about."""
    for item in inbox.waiting(now=now(), limit=10):
        webhooks.take(item, now=now())
