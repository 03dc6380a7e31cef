"""One process that carries events and has their effects: a thread for each consumer, and one for the bus."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, connections

from events.base import Bus, Consumer
from events.bus import taking
from events.bus.direct import DirectConnection
from events.errors import BusUnavailable
from events.stream import StreamBroken

logger = structlog.get_logger(__name__)

LOOK_SECONDS = 1.0
"""A knock can be lost: so often everybody looks by themselves."""

AGAIN_SECONDS = 1.0
STANDBY_SECONDS = 2.0
"""A process whose work another one does looks so often whether that one is still there."""


class Clock(Protocol):
    """Tells the time."""

    def __call__(self) -> datetime: ...


class BusProcess:
    """
    Has the effects of what happens until it is told to stop.

    Several may run: each consumer is served by one of them, and by another as soon as that one is gone. It ends by
    itself, and is broken, where something happened that should not be possible.
    """

    def __init__(self, bus: Bus, consumers: Sequence[Consumer], *, clock: Clock, batch: int = taking.BATCH) -> None:
        self._bus = bus
        self._consumers = list(consumers)
        self._clock = clock
        self._batch = batch
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []
        self.is_broken = False

    def start(self) -> None:
        """Begin in threads of their own."""
        works: list[tuple[str, Callable[[], None]]] = [("bus", self._carry)]
        works += [(consumer.name, self._serve(consumer)) for consumer in self._consumers]
        for name, work in works:
            thread = threading.Thread(target=self._keep_at, args=(name, work), name=f"bus {name}")
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Let everybody finish what they are at; returns when they have."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def wait(self) -> None:
        """Return when it was told to stop."""
        self._stopping.wait()

    def ask_to_stop(self) -> None:
        """Have `wait` return."""
        self._stopping.set()

    def _keep_at(self, name: str, work: Callable[[], None]) -> None:
        """Do the work, one process at a time, and begin anew when a server went away."""
        while not self._stopping.is_set():
            try:
                direct = DirectConnection()
                try:
                    if direct.lock(f"events.bus:{name}"):
                        work()
                    else:
                        self._stopping.wait(STANDBY_SECONDS)
                finally:
                    direct.close()
            except (DatabaseError, InterfaceError, psycopg.Error, BusUnavailable, StreamBroken) as error:
                logger.error("bus_interrupted", work=name, error=type(error).__name__, words=str(error)[:200])
                self._stopping.wait(AGAIN_SECONDS)
            except Exception:  # a mistake of ours: better no process, which is noticed, than one that does half
                logger.exception("bus_broken", work=name)
                self.is_broken = True
                self._stopping.set()
            finally:
                connections.close_all()

    def _carry(self) -> None:
        carrier = self._bus.carrier()
        if carrier is None:
            self._stopping.wait()
            return
        with carrier:
            while not self._stopping.is_set():
                while carrier.carry(now=self._clock(), limit=self._batch) == self._batch:
                    if self._stopping.is_set():
                        return
                carrier.wait(timeout_seconds=LOOK_SECONDS)

    def _serve(self, consumer: Consumer) -> Callable[[], None]:
        def serve() -> None:
            taking.begin(consumer)
            with self._bus.subscribe(consumer) as subscription:
                while not self._stopping.is_set():
                    while taking.take(consumer, subscription, now=self._clock(), limit=self._batch) == self._batch:
                        if self._stopping.is_set():
                            return
                    subscription.wait(timeout_seconds=LOOK_SECONDS)

        return serve
